"""The Matrix bot's commands, for everyone and for officers."""

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from fakes.matrix_bot import Account, Bot, serving
from fakes.matrix_fixtures import Person
from fakes.matrix_user import User, until

from bot import messages
from bot.journal import Exchange
from bot.matrix.commands import Asked, Commands
from knowledge.settings import Settings

pytestmark = pytest.mark.asyncio
QUESTION = "Comment devenir un PTCE ?"


async def direct_room(bot: Bot, user: User) -> str:
    room = await user.room(bot.id, direct=True)
    await user.joined(room, bot.id)
    return room


async def said(bot: Bot, user: User, room: str, command: str) -> str:
    reply = await user.reply(bot.id, to=await user.say(room, command))
    return reply["content"]["body"]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("!aide", "!confidentialite"),
        ("!pole NOLA", "NOLA"),
        ("!pôle nola", "NOLA"),
        ("!pole xyzzyx", "Je ne connais pas de pôle de ce nom"),
        ("!pole", "Quel pôle ?"),
        ("!cellule Bretagne", "CRESS"),
        ("!cellule", "Quelle région ?"),
        ("!sources", "documents"),
        ("!confidentialité", "!oublier"),
        ("!confidentialite", "chiffré"),
        ("!oublier", "Je ne gardais rien de vous."),
        ("!inconnue", "!aide"),
        ("!etat", "réservée aux référents"),
        ("!sans-reponse", "réservée aux référents"),
        ("!reindexer", "réservée aux référents"),
    ],
)
async def test_a_command_is_obeyed(bot: Bot, person: Person, command: str, expected: str) -> None:
    alice = await person("alice")
    room = await direct_room(bot, alice)

    assert expected in await said(bot, alice, room, command)


async def test_a_model_that_reads_the_questions_is_named(account: Account, person: Person) -> None:
    alice = await person("alice")
    llm = account.settings.llm.model_copy(update={"model": "mistralai:petit"})
    named = replace(account, settings=account.settings.model_copy(update={"llm": llm}))
    async with serving(named) as bot:
        room = await direct_room(bot, alice)

        assert "mistralai:petit" in await said(bot, alice, room, "!confidentialite")


async def test_a_card_shows_its_sources(bot: Bot, person: Person) -> None:
    alice = await person("alice")
    room = await direct_room(bot, alice)

    reply = await alice.reply(bot.id, to=await alice.say(room, "!pole NOLA"))

    assert "[1]" in reply["content"]["body"]
    assert "<strong>Sources :</strong>" in reply["content"]["formatted_body"]
    assert reply["content"]["m.mentions"] == {}


async def test_forgetting_erases_what_was_kept_of_a_person_and_of_nobody_else(bot: Bot, person: Person) -> None:
    alice, bob = await person("alice"), await person("bob")
    kept = await bob.say(await direct_room(bot, bob), QUESTION)
    await bob.reply(bot.id, to=kept)
    room = await direct_room(bot, alice)
    asked = await alice.say(room, QUESTION)
    await alice.reply(bot.id, to=asked)

    text = await said(bot, alice, room, "!oublier")

    assert text.startswith("C'est fait : 1 question")
    assert bot.journal.answered("matrix", asked) is False
    assert bot.journal.answered("matrix", kept) is True


async def test_officers_are_told_by_their_ids(account: Account, person: Person) -> None:
    alice, officer = await person("alice"), await person("cress")
    async with serving(account.with_matrix(officers=f"@cress-*:localhost {'@x:autre.example'}")) as bot:
        refused = await alice.say(await direct_room(bot, alice), "Quelle est la recette de la tarte aux pommes ?")
        await alice.reply(bot.id, to=refused)
        room = await direct_room(bot, officer)

        unanswered = await said(bot, officer, room, "!sans-reponse")
        state = await said(bot, officer, room, "!etat")
        helped = await said(bot, officer, room, "!aide")

    assert "tarte aux pommes" in unanswered
    assert "1 refusée" in state
    assert "!reindexer" in helped


async def test_other_peoples_questions_are_shown_in_private_only(account: Account, person: Person) -> None:
    alice, officer = await person("alice"), await person("cress")
    async with serving(account.with_matrix(officers="@cress-*:localhost")) as bot:
        room = await officer.room(bot.id, alice.id)
        await alice.enter(room)
        await officer.joined(room, bot.id, alice.id)

        assert "en direct" in await said(bot, officer, room, "!sans-reponse")


async def test_questions_are_listed_short_and_none_hides_the_next() -> None:
    asked = ["```" + " du code" * 3000, "Quelle est la recette de la tarte ?"]
    kept = [Exchange("1", datetime.now(UTC), "matrix", text, text, "refused", None, "Trop `ancien`.") for text in asked]

    async def unanswered() -> list[Exchange]:
        return kept

    commands = Commands(Settings(), SimpleNamespace(unanswered=unanswered), "ptce")
    said = [said async for said in commands.run("sans-reponse", Asked("@cress:x", "", True, True))]

    lines = said[0].split("\n")
    assert [line.startswith("- ") for line in lines] == [False, True, True]
    assert "du code…" in lines[1]
    assert lines[2].endswith(f"{asked[1]} — Trop 'ancien'.")
    assert "```" not in said[0]
    assert max(map(len, lines)) < 400


async def test_an_officer_can_reindex_and_sees_how_it_ended(account: Account, person: Person) -> None:
    officer = await person("cress")
    async with serving(account.with_matrix(officers="@cress-*:localhost")) as bot:
        room = await direct_room(bot, officer)
        reply = await officer.reply(bot.id, to=await officer.say(room, "!reindexer"))
        await until(lambda: officer.edits(sender=bot.id, of=reply["event_id"]))

    edit = officer.edits(sender=bot.id, of=reply["event_id"])[0]
    assert reply["content"]["body"] == "Réindexation…"
    assert "en service" in edit["content"]["m.new_content"]["body"]


async def test_commands_count_against_the_limits_but_never_what_is_kept_of_a_person(
    account: Account, person: Person
) -> None:
    alice = await person("alice")
    async with serving(account.with_limits(per_user="2/hour", per_room="100/hour")) as bot:
        room = await direct_room(bot, alice)
        told = [await said(bot, alice, room, command) for command in ("!sources", "!aide", "!sources", "!oublier")]

    assert "documents" in told[0]
    assert "!confidentialite" in told[1]
    assert "documents" not in told[2]
    assert told[2].startswith(messages.TOO_MANY.split("{")[0])
    assert told[3] == messages.NOTHING_TO_FORGET
