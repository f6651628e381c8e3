"""Fixtures of the Matrix tests: one homeserver for all of them, and for each its own bot and people."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from fakes.matrix_bot import Account, Bot, fresh, new_account, serving
from fakes.matrix_user import User, online
from fakes.synapse import Synapse

Person = Callable[[str], Awaitable[User]]


@pytest.fixture(scope="session")
def synapse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synapse]:
    """A real homeserver on loopback, shared by all tests: each makes its own accounts and rooms."""
    server = Synapse(tmp_path_factory.mktemp("synapse"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def account(synapse: Synapse, bundled: Any, tmp_path: Path) -> Account:
    """The bot's account, not in service yet."""
    return new_account(synapse, bundled.assistant, bundled.settings, tmp_path / "bot")


@pytest_asyncio.fixture
async def bot(account: Account) -> AsyncIterator[Bot]:
    """The bot in service, over the bundled corpus."""
    async with serving(account) as started:
        yield started


@pytest_asyncio.fixture
async def person(synapse: Synapse, tmp_path: Path) -> AsyncIterator[Person]:
    """People, online for the length of a test."""
    async with AsyncExitStack() as stack:

        async def come(name: str) -> User:
            return await stack.enter_async_context(online(synapse, fresh(name), tmp_path))

        yield come
