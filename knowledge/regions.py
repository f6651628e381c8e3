"""Whose regional cell a question may be answered from: what holds in Rennes is never told to who asks from Orléans."""

import re

import numpy as np
from numpy.typing import NDArray

from knowledge.index import CELLS, Index
from knowledge.names import names_of, typed_small
from knowledge.question import Question
from knowledge.text import content_words, fold, words

# « ailleurs qu'en Bretagne » asks about all the others.
_ELSEWHERE = re.compile(r"\b(?:ailleurs|hors|sauf|excepte|autres? regions?|elsewhere|other regions?|except)\b")
# « en corse », « dans le grand est »: where a region is, and hardly anything else of its name.
_WITHIN = r"\b(?:en|dans l[ae]s?)(?: region)? "


def regions_named(index: Index, text: str) -> frozenset[str]:
    """The regions of the towns, departments and regions that a text names; empty when it names none.

    A place needs its capital; where nobody gave one, « à » before it, or to be a word that French does not have.
    """
    if _ELSEWHERE.search(fold(text)):
        return frozenset()
    written = names_of(text)
    named = index.regions.every(" ".join(word for word, _ in written))
    # The dictionary is read from disk at first: not for every question, only for those that seem to name a place.
    if named and not all(sure for _, sure in written):
        told = (word for word, sure in written if sure or fold(word) not in index.dictionary)
        named = index.regions.every(" ".join(told))
    sure = {w for word, sure in written if sure for w in words(word)}
    named |= {name for name in index.regions.every(text) if _is_whole(name, sure)}
    if typed_small(text):
        named |= {name for name in index.region_names.every(text) if _is_only_a_region(index, name, text)}
    return frozenset(region for name in named for region in index.regions_of[name])


def _is_whole(name: str, sure: set[str]) -> bool:
    """Whether all of a name of several words has its capitals: « Pays de la Loire », which no one word of it names."""
    carrying = content_words(name)
    return len(carrying) > 1 and sure.issuperset(carrying)


def _is_only_a_region(index: Index, name: str, text: str) -> bool:
    """Whether a region's name without capitals is nothing else: long, no word of French, or where one is."""
    parts = name.split()
    if len(parts) > 2 or re.search(_WITHIN + r"[\W_]+".join(parts) + r"\b", fold(text)):
        return True
    return any(part not in index.dictionary for part in content_words(name))


def searchable(index: Index, question: Question) -> NDArray[np.bool_] | None:
    """(sections,) whether each may answer: not the cell of another region, and French for who asks in French.

    None when all may. Poles are of use to everybody, wherever they are.
    """
    allowed = index.french if question.lang == "fr" else None
    # A question that names its place is not asked of the one that the conversation was about.
    named = regions_named(index, question.text) or regions_named(index, question.completed)
    if not named:
        return allowed
    home = {None, *named}
    here = np.array([d.kind != CELLS or d.region in home for d in index.contents.documents.values()], np.bool_)
    return here if allowed is None else here & allowed
