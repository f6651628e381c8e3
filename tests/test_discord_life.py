"""What a bot lives through: lost and refused connections, restarts, a crowd, the end; every question answered once."""

import asyncio
from pathlib import Path

import pytest
from fakes.discord_process import people, served
from fakes.discord_server import FakeDiscord, fake_discord, message_text
from fakes.discord_world import Json

from bot import messages

pytestmark = pytest.mark.asyncio
QUESTION = "Qui contacter en Bretagne ?"
OFF_TOPIC = "Quelle est la capitale de la Mongolie ?"


async def barrier(server: FakeDiscord) -> None:
    """Return when a question asked now is answered: what came before it has been dealt with."""
    await server.reply_to(await server.direct(server.world.add_user("barrière"), QUESTION))


async def test_a_connection_that_is_cut_is_resumed_and_every_question_answered_once(env: dict[str, str]) -> None:
    async with fake_discord() as discord:
        channel, ana = people(discord)
        async with served(discord, env | {"BENT_SECONDS": "1"}):
            before = await discord.mention(ana, channel, QUESTION)
            await discord.until(lambda: discord.rest.typing)
            await discord.gateway.close()
            during = await discord.mention(ana, channel, QUESTION)
            for message in (before, during):
                await discord.reply_to(message)
            await barrier(discord)

    assert (discord.gateway.resumed, len(discord.gateway.sessions)) == (1, 1)
    assert [len(discord.parts(message)) for message in (before, during)] == [1, 1]


async def test_a_message_that_is_told_twice_is_answered_once(env: dict[str, str]) -> None:
    async with fake_discord() as discord:
        _, ana = people(discord)
        async with served(discord, env):
            said = await discord.direct(ana, QUESTION)
            await discord.gateway.dispatch("MESSAGE_CREATE", said, direct=True)
            await discord.reply_to(said)
            await barrier(discord)

    assert len(discord.replies(discord.world.direct_channel(ana))) == 1


async def test_discord_may_ask_for_a_reconnection(env: dict[str, str]) -> None:
    async with fake_discord() as discord:
        channel, ana = people(discord)
        async with served(discord, env):
            await discord.gateway.ask_to_reconnect()
            await discord.until(lambda: discord.gateway.resumed)
            said = await discord.mention(ana, channel, QUESTION)
            await discord.reply_to(said)
            await barrier(discord)

    assert len(discord.parts(said)) == 1


async def test_what_was_asked_while_the_session_was_lost_is_answered_once(env: dict[str, str]) -> None:
    async with fake_discord() as discord:
        channel, ana = people(discord)
        async with served(discord, env):
            seen = await discord.direct(ana, QUESTION)
            await discord.reply_to(seen)
            opened = await discord.mention(ana, channel, QUESTION)
            await discord.reply_to(opened)
            await discord.gateway.close(forget=True)
            missed = [await discord.direct(ana, QUESTION), await discord.mention(ana, channel, QUESTION)]
            missed.append(await discord.say(ana, discord.thread(opened), QUESTION))
            for message in missed:
                await discord.reply_to(message)
            await barrier(discord)

    assert len(discord.gateway.sessions) == 2
    assert len(discord.replies(discord.world.direct_channel(ana))) == 2
    assert len(discord.replies(discord.thread(opened))) == 2
    assert len(discord.parts(missed[1])) == 1


@pytest.mark.parametrize("times", [1, 3])
async def test_a_first_connection_that_is_refused_is_tried_again(env: dict[str, str], times: int) -> None:
    async with fake_discord() as discord:
        channel, ana = people(discord)
        discord.gateway.refuse = times
        async with served(discord, env) as bot:
            await discord.reply_to(await discord.mention(ana, channel, QUESTION))

    assert discord.gateway.refused == times
    assert "connexion perdue (503" in bot.errors
    assert "NoneType" not in bot.errors


async def test_a_bot_started_before_discord_is_there_waits_for_it(env: dict[str, str]) -> None:
    discord = FakeDiscord()
    await discord.start()
    await discord.stop()
    channel, ana = people(discord)
    async with served(discord, env, ready=False) as bot:
        await bot.wrote("nouvel essai")
        late = FakeDiscord()
        late.world = late.gateway.world = late.rest.world = discord.world
        await late.start(discord.port)
        await late.ready()
        await late.reply_to(await late.mention(ana, channel, QUESTION))
    await late.stop()

    assert late.faults() == []


@pytest.mark.parametrize(
    ("given", "granted", "sentence"),
    [
        ({"PTCE_DISCORD_TOKEN": "faux"}, True, "Discord refuse le jeton"),
        ({"PTCE_DISCORD_TOKEN": ""}, True, "Le jeton du bot Discord manque"),
        ({}, False, "Discord refuse au bot de lire le contenu des messages"),
        ({"PTCE_DISCORD__CHANNELS": "général"}, True, "n'est pas un identifiant"),
    ],
)
async def test_what_cannot_be_mended_ends_with_one_sentence_and_its_cure(
    env: dict[str, str], given: dict[str, str], granted: bool, sentence: str
) -> None:
    async with fake_discord() as discord:
        if not granted:
            discord.gateway.granted = 0
        async with served(discord, env | given, ready=False) as bot:
            code, errors = await bot.ended()

    said = [line for line in errors.splitlines() if " INFO " not in line]
    assert code == 1
    assert sentence in said[0]
    assert [line[:1] for line in said] == ["E", "→"]
    assert given.get("PTCE_DISCORD_TOKEN") != "faux" or "faux" not in errors


async def test_a_bot_without_threads_needs_no_privileged_intent(env: dict[str, str]) -> None:
    async with fake_discord() as discord:
        channel, ana = people(discord)
        discord.gateway.granted = 0
        async with served(discord, env | {"PTCE_DISCORD__THREADS": "false"}):
            said = await discord.mention(ana, channel, QUESTION)
            await discord.reply_to(said)

    assert discord.thread(said) is None


async def test_two_hundred_questions_of_fifty_people_at_once_are_each_answered_once(env: dict[str, str]) -> None:
    async with fake_discord() as discord:
        discord.gateway.interval = 1.0
        guild = discord.world.add_guild("Cellules PTCE")
        channels = [discord.world.add_channel(guild, f"questions-{n}") for n in range(5)]
        users = [discord.world.add_user(f"personne-{n}") for n in range(50)]
        async with served(discord, env):
            written = [
                await (discord.direct(user, text) if n % 2 else discord.mention(user, channels[n % 5], text))
                for n, text in enumerate(("Bonjour", QUESTION, "Merci"))
                for user in users
            ]
            commands = [await discord.slash(user, channels[0], "ptce", question="Bonjour") for user in users]
            await asyncio.gather(*map(discord.reply_to, written), *map(discord.answered, commands))
            await barrier(discord)
            beats = discord.gateway.heartbeats
            await discord.until(lambda: discord.gateway.heartbeats > beats)

    assert len(written) + len(commands) == 200
    assert {len(answers(discord, message)) for message in written} == {1}
    assert {len(command.shown) for command in commands} == {1}
    assert sum(len(discord.replies(discord.world.direct_channel(user))) for user in users) == 50
    assert discord.gateway.heartbeats > 2
    assert discord.gateway.late == []


def answers(server: FakeDiscord, message: Json) -> list[Json]:
    """The messages that answer this one and no other."""
    if thread := server.thread(message):
        return server.replies(thread)
    here = server.replies(server.world.channels[message["channel_id"]])
    return [m for m in here if m.get("message_reference", {}).get("message_id") == message["id"]]


async def test_at_sigterm_what_is_in_flight_is_answered_and_nothing_more_is_taken(env: dict[str, str]) -> None:
    async with fake_discord() as discord:
        channel, ana = people(discord)
        async with served(discord, env | {"BENT_SECONDS": "2"}) as bot:
            said = await discord.mention(ana, channel, QUESTION)
            slash = await discord.slash(ana, channel, "ptce", question=QUESTION)
            await discord.until(lambda: discord.rest.typing and slash.kind)
            bot.terminate()
            await bot.wrote("Arrêt")
            late = await discord.mention(ana, channel, QUESTION)
            refused = await discord.answered(await discord.slash(ana, channel, "ptce", question=QUESTION))
            code, errors = await bot.ended()

    assert (code, "Traceback" in errors) == (0, False)
    assert [len(discord.parts(message)) for message in (said, late)] == [1, 0]
    assert "Bretagne" in slash.text
    assert refused.text == messages.RESTARTING


async def test_discord_is_told_the_commands_only_when_they_changed(env: dict[str, str]) -> None:
    async with fake_discord() as discord:
        synced = []
        for _ in range(2):
            async with served(discord, env):
                synced.append(discord.rest.syncs)
        (Path(env["PTCE_DATA__DIR"]) / "discord-commands").write_text("un autre arbre", encoding="utf-8")
        async with served(discord, env):
            synced.append(discord.rest.syncs)

    assert synced == [1, 1, 2]
    assert sorted(command["name"] for command in discord.rest.commands) == [
        *("aide", "cellule", "confidentialite", "etat", "oublier", "pole", "ptce"),
        *("reindexer", "sans-reponse", "sources"),
    ]


async def test_a_record_of_the_commands_that_cannot_be_read_stops_nothing(env: dict[str, str]) -> None:
    (Path(env["PTCE_DATA__DIR"]) / "discord-commands").mkdir(parents=True)
    async with fake_discord() as discord:
        _, ana = people(discord)
        async with served(discord, env):
            await discord.reply_to(await discord.direct(ana, QUESTION))

    assert discord.rest.syncs == 1


async def test_however_much_was_said_while_the_session_was_lost_the_question_is_found(env: dict[str, str]) -> None:
    async with fake_discord() as discord:
        channel, ana = people(discord)
        async with served(discord, env):
            await barrier(discord)
            await discord.gateway.close(forget=True)
            for _ in range(150):
                await discord.say(ana, channel, "entre nous")
            await discord.reply_to(await discord.mention(ana, channel, QUESTION))

    assert len(discord.replies(channel)) <= 1


async def test_an_error_nobody_foresaw_costs_no_question_and_no_withdrawal(env: dict[str, str]) -> None:
    async with fake_discord() as discord:
        channel, ana = people(discord)
        async with served(discord, env | {"BENT_SECONDS": "2", "BENT_LASTING": "0"}) as bot:
            under_way = [await discord.mention(ana, channel, QUESTION), await discord.direct(ana, QUESTION)]
            await discord.until(lambda: len(discord.rest.typing) == 2)
            # discord.py can't read it, and gives up.
            await discord.gateway.dispatch("CHANNEL_UPDATE", {"id": None})
            await bot.wrote("erreur inattendue")
            missed = await discord.mention(ana, channel, QUESTION)
            for question in (*under_way, missed):
                await discord.reply_to(question)
            await barrier(discord)
            answers = [len(discord.parts(question)) for question in (*under_way, missed)]
            await discord.delete(under_way[1])
            await discord.until(lambda: not discord.replies(discord.world.direct_channel(ana)))
            bot.terminate()
            code, errors = await bot.ended()

    assert (code, len(discord.gateway.sessions), answers) == (0, 2, [1, 1, 1])
    assert "Session is closed" not in errors


async def test_buttons_forms_and_threads_outlive_a_restart(env: dict[str, str]) -> None:
    async with fake_discord() as discord:
        channel, ana = people(discord)
        async with served(discord, env):
            opened = await discord.mention(ana, channel, QUESTION)
            answer = await discord.reply_to(opened)
            refusal = await discord.reply_to(await discord.direct(ana, OFF_TOPIC))
            form = await discord.answered(await discord.click(ana, answer, "Pas utile"))
        async with served(discord, env):
            thanks = await discord.answered(await discord.submit(ana, form, "Il manque le téléphone."))
            sources = await discord.answered(await discord.click(ana, answer, "Sources"))
            wanted = refusal["components"][0]["components"][0]["label"]
            suggested = await discord.answered(await discord.click(ana, refusal, wanted))
            follow_up = await discord.say(ana, discord.thread(opened), "et en Occitanie ?")
            await discord.until(lambda: len(discord.parts(opened)) == 2)

    assert thanks.text == messages.THANKS_FOR_COMMENT
    assert "> En Bretagne" in sources.text
    assert suggested.text.startswith(wanted)
    assert "Occitanie" in message_text(discord.parts(follow_up)[0])
