"""Pictures of an evaluation: reliability, risk against coverage, results by kind."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bot.evaluation.metrics import Result, would_be_right
from knowledge.errors import PtceError

BINS = 10


def draw_plots(folder: Path, results: Sequence[Result]) -> None:
    """`reliability.png`, `risk-coverage.png` and `kinds.png`."""
    plt = pyplot()
    for name, draw in (("reliability", _reliability), ("risk-coverage", _risk_coverage), ("kinds", _kinds)):
        figure, axes = plt.subplots(figsize=(6, 4.5))
        draw(axes, results)
        figure.tight_layout()
        save(figure, folder / f"{name}.png")
        plt.close(figure)


def save(figure: Any, path: Path) -> None:
    """Write a figure in the format that the name of the file asks for."""
    try:
        figure.savefig(path, dpi=110)
    except (OSError, ValueError) as error:
        raise _unwritable(path, str(error)) from None


def check_picture(path: Path) -> None:
    """Refuse before the questions are asked what `save` would refuse after them."""
    formats = pyplot().FigureCanvasBase.get_supported_filetypes()
    if path.suffix.lower().lstrip(".") not in formats:
        raise _unwritable(path, "format d'image inconnu")
    if path.is_dir() or not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
        raise _unwritable(path, "dossier absent ou protégé")


def _unwritable(path: Path, reason: str) -> PtceError:
    cure = "donnez un fichier .png, .svg ou .pdf, dans un dossier où vous pouvez écrire"
    return PtceError(f"Impossible d'écrire {path} ({reason}).", cure)


def pyplot() -> Any:
    """Matplotlib's, drawing to files only; an error that names the cure where it is not installed."""
    try:
        import matplotlib as mpl
    except ImportError:
        raise PtceError("Les graphiques demandent matplotlib.", "pip install 'ptce-assistant[eval]'") from None
    mpl.use("Agg")
    from matplotlib import pyplot

    return pyplot


def _reliability(axes: Any, results: Sequence[Result]) -> None:
    confidences = np.array([r.confidence for r in results])
    right = np.array([would_be_right(r) for r in results], float)
    which = np.minimum((confidences * BINS).astype(int), BINS - 1)
    for b in sorted(set(which.tolist())):
        inside = which == b
        axes.scatter(confidences[inside].mean(), right[inside].mean(), s=10 + inside.sum() * 2, color="tab:blue")
    axes.plot([0, 1], [0, 1], color="grey", linewidth=1)
    axes.set(xlabel="confiance annoncée", ylabel="part de réponses justes", title="Fiabilité", xlim=(0, 1), ylim=(0, 1))


def _risk_coverage(axes: Any, results: Sequence[Result]) -> None:
    """As the threshold falls: share of questions asserted, and share of these that should not have been."""
    ordered = sorted(results, key=lambda r: -r.confidence)
    wrong = np.cumsum([not would_be_right(r) for r in ordered])
    count = np.arange(1, len(ordered) + 1)
    axes.plot(count / max(len(ordered), 1), wrong / count)
    axes.set(xlabel="part des questions affirmées", ylabel="part d'affirmations fausses", title="Risque et couverture")


def _kinds(axes: Any, results: Sequence[Result]) -> None:
    kinds = sorted({r.question.kind for r in results})
    values = [np.mean([r.right for r in results if r.question.kind == kind]) for kind in kinds]
    axes.barh(kinds, values)
    axes.set(xlabel="part juste", title="Par genre de question", xlim=(0, 1))
