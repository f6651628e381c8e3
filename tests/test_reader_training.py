"""Teaching the reader for real, on a few lessons: what is shipped computes what was learnt."""

import json
import random
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch

from bot.evaluation import reader_export, reader_training, train_reader
from bot.evaluation.lessons import Lesson
from bot.evaluation.reader_training import UNMARKED, _tokens, average, mean_pooled, train
from knowledge.export import export_model
from knowledge.reader import FOLDER, MODEL, PASSAGE, QUERY, SECOND, TOKENIZER, CrossEncoder

TEXTS = [
    "NOLA. Les chiffres. NOLA représente 500 emplois à l'été 2025, d'après « la thèse ».",
    "La charte. Elle a été lancée à Bercy en septembre 2014 ; 500 personnes étaient là.",
]


def place(text: str, answer: str) -> tuple[int, int] | None:
    return (text.index(answer), text.index(answer) + len(answer)) if answer else None


LESSONS = [
    Lesson(question, text[:4], text, 0, bool(answer), "known" if answer else "other", False, place(text, answer))
    for question, text, answer in [
        ("Combien d'emplois à NOLA ?", TEXTS[0], "500 emplois"),
        ("Combien d'emplois à NOLA ?", TEXTS[1], ""),
        ("Où la charte a-t-elle été lancée ?", TEXTS[1], "à Bercy"),
        ("Où la charte a-t-elle été lancée ?", TEXTS[0], ""),
    ]
] * 8


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("e5") / "e5"
    export_model(folder)
    return folder


@pytest.fixture(scope="module")
def trained(base: Path):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader_training, "WARM_UP_STEPS", 2)
        losses: list[float] = []
        rounds = [LESSONS * 3, LESSONS * 2, LESSONS, LESSONS, LESSONS]
        encoder, head = train(base, rounds, random.Random(1), lambda step, steps, loss: losses.append(loss))
    return encoder, head, losses


@pytest.fixture(scope="module")
def shipped(base: Path, trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    encoder, head, _ = trained
    folder = tmp_path_factory.mktemp("lecteur")
    with pytest.MonkeyPatch.context() as patch:
        # The whole of two languages takes its time, and proves nothing more here.
        patch.setattr(reader_export, "words_of", lambda languages: [lesson.question for lesson in LESSONS])
        reader_export.export(encoder, head, base / "tokenizer.json", TEXTS, folder)
    return folder


def test_the_loss_falls(trained) -> None:
    losses = trained[2]

    assert len(losses) == 16
    assert np.mean(losses[-2:]) < np.mean(losses[:2])


def test_what_is_shipped_tells_what_was_learnt(shipped: Path) -> None:
    reader = CrossEncoder(shipped)

    odds = {(q, t): reader.log_odds(q, [t])[0] for q in {lesson.question for lesson in LESSONS} for t in TEXTS}

    right = [odds[lesson.question, lesson.text] for lesson in LESSONS if lesson.right]
    wrong = [odds[lesson.question, lesson.text] for lesson in LESSONS if not lesson.right]
    assert min(right) > max(wrong)


def test_the_cut_tokenizer_cuts_known_words_as_the_whole_one_does(base: Path, shipped: Path) -> None:
    from tokenizers import Tokenizer

    whole = Tokenizer.from_file(str(base / "tokenizer.json"))
    cut = Tokenizer.from_file(str(shipped / "tokenizer.json"))

    pairs = [
        (whole.encode(lesson.question, lesson.text), cut.encode(lesson.question, lesson.text)) for lesson in LESSONS
    ]

    assert all(w.tokens == c.tokens for w, c in pairs)
    assert cut.get_vocab_size() < whole.get_vocab_size() / 20


def test_a_word_that_was_cut_away_is_still_spelt(shipped: Path) -> None:
    from tokenizers import Tokenizer

    tokens = Tokenizer.from_file(str(shipped / "tokenizer.json")).encode("épistémologique ñandú").tokens

    assert "<unk>" not in tokens


def test_the_tokens_of_an_answer_are_those_that_hold_it(base: Path) -> None:
    from transformers import AutoTokenizer

    lesson = LESSONS[0]
    inputs = AutoTokenizer.from_pretrained(base)(
        f"{QUERY}{lesson.question}", f"{PASSAGE}{lesson.text}", return_offsets_mapping=True
    )
    offsets = inputs["offset_mapping"]

    first, last = _tokens(lesson, inputs.sequence_ids(0), offsets)

    assert f"{PASSAGE}{lesson.text}"[offsets[first][0] : offsets[last][1]].strip() == "500 emplois"
    assert _tokens(LESSONS[1], inputs.sequence_ids(0), offsets) == (0, 0)
    assert _tokens(replace(lesson, answer=None), inputs.sequence_ids(0), offsets) == (UNMARKED, UNMARKED)


def test_the_mean_of_two_states_is_nearer_to_the_later() -> None:
    layer = torch.nn.Linear(1, 1)
    layer.load_state_dict({"weight": torch.tensor([[4.0]]), "bias": torch.tensor([1.0])})

    average(layer, {"weight": torch.tensor([[2.0]]), "bias": torch.tensor([3.0])})

    assert layer.weight.item() == pytest.approx(3.4)
    assert layer.bias.item() == pytest.approx(1.6)


def test_padding_weighs_nothing_in_the_mean() -> None:
    hidden = torch.tensor([[[2.0], [4.0], [100.0]]])

    assert mean_pooled(hidden, torch.tensor([[1, 1, 0]])).tolist() == [[3.0]]


@pytest.mark.parametrize("folder", [FOLDER, SECOND])
def test_the_shipped_card_says_what_is_shipped(folder: Path) -> None:
    from pydantic import TypeAdapter

    card = TypeAdapter(train_reader.Report).validate_json((folder / "reader.json").read_bytes())

    assert card.learnt > 10_000
    assert card.auroc["near_miss"] > 0.85


def test_the_area_under_the_curve_is_one_when_right_pairs_come_first() -> None:
    right = [True, False, True, False]

    assert train_reader.area(right, [0.9, 0.1, 0.8, 0.2]) == 1.0
    assert train_reader.area(right, [0.1, 0.9, 0.2, 0.8]) == 0.0


def test_the_check_fails_where_the_reader_no_longer_tells_pairs_apart(
    bundled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    sections = list(bundled.assistant.index.contents.sections)[:4]
    worse = tuple((f"Question {n} ?", section, n < 2) for n, section in enumerate(sections))
    card = train_reader.Report("autre", 1, 4, {"sample": 1.5}, worse)
    (tmp_path / "reader.json").write_text(json.dumps(asdict(card)), encoding="utf-8")
    for name in (MODEL, TOKENIZER):
        (tmp_path / name).symlink_to(SECOND / name)
    monkeypatch.setattr(train_reader, "SECOND", tmp_path)

    code = train_reader._check_one(bundled.assistant.index.contents, tmp_path)

    printed = capsys.readouterr()
    assert code == 1
    assert "4 paires jamais apprises" in printed.out
    assert "ont changé depuis" in printed.err
