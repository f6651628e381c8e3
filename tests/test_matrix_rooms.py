"""The Matrix bot against a real homeserver: who is answered, where, and what edits, withdrawals and ratings do."""

import asyncio
import re
from dataclasses import replace
from urllib.parse import quote

import pytest
from fakes.matrix_bot import Account, Bot, Slow, fresh, serving
from fakes.matrix_fixtures import Person
from fakes.matrix_user import PASSWORD, User
from nio import RoomPreset

from bot.matrix.rooms import People
from knowledge.settings import MatrixSettings

pytestmark = pytest.mark.asyncio
QUESTION = "Comment devenir un PTCE ?"
ANSWERED = "Pour devenir un PTCE"
FOLLOW_UP = "Et qui contacter en Bretagne ?"


async def group(bot: Bot, *people: User, **kw) -> str:
    """A room of several people and the bot."""
    first, *others = people
    room = await first.room(bot.id, *(o.id for o in others), **kw)
    for other in others:
        await other.enter(room)
    await first.joined(room, bot.id, *(o.id for o in others))
    return room


async def barrier(bot: Bot, user: User, room: str) -> None:
    """All that was written in the room before has been dealt with when this returns."""
    await user.reply(bot.id, to=await user.say(room, f"!ptce {QUESTION}"))


async def test_a_direct_room_needs_no_mention(bot: Bot, person: Person) -> None:
    alice = await person("alice")
    room = await alice.room(bot.id, direct=True)
    await alice.joined(room, bot.id)

    asked = await alice.say(room, QUESTION)

    reply = await alice.reply(bot.id, to=asked)
    assert ANSWERED in reply["content"]["body"]


async def test_a_first_message_written_before_the_bot_came_in_is_answered(bot: Bot, person: Person) -> None:
    alice = await person("alice")
    room = await alice.room(bot.id, direct=True)

    asked = await alice.say(room, QUESTION)

    assert ANSWERED in (await alice.reply(bot.id, to=asked))["content"]["body"]


async def test_an_answer_is_a_notice_in_a_thread_with_escaped_html_and_no_ring(bot: Bot, person: Person) -> None:
    alice, bob = await person("alice"), await person("bob")
    room = await group(bot, alice, bob)

    asked = await alice.say(room, f"{bot.account.name}: {QUESTION}", mention=[bot.id])

    content = (await alice.reply(bot.id, to=asked))["content"]
    assert content["msgtype"] == "m.notice"
    assert content["m.mentions"] == {}
    assert content["m.relates_to"] == {
        "rel_type": "m.thread",
        "event_id": asked,
        "is_falling_back": True,
        "m.in_reply_to": {"event_id": asked},
    }
    assert content["format"] == "org.matrix.custom.html"
    assert set(re.findall(r"</?([a-z]+)", content["formatted_body"])) <= {"p", "br", "ul", "li", "strong", "a"}
    assert "[1]" in content["body"]
    assert "Sources :" in content["body"]


async def test_who_asks_sees_that_the_bot_has_read_and_writes(account: Account, person: Person) -> None:
    alice = await person("alice")
    slow = Slow(account.assistant)
    async with serving(replace(account, assistant=slow)) as bot:
        room = await group(bot, alice)

        asked = await alice.say(room, QUESTION)

        await alice.until(lambda: {("read", asked), ("typing", bot.id)} <= set(alice.signs))
        slow.may_answer.set()
        await alice.reply(bot.id, to=asked)
        await alice.until(lambda: not alice.client.rooms[room].typing_users)


@pytest.mark.parametrize(
    "calling",
    [
        "@{name} {question}",
        "{id} {question}",
        "{name}: {question}",
        "!ptce {question}",
        "[{name}](https://matrix.to/#/{id}) {question}",
        "{question} @{name}",
    ],
)
async def test_in_a_group_the_bot_answers_who_names_it(bot: Bot, person: Person, calling: str) -> None:
    alice, bob = await person("alice"), await person("bob")
    room = await group(bot, alice, bob)

    asked = await alice.say(room, calling.format(name=bot.account.name, id=bot.id, question=QUESTION))

    assert ANSWERED in (await alice.reply(bot.id, to=asked))["content"]["body"]


async def test_in_a_group_what_is_not_for_the_bot_gets_no_answer(bot: Bot, person: Person) -> None:
    alice, bob = await person("alice"), await person("bob")
    room = await group(bot, alice, bob)

    await alice.say(room, QUESTION)
    await alice.say(room, f"{bob.client.user}: {QUESTION}", mention=[bob.id])
    await alice.say(room, f"@{bot.account.name} {QUESTION}", msgtype="m.notice")
    await alice.say(room, "!autrebot bonjour")
    await barrier(bot, alice, room)

    assert len(alice.replies(sender=bot.id)) == 1


async def test_a_follow_up_in_the_thread_needs_no_mention(bot: Bot, person: Person) -> None:
    alice, bob = await person("alice"), await person("bob")
    room = await group(bot, alice, bob)
    asked = await alice.say(room, "!ptce Qu'est-ce que le PTCE NOLA ?")
    await alice.reply(bot.id, to=asked)

    followed = await alice.say(room, "et combien d'emplois ?", thread=asked)

    reply = await alice.reply(bot.id, to=followed)
    assert reply["content"]["m.relates_to"]["event_id"] == asked
    assert "emplois" in reply["content"]["body"]


async def test_a_reply_to_the_answer_goes_on_in_its_thread(bot: Bot, person: Person) -> None:
    alice, bob = await person("alice"), await person("bob")
    room = await group(bot, alice, bob)
    asked = await alice.say(room, f"!ptce {QUESTION}")
    answer = await alice.reply(bot.id, to=asked)
    relation = {"m.in_reply_to": {"event_id": answer["event_id"]}}

    followed = await bob.say(room, f"> <{bot.id}> Pour devenir\n\n{FOLLOW_UP}", **{"m.relates_to": relation})

    reply = await alice.reply(bot.id, to=followed)
    assert reply["content"]["m.relates_to"]["event_id"] == asked
    assert "CRESS" in reply["content"]["body"]


async def test_people_talking_to_each_other_in_the_thread_are_left_alone(bot: Bot, person: Person) -> None:
    alice, bob = await person("alice"), await person("bob")
    room = await group(bot, alice, bob)
    asked = await alice.say(room, f"!ptce {QUESTION}")
    await alice.reply(bot.id, to=asked)

    await alice.say(room, f"{bob.id} qu'en dis-tu ?", thread=asked, mention=[bob.id])
    await barrier(bot, alice, room)

    assert len(alice.replies(sender=bot.id)) == 2


async def test_a_thread_that_people_began_is_not_the_bots_once_it_was_called_there(bot: Bot, person: Person) -> None:
    alice, bob = await person("alice"), await person("bob")
    room = await group(bot, alice, bob)
    root = await alice.say(room, "Réunion de mardi : vos questions ?")
    asked = await bob.say(room, f"@{bot.account.name} {QUESTION}", thread=root)
    reply = await alice.reply(bot.id, to=asked)

    await alice.say(room, FOLLOW_UP, thread=root)
    await barrier(bot, alice, room)

    assert reply["content"]["m.relates_to"]["event_id"] == root
    assert len(alice.replies(sender=bot.id)) == 2


async def test_a_person_who_was_told_to_wait_may_edit_the_question_later(account: Account, person: Person) -> None:
    alice = await person("alice")
    async with serving(account.with_limits(per_user="1/hour", per_room="100/hour")) as bot:
        room = await group(bot, alice)
        messages = [await alice.say(room, QUESTION) for _ in range(2)]
        told = await alice.reply(bot.id, to=messages[1])
        await asyncio.to_thread(bot.service._limits._limiter.storage.reset)

        await alice.edit(room, messages[1], FOLLOW_UP)
        await alice.until(lambda: len(alice.replies(sender=bot.id, to=messages[1])) == 2)

    assert "Beaucoup de questions" in told["content"]["body"]
    assert "CRESS" in alice.replies(sender=bot.id, to=messages[1])[1]["content"]["body"]


async def test_direct_rooms_without_threads_are_a_setting(account: Account, person: Person) -> None:
    async with serving(account.with_matrix(direct_threads=False)) as bot:
        alice = await person("alice")
        room = await alice.room(bot.id, direct=True)
        asked = await alice.say(room, QUESTION)

        content = (await alice.reply(bot.id, to=asked))["content"]

    assert content["m.relates_to"] == {"m.in_reply_to": {"event_id": asked}}


async def test_an_edited_question_edits_its_answer(bot: Bot, person: Person) -> None:
    alice, bob = await person("alice"), await person("bob")
    room = await group(bot, alice, bob)
    asked = await alice.say(room, "!ptce Qu'est-ce que le PTCE NOLA ?")
    answer = await alice.reply(bot.id, to=asked)

    await alice.edit(room, asked, f"!ptce {QUESTION}")
    await bob.edit(room, asked, "!ptce Qui contacter en Bretagne ?")
    await alice.until(lambda: alice.edits(sender=bot.id, of=answer["event_id"]))
    await barrier(bot, alice, room)

    edits = alice.edits(sender=bot.id, of=answer["event_id"])
    assert [ANSWERED in e["content"]["m.new_content"]["body"] for e in edits] == [True]
    assert len(alice.replies(sender=bot.id, to=asked)) == 1


async def test_a_message_that_an_edit_addresses_to_the_bot_is_answered(bot: Bot, person: Person) -> None:
    alice, bob = await person("alice"), await person("bob")
    room = await group(bot, alice, bob)
    asked = await alice.say(room, QUESTION)

    await alice.edit(room, asked, f"@{bot.account.name} {QUESTION}")

    assert ANSWERED in (await alice.reply(bot.id, to=asked))["content"]["body"]


async def test_a_withdrawn_question_withdraws_its_answer(bot: Bot, person: Person) -> None:
    alice, bob = await person("alice"), await person("bob")
    room = await group(bot, alice, bob)
    asked = await alice.say(room, f"!ptce {QUESTION}")
    answer = await alice.reply(bot.id, to=asked)

    await alice.client.room_redact(room, asked)

    await alice.until(lambda: redacted(alice, answer["event_id"]))
    assert bot.journal.answered("matrix", asked) is False


def redacted(user: User, event_id: str) -> bool:
    redactions = [e for e in user.seen if e["type"] == "m.room.redaction"]
    return any(event_id in (e.get("redacts"), e["content"].get("redacts")) for e in redactions)


@pytest.mark.parametrize(("key", "useful"), [("👍", True), ("👎🏽", False)])
async def test_a_reaction_to_the_answer_is_kept(bot: Bot, person: Person, key: str, useful: bool) -> None:
    alice, bob = await person("alice"), await person("bob")
    room = await group(bot, alice, bob)
    asked = await alice.say(room, f"!ptce {QUESTION}")
    answer = await alice.reply(bot.id, to=asked)

    await alice.react(room, answer["event_id"], "🎉")
    await alice.react(room, answer["event_id"], key)
    await alice.until(lambda: rating(bot) is not None)

    assert rating(bot) is useful


async def test_a_reaction_that_is_taken_back_is_no_longer_kept(bot: Bot, person: Person) -> None:
    alice, bob = await person("alice"), await person("bob")
    room = await group(bot, alice, bob)
    answer = await alice.reply(bot.id, to=await alice.say(room, f"!ptce {QUESTION}"))
    first = await alice.react(room, answer["event_id"], "👍")
    await alice.until(lambda: rating(bot) is True)
    second = await alice.react(room, answer["event_id"], "👎")
    await alice.until(lambda: rating(bot) is False)

    await alice.client.room_redact(room, first)
    # By the time this is answered, the redaction was dealt with.
    await bob.reply(bot.id, to=await bob.say(room, "!ptce Qu'est-ce que NOLA ?"))
    still = rating(bot)
    await alice.client.room_redact(room, second)
    await alice.until(lambda: rating(bot) is None)

    assert still is False
    assert await bot.service.answer(bot.journal.exchange_of("matrix", answer["event_id"])) is not None


def rating(bot: Bot) -> bool | None:
    rows = bot.journal._rows("SELECT useful FROM exchanges", ())
    return None if rows[0][0] is None else bool(rows[0][0])


async def test_fifty_people_asking_at_once_are_all_answered_once(bot: Bot, person: Person) -> None:
    alice, synapse = await person("alice"), bot.account.synapse
    room = await alice.room(bot.id, preset=RoomPreset.public_chat)
    await alice.joined(room, bot.id)
    tokens = [synapse.register(fresh("foule"), PASSWORD)["access_token"] for _ in range(50)]
    for token in tokens:
        synapse.request("POST", f"/_matrix/client/v3/join/{quote(room)}", {}, token)

    def ask(token: str) -> str:
        text = QUESTION if token in tokens[::3] else "Bonjour"
        path = f"/_matrix/client/v3/rooms/{quote(room)}/send/m.room.message/1"
        return synapse.request("PUT", path, {"msgtype": "m.text", "body": f"!ptce {text}"}, token)["event_id"]

    asked = await asyncio.gather(*(asyncio.to_thread(ask, token) for token in tokens))
    await alice.until(lambda: len(alice.replies(sender=bot.id)) >= len(asked))
    await barrier(bot, alice, room)

    roots = [reply["content"]["m.relates_to"]["event_id"] for reply in alice.replies(sender=bot.id)]
    assert sorted(roots[:-1]) == sorted(asked)


async def test_an_invitation_from_a_stranger_is_refused(account: Account, person: Person) -> None:
    async with serving(account.with_matrix(allowed_servers="autre.example", allowed_users="@ami-*:localhost")) as bot:
        stranger, friend = await person("inconnu"), await person("ami")

        refused = await stranger.room(bot.id, direct=True)
        await stranger.until(lambda: bot.id not in stranger.client.rooms[refused].users)
        accepted = await friend.room(bot.id, direct=True)
        await friend.joined(accepted, bot.id)

        assert bot.rooms() == [accepted]


async def test_whoever_is_listed_is_obeyed_whatever_separates_the_list() -> None:
    people = People(MatrixSettings(allowed_servers="a.fr, b.fr", officers="@ana:a.fr, @*-pref:b.fr"))

    assert [people.may_invite(f"@x:{server}", "c.fr") for server in ("a.fr", "b.fr", "c.fr")] == [True, True, False]
    assert [people.is_officer(user) for user in ("@ana:a.fr", "@bob-pref:b.fr", "@bob:b.fr")] == [True, True, False]


async def test_a_room_that_everyone_left_is_left(bot: Bot, person: Person) -> None:
    alice = await person("alice")
    room = await alice.room(bot.id, direct=True)
    await alice.joined(room, bot.id)

    await alice.client.room_leave(room)

    await alice.until(lambda: bot.rooms() == [])
