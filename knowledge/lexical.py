"""BM25 over the terms of `knowledge.text`, in numpy: scores are computed at build time, summed at question time.

Robertson's BM25 with the inverse document frequency of Lucene, `log(1 + (N - df + 0.5) / (df + 0.5))`, as described by
Kamphuis et al., « Which BM25 Do You Mean? » (ECIR 2020); the tests compare it with the bm25s library.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

K1 = 1.5
B = 0.75
Floats = NDArray[np.float32]
Ints = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Bm25:
    """One field's index over `size` texts: for term t, texts `rows[starts[t]:starts[t+1]]` gain `gains[...]`."""

    vocabulary: dict[str, int]
    starts: NDArray[np.int64]
    rows: Ints
    gains: Floats
    size: int

    @classmethod
    def build(cls, texts: Sequence[Sequence[str]]) -> "Bm25":
        """Index texts given as sequences of terms."""
        vocabulary: dict[str, int] = {}
        postings: list[list[tuple[int, int]]] = []
        for row, text in enumerate(texts):
            for term, count in Counter(text).items():
                number = vocabulary.setdefault(term, len(vocabulary))
                if number == len(postings):
                    postings.append([])
                postings[number].append((row, count))
        lengths = np.array([len(text) for text in texts], np.float32)
        rows = np.array([row for posting in postings for row, _ in posting], np.int32)
        counts = np.array([count for posting in postings for _, count in posting], np.float32)
        sizes = np.array([len(posting) for posting in postings], np.int64)
        gains = _gains(rows, counts, sizes, lengths)
        return cls(vocabulary, np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64), rows, gains, len(texts))

    def scores(self, terms: Iterable[str]) -> Floats:
        """(size,) BM25 scores of every text; a repeated term counts as often as it is asked."""
        total = np.zeros(self.size, np.float32)
        for term, count in Counter(terms).items():
            number = self.vocabulary.get(term)
            if number is not None:
                span = slice(self.starts[number], self.starts[number + 1])
                total[self.rows[span]] += count * self.gains[span]
        return total

    def document_frequency(self, term: str) -> int:
        """How many texts hold the term."""
        number = self.vocabulary.get(term)
        return 0 if number is None else int(self.starts[number + 1] - self.starts[number])

    def idf(self, term: str) -> float:
        """How rare a term is; an unknown one is the rarest."""
        df = self.document_frequency(term)
        return float(np.log1p((self.size - df + 0.5) / (df + 0.5)))

    def save(self, path: Path) -> None:
        """Write to one `.npz` file."""
        terms = np.array(sorted(self.vocabulary, key=self.vocabulary.__getitem__), dtype=np.str_)
        np.savez(path, terms=terms, starts=self.starts, rows=self.rows, gains=self.gains, size=self.size)

    @classmethod
    def load(cls, path: Path) -> "Bm25":
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as data:
            vocabulary = {str(term): i for i, term in enumerate(data["terms"].tolist())}
            return cls(vocabulary, data["starts"], data["rows"], data["gains"], int(data["size"]))


def _gains(rows: Ints, counts: Floats, sizes: NDArray[np.int64], lengths: Floats) -> Floats:
    average = float(lengths.mean()) if len(lengths) and lengths.any() else 1.0
    idf = np.repeat(np.log1p((len(lengths) - sizes + 0.5) / (sizes + 0.5)), sizes)
    saturation = counts + K1 * (1 - B + B * lengths[rows] / average)
    return (idf * counts * (K1 + 1) / saturation).astype(np.float32)
