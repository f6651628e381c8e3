"""The Matrix bot over time: restarts, outages, limits, lost logins; nothing old is answered, nothing twice."""

import asyncio
import json
import logging
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import IO

import pytest
from conftest import Bundled
from fakes.matrix_bot import Account, Bot, Slow, secrets, serving
from fakes.matrix_fixtures import Person
from fakes.matrix_proxy import proxy
from fakes.matrix_user import PASSWORD, User, until
from fakes.synapse import free_port
from support import finish, start_ptce

from bot.channel import ChannelError
from bot.matrix.channel import MatrixChannel
from bot.matrix.client import SYNC_FILTER
from knowledge.configuration import MATRIX_PASSWORD, MATRIX_TOKEN
from knowledge.settings import MatrixSettings

pytestmark = pytest.mark.asyncio
QUESTION = "Comment devenir un PTCE ?"
ANSWERED = "Pour devenir un PTCE"


async def direct_room(account: Account, user: User) -> str:
    room = await user.room(account.id, direct=True)
    await user.joined(room, account.id)
    return room


async def answer(account: Account, user: User, room: str) -> str:
    reply = await user.reply(account.id, to=await user.say(room, QUESTION))
    return reply["content"]["body"]


def login(account: Account) -> str:
    """A new session of the bot's account, as someone makes one in a browser; its token."""
    identifier = {"type": "m.id.user", "user": account.name}
    body = {"type": "m.login.password", "identifier": identifier, "password": PASSWORD}
    return account.synapse.request("POST", "/_matrix/client/v3/login", body)["access_token"]


def session(account: Account) -> dict:
    return json.loads((account.store / "session.json").read_text())


def revoke(account: Account) -> None:
    account.synapse.request("POST", "/_matrix/client/v3/logout", {}, session(account)["access_token"])


async def test_what_was_written_before_the_start_is_never_answered(account: Account, person: Person) -> None:
    alice = await person("alice")
    room = await alice.room(account.id, direct=True)
    await alice.say(room, "Un message d'avant l'arrivée de l'assistant")

    async with serving(account):
        await alice.joined(room, account.id)
        await answer(account, alice, room)

    assert len(alice.replies(sender=account.id)) == 1


async def test_nothing_is_answered_twice_after_a_restart_and_nothing_written_meanwhile(
    account: Account, person: Person
) -> None:
    alice = await person("alice")
    async with serving(account):
        room = await direct_room(account, alice)
        await answer(account, alice, room)
    await alice.say(room, "Un message pendant l'arrêt")

    async with serving(account):
        await answer(account, alice, room)

    assert len(alice.replies(sender=account.id)) == 2


async def test_the_history_of_a_room_is_not_for_who_was_invited_later(bot: Bot, person: Person) -> None:
    alice = await person("alice")
    room = await alice.room()
    await alice.say(room, f"!ptce {QUESTION}")

    await alice.client.room_invite(room, bot.id)
    asked = await alice.say(room, f"!ptce {QUESTION}")
    await alice.reply(bot.id, to=asked)
    await answer(bot.account, alice, room)

    assert len(alice.replies(sender=bot.id)) == 2


async def test_what_one_sync_can_not_hold_is_fetched(
    account: Account, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SYNC_FILTER["room"], "timeline", {"limit": 1})
    alice = await person("alice")
    async with serving(account) as bot:
        room = await direct_room(account, alice)
        await answer(account, alice, room)
        asked = await asyncio.gather(*(alice.say(room, QUESTION) for _ in range(12)))
        for message in asked:
            await alice.reply(bot.id, to=message)
        await answer(account, alice, room)

    assert len(alice.replies(sender=bot.id)) == 14


async def test_an_answer_in_the_making_is_sent_before_the_bot_stops(account: Account, person: Person) -> None:
    alice = await person("alice")
    slow = Slow(account.assistant)
    async with serving(replace(account, assistant=slow)) as bot:
        room = await direct_room(account, alice)
        asked = await alice.say(room, QUESTION)
        await asyncio.to_thread(slow.asked.wait)
        stopping = asyncio.create_task(bot.channel.stop())
        slow.may_answer.set()
        await stopping

    assert ANSWERED in (await alice.reply(bot.id, to=asked))["content"]["body"]


async def test_a_homeserver_that_stops_and_starts_again_is_waited_for(
    bot: Bot, person: Person, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "bot")
    alice = await person("alice")
    room = await direct_room(bot.account, alice)
    await answer(bot.account, alice, room)

    bot.account.synapse.stop()
    await until(lambda: "ne répond pas" in caplog.text)
    bot.account.synapse.start()

    assert ANSWERED in await answer(bot.account, alice, room)
    await until(lambda: "répond à nouveau" in caplog.text)
    assert caplog.text.count("ne répond pas") == 1
    assert not bot.running.done()


async def test_a_message_whose_acknowledgement_was_lost_is_not_sent_twice(account: Account, person: Person) -> None:
    alice = await person("alice")
    async with proxy(account.synapse.url) as before, serving(account.with_matrix(homeserver=before.url)):
        room = await direct_room(account, alice)
        before.lose = 2
        first = await answer(account, alice, room)
        await answer(account, alice, room)

    assert ANSWERED in first
    assert before.refused == 2
    assert len(alice.replies(sender=account.id)) == 2


async def test_a_proxy_in_trouble_is_waited_for_without_haste(
    account: Account, person: Person, caplog: pytest.LogCaptureFixture
) -> None:
    alice = await person("alice")
    async with proxy(account.synapse.url) as before, serving(account.with_matrix(homeserver=before.url)) as bot:
        room = await direct_room(account, alice)
        before.down = True
        # Ends the request that is waiting, so that the next one meets the trouble.
        await alice.say(room, QUESTION)
        await until(lambda: before.refused >= 3)
        before.down = False
        await until(lambda: alice.replies(sender=bot.id))

    assert caplog.text.count("ne répond pas") == 1


async def test_a_server_in_trouble_at_the_start_is_no_wrong_password(account: Account) -> None:
    async with proxy(account.synapse.url) as before:
        before.down = True

        with pytest.raises(ConnectionError):
            async with serving(account.with_matrix(homeserver=before.url)):
                pass


async def test_a_bot_that_finds_no_server_can_be_stopped(account: Account, bundled: Bundled, tmp_path: Path) -> None:
    env = bundled.env | {
        MATRIX_PASSWORD: PASSWORD,
        "PTCE_MATRIX__HOMESERVER": f"http://127.0.0.1:{free_port()}",
        "PTCE_MATRIX__USER": account.id,
    }
    process = await asyncio.to_thread(start_ptce, "serve", "matrix", env=env, cwd=tmp_path)

    lines = await asyncio.to_thread(lines_until, process.stderr, "ne répond pas")
    os.kill(process.pid, signal.SIGTERM)
    result = await asyncio.to_thread(finish, process)

    assert result.code == 0, lines + result.err
    assert "Traceback" not in lines + result.err


def lines_until(stream: IO[bytes], wanted: str) -> str:
    read = ""
    while wanted not in read:
        line = stream.readline().decode()
        assert line, f"ended without {wanted!r}:\n{read}"
        read += line
    return read


async def test_a_revoked_login_ends_the_bot_with_its_cure_and_a_new_device_takes_over(
    account: Account, person: Person
) -> None:
    alice = await person("alice")
    async with serving(account) as bot:
        room = await direct_room(account, alice)
        device = session(account)["device_id"]
        revoke(account)
        await until(bot.running.done)
    ended = bot.running.exception()

    async with serving(account):
        assert ANSWERED in await answer(account, alice, room)

    assert isinstance(ended, ChannelError)
    assert MATRIX_PASSWORD in ended.cure
    assert session(account)["device_id"] != device


async def test_a_wrong_password_is_said(account: Account) -> None:
    with pytest.raises(ChannelError, match="refuse la connexion"):
        async with serving(account, **{MATRIX_PASSWORD: "faux"}):
            pass


async def test_an_access_token_is_enough(account: Account, person: Person) -> None:
    alice = await person("alice")
    token = {MATRIX_TOKEN: login(account)}

    async with serving(account, **token):
        room = await alice.room(account.id, direct=True, encrypted=True)
        await alice.joined(room, account.id)
        first = await answer(account, alice, room)
    async with serving(account, **token):
        second = await answer(account, alice, room)

    assert first == second
    assert ANSWERED in first


async def test_a_token_whose_keys_are_lost_is_refused_with_its_cure(account: Account) -> None:
    token = {MATRIX_TOKEN: login(account)}
    async with serving(account, **token):
        pass
    for path in account.store.iterdir():
        path.unlink()

    with pytest.raises(ChannelError, match="ne sont pas dans le dossier"):
        async with serving(account, **token):
            pass


async def test_a_token_of_somebody_else_is_refused(account: Account, person: Person) -> None:
    mallory = await person("mallory")

    with pytest.raises(ChannelError, match="d'un autre compte"):
        async with serving(account, **{MATRIX_TOKEN: mallory.client.access_token}):
            pass


async def test_a_homeserver_that_asks_to_wait_is_waited_for(
    bot: Bot, person: Person, caplog: pytest.LogCaptureFixture
) -> None:
    alice = await person("alice")
    rooms = [await direct_room(bot.account, alice) for _ in range(3)]
    admin = bot.account.synapse.admin
    limit = f"/_synapse/admin/v1/users/{bot.id}/override_ratelimit"
    bot.account.synapse.request("POST", limit, {"messages_per_second": 1, "burst_count": 1}, admin)

    asked = [await alice.say(room, QUESTION) for room in rooms]
    replies = [await alice.reply(bot.id, to=message) for message in asked]

    assert all(ANSWERED in reply["content"]["body"] for reply in replies)
    assert "demande d'attendre" in caplog.text


async def test_our_own_limit_is_said_once(account: Account, person: Person) -> None:
    alice, bob = await person("alice"), await person("bob")
    async with serving(account.with_limits(per_user="1/hour", per_room="100/hour")) as bot:
        room = await direct_room(account, alice)
        first = await alice.reply(bot.id, to=await alice.say(room, QUESTION))
        second = await alice.reply(bot.id, to=await alice.say(room, QUESTION))
        await alice.say(room, QUESTION)
        await answer(account, bob, await direct_room(account, bob))

    assert ANSWERED in first["content"]["body"]
    assert "Beaucoup de questions" in second["content"]["body"]
    assert len(alice.replies(sender=bot.id)) == 2


async def test_two_processes_never_share_an_account(bot: Bot) -> None:
    with secrets():
        other = MatrixChannel(bot.account.settings, bot.service)

    with pytest.raises(ChannelError, match="Un autre processus"):
        await other.run()


@pytest.mark.parametrize(
    ("settings", "values", "fault"),
    [
        ({"homeserver": "exemple.org"}, {}, "matrix.homeserver"),
        ({"user": ""}, {}, "se connecter"),
        ({}, {MATRIX_PASSWORD: ""}, "se connecter"),
        ({"officers": "@*"}, {}, "matrix.officers"),
        ({"allowed_users": "alice:exemple.org"}, {}, "matrix.allowed_users"),
    ],
)
async def test_settings_that_can_not_work_are_refused_at_once(
    bundled: Bundled, settings: dict, values: dict, fault: str
) -> None:
    given = {"homeserver": "https://exemple.org", "user": "@assistant:exemple.org"} | settings
    changed = bundled.settings.model_copy(update={"matrix": MatrixSettings(**given)})

    with secrets(**values), pytest.raises(ChannelError, match=fault) as refused:
        MatrixChannel(changed, None)

    assert refused.value.cure


async def test_the_command_serves_until_sigterm(
    account: Account, bundled: Bundled, person: Person, tmp_path: Path
) -> None:
    alice = await person("alice")
    env = bundled.env | {
        MATRIX_PASSWORD: PASSWORD,
        "PTCE_MATRIX__HOMESERVER": account.synapse.url,
        "PTCE_MATRIX__USER": account.id,
    }
    process = await asyncio.to_thread(start_ptce, "serve", "matrix", env=env, cwd=tmp_path)
    try:
        text = await answer(account, alice, await direct_room(account, alice))
    finally:
        os.kill(process.pid, signal.SIGTERM)
        result = await asyncio.to_thread(finish, process)

    assert ANSWERED in text
    assert result.code == 0, result.err
    assert f"connecté comme {account.id}" in result.err
    assert "Traceback" not in result.err
    assert PASSWORD not in result.err
