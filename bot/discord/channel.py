"""Discord as a channel of the assistant: connects, says what is wrong when it can't, stops without losing an answer."""

import asyncio
import logging
import os
from contextlib import suppress

import aiohttp
import discord
import yarl

from bot.channel import ChannelError
from bot.discord.asking import Asking
from bot.discord.client import AssistantClient
from bot.discord.desk import CHANNEL
from bot.messages import DISCORD_BAD_TOKEN, DISCORD_CLOSED, DISCORD_NO_INTENT, DISCORD_NO_TOKEN, DISCORD_RECONNECTS
from bot.service import Service
from knowledge.configuration import DISCORD_TOKEN
from knowledge.settings import DiscordSettings, Settings

logger = logging.getLogger(__name__)
AUTHENTICATION_FAILED = 4004


class DiscordChannel:
    """Runs as often as it is asked to: whoever calls `run` decides when to connect again."""

    name = CHANNEL

    def __init__(self, settings: Settings, service: Service) -> None:
        self._token = os.environ.get(DISCORD_TOKEN, "").strip()
        if not self._token:
            raise ChannelError(*DISCORD_NO_TOKEN)
        self._settings = settings
        self._desk = Asking(settings, service)
        self._client: AssistantClient | None = None

    async def run(self) -> None:
        """Connect, and serve until `stop`; a lost connection that can be mended raises an ordinary error."""
        if self._desk.closing:
            return
        _prepare(self._settings.discord)
        # A client that was closed can't be opened again.
        client = self._client = AssistantClient(self._desk)
        try:
            async with client:
                await self._serve(client)
        except discord.LoginFailure:
            raise ChannelError(*DISCORD_BAD_TOKEN) from None
        except discord.PrivilegedIntentsRequired:
            raise ChannelError(*DISCORD_NO_INTENT) from None
        except discord.ConnectionClosed as error:
            raise _closed(error.code) from None
        except AttributeError as error:
            # discord.py 2.7.1, when its very first connection to the gateway fails, looks for the one before it.
            if client.ws is not None:
                raise
            raise aiohttp.ClientConnectionError(str(error.__context__ or error)) from None

    async def _serve(self, client: AssistantClient) -> None:
        try:
            await client.start(self._token)
        except Exception:
            # Of what is written from here on no event comes; answers under way need this client to be sent.
            self._desk.catch_up.lost()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._desk.drained(), self._settings.serve.stop_seconds)
            raise

    async def stop(self) -> None:
        """Take no more questions, send the answers in flight, disconnect."""
        self._desk.closing = True
        await self._desk.drained()
        if self._client:
            await self._client.close()


def _closed(code: int) -> ChannelError:
    if code == AUTHENTICATION_FAILED:
        return ChannelError(*DISCORD_BAD_TOKEN)
    return ChannelError(DISCORD_CLOSED[0].format(code=code), DISCORD_CLOSED[1])


def _without_traceback(record: logging.LogRecord) -> bool:
    """discord.py shows where in its code a connection broke; that it broke, and why, is what an operator needs."""
    if record.exc_info and str(record.msg).startswith("Attempting a reconnect"):
        record.msg, record.args = DISCORD_RECONNECTS, (record.exc_info[1], *(record.args or ()))
        record.exc_info, record.levelno, record.levelname = None, logging.WARNING, "WARNING"
    return True


def _prepare(settings: DiscordSettings) -> None:
    """Another API than Discord's own, where the settings name one; nothing about voice in the log."""
    logging.getLogger("discord.client").addFilter(_without_traceback)
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    if settings.api_base:
        discord.http.Route.BASE = settings.api_base.rstrip("/")
    if settings.gateway:
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.gateway)
