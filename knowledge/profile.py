"""A document in brief, for who names it rather than asks: « /pole NOLA »."""

from knowledge.cite import Cited, cite
from knowledge.compose import Claim, Draft
from knowledge.index import Contents
from knowledge.yes_no import without_yes_or_no


def profile(contents: Contents, document_id: str, max_characters: int) -> Cited:
    """Its first section, then the first sentence of each other (which answers on its own), as many as fit."""
    document = next(d for d in contents.corpus.documents if d.id == document_id)
    claims: list[Claim] = []
    room = max_characters
    for section in document.sections:
        sentences = contents.sentences[section.id]
        whole = not claims and sum(len(s.text) + 1 for s in sentences) <= room
        claim = Claim(section, sentences if whole else sentences[:1])
        if not section.silence and claim.length <= room:
            claims.append(claim)
            room -= claim.length
    # Nothing was asked that « oui » could answer.
    return cite(contents, without_yes_or_no(Draft(tuple(claims)), keep_first=False))
