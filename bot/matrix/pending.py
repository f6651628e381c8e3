"""Messages that can't be decrypted yet: tried again when keys arrive; said, now and then, when they don't."""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator

from nio import Event, LocalProtocolError, MegolmEvent
from nio.exceptions import EncryptionError

from bot.matrix.client import MatrixClient
from bot.matrix.events import thread_of
from bot.remembered import remember

logger = logging.getLogger(__name__)
# Seconds given to a key that travels behind its message before the sender is told.
PATIENCE = 5.0
# Seconds after which who was told is told again: by then they may think that all is well, and wait for an answer.
TOLD_AGAIN = 600.0
# Messages kept for a key that may still come, and threads that were told.
KEPT = 500


class Pending:
    """Not thread-safe, meant for the event loop."""

    def __init__(self, client: MatrixClient, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._events: OrderedDict[str, MegolmEvent] = OrderedDict()
        self._told: OrderedDict[str, float] = OrderedDict()

    async def add(self, event: MegolmEvent) -> None:
        """Keep a message for later, and ask its sender's device for the key."""
        remember(self._events, event.event_id, event, KEPT)
        logger.info("Matrix : clé absente pour %s, dans le salon %s", event.event_id, event.room_id)
        try:
            await self._client.request_room_key(event)
        except LocalProtocolError:
            logger.debug("clé déjà demandée : %s", event.session_id)

    def decrypted(self) -> Iterator[tuple[str, Event]]:
        """The messages whose keys came, each with its room; they are kept no longer."""
        for event_id, event in list(self._events.items()):
            try:
                found = self._client.decrypt_event(event)
            except EncryptionError:
                continue
            del self._events[event_id]
            yield event.room_id, found

    def understood(self, room_id: str, event: Event) -> None:
        """Note that a person's message could be decrypted: the next one that can't, there or in its thread, is news."""
        for where in (_talk(room_id, event.sender), thread_of(event.source) or ""):
            self._told.pop(where, None)

    def is_to_be_told(self, event: MegolmEvent) -> bool:
        """Whether its sender has to be told that a message can't be read; True once per thread, for a while."""
        if event.event_id not in self._events:
            return False
        where, now = thread_of(event.source) or _talk(event.room_id, event.sender), self._clock()
        if where in self._told and now - self._told[where] < TOLD_AGAIN:
            return False
        # What is told begins a thread: who goes on in it was told.
        for told in (where, event.event_id):
            remember(self._told, told, now, KEPT)
        return True


def _talk(room_id: str, sender: str) -> str:
    return f"{room_id} {sender}"
