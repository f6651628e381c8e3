"""Sections into sentences (what is quoted) and passages (what is retrieved)."""

from collections.abc import Iterator, Sequence

from knowledge.model import Corpus, Passage, Section, Sentence
from knowledge.text import sentences

# Sizes of the recipe that won on public French sets (design, § 3.2).
MAX_PASSAGE_CHARACTERS = 700
MAX_OVERLAP_CHARACTERS = 120
SPLITTER_VERSION = 3


def split_section(section: Section, first_row: int) -> tuple[list[Sentence], list[Passage]]:
    """Sentences of a section, their vectors' rows starting at `first_row`, and the passages over them."""
    pieces = [(text, i) for i, paragraph in enumerate(section.paragraphs) for text in sentences(paragraph.text)]
    found = [Sentence(text, i, first_row + n) for n, (text, i) in enumerate(pieces)]
    spans = list(_spans([s.text for s in found]))
    passages = [
        Passage(
            id=section.id if len(spans) == 1 else f"{section.id}/{n}",
            section=section.id,
            text=" ".join(s.text for s in found[first : last + 1]),
            first=first,
            last=last,
        )
        for n, (first, last) in enumerate(spans, 1)
    ]
    return found, passages


def split_corpus(corpus: Corpus) -> tuple[dict[str, tuple[Sentence, ...]], list[Passage]]:
    """Sentences by section id, and all passages in corpus order."""
    by_section: dict[str, tuple[Sentence, ...]] = {}
    passages: list[Passage] = []
    row = 0
    for document in corpus.documents:
        for section in document.sections:
            found, parts = split_section(section, row)
            by_section[section.id] = tuple(found)
            passages += parts
            row += len(found)
    return by_section, passages


def _spans(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """(first, last) sentence of each passage; a short last sentence is repeated at the head of the next one."""
    first = 0
    size = 0
    for i, text in enumerate(texts):
        if i > first and size + 1 + len(text) > MAX_PASSAGE_CHARACTERS:
            yield first, i - 1
            room = min(MAX_OVERLAP_CHARACTERS, MAX_PASSAGE_CHARACTERS - 1 - len(text))
            overlap = i - 1 > first and len(texts[i - 1]) <= room
            first = i - 1 if overlap else i
            size = len(texts[i - 1]) if overlap else 0
        size += 1 + len(text)
    if texts:
        yield first, len(texts) - 1
