"""The buttons under an answer: its quotes, what people thought of it, the questions that it suggests."""

from dataclasses import replace
from pathlib import Path

import pytest
from conftest import Bundled
from fakes.discord_scene import labels, said, scene, shown

from bot import messages

pytestmark = pytest.mark.asyncio


async def test_sources_are_shown_to_who_asks_alone(bundled: Bundled, tmp_path: Path) -> None:
    async with scene(bundled, tmp_path) as s:
        answer = await s.asked()

        result = await s.bob.click(answer, label="Sources")

        assert result.ephemeral
        text = shown(result.response.message)
        assert "**[1] Devenir un PTCE**, « Comment devenir un PTCE ? » (décembre 2025, en vigueur)\n> " in text


async def test_a_useful_answer_is_noted(bundled: Bundled, tmp_path: Path) -> None:
    async with scene(bundled, tmp_path) as s:
        answer = await s.asked()

        result = await s.ana.click(answer, label="Utile")

        assert (result.ephemeral, result.response.content) == (True, messages.THANKS)
        assert await s.service.unanswered() == []


@pytest.mark.parametrize(("comment", "thanks"), [("Trop ancien.", messages.THANKS_FOR_COMMENT), ("", messages.THANKS)])
async def test_a_useless_answer_is_noted_with_its_comment(
    bundled: Bundled, tmp_path: Path, comment: str, thanks: str
) -> None:
    async with scene(bundled, tmp_path) as s:
        answer = await s.asked()

        form = await s.ana.click(answer, label="Pas utile")
        closed_without_sending = await s.service.unanswered()
        sent = await s.ana.submit_modal(form, {"remarque": comment})

        assert [(e.useful, e.comment) for e in closed_without_sending] == [(False, "")]
        assert [(e.useful, e.comment) for e in await s.service.unanswered()] == [(False, comment)]
        assert (sent.ephemeral, sent.response.content) == (True, thanks)


async def test_oublier_erases_what_its_user_thought_of_an_answer(bundled: Bundled, tmp_path: Path) -> None:
    async with scene(bundled, tmp_path) as s:
        answer = await s.asked()
        form = await s.bob.click(answer, label="Pas utile")
        await s.bob.submit_modal(form, {"remarque": "Trop ancien."})
        useful = await s.bob.click(answer, label="Utile")

        erased = await s.bob.slash(s.channel, "oublier")
        again = await s.bob.slash(s.channel, "oublier")

        assert useful.response.content == messages.THANKS
        assert erased.response.content == messages.FORGOTTEN.format(count=1)
        assert again.response.content == messages.NOTHING_TO_FORGET
        assert await s.service.exchange_of("discord", str(answer.id)) is not None


async def test_a_refusal_offers_questions_that_its_buttons_ask(bundled: Bundled, tmp_path: Path) -> None:
    async with scene(bundled, tmp_path) as s:
        refusal = await s.asked("Quelle est la capitale de la Mongolie ?")
        wanted = labels(refusal)[0]

        result = await s.bob.click(refusal, label=wanted)

        assert wanted.endswith("?")
        assert result.response.embeds[0].title == wanted
        assert result.response.embeds[0].fields[0].name == "Sources"


async def test_a_suggestion_longer_than_a_button_is_asked_whole(bundled: Bundled, tmp_path: Path) -> None:
    long = "Comment devenir un PTCE quand on est un collectif d'associations de la région Bretagne, sans salarié ?"

    async with scene(bundled, tmp_path, lambda a: replace(a, suggestions=(long,))) as s:
        answer = await s.asked()

        result = await s.ana.click(answer, label=labels(answer)[0])

        assert result.response.embeds[0].title == long


@pytest.mark.parametrize(("label", "broken"), [("Sources", "answer"), ("Utile", "rate"), ("Pas utile", "rate")])
async def test_a_button_that_fails_says_so(
    bundled: Bundled,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    label: str,
    broken: str,
) -> None:
    async with scene(bundled, tmp_path) as s:
        answer = await s.asked()
        monkeypatch.setattr(s.service, broken, unforeseen)

        result = await s.bob.click(answer, label=label)

        assert said(result) == messages.FAILED
        assert [record.levelname for record in caplog.records if "bouton sans réponse (imprévu)" in record.message]


async def test_so_does_one_that_cannot_tell_whom_to_obey_and_a_form(
    bundled: Bundled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene(bundled, tmp_path) as s:
        answer = await s.asked()
        form = await s.ana.click(answer, label="Pas utile")
        monkeypatch.setattr(s.service, "rate", unforeseen)
        monkeypatch.setattr(s.env.bot.desk, "may_ask", unforeseen)

        form_sent = await s.ana.submit_modal(form, {"remarque": "Trop ancien."})
        clicked = await s.bob.click(answer, label="Utile")

        assert [(said(r), r.ephemeral) for r in (form_sent, clicked)] == [(messages.FAILED, True)] * 2


async def unforeseen(*_: object) -> None:
    raise RuntimeError("imprévu")
