"""What `ptce eval` does with its options."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bot.corpus_commands import write_files
from bot.evaluation.metrics import Result, by_split, rate, rates
from bot.evaluation.questions import load_questions
from bot.evaluation.report import summary_lines
from bot.evaluation.run import ask_all, below, read_floors, unmeasured, write_report
from bot.indexing import progress_report
from knowledge.assistant import Assistant
from knowledge.settings import Settings

if TYPE_CHECKING:
    from rich.console import Console


def evaluate(
    assistant: Assistant,
    questions_file: Path,
    out: Path | None,
    floors: list[str],
    errors: "Console",
    curve: Path | None = None,
    calibrate: bool = False,
) -> bool:
    """Print the rates, write the report; whether every floor holds (on both splits).

    What can be refused is refused first: minutes of work would be lost with it later.
    """
    limits = read_floors(floors)
    questions = load_questions(questions_file)
    _prepare(out, curve)
    if calibrate:
        from bot.evaluation.calibrate import recalibrate

        recalibrate(assistant, questions, errors)
    with progress_report(errors) as report:
        results = ask_all(assistant, questions, lambda done, total: report("Questions", done, total))
    print("\n".join(summary_lines(results)))
    if out:
        write_report(out, results)
        errors.print(f"Rapport écrit dans {out}", markup=False)
    if curve:
        _show_curve(results, curve)
    faults = _faults(limits, results)
    for fault in faults:
        errors.print(fault, style="red", markup=False)
    return not faults


def _faults(limits: dict[str, float], results: Sequence[Result]) -> list[str]:
    measured = {split: rates(part) for split, part in by_split(results).items() if part}
    faults = [f"{split} : {fault}" for split, values in measured.items() for fault in below(limits, values)]
    return faults + unmeasured(limits, list(measured.values()))


def _prepare(out: Path | None, curve: Path | None) -> None:
    from bot.evaluation.plots import check_picture

    if out:
        write_files(out, {})
        check_picture(out / "kinds.png")
    if curve:
        check_picture(curve)


def _show_curve(results: Sequence[Result], picture: Path) -> None:
    from bot.evaluation.curve import curve_lines, draw_curve

    for split, part in by_split(results).items():
        if part:
            print("\n".join([f"\n{split}", *curve_lines(part)]))
    draw_curve(picture, results)


def evaluate_beir(settings: Settings, assistant: Assistant, folder: Path, errors: "Console") -> None:
    """Print nDCG@10 and recall@10 of retrieval alone on a BEIR-like folder."""
    from bot.evaluation.beir import beir_index, load_beir, score_beir

    data = load_beir(folder)
    with progress_report(errors) as report:
        index = beir_index(data, settings, assistant.encoder, report)
    score = score_beir(data, index, settings, assistant.encoder)
    print(f"{folder.name} : {len(data.texts)} textes, {len(score.ndcg)} questions jugées")
    print(f"  nDCG@10   {rate(score.ndcg)}")
    print(f"  rappel@10 {rate(score.recall)}")
