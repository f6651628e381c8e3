"""What every way to ask on Discord shares: the service, who is admitted, what is in flight."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, TypeVar

import aiohttp
import discord

from bot.discord.access import Access, Place, place_of, roles_of
from bot.discord.catchup import CatchUp
from bot.messages import NOT_ALLOWED, NOT_HERE, RESTARTING
from bot.service import Service
from knowledge.settings import Settings

T = TypeVar("T")
CHANNEL = "discord"
TAKEN = "…"
# A message that could not be handed over is tried again this often, after 1, 2, 4… seconds.
ATTEMPTS = 6
FIRST_WAIT, LONGEST_WAIT = 1.0, 10.0


class Desk(ABC):
    """One for the life of the channel; clients come and go with the connection."""

    def __init__(self, settings: Settings, service: Service) -> None:
        self.settings = settings
        self.service = service
        self.access = Access(settings.discord)
        self.catch_up = CatchUp(self.access)
        self.closing = False
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

    async def admits(self, interaction: "DeskInteraction", from_anybody: bool = False) -> bool:
        """Whether this interaction is to be obeyed; who is refused is told why, and nobody else.

        `from_anybody`: wherever it comes from and whatever the roles.
        """
        refusal = ""
        if self.closing:
            refusal = RESTARTING
        elif not from_anybody:
            refusal = await self._refusal(interaction)
        if not refusal:
            return True
        if interaction.type is discord.InteractionType.autocomplete:
            await interaction.response.autocomplete([])
        else:
            await interaction.response.send_message(refusal, ephemeral=True)
        return False

    async def _refusal(self, interaction: "DeskInteraction") -> str:
        place = place_of(interaction.channel, interaction.guild_id)
        if not self.access.serves(place):
            return NOT_HERE
        return "" if await self.may_ask(interaction.client, interaction.user, place) else NOT_ALLOWED

    async def may_ask(self, client: discord.Client, user: discord.abc.User, place: Place) -> bool:
        """Whether this person's roles allow a question; in a direct message, those held on the servers served."""
        if isinstance(user, discord.Member) or not self.access.needs_role:
            return self.access.may_ask(roles_of(user))
        for guild in client.guilds:
            if place.guild in (None, guild.id) and self.access.serves_guild(guild.id):
                try:
                    member = await guild.fetch_member(user.id)
                except discord.HTTPException:
                    continue
                if self.access.may_ask(roles_of(member)):
                    return True
        return False


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


async def insist(action: Callable[[], Awaitable[T]]) -> T:
    """The action's result; what fails on the way, or inside Discord, is tried again (discord.py waits out the 429)."""
    from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

    retrying = AsyncRetrying(
        retry=retry_if_exception(_may_pass),
        wait=wait_exponential_jitter(multiplier=FIRST_WAIT, max=LONGEST_WAIT),
        stop=stop_after_attempt(ATTEMPTS),
        reraise=True,
    )
    async for attempt in retrying:
        with attempt:
            return await action()
    raise AssertionError("tenacity ends with a result or an error")


def _may_pass(error: BaseException) -> bool:
    """Whether the same request may go through a little later."""
    if isinstance(error, discord.HTTPException):
        return error.status >= HTTPStatus.INTERNAL_SERVER_ERROR or error.status == HTTPStatus.TOO_MANY_REQUESTS
    return isinstance(error, OSError | aiohttp.ClientError | asyncio.TimeoutError)
