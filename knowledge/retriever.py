"""Hybrid search: vectors, BM25 and known questions, fused.

The recipe (measured on public French sets, see `tests/bench/`): BM25 over bodies and titles, summed; cosine of the
question with the passage, averaged with its cosine to the section's nearest known question where there is one;
the best candidates of each side, each side min-max normalised over their union; a convex sum. Bruch, Gai & Ingber,
« An Analysis of Fusion Functions for Hybrid Retrieval » (TOIS 2023) compare it with reciprocal rank fusion.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from knowledge.adapter import load_adapter
from knowledge.index import Index
from knowledge.lexical import Floats
from knowledge.model import Passage
from knowledge.settings import RetrievalSettings
from knowledge.text import terms
from knowledge.vectors import Vector

# With approximate search, how many times `candidates` are looked at before the best `candidates` are kept.
APPROXIMATE_POOL = 2
Rows = NDArray[np.intp]
# The cosine with a known question, where a section has none.
NO_QUESTION = -1.0
# Approximate search: (vector, how many) -> rows of passages.
Approximate = Callable[[Vector, int], Rows]


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found: `score` 0..1 within this search; cosines `dense` and `known` (or `NO_QUESTION`)."""

    passage: Passage
    row: int
    score: float
    dense: float
    known: float
    question: str
    lexical: float

    @property
    def closeness(self) -> float:
        """Mean cosine of the question with the passage and, where there is one, the nearest known question."""
        return float(closeness(self.dense, self.known))


class HybridRetriever:
    """The core of retrieval; needs numpy only, so that a cold `ptce ask` starts fast."""

    def __init__(self, index: Index, settings: RetrievalSettings, approximate: Approximate | None = None) -> None:
        self._index = index
        self._settings = settings
        self._approximate = approximate
        adapted = settings.adapter and load_adapter(index.manifest.model_id) is not None
        # Vectors are worth more once questions are moved towards what answers them.
        self._weight = settings.adapted_weight if adapted else settings.dense_weight

    def search(
        self,
        question: str,
        vector: Vector,
        count: int | None = None,
        allowed: NDArray[np.bool_] | None = None,
        without: int | None = None,
    ) -> tuple[Hit, ...]:
        """The best passages, best first.

        `vector` is the question's, (dim,); `allowed` (sections,) restricts the search; `without` is the row of a known
        question to leave out, so that the judge can learn from that question as if nobody had foreseen it.
        """
        index = self._index
        lexical = self._lexical(question, without)
        known, nearest = self._known(vector, without)
        if allowed is not None:
            # Before choosing: what may not answer must not take the place of what may.
            lexical = np.where(allowed[index.passage_section], lexical, 0)
        by_words = _top(lexical, self._settings.candidates, above=0)
        pool, dense = self._compared(vector, known, by_words)
        if allowed is not None:
            pool = pool[allowed[index.passage_section[pool]]]
        blended = closeness(dense, known[index.passage_section])
        rows = np.union1d(pool[_top(blended[pool], self._settings.candidates)], by_words)
        weight = self._weight
        fused = weight * _min_max(blended[rows]) + (1 - weight) * _min_max(lexical[rows])
        order = np.argsort(-fused, kind="stable")[: count or self._settings.passages]
        return tuple(self._hit(int(rows[i]), float(fused[i]), dense, known, nearest, lexical) for i in order)

    def _compared(self, vector: Vector, known: Floats, by_words: Rows) -> tuple[Rows, Floats]:
        """(rows to choose from by meaning, (passages,) cosines, of the other passages 0).

        All passages; or, with approximate search, its own and those of the sections whose known questions are nearest:
        without the latter only 84 % of the exact ten best are found among 100,000 passages, with them 99.6 %.
        """
        index = self._index
        if self._approximate is None:
            return np.arange(len(index.passages)), index.passages @ vector
        wide = APPROXIMATE_POOL * self._settings.candidates
        by_question = np.zeros(len(known), np.bool_)
        by_question[_top(known, wide, above=NO_QUESTION)] = True
        pool = np.union1d(self._approximate(vector, wide), np.flatnonzero(by_question[index.passage_section]))
        rows = np.union1d(pool, by_words)
        dense = np.zeros(len(index.passages), np.float32)
        dense[rows] = index.passages[rows] @ vector
        return pool, dense

    def _lexical(self, question: str, without: int | None) -> Floats:
        """(passages,) BM25 of the body, the section's titles, and the section's nearest known question, summed."""
        index = self._index
        asked = terms(question)
        by_question = index.asked.scores(asked)
        if without is not None:
            by_question[without] = 0
        sections = index.title.scores(asked)
        nearest = np.zeros_like(sections)
        np.maximum.at(nearest, index.question_section, by_question)
        return index.body.scores(asked) + (sections + nearest)[index.passage_section]

    def _known(self, vector: Vector, without: int | None) -> tuple[Floats, NDArray[np.int64]]:
        """(sections,) best cosine with a known question of each section, and that question's row."""
        best = np.full(len(self._index.section_ids), NO_QUESTION, np.float32)
        nearest = np.full(len(best), -1, np.int64)
        if not len(self._index.questions):
            return best, nearest
        cosines = self._index.questions @ vector
        if without is not None:
            cosines[without] = NO_QUESTION
        np.maximum.at(best, self._index.question_section, cosines)
        rows = np.flatnonzero((cosines == best[self._index.question_section]) & (cosines > NO_QUESTION))
        nearest[self._index.question_section[rows]] = rows
        return best, nearest

    def _hit(
        self, row: int, score: float, dense: Floats, known: Floats, nearest: NDArray[np.int64], lexical: Floats
    ) -> Hit:
        section = self._index.passage_section[row]
        question = int(nearest[section])
        return Hit(
            passage=self._index.contents.passages[row],
            row=row,
            score=score,
            dense=float(dense[row]),
            known=float(known[section]),
            question=self._index.contents.questions[question][1] if question >= 0 else "",
            lexical=float(lexical[row]),
        )


def closeness(dense: ArrayLike, known: ArrayLike) -> Floats:
    """See `Hit.closeness`; any shape."""
    dense, known = np.asarray(dense, np.float32), np.asarray(known, np.float32)
    return np.where(known > NO_QUESTION, (dense + known) / 2, dense)


def _top(scores: Floats, count: int, above: float = -np.inf) -> Rows:
    count = min(count, len(scores))
    rows = np.argpartition(-scores, count - 1)[:count] if count else np.zeros(0, np.intp)
    return rows[scores[rows] > above]


def _min_max(scores: Floats) -> Floats:
    if not len(scores):
        return scores
    low, high = float(scores.min()), float(scores.max())
    return (scores - low) / (high - low) if high > low else np.full_like(scores, float(high > 0))
