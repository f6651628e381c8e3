"""What the Matrix bot keeps between two starts, in a folder of the account that only its owner can read.

The session (device, access token, how far was read) and matrix-nio's database belong together: a device id whose
database is lost can't be used again, since nobody could decrypt for it. Then a new device is made.
"""

import json
import os
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from filelock import FileLock, Timeout

from bot.channel import ChannelError
from bot.messages import MATRIX_STORE_BROKEN, MATRIX_STORE_IN_USE

SESSION_FILE = "session.json"
LOCK_FILE = "lock"
FOLDER = "matrix"
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Session:
    """A login: `since` is how far the account's events were read and dealt with."""

    user_id: str
    device_id: str
    access_token: str
    since: str = ""


class Store:
    """The folder of one account; held by one process at a time."""

    def __init__(self, data_dir: Path, homeserver: str, user: str) -> None:
        self.folder = data_dir / FOLDER / re.sub(r"[^\w.=-]+", "_", f"{homeserver.split('://')[-1]} {user}").strip("_")
        self._lock = FileLock(self.folder / LOCK_FILE, mode=0o600)

    def open(self) -> None:
        """Make the folder and hold it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise ChannelError(*MATRIX_STORE_IN_USE) from None

    def close(self) -> None:
        """Let go of the folder."""
        self._lock.release()

    def session(self) -> Session | None:
        """The login that was kept, when its database was too."""
        session = read_json(self.folder / SESSION_FILE, lambda kept: Session(**kept))
        return session if session and self.has_keys(session.user_id, session.device_id) else None

    def has_keys(self, user_id: str, device_id: str) -> bool:
        """Whether matrix-nio's database of that device is here."""
        return database(self.folder, user_id, device_id).is_file()

    def keep(self, session: Session) -> None:
        """Remember a login, or how far it read."""
        write_private(self.folder / SESSION_FILE, asdict(session))


def database(folder: Path, user_id: str, device_id: str) -> Path:
    """Where matrix-nio keeps a device's keys."""
    return folder / f"{user_id}_{device_id}.db"


def read_json(path: Path, make: Callable[[Any], Made]) -> Made | None:
    """What is made of the file's content; None without a file, `ChannelError` where it holds something else."""
    try:
        return make(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, LookupError):
        raise broken(path, "contenu inattendu") from None


def broken(path: Path, reason: object) -> ChannelError:
    """What to raise for a file of the store that can't be used."""
    message, cure = MATRIX_STORE_BROKEN
    return ChannelError(message.format(file=path, reason=reason), cure)


def write_private(path: Path, data: dict[str, Any]) -> None:
    """Replace the file at one stroke, readable by its owner only."""
    aside = path.with_suffix(".new")
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(data, file)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
