"""👍 and 👎 on answers: kept as what a person thought of them, until they take the reaction back."""

from collections import OrderedDict

from nio import ReactionEvent

from bot.matrix.commands import CHANNEL
from bot.remembered import remember
from bot.service import Service

HANDS = {"👍": True, "👎": False}
# Reactions that can still be taken back; of older ones, and those before a restart, the rating stays.
REMEMBERED = 5000


class Ratings:
    """Those of one login."""

    def __init__(self, service: Service) -> None:
        self._service = service
        # The reaction's event -> the exchange, who reacted, and what they thought.
        self._kept: OrderedDict[str, tuple[str, str, bool]] = OrderedDict()

    async def take(self, event: ReactionEvent) -> None:
        """Keep a reaction to an answer, when it rates it."""
        # Skin tones and variation selectors follow the hand.
        useful = HANDS.get(event.key[:1])
        exchange = await self._service.exchange_of(CHANNEL, event.reacts_to) if useful is not None else None
        if exchange and useful is not None and await self._service.rate(exchange, event.sender, useful):
            remember(self._kept, event.event_id, (exchange, event.sender, useful), REMEMBERED)

    async def take_back(self, reaction: str) -> None:
        """Keep nothing of a reaction that was removed; of any other event, do nothing."""
        if rating := self._kept.pop(reaction, None):
            await self._service.unrate(*rating)
