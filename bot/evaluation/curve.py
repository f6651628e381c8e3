"""`ptce eval --curve`: what each threshold of assertion would cost, so that an operator can choose another one."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.evaluation.metrics import Result, would_be_right

THRESHOLDS = tuple(round(float(t), 2) for t in np.arange(0.30, 1.0, 0.05))


@dataclass(frozen=True, slots=True)
class Point:
    """At this threshold: shares of the answerable questions asserted, of the others asserted, of assertions wrong."""

    threshold: float
    asserted: float
    asserted_wrongly: float
    risk: float


def operating_points(results: Sequence[Result]) -> list[Point]:
    """One point a threshold; shares over nothing are 0."""
    return [_point(results, threshold) for threshold in THRESHOLDS]


def _point(results: Sequence[Result], threshold: float) -> Point:
    asserted = [r for r in results if r.verdict != "refused" and r.reason is None and r.confidence >= threshold]
    good = sum(r.question.answerable for r in results)
    return Point(
        threshold,
        _share(sum(r.question.answerable for r in asserted), good),
        _share(sum(not r.question.answerable for r in asserted), len(results) - good),
        _share(sum(not would_be_right(r) for r in asserted), len(asserted)),
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def curve_lines(results: Sequence[Result]) -> list[str]:
    """The table, for a terminal."""
    head = "seuil   avec réponse, affirmées   sans réponse, affirmées   affirmations fausses"
    return [head] + [
        f"{p.threshold:.2f}    {p.asserted:>23.3f}   {p.asserted_wrongly:>23.3f}   {p.risk:>20.3f}"
        for p in operating_points(results)
    ]


def draw_curve(path: Path, results: Sequence[Result]) -> None:
    """Risk against coverage over all thresholds, a few of them named, as a picture."""
    from bot.evaluation.plots import pyplot, save

    plt = pyplot()
    figure, axes = plt.subplots(figsize=(6.5, 4.5))
    points = operating_points(results)
    axes.plot([p.asserted for p in points], [p.asserted_wrongly for p in points], marker="o", label="sans réponse")
    axes.plot([p.asserted for p in points], [p.risk for p in points], marker="s", label="affirmations fausses")
    for p in points[::2]:
        axes.annotate(f"{p.threshold:.2f}", (p.asserted, p.asserted_wrongly), textcoords="offset points", xytext=(4, 4))
    axes.set(
        xlabel="part des questions avec réponse qui sont affirmées",
        ylabel="part affirmée à tort",
        title="Risque et couverture selon judge.answered",
    )
    axes.legend()
    figure.tight_layout()
    save(figure, path)
    plt.close(figure)
