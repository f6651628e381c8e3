"""What matrix-nio's client is taught, without a homeserver: in which order it asks for keys and sends."""

from pathlib import Path

import pytest
from nio import MatrixRoom, RoomSendResponse

from bot.matrix.client import MatrixClient

pytestmark = pytest.mark.asyncio
ROOM, BOT, NEWCOMER, STRANGER = "!salon:x", "@bot:x", "@nouvelle:x", "@ailleurs:x"


class Recording(MatrixClient):
    """Sends nothing, and remembers what it would have asked of the homeserver."""

    def __init__(self, folder: Path, encrypted: bool, unknown: set[str]) -> None:
        super().__init__("http://localhost", BOT, str(folder))
        self.restore_login(BOT, "APPAREIL", "jeton")
        self.done: list[str] = []
        self.unknown = unknown
        room = MatrixRoom(ROOM, BOT, encrypted=encrypted)
        for user in (BOT, NEWCOMER):
            room.add_member(user, user, None)
        room.members_synced = True
        self.rooms[ROOM] = room

    @property
    def users_for_key_query(self) -> set[str]:
        return self.unknown

    async def keys_query(self) -> None:
        self.done.append("keys_query")
        self.unknown = set()

    async def share_group_session(self, room_id: str, **kw) -> None:
        self.done.append("share")
        self.olm.create_outbound_group_session(room_id)
        self.olm.outbound_group_sessions[room_id].shared = True

    async def room_send(self, *args, **kw) -> RoomSendResponse:
        self.done.append("room_send")
        return RoomSendResponse("$1", ROOM)


@pytest.mark.parametrize(
    ("encrypted", "unknown", "done"),
    [
        (True, {NEWCOMER}, ["keys_query", "share", "room_send", "room_send"]),
        (True, {STRANGER}, ["share", "room_send", "room_send"]),
        (True, set(), ["share", "room_send", "room_send"]),
        (False, {NEWCOMER}, ["room_send", "room_send"]),
    ],
)
async def test_a_reply_waits_for_the_devices_of_who_just_joined(
    tmp_path: Path, encrypted: bool, unknown: set[str], done: list[str]
) -> None:
    client = Recording(tmp_path, encrypted, unknown)

    for _ in range(2):
        assert await client.deliver(ROOM, "m.room.message", {"body": "Bonjour"}) == "$1"

    assert client.done == done
    await client.close()


async def test_devices_that_were_just_asked_for_are_not_asked_for_again(tmp_path: Path) -> None:
    client = MatrixClient("http://localhost", BOT, str(tmp_path))
    client.restore_login(BOT, "APPAREIL", "jeton")

    assert await client.keys_query() is None
    await client.close()
