"""Whose regional cell a question may be answered from: what holds in Rennes is never told to who asks from Orléans."""

import re

import numpy as np
from numpy.typing import NDArray

from knowledge.completion import capitalised
from knowledge.index import CELLS, Index
from knowledge.question import Question
from knowledge.text import fold

# « ailleurs qu'en Bretagne » asks about all the others.
_ELSEWHERE = re.compile(r"\b(?:ailleurs|hors|sauf|excepte|autres? regions?|elsewhere|other regions?|except)\b")


def regions_named(index: Index, text: str) -> frozenset[str]:
    """The regions of the towns, departments and regions that a text names; empty when it names none.

    A place needs its capital; where all is in lower case, it must be a word that French does not have.
    """
    if _ELSEWHERE.search(fold(text)):
        return frozenset()
    named = capitalised(text)
    if text == text.lower():
        named = " ".join(word for word in named.split() if fold(word) not in index.dictionary)
    return frozenset(region for name in index.regions.every(named) for region in index.regions_of[name])


def searchable(index: Index, question: Question) -> NDArray[np.bool_] | None:
    """(sections,) whether each may answer: not the cell of another region, and French for who asks in French.

    None when all may. Poles are of use to everybody, wherever they are.
    """
    allowed = index.french if question.lang == "fr" else None
    # A question that names its place is not asked of the one that the conversation was about.
    named = regions_named(index, question.text) or regions_named(index, question.completed)
    if not named:
        return allowed
    here = np.array(
        [d.kind != CELLS or d.region in {None, *named} for d in index.contents.documents.values()], np.bool_
    )
    return here if allowed is None else here & allowed
