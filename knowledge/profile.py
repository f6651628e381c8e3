"""A document in brief, for who names it rather than asks: « /pole NOLA »."""

from knowledge.cite import Cited, cite
from knowledge.compose import Claim, Draft
from knowledge.contents import Contents
from knowledge.model import Document, Section
from knowledge.text import words
from knowledge.yes_no import without_yes_or_no


def profile(contents: Contents, document_id: str, max_characters: int, name: str = "") -> Cited:
    """Its first section, then the first sentence of each other (which answers on its own), as many as fit.

    `name` is what the document was called by: when all that it has of that name is that sources tell nothing of it,
    this is said first.
    """
    document = next(d for d in contents.corpus.documents if d.id == document_id)
    claims: list[Claim] = []
    room = max_characters
    for section in _told(document, name):
        sentences = contents.sentences[section.id]
        whole = not claims and sum(len(s.text) + 1 for s in sentences) <= room
        claim = Claim(section, sentences if whole else sentences[:1])
        if claim.length <= room:
            claims.append(claim)
            room -= claim.length
    # Nothing was asked that « oui » could answer.
    return cite(contents, without_yes_or_no(Draft(tuple(claims)), keep_first=False))


def _told(document: Document, name: str) -> list[Section]:
    """The sections that say something; those that say that nothing is known, where nothing else speaks of the name."""
    known = [section for section in document.sections if not section.silence]
    unknown = [section for section in document.sections if section.silence]
    if not known:
        return sorted(unknown, key=lambda section: not _names(section.title, name))
    speaking = [document.title, *(text for s in known for text in (s.title, *(p.text for p in s.paragraphs)))]
    if any(_names(text, name) for text in speaking):
        return known
    return [*(section for section in unknown if _names(section.title, name)), *known]


def _names(text: str, name: str) -> bool:
    """Whether the name is in the text, however it is cut: « eFabrique » is « e-Fabrique »."""
    return "".join(words(name)) in "".join(words(text))
