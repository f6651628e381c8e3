"""`ptce serve discord` as a process of its own, against the loopback Discord."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fakes.discord_server import PATIENCE_SECONDS, FakeDiscord
from fakes.discord_world import Json
from support import PTCE

TESTS = Path(__file__).parents[1]
FREE = {"PTCE_LIMITS__PER_USER": "1000/second", "PTCE_LIMITS__PER_ROOM": "1000/second"}


class Served:
    """A running bot; its output is kept to be read once it has ended."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.errors = ""
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            self.errors += line.decode()

    async def wrote(self, words: str) -> None:
        """Return when these words were written on stderr."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while words not in self.errors:
                await asyncio.sleep(0.02)

    def terminate(self) -> None:
        self.process.terminate()

    async def ended(self) -> tuple[int, str]:
        """The exit code, and what was written on stderr."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._reading
            return await self.process.wait(), self.errors


def people(server: FakeDiscord) -> tuple[Json, Json]:
    """A channel, and someone in it."""
    return server.world.add_channel(server.world.add_guild("Cellules PTCE"), "questions"), server.world.add_user("ana")


@asynccontextmanager
async def served(
    server: FakeDiscord, env: dict[str, str], ready: bool = True, channels: str = "discord"
) -> AsyncIterator[Served]:
    """The bot, connected unless told otherwise; stopped at the end where the test has not."""
    bent = [sys.executable, str(TESTS / "fakes" / "bent_ptce.py")]
    command = bent if any(name.startswith("BENT") for name in env) else [PTCE]
    path = os.pathsep.join(filter(None, [str(TESTS), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "PYTHONPATH": path, **FREE, **server.env, **env}
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, "serve", channels, env=environment, stderr=pipe)
    bot = Served(process)
    try:
        if ready:
            await server.ready()
        yield bot
        if process.returncode is None:
            bot.terminate()
            code, errors = await bot.ended()
            assert (code, "Traceback" in errors) == (0, False), errors
            assert server.token not in errors
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
