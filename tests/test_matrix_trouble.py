"""What a Matrix homeserver in trouble, or a bot that was away, must not cost."""

import asyncio
import errno
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from nio import (
    ErrorResponse,
    JoinError,
    RedactionEvent,
    RoomLeaveError,
    RoomMessagesError,
    RoomMessageText,
    WhoamiError,
)

from bot.matrix import trouble
from bot.matrix.channel import MatrixChannel
from bot.matrix.client import MatrixClient
from bot.matrix.keys import Device, open_identity, sign_device
from bot.matrix.login import _has_published
from bot.matrix.reader import Reader
from bot.matrix.rooms import People, Rooms
from bot.matrix.trouble import ATTEMPTS, is_passing, persist
from knowledge.settings import DataSettings, MatrixSettings, Settings

pytestmark = pytest.mark.asyncio
STARTED_MS = 1_800_000_000_000.0
ROOM, BOT = "!s", "@bot:ici"


class Scripted:
    """A request that is refused with these statuses, one a try, then answered."""

    def __init__(self, refusal: Callable[[str], ErrorResponse], statuses: list[int], answer: object = None) -> None:
        self._refusal, self._statuses, self._answer = refusal, statuses, answer
        self.tries = 0

    async def __call__(self, *asked: object) -> object:
        self.tries += 1
        if self.tries > len(self._statuses):
            return self._answer
        refused = self._refusal("non")
        refused.transport_response = SimpleNamespace(status=self._statuses[self.tries - 1])
        return refused


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trouble, "backoff", lambda attempt: 0)


async def in_trouble(path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    return 502, {}


async def test_a_server_in_trouble_is_asked_again_and_no_key_is_doubted(tmp_path: Path) -> None:
    device = Device("@bot:ici", "ABC", {"curve25519": "a", "ed25519": "b"})

    with pytest.raises(ConnectionError, match="502"):
        await sign_device(in_trouble, open_identity(tmp_path), device, None)
    with pytest.raises(ConnectionError, match="502"):
        await _has_published(SimpleNamespace(post=in_trouble), device.user_id, device.device_id)


@pytest.mark.parametrize(("statuses", "tries"), [([502, 503], 3), ([403], 1), ([502] * 99, ATTEMPTS)])
async def test_a_request_is_made_again_while_the_server_is_in_trouble(statuses: list[int], tries: int) -> None:
    request = Scripted(JoinError, statuses, "entré")

    answer = await persist(request)

    assert request.tries == tries
    assert (answer == "entré") is (tries > len(statuses))


async def test_an_error_page_that_is_no_text_is_an_answer_of_a_server_in_trouble_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def page(request: web.Request) -> web.Response:
        return web.Response(status=502, body="Indisponible, désolé".encode("latin-1"), content_type="text/html")

    application = web.Application()
    application.router.add_get("/{path:.*}", page)
    async with TestServer(application) as server:
        client = MatrixClient(str(server.make_url("/")), BOT, str(tmp_path))
        client.access_token = "jeton"
        answers = [await client.whoami() for _ in range(2)]
        await client.close()

    assert [isinstance(answer, WhoamiError) and is_passing(answer) for answer in answers] == [True, True]
    assert caplog.text.count("ne répond pas") == 1


def reader(client: object, taken: list[object], read_until: str = "") -> Reader:
    """One that hands on to `taken`, and follows no rooms."""

    async def take(room: object, event: object) -> None:
        taken.append(event)

    conversation = SimpleNamespace(take=take, pending=SimpleNamespace(decrypted=list))
    rooms = SimpleNamespace(follow=lambda response: None)
    return Reader(client, conversation, rooms, STARTED_MS, lambda since: None, lambda: False, read_until)


def synced(batch: str, **timeline: object) -> SimpleNamespace:
    joined = {ROOM: SimpleNamespace(timeline=SimpleNamespace(**timeline))}
    return SimpleNamespace(next_batch=batch, rooms=SimpleNamespace(join=joined))


def written(name: str, at: float) -> RoomMessageText:
    envelope = {"event_id": name, "sender": "@ana:ici", "origin_server_ts": at, "room_id": ROOM}
    return RoomMessageText.from_dict(
        envelope | {"type": "m.room.message", "content": {"msgtype": "m.text", "body": "?"}}
    )


@pytest.mark.parametrize(
    ("statuses", "read"), [([502, 503], ["$manqué", "$vu"]), ([502] * 99, ["$vu"]), ([403], ["$vu"])]
)
async def test_what_one_sync_could_not_hold_is_asked_for_again_while_the_server_is_in_trouble(
    caplog: pytest.LogCaptureFixture, statuses: list[int], read: list[str]
) -> None:
    taken: list[Any] = []
    page = SimpleNamespace(chunk=[written("$manqué", STARTED_MS)], end=None)
    client = SimpleNamespace(
        user_id=BOT,
        rooms={ROOM: object()},
        add_response_callback=lambda *given: None,
        room_messages=Scripted(RoomMessagesError, statuses, page),
    )
    reading = reader(client, taken)

    await reading.read(synced("s1", limited=False, prev_batch="s0", events=[]))
    await reading.read(synced("s2", limited=True, prev_batch="s1+", events=[written("$vu", STARTED_MS)]))

    assert [event.event_id for event in taken] == read
    assert (f"salon {ROOM} n'ont pas pu être lus (non)" in caplog.text) is ("$manqué" not in read)


async def test_what_the_first_sync_after_a_restart_leaves_out_is_fetched_from_where_the_last_run_was() -> None:
    taken: list[Any] = []
    asked: list[tuple[object, ...]] = []

    async def messages(*given: object) -> object:
        asked.append(given)
        return SimpleNamespace(chunk=[written("$manqué", STARTED_MS)], end=None)

    client = SimpleNamespace(
        user_id=BOT, rooms={ROOM: object()}, add_response_callback=lambda *given: None, room_messages=messages
    )
    first = synced("s9", limited=True, prev_batch="s8", events=[written("$vu", STARTED_MS)])

    await reader(client, taken, "s3").read(first)
    await reader(client, taken).read(first)

    assert [event.event_id for event in taken] == ["$manqué", "$vu", "$vu"]
    assert [given[:3] for given in asked] == [(ROOM, "s8", "s3")]


@pytest.fixture
def channel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MatrixChannel:
    monkeypatch.setenv("PTCE_MATRIX_PASSWORD", "secret")
    matrix = MatrixSettings(homeserver="https://ici", user=BOT)
    return MatrixChannel(Settings(data=DataSettings(dir=str(tmp_path)), matrix=matrix), None)


async def test_a_full_disk_is_told_and_the_batch_read_again(
    channel: MatrixChannel, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    began = []
    full = OSError(errno.ENOSPC, "No space left on device")

    class Client:
        user_id, device_id, next_batch = BOT, "A", "s5"

        async def sync_forever(self, *_: object, since: str | None, **more: object) -> None:
            began.append(since)
            channel._kept = "s4"
            raise full if len(began) == 1 else asyncio.CancelledError

    async def listen(*_: object) -> None: ...

    monkeypatch.setattr(channel, "_listen", listen)
    monkeypatch.setattr("bot.matrix.channel.LONGEST_WAIT", 0)

    with pytest.raises(asyncio.CancelledError):
        await channel._sync(SimpleNamespace(client=Client(), since="s3"))

    assert began == ["s3", "s4"]
    assert "libérez de la place" in caplog.text
    assert "illisible" not in caplog.text


async def test_after_an_error_nobody_foresaw_answers_under_way_are_sent(
    channel: MatrixChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened = []

    async def close() -> None:
        happened.append("fermé")

    async def send() -> None:
        await asyncio.sleep(0.05)
        happened.append("envoyé")

    async def logged_in(*_: object) -> object:
        return SimpleNamespace(client=SimpleNamespace(close=close), since="", now_ms=1.0)

    async def serve(_: object) -> None:
        channel._later(send())
        raise RuntimeError("imprévu")

    monkeypatch.setattr("bot.matrix.channel.log_in", logged_in)
    monkeypatch.setattr(channel, "_serve", serve)

    with pytest.raises(RuntimeError, match="imprévu"):
        await channel.run()

    assert happened == ["envoyé", "fermé"]


@pytest.mark.parametrize(("statuses", "tries"), [([502, 503], (3, 1)), ([502] * 99, (ATTEMPTS, 0)), ([403], (1, 0))])
async def test_a_room_is_left_although_the_server_is_in_trouble_for_a_while(
    caplog: pytest.LogCaptureFixture, statuses: list[int], tries: tuple[int, int]
) -> None:
    client = SimpleNamespace(
        user_id=BOT,
        rooms={ROOM: SimpleNamespace(users=[BOT])},
        room_leave=Scripted(RoomLeaveError, statuses),
        room_forget=Scripted(RoomLeaveError, []),
    )
    started = []
    rooms = Rooms(client, People(MatrixSettings()), lambda work, essential: started.append(work))

    rooms.follow(SimpleNamespace(rooms=SimpleNamespace(invite={}, join={ROOM: object()}, leave={})))
    await started[0]

    assert (client.room_leave.tries, client.room_forget.tries) == tries
    assert ("impossible de quitter" in caplog.text) is (tries[1] == 0)


async def test_what_was_taken_back_while_the_bot_was_away_is_seen_and_what_was_asked_is_not() -> None:
    taken: list[object] = []
    envelope = {"event_id": "$1", "sender": "@ana:ici", "origin_server_ts": STARTED_MS - 1, "room_id": ROOM}
    withdrawn = {"type": "m.room.redaction", "content": {}, "redacts": "$0"}
    client = SimpleNamespace(rooms={ROOM: object()}, add_response_callback=lambda *given: None)

    for event in (written("$1", STARTED_MS - 1), RedactionEvent.from_dict(envelope | withdrawn)):
        await reader(client, taken)._hand_on(ROOM, event)

    assert [type(event) for event in taken] == [RedactionEvent]
