"""What is being done about each message, one thing after the other: answer it, answer its edits, take it all back."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from bot.matrix.place import Later

Work = Coroutine[Any, Any, None]


class Underway:
    """One login's; `later` starts a task that the channel awaits when it stops."""

    def __init__(self, later: Later) -> None:
        self._later = later
        self._last: dict[str, asyncio.Task[None]] = {}

    def begin(self, message: str, work: Work) -> None:
        """Start work on a message, as soon as what was begun on it before has ended."""
        task = self._last[message] = self._later(_after(self._last.get(message), work))
        task.add_done_callback(lambda ended: self._forget(message, ended, work))

    async def ended(self, message: str) -> None:
        """Wait until all that was begun on a message has ended."""
        if task := self._last.get(message):
            await asyncio.wait([task])

    def _forget(self, message: str, task: asyncio.Task[None], work: Work) -> None:
        # Where the channel was stopped meanwhile: work that never began.
        work.close()
        if self._last.get(message) is task:
            del self._last[message]


async def _after(before: asyncio.Task[None] | None, work: Work) -> None:
    if before:
        await asyncio.wait([before])
    await work
