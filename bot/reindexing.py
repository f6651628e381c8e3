"""A new index built aside while the old one serves; one at a time, given up when the program stops."""

import asyncio

from bot.messages import REINDEXING, REINDEXING_STOPPED
from ingest.build import Outcome, Report, build
from knowledge.embeddings import open_encoder
from knowledge.errors import PtceError
from knowledge.settings import Settings


class Reindexing:
    """Its methods are called from one event loop."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._running = asyncio.Lock()
        self._abandoned = False

    async def run(self, report: Report) -> Outcome:
        """Build a generation and make it the one that serves; `report` is called from another thread."""
        if self._running.locked():
            raise PtceError(REINDEXING, "attendez qu'elle se termine")

        def reported(what: str, done: int, total: int) -> None:
            if self._abandoned:
                raise PtceError(REINDEXING_STOPPED, "relancez-la")
            report(what, done, total)

        async with self._running:
            # An encoder of its own: questions go on being answered with theirs.
            encoder = open_encoder(self._settings.embedding)
            return await asyncio.to_thread(build, self._settings, encoder, reported)

    def abandon(self) -> None:
        """Leave a generation that is being built where it is."""
        self._abandoned = True
