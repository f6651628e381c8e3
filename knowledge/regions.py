"""Whose region a question is about: what holds in Rennes is never told to who asks from Orléans."""

import numpy as np
from numpy.typing import NDArray

from knowledge.completion import capitalised
from knowledge.index import Index
from knowledge.question import Question


def regions_named(index: Index, text: str) -> frozenset[str]:
    """The regions of the towns, regions and poles that a text names; empty when it names none.

    A town needs its capital (see `capitalised`); a pole's name does not.
    """
    return index.homes.every(text) | index.places.every(capitalised(text))


def searchable(index: Index, question: Question) -> NDArray[np.bool_] | None:
    """(sections,) whether each may answer: of a region that was named, or of none, and French for who asks in French.

    None when all may.
    """
    allowed = index.french if question.lang == "fr" else None
    named = regions_named(index, question.completed)
    if not named:
        return allowed
    here = np.array([d.region is None or d.region in named for d in index.contents.documents.values()], np.bool_)
    return here if allowed is None else here & allowed
