"""What the contract of channels needs of Discord: people ask the bot in a server's channel, and read its replies."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from fakes.discord_process import served
from fakes.discord_server import FakeDiscord, fake_discord, message_text
from fakes.discord_world import Json

CERTAIN = "Comment devenir un PTCE ?"


class DiscordDriver:
    """One channel, where people come as they are named; each question of theirs opens a thread."""

    def __init__(self, server: FakeDiscord) -> None:
        self.server = server
        self.channel = server.world.add_channel(server.world.add_guild("Cellules PTCE"), "questions")
        self._people: dict[str, Json] = {}
        self._threads: dict[str, Json] = {}

    async def ask(self, user: str, text: str) -> str:
        """The reply to a question that begins a conversation."""
        asked = await self.server.mention(self._person(user), self.channel, text)
        await self.server.reply_to(asked)
        if thread := self.server.thread(asked):
            self._threads[user] = thread
        return self._text(asked)

    async def follow_up(self, user: str, text: str) -> str:
        """The reply to what is asked in the thread of that person's last question, without a mention."""
        thread = self._threads[user]
        before = len(self.server.replies(thread))
        await self.server.say(self._person(user), thread, text)
        await self.server.until(
            lambda: [m for m in self.server.replies(thread)[before:] if m["components"] or m["content"]]
        )
        return "\n".join(map(message_text, self.server.replies(thread)[before:]))

    async def say(self, user: str, text: str) -> None:
        """Something that is not for the bot."""
        await self.server.say(self._person(user), self.channel, text)

    async def replies(self) -> int:
        """How many messages the bot wrote, those that settled a barrier aside."""
        places = [channel for channel in self.server.world.channels.values() if channel.get("guild_id")]
        return sum(len(self.server.replies(channel)) for channel in places)

    async def barrier(self) -> None:
        """All that was written before has been dealt with when this returns."""
        await self.server.reply_to(await self.server.direct(self._person("barrière"), CERTAIN))

    def _text(self, asked: Json) -> str:
        return "\n".join(map(message_text, self.server.parts(asked)))

    def _person(self, name: str) -> Json:
        if name not in self._people:
            self._people[name] = self.server.world.add_user(name)
        return self._people[name]


@asynccontextmanager
async def discord_driver(env: Mapping[str, str]) -> AsyncIterator[DiscordDriver]:
    """A driver over a server and a bot of its own; that the bot broke no rule is checked at the end."""
    async with fake_discord() as server:
        driver = DiscordDriver(server)
        async with served(server, dict(env)):
            yield driver
