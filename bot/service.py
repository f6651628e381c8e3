"""The conversation service of every channel: completes, limits, answers off the event loop, keeps the journal."""

import asyncio
import logging
import sqlite3
import time
import uuid
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from weakref import WeakValueDictionary

from bot.cards import Cards
from bot.channel import Incoming, Reply
from bot.erasures import Erasures
from bot.journal import DAY, Exchange, Journal
from bot.limits import Limits
from bot.messages import FAILED, too_many
from bot.reindexing import Reindexing
from bot.remembered import remember
from ingest.build import Outcome, Report
from knowledge.assistant import Assistant
from knowledge.errors import PtceError
from knowledge.model import Answer
from knowledge.settings import Settings
from knowledge.text import storable

logger = logging.getLogger(__name__)
T = TypeVar("T")
# Ids of messages kept in memory, so that none is answered twice even where the journal can't be written.
REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class State:
    """How the assistant is doing: what it knows, since when it runs, its answers of the last day by verdict."""

    generation: str
    documents: int
    passages: int
    started: datetime
    waiting: int
    verdicts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Wait:
    """Of who asks too much: what to say, or nothing when that was just said."""

    reply: Reply | None


class Service:
    """One for all channels; its methods are called from one event loop."""

    def __init__(self, settings: Settings, assistant: Assistant, journal: Journal) -> None:
        self.cards = Cards(assistant)
        self._settings = settings
        self._assistant = assistant
        self._journal = journal
        self._limits = Limits(settings.limits)
        self._workers = ThreadPoolExecutor(settings.serve.workers, thread_name_prefix="answer")
        # What was answered before a restart may come again, and then counts against no limit.
        unknown: list[tuple[str, str]] = []
        known = self._safely(lambda: journal.answered_lately(REMEMBERED), unknown)
        self._taken: OrderedDict[tuple[str, str], None] = OrderedDict.fromkeys(known)
        self._erasures = Erasures()
        self._erasing = asyncio.Lock()
        self._places: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()
        self._reindexing = Reindexing(settings)
        self._waiting = 0
        self._started = datetime.now()

    async def reply(self, message: Incoming) -> Reply | None:
        """The reply to a message; None when it was taken before, or when who asks was just told to wait."""
        if not self._take(message):
            return None
        # Nothing is awaited before it is counted and the turn taken: what was written first is answered first.
        wait = self.count(message.channel, message.user, message.room)
        forgets = self._erasures.forgets(message.channel, message.user)
        async with self._in_turn(message):
            if await self._kept(lambda: self._answered(message), False):
                return None
            return wait.reply if wait else await self._heard(message, forgets)

    async def revise(self, message: Incoming) -> Reply | None:
        """The reply to a message that was edited since it was answered; None as for `reply`."""
        self._take(message)
        wait = self.count(message.channel, message.user, message.room)
        forgets = self._erasures.forgets(message.channel, message.user)
        async with self._in_turn(message):
            return wait.reply if wait else await self._heard(message, forgets)

    def count(self, channel: str, user: str, room: str) -> Wait | None:
        """Count what a person asks in a room against the limits; None when it is taken."""
        person = f"{channel}:{user}"
        seconds = self._limits.wait(person, f"{channel}:{room}")
        if not seconds:
            return None
        return Wait(Reply("", too_many(seconds)) if self._limits.may_tell(person) else None)

    async def sent(self, reply: Reply, reference: str) -> None:
        """Remember which message carries the answer, for ratings, edits and withdrawals."""
        if reply.exchange:
            await self._kept(lambda: self._journal.sent(reply.exchange, reference), None)

    async def reference(self, channel: str, message: str) -> str | None:
        """The message that carries the answer to this one."""
        return await self._kept(lambda: self._journal.reference(channel, message), None)

    async def exchange_of(self, channel: str, reference: str) -> str | None:
        """The exchange whose answer this message carries."""
        return await self._kept(lambda: self._journal.exchange_of(channel, reference), None)

    async def answer(self, exchange: str) -> Answer | None:
        """The answer given in an exchange; None when it is no longer kept."""
        return await self._kept(lambda: self._journal.answer(exchange), None)

    async def rate(self, exchange: str, user: str, useful: bool, comment: str = "") -> bool:
        """Keep what a person thought of an answer; False when the exchange is no longer kept."""
        return await self._kept(lambda: self._journal.rate(exchange, user, useful, comment), False)

    async def unrate(self, exchange: str, user: str, useful: bool) -> bool:
        """Erase what a person thought of an answer, if that is still what they think; whether it was kept."""
        return await self._kept(lambda: self._journal.unrate(exchange, user, useful), False)

    async def forget(self, channel: str, user: str) -> int:
        """Erase all that is kept of a person; how many questions and ratings. Says when it can't (`sqlite3.Error`)."""
        with self._erasures.forget(channel, user):
            return await asyncio.to_thread(self._journal.forget, channel, user)

    async def withdraw(self, channel: str, message: str) -> str | None:
        """Erase the exchange of a message that was taken back; the message that carries the answer.

        One that is being answered is not kept either, and gets no reply.
        """
        with self._erasures.withdraw(channel, message):
            # In order: only the first to erase an exchange learns which message carries its answer.
            async with self._erasing:
                return await self._kept(lambda: self._journal.withdraw(channel, message), None)

    def is_withdrawn(self, channel: str, message: str) -> bool:
        """Whether a message was taken back, as far as it is remembered."""
        return self._erasures.is_withdrawn(channel, message)

    async def unanswered(self, limit: int = 20) -> list[Exchange]:
        """The latest questions that were refused or badly rated."""
        empty: list[Exchange] = []
        return await self._kept(lambda: self._journal.unanswered(limit), empty)

    async def reindex(self, report: Report) -> Outcome:
        """Build a generation aside and swap; `report` is called from another thread."""
        return await self._reindexing.run(report)

    async def state(self) -> State:
        """How the assistant is doing."""
        index = await asyncio.to_thread(lambda: self._assistant.index)
        none: dict[str, int] = {}
        verdicts = await self._kept(lambda: self._journal.verdicts(time.time() - DAY), none)
        m, name = index.manifest, index.folder.name if index.folder else ""
        return State(name, m.documents, m.passages, self._started, self._waiting, verdicts)

    async def purge_daily(self) -> None:
        """Erase what the retention period no longer covers, now and once a day, until cancelled."""
        while True:
            await self._kept(self._journal.purge, 0)
            await asyncio.sleep(DAY)

    def abandon_reindexing(self) -> None:
        """Let a generation that is being built be left where it is; the one that serves goes on serving."""
        self._reindexing.abandon()

    def close(self) -> None:
        """Free the threads and the journal; no question is taken after this."""
        self.abandon_reindexing()
        self._workers.shutdown()
        self._journal.close()

    def _take(self, message: Incoming) -> bool:
        key = self._journal.name_of(message)
        if key in self._taken:
            return False
        remember(self._taken, key, None, REMEMBERED)
        return True

    def _answered(self, message: Incoming) -> bool:
        return self._journal.answered(message.channel, message.id)

    async def _heard(self, message: Incoming, forgets: int) -> Reply | None:
        """The reply; nothing is kept of a message that was taken back meanwhile, or of who asked to be forgotten.

        `forgets`: how often they had when the message came, which may be long before its turn.
        """
        erased = self._erasures.done
        reply = await self._replied(message)
        if self._erasures.may_touch(erased):
            # What it follows may have been erased since it was read.
            await self._kept(lambda: self._journal.detach(message.channel, message.id), False)
        # It may have been recorded since it was erased.
        if self.is_withdrawn(message.channel, message.id):
            await self.withdraw(message.channel, message.id)
            return None
        if self._erasures.forgets(message.channel, message.user) != forgets:
            await self._kept(lambda: self._journal.withdraw(message.channel, message.id), None)
        return reply

    @asynccontextmanager
    async def _in_turn(self, message: Incoming) -> AsyncIterator[None]:
        """Messages of one conversation one after the other: a follow-up needs the answer before it."""
        turn = self._places.setdefault((message.channel, message.place), asyncio.Lock())
        self._waiting += 1
        try:
            async with turn:
                yield
        finally:
            self._waiting -= 1

    async def _replied(self, message: Incoming) -> Reply:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._workers, self._reply, message)
        except PtceError as error:
            logger.error("Question sans réponse : %s", error)
        except Exception:
            logger.exception("Question sans réponse, par une erreur inattendue")
        return Reply("", FAILED)

    def _reply(self, message: Incoming) -> Reply:
        """In a worker thread."""
        turn = self._safely(lambda: self._journal.turn(message.channel, message.place), None)
        explanation = self._assistant.explain(storable(message.text), turn)
        exchange = uuid.uuid4().hex
        kept = self._safely(lambda: self._journal.record(exchange, message, explanation), False)
        return Reply(exchange if kept else "", "", explanation.answer, explanation.question.truncated)

    async def _kept(self, action: Callable[[], T], otherwise: T) -> T:
        return await asyncio.to_thread(self._safely, action, otherwise)

    @staticmethod
    def _safely(action: Callable[[], T], otherwise: T) -> T:
        """What the journal says; a journal that can't be read or written never costs an answer."""
        try:
            return action()
        except (sqlite3.Error, OSError) as error:
            logger.warning("Le journal est inutilisable pour l'instant : %s", error)
            return otherwise
