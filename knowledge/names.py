"""Names in a text: those that the corpus knows, and the words that may be one."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from knowledge.text import fold, words

MIN_TOWN_LETTERS = 6
# « le nord-ouest » is not in the department of Nord.
_DIRECTION = re.compile(r"(?:nord|sud)-(?:est|ouest)\b", re.IGNORECASE)
# A word without its elision: « l'ADEME », « d'Occitanie ».
_WORD = re.compile(r"(?:\b(?:[ldnsjm]|qu)['’ʼ])?(?P<word>[^\W\d_][\w'’&-]*)", re.IGNORECASE)
_TOWARDS = re.compile(r"(?:^|\b)(?:a|dans l[ae]s?|dans l)$")
# Neither the first word of a sentence nor an acronym; « d'Orléans » begins after its elision.
_A_NAME = r"[A-ZÀ-Ý](?![A-ZÀ-Ý]*\b)"
_GIVEN_CAPITAL = re.compile(rf"(?<=[^\s.?!:…])[\s,;«(-]+(?:[ldnsjmLDNSJM]['’ʼ])?{_A_NAME}|\b[ldnsjm]['’ʼ]{_A_NAME}")


@dataclass(frozen=True, slots=True)
class Names:
    """The names by which the corpus's documents are called, folded, each with how it is written."""

    written: dict[tuple[str, ...], str]
    longest: int

    @classmethod
    def of(cls, names: Iterable[str]) -> "Names":
        """Names as they are written."""
        return cls.leading((name, name) for name in names)

    @classmethod
    def leading(cls, pairs: Iterable[tuple[str, str]]) -> "Names":
        """Names that lead to another one, as a town does to its region; the first to claim a name keeps it."""
        written: dict[tuple[str, ...], str] = {}
        for name, target in pairs:
            if key := words(name):
                written.setdefault(key, target)
        return cls(written, max(map(len, written), default=0))

    def find(self, text: str) -> str | None:
        """The longest known name in the text, as it is written; None when it names nobody."""
        found = words(text)
        spans = (
            found[start : start + size]
            for size in range(min(self.longest, len(found)), 0, -1)
            for start in range(len(found) - size + 1)
        )
        return next((self.written[span] for span in spans if span in self.written), None)

    def every(self, text: str) -> frozenset[str]:
        """All that the names in the text lead to; where names overlap, the longest of those that begin first counts."""
        found, named, start = words(text), set[str](), 0
        while start < len(found):
            sizes = range(min(self.longest, len(found) - start), 0, -1)
            size = next((n for n in sizes if found[start : start + n] in self.written), 0)
            if size:
                named.add(self.written[found[start : start + size]])
            start += size or 1
        return frozenset(named)


def is_named(labels: Iterable[str], text: str) -> bool:
    """Whether a text holds all the words of one of these names."""
    told = set(words(text))
    return any(set(words(label)) <= told for label in labels)


def names_in(texts: Iterable[str]) -> frozenset[str]:
    """The folded words that texts write with a capital wherever they stand, a first word aside."""
    great, small = set[str](), set[str]()
    for text in texts:
        for match in _WORD.finditer(text):
            capital = match["word"][0].isupper()
            if not capital or match.start() or match["word"].isupper():
                (great if capital else small).update(words(match["word"]))
    return frozenset(great - small)


def possible_names(question: str) -> str:
    """The question without its words in lower case: « tours » and « manche » are towns only with a capital.

    Where all is in lower case, long words are taken for names; those after « à », wherever nobody gave capitals.
    """
    small = question == question.lower()
    return " ".join(word for word, sure in names_of(question) if sure or small)


def names_of(question: str) -> list[tuple[str, bool]]:
    """The words that may be names, and whether they are surely so: by their capital, or by « à » before them."""
    tokens = [w for w in re.split(r"[\s'’ʼ()«»\",.;:?!]+", question) if w and not _DIRECTION.match(w)]
    small = typed_small(question)
    found = []
    for i, word in enumerate(tokens):
        # « à tours de bras » is nowhere.
        towards = _TOWARDS.search(fold(" ".join(tokens[max(0, i - 2) : i]))) and tokens[i + 1 : i + 2] != ["de"]
        sure = word[:1].isupper() or (small and bool(towards))
        if sure or (small and len(word) >= MIN_TOWN_LETTERS):
            found.append((word, sure))
    return found


def typed_small(question: str) -> bool:
    """Whether no word was given a capital on purpose: a telephone gives one to the first, and acronyms have theirs."""
    return not _GIVEN_CAPITAL.search(question)
