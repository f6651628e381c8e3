"""What is measured of one answer, and the rates over many, with bootstrap intervals."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from bot.evaluation.alce import CitationScore, Supports, citation_score
from bot.evaluation.questions import EvalQuestion
from knowledge.assistant import Explanation
from knowledge.text import sentences
from knowledge.verify import MARKER

SPLITS = ("dev", "test")
RESAMPLES = 2000
SEED = 20261122


@dataclass(frozen=True, slots=True)
class Result:
    """One question, what was answered, and how it compares with what was wanted."""

    question: EvalQuestion
    verdict: str
    reason: str | None
    confidence: float
    answer: str
    facts_found: bool
    rank: int | None
    marked: bool
    length: int
    embed_ms: float
    total_ms: float
    # Whether the language model wrote the answer; None when it was not asked. Its citations are scored when it did.
    written: bool | None = None
    citations: CitationScore | None = None

    @property
    def right(self) -> bool:
        """Whether what was done is what was wanted."""
        expect = self.question.expect
        if expect == "answered":
            return self.verdict != "refused" and self.facts_found
        return self.verdict == "refused" or (expect == "not_asserted" and self.verdict == "closest")


def judge_result(question: EvalQuestion, explanation: Explanation, supports: Supports | None = None) -> Result:
    """Compare an answer with its question's expectations; `supports` scores the citations of a written one."""
    answer = explanation.answer
    written = answer.mode == "generative"
    return Result(
        question=question,
        verdict=answer.verdict,
        reason=answer.reason,
        confidence=answer.confidence,
        answer=answer.answer,
        facts_found=holds_facts(question, answer.answer),
        rank=_gold_rank(question, explanation),
        marked=answer.refused or (bool(answer.citations) and _every_sentence_marked(answer.answer)),
        length=len(answer.answer),
        embed_ms=answer.timings_ms.embed,
        total_ms=answer.timings_ms.total,
        written=written if explanation.writing else None,
        citations=citation_score(answer, supports) if written and supports else None,
    )


def holds_facts(question: EvalQuestion, text: str) -> bool:
    """Whether a text holds all the facts of a right answer, and none that shows a wrong one."""
    # Looked for in what the reader sees, without the markers that cut « 500 emplois [1]. » in two.
    shown = MARKER.sub("", text).replace(" .", ".").replace("  ", " ")
    found = all(re.search(p, shown, re.IGNORECASE) for p in question.facts)
    return found and not any(re.search(p, shown, re.IGNORECASE) for p in question.wrong)


def _gold_rank(question: EvalQuestion, explanation: Explanation) -> int | None:
    """Rank (from 1) of the first gold section among the distinct sections found; None when absent."""
    found = list(dict.fromkeys(hit.passage.section for hit in explanation.hits))
    return next((i for i, section in enumerate(found, 1) if section in question.sections), None)


def _every_sentence_marked(text: str) -> bool:
    lines = [line for line in text.splitlines() if line and not line.startswith("(") and not line.endswith(":")]
    return all(MARKER.search(sentence) for line in lines for sentence in sentences(line.removeprefix("- ")))


@dataclass(frozen=True, slots=True)
class Rate:
    """A mean over `count` questions with its 95 % bootstrap interval (percentiles)."""

    value: float
    low: float
    high: float
    count: int

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}–{self.high:.3f}] n={self.count}"


def rate(values: Sequence[float]) -> Rate:
    """Mean and 95 % interval by the percentile bootstrap (Efron & Tibshirani, 1993), with a fixed seed."""
    if not values:
        return Rate(float("nan"), float("nan"), float("nan"), 0)
    array = np.asarray(values, float)
    draws = np.random.default_rng(SEED).integers(0, len(array), (RESAMPLES, len(array)))
    low, high = np.percentile(array[draws].mean(axis=1), [2.5, 97.5])
    return Rate(float(array.mean()), float(low), float(high), len(array))


Metric = tuple[str, Callable[[Result], bool], Callable[[Result], float]]
# name, which results it is over, what is averaged
METRICS: tuple[Metric, ...] = (
    ("facts", lambda r: r.question.answerable, lambda r: float(r.facts_found and r.verdict != "refused")),
    ("answered", lambda r: r.question.answerable, lambda r: float(r.verdict == "answered")),
    ("closest", lambda r: r.question.answerable, lambda r: float(r.verdict == "closest")),
    ("false_refusals", lambda r: r.question.answerable, lambda r: float(r.verdict == "refused")),
    ("traps", lambda r: r.question.kind == "trap", lambda r: float(r.right)),
    ("not_asserted", lambda r: not r.question.answerable, lambda r: float(r.right)),
    ("refused_offtopic", lambda r: r.question.expect == "refused", lambda r: float(r.right)),
    ("near_misses", lambda r: r.question.expect == "not_asserted", lambda r: float(r.right)),
    ("recall@1", lambda r: bool(r.question.sections), lambda r: float(r.rank == 1)),
    ("recall@5", lambda r: bool(r.question.sections), lambda r: float(r.rank is not None and r.rank <= 5)),
    ("marked", lambda _: True, lambda r: float(r.marked)),
    ("written", lambda r: r.written is not None, lambda r: float(bool(r.written))),
    ("citation_recall", lambda r: r.citations is not None, lambda r: r.citations.recall if r.citations else 0.0),
    ("citation_precision", lambda r: r.citations is not None, lambda r: r.citations.precision if r.citations else 0.0),
)
# Of these, less is better: `--min` holds them under its number.
CEILINGS = ("closest", "false_refusals")


def rates(results: Sequence[Result]) -> dict[str, Rate]:
    """Every metric over these results."""
    return {name: rate([value(r) for r in results if applies(r)]) for name, applies, value in METRICS}


def by_split(results: Iterable[Result]) -> dict[str, list[Result]]:
    """`dev` and `test`, apart: what was tuned on says nothing of what was not."""
    listed = list(results)
    return {split: [r for r in listed if r.question.split == split] for split in SPLITS}


def expected_calibration_error(results: Sequence[Result], bins: int = 10) -> float:
    """Mean gap between confidence and accuracy over equal-width bins, weighted by their size (Guo et al., 2017)."""
    confidences = np.array([r.confidence for r in results])
    correct = np.array([would_be_right(r) for r in results], float)
    which = np.minimum((confidences * bins).astype(int), bins - 1)
    gaps = [abs(confidences[which == b].mean() - correct[which == b].mean()) * (which == b).mean() for b in set(which)]
    return float(sum(gaps))


def would_be_right(result: Result) -> bool:
    """Whether asserting the draft would have been right: what `confidence` is the probability of."""
    return result.question.answerable and result.facts_found
