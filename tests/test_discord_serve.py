"""`ptce serve discord` as a process, over real sockets, on a server that enforces Discord's rules."""

import re
from pathlib import Path

import pytest
from fakes.bent_ptce import LONG_SENTENCE
from fakes.discord_process import people, served
from fakes.discord_server import fake_discord, message_text
from support import CorpusFolder, many_parts

from bot import messages

pytestmark = pytest.mark.asyncio
QUESTION = "Comment devenir un PTCE ?"
BRETAGNE, OCCITANIE = "Qui contacter en Bretagne ?", "et en Occitanie ?"


async def test_every_way_to_ask_and_every_button(env: dict[str, str]) -> None:
    async with fake_discord() as discord:
        channel, ana = people(discord)
        async with served(discord, env):
            mention = await discord.mention(ana, channel, BRETAGNE)
            answer = await discord.reply_to(mention)
            follow_up = await discord.reply_to(await discord.say(ana, discord.thread(mention), OCCITANIE))
            direct = await discord.reply_to(await discord.direct(ana, QUESTION))
            slash = await discord.answered(await discord.slash(ana, channel, "ptce", question=QUESTION))
            sources = await discord.answered(await discord.click(ana, answer, "Sources"))
            useful = await discord.answered(await discord.click(ana, answer, "Utile"))
            form = await discord.answered(await discord.click(ana, direct, "Pas utile"))
            thanks = await discord.answered(await discord.submit(ana, form, "Trop ancien."))
            names = await discord.complete(ana, channel, "pole", "nom", "dist")

    assert "Bretagne" in message_text(answer)
    assert "Occitanie" in message_text(follow_up)
    assert "aucun label officiel" in message_text(direct)
    assert "aucun label officiel" in slash.text
    assert "> En Bretagne" in sources.text
    assert (useful.text, thanks.text) == (messages.THANKS, messages.THANKS_FOR_COMMENT)
    assert names[0] == "Distro"


async def test_an_answer_slower_than_three_seconds_is_still_given(env: dict[str, str]) -> None:
    async with fake_discord() as discord:
        channel, ana = people(discord)
        async with served(discord, env | {"BENT_SECONDS": "3.5"}):
            slash = await discord.slash(ana, channel, "ptce", question=QUESTION)
            said = await discord.mention(ana, channel, QUESTION)
            await discord.answered(slash)
            written = await discord.reply_to(said)

    assert slash.took < 3
    assert "aucun label officiel" in slash.text
    assert "aucun label officiel" in message_text(written)
    assert discord.rest.typing[channel["id"]] > 0


async def test_a_long_answer_comes_whole_and_in_order(env: dict[str, str]) -> None:
    async with fake_discord() as discord:
        channel, ana = people(discord)
        async with served(discord, env | {"BENT_SENTENCES": "150"}):
            said = await discord.mention(ana, channel, QUESTION)
            await discord.reply_to(said)

    parts = discord.parts(said)
    text = " ".join(part["embeds"][0].get("description", "") for part in parts)
    assert len(parts) > 2
    assert re.findall(r"numéro (\d+)", text) == [str(n) for n in range(150)]
    assert text.count(LONG_SENTENCE.split("{n}")[1]) == 150


async def test_a_message_longer_than_what_is_read_is_answered_and_said_to_be(env: dict[str, str]) -> None:
    async with fake_discord() as discord:
        channel, ana = people(discord)
        async with served(discord, env):
            said = await discord.mention(ana, channel, f"{QUESTION} " + "merci beaucoup " * 200)
            await discord.until(lambda: len(discord.parts(said)) == 2)

    assert message_text(discord.parts(said)[0]) == messages.TRUNCATED.format(limit=2000)


async def test_a_mention_of_the_bots_own_role_is_one_of_the_bot(env: dict[str, str]) -> None:
    async with fake_discord() as discord:
        channel, ana = people(discord)
        role = discord.world.guilds[channel["guild_id"]]["roles"][1]
        async with served(discord, env):
            answer = await discord.reply_to(await discord.say(ana, channel, f"<@&{role['id']}> {BRETAGNE}"))

    assert "Bretagne" in message_text(answer)


async def test_who_asks_too_much_is_told_once_and_the_others_are_answered(env: dict[str, str]) -> None:
    async with fake_discord() as discord:
        channel, ana = people(discord)
        bob = discord.world.add_user("bob")
        async with served(discord, env | {"PTCE_LIMITS__PER_USER": "2/hour"}):
            asked = [await discord.mention(ana, channel, BRETAGNE) for _ in range(5)]
            await discord.reply_to(await discord.mention(bob, channel, BRETAGNE))

    told = [message_text(message) for message in discord.replies(channel)]
    assert [len(discord.parts(message)) for message in asked] == [1, 1, 1, 0, 0]
    assert [text.startswith("Beaucoup de questions") for text in told] == [True]


async def test_a_429_is_waited_out_and_nothing_is_lost(env: dict[str, str]) -> None:
    async with fake_discord() as discord:
        channel, ana = people(discord)
        async with served(discord, env):
            discord.limit(r"POST /channels/\d+/messages$", retry_after=1.5, times=2)
            discord.limit(r"POST .*/threads$", retry_after=0.5)
            discord.limit(r"PATCH /webhooks", retry_after=0.5)
            slash = await discord.slash(ana, channel, "ptce", question=BRETAGNE)
            said = await discord.mention(ana, channel, BRETAGNE)
            await discord.reply_to(said)
            await discord.answered(slash)

    assert len(discord.manners.waits) == 4
    assert len(discord.parts(said)) == 1
    assert "Bretagne" in slash.text


@pytest.mark.parametrize("cut", [False, True])
async def test_a_message_whose_receipt_was_lost_is_not_sent_twice(env: dict[str, str], cut: bool) -> None:
    async with fake_discord() as discord:
        _, ana = people(discord)
        async with served(discord, env):
            discord.lose_response(r"POST /channels/\d+/messages$", cut)
            said = await discord.direct(ana, BRETAGNE)
            await discord.reply_to(said)
            await discord.reply_to(await discord.direct(ana, OCCITANIE))

    posted = [route for route in discord.manners.requests if route.endswith("/messages")]
    assert len(posted) == 3
    assert len(discord.replies(discord.world.direct_channel(ana))) == 2


@pytest.mark.parametrize("cut", [False, True])
async def test_an_acknowledgement_or_a_thread_whose_receipt_was_lost_counts(env: dict[str, str], cut: bool) -> None:
    async with fake_discord() as discord:
        channel, ana = people(discord)
        async with served(discord, env):
            discord.lose_response(r"POST /interactions/.*/callback", cut)
            discord.lose_response(r"POST .*/threads$", cut)
            slash = await discord.slash(ana, channel, "ptce", question=BRETAGNE)
            said = await discord.mention(ana, channel, BRETAGNE)
            await discord.answered(slash)
            await discord.reply_to(said)

    assert "Bretagne" in slash.text
    assert len(discord.replies(discord.thread(said))) == 1


async def test_an_officer_reindexes_while_questions_are_answered(
    corpus: CorpusFolder, env: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    corpus.add("poles/ancien")
    own = {"PTCE_DATA__DIR": str(tmp_path / "petit"), "PTCE_CORPUS__PATH": str(corpus.path)}
    async with fake_discord() as discord:
        channel, ana = people(discord)
        guild = discord.world.guilds[channel["guild_id"]]
        role = discord.world.add_role(guild, "Référents")
        discord.world.roles_of[guild["id"], ana["id"]] = [role["id"]]
        async with served(discord, own | {"PTCE_DISCORD__OFFICERS": role["id"]}):
            corpus.add("poles/nouveau", *many_parts(40))
            reindexing = await discord.slash(ana, channel, "reindexer")
            await discord.until(lambda: any("/" in text for text in reindexing.history))
            meanwhile = await discord.reply_to(await discord.mention(ana, channel, "Qu'est-ce que le pôle Ancien ?"))
            busy = await discord.slash(ana, channel, "reindexer")
            await discord.until(lambda: "déjà" in busy.text)
            await discord.until(lambda: "en service" in reindexing.text)
            after = await discord.reply_to(await discord.mention(ana, channel, "Que fait l'atelier numéro 7 ?"))
            again = await discord.slash(ana, channel, "reindexer")
            await discord.until(lambda: "déjà à jour" in again.text)

    assert "Ancien est un pôle" in message_text(meanwhile)
    assert "répare 49 objets" in message_text(after)


async def test_what_people_say_to_each_other_in_a_thread_is_left_alone(env: dict[str, str]) -> None:
    async with fake_discord() as discord:
        channel, ana = people(discord)
        bob = discord.world.add_user("bob")
        async with served(discord, env):
            opened = await discord.mention(ana, channel, BRETAGNE)
            answer = await discord.reply_to(opened)
            thread = discord.thread(opened)
            first = await discord.say(bob, thread, OCCITANIE)
            await discord.until(lambda: len(discord.replies(thread)) == 2)
            await discord.say(ana, thread, QUESTION, answering=first)
            await discord.say(bob, thread, QUESTION, answering=answer)
            await discord.until(lambda: len(discord.replies(thread)) == 3)
            await discord.reply_to(await discord.direct(ana, QUESTION))

    assert len(discord.replies(thread)) == 3


@pytest.mark.parametrize("denied", [[], ["embed_links", "create_public_threads"]])
async def test_nobody_is_notified_whatever_an_answer_says(env: dict[str, str], denied: list[str]) -> None:
    async with fake_discord() as discord:
        guild, ana = discord.world.add_guild("Cellules PTCE"), discord.world.add_user("ana")
        channel = discord.world.add_channel(guild, "questions", denied)
        hostile = f"@everyone <@{ana['id']}> <@&{guild['id']}>"
        async with served(discord, env | {"BENT_SAYS": hostile}):
            said = await discord.mention(ana, channel, BRETAGNE)
            answer = await discord.reply_to(said)
            slash = await discord.answered(await discord.slash(ana, channel, "ptce", question=BRETAGNE))
        if denied:
            # The bot tries to open a thread, and is content to be refused.
            discord.manners.breaches.clear()

    assert bool(answer["content"]) == bool(denied)
    assert hostile.partition(" ")[2].replace("<", "\\<") in message_text(answer)
    assert [message["pings"] for message in [*discord.parts(said), *slash.shown]] == [[]] * (
        len(discord.parts(said)) + 1
    )
