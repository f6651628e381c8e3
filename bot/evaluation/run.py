"""`ptce eval`: ask every question, measure, write the report, hold the line (`--min`)."""

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path

from bot.corpus_commands import write_files
from bot.evaluation.alce import supported_by
from bot.evaluation.metrics import (
    CEILINGS,
    METRICS,
    Rate,
    Result,
    by_split,
    expected_calibration_error,
    judge_result,
    rates,
)
from bot.evaluation.questions import EvalQuestion
from knowledge.assistant import Assistant
from knowledge.errors import PtceError


def ask_all(
    assistant: Assistant, questions: Sequence[EvalQuestion], progress: Callable[[int, int], None]
) -> list[Result]:
    """The result of every question, in order."""
    results = []
    supports = supported_by(assistant.index)
    for number, question in enumerate(questions, 1):
        results.append(judge_result(question, assistant.explain(question.question), supports))
        progress(number, len(questions))
    return results


def read_floors(values: Sequence[str]) -> dict[str, float]:
    """`["facts=0.9", …]` → `{"facts": 0.9}`."""
    floors = {}
    for value in values:
        name, _, number = value.partition("=")
        try:
            floors[name.strip()] = float(number)
            # Nothing is ever under « nan ».
            if not math.isfinite(floors[name.strip()]):
                raise ValueError(number)
        except ValueError:
            raise PtceError(f"--min {value} : attendu METRIQUE=NOMBRE.", "exemple : --min facts=0.9") from None
    known = [name for name, _, _ in METRICS]
    if unknown := [name for name in floors if name not in known]:
        raise PtceError(f"Métrique inconnue : {', '.join(unknown)}.", f"connues : {', '.join(known)}")
    return floors


def below(floors: dict[str, float], measured: dict[str, Rate]) -> list[str]:
    """A sentence for each metric under its floor, or over it for `CEILINGS`."""
    faults = []
    for name, limit in floors.items():
        value = measured[name].value
        if not measured[name].count:
            continue
        ceiling = name in CEILINGS
        if (value > limit) if ceiling else (value < limit):
            faults.append(f"{name} = {value:.3f}, {'au-dessus' if ceiling else 'au-dessous'} de {limit}")
    return faults


def unmeasured(floors: dict[str, float], parts: Sequence[dict[str, Rate]]) -> list[str]:
    """A sentence for each floor that no question of any part could break: a check that cannot fail is none."""
    return [
        f"{name} : aucune question ne la mesure"
        for name in floors
        if not any(measured[name].count for measured in parts if name in measured)
    ]


def results_json(results: Sequence[Result]) -> str:
    """Everything measured, for machines."""
    data = {
        split: {
            "rates": {
                # JSON has no « not a number »: what nothing measured is not told.
                name: {"value": r.value, "low": r.low, "high": r.high, "n": r.count}
                for name, r in rates(part).items()
                if r.count
            },
            "ece": expected_calibration_error(part) if part else None,
        }
        for split, part in by_split(results).items()
    }
    return json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False)


def write_report(folder: Path, results: Sequence[Result]) -> None:
    """`eval.json`, `eval.md` and the plots, in `folder`."""
    from bot.evaluation.plots import draw_plots
    from bot.evaluation.report import report_markdown

    texts = {"eval.json": results_json(results) + "\n", "eval.md": report_markdown(results)}
    write_files(folder, {folder / name: text for name, text in texts.items()})
    draw_plots(folder, results)
