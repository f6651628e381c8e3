"""The assistant while it runs: neither an index it can't read nor a writer's fault costs an answer it could give."""

import json
import logging
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from support import CorpusFolder, part

from ingest.build import build
from knowledge.assistant import Assistant
from knowledge.completion import Turn
from knowledge.embeddings import Encoder
from knowledge.errors import UnusableIndexError
from knowledge.generation import MANIFEST, POINTER, point_to
from knowledge.judge import Judgement
from knowledge.model import Verdict
from knowledge.readings import sureness
from knowledge.settings import Settings

QUESTION = "Qu'est-ce que le pôle Alpha ?"
BUDGET = "Quel est le budget moyen d'un PTCE ?"
BAD, WORSE = "0" * 16, "1" * 16


def next_generation(index_dir: Path, name: str = BAD, **manifest: object) -> None:
    """Make a generation that has nothing but its manifest the one that serves."""
    (index_dir / name).mkdir()
    (serving,) = index_dir.glob(f"[!01]*/{MANIFEST}")
    written = json.loads(serving.read_text(encoding="utf-8")) | manifest
    (index_dir / name / MANIFEST).write_text(json.dumps(written), encoding="utf-8")
    point_to(index_dir, name)


UNUSABLE: dict[str, Callable[[Path], object]] = {
    "another model": lambda index_dir: next_generation(index_dir, model_id="autre|modele|x|y"),
    "a newer program": lambda index_dir: next_generation(index_dir, format=1000),
    "manifest of a newer program": lambda index_dir: next_generation(index_dir, colour="bleu"),
    "files missing": next_generation,
    "folder missing": lambda index_dir: point_to(index_dir, BAD),
    "pointer emptied": lambda index_dir: (index_dir / POINTER).write_bytes(b""),
    "pointer gone": lambda index_dir: (index_dir / POINTER).unlink(),
}


@pytest.fixture
def running(settings: Settings, encoder: Encoder, corpus: CorpusFolder) -> Assistant:
    """An assistant that has answered already."""
    corpus.add("poles/alpha")
    build(settings, encoder)
    assistant = Assistant(settings, encoder)
    assistant.ask(QUESTION)
    return assistant


@pytest.mark.parametrize("spoil", UNUSABLE.values(), ids=UNUSABLE.keys())
def test_the_open_index_serves_on_when_the_next_is_of_no_use(
    running: Assistant, settings: Settings, caplog: pytest.LogCaptureFixture, spoil: Callable[[Path], object]
) -> None:
    serving = running.index
    spoil(settings.index_dir)

    answers = [running.ask(QUESTION) for _ in range(3)]

    assert all([c.document for c in answer.citations] == ["poles/alpha"] for answer in answers)
    assert running.index is serving
    (told,) = caplog.records
    assert told.levelno == logging.WARNING
    assert "ptce ingest" in told.getMessage()


def test_each_useless_index_is_told_of_once(
    running: Assistant, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    for name in (BAD, WORSE):
        next_generation(settings.index_dir, name, format=1000)
        for _ in range(2):
            running.ask(QUESTION)

    assert [name in record.getMessage() for record, name in zip(caplog.records, (BAD, WORSE), strict=True)]


def test_the_next_usable_index_takes_over_from_there(
    running: Assistant, settings: Settings, encoder: Encoder, corpus: CorpusFolder
) -> None:
    next_generation(settings.index_dir, format=1000)
    running.ask(QUESTION)
    corpus.add("poles/omega", part("o", "Où vit le pôle Oméga ?", "Le pôle Oméga vit à Ouessant. [^S1]"))

    build(settings, encoder)

    assert [c.document for c in running.ask("Où vit le pôle Oméga ?").citations][:1] == ["poles/omega"]


def test_an_index_that_was_mended_is_tried_again_once_the_old_one_was_named(
    running: Assistant, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    good = running.index.manifest.digest
    next_generation(settings.index_dir, format=1000)
    running.ask(QUESTION)
    point_to(settings.index_dir, good)
    running.ask(QUESTION)
    shutil.rmtree(settings.index_dir / BAD)
    shutil.copytree(settings.index_dir / good, settings.index_dir / BAD)
    serving = running.index

    point_to(settings.index_dir, BAD)

    assert running.index is not serving
    assert len(caplog.records) == 1


def test_without_an_open_index_a_useless_one_is_an_error(settings: Settings, encoder: Encoder) -> None:
    with pytest.raises(UnusableIndexError, match="Aucun index"):
        Assistant(settings, encoder).ask(QUESTION)


class FaultyWriter:
    """A parser, a verifier or an encoder that fails in its own way."""

    def write(self, *given: object) -> None:
        raise IndexError("[E1010] au milieu de la vérification")

    def rewrite(self, *given: object) -> None:
        raise RuntimeError("au milieu de la reformulation")


def test_an_offer_beats_a_refusal_that_is_surer() -> None:
    verdicts: list[tuple[Verdict, float]] = [("refused", 0.5), ("closest", 0.1), ("refused", 0.6)]
    readings = [(None, None, Judgement(verdict, sure, None, {})) for verdict, sure in verdicts]

    assert max(readings, key=sureness)[2].verdict == "closest"


def test_the_steps_of_an_answer_are_told_apart(assistant: Assistant) -> None:
    spent = assistant.ask(BUDGET).timings_ms

    assert min(spent.embed, spent.retrieve, spent.compose) > 0
    assert spent.embed + spent.retrieve + spent.compose <= spent.total


def test_a_fault_while_writing_leaves_the_quotes(assistant: Assistant, caplog: pytest.LogCaptureFixture) -> None:
    faulty = Assistant(assistant._settings, assistant.encoder, FaultyWriter())

    explanation = faulty.explain(BUDGET)

    plain = assistant.ask(BUDGET)
    assert replace(explanation.answer, timings_ms=plain.timings_ms) == plain
    assert explanation.writing is None
    assert "La rédaction a échoué" in caplog.text
    assert "E1010" in caplog.text


class RewordingWriter(FaultyWriter):
    def rewrite(self, *given: object) -> str:
        return "Combien d'emplois compte NOLA ?"


def test_what_is_kept_of_a_question_is_what_was_asked_not_what_a_model_made_of_it(assistant: Assistant) -> None:
    last = Turn("NOLA", "Qui dirige NOLA ?")
    follow_up = "et le nombre de salariés en CDI ?"

    plain = assistant.explain(follow_up, last)
    reworded = Assistant(assistant._settings, assistant.encoder, RewordingWriter())
    told = reworded.explain(follow_up, last).question

    assert plain.question.text == follow_up
    assert told.completed == RewordingWriter().rewrite()
    assert (told.original, told.text) == (follow_up, follow_up)


def test_a_question_that_a_model_reworded_is_judged_as_it_is_searched(assistant: Assistant) -> None:
    last = Turn("NOLA", "Qui dirige NOLA ?")
    reworded = Assistant(assistant._settings, assistant.encoder, RewordingWriter())

    told = reworded.explain("et le nombre de salariés en CDI ?", last).judgement

    assert told == assistant.explain(RewordingWriter().rewrite()).judgement


def test_a_fault_while_rewording_leaves_the_question(assistant: Assistant, caplog: pytest.LogCaptureFixture) -> None:
    faulty = Assistant(assistant._settings, assistant.encoder, FaultyWriter())
    last = Turn("PTCE", "Qu'est-ce qu'un PTCE ?")
    follow_up = "et le nombre de salariés en CDI ?"

    told, plain = (a.explain(follow_up, last) for a in (faulty, assistant))

    assert plain.judgement.verdict == "closest"
    assert replace(told.answer, timings_ms=plain.answer.timings_ms) == plain.answer
    assert "La reformulation a échoué" in caplog.text
