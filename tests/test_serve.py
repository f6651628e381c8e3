"""`ptce serve`: kept connected, stopped cleanly, and plain about what is missing."""

import asyncio
import errno
import os
import signal
import sys
from types import SimpleNamespace

import aiohttp
import discord
import peewee
import pytest
import tenacity

from bot import serve as serving
from bot.channel import ChannelError
from bot.doctor import _journal
from bot.journal import Journal
from bot.serve import keep_connected, open_journal
from bot.service import Service
from knowledge.configuration import load_settings
from knowledge.errors import PtceError

pytestmark = pytest.mark.asyncio


class Scripted:
    """A channel whose runs end as told; it serves until it is stopped once the script is over."""

    name = "essai"

    def __init__(self, *script: Exception) -> None:
        self.script = list(script)
        self.runs = 0
        self.stopped = asyncio.Event()
        self.serving = asyncio.Event()

    async def run(self) -> None:
        self.runs += 1
        if self.script:
            raise self.script.pop(0)
        self.serving.set()
        await self.stopped.wait()

    async def stop(self) -> None:
        self.stopped.set()


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "FIRST_WAIT", 0.0)
    monkeypatch.setattr(serving, "LONGEST_WAIT", 0.0)


@pytest.fixture
def service(bundled) -> Service:
    return Service(bundled.settings, bundled.assistant, Journal(None, 90))


async def test_a_lost_connection_is_tried_again_and_told(caplog: pytest.LogCaptureFixture) -> None:
    unavailable = discord.HTTPException(SimpleNamespace(status=503, reason="indisponible"), None)
    channel = Scripted(ConnectionError("coupée"), TimeoutError(), aiohttp.ClientPayloadError("coupée"), unavailable)

    running = asyncio.create_task(keep_connected(channel))
    await channel.serving.wait()
    await channel.stop()
    await running

    assert channel.runs == 5
    assert caplog.text.count("connexion perdue") == 4


async def test_a_connection_that_lasted_is_tried_again_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(serving, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(serving, "LONGEST_WAIT", 60.0)
    monkeypatch.setattr(tenacity.wait, "random", SimpleNamespace(uniform=lambda low, high: low))
    waits: list[float] = []
    monkeypatch.setattr(serving.logger, "warning", lambda text, name, error, wait: waits.append(wait))
    clock = iter([0] * 7 + [3600] * 5)
    monkeypatch.setattr(serving, "monotonic", lambda: next(clock))
    channel = Scripted(*[ConnectionError("coupée")] * 5)

    running = asyncio.create_task(keep_connected(channel))
    await channel.serving.wait()
    await channel.stop()
    await running

    assert waits == [0.01, 0.02, 0.04, 0.01, 0.02]


@pytest.mark.parametrize(
    "error",
    [
        ChannelError("Jeton refusé.", "vérifiez-le"),
        PermissionError(errno.EACCES, "Permission denied", "/donnees/matrix"),
        peewee.DatabaseError("malformed"),
        AttributeError("'NoneType'…"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_what_cannot_be_cured_by_waiting_is_not_tried_again(error: Exception) -> None:
    channel = Scripted(error)

    with pytest.raises(type(error)):
        await keep_connected(channel)

    assert channel.runs == 1


async def test_an_unexpected_error_after_hours_of_service_is_told_whole_and_does_not_end_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clock = iter([0, 3600] + [3600] * 4)
    monkeypatch.setattr(serving, "monotonic", lambda: next(clock))
    channel = Scripted(AttributeError("'NoneType'…"))

    running = asyncio.create_task(keep_connected(channel))
    await channel.serving.wait()
    await channel.stop()
    await running

    assert channel.runs == 2
    assert "Traceback" in caplog.text


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_stops_every_channel(service: Service, number: int) -> None:
    channels = [Scripted(), Scripted()]
    serve = asyncio.create_task(serving._until_stopped(channels, service, 5))
    await asyncio.gather(*(channel.serving.wait() for channel in channels))

    os.kill(os.getpid(), number)
    await serve

    assert all(channel.stopped.is_set() for channel in channels)


async def test_one_channel_that_cannot_go_on_stops_the_others_and_is_named(service: Service) -> None:
    well, ill = Scripted(), Scripted(ChannelError("Jeton refusé.", "vérifiez-le"))

    with pytest.raises(ChannelError, match="Jeton refusé"):
        await serving._until_stopped([well, ill], service, 5)

    assert well.stopped.is_set()


async def test_a_channel_that_will_not_stop_does_not_hold_the_others_for_ever(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, well = Scripted(), Scripted()

    async def forever() -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(stuck, "stop", forever)
    serve = asyncio.create_task(serving._until_stopped([stuck, well], service, 0.01))
    await asyncio.gather(stuck.serving.wait(), well.serving.wait())

    os.kill(os.getpid(), signal.SIGTERM)
    await serve

    assert well.stopped.is_set()


async def test_a_journal_that_cannot_be_opened_names_its_cure(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "fichier").write_text("", encoding="utf-8")
    monkeypatch.setenv("PTCE_DATA__DIR", str(tmp_path / "fichier"))

    with pytest.raises(PtceError, match="journal"):
        open_journal(load_settings())


async def test_a_journal_that_is_not_wanted_writes_nothing(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTCE_JOURNAL__ENABLED", "false")

    open_journal(load_settings())

    assert not (tmp_path / "data").exists()


async def test_a_journal_that_is_no_longer_wanted_is_deleted_and_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    open_journal(load_settings()).close()
    monkeypatch.setenv("PTCE_JOURNAL__ENABLED", "false")
    settings = load_settings()
    announced = _journal(settings)

    open_journal(settings)
    open_journal(settings)

    assert list(settings.data_dir.iterdir()) == []
    assert [r.getMessage() for r in caplog.records] == [
        f"journal.enabled = false : le journal d'avant, dans {settings.data_dir}, est supprimé."
    ]
    assert "sera supprimé" in announced
    assert "rien n'est écrit" in _journal(settings)


async def test_a_journal_that_cannot_be_deleted_names_its_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTCE_JOURNAL__ENABLED", "false")
    settings = load_settings()
    (settings.data_dir / "journal.sqlite").mkdir(parents=True)

    with pytest.raises(PtceError, match=r"supprimez ses fichiers"):
        open_journal(settings)


@pytest.mark.parametrize("missing", ["tenacity", "limits"])
async def test_a_channel_whose_library_is_missing_names_the_extra(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)

    with pytest.raises(ChannelError, match=r"ptce-assistant\[discord\]"):
        serving._channel_kind("discord")


async def test_a_fault_of_ours_is_not_told_as_a_library_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bot.discord.channel", None)

    with pytest.raises(ImportError, match=r"bot\.discord\.channel"):
        serving._channel_kind("discord")


async def test_that_the_journal_is_no_longer_purged_is_told(caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        raise ValueError("imprévu")

    task = asyncio.create_task(fail())
    task.add_done_callback(serving._tell_end_of_purging)
    await asyncio.wait([task])

    assert "n'est plus purgé" in caplog.text
    assert "imprévu" in caplog.text
