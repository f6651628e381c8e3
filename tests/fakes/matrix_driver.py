"""What the contract of channels needs of Matrix: people ask the bot in a group room, and read its replies."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from fakes.matrix_bot import Bot, fresh
from fakes.matrix_user import User, online

CERTAIN = "Comment devenir un PTCE ?"


class MatrixDriver:
    """One room, where people come as they are named."""

    def __init__(self, bot: Bot, host: User, room: str, stack: AsyncExitStack, folder: Path) -> None:
        self._bot = bot
        self._host = host
        self._room = room
        self._stack = stack
        self._folder = folder
        self._people: dict[str, User] = {}
        self._threads: dict[str, str] = {}
        self._barriers = 0

    async def ask(self, user: str, text: str) -> str:
        """The reply to a question that begins a conversation."""
        person = await self._person(user)
        asked = await person.say(self._room, f"{self._bot.account.name}: {text}", mention=[self._bot.id])
        self._threads[user] = asked
        return await self._reply(person, asked)

    async def follow_up(self, user: str, text: str) -> str:
        """The reply to what is asked in the thread of that person's last question, without a mention."""
        person = await self._person(user)
        asked = await person.say(self._room, text, thread=self._threads[user])
        return await self._reply(person, asked)

    async def _reply(self, person: User, asked: str) -> str:
        # The host counts: nobody is told of a reply that the host has not seen.
        await self._host.reply(self._bot.id, to=asked)
        return (await person.reply(self._bot.id, to=asked))["content"]["body"]

    async def say(self, user: str, text: str) -> None:
        """Something that is not for the bot."""
        await (await self._person(user)).say(self._room, text)

    async def replies(self) -> int:
        """How many messages the bot wrote, those that settled a barrier aside."""
        return len(self._host.replies(sender=self._bot.id, room=self._room)) - self._barriers

    async def barrier(self) -> None:
        """All that was written before has been dealt with when this returns."""
        asked = await self._host.say(self._room, f"!ptce {CERTAIN}")
        await self._host.reply(self._bot.id, to=asked)
        self._barriers += 1

    async def _person(self, name: str) -> User:
        if name not in self._people:
            person = await self._stack.enter_async_context(online(self._bot.account.synapse, fresh(name), self._folder))
            await self._host.client.room_invite(self._room, person.id)
            await person.enter(self._room)
            await self._host.joined(self._room, person.id)
            self._people[name] = person
        return self._people[name]


@asynccontextmanager
async def matrix_driver(bot: Bot, folder: Path, encrypted: bool = False) -> AsyncIterator[MatrixDriver]:
    """A driver over a running bot."""
    async with AsyncExitStack() as stack:
        host = await stack.enter_async_context(online(bot.account.synapse, fresh("hote"), folder))
        # A third person, so that the room is no talk between two.
        witness = await stack.enter_async_context(online(bot.account.synapse, fresh("temoin"), folder))
        room = await host.room(bot.id, witness.id, encrypted=encrypted)
        await witness.enter(room)
        await host.joined(room, bot.id, witness.id)
        yield MatrixDriver(bot, host, room, stack, folder)
