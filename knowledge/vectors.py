"""Vectors that are never computed twice: the bundled ones, and a cache on disk.

A vector is keyed by the hash of (model, role, text), so that another model or another prefix can never
be served the wrong vector, and an unchanged text is never encoded again, even after a crash.
"""

import hashlib
import os
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Role = Literal["query", "passage"]
Vector = NDArray[np.float32]
Matrix = NDArray[np.float32]
KEY_BYTES = 16


def text_key(model_id: str, role: Role, text: str) -> bytes:
    """16 bytes that name one text encoded by one model in one role."""
    return hashlib.sha256(f"{model_id}\0{role}\0{text}".encode()).digest()[:KEY_BYTES]


class VectorFile:
    """A frozen set of vectors: `keys` (n, 16) uint8 sorted, `vectors` (n, dim) float16, in one `.npz`."""

    def __init__(self, path: Path) -> None:
        self._rows: dict[bytes, int] = {}
        self._vectors: NDArray[np.float16] = np.zeros((0, 0), np.float16)
        if path.exists():
            with np.load(path, allow_pickle=False) as data:
                self._rows = {row.tobytes(): i for i, row in enumerate(data["keys"])}
                self._vectors = data["vectors"]

    def __len__(self) -> int:
        return len(self._rows)

    def get(self, key: bytes) -> Vector | None:
        """The vector, or None."""
        row = self._rows.get(key)
        return None if row is None else self._vectors[row].astype(np.float32)

    @staticmethod
    def write(path: Path, entries: dict[bytes, Vector]) -> None:
        """Write `entries` sorted by key, so that equal contents give an equal file; who reads never sees half of it."""
        ordered = sorted(entries)
        keys = np.frombuffer(b"".join(ordered), np.uint8).reshape(len(ordered), KEY_BYTES)
        vectors = np.stack([entries[key] for key in ordered]).astype(np.float16)
        aside = path.with_name(f".{os.getpid()}.{path.name}")
        np.savez(aside, keys=keys, vectors=vectors)
        aside.replace(path)


class VectorCache:
    """Vectors on disk (SQLite); each batch is committed at once, so that an interrupted run loses nothing."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._db = _open_table(path)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            # Not a database, or a broken one: all that it held can be computed again.
            for leftover in (path, path.with_name(f"{path.name}-journal")):
                leftover.unlink(missing_ok=True)
            self._db = _open_table(path)

    def get(self, keys: Sequence[bytes]) -> dict[bytes, Vector]:
        """Those of `keys` that are known."""
        found: dict[bytes, Vector] = {}
        with closing(self._db.cursor()) as cursor:
            for key in keys:
                row = cursor.execute("SELECT vector FROM vectors WHERE key = ?", (key,)).fetchone()
                if row:
                    found[key] = np.frombuffer(row[0], np.float16).astype(np.float32)
        return found

    def put(self, entries: Iterable[tuple[bytes, Vector]]) -> None:
        """Store vectors (as float16) and commit."""
        rows = [(key, vector.astype(np.float16).tobytes()) for key, vector in entries]
        with self._db:
            self._db.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)

    def close(self) -> None:
        """Release the file."""
        self._db.close()


def _open_table(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=30)
    database.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL)")
    if database.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        database.close()
        raise sqlite3.DatabaseError("malformed")
    return database


def bundled_vectors_file() -> Path:
    """Vectors of the bundled corpus, shipped so that a fresh machine need not encode it."""
    return Path(__file__).parent / "vectors" / "multilingual-e5-small-q4.npz"
