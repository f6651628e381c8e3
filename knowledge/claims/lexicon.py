"""When one word may stand for another: same root, same family, a synonym, an acronym and what it stands for.

`synonyms.txt` holds the groups; acronyms are learnt from the corpus itself (« CRESS (chambre régionale …) »).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from knowledge.text import STOP_WORDS, content_words, fold, stem, words

SYNONYMS = Path(__file__).with_name("synonyms.txt")
# What may follow the common beginning of two words of one family: « créer », « création », « créent ».
_ENDINGS = frozenset(
    """
    e es ee ees s x er ez ent ant ants ante antes ait aient era eront a i is it ir ira ie ies ient iennent u us ue ues
    ut r t te tes rent re ure ures enir enu enue enus tion tions ation ations ition itions ution ition ion ions isation
    isations ement ements issement issements ateur ateurs atrice atrices eur eurs euse rice rices teur teurs trice
    trices age ages ance ances ence ences able ables ible ibles ite ites al ale als ales aux el elle els elles el if ifs
    ive ives atif atifs ative atives aire aires ier iers iere ieres ique iques iser ise isee isent ser ssent ssant ssait
    t d ds nt on ons eux oir oire ire ction ctions isent isant ment ement alement ellement ivement iquement
    """.split()
)
MIN_COMMON = 4
# Who does something; « valeur » or « secteur » only end like it.
_DOER = re.compile(
    r"^(?!(?:val|sect|mot|fact|haut|fav|act|superi|interi|exteri|maj|min|meill)eur).+(?:eur|euse|trice)s?$"
)
_ACRONYM = re.compile(
    r"\b([A-ZÉÈ][A-ZÉÈ&'’]+s?)\s*\(([^()]{8,120}?)\)|([^().,;:«»]{8,120}?)\s*\(([A-ZÉÈ][A-ZÉÈ&'’]+)\)"
)


@lru_cache(maxsize=65536)
def root(word: str) -> str:
    """The stem of a folded word, singular and plural alike."""
    return stem(re.sub(r"(?<=[a-z]{3})[sx]$", "", re.sub(r"(?<=[a-z]{2}[a-df-z])aux$", "al", word)))


@lru_cache(maxsize=65536)
def apart(one: str, other: str) -> bool:
    """Whether two folded words of one family are known to mean different things: « employeur », « employé »."""
    sides = _synonyms().apart
    mine, theirs = sides.get(one, frozenset()), sides.get(other, frozenset())
    # Without accents a form may stand on both sides of its line: « place » and « placé ».
    return mine.isdisjoint(theirs) and not {row for row, _ in mine}.isdisjoint(row for row, _ in theirs)


@lru_cache(maxsize=65536)
def related(one: str, other: str) -> bool:
    """Whether two folded words have one root, or one beginning and endings of verbs and nouns after it."""
    if apart(one, other):
        return False
    if root(one) == root(other):
        return True
    common = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        common += 1
    # « réunit » and « réunir »: the ending may begin before the letter in which they differ.
    return any(
        one[at:] in _ENDINGS | {""} and other[at:] in _ENDINGS | {""} for at in range(common, MIN_COMMON - 1, -1)
    )


def _does(written: str, claimed: str) -> bool:
    """Whether one who does (« financeurs ») would become what is done (« finance »): naming one is not saying that."""
    return bool(_DOER.search(written)) and not _DOER.search(claimed)


@dataclass(frozen=True, slots=True)
class _Synonyms:
    groups: tuple[tuple[str, ...], ...]
    neutral: frozenset[str]
    links: tuple[str, ...]
    opposed: tuple[tuple[str, ...], ...]
    # A form -> the (line, side) pairs that it stands on.
    apart: dict[str, frozenset[tuple[int, int]]]


@lru_cache(maxsize=1)
def _synonyms() -> _Synonyms:
    """`synonyms.txt`: groups; words of telling (=), verbs that only link (~), opposites (!), forms kept apart (/)."""
    lines = [line for line in SYNONYMS.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    groups = tuple(words(line.replace("-", "")) for line in lines if line[0] not in "=~!/")
    opposed = tuple(words(line) for line in lines if line[0] == "!")
    neutral = frozenset(root(w) for line in lines if line[0] == "=" for w in words(line))
    links = tuple(w for line in lines if line[0] == "~" for w in words(line))
    return _Synonyms(groups, neutral, links, opposed, _sides([line for line in lines if line[0] == "/"]))


def _sides(lines: Sequence[str]) -> dict[str, frozenset[tuple[int, int]]]:
    sides: dict[str, frozenset[tuple[int, int]]] = {}
    for row, line in enumerate(lines):
        for side, forms in enumerate(line.split("|")):
            for form in words(forms):
                sides[form] = sides.get(form, frozenset()) | {(row, side)}
    return sides


@lru_cache(maxsize=65536)
def groups_of(word: str) -> frozenset[int]:
    """The numbers of the groups that a folded word is in, from 1; 0 is that of the words a claim may always hold."""
    known = _synonyms()
    found = {n for n, group in enumerate(known.groups, 1) if any(related(word, member) for member in group)}
    neutral = root(word) in known.neutral or any(related(word, link) for link in known.links)
    return frozenset(found | {0} if neutral else found)


@lru_cache(maxsize=65536)
def _opposites(word: str) -> frozenset[int]:
    """The numbers of the lines of opposites that a folded word is in."""
    return frozenset(n for n, line in enumerate(_synonyms().opposed) if any(root(word) == root(w) for w in line))


class Acronyms:
    """Acronyms and what they stand for, as a corpus spells them out."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._long: dict[str, set[frozenset[str]]] = {}
        for text in texts:
            for match in _ACRONYM.finditer(text):
                short, spelt = (match[1], match[2]) if match[1] else (match[4], match[3])
                self._learn(short, spelt)

    def _learn(self, short: str, spelt: str) -> None:
        letters = [ch for ch in fold(short) if ch.isalpha()]
        found = [w for w in words(spelt) if len(w) > 1]
        # The words whose initials make the acronym, nearest to it; words of grammar may stand between them.
        names: list[str] = []
        for word in reversed(found):
            if letters and word[0] == letters[-1]:
                names.insert(0, word)
                letters.pop()
            elif names and word in STOP_WORDS:
                continue
            elif names and letters:
                break
        if not letters and len(names) > 1:
            self._long.setdefault(fold(short), set()).add(frozenset(w for w in names if w not in STOP_WORDS))

    def spelt(self, short: str) -> tuple[frozenset[str], ...]:
        """The roots of what a folded acronym stands for, once for each reading."""
        return tuple(frozenset(map(root, reading)) for reading in self._long.get(short, ()))

    def within(self, held: Iterable[str]) -> frozenset[str]:
        """Every folded word that the acronyms among these words stand for."""
        return frozenset(w for word in held for reading in self._long.get(word, ()) for w in reading)


@dataclass(frozen=True, slots=True)
class Held:
    """The words of a piece of evidence, and those its acronyms stand for, ready to license those of a claim."""

    words: frozenset[str]
    spelt: frozenset[str]
    roots: frozenset[str]
    groups: frozenset[int]
    acronyms: Acronyms

    @classmethod
    def of(cls, text: str, acronyms: Acronyms) -> "Held":
        """The words of this text, and those that its acronyms stand for."""
        found = frozenset(content_words(text))
        spelt = acronyms.within(found)
        groups = frozenset(n for w in found if not _DOER.search(w) for n in groups_of(w)) - {0}
        return cls(found, spelt, frozenset(map(root, found | spelt)), groups, acronyms)

    def _only_apart(self, word: str) -> bool:
        """Whether what has this word's root here all means something else."""
        alike = [other for other in self.words | self.spelt if root(other) == root(word)]
        return bool(alike) and all(apart(word, other) for other in alike)

    def licenses(self, word: str) -> bool:
        """Whether a claim may use this folded word on the strength of the evidence."""
        if root(word) in self.roots and not self._only_apart(word):
            return True
        if any(not _opposites(word).isdisjoint(_opposites(other)) and not related(word, other) for other in self.words):
            return False
        return (
            not groups_of(word).isdisjoint(self.groups | {0})
            or any(related(word, other) and not _does(other, word) for other in self.words)
            or any(reading <= self.roots for reading in self.acronyms.spelt(word))
        )
