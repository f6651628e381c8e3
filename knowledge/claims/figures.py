"""Figures as values: « 100 000 € », « 100k€ » and « cent mille euros » are one amount, « 27/11/2025 » is a date.

Number words are read by `text2num`; what it leaves (small words, « 1,5 million », « k€ ») is read here.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from knowledge.claims.lexicon import root
from knowledge.phrases import MONTHS
from knowledge.text import STOP_WORDS, clean, content_words, fold

Kind = Literal["number", "amount", "percent", "date", "reference"]
Bound = Literal["", "up", "down", "from", "to"]

# Years that a text of ours can speak of; « 2 014 emplois » is written with its space.
FIRST_YEAR, LAST_YEAR = 1800, 2099
# Words between a count and its date.
MAX_BREATH = 4
_MONTH_NUMBERS = {fold(name): number for number, name in enumerate(MONTHS, 1)}
# A season is a part of the year like a month: it only has to be the same.
_SEASONS = {"printemps": 21, "ete": 22, "automne": 23, "hiver": 24}
# « été » is also a participle: a season is one only before its year.
_MONTH = "|".join(_MONTH_NUMBERS) + "|(?:" + "|".join(_SEASONS) + r")(?= \d{4})"
_MONTH_NUMBERS |= _SEASONS
_PARTS = {"debut": "début", "fin": "fin", "mi": "mi"}
# What text2num leaves alone because it is also an ordinary word, where it can only be a number.
_SMALL = {"deux": "2", "deuxieme": "2", "deuxiemes": "2", "second": "2", "seconde": "2", "troisieme": "3",
          "quatrieme": "4", "cinquieme": "5", "sixieme": "6", "septieme": "7", "huitieme": "8", "neuvieme": "9",
          "dixieme": "10",}  # fmt: skip
_SCALES = {"k": 1_000, "m": 1_000_000, "md": 10**9, "mds": 10**9}
_LETTERS = {"mille": "k", "millier": "k", "million": "m", "milliard": "md"}
_SCALED = re.compile(r"(\d) ?(mille|millier|million|milliard)s?\b", re.IGNORECASE)
_NUMBER = r"\d{1,3}(?:[ .]\d{3})+(?!\d)(?:,\d+)?|\d+(?:[.,]\d+)?"
_PATTERN = re.compile(
    "|".join(
        (
            r"(?P<email>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)",
            r"(?P<url>(?:https?://|www\.)[^\s<>«»\"')\]]+|\b[\w-]+(?:\.[\w-]+)*\.(?:fr|org|com|eu|net|coop)\b(?:/[^\s<>«»\"')\]]*)?)",
            r"(?P<phone>(?:\+33 ?|\b0)[1-9](?:[ .-]?\d\d){4}\b)",
            r"(?P<iso>\b\d{4}-\d\d(?:-\d\d)?\b(?!-))",
            r"(?P<slashed>\b\d{1,2}/\d{1,2}/\d{4}\b)",
            r"(?P<long>\b(?:(?P<day>\d{1,2})(?:er)? (?:et (?P<second>\d{1,2}) )?)?"
            rf"(?P<month>{_MONTH})(?: (?P<year>\d{{4}}))?\b)",
            r"(?P<years>\b(?:18|19|20)\d\d ?[-–/] ?(?:18|19|20)\d\d\b)",
            r"(?P<reference>\b\d+(?:-\d+)+\b)",
            rf"(?P<number>(?<![\w,.])(?:{_NUMBER})(?: ?(?P<scale>k|mds?|m)(?=\b|€))?"
            r"(?P<unit> ?(?:d'|de )?(?:€|euros?\b|eur\b)| ?(?:%|pour cent\b|pour 100\b))?(?:eres?|emes?|er|nde?|e)?)",
        )
    )
)
_RANGE = re.compile(r"\s*(?:a|et|ou|-|–)\s*")
_UP = re.compile(
    r"\b(?:plus d[e']|au moins|au minimum|minimum|au-dela d[e']|superieure?s? a|depasse\w*|a partir d[e'])\W*(?:\w+ )?$"
)
_DOWN = re.compile(
    r"\b(?:moins d[e']|au plus|au maximum|maximum|plafonne\w* a|jusqu'(?:a|en|au)|dans la limite d[e']|inferieure?s? a|"
    r"n'excede\w* pas|ne depasse\w* pas|avant(?: le| fin| mi)?|d'ici(?: a| le)?)\W*(?:\w+ )?$"
)
_SINCE = re.compile(r"\b(?:depuis|des|apres|a partir d[eu']|a compter d[eu'])\W*(?:le |fin |mi |debut )?$")


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: `value` as normalised text, `noun` the stem of what is counted, `start` where it stands."""

    kind: Kind
    value: str
    noun: str
    bound: Bound
    start: int

    @property
    def date(self) -> tuple[str, ...]:
        """(year, month, day, part of the year) of a date; an unknown part is empty."""
        return tuple(self.value.split("|"))


@dataclass(frozen=True, slots=True)
class Read:
    """A text read for its figures: `plain` is the text, folded, number words turned into digits; `addresses` whole."""

    plain: str
    figures: tuple[Figure, ...]
    addresses: frozenset[str]
    rest: str


def read_figures(text: str) -> Read:
    """The figures and the addresses of a text; `rest` is `plain` without either."""
    plain = _digits(text)
    figures: list[Figure] = []
    addresses: set[str] = set()
    kept = []
    end = 0
    for match in _PATTERN.finditer(plain):
        kept.append(plain[end : match.start()])
        end = match.end()
        if match["email"] or match["url"] or match["phone"]:
            addresses.add(_address(match))
        else:
            figures += _figures(plain, match)
    return Read(plain, _ranges(plain, figures), frozenset(addresses), " # ".join([*kept, plain[end:]]))


def _ranges(plain: str, figures: list[Figure]) -> tuple[Figure, ...]:
    """« de 30 000 à 300 000 € » holds two amounts: the first number of a range counts what the second does."""
    found = list(figures)
    for i in range(len(found) - 2, -1, -1):
        this, after = found[i], found[i + 1]
        if this.kind in ("number", after.kind) and not this.noun and after.kind in ("number", "amount", "percent"):
            between = re.sub(r"^[\d ,.]+", "", plain[this.start : after.start])
            if _RANGE.fullmatch(between):
                found[i] = replace(this, kind=after.kind, noun=after.noun, bound="from")
                found[i + 1] = replace(after, bound="to")
    return tuple(found)


def spelt(text: str) -> str:
    """The text with its number words as digits; « deux » and the like are left (see `small_number`)."""
    from text_to_num import alpha2digit

    spaced = clean(text).translate({0xA0: " ", 0x202F: " ", 0x2009: " "})
    # text2num would read « 1,5 million » as two numbers.
    scaled = _SCALED.sub(lambda m: f"{m[1]} {_LETTERS[m[2].lower()]}", spaced)
    return str(alpha2digit(scaled, "fr"))


def small_number(word: str) -> str:
    """The digits of a folded number word that text2num leaves alone, or nothing."""
    return _SMALL.get(word, "")


def _digits(text: str) -> str:
    # text2num reads words with their accents, so they are folded after it.
    return re.sub(r"[a-z]+", lambda word: _SMALL.get(word[0], word[0]), fold(spelt(text)))


def _address(match: re.Match[str]) -> str:
    text = match[0].rstrip(".,;:!?")
    if match["phone"]:
        return re.sub(r"^33", "0", re.sub(r"\D", "", text))
    return re.sub(r"^(?:https?://)?(?:www\.)?", "", text).rstrip("/")


def _figures(plain: str, match: re.Match[str]) -> Iterator[Figure]:
    start = match.start()
    before = plain[max(0, start - 40) : start]
    if match["number"]:
        yield _number(plain, match, before)
    elif match["reference"]:
        yield Figure("reference", match[0], "", "", start)
    else:
        for value in _dates(match):
            yield Figure("date", value + _part(before), "", _date_bound(before), start)


def _number(plain: str, match: re.Match[str], before: str) -> Figure:
    digits = re.match(_NUMBER, match["number"])
    assert digits
    grouped = re.sub(r"(?<=\d)[ .](?=\d{3}(?!\d))", "", digits[0])
    value = Decimal(grouped.replace(",", ".")) * _SCALES.get(match["scale"] or "", 1)
    unit = (match["unit"] or "").strip()
    if not unit and not match["scale"] and len(digits[0]) == 4 and FIRST_YEAR <= value <= LAST_YEAR:
        return Figure("date", f"{int(value)}||" + _part(before, "|"), "", _date_bound(before), match.start())
    kind: Kind = "percent" if unit.startswith(("%", "pour")) else "amount" if unit else "number"
    noun = _noun(plain[match.end() :]) if kind == "number" else ""
    return Figure(kind, f"{value.normalize():f}", noun, _bound(before), match.start())


def _dates(match: re.Match[str]) -> Iterator[str]:
    if match["iso"]:
        yield "|".join([*_unpadded(match[0].split("-")), "", ""][:3]) + "|"
    elif match["slashed"]:
        day, month, year = match[0].split("/")
        yield "|".join(_unpadded([year, month, day])) + "|"
    elif match["long"]:
        for day in filter(None, (match["day"] or "0", match["second"])):
            yield f"{match['year'] or ''}|{_MONTH_NUMBERS[match['month']]}|{int(day) or ''}|"
    else:
        yield from (f"{year}|||" for year in re.findall(r"\d{4}", match["years"]))


def _unpadded(parts: list[str]) -> list[str]:
    return [str(int(part)) for part in parts]


def _part(before: str, separator: str = "") -> str:
    found = re.search(r"\b(debut|fin|mi)[ -](?:d'annee |de l'annee |de |d')?$", before)
    return separator + (_PARTS[found[1]] if found else "")


def _noun(after: str) -> str:
    """The stem of the first word that says what is counted; none across a punctuation mark or another figure."""
    for word in re.findall(r"[a-z]+|[^\s\w'’]|\d", after[:60]):
        if not word.isalpha():
            return ""
        if word not in STOP_WORDS and len(word) > 1:
            return root(word)
    return ""


def _bound(before: str) -> Bound:
    return "down" if _DOWN.search(before) else "up" if _UP.search(before) else ""


def _date_bound(before: str) -> Bound:
    return "down" if _DOWN.search(before) else "up" if _SINCE.search(before) else ""


def same(claimed: Figure, written: Figure) -> bool:
    """Whether what is claimed is what is written: value, kind and bound, « depuis 2005 » not being « en 2005 »."""
    if claimed.kind != written.kind:
        return False
    if claimed.kind == "date":
        return claimed.bound == written.bound and all(
            mine in ("", theirs) for mine, theirs in zip(claimed.date, written.date, strict=True)
        )
    # « de 30 000 à 80 000 € » may be told as « jusqu'à 80 000 € ».
    bounds = {written.bound, {"from": "up", "to": "down"}.get(written.bound, written.bound)}
    return claimed.value == written.value and claimed.bound in bounds


def with_dates(figures: tuple[Figure, ...], plain: str) -> Iterator[tuple[Figure, Figure]]:
    """Each count or amount with the date that follows it in the same breath: « 300 PTCE en 2024 »."""
    for this, after in pairwise(figures):
        between = re.sub(r"^[\d ,.]+", "", plain[this.start : after.start])
        breath = not re.search(r", |;|:", between) and len(between.split()) <= MAX_BREATH
        if this.kind != "date" and after.kind == "date" and breath:
            yield this, after


def numbered(figures: tuple[Figure, ...], plain: str) -> Iterator[tuple[str, str, str]]:
    """(root of what leads to it, root of the noun, number) of each « phase 2 » or « article 9 » in a folded text."""
    for figure in figures:
        before = [w for w in content_words(plain[: figure.start]) if not w.isdigit()][-2:]
        adjacent = re.search(r"\b([a-z]{3,}) $", plain[: figure.start])
        if figure.kind == "number" and adjacent and adjacent[1] not in STOP_WORDS and len(before) == 2:
            yield root(before[0]), root(before[1]), figure.value
