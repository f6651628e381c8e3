"""`ptce eval --curve`: what each threshold would cost."""

import io
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from test_evaluation import ASKED, NEAR_MISS, OFF_TOPIC, result, write_questions

from bot.evaluation import command, plots
from bot.evaluation.command import evaluate
from bot.evaluation.curve import curve_lines, draw_curve, operating_points
from knowledge.assistant import Assistant
from knowledge.configuration import load_settings
from knowledge.errors import PtceError
from knowledge.judge import load_weights
from knowledge.settings import JudgeSettings

RESULTS = [
    result(confidence=0.9),
    result(confidence=0.5),
    result(confidence=0.8, facts_found=False),
    result(NEAR_MISS, 0.6),
    result(OFF_TOPIC, 0.95, verdict="refused", reason="hors_sujet"),
]


def test_a_threshold_asserts_what_is_above_it_and_never_what_is_refused() -> None:
    points = {p.threshold: p for p in operating_points(RESULTS)}

    assert (points[0.5].asserted, points[0.5].asserted_wrongly, points[0.5].risk) == (1.0, 0.5, 0.5)
    assert (points[0.7].asserted, points[0.7].asserted_wrongly, points[0.7].risk) == (pytest.approx(2 / 3), 0.0, 0.5)


def test_nothing_asked_costs_nothing() -> None:
    assert {(p.asserted, p.asserted_wrongly, p.risk) for p in operating_points([])} == {(0.0, 0.0, 0.0)}


def test_the_table_has_a_line_a_threshold() -> None:
    assert len(curve_lines(RESULTS)) == len(operating_points(RESULTS)) + 1


def test_the_picture_is_written_or_the_fault_is_said(tmp_path: Path) -> None:
    draw_curve(tmp_path / "courbe.png", RESULTS)

    assert (tmp_path / "courbe.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(PtceError, match="Impossible d'écrire"):
        draw_curve(tmp_path / "absent" / "courbe.png", RESULTS)


def test_the_command_prints_the_table_and_draws(run_ptce, bundled, tmp_path: Path) -> None:
    questions = write_questions(tmp_path / "q.jsonl", ASKED, OFF_TOPIC)

    done = run_ptce("eval", str(questions), "--curve", str(tmp_path / "c.png"), env=bundled.env)

    assert done.code == 0, done.err
    assert "seuil" in done.out
    assert (tmp_path / "c.png").exists()


@pytest.mark.parametrize("name", ["absent/c.png", "c.bmp2", "c", "dossier.png", "fichier/c.png"])
def test_a_picture_that_could_not_be_written_is_refused_before_anything_is_asked(tmp_path: Path, name: str) -> None:
    (tmp_path / "dossier.png").mkdir()
    (tmp_path / "fichier").touch()
    questions = write_questions(tmp_path / "q.jsonl", ASKED)

    with pytest.raises(PtceError, match="Impossible d'écrire") as caught:
        evaluate(None, questions, None, [], Console(), tmp_path / name)

    assert ".png" in caught.value.cure


def test_a_report_that_could_not_be_written_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    questions = write_questions(tmp_path / "q.jsonl", ASKED)

    with pytest.raises(PtceError, match="Impossible d'écrire le rapport"):
        evaluate(None, questions, questions / "rapport", [], Console())


@pytest.mark.parametrize("wanted", ["out", "curve"])
def test_a_missing_library_is_told_before_anything_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: str
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    questions = write_questions(tmp_path / "q.jsonl", ASKED)

    with pytest.raises(PtceError, match="matplotlib"):
        evaluate(None, questions, floors=[], errors=Console(), **{"out": None, wanted: tmp_path / "c.png"})


def test_what_was_measured_is_written_even_when_a_picture_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(figure, path: Path) -> None:
        raise PtceError(f"Impossible d'écrire {path}.")

    monkeypatch.setattr(command, "ask_all", lambda *_: RESULTS)
    monkeypatch.setattr(plots, "save", full_disk)
    out = tmp_path / "rapport"

    with pytest.raises(PtceError, match="Impossible d'écrire"):
        evaluate(
            None, write_questions(tmp_path / "q.jsonl", ASKED), out, [], Console(file=io.StringIO()), out / "c.png"
        )

    assert {path.name for path in out.iterdir()} == {"eval.json", "eval.md"}


def test_an_operator_can_choose_other_thresholds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTCE_JUDGE__ANSWERED", "0.97")
    shipped = load_weights()

    chosen = shipped.adjusted(load_settings().judge)

    assert (chosen.answered, chosen.refused) == (0.97, shipped.refused)
    assert shipped.adjusted(JudgeSettings()) == shipped


def test_weights_learnt_again_leave_the_thresholds_that_an_operator_chose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTCE_JUDGE__ANSWERED", "0.97")
    assistant = Assistant(load_settings())

    assistant.judge_by(replace(load_weights(), refused=0.123))

    assert (assistant.weights.answered, assistant.weights.refused) == (0.97, 0.123)
