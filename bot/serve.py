"""`ptce serve`: the channels in one process, over one index, kept connected until someone stops them."""

import asyncio
import logging
import signal
import sqlite3
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from time import monotonic
from typing import TYPE_CHECKING

from bot.channel import Channel, ChannelError
from bot.indexing import ensure_index
from bot.journal import Journal
from bot.journal_file import delete_journal
from bot.messages import JOURNAL_DELETED, SERVING, STOPPING
from bot.service import Service
from bot.writing import open_assistant
from knowledge.errors import PtceError
from knowledge.settings import Settings

if TYPE_CHECKING:
    from rich.console import Console
    from tenacity import RetryCallState

logger = logging.getLogger(__name__)
# Seconds before a lost channel is tried again: doubled each time, up to a minute.
FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
OURS = ("bot", "ingest", "knowledge")
# A run that lasted longer was connected, and served.
LASTING = 60.0


def serve(settings: Settings, names: Sequence[str], errors: "Console") -> None:
    """Serve the named channels until SIGTERM or Ctrl-C; a `ChannelError` of any of them stops all."""
    prepare_logging()
    kinds = [_channel_kind(name) for name in names]
    assistant = open_assistant(settings)
    ensure_index(settings, assistant.encoder, errors)
    service = Service(settings, assistant, open_journal(settings))
    try:
        channels = [kind(settings, service) for kind in kinds]
        asyncio.run(_until_stopped(channels, service, settings.serve.stop_seconds))
    finally:
        service.close()


def prepare_logging() -> None:
    """Dated lines on stderr; the libraries' own chatter only from warnings up."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s : %(message)s")
    logging.getLogger("bot").setLevel(logging.INFO)


def open_journal(settings: Settings) -> Journal:
    """The journal on disk, or in memory where the settings ask for none."""
    if not settings.journal.enabled:
        _delete_journal(settings)
        return Journal(None, settings.journal.retention_days)
    try:
        return Journal(settings.data_dir, settings.journal.retention_days)
    except (sqlite3.Error, OSError) as error:
        raise PtceError(
            f"Le journal ne peut pas être ouvert dans {settings.data_dir} ({error}).",
            "vérifiez la place et les droits, ou mettez journal.enabled à false",
        ) from None


def _delete_journal(settings: Settings) -> None:
    """Delete what an earlier run kept: people are told that nothing is, and nobody else would erase it in time.

    To go on purging it would spare who switches the journal off for an hour, and make « je ne garde rien » untrue until
    the retention period ends.
    """
    try:
        if delete_journal(settings.data_dir):
            logger.warning(JOURNAL_DELETED, settings.data_dir)
    except OSError as error:
        raise PtceError(
            f"Le journal d'avant ne peut pas être supprimé de {settings.data_dir} ({error}).",
            "supprimez ses fichiers (journal.*), ou mettez journal.enabled à true",
        ) from None


def _channel_kind(name: str) -> Callable[[Settings, Service], Channel]:
    """What makes the channel of that name; each imports its own library, and all want those of their extra."""
    try:
        for library in ("limits", "tenacity"):
            import_module(library)
        if name == "discord":
            from bot.discord.channel import DiscordChannel

            return DiscordChannel
        from bot.matrix.channel import MatrixChannel

        return MatrixChannel
    except ImportError as error:
        # One of ours that can't be imported is a fault, which no installation mends.
        if (error.name or "").partition(".")[0] in OURS:
            raise
        raise ChannelError(
            f"La bibliothèque du canal {name} n'est pas installée ({error.name}).",
            f"pip install 'ptce-assistant[{name}]'",
        ) from None


async def _until_stopped(channels: Sequence[Channel], service: Service, stop_seconds: float) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    running = [asyncio.create_task(keep_connected(channel), name=channel.name) for channel in channels]
    purging = asyncio.create_task(service.purge_daily())
    purging.add_done_callback(_tell_end_of_purging)
    stopped = asyncio.create_task(stopping.wait())
    logger.info(SERVING, ", ".join(channel.name for channel in channels))
    try:
        await asyncio.wait([*running, stopped], return_when=asyncio.FIRST_COMPLETED)
        logger.info(STOPPING)
        service.abandon_reindexing()
        await _stop(channels, stop_seconds)
    finally:
        purging.cancel()
        stopped.cancel()
        for task in running:
            task.cancel()
        results = await asyncio.gather(*running, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            raise result


def _tell_end_of_purging(task: asyncio.Task[None]) -> None:
    if not task.cancelled():
        logger.error("Le journal n'est plus purgé chaque jour, par une erreur inattendue", exc_info=task.exception())


async def _stop(channels: Sequence[Channel], seconds: float) -> None:
    """Let each channel send what is in flight, but not for ever."""
    stops = [asyncio.create_task(channel.stop()) for channel in channels]
    _, late = await asyncio.wait(stops, timeout=seconds)
    for task in late:
        task.cancel()
    for error in await asyncio.gather(*stops, return_exceptions=True):
        if isinstance(error, Exception):
            logger.warning("Arrêt imparfait d'un canal : %s", error)


async def keep_connected(channel: Channel) -> None:
    """Run a channel again whenever its connection fails; its own end stops it, and so does any other error at first.

    One that comes after it served for a while is told whole, and does not take the service away.
    """
    from tenacity import AsyncRetrying, retry_if_exception, wait_exponential_jitter

    served = False

    def may_pass(error: BaseException) -> bool:
        hopeless = isinstance(error, ChannelError) or not isinstance(error, Exception)
        return not hopeless and (served or _is_of_the_network(error))

    def tell(state: "RetryCallState") -> None:
        error = state.outcome.exception() if state.outcome else None
        wait = state.next_action.sleep if state.next_action else 0
        if error and not _is_of_the_network(error):
            logger.error("%s : erreur inattendue", channel.name, exc_info=error)
        logger.warning("%s : connexion perdue (%s) ; nouvel essai dans %.0f s", channel.name, error, wait)

    retrying = AsyncRetrying(
        retry=retry_if_exception(may_pass),
        wait=wait_exponential_jitter(multiplier=FIRST_WAIT, max=LONGEST_WAIT),
        before_sleep=tell,
        reraise=True,
    )
    async for attempt in retrying:
        with attempt:
            began = monotonic()
            try:
                await channel.run()
            finally:
                served = monotonic() - began > LASTING
                if served:
                    # This loss is a new one, and is not waited for as the tenth in a row.
                    attempt.retry_state.attempt_number = 1


def _is_of_the_network(error: BaseException) -> bool:
    """Whether a connection was lost or refused, or a server is in trouble; what names a file is no connection."""
    from aiohttp import ClientError

    # Where Discord is not served, its library may not be there.
    discord = sys.modules.get("discord")
    faults = (OSError, ClientError, *([discord.HTTPException] if discord else []))
    return isinstance(error, faults) and getattr(error, "filename", None) is None
