"""What the contract of channels is driven with on Matrix works in plain and encrypted rooms."""

from pathlib import Path

import pytest
from fakes.matrix_bot import Bot
from fakes.matrix_driver import matrix_driver

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize("encrypted", [False, True])
async def test_people_ask_and_go_on_in_their_own_threads(bot: Bot, tmp_path: Path, encrypted: bool) -> None:
    async with matrix_driver(bot, tmp_path, encrypted) as driver:
        first = await driver.ask("alice", "Qu'est-ce que le PTCE NOLA ?")
        second = await driver.ask("bob", "Comment devenir un PTCE ?")
        third = await driver.follow_up("alice", "et combien d'emplois ?")
        await driver.say("bob", "Merci !")
        await driver.barrier()

        assert "NOLA" in first
        assert "Pour devenir un PTCE" in second
        assert "emplois" in third
        assert await driver.replies() == 3
