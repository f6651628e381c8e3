"""What stands next to what: names and figures that changed places inside a sentence.

Two words are linked when nothing but articles and prepositions stands between them (« le député Paul », « article 9 »,
« Player One, à Draguignan »). A claim that links a name or a figure to what the evidence links to another one has
exchanged them.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from knowledge.claims.figures import small_number, spelt
from knowledge.claims.lexicon import root
from knowledge.completion import DEFAULT_SUBJECT
from knowledge.text import STOP_WORDS, fold

Kind = Literal["name", "figure", "word"]
_TOKEN = re.compile(r"\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?!\d)|\d+(?:,\d+)?|[^\W\d_][\w'’&-]*|[^\w\s]")
_ELIDED = re.compile(r"^(?:[ldnsjmtc]|qu)['’](?=.)", re.IGNORECASE)
# Between two words, these say nothing; any other word of grammar (« est », « et », « qui ») parts them.
_JOINING = frozenset("a au aux d de du des en dans l la le les un une sur pour chez entre n m".split())
# « d'après le MES » tells who says it, not what « après » stands next to.
_PARTING = frozenset("apres selon comme dont soit".split())
_ARTICLES = frozenset("l la le les un une".split())
_COORDINATING = frozenset(("et", "ou", "en", "de"))
_YEAR = re.compile(r"(?:19|20)\d\d")
# « A coopère avec B » says the same of B.
_MUTUAL = frozenset("avec partenaire partenaires entre".split())
# More words than this between two names are the rest of a sentence, not what joins them.
MAX_BETWEEN = 6
_OPENING = frozenset("a au aux d de du des en dans sur".split())


@dataclass(frozen=True, slots=True)
class Token:
    """A word that says something: a name folded, a figure in digits, or the root of another word."""

    kind: Kind
    key: str


Link = tuple[Token | None, Token]


@lru_cache(maxsize=4096)
def links(text: str) -> frozenset[Link]:
    """Each token of a sentence with the one that it follows, None where it follows none."""
    return frozenset(_links(spelt(text)))


def _links(text: str) -> Iterator[Link]:
    left: Token | None = None
    # What the year before was linked to, while only « et », « et en » or a comma stands between it and the next one.
    leader: Token | None = None
    matches = [match[0] for match in _TOKEN.finditer(text)]
    for i, raw in enumerate(matches):
        word = _ELIDED.sub("", raw)
        folded = fold(word)
        if not folded[:1].isalnum():
            following = fold(_ELIDED.sub("", matches[i + 1])) if i + 1 < len(matches) else ""
            elided = _ELIDED.match(matches[i + 1]) if i + 1 < len(matches) else None
            # « Draguignan (Var) » and « Player One, à Draguignan » belong together.
            joined = raw == "(" or (raw == "," and (following in _OPENING or elided is not None)) or raw in "'’°&"
            left = left if joined else None
            continue
        token = None if folded in _PARTING else _token(word, folded, first=i == 0)
        if token is None:
            left = left if folded in _JOINING else None
            leader = leader if folded in _COORDINATING else None
            continue
        # « Vus en 2021 et 2023 » saw both.
        year = bool(_YEAR.fullmatch(token.key))
        left = left or (leader if year else None)
        yield left, token
        leader = left if year else None
        left = token


@lru_cache(maxsize=4096)
def ordered(text: str) -> tuple[str, ...]:
    """The keys of all its tokens that say something, in order."""
    matches = [_ELIDED.sub("", match[0]) for match in _TOKEN.finditer(spelt(text))]
    tokens = (_token(word, fold(word), first=i == 0) for i, word in enumerate(matches) if word[:1].isalnum())
    return tuple(token.key for token in tokens if token)


def _token(word: str, folded: str, first: bool) -> Token | None:
    if word[0].isdigit() or small_number(folded):
        return Token("figure", small_number(folded) or re.sub(r"\D", "", word))
    if len(folded) < 2 or _is_grammar(word):
        return None
    if _is_name(word, first):
        return Token("name", folded)
    return Token("word", root(folded))


def _is_grammar(word: str) -> bool:
    """Whether it is a word of grammar; « MES », in capitals, is a network."""
    return fold(word) in STOP_WORDS and not (word.isupper() and len(word) > 1)


def _is_name(word: str, first: bool) -> bool:
    return any(ch.isupper() for ch in (word[1:] if first else word))


def mirrored(claim: str, evidence: str) -> str:
    """The name that stands first in « B fait suite à A » where the evidence has « A fait suite à B »; empty if none."""
    said, written = _pairs(claim), _pairs(evidence)
    return next((a for a, between, b in said if (b, between, a) in written and (a, between, b) not in written), "")


def misplaced(claim: str, evidence: str) -> str:
    """The name right before words that the evidence has right after another name only; empty when none."""
    written = _led(evidence)
    present = {name for name, _ in _names(evidence)}
    for name, words in _led(claim):
        others = {other for other, same in written if same == words}
        if others and name in present and name not in others:
            return name
    return ""


@lru_cache(maxsize=4096)
def _led(text: str) -> frozenset[tuple[str, tuple[str, ...]]]:
    """Each name with the two words that follow it, when they are words and one of them says something."""
    found = set()
    after: tuple[str, ...] = ()
    listed = False
    for name, following in reversed(_names(text)):
        # « A, B et C animent »: what follows the last of a list follows each; « A, B, animent » is no list.
        listed = following in (("et",), ("ou",)) or (listed and following == (",",))
        after = after if listed else following[:2]
        telling = any(w not in STOP_WORDS for w in after)
        if len(after) == 2 and all(w.isalpha() for w in after) and telling and not _MUTUAL & set(following[:3]):
            found.add((name, after))
    return frozenset(found)


@lru_cache(maxsize=4096)
def _pairs(text: str) -> frozenset[tuple[str, tuple[str, ...], str]]:
    """Names in pairs, with the few words between them, when one of these says something that is not mutual."""
    found = set()
    for (left, between), (right, _) in pairwise(_names(text)):
        telling = any(word.isalpha() and word not in STOP_WORDS for word in between)
        if telling and len(between) <= MAX_BETWEEN and not _MUTUAL & set(between):
            found.add((left, between, right))
    return frozenset(found)


def _names(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """Each name, the words of one name together, with what stands between it and the next one, articles left out."""
    found: list[tuple[str, tuple[str, ...]]] = []
    for match in _TOKEN.finditer(text):
        word = _ELIDED.sub("", match[0])
        folded = fold(word)
        if word == DEFAULT_SUBJECT:
            continue
        if word[0].isalpha() and not _is_grammar(word) and _is_name(word, first=False):
            if found and not found[-1][1]:
                found[-1] = (f"{found[-1][0]} {folded}", ())
            else:
                found.append((folded, ()))
        elif found and folded not in _ARTICLES:
            found[-1] = (found[-1][0], (*found[-1][1], folded))
    return found


def exchanged(claim: str, evidence: str) -> str:
    """What a claim puts in another's place, as it is keyed; empty when nothing."""
    written = links(evidence)
    present = {right for _, right in written}
    after: dict[Token, set[Token]] = defaultdict(set)
    before: dict[Token, set[Token]] = defaultdict(set)
    for left, right in written:
        if left:
            after[left].add(right)
            before[right].add(left)
    said = links(claim)
    for left, right in said - written:
        # « 56 des 74 PTCE » counts PTCE twice.
        shared = any((other, left) in said and (other, right) in written for other in before[right])
        # « le soutien aux PTCE » leaves one word out of « le soutien de l'État aux PTCE ».
        middles = after[left] if left else set()
        near = any(right in after[middle] and (right, middle) not in said for middle in middles)
        if left is None or near or shared or not {left, right} <= present:
            continue
        if right.kind != "word" and any(other.kind == right.kind for other in after[left]):
            return right.key
        named = left.kind == "name" and right.kind != "word"
        if (named or left.kind == "figure") and any(other.kind == left.kind for other in before[right]):
            return left.key
    return ""


def regrouped(claim: str, evidence: str) -> str:
    """The figure that a claim gives to names which the evidence gives another one, and it to others; empty if none.

    « A, lauréat 2021, et B, lauréat 2023 »: a figure belongs to the names since the one before it, in texts that name
    before they count.
    """
    # A count that comes first (« six PTCE, dont A, lauréat 2021 ») tells nothing of the years after it.
    for years_only in (False, True):
        said, written = _grouped(claim, years_only), _grouped(evidence, years_only)
        for names, figure in said:
            theirs = [(other, found) for other, found in written if len(found) == len(figure)]
            mine = [found for other, found in theirs if other & names]
            holders = [other for other, found in theirs if found == figure]
            if mine and holders and figure not in mine and not any(other & names for other in holders):
                return figure
    return ""


@lru_cache(maxsize=4096)
def _grouped(text: str, years_only: bool) -> tuple[tuple[frozenset[str], str], ...]:
    """Each figure with the names that stand between it and the figure before it; nothing where a figure comes first."""
    found: list[tuple[frozenset[str], str]] = []
    names: set[str] = set()
    for i, match in enumerate(_TOKEN.finditer(spelt(text))):
        word = _ELIDED.sub("", match[0])
        folded = fold(word)
        if word == DEFAULT_SUBJECT or not folded[:1].isalnum():
            continue
        token = _token(word, folded, first=i == 0)
        if token and token.kind == "name":
            names.add(token.key)
        elif token and token.kind == "figure" and (_YEAR.fullmatch(token.key) or not years_only):
            if not names:
                return ()
            found.append((frozenset(names), token.key))
            names = set()
    return tuple(found)
