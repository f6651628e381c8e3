"""Words that took each other's place in a sentence otherwise kept: « réparer avec A, laver avec B » turned round.

Two words are swapped when each stands next to what the other stood next to, on the same side, and the one that came
first comes last. Only a claim that keeps the sentence's words is compared: said quite otherwise, other neighbours mean
nothing.
"""

import re
from functools import lru_cache
from itertools import combinations, pairwise

from knowledge.claims.links import ordered
from knowledge.text import fold

# The share of a claim's words that the sentence must have for their places to be compared.
KEPT = 0.8
# « porté par » tells the same the other way round: who does what is `roles`' concern.
_AGENT = re.compile(r"\b(?:par (?!exemple|an\b|mois|jour|ailleurs|rapport|region|pole)|by\b)")
# What stands between two members of a list: other members, each of a few words.
_AND = r"(?:, | et | ou | ni )"
_MEMBERS = rf"\w*(?: d(?:e |u |es |')\w+)?{_AND}(?:[\w' -]{{1,30}}{_AND})*(?:les? |la |l'|des? |un |une )?"
_WHERE_OR_WHEN = re.compile(
    r"(?:(?:en|à|au|aux|dans|avant|après|depuis|entre)\b|(?:le|du) \d)[^,:;]{2,60},", re.IGNORECASE
)


def swapped(claim: str, evidence: str) -> str:
    """The two words that changed places, as they are keyed; empty when none did."""
    said, written = ordered(claim), ordered(evidence)
    kept = len(set(said) & set(written)) / len(set(said)) if said else 0.0
    if kept < KEPT or bool(_AGENT.search(fold(claim))) != bool(_AGENT.search(fold(evidence))):
        return ""
    # « en Bretagne, … le 27 novembre » and « le 27 novembre, … en Bretagne » say the same.
    free = _opening(claim) | _opening(evidence)
    for side in (0, 1):
        before, now = _neighbours(written, side), _neighbours(said, side)
        moved = {word: (before[word], now[word]) for word in now if before.get(word, now[word]) != now[word]}
        for (one, (here, there)), (other, places) in combinations(sorted(moved.items()), 2):
            apart = not {one, other} & {here, there, *free}
            turned = places == (there, here) and _first(one, other, written) != _first(one, other, said)
            if apart and turned and not _listed(one, other, fold(evidence)):
                return f"{one}, {other}"
    return ""


def _opening(text: str) -> set[str]:
    """The words of the place or the time that a sentence begins with."""
    found = _WHERE_OR_WHEN.match(text)
    return set(ordered(found[0])) if found else set()


def _listed(one: str, other: str, plain: str) -> bool:
    """Whether both are members of one list: « les associations et les mutuelles », in whatever order."""
    pairs = ((one, other), (other, one))
    return any(re.search(rf"\b{re.escape(a)}{_MEMBERS}{re.escape(b)}", plain) for a, b in pairs)


def _first(one: str, other: str, tokens: tuple[str, ...]) -> bool:
    return tokens.index(one) < tokens.index(other)


@lru_cache(maxsize=4096)
def _neighbours(tokens: tuple[str, ...], side: int) -> dict[str, str]:
    """The token before each (side 0) or after it (side 1); without those that have several."""
    found: dict[str, set[str]] = {}
    for pair in pairwise(tokens):
        found.setdefault(pair[1 - side], set()).add(pair[side])
    return {word: next(iter(near)) for word, near in found.items() if len(near) == 1}
