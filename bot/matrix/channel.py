"""The Matrix bot: one login, kept in sync until it is stopped."""

import asyncio
import errno
import logging
from collections.abc import Coroutine
from typing import Any

from peewee import OperationalError  # type: ignore[import-untyped]

from bot.channel import ChannelError
from bot.matrix.client import SYNC_FILTER, SYNC_MS, MatrixClient, NotSentError
from bot.matrix.commands import CHANNEL
from bot.matrix.conversation import Conversation
from bot.matrix.events import Self
from bot.matrix.files import Session, Store
from bot.matrix.login import Login, check, log_in
from bot.matrix.reader import Reader
from bot.matrix.rooms import People, Rooms
from bot.matrix.trouble import LONGEST_WAIT
from bot.messages import MATRIX_NOT_WRITTEN
from bot.service import Service
from knowledge.settings import Settings

logger = logging.getLogger(__name__)


class MatrixChannel:
    """Answers on Matrix, in plain and encrypted rooms; `ready` is set once it listens."""

    name = CHANNEL

    def __init__(self, settings: Settings, service: Service) -> None:
        check(settings.matrix)
        self.ready = asyncio.Event()
        self._settings = settings
        self._service = service
        self._people = People(settings.matrix)
        self._store = Store(settings.data_dir, settings.matrix.homeserver, settings.matrix.user)
        self._tasks: set[asyncio.Task[None]] = set()
        self._waits: set[asyncio.Task[None]] = set()
        self._syncing: asyncio.Task[None] | None = None
        self._stopping = False
        self._started_ms = 0.0
        self._kept = ""
        # Its English lines say what ours say in French.
        logging.getLogger("nio").setLevel(logging.ERROR)

    async def run(self) -> None:
        """Log in and serve until `stop`; `ChannelError` when the homeserver will not have us."""
        self._store.open()
        try:
            login = await log_in(self._settings.matrix, self._store)
            # What was written before the first start is history; after a fall the talk goes on where it was.
            self._started_ms = self._started_ms or login.now_ms
            try:
                await self._serve(login)
            except Exception:
                # What was read is not read again: it has to be answered by this login.
                await self._settled()
                raise
            finally:
                await self._abandon()
                await login.client.close()
        finally:
            self._store.close()

    async def stop(self) -> None:
        """Take no more events, send the answers in flight, disconnect."""
        self._stopping = True
        while self._tasks:
            await asyncio.wait(self._tasks)
        if self._syncing:
            self._syncing.cancel()

    async def _serve(self, login: Login) -> None:
        if self._stopping:
            return
        self._syncing = asyncio.create_task(self._sync(login))
        try:
            await asyncio.wait([self._syncing])
        finally:
            self._syncing.cancel()
            await asyncio.wait([self._syncing])
        if not self._syncing.cancelled():
            self._syncing.result()

    async def _sync(self, login: Login) -> None:
        client = login.client
        await self._listen(client, login.since)
        logger.info("Matrix : connecté comme %s, appareil %s", client.user_id, client.device_id)
        since, failed_at = login.since, None
        while True:
            try:
                # The whole state each time: matrix-nio keeps the rooms and their members in memory only.
                await client.sync_forever(SYNC_MS, SYNC_FILTER, since=since or None, full_state=True)
            except (asyncio.CancelledError, ChannelError):
                raise
            except (OSError, OperationalError) as error:
                if not _is_of_the_disk(error):
                    raise
                # The batch is not at fault, and is read again.
                logger.error(MATRIX_NOT_WRITTEN, error)
                await asyncio.sleep(LONGEST_WAIT)
                since = self._kept or since
            except Exception:
                # A batch that can't be read is passed over; what fails twice at one place is for who called.
                if failed_at == client.next_batch:
                    raise
                logger.exception("Matrix : lot d'événements illisible, passé")
                failed_at, since = client.next_batch, client.next_batch or since

    async def _listen(self, client: MatrixClient, read_until: str) -> None:
        me = await _myself(client)
        conversation = Conversation(self._settings, self._service, client, me, self._people, self._later)
        rooms = Rooms(client, self._people, self._later)

        def keep(since: str) -> None:
            self._kept = since
            self._store.keep(Session(client.user_id, client.device_id, client.access_token, since))
            self.ready.set()

        Reader(client, conversation, rooms, self._started_ms, keep, lambda: self._stopping, read_until)

    def _later(self, work: Coroutine[Any, Any, None], essential: bool = True) -> asyncio.Task[None]:
        """Start a task; `stop` waits for those that are essential."""
        kept = self._tasks if essential else self._waits
        task = asyncio.get_running_loop().create_task(work)
        kept.add(task)
        task.add_done_callback(kept.discard)
        task.add_done_callback(_tell_failure)
        return task

    async def _settled(self) -> None:
        """Let answers under way be sent, for as long as a stop would wait for them."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self._settings.serve.stop_seconds)

    async def _abandon(self) -> None:
        left = self._tasks | self._waits
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


def _is_of_the_disk(error: Exception) -> bool:
    refused = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
    return isinstance(error, OperationalError) or getattr(error, "errno", None) in refused


async def _myself(client: MatrixClient) -> Self:
    answer = await client.get_displayname()
    local = client.user_id[1:].partition(":")[0]
    return Self(client.user_id, (local,)).named(getattr(answer, "displayname", None))


def _tell_failure(task: asyncio.Task[None]) -> None:
    error = None if task.cancelled() else task.exception()
    if isinstance(error, NotSentError):
        logger.warning("Matrix : message refusé par le serveur (%s)", error)
    elif error is not None:
        logger.error("Matrix : événement sans suite, par une erreur inattendue", exc_info=error)
