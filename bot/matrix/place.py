"""Where a reply goes: a room, a conversation, and the thread or the message that it is related to."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Protocol

from bot.matrix.render import Content, in_reply, in_thread


class Later(Protocol):
    """Starts a task that the channel awaits when it stops, unless it isn't essential."""

    def __call__(self, work: Coroutine[Any, Any, None], essential: bool = True) -> asyncio.Task[None]:
        """Start it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reply goes: `root` is None outside of threads, `after` the event it replies to."""

    room: str
    conversation: str
    root: str | None
    after: str

    def put(self, content: Content) -> Content:
        """The content, related to what it replies to."""
        return in_thread(content, self.root, self.after) if self.root else in_reply(content, self.after)
