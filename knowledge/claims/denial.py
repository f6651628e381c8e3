"""Whether a claim denies what its evidence does not, or affirms what it denies."""

import re

from knowledge.claims.anatomy import Said
from knowledge.claims.ignorance import told_as_unknown, unknown
from knowledge.claims.lexicon import Acronyms, Held, groups_of, related
from knowledge.claims.polarity import denials, denied

# Each clause, with what it denies.
_Denied = list[tuple[Said, list[tuple[str, ...]]]]
# What joins a clause to the one before it.
_LED = re.compile(r"^(?:et|mais|puis|alors que?|tandis que?) ")


def turned_denial(claim: Said, evidence: Said, acronyms: Acronyms) -> str:
    """In a French word, a denial that the evidence does not make, or one that it makes of what the claim affirms."""
    # « n'est pas indiqué » and « les sources n'indiquent ni » are one thing said, however it is denied.
    ignored = told_as_unknown(claim.read.plain, evidence.read.plain)
    said = [part for part in claim.clauses if not any(_LED.sub("", part.read.plain) in piece for piece in ignored)]
    written = [piece for piece in evidence.clauses if not ignored or not unknown(piece.read.plain)]
    mine = [(part, denied(part.read.plain)) for part in said]
    theirs = [(piece, denied(piece.read.plain)) for piece in written]
    whole = [Held.of(" ".join(heads), acronyms) for _, groups in theirs for heads in groups]
    if any(not any(_about(held, w) for w in heads for held in whole) for _, groups in mine for heads in groups):
        return "négation ajoutée"
    if sum(denials(part.read.plain) for part in said) > sum(denials(piece.read.plain) for piece in written):
        return "négation ajoutée"
    return "négation perdue" if _lost(mine, theirs, acronyms) else ""


def _lost(mine: _Denied, theirs: _Denied, acronyms: Acronyms) -> bool:
    """Whether the claim affirms, somewhere, what the evidence denies."""
    told = {w for piece, groups in theirs if not groups for w in piece.words}
    for _, groups in theirs:
        # Where « aucun … ne » joins them, every word is denied; otherwise the first alone is surely so.
        firsts = [heads if len(groups) == 1 and len(heads) > 2 else heads[:1] for heads in groups]
        for held in (Held.of(" ".join(heads), acronyms) for heads in firsts):
            using = [found for part, found in mine if any(_denies(held, w) for w in part.words)]
            kept = [any(_about(held, w) for heads in found for w in heads) for found in using]
            elsewhere = any(_denies(held, w) for w in told)
            if using and not (any(kept) if elsewhere else all(kept)):
                return True
    return False


def _denies(held: Held, word: str) -> bool:
    """Whether a word is what is denied, or stands for it; one that any claim may hold must be the same word."""
    return held.licenses(word) if 0 not in groups_of(word) else any(related(word, w) for w in held.words)


def _about(held: Held, word: str) -> bool:
    """The same, « pas connu » and « pas indiqué » being one denial."""
    return _denies(held, word) or (0 in groups_of(word) and any(0 in groups_of(w) for w in held.words))
