"""From a draft to the text that is sent: a marker in every sentence, a citation behind every marker."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from knowledge.compose import Draft
from knowledge.contents import Contents
from knowledge.model import Citation, Section, Sentence
from knowledge.phrases import caution_of

_FINAL = ".!?…"


@dataclass(frozen=True, slots=True)
class Cited:
    """The text with its markers, and the citations they point to, numbered from 1."""

    text: str
    citations: tuple[Citation, ...]


def cite(contents: Contents, draft: Draft, english: bool = False) -> Cited:
    """Render a draft; sentences that follow each other in one paragraph share a citation.

    `english`: whether what is said beside the quotes is.
    """
    citations: list[Citation] = []
    blocks: list[str] = []
    for claim in draft.claims:
        lines: list[str] = []
        for run in runs(claim.sentences):
            citations.append(citation(contents, claim.section, run, len(citations) + 1))
            lines.append(_line(claim.section, run, citations[-1].n))
        caution = caution_of(claim.section, english)
        blocks.append("\n".join([*lines, caution] if caution else lines))
    return Cited("\n\n".join(blocks), tuple(citations))


def runs(sentences: Sequence[Sentence]) -> Iterator[list[Sentence]]:
    """Groups of consecutive sentences of one paragraph: each is one verbatim slice of the file."""
    run: list[Sentence] = []
    for sentence in sentences:
        if run and (sentence.paragraph != run[-1].paragraph or sentence.row != run[-1].row + 1):
            yield run
            run = []
        run.append(sentence)
    if run:
        yield run


def citation(contents: Contents, section: Section, run: Sequence[Sentence], n: int) -> Citation:
    """The citation number `n` of a run of sentences."""
    paragraph = section.paragraphs[run[0].paragraph]
    document = contents.documents[section.id]
    return Citation(
        n=n,
        passage_id=contents.passage_of(section.id, run[0]).id,
        document=document.id,
        title=document.title,
        section=section.title,
        quote=_slice(paragraph.text, run),
        page=None,
        sources=tuple(contents.corpus.sources[key] for key in paragraph.sources),
        as_of=section.as_of,
        status=section.status,
    )


def _slice(paragraph: str, run: Sequence[Sentence]) -> str:
    start = paragraph.index(run[0].text)
    end = paragraph.index(run[-1].text, start) + len(run[-1].text)
    return paragraph[start:end]


def _line(section: Section, run: Sequence[Sentence], n: int) -> str:
    form = section.paragraphs[run[0].paragraph].form
    text = " ".join(marked(sentence.text, n) for sentence in run)
    if form == "step":
        steps = [i for i, p in enumerate(section.paragraphs) if p.form == "step"]
        return f"{steps.index(run[0].paragraph) + 1}) {text}"
    if form == "item":
        return f"- {text}"
    if form == "quote":
        return text if "«" in text else f"« {text} »"
    # What is left of a sentence without its « Oui, » begins as one; its citation keeps it letter for letter.
    return text[:1].upper() + text[1:]


def marked(sentence: str, *numbers: int) -> str:
    """`Une phrase.` → `Une phrase [1].`: before the final point, as French typography wants it."""
    markers = "".join(f"[{n}]" for n in numbers)
    body, final = sentence[:-1], sentence[-1]
    if final not in _FINAL or body.endswith("."):
        return f"{sentence} {markers}"
    # « … ? » keeps the space before its mark, so that taking the markers out gives the quote back.
    return f"{body}{markers} {final}" if body.endswith(" ") else f"{body} {markers}{final}"
