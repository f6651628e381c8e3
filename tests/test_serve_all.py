"""`ptce serve all`: Discord and Matrix in one process, over one index and one journal."""

import asyncio
from pathlib import Path

import pytest
from conftest import Bundled
from fakes.discord_driver import DiscordDriver
from fakes.discord_process import served
from fakes.discord_server import fake_discord
from fakes.matrix_bot import Account
from fakes.matrix_fixtures import Person
from fakes.matrix_user import PASSWORD

from knowledge.configuration import MATRIX_PASSWORD

pytestmark = pytest.mark.asyncio
QUESTION = "Comment devenir un PTCE ?"
ANSWERED = "Pour devenir un PTCE"


def matrix_env(account: Account) -> dict[str, str]:
    return {
        MATRIX_PASSWORD: PASSWORD,
        "PTCE_MATRIX__HOMESERVER": account.synapse.url,
        "PTCE_MATRIX__USER": account.id,
    }


async def test_one_process_answers_on_both_and_stops_cleanly(
    account: Account, bundled: Bundled, person: Person, tmp_path: Path
) -> None:
    alice = await person("alice")
    async with fake_discord() as server:
        driver = DiscordDriver(server)
        async with served(server, bundled.env | matrix_env(account), channels="all") as process:
            room = await alice.room(account.id, direct=True)
            await alice.joined(room, account.id)
            asked = await alice.say(room, QUESTION)

            on_discord, on_matrix = await asyncio.gather(driver.ask("bob", QUESTION), alice.reply(account.id, to=asked))

            assert ANSWERED in on_discord
            assert ANSWERED in on_matrix["content"]["body"]
            assert "Je me connecte : discord, matrix" in process.errors


async def test_a_channel_that_cannot_go_on_stops_the_program_and_says_which(account: Account, bundled: Bundled) -> None:
    wrong = matrix_env(account) | {MATRIX_PASSWORD: "un-mauvais-mot-de-passe"}
    async with (
        fake_discord() as server,
        served(server, bundled.env | wrong, ready=False, channels="all") as process,
    ):
        code, errors = await process.ended()

    assert code == 1
    assert MATRIX_PASSWORD in errors
    assert "un-mauvais-mot-de-passe" not in errors
    assert "Traceback" not in errors
