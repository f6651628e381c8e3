"""What a room sees of the bot at work, and that it costs nothing where it can't be shown."""

import asyncio

import pytest
from aiohttp import ClientPayloadError

from bot.matrix.place import Place
from bot.matrix.signs import Signs

pytestmark = pytest.mark.asyncio
ROOM = "!salon:x"


class Client:
    """Remembers what it was asked to show, and then fails as told."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.shown: list[object] = []

    async def room_typing(self, room_id: str, typing: bool, *_: int) -> None:
        self._show(typing)

    async def update_receipt_marker(self, room_id: str, event_id: str, thread_id: str) -> None:
        self._show((event_id, thread_id))

    def _show(self, what: object) -> None:
        self.shown.append(what)
        if self.error:
            raise self.error


async def test_a_room_sees_typing_as_long_as_anything_is_worked_on() -> None:
    client = Client()
    signs = Signs(client)

    async with signs.typing(ROOM), signs.typing(ROOM):
        before = list(client.shown)

    assert (before, client.shown) == ([True], [True, False])


@pytest.mark.parametrize("error", [ClientPayloadError("coupée"), TimeoutError()])
async def test_what_cannot_be_shown_stops_nothing_and_is_tried_again_for_the_next_question(error: Exception) -> None:
    client = Client(error)
    signs = Signs(client)

    for _ in range(2):
        async with signs.typing(ROOM):
            await signs.read(Place(ROOM, ROOM, None, "$1"))

    assert client.shown == [True, ("$1", "main"), False] * 2


async def test_typing_ends_with_the_task_that_was_stopped() -> None:
    client, hanging = Client(), asyncio.Event()
    signs = Signs(client)

    async def hang(*_: object) -> None:
        hanging.set()
        await asyncio.Event().wait()

    client.room_typing, usual = hang, client.room_typing
    stopped = asyncio.create_task(_type(signs))
    await hanging.wait()
    client.room_typing = usual
    stopped.cancel()
    await asyncio.wait([stopped])
    async with signs.typing(ROOM):
        pass

    assert client.shown == [False, True, False]


async def _type(signs: Signs) -> None:
    async with signs.typing(ROOM):
        pass


async def test_in_a_thread_the_thread_is_marked_as_read() -> None:
    client = Client()
    places = [Place(ROOM, "$fil", "$fil", "$1"), Place(ROOM, "$1", "$1", "$1")]

    for place in places:
        await Signs(client).read(place)

    assert client.shown == [("$1", "$fil"), ("$1", "main")]
