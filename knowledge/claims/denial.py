"""Whether a claim denies what its evidence does not, or affirms what it denies."""

import re

from knowledge.claims.anatomy import Said
from knowledge.claims.ignorance import told_as_unknown, unknown
from knowledge.claims.lexicon import Acronyms, Held, groups_of, related
from knowledge.claims.polarity import denials, denied

# Each clause, with what it denies.
_Denied = list[tuple[Said, list[tuple[str, ...]]]]
# « Ne prévoit aucune procédure », « pas de label »: there is none of these.
_NONE_OF = re.compile(r"\b(?:aucune?|pas (?:de |d'))(?: ?)(?P<noun>(?!autre)[a-z]{3,})")
# Before a verb or a noun, any of these denies, also what the stances of a clause leave out.
_DENYING = re.compile(r"\b(?:aucun|sans|ni|ne|non|jamais|pas)|\bn'")
# « Page non datée » denies this one word.
_NON = re.compile(r"\bnon [a-z]+")
# What sources do; « bénéficier » or « comporter » is said of anybody.
_TELLING = re.compile(
    r"(?:connu|indiqu|preci|donn|di[st]|nomm|cit|(?:re)?trouv|vue?s?$|visibl|verifi|confirm|document|mention|figur|relev|"
    r"signal|parl|etabli|recens|identifi|detaill|decri|fourni|inconnu|ignor|sai[ts]?$|sav(?:ent|oir)|su[es]?$|explicit|"
    r"chiffr|expliqu|val(?:ent|ait|aient|abl)|vaut|dat(?:e|ent)|affirm|prouv|defini|apparai|repris|permet)"
)
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
    if any(not _same_denial(part, heads, written, acronyms) for part, groups in mine for heads in groups):
        return "négation ajoutée"
    if any(_only_affirmed(heads[0], theirs) for _, groups in mine for heads in groups):
        return "négation ajoutée"
    if sum(denials(part.read.plain) for part in said) > sum(denials(piece.read.plain) for piece in written):
        return "négation ajoutée"
    lost = _lost(mine, theirs, acronyms) or _none_lost(said, written)
    return "négation perdue" if lost else ""


def _same_denial(part: Said, heads: tuple[str, ...], written: list[Said], acronyms: Acronyms) -> bool:
    """Whether what a claim denies first is denied too, or what the evidence denies first is what the claim does."""
    none = [match["noun"] for match in _NONE_OF.finditer(part.read.plain)]
    for plain in (_NON.sub("", piece.read.plain) for piece in written):
        theirs = [*denied(plain), *((match["noun"],) for match in _NONE_OF.finditer(plain))]
        for group in theirs:
            every, first = Held.of(" ".join(group), acronyms), Held.of(group[0], acronyms)
            if any(_about(every, w) for w in (heads[0], *none)) or any(_about(first, w) for w in heads):
                return True
    return any(
        _denies(Held.of(match[0], acronyms), w)
        for piece in written
        for match in _NON.finditer(piece.read.plain)
        for w in heads
    )


def _only_affirmed(word: str, theirs: _Denied) -> bool:
    """Whether the evidence says, and nowhere denies, the very word that a claim denies."""
    affirmed = any(related(word, w) for piece, groups in theirs if not groups for w in piece.words)
    return affirmed and not any(related(word, w) for piece, groups in theirs if groups for w in piece.words)


def _none_lost(said: list[Said], written: list[Said]) -> bool:
    """Whether the claim affirms, and nothing in the evidence does, what the evidence says there is none of."""
    for piece in written:
        for match in _NONE_OF.finditer(piece.read.plain):
            using = [part for part in said if any(related(match["noun"], w) for w in part.words)]
            elsewhere = any(
                other is not piece and any(related(match["noun"], w) for w in other.words) for other in written
            )
            if using and not elsewhere and not any(_DENYING.search(part.read.plain) for part in using):
                return True
    return False


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
    return _denies(held, word) or (bool(_TELLING.match(word)) and any(map(_TELLING.match, held.words)))
