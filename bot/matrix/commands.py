"""The commands of the Matrix bot: `!aide`, `!pole NOLA`, … and those of its officers."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from textwrap import shorten

from bot import messages
from bot.cards import Card
from bot.command_texts import cell_card, outcome_text, pole_card, state_text, why_listed
from bot.journal import Exchange
from bot.privacy import forget, privacy_text
from bot.service import Service
from ingest.build import silent
from knowledge.errors import PtceError
from knowledge.phrases import french_date
from knowledge.settings import Settings
from knowledge.text import fold

logger = logging.getLogger(__name__)
CHANNEL = "matrix"
# What a command has to say: one thing or several, each taking the place of the one before it.
Said = AsyncIterator[str | Card]
# Characters shown of a question in the officers' list.
QUESTION = 300


@dataclass(frozen=True, slots=True)
class Asked:
    """A command: who gave it, where (`direct`: nobody else reads along), and what follows its name."""

    user: str
    argument: str
    direct: bool
    officer: bool


def command_name(written: str) -> str:
    """« !pôle » and « !confidentialité » are the same commands as without accents."""
    return fold(written).replace(" ", "-")


class Commands:
    """Runs commands by name; an unknown one is nobody's unless it was said to the bot alone."""

    def __init__(self, settings: Settings, service: Service, bot_name: str) -> None:
        self._settings = settings
        self._service = service
        self._bot_name = bot_name
        self._open: dict[str, Callable[[Asked], Awaitable[str | Card]]] = {
            "aide": self._help,
            "pole": self._pole,
            "cellule": self._cell,
            "sources": self._sources,
            "confidentialite": self._privacy,
            "oublier": self._forget,
        }
        self._officers: dict[str, Callable[[Asked], Said]] = {
            "sans-reponse": self._unanswered,
            "reindexer": self._reindex,
            "etat": self._state,
        }

    async def run(self, name: str, asked: Asked) -> Said:
        """What there is to say, as it comes; nothing for a command that is somebody else's."""
        wanted = command_name(name)
        try:
            if wanted in self._open:
                yield await self._open[wanted](asked)
            elif wanted in self._officers:
                async for said in self._for_officers(wanted, asked):
                    yield said
            elif asked.direct:
                yield messages.MATRIX_UNKNOWN_COMMAND.format(name=name)
        except PtceError as error:
            logger.error("Commande !%s : %s", wanted, error)
            yield str(error) if asked.officer else messages.FAILED

    async def _for_officers(self, name: str, asked: Asked) -> Said:
        if not asked.officer:
            yield messages.OFFICERS_ONLY
            return
        async for said in self._officers[name](asked):
            yield said

    async def _help(self, asked: Asked) -> str:
        parts = [messages.HELP, messages.MATRIX_HELP.format(name=self._bot_name)]
        return "\n\n".join([*parts, messages.MATRIX_HELP_OFFICERS] if asked.officer else parts)

    async def _pole(self, asked: Asked) -> str | Card:
        cards = self._service.cards
        if asked.argument:
            return await asyncio.to_thread(pole_card, cards, asked.argument)
        names = await asyncio.to_thread(cards.poles, limit=1)
        return messages.MATRIX_WHICH_POLE.format(example=names[0] if names else "NOLA")

    async def _cell(self, asked: Asked) -> str | Card:
        cards = self._service.cards
        if asked.argument:
            return await asyncio.to_thread(cell_card, cards, asked.argument)
        names = await asyncio.to_thread(cards.regions, limit=1)
        return messages.MATRIX_WHICH_REGION.format(example=names[0] if names else "Bretagne")

    async def _sources(self, _: Asked) -> Card:
        return await asyncio.to_thread(self._service.cards.sources)

    async def _privacy(self, _: Asked) -> str:
        text = privacy_text(self._settings, "!oublier")
        return f"{text}\n\n{messages.MATRIX_PRIVACY}"

    async def _forget(self, asked: Asked) -> str:
        return await forget(self._service, CHANNEL, asked.user)

    async def _unanswered(self, asked: Asked) -> Said:
        if not asked.direct:
            yield messages.MATRIX_PRIVATE_COMMAND
            return
        kept = await self._service.unanswered()
        lines = [_line(exchange) for exchange in kept]
        yield "\n".join([messages.UNANSWERED_TITLE, *lines]) if lines else messages.NOTHING_UNANSWERED

    async def _reindex(self, _: Asked) -> Said:
        yield messages.REINDEX_STARTED
        yield outcome_text(await self._service.reindex(silent))

    async def _state(self, _: Asked) -> Said:
        state = await self._service.state()
        yield state_text(state, state.started.strftime("%d/%m/%Y %H:%M"))


def _line(exchange: Exchange) -> str:
    date, why = french_date(exchange.at.date().isoformat()), why_listed(exchange)
    line = messages.MATRIX_UNANSWERED_LINE.format(date=date, why=why, question=_short(exchange.question))
    return f"{line} — {_short(exchange.comment)}" if exchange.comment else line


def _short(text: str) -> str:
    # Backticks would make code of the lines between two questions.
    return shorten(text.replace("`", "'"), QUESTION, placeholder="…")
