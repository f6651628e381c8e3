"""Two figures for the same named quantity in two sections, without a word on it.

A quantity is named by its unit (« lauréats », « emplois ») and by what the sentence says it is about: the proper
names and the years in it. Only sentences with at least one of each are compared: a rule that cries wolf is
switched off by the people that it should help.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from knowledge.model import Corpus, Document
from knowledge.text import fold, sentences, stem

# « article 9 définit » and « n° 2014-856 » are not quantities.
_FIGURE = re.compile(
    r"(?<![\d,.-])(?<!rticle )(?<!itre )(?<!page )(?<!n° )(?<!phase )(\d{1,3}(?: \d{3})+|\d+(?:,\d+)?) "
    r"(?:(?:millions?|milliards?) d['e] ?)?([a-zà-ÿ€%][a-zà-ÿ€-]{2,}|€|%)"
)
_YEAR = re.compile(r"\b(?:19|20)\d{2}\b")
_NAME = re.compile(r"(?<![.!?»] )(?<!^)\b[A-ZÀ-Ý][\w'’&-]+(?: [A-ZÀ-Ý0-9][\w'’&-]*)*")
# Words by which a text says that a figure is one of several, a bound, a part or an estimate.
_HEDGES = re.compile(
    r"\b(?:(?:selon|d'apres|autres?|environ|entre|plus de|moins de|au moins|au plus|dont|premiere|ou|puis|comptes?|"
    r"quand|non datee?s?|according|between|about)\b|divergen|estim|annonc|jusqu')"
)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Where the second figure stands, and what it disagrees with."""

    document: Document
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class _Figure:
    value: str
    document: Document
    line: int
    section: str


def contradictory_figures(corpus: Corpus) -> Iterator[Contradiction]:
    """Pairs of sections that give different figures for one quantity, neither saying so."""
    by_quantity: dict[tuple[str, frozenset[str], frozenset[str]], list[_Figure]] = defaultdict(list)
    for key, figure in _figures(corpus):
        by_quantity[key].append(figure)
    for (unit, _, _), figures in by_quantity.items():
        first = figures[0]
        for other in figures[1:]:
            if other.value != first.value and other.section != first.section:
                yield Contradiction(
                    other.document,
                    other.line,
                    f"{other.value} {unit}… ici, {first.value} dans {first.section} : dites-le",
                )


def _figures(corpus: Corpus) -> Iterator[tuple[tuple[str, frozenset[str], frozenset[str]], _Figure]]:
    for document in corpus.documents:
        for section in document.sections:
            for paragraph in section.paragraphs:
                for sentence in sentences(paragraph.text):
                    names = frozenset(fold(n) for n in _NAME.findall(sentence))
                    years = frozenset(_YEAR.findall(sentence))
                    if not names or not years or _HEDGES.search(fold(sentence)):
                        continue
                    found = _FIGURE.findall(sentence)
                    units = [unit for _, unit in found]
                    for value, unit in found:
                        # Two figures with one unit in one sentence are a comparison, not a statement.
                        if units.count(unit) == 1 and unit not in ("ans", "mois", "janvier"):
                            key = (stem(fold(unit)), names, years)
                            yield key, _Figure(value, document, paragraph.line, section.id)
