"""A sentence taken apart for comparison: its words, figures, names, clauses, and what it denies or requires."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from knowledge.claims.figures import Read, read_figures
from knowledge.claims.lexicon import root
from knowledge.claims.polarity import Polarity, clauses, polarity
from knowledge.text import STOP_WORDS, content_words, words

_TOKEN = re.compile(r"[^\W\d_][\w'’&.-]*")
_ELIDED = re.compile(r"^(?:[ldnsjmtc]|qu)['’](?=.)", re.IGNORECASE)
_UNITS = frozenset("euros euro eur cent pour".split())
# Written so that folding keeps what they mean: « né » is told from « ne » by its accent alone.
_REWRITTEN = (
    (re.compile(r"\b[Nn]ée?s?\b"), "naître"),
    (re.compile(r"\b[Cc][’']est-à-dire\b"), "soit"),
)


@dataclass(frozen=True)
class Said:
    """A text, and all that is compared of it; `first_is_name` when its first word can only be a name."""

    text: str
    first_is_name: bool = False

    @cached_property
    def read(self) -> Read:
        """Its figures and addresses."""
        text = self.text
        for pattern, instead in _REWRITTEN:
            text = pattern.sub(instead, text)
        return read_figures(text)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The folded words that say something: no figures, no units, no words of grammar."""
        return tuple(w for w in content_words(self.read.rest) if not w.isdigit() and w not in _UNITS)

    @cached_property
    def all_words(self) -> frozenset[str]:
        """Every folded word."""
        return frozenset(words(self.text))

    @cached_property
    def roots(self) -> frozenset[str]:
        """The roots of its words."""
        return frozenset(root(w) for w in self.words)

    @cached_property
    def clauses(self) -> tuple["Said", ...]:
        """Its pieces, in each of which one thing is said."""
        return tuple(Said(piece) for piece in _merged(clauses(self.read.plain)))

    @cached_property
    def polarity(self) -> Polarity:
        """What it requires, allows, forbids, and of how many."""
        return polarity(self.read.plain)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Folded words written with a capital, the first word only when it can't be anything else."""
        tokens = ((token, start) for token, start in capitalised(self.text) if start or self.first_is_name)
        return tuple(w for token, _ in tokens for w in name_parts(token))


def capitalised(text: str) -> Iterator[tuple[str, int]]:
    """(word written with a capital, where it stands), 0 for a first word that has only its first letter so."""
    start = re.match(r"[\W\d_]*", text)
    first = start.end() if start else 0
    for match in _TOKEN.finditer(text):
        # « l'État », « d'Occitanie »: the name begins after the elision.
        token = _ELIDED.sub("", match[0])
        if any(ch.isupper() for ch in token):
            inner = any(ch.isupper() for ch in token[1:]) or len(token) < len(match[0])
            yield token, match.start() - first + (1 if inner else 0)


def name_parts(token: str) -> tuple[str, ...]:
    """The folded words of a name; « MES » is one, though « mes » is a word of grammar."""
    return tuple(w for w in words(token) if len(w) > 1 and (token.isupper() or w not in STOP_WORDS))


def _merged(pieces: Iterable[str]) -> list[str]:
    """Pieces that say nothing alone (« en 2020 ») joined to what follows, at the end to what comes before."""
    merged: list[str] = []
    waiting = ""
    for piece in pieces:
        waiting = f"{waiting}, {piece}" if waiting else piece
        if any(not w.isdigit() and w not in STOP_WORDS and len(w) > 1 for w in words(waiting)):
            merged.append(waiting)
            waiting = ""
    if waiting:
        merged[-1:] = [", ".join([*merged[-1:], waiting])]
    return merged
