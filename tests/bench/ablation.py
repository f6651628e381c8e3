"""What each group of the judge's features is worth: alone, and left out.

`python tests/bench/ablation.py`: learns on the `dev` questions and the lessons, as `ptce eval --calibrate` does, and
measures on the `test` questions. Columns: area under the ROC curve of « is there an answer? » and, at the threshold
that asserts 85 % of the answerable `dev` questions, the share of the others that is not asserted and of the answerable
that is; 95 % bootstrap intervals. The last lines compare with and without the reader on the same resamples.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from rich.console import Console
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from bot.evaluation.calibrate import FOLDS, MIN_ANSWERED, STRENGTH, Example, examples
from bot.evaluation.questions import load_questions
from bot.indexing import ensure_index
from knowledge.assistant import Assistant
from knowledge.configuration import load_settings

QUESTIONS = Path(__file__).parents[1] / "eval" / "questions.jsonl"
RESAMPLES, SEED = 2000, 20261122
GROUPS = {
    "lecteurs": ("read_lead", "read_best", "read_second", "second_opinion"),
    "voisinage": ("known", "dense", "gap", "dense_stands_out", "known_stands_out", "sentence"),
    "sans réponse connues": ("unanswerable", "unanswerable_gap", "unanswerable_three"),
    "mots": ("covered", "foreseen", "rarest_missing", "unknown_words", "lexical", "asked"),
    "genres et noms": ("kind_missing", "figures_missing", "names_missing", "name_agrees"),
    "section": ("silence", "foreign"),
}


def main() -> None:
    """Print the table."""
    settings = load_settings()
    assistant = Assistant(settings)
    ensure_index(settings, assistant.encoder, Console(stderr=True))
    seen = list(examples(assistant, load_questions(QUESTIONS), lambda done, total: None))
    everything = tuple(sorted(seen[0].features))
    missing = set(everything) ^ {name for names in GROUPS.values() for name in names}
    assert not missing, f"in no group, or in none of the judge's features: {missing}"
    print("| traits | aire, `test` | arrêtées à tort posées | affirmées à raison |\n|---|---|---|---|")
    whole = _row("tous", seen, everything)
    for group, names in GROUPS.items():
        _row(f"{group} seul", seen, names)
    without = {group: _row(f"sans {group}", seen, _others(everything, names)) for group, names in GROUPS.items()}
    _compare(seen, whole, without["lecteurs"])


def predictions(seen: list[Example], names: tuple[str, ...]) -> np.ndarray:
    """(examples,) scores: of `test` by what learnt from all the rest, of `dev` by what had not seen them."""
    table = np.array([[e.features[name] for name in names] for e in seen])
    table = (table - table.mean(axis=0)) / np.maximum(table.std(axis=0), 1e-6)
    right, weight = np.array([e.right for e in seen]), np.array([e.weight for e in seen])
    dev = np.array([i for i, e in enumerate(seen) if e.question and e.question.split == "dev"])
    test = np.array(_test(seen))
    scores = np.zeros(len(seen))
    for unseen in [test, *np.array_split(np.random.default_rng(SEED).permutation(dev), FOLDS)]:
        learnt = np.setdiff1d(np.arange(len(seen)), np.concatenate([test, unseen]))
        model = LogisticRegression(C=STRENGTH, max_iter=2000)
        model.fit(table[learnt], right[learnt], sample_weight=weight[learnt])
        scores[unseen] = model.decision_function(table[unseen])
    return scores


def _others(everything: Iterable[str], names: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for name in everything if name not in names)


def _row(title: str, seen: list[Example], names: tuple[str, ...]) -> np.ndarray:
    """Print one line; the test questions' scores, less the threshold."""
    scores = predictions(seen, names)
    dev = [i for i, e in enumerate(seen) if e.question and e.question.split == "dev" and e.question.answerable]
    test = _test(seen)
    margins = scores[test] - np.quantile(scores[dev], 1 - MIN_ANSWERED)
    good = _good(seen)
    columns = [
        (roc_auc_score(good, margins), *_interval(lambda rows: roc_auc_score(good[rows], margins[rows]), len(good))),
        (np.mean(margins[~good] < 0), *_share_interval(margins[~good] < 0)),
        (np.mean(margins[good] >= 0), *_share_interval(margins[good] >= 0)),
    ]
    cells = " | ".join(f"{value:.3f} [{low:.3f}–{high:.3f}]" for value, low, high in columns)
    print(f"| {title} | {cells} |", flush=True)
    return margins


def _compare(seen: list[Example], whole: np.ndarray, without: np.ndarray) -> None:
    good = _good(seen)
    low, high = _interval(lambda r: roc_auc_score(good[r], whole[r]) - roc_auc_score(good[r], without[r]), len(good))
    print(f"\nAire, avec moins sans lecteur, mêmes tirages : [{low:+.3f}, {high:+.3f}] à 95 %")
    stopped = (whole[~good] < 0).astype(float) - (without[~good] < 0)
    low, high = _share_interval(stopped)
    print(f"Arrêtées, avec moins sans : {stopped.mean():+.3f} [{low:+.3f}, {high:+.3f}]")


def _test(seen: list[Example]) -> list[int]:
    return [i for i, e in enumerate(seen) if e.question and e.question.split == "test"]


def _good(seen: list[Example]) -> np.ndarray:
    return np.array([seen[i].question.answerable for i in _test(seen)])


def _interval(measure, count: int) -> tuple[float, float]:
    """Percentile bootstrap; resamples without both kinds measure nothing and are left out."""
    rng = np.random.default_rng(SEED)
    values = []
    for _ in range(RESAMPLES):
        try:
            values.append(measure(rng.integers(0, count, count)))
        except ValueError:
            continue
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)


def _share_interval(values: np.ndarray) -> tuple[float, float]:
    return _interval(lambda rows: float(np.mean(values[rows])), len(values))


if __name__ == "__main__":
    sys.exit(main())
