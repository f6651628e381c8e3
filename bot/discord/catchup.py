"""What was written while Discord had lost our session: read again, since no event of it will come."""

import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterator

import discord

from bot.discord.access import Access, place_of
from bot.discord.retry import FAILURES, insist, may_pass
from bot.messages import DISCORD_CAUGHT_UP, DISCORD_MISSED_TOO_MANY

logger = logging.getLogger(__name__)
# Direct conversations remembered; messages read again in each place after a loss, and in one request.
CONVERSATIONS = 1000
MESSAGES, PAGE = 1000, 100


class CatchUp:
    """Outlives the connections. A session that is resumed needs none of this: Discord sends what was missed."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._last = 0
        self._lost_since = 0
        self._gap_since = 0
        # Where messages are still to be read, and since which one.
        self._unread: dict[int, int] = {}
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
        self._unread = dict.fromkeys(self._places(client, since), since) | self._unread
        for place, start in list(self._unread.items()):
            async for message in self._read(client, place, start):
                count += 1
                yield message
        logger.info(DISCORD_CAUGHT_UP, count)

    def _places(self, client: discord.Client, since: int) -> Iterator[int]:
        for guild in client.guilds:
            places: list[discord.TextChannel | discord.Thread] = [*guild.text_channels, *guild.threads]
            for channel in places:
                if (channel.last_message_id or 0) > since and self._access.serves(place_of(channel, guild.id)):
                    yield channel.id
        yield from self._direct

    async def _read(self, client: discord.Client, place: int, since: int) -> AsyncIterator[discord.Message]:
        """What was written in a place; what can't be read for now stays unread until the next time."""
        for _ in range(MESSAGES // PAGE):
            page = await self._page(client, place, since)
            for message in page:
                yield message
            if len(page) < PAGE:
                return
            since = page[-1].id
        logger.warning(DISCORD_MISSED_TOO_MANY, place, MESSAGES)

    async def _page(self, client: discord.Client, place: int, since: int) -> list[discord.Message]:
        try:
            page = await insist(lambda: _messages(client, place, since))
        except FAILURES as error:
            logger.warning("Salon %s : messages manqués illisibles (%s)", place, error)
            if not may_pass(error):
                self._unread.pop(place, None)
            return []
        if len(page) < PAGE:
            self._unread.pop(place, None)
        else:
            self._unread[place] = page[-1].id
        return page


async def _messages(client: discord.Client, place: int, since: int) -> list[discord.Message]:
    channel = client.get_channel(place) or await client.fetch_channel(place)
    if not isinstance(channel, discord.abc.Messageable):
        return []
    history = channel.history(after=discord.Object(since), limit=PAGE, oldest_first=True)
    return [message async for message in history]
