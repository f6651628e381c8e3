"""Of whom or of what: « sous l'impulsion de A » is not « sous l'impulsion de B »."""

from functools import lru_cache

from knowledge.claims.lexicon import Acronyms, related, root
from knowledge.claims.noun_phrases import Party, children, folded, joined, party
from knowledge.claims.parser import parsed
from knowledge.completion import SUBJECT_WORDS

_OF = frozenset("de du des d".split())
# Nouns of which the « de » tells who does it.
_DONE_BY = frozenset("impulsion initiative demande appui soutien conduite egide presidence pilotage".split())


def other_complement(claim: str, evidence: str, acronyms: Acronyms) -> str:
    """What a noun of the claim is « de », where in the evidence it is « de » others only; empty when nothing."""
    written = _complements(evidence)
    for noun, mine in _complements(claim):
        theirs = [other for head, other in written if related(noun, head)]
        if (
            theirs
            and not mine.core & SUBJECT_WORDS
            and not any(w.isdigit() for w in mine.core)
            and not any(_within(mine, other, acronyms) for other in theirs)
        ):
            return f"{noun}, {mine.noun}"
    return ""


def _within(mine: Party, other: Party, acronyms: Acronyms) -> bool:
    if any(related(word, theirs) for word in mine.core for theirs in other.whole | acronyms.within(other.whole)):
        return True
    roots = {root(word) for word in other.whole}
    # The parser leaves part of a long name out of it.
    return any(reading & roots for word in mine.core for reading in acronyms.spelt(word))


@lru_cache(maxsize=4096)
def _complements(text: str) -> tuple[tuple[str, Party], ...]:
    """Each noun with each noun phrase that « de » ties to it."""
    tied = [
        (folded(noun), party(one))
        for noun in parsed(text)
        if folded(noun) in _DONE_BY
        for complement in children(noun, "nmod")
        if any(folded(case) in _OF for case in children(complement, "case"))
        for one in joined(complement)
    ]
    return tuple((noun, held) for noun, held in tied if held is not None and held.core)
