"""The adapter: what is shipped, what becomes of it when it can't serve, and that learning one does what it says."""

from pathlib import Path

import numpy as np
import pytest
from memory_index import DIM, WordsEncoder, asked, index_of
from support import CorpusFolder, part

from bot.evaluation.adapter_training import Encoded, learn, recall
from knowledge import adapter as shipped
from knowledge.adapter import FILE, Adapter, load_adapter, question_vector, save_adapter
from knowledge.embeddings import Encoder, encode_query
from knowledge.errors import ModelError
from knowledge.index import Index

QUESTION = "comment on devient un ptce"


def test_a_question_is_moved_and_stays_a_unit_vector(encoder: Encoder) -> None:
    plain, moved = (question_vector(encoder, QUESTION, adapted) for adapted in (False, True))

    assert np.linalg.norm(moved) == pytest.approx(1, abs=1e-6)
    assert moved.dtype == np.float32
    np.testing.assert_array_equal(plain, encode_query(encoder, QUESTION))
    assert 0.3 < float(plain @ moved) < 0.99


def test_another_model_is_left_alone() -> None:
    encoder = WordsEncoder()

    np.testing.assert_array_equal(question_vector(encoder, QUESTION), encode_query(encoder, QUESTION))


def test_what_is_saved_is_what_is_read(tmp_path: Path) -> None:
    shift = np.random.default_rng(1).normal(scale=0.1, size=(4, 4)).astype(np.float32)
    save_adapter(Adapter(shift), "modèle", tmp_path / "neuf" / "a.npz")

    read = load_adapter("modèle", tmp_path / "neuf" / "a.npz")

    assert read is not None
    np.testing.assert_allclose(read.shift, shift, atol=1e-3)
    assert load_adapter("un autre", tmp_path / "neuf" / "a.npz") is None


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 coup\xc3\xa9", FILE.read_bytes()[:5000]])
def test_a_broken_file_names_its_cure(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "a.npz"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(ModelError, match=r"a\.npz") as raised:
        load_adapter("modèle", file)

    assert "retrieval.adapter = false" in raised.value.cure


def test_switched_off_the_broken_file_is_not_even_read(
    encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipped, "load_adapter", lambda model_id: load_adapter(model_id, tmp_path / "absent.npz"))

    assert len(question_vector(encoder, QUESTION, adapted=False)) == encoder.dim
    with pytest.raises(ModelError):
        question_vector(encoder, QUESTION)


@pytest.fixture
def index(corpus: CorpusFolder) -> Index:
    """Three sections; nobody asks about any of them in its words."""
    for name, text in [("velos", "Alpha répare."), ("legumes", "Beta cultive."), ("laine", "Gamma tisse.")]:
        corpus.add(f"poles/{name}", part("metier", f"Le métier de {name}", f"{text} [^S1]"))
    return index_of(corpus)


def test_learning_leads_questions_to_sections_that_share_no_word_with_them(index: Index) -> None:
    words = {"bicyclettes": "poles/velos#metier", "tomates": "poles/legumes#metier", "moutons": "poles/laine#metier"}
    numbers = [index.section_ids.index(section) for section in words.values()]
    vectors = np.stack([asked(f"parlez des {word} svp merci") for word in words])
    taught = Encoded(vectors, np.array(numbers, np.int64), np.full(3, -1))

    shift = learn(index, taught, lambda step, steps: None)

    before, after = (recall(index, taught, matrix, (1, 3)) for matrix in (np.zeros((DIM, DIM), np.float32), shift))
    assert before[1] < 1
    assert after == {1: 1.0, 3: 1.0}


def test_a_known_question_does_not_find_itself(corpus: CorpusFolder) -> None:
    mine, theirs = "Le travail d'Alpha ?", "Le travail d'Alpha ou de Beta ?"
    corpus.add("poles/alpha", part("metier", "Métier", "Une activité de réparation. [^S1]", questions=[mine]))
    corpus.add("poles/beta", part("metier", "Métier", "Une activité de culture. [^S1]", questions=[theirs]))
    index = index_of(corpus)
    row = next(i for i, (_, question) in enumerate(index.contents.questions) if question == mine)
    vector = asked(mine)[None]
    none = np.zeros((DIM, DIM), np.float32)
    number = np.array([index.question_section[row]], np.int64)

    found_by_itself = recall(index, Encoded(vector, number, np.array([-1])), none, (1,))
    left_out = recall(index, Encoded(vector, number, np.array([row])), none, (1,))

    assert (found_by_itself, left_out) == ({1: 1.0}, {1: 0.0})
