"""Syncs in, events out: each once, the oldest first, what is missing between two syncs fetched, history left aside."""

import logging
from collections.abc import Callable
from functools import partial

from nio import (
    Event,
    MessageDirection,
    ReactionEvent,
    RedactionEvent,
    RoomMemberEvent,
    RoomMessagesError,
    SyncResponse,
)

from bot.matrix.client import MAX_GAP, TIMELINE_LIMIT, MatrixClient
from bot.matrix.conversation import Conversation
from bot.matrix.rooms import Rooms
from bot.matrix.trouble import persist

logger = logging.getLogger(__name__)


class Reader:
    """Called with each sync: `started_ms` is when history ends, `keep` is given how far was read and handed on.

    `read_until`: how far an earlier run had read; what the first sync leaves out since then is fetched too.
    """

    def __init__(
        self,
        client: MatrixClient,
        conversation: Conversation,
        rooms: Rooms,
        started_ms: float,
        keep: Callable[[str], None],
        stopping: Callable[[], bool],
        read_until: str = "",
    ) -> None:
        self._client = client
        self._conversation = conversation
        self._rooms = rooms
        self._started_ms = started_ms
        self._keep = keep
        self._stopping = stopping
        self._since = ""
        self._gap_from = read_until
        client.add_response_callback(self.read, SyncResponse)

    async def read(self, response: SyncResponse) -> None:
        """Follow invitations and departures, then hand on what people wrote."""
        if self._stopping() or response.next_batch == self._since:
            return
        self._rooms.follow(response)
        for room_id, info in response.rooms.join.items():
            timeline = info.timeline
            gap = await self._missed(room_id, timeline.prev_batch) if timeline.limited and self._gap_from else []
            for event in self._since_invited([*gap, *timeline.events]):
                await self._hand_on(room_id, event)
        for room_id, event in self._conversation.pending.decrypted():
            await self._hand_on(room_id, event)
        self._keep(response.next_batch)
        self._since = self._gap_from = response.next_batch

    async def _hand_on(self, room_id: str, event: Event) -> None:
        room = self._client.rooms.get(room_id)
        # What matrix-nio could not parse is no `Event`.
        if room is None or not isinstance(event, Event):
            return
        # What was rated or taken back while we were away counts; the rest only if it was written for us to read.
        if event.server_timestamp < self._started_ms and not isinstance(event, ReactionEvent | RedactionEvent):
            return
        try:
            await self._conversation.take(room, event)
        except Exception:
            logger.exception("Matrix : événement %s sans suite, par une erreur inattendue", event.event_id)

    def _since_invited(self, events: list[Event]) -> list[Event]:
        """The events less those from before the bot was invited: it may see them, but they were not for it."""
        me = self._client.user_id
        for n in reversed(range(len(events))):
            event = events[n]
            if isinstance(event, RoomMemberEvent) and (event.state_key, event.membership) == (me, "invite"):
                return events[n:]
        return events

    async def _missed(self, room_id: str, until: str | None) -> list[Event]:
        """The events between the last sync and this one, when they were too many for one sync."""
        found: list[Event] = []
        while until and len(found) < MAX_GAP:
            back = (MessageDirection.back, TIMELINE_LIMIT)
            page = await persist(partial(self._client.room_messages, room_id, until, self._gap_from, *back))
            if isinstance(page, RoomMessagesError):
                logger.warning("Matrix : des messages du salon %s n'ont pas pu être lus (%s)", room_id, page.message)
                break
            if not page.chunk:
                break
            found += page.chunk
            until = page.end
        return found[::-1]
