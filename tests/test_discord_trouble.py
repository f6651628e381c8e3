"""Discord or the network in trouble for longer than a moment: nothing that was asked is lost, nothing is said twice."""

import pytest
from fakes.discord_process import people, served
from fakes.discord_server import FakeDiscord, fake_discord, message_text
from fakes.discord_world import Json

pytestmark = pytest.mark.asyncio
QUESTION = "Qui contacter en Bretagne ?"
SENDING, READING = r"POST /channels/\d+/messages$", r"GET /channels/\d+(/messages)?$"
# Many more tries than discord.py's own, each after a moment.
LONG, HASTY = 30, {"BENT_WAIT": "0.01"}


async def missed_everywhere(server: FakeDiscord, user: Json, channels: list[Json]) -> list[Json]:
    """What is asked in each channel while the bot's session is lost."""
    await server.gateway.close(forget=True)
    return [await server.mention(user, channel, QUESTION) for channel in channels]


@pytest.mark.parametrize("cut", [False, True])
async def test_an_answer_outlives_an_outage_and_is_given_once(env: dict[str, str], cut: bool) -> None:
    async with fake_discord() as discord:
        channel, ana = people(discord)
        async with served(discord, env | HASTY):
            discord.trouble(SENDING, LONG, cut)
            asked = [await discord.mention(ana, channel, QUESTION), await discord.direct(ana, QUESTION)]
            for question in asked:
                await discord.reply_to(question)
            await discord.gateway.close(forget=True)
            again = await discord.mention(ana, channel, QUESTION)
            await discord.reply_to(again)

    assert [len(discord.parts(question)) for question in (*asked, again)] == [1, 1, 1]


async def test_a_thread_that_was_opened_unknown_to_us_is_found_though_not_at_once(env: dict[str, str]) -> None:
    async with fake_discord() as discord:
        channel, ana = people(discord)
        async with served(discord, env | HASTY):
            discord.lose_response(r"POST .*/threads$", cut=False)
            discord.trouble(r"GET /channels/\d+$", 1, cut=False)
            said = await discord.mention(ana, channel, QUESTION)
            await discord.reply_to(said)

    assert len(discord.replies(discord.thread(said))) == 1


async def test_a_network_that_is_down_is_waited_for_longer_than_discords_own_trouble(env: dict[str, str]) -> None:
    async with fake_discord() as discord:
        _, ana = people(discord)
        async with served(discord, env | HASTY | {"BENT_TROUBLE": "0"}) as bot:
            discord.trouble(SENDING, LONG, cut=True)
            await discord.reply_to(await discord.direct(ana, QUESTION))
            discord.trouble(SENDING, 1, cut=False)
            await discord.direct(ana, QUESTION)
            await bot.wrote("réponse impossible à envoyer")


@pytest.mark.parametrize("cut", [False, True])
async def test_what_was_missed_is_answered_though_it_cannot_be_read_at_once(env: dict[str, str], cut: bool) -> None:
    async with fake_discord() as discord:
        channel, ana = people(discord)
        other = discord.world.add_channel(discord.world.guilds[channel["guild_id"]], "autres")
        async with served(discord, env | HASTY):
            await discord.reply_to(await discord.direct(ana, QUESTION))
            discord.trouble(READING, 4, cut)
            missed = await missed_everywhere(discord, ana, [channel, other, discord.world.direct_channel(ana)])
            for question in missed:
                await discord.reply_to(question)

    assert [len(discord.parts(question)) for question in missed] == [1, 1, 1]


async def test_a_channel_that_stays_unreadable_is_read_after_the_next_reconnection(env: dict[str, str]) -> None:
    async with fake_discord() as discord:
        channel, ana = people(discord)
        other = discord.world.add_channel(discord.world.guilds[channel["guild_id"]], "autres")
        async with served(discord, env | HASTY | {"BENT_TROUBLE": "0"}) as bot:
            await discord.reply_to(await discord.direct(ana, QUESTION))
            discord.trouble(rf"GET /channels/{channel['id']}/messages$", 1, cut=False)
            missed, read = await missed_everywhere(discord, ana, [channel, other])
            await discord.reply_to(read)
            await bot.wrote("messages manqués illisibles")
            assert discord.parts(missed) == []
            await discord.gateway.close(forget=True)
            answer = await discord.reply_to(missed)

    assert "Bretagne" in message_text(answer)
    assert [len(discord.parts(question)) for question in (missed, read)] == [1, 1]


async def test_of_more_than_is_read_at_once_the_rest_is_read_after_the_next_reconnection(env: dict[str, str]) -> None:
    async with fake_discord() as discord:
        channel, ana = people(discord)
        async with served(discord, env | HASTY) as bot:
            await discord.reply_to(await discord.direct(ana, QUESTION))
            await discord.gateway.close(forget=True)
            for _ in range(1000):
                discord.world.write(channel, ana, {"content": "entre nous"})
            last = await discord.mention(ana, channel, QUESTION)
            await bot.wrote("1000 messages manqués relus")
            assert discord.parts(last) == []
            await discord.gateway.close(forget=True)
            await discord.reply_to(last)

    assert discord.manners.requests.count(f"GET /channels/{channel['id']}/messages") == 11
