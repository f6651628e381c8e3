"""What a Matrix homeserver in trouble, or a bot that was away, must not cost."""

from types import SimpleNamespace
from typing import Any

import pytest
from nio import JoinError, RedactionEvent, RoomMessageText

from bot.matrix import client as client_module
from bot.matrix.client import SEND_ATTEMPTS, persist
from bot.matrix.keys import Device, open_identity, sign_device
from bot.matrix.login import _has_published
from bot.matrix.reader import Reader

pytestmark = pytest.mark.asyncio
STARTED_MS = 1_800_000_000_000.0


async def in_trouble(path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    return 502, {}


async def test_a_server_in_trouble_is_asked_again_and_no_key_is_doubted(tmp_path) -> None:
    device = Device("@bot:ici", "ABC", {"curve25519": "a", "ed25519": "b"})

    with pytest.raises(ConnectionError, match="502"):
        await sign_device(in_trouble, open_identity(tmp_path), device, None)
    with pytest.raises(ConnectionError, match="502"):
        await _has_published(SimpleNamespace(post=in_trouble), device.user_id, device.device_id)


@pytest.mark.parametrize(("statuses", "tries"), [([502, 503, 200], 3), ([403, 200], 1), ([502] * 99, SEND_ATTEMPTS)])
async def test_a_request_is_made_again_while_the_server_is_in_trouble(
    monkeypatch: pytest.MonkeyPatch, statuses: list[int], tries: int
) -> None:
    monkeypatch.setattr(client_module, "_backoff", lambda attempt: 0)
    asked = []

    async def request() -> object:
        asked.append(status := statuses[len(asked)])
        answer = JoinError("non")
        answer.transport_response = SimpleNamespace(status=status)
        return answer if status != 200 else "entré"

    answer = await persist(request)

    assert len(asked) == tries
    assert (answer == "entré") is (asked[-1] == 200)


async def test_what_was_taken_back_while_the_bot_was_away_is_seen_and_what_was_asked_is_not() -> None:
    taken = []
    envelope = {"event_id": "$1", "sender": "@ana:ici", "origin_server_ts": STARTED_MS - 1, "room_id": "!s"}
    asked = {"type": "m.room.message", "content": {"msgtype": "m.text", "body": "?"}}
    withdrawn = {"type": "m.room.redaction", "content": {}, "redacts": "$0"}

    async def take(room: object, event: object) -> None:
        taken.append(event)

    client = SimpleNamespace(rooms={"!s": object()}, add_response_callback=lambda *given: None)
    reader = Reader(client, SimpleNamespace(take=take), None, STARTED_MS, lambda since: None, lambda: False)
    for event in (RoomMessageText.from_dict(envelope | asked), RedactionEvent.from_dict(envelope | withdrawn)):
        await reader._hand_on("!s", event)

    assert [type(event) for event in taken] == [RedactionEvent]
