"""Who does what in a French sentence, as far as word order and voice can tell without a parser.

Two claims are compared with these, never read alone: where a name stands on another side of the same verb, or the same
words are said beside another name, roles were exchanged.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Literal

from knowledge.claims.lexicon import groups_of
from knowledge.text import STOP_WORDS, fold, words

Side = Literal["before", "after"]
_WORD = re.compile(r"[^\W_][\w'’-]*")
# A relative clause stays with what it tells of: « la coopérative IDEAL, qui anime … ».
_PIECES = re.compile(r"(?:[.;:»]+|,(?! (?:qui|a laquelle|auquel)\b))(?:\s|$)|\s[–—]\s|\s«|\b(?:et|mais|puis|dont)\b")
_ASIDE = re.compile(r"\s*\([^()]*\)")
_ELIDED = re.compile(r"^(?:[ldnsjmtc]|qu|[LDNSJMTC]|Qu)['’](?=.)")
_PREPOSITIONS = frozenset(
    "a au aux de du des d en dans pour selon apres chez vers sur avec sous entre contre sans parmi comme".split()
)
_DETERMINERS = frozenset(
    """
    le la les l un une ce cet cette ces son sa ses leur leurs chaque deux trois quatre cinq six sept huit neuf dix
    """.split()
)
_BE = frozenset("est sont etait etaient ete fut furent etre soit sera seront".split())
_HAVE = frozenset("a ont avait avaient ayant aura auront avoir".split())
_PARTICIPLE = re.compile(r"(?:é|ée|és|ées|u|ue|us|ues|is|ise|ises|it|ite|its|ites)$")
_ADJECTIVE = re.compile(r"(?:ale?s?|aux|ell?e?s?|iques?|ifs?|ives?|aires?|eux|euses?|ables?|ibles?|iers?|ieres?)$")
# Verbs that take « être » and are not passive for it; « crée » only looks like a participle.
_INTRANSITIVE = frozenset(
    """
    devenu devenue devenus devenues devient devenir naitre naissance venu venue venir reste restee parti partie laureat
    laureats laureate laureates
    """.split()
)
_ACTIVE = frozenset({"crée"})
# A name may be this many words after the preposition that leads to it: « de la coopérative IDEAL ».
REACH = 3


@dataclass(frozen=True, slots=True)
class _Word:
    """A word: as written, folded, whether it is a name, led to by a preposition, or the first of its piece."""

    written: str
    folded: str
    name: bool
    led: bool
    first: bool
    passive: bool | None
    agent: bool


@lru_cache(maxsize=4096)
def _words(text: str) -> tuple[tuple[_Word, ...], ...]:
    """The words of each piece of a sentence, pieces ending at marks and at « et », « mais », « puis »."""
    pieces = [piece for piece in _PIECES.split(_ASIDE.sub("", text)) if piece and piece.strip()]
    taken = (tuple(_piece(piece, n == 0)) for n, piece in enumerate(pieces))
    # A piece may hold nothing but a mark.
    return tuple(piece for piece in taken if piece)


def _piece(piece: str, opens: bool) -> Iterator[_Word]:
    raw = [token for match in _WORD.finditer(piece) for token in _split(match[0])]
    folded = [fold(token).rstrip("'") for token in raw]
    before: _Word | None = None
    for i, token in enumerate(raw):
        leads = folded[max(0, i - REACH) : i]
        name = _is_name(token, folded[i], first=opens and i == 0)
        # « d'Ordi Grand Ouest » is one name: what leads to its first word leads to all of it.
        whole = before if name and before and before.name else None
        agent = whole.agent if whole else "par" in leads
        led = whole.led if whole else _led(leads, through=1 if name else 0) and not agent
        passive = _passive(token, leads, folded[i + 1 : i + 2])
        before = _Word(token, folded[i], name, led, i == 0, passive, agent)
        yield before


def _is_name(token: str, folded: str, first: bool) -> bool:
    if folded in STOP_WORDS and not (token.isupper() and len(token) > 1):
        return False
    return any(ch.isupper() for ch in token) and (not first or any(ch.isupper() for ch in token[1:]))


def _split(token: str) -> list[str]:
    elided = _ELIDED.match(token)
    return [token[: elided.end()], token[elided.end() :]] if elided else [token]


def _led(leads: list[str], through: int) -> bool:
    """Whether a preposition leads to the word, through articles and at most so many nouns."""
    passed = 0
    for word in reversed(leads):
        if word in _PREPOSITIONS:
            return True
        passed += word not in _DETERMINERS
        if word in _BE | _HAVE or passed > through:
            return False
    return False


def _passive(token: str, leads: list[str], follows: list[str]) -> bool | None:
    """Whether a word is a participle that is not active, « (est) soutenu par »; None when it can't be told."""
    if not _PARTICIPLE.search(token) or token in _ACTIVE:
        return False
    helpers = [w for w in leads[-2:] if w in _BE | _HAVE]
    if helpers:
        return helpers[-1] in _BE
    return True if follows == ["par"] else None


def roles(text: str) -> dict[tuple[str, str], Side]:
    """(name, word) → on which side of it the name acts, for the names that no preposition leads to."""
    found: dict[tuple[str, str], Side] = {}
    for piece in _words(text):
        names = [(i, word) for i, word in enumerate(piece) if word.name and not word.led]
        verbs = [(i, word) for i, word in enumerate(piece) if _acts(piece, i)]
        for (i, name), (j, verb) in product(names, verbs):
            before = (i < j) != verb.passive
            found.setdefault((name.folded, verb.folded), "before" if before else "after")
    return found


def _acts(piece: tuple[_Word, ...], i: int) -> bool:
    """Whether a word may be a verb: no name or part of one, nothing that an article or a preposition leads to."""
    word, before = piece[i], piece[i - 1]
    unsure = word.passive is None or _ADJECTIVE.search(word.folded)
    if word.name or word.led or word.first or unsure or before.folded in _DETERMINERS or not _says(word):
        return False
    # « Direction générale du Trésor »: an adjective inside a name.
    return not (before.name and i + 2 < len(piece) and piece[i + 1].folded in _PREPOSITIONS and piece[i + 2].name)


def first_actor(text: str) -> str:
    """The first name, folded, that no preposition leads to; empty when there is none."""
    return next((word.folded for piece in _words(text) for word in piece if word.name and not word.led), "")


@dataclass(frozen=True, slots=True)
class Around:
    """The names round a word: those that do it or are it, and all that stand in its piece of the sentence."""

    doing: frozenset[str]
    near: frozenset[str]


def actors(text: str) -> dict[str, Around]:
    """Word → the names round it; those of the piece before when its own has none."""
    found: dict[str, Around] = {}
    last: frozenset[str] = frozenset()
    around: frozenset[str] = frozenset()
    before: list[_Word] = []
    for piece in _words(text):
        names = frozenset(w.folded for w in piece if w.name and not w.led and not w.agent)
        agents = frozenset(w.folded for w in piece if w.name and w.agent)
        near = frozenset(w.folded for w in piece if w.name)
        # « …, un programme mené par … » tells of what was named last, whatever its place.
        told = frozenset(w.folded for w in before[-1:]) if piece[0].folded in ("un", "une") else frozenset()
        before = [w for w in piece if w.name] or before
        last = names or told or last
        around = near or around
        for word in piece:
            if not word.name and not word.led and _says(word):
                known = found.get(word.folded, Around(frozenset(), frozenset()))
                # Of a participle that may be active or passive, nobody knows who does it.
                doing = frozenset() if word.passive is None else agents if word.passive else last
                found[word.folded] = Around(known.doing | doing, known.near | around)
    return found


def _says(word: _Word) -> bool:
    return (
        word.folded not in STOP_WORDS
        and len(word.folded) > 2
        and not word.folded.isdigit()
        and word.folded not in _INTRANSITIVE
        and not word.folded.endswith("ment")
        and 0 not in groups_of(word.folded)
        and bool(words(word.folded))
    )
