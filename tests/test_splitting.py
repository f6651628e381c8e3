"""Long answers in pieces: nothing lost, nothing cut where it would mislead."""

import re

import pytest

from bot.splitting import FENCE, split_text

ANSWER = "\n\n".join(
    f"La phrase {n} dit une chose utile sur les pôles [{n}]. Une autre la suit, « avec une citation » [{n}]. "
    f"Oui [{n}] !"
    for n in range(1, 80)
)


def words(text: str) -> list[str]:
    return text.replace(FENCE, " ").split()


@pytest.mark.parametrize("limit", [120, 500, 2000, 4096])
def test_pieces_hold_every_word_in_order_and_none_is_too_long(limit: int) -> None:
    pieces = split_text(ANSWER, limit)

    assert max(map(len, pieces)) <= limit
    assert words(" ".join(pieces)) == words(ANSWER)


@pytest.mark.parametrize("limit", [120, 500, 2000])
def test_a_sentence_is_not_cut_when_it_fits(limit: int) -> None:
    for piece in split_text(ANSWER, limit):
        assert re.search(r"[.!]$", piece)
        assert re.match(r"La|Une|Oui", piece)


def test_a_short_text_is_one_piece() -> None:
    assert split_text("Une seule phrase [1].", 2000) == ["Une seule phrase [1]."]


@pytest.mark.parametrize("text", ["", "   \n\n "])
def test_nothing_gives_no_piece(text: str) -> None:
    assert split_text(text, 100) == []


def test_a_marker_is_never_parted_from_its_word() -> None:
    text = " ".join(f"mot{n} [{n}]" for n in range(200))

    pieces = split_text(text, 60)

    assert not any(piece.startswith("[") or re.search(r"\[\d*$", piece) for piece in pieces)
    assert words(" ".join(pieces)) == words(text)


def test_a_word_longer_than_the_limit_is_cut_rather_than_lost() -> None:
    pieces = split_text("x" * 250, 100)

    assert pieces == ["x" * 100, "x" * 100, "x" * 50]


def test_a_code_fence_that_is_cut_is_closed_and_opened_again() -> None:
    text = "Avant.\n\n```toml\n" + "\n".join(f"cle_{n} = {n}" for n in range(60)) + "\n```\n\nAprès."

    pieces = split_text(text, 200)

    assert max(map(len, pieces)) <= 200
    assert all(piece.count(FENCE) % 2 == 0 for piece in pieces)
    assert [w for w in words(" ".join(pieces)) if w != "toml"] == [w for w in words(text) if w != "toml"]


@pytest.mark.parametrize(
    "opening", [f"{FENCE} {'mot ' * 100}", f"{FENCE} {'mot ' * 49}", f"{FENCE} {'mot ' * 45}"], ids=len
)
@pytest.mark.parametrize("body", ["", "\nune ligne" * 30])
def test_a_fence_whose_first_line_leaves_no_room_is_cut_as_any_text(opening: str, body: str) -> None:
    text = f"Avant.\n\n{opening}{body}\n{FENCE}\n\nAprès."

    pieces = split_text(text, 200)

    assert max(map(len, pieces)) <= 200
    assert words(" ".join(pieces)) == words(text)
    assert sum(map(len, pieces)) <= len(text)


def test_emoji_and_accents_survive() -> None:
    text = "é🎉 " * 300

    assert words(" ".join(split_text(text, 100))) == words(text)
