"""What was written while Discord had lost our session: read again, since no event of it will come."""

import logging
from collections import OrderedDict
from collections.abc import AsyncIterator

import discord

from bot.discord.access import Access, place_of
from bot.messages import DISCORD_CAUGHT_UP

logger = logging.getLogger(__name__)
# Direct conversations remembered, and messages read again in each place.
CONVERSATIONS = 1000
MESSAGES = 100


class CatchUp:
    """Outlives the connections. A session that is resumed needs none of this: Discord sends what was missed."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._last = 0
        self._lost_since = 0
        self._gap_since = 0
        self._direct: OrderedDict[int, None] = OrderedDict()

    def saw(self, message: discord.Message) -> None:
        """Remember how far we are."""
        self._last = max(self._last, message.id)
        if message.guild is None:
            self._direct[message.channel.id] = None
            self._direct.move_to_end(message.channel.id)
            if len(self._direct) > CONVERSATIONS:
                self._direct.popitem(last=False)

    def lost(self) -> None:
        """The connection is gone; what comes from now on may be missed."""
        self._lost_since = self._lost_since or self._last

    def resumed(self) -> None:
        """Nothing was missed after all."""
        self._lost_since = 0

    def connected(self) -> None:
        """A new session: events come again, and the gap before it is to be read once the servers are known."""
        self._gap_since, self._lost_since = self._gap_since or self._lost_since, 0
        self._last = self._last or discord.utils.time_snowflake(discord.utils.utcnow())

    async def missed(self, client: discord.Client) -> AsyncIterator[discord.Message]:
        """The messages of the gap, oldest first in each place; none at the first connection."""
        since, self._gap_since = self._gap_since, 0
        if not since:
            return
        count = 0
        async for channel in self._places(client, since):
            try:
                async for message in channel.history(after=discord.Object(since), limit=MESSAGES, oldest_first=True):
                    count += 1
                    yield message
            except discord.HTTPException as error:
                logger.warning("Salon %s : messages manqués illisibles (%s)", getattr(channel, "id", "?"), error)
        logger.info(DISCORD_CAUGHT_UP, count)

    async def _places(self, client: discord.Client, since: int) -> AsyncIterator[discord.abc.Messageable]:
        for guild in client.guilds:
            places: list[discord.TextChannel | discord.Thread] = [*guild.text_channels, *guild.threads]
            for channel in places:
                if (channel.last_message_id or 0) > since and self._access.serves(place_of(channel, guild.id)):
                    yield channel
        for direct in list(self._direct):
            try:
                found = await client.fetch_channel(direct)
            except discord.HTTPException:
                continue
            if isinstance(found, discord.DMChannel):
                yield found
