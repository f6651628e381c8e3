"""The noun phrases of a parsed sentence: who or what a part is played by."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from knowledge.claims.anatomy import name_parts
from knowledge.completion import DEFAULT_SUBJECT
from knowledge.text import fold, words

# What belongs to a noun itself, rather than telling more of it.
NAMING = ("flat:name", "flat:foreign", "appos", "amod", "fixed", "nummod")
_DEFINITE = frozenset("le la l ce cet cette".split())
_CLAUSES = frozenset({"acl", "acl:relcl", "advcl", "parataxis"})


@dataclass(frozen=True, slots=True)
class Party:
    """A noun phrase, as folded words: its noun, the noun with what names it, all of it, its words with a capital.

    `bare`: « le pôle », « cette coopérative », which stand for whoever was named before.
    """

    noun: str
    core: frozenset[str]
    whole: frozenset[str]
    names: frozenset[str]
    bare: bool


def joined(token: Any) -> Iterator[Any]:
    """The noun and those that « et », « ou » or a comma join to it."""
    yield token
    for other in children(token, "conj"):
        if other.pos_ not in ("VERB", "AUX"):
            yield from joined(other)


def party(noun: Any) -> Party | None:
    """The noun phrase of which this is the noun; None of a pronoun."""
    if noun.pos_ == "PRON":
        return None
    phrase = list(_phrase(noun))
    core, whole = _said([noun, *_named_by(noun)]), _said(phrase)
    names = _said([t for t in phrase if any(ch.isupper() for ch in t.text)])
    definite = any(d.pos_ == "DET" and folded(d) in _DEFINITE for d in noun.children)
    bare = definite and len(whole) == 1 and not names - {DEFAULT_SUBJECT.lower()}
    return Party((words(noun.text) or [""])[-1], core, whole, names, bare)


def _named_by(noun: Any) -> Iterator[Any]:
    for child in noun.children:
        if child.dep_ in NAMING or (child.dep_ == "nmod" and child.pos_ == "PROPN"):
            yield child
            yield from children(child, *NAMING)


def _phrase(noun: Any) -> Iterator[Any]:
    """The words of a noun phrase, the clauses that hang on it left out."""
    yield noun
    for child in noun.children:
        if child.dep_ not in _CLAUSES:
            yield from _phrase(child)


def _said(tokens: list[Any]) -> frozenset[str]:
    return frozenset(w for token in tokens for w in name_parts(token.text))


def children(token: Any, *relations: str) -> list[Any]:
    """What depends on a token by one of these relations."""
    return [child for child in token.children if child.dep_ in relations]


def folded(token: Any) -> str:
    """Its letters, without accents nor the apostrophe of an elision."""
    return fold(token.text).rstrip("'’")
