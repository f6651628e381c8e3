"""The Matrix bot in encrypted rooms of a real homeserver: its device is vouched for, no message is silently lost."""

import json
import logging

import pytest
from fakes.matrix_bot import Account, Bot, serving
from fakes.matrix_fixtures import Person
from fakes.matrix_user import ENCRYPTION, PASSWORD, PATIENCE_SECONDS, User, until
from nio.crypto import OutboundGroupSession

from bot.matrix import conversation as matrix_conversation
from bot.matrix.client import MatrixClient
from bot.matrix.keys import IDENTITY_FILE, SigningKey, canonical

pytestmark = pytest.mark.asyncio
QUESTION = "Comment devenir un PTCE ?"
ANSWERED = "Pour devenir un PTCE"
UNREADABLE = "Je ne peux pas déchiffrer"


async def encrypted_room(bot: Bot, user: User) -> str:
    room = await user.room(bot.id, encrypted=True, direct=True)
    await user.joined(room, bot.id)
    return room


async def room_of_three(bot: Bot, host: User, guest: User) -> str:
    room = await host.room(bot.id, guest.id, encrypted=True)
    await guest.enter(room)
    await host.joined(room, bot.id, guest.id)
    return room


async def is_answered(bot: Bot, user: User, room: str) -> bool:
    """Whether a question gets its answer, encrypted if the room is."""
    reply = await user.reply(bot.id, to=await user.say(room, QUESTION))
    assert reply["decrypted"] is user.client.rooms[room].encrypted
    return ANSWERED in reply["content"]["body"]


def published(account: Account, user: User) -> dict:
    """What the homeserver tells others of the bot's keys."""
    body = {"device_keys": {account.id: []}}
    return account.synapse.request("POST", "/_matrix/client/v3/keys/query", body, user.client.access_token)


def signers(account: Account, user: User) -> dict[str, list[str]]:
    """The devices of the bot's account, each with whose valid signature of the account it carries."""
    from Crypto.PublicKey import ECC
    from Crypto.Signature import eddsa

    known = published(account, user)
    master = next(iter(known["master_keys"][account.id]["keys"].values()))
    self_signing = known["self_signing_keys"][account.id]
    chain = {"master": (master, self_signing), "self_signing": (next(iter(self_signing["keys"].values())), None)}

    def valid(public: str, signed: dict) -> bool:
        signature = signed["signatures"][account.id].get(f"ed25519:{public}")
        key = ECC.import_key(_ed25519_der(public))
        try:
            eddsa.new(key, "rfc8032").verify(canonical(signed), _decoded(signature or ""))
        except ValueError:
            return False
        return True

    assert valid(*chain["master"])
    devices = known["device_keys"][account.id]
    return {name: ["self_signing"] if valid(chain["self_signing"][0], d) else [] for name, d in devices.items()}


def _decoded(text: str) -> bytes:
    import base64

    return base64.b64decode(text + "=" * (-len(text) % 4))


def _ed25519_der(public: str) -> bytes:
    return bytes.fromhex("302a300506032b6570032100") + _decoded(public)


def session(account: Account) -> dict:
    return json.loads((account.store / "session.json").read_text())


async def test_a_question_in_an_encrypted_room_gets_an_encrypted_answer(bot: Bot, person: Person) -> None:
    alice = await person("alice")
    room = await encrypted_room(bot, alice)

    assert await is_answered(bot, alice, room)


async def test_the_device_is_signed_by_its_account_and_stays_so_after_a_restart(
    account: Account, person: Person
) -> None:
    alice = await person("alice")
    async with serving(account) as bot:
        room = await encrypted_room(bot, alice)
        assert await is_answered(bot, alice, room)
        before = signers(account, alice)

    async with serving(account) as bot:
        assert await is_answered(bot, alice, room)
        after = signers(account, alice)

    assert list(before.values()) == [["self_signing"]]
    assert after == before


async def test_keys_and_session_are_for_their_owner_only(bot: Bot) -> None:
    modes = {path.name: path.stat().st_mode & 0o777 for path in bot.account.store.iterdir()}

    assert set(modes.values()) == {0o600}
    assert {IDENTITY_FILE, "session.json"} < set(modes)
    assert bot.account.store.stat().st_mode & 0o777 == 0o700


async def test_a_lost_store_means_a_new_device_that_is_signed_too(
    account: Account, person: Person, caplog: pytest.LogCaptureFixture
) -> None:
    alice = await person("alice")
    async with serving(account) as bot:
        room = await encrypted_room(bot, alice)
        assert await is_answered(bot, alice, room)
    lost = session(account)["device_id"]
    for path in account.store.iterdir():
        path.unlink()

    async with serving(account) as bot:
        assert await is_answered(bot, alice, room)

    assert session(account)["device_id"] != lost
    assert signers(account, alice)[session(account)["device_id"]] == ["self_signing"]
    assert "already exists" not in caplog.text


async def test_a_lost_database_alone_means_a_new_device_with_the_same_signing_keys(
    account: Account, person: Person
) -> None:
    alice = await person("alice")
    async with serving(account) as bot:
        room = await encrypted_room(bot, alice)
    before = published(account, alice)["master_keys"]
    next(account.store.glob("*.db")).unlink()

    async with serving(account) as bot:
        assert await is_answered(bot, alice, room)

    assert published(account, alice)["master_keys"] == before
    assert signers(account, alice)[session(account)["device_id"]] == ["self_signing"]


def use_up_keys(account: Account, user: User) -> None:
    """What fifty new devices do when they first write to the bot's rooms."""
    wanted = {"one_time_keys": {account.id: {session(account)["device_id"]: "signed_curve25519"}}}
    claim = ("POST", "/_matrix/client/v3/keys/claim", wanted, user.client.access_token)
    while account.synapse.request(*claim)["one_time_keys"]:
        pass


async def test_one_time_keys_that_ran_out_while_the_bot_was_away_are_made_again(
    account: Account, person: Person
) -> None:
    alice = await person("alice")
    async with serving(account) as bot:
        await alice.joined(await alice.room(bot.id, direct=True), bot.id)
    use_up_keys(account, alice)

    async with serving(account) as bot:
        assert await is_answered(bot, alice, await encrypted_room(bot, alice))


async def test_a_database_restored_from_a_backup_still_makes_keys_that_newcomers_can_use(
    account: Account, person: Person
) -> None:
    alice, bob = await person("alice"), await person("bob")
    async with serving(account):
        database = next(account.store.glob("*.db"))
    backup = database.read_bytes()
    use_up_keys(account, alice)
    async with serving(account) as bot:
        assert await is_answered(bot, alice, await encrypted_room(bot, alice))
    database.write_bytes(backup)
    use_up_keys(account, alice)

    async with serving(account) as bot:
        assert await is_answered(bot, bob, await encrypted_room(bot, bob))


@pytest.mark.parametrize("received", [False, True], ids=["before it is received", "before that is known"])
async def test_someone_who_joins_while_the_room_key_is_shared_can_read_her_reply(
    bot: Bot, person: Person, monkeypatch: pytest.MonkeyPatch, received: bool
) -> None:
    alice, bob = await person("alice"), await person("bob")
    room = await alice.room(bot.id, encrypted=True)
    await alice.joined(room, bot.id)
    sending = MatrixClient._send

    def knows_bob(client: MatrixClient) -> bool:
        return any(client.device_store.active_user_devices(bob.id))

    async def join_meanwhile(client: MatrixClient, response_class: type, method: str, path: str, *args, **kw):
        sent = await sending(client, response_class, method, path, *args, **kw) if received else None
        if "/sendToDevice/m.room.encrypted" in path and not knows_bob(client):
            await alice.client.room_invite(room, bob.id)
            await bob.enter(room)
            await until(lambda: knows_bob(client))
        return sent or await sending(client, response_class, method, path, *args, **kw)

    monkeypatch.setattr(MatrixClient, "_send", join_meanwhile)
    asked = await alice.say(room, f"{bot.account.name}: {QUESTION}", mention=[bot.id])
    assert ANSWERED in (await alice.reply(bot.id, to=asked))["content"]["body"]

    asked = await bob.say(room, f"{bot.account.name}: {QUESTION}", mention=[bot.id])

    assert ANSWERED in (await bob.reply(bot.id, to=asked))["content"]["body"]


async def test_who_leaves_while_the_room_key_is_shared_does_not_keep_it(
    bot: Bot, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob = await person("alice"), await person("bob")
    room = await room_of_three(bot, alice, bob)
    sending = MatrixClient._send
    keys: list[OutboundGroupSession] = []

    async def leave_meanwhile(client: MatrixClient, response_class: type, method: str, path: str, *args, **kw):
        if "/sendToDevice/m.room.encrypted" in path:
            keys.append(client.olm.outbound_group_sessions[room])
            if len(keys) == 1:
                await bob.client.room_leave(room)
                await until(lambda: bob.id not in client.rooms[room].users)
        return await sending(client, response_class, method, path, *args, **kw)

    monkeypatch.setattr(MatrixClient, "_send", leave_meanwhile)
    asked = await alice.say(room, f"{bot.account.name}: {QUESTION}", mention=[bot.id])
    reply = await alice.reply(bot.id, to=asked)

    assert ANSWERED in reply["content"]["body"]
    assert {user for user, _ in keys[-1].users_shared_with} == {alice.id}


async def test_a_device_without_one_time_keys_is_asked_once_for_some(
    bot: Bot, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice, bob = await person("alice"), await person("bob")
    room = await room_of_three(bot, alice, bob)
    sending = MatrixClient._send
    claims: list[str] = []

    async def without_keys_of_bob(client: MatrixClient, response_class: type, method: str, path: str, *args, **kw):
        if "/keys/claim" in path:
            claims.append(path)
            args = (args[0].replace(bob.id, f"{bob.id}.absent"), *args[1:])
        return await sending(client, response_class, method, path, *args, **kw)

    monkeypatch.setattr(MatrixClient, "_send", without_keys_of_bob)
    for _ in range(3):
        asked = await alice.say(room, f"{bot.account.name}: {QUESTION}", mention=[bot.id])
        assert ANSWERED in (await alice.reply(bot.id, to=asked))["content"]["body"]

    assert len(claims) == 1


async def test_encryption_switched_on_later_is_followed(bot: Bot, person: Person) -> None:
    alice = await person("alice")
    room = await alice.room(bot.id, direct=True)
    await alice.joined(room, bot.id)
    assert await is_answered(bot, alice, room)

    await alice.client.room_put_state(room, ENCRYPTION["type"], ENCRYPTION["content"])
    await alice.until(lambda: alice.client.rooms[room].encrypted)

    assert await is_answered(bot, alice, room)


async def test_a_key_that_comes_a_moment_late_costs_no_answer(
    bot: Bot, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matrix_conversation, "PATIENCE", PATIENCE_SECONDS)
    alice = await person("alice")
    room = await encrypted_room(bot, alice)
    alice.client.holding_keys = True
    asked = await alice.say(room, QUESTION)
    barrier = await person("bob")
    await is_answered(bot, barrier, await encrypted_room(bot, barrier))

    await alice.client.release_keys()

    assert ANSWERED in (await alice.reply(bot.id, to=asked))["content"]["body"]
    assert len(alice.replies(sender=bot.id)) == 1


async def test_a_message_without_its_key_is_said_once_per_thread_and_answered_when_the_key_comes(
    bot: Bot, person: Person, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matrix_conversation, "PATIENCE", 0.5)
    caplog.set_level(logging.WARNING, "bot")
    alice = await person("alice")
    room = await encrypted_room(bot, alice)
    alice.client.holding_keys = True

    first = await alice.say(room, QUESTION)
    second = await alice.say(room, "Qui contacter en Bretagne ?", thread=first)
    third = await alice.say(room, "Et à La Réunion ?", thread=first)
    await alice.until(lambda: alice.replies(sender=bot.id))
    await alice.client.release_keys()
    answers = [await answer_to(bot, alice, asked) for asked in (first, second, third)]

    told = [r for r in alice.replies(sender=bot.id) if UNREADABLE in r["content"]["body"]]
    assert len(told) == 1
    assert ANSWERED in answers[0]["content"]["body"]
    assert len(alice.replies(sender=bot.id)) == 4
    assert "indéchiffrable" in caplog.text


async def answer_to(bot: Bot, user: User, asked: str) -> dict:
    def answers() -> list[dict]:
        return [r for r in user.replies(sender=bot.id, to=asked) if UNREADABLE not in r["content"]["body"]]

    await user.until(answers)
    return answers()[0]


async def test_an_edit_in_an_encrypted_room_edits_the_answer(bot: Bot, person: Person) -> None:
    alice = await person("alice")
    room = await encrypted_room(bot, alice)
    asked = await alice.say(room, "Qu'est-ce que le PTCE NOLA ?")
    answer = await alice.reply(bot.id, to=asked)

    await alice.edit(room, asked, QUESTION)
    await alice.until(lambda: alice.edits(sender=bot.id, of=answer["event_id"]))

    edit = alice.edits(sender=bot.id, of=answer["event_id"])[0]
    assert edit["decrypted"]
    assert ANSWERED in edit["content"]["m.new_content"]["body"]


async def test_an_account_already_signed_elsewhere_gets_the_keys_of_this_store(
    account: Account, person: Person, tmp_path
) -> None:
    alice = await person("alice")
    other = await person("autre")
    foreign = SigningKey(b"x" * 32)
    login = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": account.name},
        "password": PASSWORD,
    }
    token = account.synapse.request("POST", "/_matrix/client/v3/login", login)["access_token"]
    master = {"user_id": account.id, "usage": ["master"], "keys": {foreign.id: foreign.public}}
    account.synapse.request("POST", "/_matrix/client/v3/keys/device_signing/upload", {"master_key": master}, token)
    assert foreign.id in published(account, other)["master_keys"][account.id]["keys"]

    async with serving(account):
        devices = signers(account, alice)

    assert devices[session(account)["device_id"]] == ["self_signing"]
