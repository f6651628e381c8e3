"""Where the asker is: « notre SCIC, à Poitiers, peut-elle… » is the question of any SCIC."""

import re
from dataclasses import replace

from knowledge.index import Index
from knowledge.names import typed_small
from knowledge.question import Question
from knowledge.regions import regions_named
from knowledge.text import fold, words

# Ends where a preposition and a place may follow: somebody's own structure, or where they say that they are.
_OWN = re.compile(
    r"\b(?:je suis|nous sommes|on est|j'habite|notre|nos|mon|ma|mes|we are|i am|our|my)\b[^,;:?.!]{0,60}[,(]? *$"
)
# « notre pôle de Grenoble » is a pole, which has a name and figures of its own.
_POLE = re.compile(r"\b(?:poles?|ptces?|hubs?|clusters?)\b")
_TOWARDS = re.compile(
    r"[\s,(]*\b(?:(?:(?:près|pres|autour) )?(?:de|du|des|d')|à|a|au|aux|en|dans|vers|sur|in|near|around|from)"
    r"(?:\s+|(?<='))(?:l[ae]s?\s+|l')?",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+")
# No clause before a place is longer.
_WINDOW = 90


def without_home(index: Index, question: Question) -> Question | None:
    """The question, searched without the place where the asker's own structure is; None when it tells of none.

    One about a place (« y a-t-il un PTCE à Poitiers ? »), about a pole, or that names two places is no such question.
    """
    text = question.corrected
    if not regions_named(index, text):
        return None
    for towards in _TOWARDS.finditer(text):
        before = fold(text[max(0, towards.start() - _WINDOW) : towards.start()])
        own = _OWN.search(before)
        end = _end_of_place(index, text, towards.end()) if own and not _POLE.search(own[0]) else None
        if end:
            rest = text[: towards.start()] + text[end:]
            return None if regions_named(index, rest) else replace(question, corrected=rest)
    return None


def _end_of_place(index: Index, text: str, start: int) -> int | None:
    """Where the longest place that begins here ends."""
    tokens = [match for match, _ in zip(_WORD.finditer(text, start), range(index.regions.longest), strict=False)]
    ends = [token.end() for token in reversed(tokens) if _is_place(index, text, text[start : token.end()])]
    return ends[0] if ends and tokens[0].start() == start else None


def _is_place(index: Index, text: str, name: str) -> bool:
    """As `regions_named` sees it: with its capital, or, all being in lower case, in words that French does not have."""
    if " ".join(words(name)) not in index.regions_of:
        return False
    return name[:1].isupper() or (typed_small(text) and not any(w in index.dictionary for w in words(name)))
