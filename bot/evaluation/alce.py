"""Citation recall and precision of answers that a language model wrote.

Definitions of ALCE (Gao, Yen, Yu & Chen, « Enabling Large Language Models to Generate Text with Citations », EMNLP
2023): a statement has recall 1 when its citations together support it; a citation has precision 1 when its statement
has recall 1 and the citation supports it alone, or is needed by the others. ALCE decides « supports » with an
entailment model; here the checks of `knowledge.claims` do, over the quotes: the same that let the sentences through,
so that these figures show markers that are wrong, missing or useless, not how good the checks are.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from knowledge.claims.checker import Checker, Given
from knowledge.claims.unit import Rejected
from knowledge.index import Index
from knowledge.model import Answer, Citation
from knowledge.text import clean, sentences
from knowledge.verify import MARKER
from knowledge.yes_no import after_yes_or_no

Supports = Callable[[str, Sequence[Citation]], bool]


@dataclass(frozen=True, slots=True)
class CitationScore:
    """Means over the statements, and over the citations, of one answer."""

    recall: float
    precision: float


def citation_score(answer: Answer, supports: Supports) -> CitationScore | None:
    """The score of an answer; None when it states nothing."""
    by_number = {citation.n: citation for citation in answer.citations}
    recalls: list[float] = []
    precisions: list[float] = []
    for statement, numbers in _statements(answer.answer):
        cited = [by_number[n] for n in numbers if n in by_number]
        supported = bool(cited) and supports(statement, cited)
        recalls.append(float(supported))
        precisions += [float(supported and _needed(statement, c, cited, supports)) for c in cited]
    if not recalls:
        return None
    return CitationScore(sum(recalls) / len(recalls), sum(precisions) / len(precisions) if precisions else 0.0)


def _needed(statement: str, citation: Citation, cited: Sequence[Citation], supports: Supports) -> bool:
    """Whether the citation supports the statement alone, or the others do not without it."""
    others = [c for c in cited if c is not citation]
    return supports(statement, [citation]) or not (others and supports(statement, others))


def _statements(text: str) -> Iterator[tuple[str, list[int]]]:
    """Each sentence of an answer without its markers, and their numbers; cautions and introductions aside."""
    for line in text.splitlines():
        if not line or line.startswith("(") or line.endswith(":"):
            continue
        for sentence in sentences(line.removeprefix("- ")):
            bare = clean(MARKER.sub("", sentence)).replace(" .", ".")
            yield bare, [int(n) for n in MARKER.findall(sentence)]


def supported_by(index: Index) -> Supports:
    """Whether quotes support a statement, as `knowledge.claims.checker` sees it."""
    checker = Checker(index)
    contents = index.contents
    section_of = {passage.id: passage.section for passage in contents.passages}

    def supports(statement: str, citations: Sequence[Citation]) -> bool:
        given = []
        for citation in citations:
            section = contents.sections[section_of[citation.passage_id]]
            quoted = tuple(s for s in contents.sentences[section.id] if after_yes_or_no(s.text) in citation.quote)
            given.append(Given(str(citation.n), contents.documents[section.id], section, quoted))
        return not isinstance(checker.check(statement, given), Rejected)

    return supports
