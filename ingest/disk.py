"""What a disk refuses, told as sentences."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from knowledge.errors import PtceError

_FULL = "libérez de la place disque, puis relancez"
_RIGHTS = "vérifiez data.dir et ses droits d'accès"
_BUSY = "un autre programme s'en sert : attendez-le ou arrêtez-le, puis relancez"
# An I/O error is how SQLite tells of a file that may grow no further.
_CURES = {
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_IOERR: _FULL,
    sqlite3.SQLITE_READONLY: _RIGHTS,
    sqlite3.SQLITE_CANTOPEN: _RIGHTS,
    sqlite3.SQLITE_PERM: _RIGHTS,
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
}


@contextmanager
def writable(index_dir: Path, cache: Path) -> Iterator[None]:
    """Makes the folder of the index; inside, what the disk refuses is a `PtceError`."""
    try:
        index_dir.mkdir(parents=True, exist_ok=True)
        yield
    except sqlite3.Error as error:
        # The low byte: what SQLite calls the primary code.
        cure = _CURES.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, "supprimez ce fichier : il sera recalculé")
        raise PtceError(f"Le cache des vecteurs {cache} est inutilisable ({error}).", cure) from None
    except OSError as error:
        # numpy tells of a write cut short without saying why.
        if error.errno in (None, errno.ENOSPC, errno.EFBIG, errno.EDQUOT):
            raise PtceError("Le disque est plein ; l'index précédent sert toujours.", _FULL) from None
        raise PtceError(
            f"Impossible de lire ou d'écrire {error.filename or index_dir} ({error.strerror or error}).", _RIGHTS
        ) from None
