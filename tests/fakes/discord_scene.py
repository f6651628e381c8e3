"""A server on simcord's model of Discord, with people and our bot in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import discord
import simcord
from conftest import Bundled
from fakes.discord_bot import Bend, bot_settings, open_client, open_service

from bot.discord.access import Access
from bot.service import Service
from knowledge.settings import LimitSettings

QUESTION = "Comment devenir un PTCE ?"


@dataclass
class Scene:
    """A server with a channel, two people and the bot."""

    env: simcord.Env
    service: Service
    folder: Path
    bundled: Bundled
    guild: Any
    channel: Any
    ana: Any
    bob: Any

    @property
    def mention(self) -> str:
        return f"<@{self.env.bot.user.id}>"

    async def asked(self, question: str = QUESTION) -> Any:
        """The message that answers, in the thread that it opened."""
        await self.ana.send(self.channel, f"{self.mention} {question}")
        return self.channel.threads[-1].last_message

    def told(self, channel: Any = None) -> list[str]:
        """What the bot wrote there."""
        return [shown(message) for message in self.messages(channel or self.channel)]

    def messages(self, channel: Any) -> list[Any]:
        """The bot's messages there."""
        mine = [m for m in channel.history() if m.author.id == self.env.bot.user.id]
        return [message for message in mine if not message.is_system()]

    def configure(self, **discord_settings: Any) -> None:
        """Other allow-lists than those of the start."""
        settings = bot_settings(self.bundled, self.folder, **discord_settings)
        self.env.bot.desk.access = Access(settings.discord)

    def officer(self, **discord_settings: Any) -> Any:
        """A member with the officers' role, and no other."""
        role = self.guild.create_role("Référents", permissions=discord.Permissions(manage_guild=True))
        self.configure(officers=role.id, **discord_settings)
        return self.guild.add_member(self.env.create_user("olga"), roles=[role])

    async def refuse(self, channel: Any, **permissions: bool) -> None:
        """Take permissions from the bot in a channel."""
        mine = self.env.bot.get_channel(channel.id)
        await mine.set_permissions(self.env.bot.user, overwrite=discord.PermissionOverwrite(**permissions))


def shown(message: Any) -> str:
    """The words of a message, without the list of its sources."""
    return "\n".join([message.content, *(embed.description or "" for embed in message.embeds)]).strip()


def said(result: Any) -> str:
    """All that an interaction told its user."""
    return "\n".join(shown(part.message) for part in (result.response, *result.followups) if part)


def labels(message: Any) -> list[str]:
    """What stands on the buttons of a message."""
    return [button.label for row in message.components for button in row.children]


@asynccontextmanager
async def scene(
    bundled: Bundled,
    folder: Path,
    bend: Bend = lambda answer: answer,
    limits: LimitSettings | None = None,
    **discord_settings: Any,
) -> AsyncIterator[Scene]:
    """The bot, connected."""
    settings = bot_settings(bundled, folder, limits, **discord_settings)
    service = open_service(bundled, settings, bend)
    async with simcord.run(open_client(settings, service)) as env:
        guild = env.create_guild()
        people = [guild.add_member(env.create_user(name)) for name in ("ana", "bob")]
        yield Scene(env, service, folder, bundled, guild, guild.create_text_channel("questions"), *people)
    service.close()
