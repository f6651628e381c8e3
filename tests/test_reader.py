"""The reader: a question and a section read together."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from knowledge.assistant import Assistant
from knowledge.errors import ModelError
from knowledge.reader import FOLDER, MODEL, SECTIONS, TOKENIZER, CrossEncoder, read_text, reread
from knowledge.retriever import Hit


@pytest.fixture(scope="module")
def reader() -> CrossEncoder:
    return CrossEncoder()


def hits_of(assistant: Assistant, question: str) -> tuple[Hit, ...]:
    return assistant.search(assistant.read(question))


@pytest.mark.parametrize(
    ("question", "right", "wrong"),
    [
        ("Combien d'emplois à NOLA ?", "poles/nola#chiffres", "poles/nola#presentation"),
        ("Qui a écrit la charte ?", "charte/charte-nationale#auteurs", "loi/article-9#definition"),
        ("When was the charter launched?", "charte/charte-nationale#lancement", "charte/charte-nationale#auteurs"),
    ],
)
def test_the_section_that_answers_is_told_from_its_neighbour(
    assistant: Assistant, reader: CrossEncoder, question: str, right: str, wrong: str
) -> None:
    contents = assistant.index.contents

    odds = reader.log_odds(question, [read_text(contents, right), read_text(contents, wrong)])

    assert odds[0] > odds[1]


def test_what_is_read_of_a_text_does_not_depend_on_the_others(reader: CrossEncoder) -> None:
    texts = ["NOLA. Les chiffres. NOLA représente 500 emplois.", "La charte. Elle est nationale.", "x"]

    together = reader.log_odds("Combien d'emplois ?", texts)

    assert together == [reader.log_odds("Combien d'emplois ?", [text])[0] for text in texts]


@pytest.mark.parametrize("question", ["", "\x00", "🎉" * 300, "mot " * 5000])
def test_any_question_can_be_read(reader: CrossEncoder, question: str) -> None:
    odds = reader.log_odds(question, ["NOLA est un pôle.", "mot " * 5000])

    assert len(odds) == 2
    assert all(isinstance(value, float) for value in odds)


def test_nothing_to_read_gives_nothing(reader: CrossEncoder) -> None:
    assert reader.log_odds("Qui ?", []) == []


def test_threads_may_read_at_once(reader: CrossEncoder) -> None:
    texts = ["NOLA représente 500 emplois."]

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: reader.log_odds("Combien d'emplois ?", texts)[0], range(12)))

    assert len(set(found)) == 1


class Scripted:
    """Gives each text the odds that were set for its beginning, and remembers what it was asked to read."""

    def __init__(self, *odds: float) -> None:
        self.odds = odds
        self.read: list[str] = []

    def log_odds(self, question: str, texts) -> list[float]:
        self.read += texts
        return list(self.odds[: len(texts)])


def test_reading_moves_a_section_up_and_loses_no_passage(assistant: Assistant) -> None:
    hits = hits_of(assistant, "Combien d'emplois à NOLA ?")
    # Equal for retrieval: reading decides.
    hits = tuple(replace(hit, score=0.5) for hit in hits)
    sections = list(dict.fromkeys(hit.passage.section for hit in hits))

    again, read = reread(Scripted(-5.0, 5.0, -5.0), assistant.index.contents, "?", hits)

    assert again[0].passage.section == sections[1]
    assert sorted(h.row for h in again) == sorted(h.row for h in hits)
    assert list(read) == sections[:SECTIONS]


def test_the_section_that_foresees_the_question_comes_first_whatever_is_read(assistant: Assistant) -> None:
    hits = hits_of(assistant, "Combien d'emplois à NOLA ?")
    last = hits[-1].passage.section

    again, _ = reread(Scripted(5.0, 5.0, 5.0), assistant.index.contents, "?", hits, frozenset({last}))

    assert again[0].passage.section == last
    assert hits[0].passage.section != last


def stays_first(assistant: Assistant, question: str, some: Sequence[Hit], is_beside: Callable[[str], bool]) -> bool:
    """Whether, of two hits that the reader finds equal, one of a section beside the question still comes first."""
    beside, other = (next(h for h in some if is_beside(h.passage.section) is wanted) for wanted in (True, False))
    hits = (replace(beside, score=0.9), replace(other, score=0.8))

    again, _ = reread(Scripted(0.0, 0.0), assistant.index.contents, question, hits)

    return again[0].row == beside.row


@pytest.mark.parametrize(
    ("question", "over_first"),
    [
        ("Quelle est la date limite cette année ?", False),
        ("What is the deadline right now?", False),
        ("Quelle était la date limite ?", True),
        ("La date limite a-t-elle changé chaque année ?", True),
    ],
)
def test_what_is_over_does_not_come_first_when_the_question_is_about_now(
    assistant: Assistant, question: str, over_first: bool
) -> None:
    sections = assistant.index.contents.sections
    some = hits_of(assistant, "Jusqu'à quand pouvait-on déposer un dossier pour l'AMI 2022 ?")

    first = stays_first(assistant, question, some, lambda section: sections[section].status == "historique")

    assert first is over_first


@pytest.mark.parametrize(
    ("question", "one_first"),
    [
        ("Combien de salariés dans un pôle ?", False),
        ("quel budget pour un PTCE en moyenne", False),
        ("Combien de salariés dans un pôle comme Archer ?", True),
        ("Que fait un pôle ?", True),
    ],
)
def test_the_figures_of_one_pole_do_not_come_first_when_those_of_all_are_asked(
    assistant: Assistant, question: str, one_first: bool
) -> None:
    documents = assistant.index.contents.documents
    some = hits_of(assistant, "Combien de salariés dans un PTCE ?")

    assert stays_first(assistant, question, some, lambda section: documents[section].kind == "poles") is one_first


def test_only_the_first_sections_are_read(assistant: Assistant) -> None:
    scripted = Scripted(*[0.0] * 50)

    reread(scripted, assistant.index.contents, "?", hits_of(assistant, "Quels sont les PTCE de Bretagne ?"))

    assert len(scripted.read) == SECTIONS


def test_where_nothing_was_found_nothing_is_read(assistant: Assistant) -> None:
    assert reread(Scripted(), assistant.index.contents, "?", ()) == ((), {})


@pytest.mark.parametrize("damaged", [MODEL, TOKENIZER])
@pytest.mark.parametrize("content", [None, b"", b"ceci n'est pas un modele"])
def test_a_damaged_reader_names_its_cure(tmp_path: Path, damaged: str, content: bytes | None) -> None:
    folder = shutil.copytree(FOLDER, tmp_path / "lecteur")
    (folder / damaged).unlink() if content is None else (folder / damaged).write_bytes(content)

    with pytest.raises(ModelError, match="réinstallez"):
        CrossEncoder(folder).log_odds("Qui ?", ["Personne."])


def test_it_is_loaded_only_when_something_is_read() -> None:
    code = "import sys; from knowledge.reader import CrossEncoder; CrossEncoder(); print('onnxruntime' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"
