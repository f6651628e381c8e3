"""What somebody is said to be: « Néo 56 est une SIAE » wants more than both words in one sentence."""

import re
from functools import lru_cache
from typing import Any

from knowledge.claims.anatomy import name_parts
from knowledge.claims.lexicon import related
from knowledge.claims.noun_phrases import children, folded
from knowledge.claims.parser import parsed
from knowledge.completion import SUBJECT_WORDS
from knowledge.text import fold, words

# What comes after these says more of the same, or something else.
_SEGMENT = re.compile(r"\s*[;:]\s+")
_COPULAS = frozenset("est sont etait etaient fut furent soit".split())
_INDEFINITE = frozenset("un une des d".split())


def other_identity(claim: str, evidence: str) -> str:
    """What a name is said to be, where the evidence only speaks of such a thing after it, apart; empty when nothing.

    « En collectif : NOLA » tells it before the name, and « NOLA … : le pôle est un collectif » of whoever was named.
    """
    segments = [words(segment) for segment in _SEGMENT.split(evidence)]
    for names, noun in _identities(claim) if len(segments) > 1 else ():
        of_it = [i for i, segment in enumerate(segments) if names & set(segment)]
        after = segments[of_it[-1] + 1 :] if of_it else []
        before = segments[: of_it[-1] + 1] if of_it else []
        told = any(related(noun, word) for segment in before for word in segment)
        if before and not told and not any(_said_to_be(noun, segment) for segment in after):
            return noun
    return ""


def _said_to_be(noun: str, segment: tuple[str, ...]) -> bool:
    return any(
        related(noun, word) and not _COPULAS.isdisjoint(segment[max(0, i - 3) : i]) for i, word in enumerate(segment)
    )


@lru_cache(maxsize=4096)
def _identities(text: str) -> tuple[tuple[frozenset[str], str], ...]:
    """(words of a name, what it is) for each « X est un N »."""
    found = []
    for noun in parsed(text):
        indefinite = any(folded(d) in _INDEFINITE for d in children(noun, "det"))
        if noun.pos_ not in ("NOUN", "PROPN") or not indefinite or not children(noun, "cop"):
            continue
        if who := _before(children(noun, "cop")[0]) - SUBJECT_WORDS:
            found.append((who, fold(noun.text)))
    return tuple(found)


def _before(copula: Any) -> frozenset[str]:
    """The words of the names before it in its clause; who has a number in their name is no subject to the parser."""
    clause = copula.doc[: copula.i]
    starts = [t.i for t in clause if t.pos_ == "PUNCT"]
    return frozenset(w for t in clause[starts[-1] if starts else 0 :] if t.pos_ == "PROPN" for w in name_parts(t.text))
