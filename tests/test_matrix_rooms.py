"""The Matrix bot against a real homeserver: questions in plain rooms, threads, edits, withdrawals, ratings, invitations."""

import pytest
from fakes.matrix_bot import Bot
from fakes.matrix_fixtures import Person

pytestmark = pytest.mark.asyncio
QUESTION = "Comment devenir un PTCE ?"
ANSWERED = "Pour devenir un PTCE"


async def test_a_direct_room_needs_no_mention(bot: Bot, person: Person) -> None:
    alice = await person("alice")
    room = await alice.room(bot.id, direct=True)
    await alice.joined(room, bot.id)

    asked = await alice.say(room, QUESTION)

    reply = await alice.reply(bot.id, to=asked)
    assert ANSWERED in reply["content"]["body"]
