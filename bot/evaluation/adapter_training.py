"""Learning the adapter: a question's section should be nearer to it than all the others.

Softmax over every section of the corpus (cross-entropy; each section scored as retrieval scores it: the mean of the
nearest passage's cosine and of the nearest known question's), the matrix kept small.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from knowledge.index import Index
from knowledge.vectors import Matrix

if TYPE_CHECKING:
    import torch

EPOCHS = 8
BATCH = 128
RATE, LOWEST_RATE = 1e-3, 0.02
# Cosines differ by hundredths.
TEMPERATURE = 0.015
# Per squared entry of the matrix: without it, questions on sections that nobody asked about are pushed away.
DECAY = 1e-3
SEED = 7
# (step, steps)
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """Vectors (n, dim) of questions, the number of each one's section (n,), and its row if it is a known one (or -1).

    A known question is left out of the search for itself, or it would find its section without learning anything.
    """

    vectors: Matrix
    sections: NDArray[np.int64]
    rows: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.sections)


def learn(index: Index, asked: Encoded, progress: Progress) -> Matrix:
    """The matrix (dim, dim) to shift questions by."""
    import torch

    generator = torch.Generator().manual_seed(SEED)
    scores = _Scores(index)
    vectors, sections, rows = (torch.from_numpy(a) for a in (asked.vectors, asked.sections, asked.rows))
    shift = torch.zeros((vectors.shape[1], vectors.shape[1]), requires_grad=True)
    optimiser = torch.optim.Adam([shift], RATE)
    batches = [b for _ in range(EPOCHS) for b in torch.randperm(len(asked), generator=generator).split(BATCH)]
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda n: max(LOWEST_RATE, 1 - n / len(batches)))
    for step, batch in enumerate(batches, 1):
        found = scores.of(vectors[batch], rows[batch], shift)
        loss = torch.nn.functional.cross_entropy(found / TEMPERATURE, sections[batch]) + DECAY * shift.square().sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        progress(step, len(batches))
    return np.asarray(shift.detach().numpy(), np.float32)


def recall(index: Index, asked: Encoded, shift: Matrix, depths: tuple[int, ...]) -> dict[int, float]:
    """For each depth, the share of questions whose section is among so many nearest, by vectors alone."""
    import torch

    vectors, rows = torch.from_numpy(asked.vectors), torch.from_numpy(asked.rows)
    found = _Scores(index).of(vectors, rows, torch.from_numpy(shift)).topk(max(depths), 1).indices
    right = found == torch.from_numpy(asked.sections)[:, None]
    return {depth: round(float(right[:, :depth].any(1).float().mean()), 4) for depth in depths}


class _Scores:
    """What retrieval's dense side makes of every section, in a form that can be differentiated."""

    def __init__(self, index: Index) -> None:
        import torch

        self._passages, self._questions = torch.from_numpy(index.passages), torch.from_numpy(index.questions)
        self._passage_section = torch.from_numpy(np.asarray(index.passage_section, np.int64))
        self._question_section = torch.from_numpy(np.asarray(index.question_section, np.int64))
        self._count = len(index.section_ids)

    def of(self, vectors: "torch.Tensor", rows: "torch.Tensor", shift: "torch.Tensor") -> "torch.Tensor":
        """(n, sections)."""
        import torch

        turned = torch.nn.functional.normalize(vectors + vectors @ shift, dim=1)
        asked = turned @ self._questions.T
        known = rows >= 0
        asked[known.nonzero()[:, 0], rows[known]] = -1
        by_passage = self._best(turned @ self._passages.T, self._passage_section)
        by_question = self._best(asked, self._question_section)
        return torch.where(by_question > -1, (by_passage + by_question) / 2, by_passage)

    def _best(self, cosines: "torch.Tensor", section: "torch.Tensor") -> "torch.Tensor":
        lowest = cosines.new_full((len(cosines), self._count), -1.0)
        return lowest.scatter_reduce(1, section.expand(len(cosines), -1), cosines, "amax")
