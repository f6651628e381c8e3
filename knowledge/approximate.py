"""Approximate search in a generation's Chroma collection, for a corpus too large to compare with every vector.

Below `store.exact_below` passages nothing is opened, and Chroma, which takes a second to import, is not even imported.
"""

import logging
import weakref
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from knowledge.index import Index
from knowledge.settings import StoreSettings
from knowledge.store import chroma_client, collection_name, nearest_passages, open_collection
from knowledge.vectors import Vector

_log = logging.getLogger(__name__)


class ChromaSearch:
    """(vector, how many) -> rows of the nearest passages, best first; thread-safe.

    The collection is opened once and closed when nobody holds this any more, so that a question which is still being
    answered from an older generation can end. A store that fails never costs an answer: the vectors are in memory too,
    and are searched exactly instead.
    """

    def __init__(self, folder: Path, url: str, index: Index) -> None:
        with ExitStack() as opened:
            client = opened.enter_context(chroma_client(folder, url))
            self._collection = open_collection(client, collection_name(folder.name, url))
            self._close = weakref.finalize(self, opened.pop_all().close)
        self._vectors = index.passages
        self._rows = {passage.id: row for row, passage in enumerate(index.contents.passages)}

    def __call__(self, vector: Vector, count: int) -> NDArray[np.intp]:
        """Rows of `count` passages, or of all when there are fewer."""
        try:
            found = [self._rows[passage_id] for passage_id in nearest_passages(self._collection, vector, count)]
        except Exception:  # noqa: BLE001 - over HTTP a store can fail in as many ways as there are networks
            _log.warning("Chroma ne répond pas ; recherche exacte en mémoire", exc_info=True)
            return np.argsort(-(self._vectors @ vector), kind="stable")[:count]
        return np.array(found, np.intp)

    def close(self) -> None:
        """Let go of the collection now."""
        self._close()


def open_approximate(settings: StoreSettings, folder: Path, index: Index) -> ChromaSearch | None:
    """Approximate search over the generation in `folder`; None where the exact one is fast enough."""
    if len(index.contents.passages) < settings.exact_below:
        return None
    return ChromaSearch(folder, settings.url, index)
