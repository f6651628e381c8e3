"""The bot under test: the real channel over a real service, on an account of its own."""

import asyncio
import itertools
import json
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from fakes.matrix_user import PASSWORD, until
from fakes.synapse import SERVER_NAME, Synapse

from bot.journal import Journal
from bot.matrix.channel import MatrixChannel
from bot.service import Service
from knowledge.assistant import Assistant, Explanation
from knowledge.configuration import MATRIX_PASSWORD
from knowledge.settings import DataSettings, LimitSettings, MatrixSettings, ServeSettings, Settings

_NUMBERS = itertools.count(1)


def fresh(name: str) -> str:
    """A name nobody has yet on the homeserver, which all tests share."""
    return f"{name}-{next(_NUMBERS)}"


@dataclass(frozen=True)
class Account:
    """A bot's account and its data folder: what outlives a restart."""

    synapse: Synapse
    assistant: Assistant
    settings: Settings
    folder: Path
    name: str

    @property
    def id(self) -> str:
        return f"@{self.name}:{SERVER_NAME}"

    def with_matrix(self, **changes) -> "Account":
        matrix = self.settings.matrix.model_copy(update=changes)
        return replace(self, settings=self.settings.model_copy(update={"matrix": matrix}))

    def with_limits(self, **limits: str) -> "Account":
        return replace(self, settings=self.settings.model_copy(update={"limits": LimitSettings(**limits)}))

    @property
    def store(self) -> Path:
        """The folder of keys and session."""
        return next((self.folder / "matrix").iterdir())


@dataclass(frozen=True)
class Bot:
    """A channel that runs, and its parts."""

    account: Account
    channel: MatrixChannel
    service: Service
    journal: Journal
    running: asyncio.Task[None]

    @property
    def id(self) -> str:
        return self.account.id

    def rooms(self) -> list[str]:
        """The rooms that it is in, as its homeserver says."""
        token = json.loads((self.account.store / "session.json").read_text())["access_token"]
        answer = self.account.synapse.request("GET", "/_matrix/client/v3/joined_rooms", token=token)
        return list(answer["joined_rooms"])


def new_account(synapse: Synapse, assistant: Assistant, settings: Settings, folder: Path) -> Account:
    """A registered account whose channel has everything in `folder`, and hardly any limits."""
    name = fresh("assistant")
    synapse.register(name, PASSWORD)
    changes = {
        "data": DataSettings(dir=str(folder)),
        "matrix": MatrixSettings(homeserver=synapse.url, user=f"@{name}:{SERVER_NAME}"),
        "limits": LimitSettings(per_user="1000/second", per_room="1000/second"),
        # One after the other, so that what comes before a barrier is dealt with before it.
        "serve": ServeSettings(workers=1),
    }
    return Account(synapse, assistant, settings.model_copy(update=changes), folder, name)


class Slow:
    """The assistant, which answers only when it is told to."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self.asked, self.may_answer = threading.Event(), threading.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._assistant, name)

    def explain(self, *args: Any) -> Explanation:
        self.asked.set()
        self.may_answer.wait()
        return self._assistant.explain(*args)


@contextmanager
def secrets(**values: str) -> Iterator[None]:
    """The environment's secrets."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (values or {MATRIX_PASSWORD: PASSWORD}).items():
            patch.setenv(name, value)
        yield


@asynccontextmanager
async def serving(account: Account, **values: str) -> AsyncIterator[Bot]:
    """The bot, until it is stopped as SIGTERM stops it; an error of its own is raised."""
    with secrets(**values):
        journal = Journal(account.folder, 90)
        service = Service(account.settings, account.assistant, journal)
        channel = MatrixChannel(account.settings, service)
        running = asyncio.create_task(channel.run())
        try:
            await until(lambda: channel.ready.is_set() or running.done())
            if running.done():
                await running
            yield Bot(account, channel, service, journal, running)
        finally:
            await channel.stop()
            if not running.done():
                await running
            service.close()
