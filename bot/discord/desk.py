"""What every way to ask on Discord shares: the service, who is admitted, what is in flight."""

import asyncio
import logging
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from time import monotonic
from typing import Any

import discord

from bot.discord.access import Access, Place, place_of, roles_of
from bot.discord.catchup import CatchUp
from bot.discord.retry import FAILURES, insist
from bot.messages import DISCORD_COMMAND_FAILED, FAILED, NOT_ALLOWED, NOT_HERE, RESTARTING
from bot.remembered import remember
from bot.service import Service
from knowledge.settings import Settings

logger = logging.getLogger(__name__)
CHANNEL = "discord"
TAKEN = "…"
# How long the roles of someone who writes directly are believed, and of how many people and servers.
ROLES_SECONDS = 30.0
REMEMBERED = 1000


class Desk(ABC):
    """One for the life of the channel; clients come and go with the connection."""

    def __init__(self, settings: Settings, service: Service) -> None:
        self.settings = settings
        self.service = service
        self.access = Access(settings.discord)
        self.catch_up = CatchUp(self.access)
        self.closing = False
        self._told_roles: OrderedDict[tuple[int, int], tuple[float, list[int]]] = OrderedDict()
        self._in_flight = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @abstractmethod
    async def ask(self, interaction: "DeskInteraction", question: str) -> None:
        """Answer a question that came as a command or a button."""

    @contextmanager
    def working(self) -> Iterator[None]:
        """Inside, `drained` waits."""
        self._in_flight += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._in_flight -= 1
            if not self._in_flight:
                self._idle.set()

    async def drained(self) -> None:
        """Return when nothing is in flight any more."""
        await self._idle.wait()

    async def admits(self, interaction: "DeskInteraction", anywhere: bool = False, asks: bool = True) -> bool:
        """Whether this interaction is to be obeyed; who is refused is told why, and nobody else.

        `anywhere`: also where the bot does not answer. `asks`: only from those who may ask.
        """
        refusal = await self._refusal(interaction, anywhere, asks)
        if not refusal:
            return True
        if interaction.type is discord.InteractionType.autocomplete:
            await interaction.response.autocomplete([])
        else:
            await interaction.response.send_message(refusal, ephemeral=True)
        return False

    async def _refusal(self, interaction: "DeskInteraction", anywhere: bool, asks: bool) -> str:
        place = place_of(interaction.channel, interaction.guild_id)
        if self.closing:
            return RESTARTING
        if not anywhere and not self.access.serves(place):
            return NOT_HERE
        refused = asks and not await self.may_ask(interaction.client, interaction.user, place)
        return NOT_ALLOWED if refused else ""

    async def may_ask(self, client: discord.Client, user: discord.abc.User, place: Place) -> bool:
        """Whether this person's roles allow a question; in a direct message, those held on the servers served."""
        if isinstance(user, discord.Member) or not self.access.needs_role:
            return self.access.may_ask(roles_of(user))
        for guild in client.guilds:
            here = place.guild in (None, guild.id) and self.access.serves_guild(guild.id)
            if here and self.access.may_ask(await self._roles(guild, user.id)):
                return True
        return False

    async def _roles(self, guild: discord.Guild, user: int) -> list[int]:
        """The roles held on a server, as they were a moment ago at most: a name is completed at every key."""
        told, roles = self._told_roles.get((guild.id, user), (-ROLES_SECONDS, []))
        if monotonic() - told < ROLES_SECONDS:
            return roles
        try:
            roles = roles_of(await insist(partial(guild.fetch_member, user)))
        except discord.NotFound:
            roles = []
        except FAILURES:
            return []
        remember(self._told_roles, (guild.id, user), (monotonic(), roles), REMEMBERED)
        return roles


class DeskClient(discord.Client):
    """A connection to Discord whose interactions find their way to the desk."""

    def __init__(self, desk: Desk, **options: Any) -> None:
        super().__init__(**options)
        self.desk = desk


DeskInteraction = discord.Interaction[DeskClient]


async def tell_alone(interaction: DeskInteraction, text: str) -> None:
    """Answer a deferred interaction to its user alone, though « … réfléchit » was for all to see.

    The first message after a deferral takes its place, visible as it was; so that place is taken, then given up.
    """
    await interaction.edit_original_response(content=TAKEN)
    await interaction.followup.send(text, ephemeral=True)
    await interaction.delete_original_response()


@asynccontextmanager
async def failure_told(interaction: DeskInteraction) -> AsyncIterator[None]:
    """Inside, an error is logged and told to who waits: discord.py logs some at most."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - what it is, the log says
        await tell_failure(interaction, error)


async def tell_failure(interaction: DeskInteraction, error: Exception) -> None:
    """Log what went wrong with a command, a button or a form, and tell its user that it did."""
    cause = getattr(error, "original", error)
    known = isinstance(cause, FAILURES)
    logger.error(DISCORD_COMMAND_FAILED, cause, exc_info=None if known else error)
    send = interaction.followup.send if interaction.response.is_done() else interaction.response.send_message
    try:
        await send(FAILED, ephemeral=True)
    except FAILURES as failure:
        logger.warning(DISCORD_COMMAND_FAILED, failure)
