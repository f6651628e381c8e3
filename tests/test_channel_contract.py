"""What every channel promises, on the real bots: Discord's loopback server, a real homeserver plain and encrypted."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Protocol

import pytest
import pytest_asyncio
from conftest import Bundled
from fakes.discord_driver import discord_driver
from fakes.matrix_bot import new_account, serving
from fakes.matrix_driver import matrix_driver

pytestmark = pytest.mark.asyncio


class Driver(Protocol):
    """People in a channel of some kind."""

    async def ask(self, user: str, text: str) -> str: ...
    async def follow_up(self, user: str, text: str) -> str: ...
    async def say(self, user: str, text: str) -> None: ...
    async def replies(self) -> int: ...
    async def barrier(self) -> None: ...


@pytest_asyncio.fixture(params=["discord", "matrix", "matrix, chiffré"])
async def driver(
    request: pytest.FixtureRequest, bundled: Bundled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Driver]:
    async with AsyncExitStack() as stack:
        if request.param == "discord":
            yield await stack.enter_async_context(discord_driver(bundled.env))
        else:
            synapse = request.getfixturevalue("synapse")
            account = new_account(synapse, bundled.assistant, bundled.settings, tmp_path / "bot")
            bot = await stack.enter_async_context(serving(account))
            encrypted = request.param.endswith("chiffré")
            yield await stack.enter_async_context(matrix_driver(bot, tmp_path, encrypted))


async def test_an_answer_is_cited_and_names_its_sources(driver: Driver) -> None:
    reply = await driver.ask("ana", "Combien d'emplois à NOLA ?")

    assert re.search(r"\b500\b", reply)
    assert "[1]" in reply
    assert "Sources" in reply


async def test_what_the_sources_do_not_hold_is_not_answered(driver: Driver) -> None:
    reply = await driver.ask("ana", "Quelle est la recette de la tarte aux pommes ?")

    assert "PTCE" in reply
    assert "[1]" not in reply


async def test_the_conversation_goes_on_without_a_mention_each_in_their_own(driver: Driver) -> None:
    await driver.ask("ana", "Qu'est-ce que le PTCE NOLA ?")
    await driver.ask("bob", "Qu'est-ce que le PTCE TETRIS ?")

    ana, bob = await asyncio.gather(
        driver.follow_up("ana", "et où est-il ?"), driver.follow_up("bob", "et où est-il ?")
    )

    assert "Loire-Atlantique" in ana
    assert "Grasse" in bob


async def test_what_is_not_for_the_bot_is_not_answered(driver: Driver) -> None:
    await driver.ask("ana", "Comment devenir un PTCE ?")
    before = await driver.replies()

    await driver.say("ana", "Merci à tous, à demain !")
    await driver.barrier()

    assert await driver.replies() == before


async def test_people_who_ask_at_once_each_get_one_reply(driver: Driver) -> None:
    people = [f"personne-{n}" for n in range(5)]
    before = await driver.replies()

    answers = await asyncio.gather(*(driver.ask(name, "Qu'est-ce qu'une CRESS ?") for name in people))
    await driver.barrier()

    assert all("chambre régionale" in answer for answer in answers)
    assert await driver.replies() - before == len(people)


async def test_nobody_is_called_by_what_is_quoted(driver: Driver) -> None:
    reply = await driver.ask("ana", "@everyone @room **Comment devenir un PTCE ?** <b>vite</b>")

    assert "@everyone" not in reply
    assert "@room" not in reply
