"""What the Matrix bot kept and can't use any more: said with its cure; no homeserver needed."""

import json
import sqlite3
from pathlib import Path

import pytest

from bot.channel import ChannelError
from bot.matrix.client import MatrixClient
from bot.matrix.files import SESSION_FILE, Session, Store
from bot.matrix.keys import IDENTITY_FILE, open_identity

pytestmark = pytest.mark.asyncio
BOT, DEVICE = "@bot:x", "APPAREIL"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    opened = Store(tmp_path, "https://x", BOT)
    opened.open()
    return opened


def unused(folder: Path) -> MatrixClient:
    return MatrixClient("http://localhost", BOT, str(folder))


async def opened_once(folder: Path) -> Path:
    """The database of a device, made as a first start makes it."""
    client = unused(folder)
    client.restore_login(BOT, DEVICE, "jeton")
    await client.close()
    return folder / f"{BOT}_{DEVICE}.db"


@pytest.mark.parametrize("content", ["null", "[]", '["a"]', '{"user_id": "@bot:x"}', '{"autre": 1}', "", "{"])
async def test_a_session_that_is_none_is_told_with_its_cure(store: Store, content: str) -> None:
    (store.folder / SESSION_FILE).write_text(content, encoding="utf-8")

    with pytest.raises(ChannelError, match=rf"{SESSION_FILE} est illisible") as told:
        store.session()

    assert "supprimez ce fichier" in told.value.cure


@pytest.mark.parametrize("seeds", [None, {}, {"master": "YQ==", "self_signing": "YQ=="}, {"master": 1}])
async def test_signing_keys_that_are_none_are_told_with_their_cure(store: Store, seeds: object) -> None:
    (store.folder / IDENTITY_FILE).write_text(json.dumps(seeds), encoding="utf-8")

    with pytest.raises(ChannelError, match=rf"{IDENTITY_FILE} est illisible"):
        open_identity(store.folder)


async def test_a_session_and_signing_keys_are_found_again(store: Store) -> None:
    await opened_once(store.folder)
    session = Session(BOT, DEVICE, "jeton", "s1")

    store.keep(session)
    made = open_identity(store.folder)

    assert store.session() == session
    assert open_identity(store.folder).master.public == made.master.public


async def test_a_database_that_is_none_is_told_with_its_cure(tmp_path: Path) -> None:
    (await opened_once(tmp_path)).write_bytes(b"n'importe quoi" * 1000)
    client = unused(tmp_path)

    with pytest.raises(ChannelError, match=rf"{DEVICE}.db est illisible"):
        client.restore_login(BOT, DEVICE, "jeton")

    await client.close()


async def test_keys_that_are_none_are_told_with_their_cure(tmp_path: Path) -> None:
    with sqlite3.connect(await opened_once(tmp_path)) as database:
        database.execute("UPDATE accounts SET account = 'xx'")
    client = unused(tmp_path)

    with pytest.raises(ChannelError, match=rf"{DEVICE}.db est illisible"):
        client.restore_login(BOT, DEVICE, "jeton")

    await client.close()


async def test_a_folder_that_can_not_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "matrix").write_text("", encoding="utf-8")

    with pytest.raises(OSError, match="matrix") as told:
        Store(tmp_path, "https://x", BOT).open()

    assert told.value.filename
