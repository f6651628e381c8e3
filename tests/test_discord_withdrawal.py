"""Questions that are taken back: neither the answer nor the name of its thread stays for others to read."""

import pytest
from fakes.discord_process import people, served
from fakes.discord_server import FakeDiscord, fake_discord
from fakes.discord_world import Json

from bot.messages import THREAD_WITHOUT_NAME

pytestmark = pytest.mark.asyncio
QUESTION = "Qui contacter en Bretagne ?"
FLAT = {"PTCE_DISCORD__THREADS": "false"}
OPENING, SENDING = r"POST .*/threads$", r"POST /channels/\d+/messages$"


async def barrier(server: FakeDiscord) -> None:
    """Return when a question asked now is answered: what came before it has been dealt with."""
    await server.reply_to(await server.direct(server.world.add_user("barrière"), QUESTION))


async def withdrawn_meanwhile(server: FakeDiscord, user: Json, channel: Json, pattern: str) -> Json:
    """A question that is taken back while a request of the bot's is on its way, and known to be."""

    async def take_back() -> None:
        await server.delete(server.world.message(channel["id"], channel["last_message_id"]))
        await barrier(server)

    server.meanwhile(pattern, take_back)
    return await server.mention(user, channel, QUESTION)


def is_nameless(thread: Json) -> bool:
    return thread["name"] == THREAD_WITHOUT_NAME


async def test_a_question_taken_back_while_its_thread_opens_leaves_no_name_to_read(env: dict[str, str]) -> None:
    async with fake_discord() as discord:
        channel, ana = people(discord)
        async with served(discord, env):
            asked = await withdrawn_meanwhile(discord, ana, channel, OPENING)
            thread = await discord.until(lambda: discord.thread(asked))
            await discord.until(lambda: is_nameless(thread))
            await barrier(discord)

    assert thread["thread_metadata"]["archived"]
    assert discord.replies(thread) == []


async def test_a_question_taken_back_while_its_answer_is_sent_leaves_neither(env: dict[str, str]) -> None:
    async with fake_discord() as discord:
        channel, ana = people(discord)
        async with served(discord, env):
            asked = await withdrawn_meanwhile(discord, ana, channel, SENDING)
            thread = await discord.until(lambda: discord.thread(asked))
            await discord.until(lambda: is_nameless(thread) and not discord.replies(thread))


async def test_a_question_taken_back_once_answered_takes_its_answer_and_the_threads_name_along(
    env: dict[str, str],
) -> None:
    async with fake_discord() as discord:
        channel, ana = people(discord)
        async with served(discord, env):
            asked = await discord.mention(ana, channel, QUESTION)
            await discord.reply_to(asked)
            thread = discord.thread(asked)
            follow_up = await discord.say(ana, thread, "et en Occitanie ?")
            await discord.until(lambda: len(discord.replies(thread)) == 2)
            kept = discord.replies(thread)[1]

            await discord.delete(asked)
            await discord.until(lambda: is_nameless(thread) and discord.replies(thread) == [kept])
            await discord.delete(follow_up)
            await discord.until(lambda: discord.replies(thread) == [])

    assert not thread["thread_metadata"]["archived"]


async def test_an_answer_in_several_messages_goes_whole(env: dict[str, str]) -> None:
    async with fake_discord() as discord:
        channel, ana = people(discord)
        async with served(discord, env | FLAT | {"BENT_SENTENCES": "150"}):
            asked = [await discord.mention(ana, channel, QUESTION), await discord.direct(ana, QUESTION)]
            for question in asked:
                await discord.reply_to(question)
                assert len(discord.parts(question)) > 2
                await discord.delete(question)
            await discord.until(lambda: not any(map(discord.parts, asked)))
            await discord.until(lambda: discord.replies(channel) == [])


async def test_of_an_answer_that_could_not_be_sent_whole_what_was_sent_goes(env: dict[str, str]) -> None:
    async with fake_discord() as discord:
        channel, ana = people(discord)
        async with served(discord, env | FLAT | {"BENT_SENTENCES": "150", "BENT_TROUBLE": "0"}) as bot:

            async def fail_from_here() -> None:
                discord.trouble(rf"POST /channels/{channel['id']}/messages$", 1, cut=False)

            discord.meanwhile(SENDING, fail_from_here)
            asked = await discord.mention(ana, channel, QUESTION)
            await bot.wrote("réponse impossible à envoyer")
            sent = len(discord.replies(channel))
            await discord.delete(asked)
            await discord.until(lambda: discord.replies(channel) == [])

    assert sent == 1


@pytest.mark.parametrize("archived", [False, True])
async def test_a_question_answered_before_a_restart_may_be_taken_back(env: dict[str, str], archived: bool) -> None:
    async with fake_discord() as discord:
        channel, ana = people(discord)
        async with served(discord, env):
            asked = await discord.mention(ana, channel, QUESTION)
            await discord.reply_to(asked)
        thread = discord.thread(asked)
        thread["thread_metadata"]["archived"] = archived
        if archived:
            # Discord only tells a bot that connects the threads that are not.
            discord.world.guilds[channel["guild_id"]]["threads"].clear()
        async with served(discord, env):
            await discord.delete(asked)
            await discord.until(lambda: is_nameless(thread) and discord.replies(thread) == [])


async def test_questions_that_a_moderator_takes_back_together_take_their_answers_along(env: dict[str, str]) -> None:
    async with fake_discord() as discord:
        channel, ana = people(discord)
        async with served(discord, env | FLAT):
            asked = [await discord.mention(ana, channel, text) for text in (QUESTION, "Comment devenir un PTCE ?")]
            for question in asked:
                await discord.reply_to(question)
            await discord.delete(*asked)
            await discord.until(lambda: discord.replies(channel) == [])
