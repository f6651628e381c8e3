"""The file behind the journal, and the key of its hashes: how they are made, brought up to date and deleted."""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from filelock import FileLock

from knowledge.errors import PtceError

JOURNAL = "journal.sqlite"
KEY = "journal.key"
KEY_LOCK = f"{KEY}.lock"
# A file that is no database, or a broken one, put aside; the time follows, in nanoseconds: two may break in a second.
ASIDE = "journal.illisible-"
KEY_BYTES = 32
_SCHEMA = """
CREATE TABLE IF NOT EXISTS exchanges (
    id TEXT PRIMARY KEY, at REAL NOT NULL, channel TEXT NOT NULL,
    message TEXT NOT NULL, user TEXT NOT NULL, place TEXT NOT NULL, reference TEXT,
    question TEXT NOT NULL, completed TEXT NOT NULL, turn_subject TEXT, turn_question TEXT,
    verdict TEXT NOT NULL, answer TEXT NOT NULL, useful INTEGER, comment TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX IF NOT EXISTS by_message ON exchanges (channel, message);
CREATE INDEX IF NOT EXISTS by_place ON exchanges (channel, place, at);
CREATE INDEX IF NOT EXISTS by_reference ON exchanges (channel, reference);
"""
# Who rated an answer, and who left the remark beside it: others than who asked, often, and not always the same. In a
# file from before, nobody knows: such a rating goes with its question. When the oldest words kept were asked.
_ADDED = {"rater": "TEXT", "commenter": "TEXT", "turn_at": "REAL"}


def open_database(folder: Path | None) -> sqlite3.Connection:
    """The journal of this folder, or one in memory."""
    if folder is None:
        return _database(":memory:")
    path = folder / JOURNAL
    with _private():
        try:
            return _database(str(path))
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            # Another process may have begun a new one since.
            with _alone(folder):
                return _repaired(path)


def _repaired(path: Path) -> sqlite3.Connection:
    try:
        return _database(str(path))
    except sqlite3.DatabaseError:
        _put_aside(path)
        return _database(str(path))


def read_key(folder: Path | None) -> bytes:
    """The key of the hashes, made at the first start; another one each time for a journal in memory."""
    if folder is None:
        return os.urandom(KEY_BYTES)
    path = folder / KEY
    folder.mkdir(parents=True, exist_ok=True)
    with _private(), _alone(folder):
        if not path.exists():
            # Nobody could be found again, nor forgotten, in what another key has hashed.
            _put_aside(folder / JOURNAL)
            _write_key(path)
    return _whole_key(path)


def _alone(folder: Path) -> FileLock:
    """Two channels may be two processes, started together."""
    return FileLock(folder / KEY_LOCK, mode=0o600)


def _write_key(path: Path) -> None:
    """Whole or not at all: with half a key no later start could go on."""
    aside = path.with_name(f"{KEY}.new")
    with aside.open("wb") as file:
        file.write(os.urandom(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


def _whole_key(path: Path) -> bytes:
    key = path.read_bytes()
    if len(key) < KEY_BYTES:
        cure = "supprimez ce fichier : une autre sera faite, et le journal d'avant mis de côté"
        raise PtceError(f"La clé du journal, {path}, est incomplète.", cure)
    return key


def inspect_journal(folder: Path) -> None:
    """Whether the journal of this folder can be read, with what to do if not (`PtceError`); it is left as it is."""
    key, path = folder / KEY, folder / JOURNAL
    if key.exists():
        _whole_key(key)
    if not path.exists():
        return
    if not key.exists():
        cure = "remettez-la d'une sauvegarde ; sinon « ptce serve » mettra ce journal de côté et en commencera un autre"
        raise PtceError(f"La clé du journal, {key}, manque.", cure)
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            found = database.execute("PRAGMA quick_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        found = str(error)
    if found != "ok":
        cure = "rien à faire : « ptce serve » le mettra de côté et en commencera un autre"
        raise PtceError(f"Le journal, {path}, est illisible ({found}).", cure)


def _put_aside(path: Path) -> None:
    """Never written over; nothing where there is no journal."""
    with suppress(FileNotFoundError):
        path.rename(path.with_name(f"{ASIDE}{time.time_ns()}"))


def journal_files(folder: Path) -> list[Path]:
    """All that a journal left in this folder: what SQLite puts beside it and broken ones put aside, too."""
    return sorted(path for pattern in (f"{JOURNAL}*", f"{KEY}*", f"{ASIDE}*") for path in folder.glob(pattern))


def delete_aside(folder: Path | None, before: float) -> None:
    """Delete the broken journals that were put aside before this time; nobody can erase less of them."""
    for path in folder.glob(f"{ASIDE}*") if folder else ():
        # Another process may have been first.
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before:
                path.unlink()


def delete_journal(folder: Path) -> bool:
    """Delete the journal of this folder; False when there was none."""
    found = journal_files(folder)
    for path in found:
        path.unlink(missing_ok=True)
    return bool(found)


def _database(name: str) -> sqlite3.Connection:
    database = sqlite3.connect(name, check_same_thread=False)
    # What is erased must not stay readable in the file.
    database.execute("PRAGMA secure_delete = ON")
    database.executescript(_SCHEMA)
    # A page that is damaged far inside would fail one question in a hundred.
    if (found := database.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
        database.close()
        raise sqlite3.DatabaseError(found)
    _add_columns(database)
    return database


def _add_columns(database: sqlite3.Connection) -> None:
    with database:
        # Two channels may be two processes, started together.
        database.execute("BEGIN IMMEDIATE")
        there = {row[1] for row in database.execute("PRAGMA table_info(exchanges)")}
        for name, kind in _ADDED.items():
            if name not in there:
                database.execute(f"ALTER TABLE exchanges ADD COLUMN {name} {kind}")


@contextmanager
def _private() -> Iterator[None]:
    """Inside, new files are for their owner only."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)
