"""Who is told that a message can't be decrypted, and when again; no homeserver needed."""

import pytest
from nio import MegolmEvent

from bot.matrix.pending import TOLD_AGAIN, Pending

pytestmark = pytest.mark.asyncio
ROOM, ALICE, BOB = "!salon:x", "@alice:x", "@bob:x"


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Client:
    """Asks nobody for keys."""

    async def request_room_key(self, event: MegolmEvent) -> None:
        pass


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pending(clock: Clock) -> Pending:
    return Pending(Client(), clock)


def unreadable(name: str, sender: str, thread: str | None) -> MegolmEvent:
    relation = {"rel_type": "m.thread", "event_id": thread} if thread else {}
    source = {
        "event_id": name,
        "sender": sender,
        "origin_server_ts": 1,
        "type": "m.room.encrypted",
        "content": {"m.relates_to": relation},
    }
    event = MegolmEvent(source, "cle", "session", "secret", "m.megolm.v1.aes-sha2")
    event.room_id = ROOM
    return event


async def told(pending: Pending, name: str, sender: str = ALICE, thread: str | None = None) -> bool:
    """Whether the sender of an unreadable message of that name is told so."""
    event = unreadable(name, sender, thread)
    await pending.add(event)
    return pending.is_to_be_told(event)


async def test_a_person_is_told_once_in_a_room_and_once_in_a_thread(pending: Pending) -> None:
    asked = [("$1", None), ("$2", None), ("$3", "$1"), ("$4", "$fil"), ("$5", "$fil")]

    assert [await told(pending, name, thread=thread) for name, thread in asked] == [True, False, False, True, False]
    assert await told(pending, "$6", BOB)


@pytest.mark.parametrize("thread", [None, "$fil"])
async def test_a_person_is_told_again_after_a_while(pending: Pending, clock: Clock, thread: str | None) -> None:
    await told(pending, "$1", thread=thread)
    clock.now += TOLD_AGAIN - 1
    soon = await told(pending, "$2", thread=thread)
    clock.now += 1

    assert not soon
    assert await told(pending, "$3", thread=thread)
    assert not await told(pending, "$4", thread=thread)


async def test_a_person_who_was_understood_since_is_told_again(pending: Pending) -> None:
    for sender in (ALICE, BOB):
        await told(pending, f"$1-{sender}", sender)

    pending.understood(ROOM, unreadable("$lu", ALICE, None))

    assert await told(pending, "$2")
    assert not await told(pending, "$3", BOB)


async def test_a_person_who_was_understood_in_a_thread_since_is_told_again_there(pending: Pending) -> None:
    for thread in ("$fil", "$autre"):
        await told(pending, f"$1-{thread}", thread=thread)

    pending.understood(ROOM, unreadable("$lu", ALICE, "$fil"))

    assert await told(pending, "$2", thread="$fil")
    assert not await told(pending, "$3", thread="$autre")
