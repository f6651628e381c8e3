"""What a room sees of the bot at work: that it has read, that it types. None of it may cost an answer."""

import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

from aiohttp import ClientError

from bot.matrix.client import MatrixClient
from bot.matrix.place import Place

logger = logging.getLogger(__name__)
TYPING_MS = 60_000


class Signs:
    """One login's; what can't be shown is left out."""

    def __init__(self, client: MatrixClient) -> None:
        self._client = client
        self._typing: defaultdict[str, int] = defaultdict(int)

    @asynccontextmanager
    async def typing(self, room_id: str) -> AsyncIterator[None]:
        """The room sees the bot typing, as long as it works on any question of that room."""
        self._typing[room_id] += 1
        try:
            if self._typing[room_id] == 1:
                await _shown(self._client.room_typing(room_id, True, TYPING_MS))
            yield
        finally:
            self._typing[room_id] -= 1
            if not self._typing[room_id]:
                await _shown(self._client.room_typing(room_id, False))

    async def read(self, place: Place) -> None:
        """The person sees that the message was read."""
        thread = place.root if place.root and place.root != place.after else "main"
        await _shown(self._client.update_receipt_marker(place.room, place.after, thread_id=thread))


async def _shown(request: Awaitable[object]) -> None:
    try:
        await request
    # matrix-nio tries again when no server is there; an answer that breaks off, it raises.
    except (ClientError, OSError) as error:
        logger.debug("signe de vie non montré : %s", error)
