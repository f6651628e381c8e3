"""Chroma, the vector store: one collection of passages with their vectors and where they come from."""

import logging
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from knowledge.errors import PtceError, UnusableIndexError
from knowledge.generation import CURE
from knowledge.model import Document, Passage
from knowledge.vectors import Matrix, Vector

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

COLLECTION = "passages"
FOLDER = "chroma"
DATABASE = "chroma.sqlite3"
logger = logging.getLogger(__name__)


@contextmanager
def chroma_client(folder: Path, url: str = "") -> Iterator["ClientAPI"]:
    """A client on the generation's own folder, or on a Chroma server; closed on leaving."""
    from chromadb.errors import ChromaError

    place = url or str(folder / FOLDER)
    cure = "vérifiez store.url et que le serveur répond" if url else f"vérifiez la place sur le disque, puis {CURE}"
    try:
        client = _connect(folder, url)
    except (ChromaError, ValueError, RuntimeError) as error:
        raise UnusableIndexError(f"La base Chroma {place} ne s'ouvre pas ({error}).", cure) from None
    try:
        yield client
    except PtceError:
        raise
    except Exception as error:
        # A server that stops answering, or answers with something else than Chroma's words, has no error of its own.
        if not url and not isinstance(error, ChromaError):
            raise
        why = str(error) or type(error).__name__
        raise UnusableIndexError(f"La base Chroma {place} a échoué ({why}).", cure) from error
    finally:
        client.close()  # type: ignore[attr-defined]


def _connect(folder: Path, url: str) -> "ClientAPI":
    import chromadb
    from chromadb.config import Settings as ChromaSettings

    quiet = ChromaSettings(anonymized_telemetry=False)
    if not url:
        return chromadb.PersistentClient(path=str(folder / FOLDER), settings=quiet)
    address = urlsplit(url)
    port = address.port or (443 if address.scheme == "https" else 8000)
    return chromadb.HttpClient(host=address.hostname or "", port=port, ssl=address.scheme == "https", settings=quiet)


def collection_name(generation: str, url: str) -> str:
    """On a shared server each generation has a collection of its own; in its own folder the name is free."""
    return f"{COLLECTION}-{generation}" if url else COLLECTION


def write_passages(
    client: "ClientAPI", name: str, passages: Sequence[tuple[Document, Passage]], vectors: Matrix, ef_search: int
) -> None:
    """Create the collection and add every passage: `vectors` is (n, dim), in the same order."""
    if name in [c.name for c in client.list_collections()]:
        client.delete_collection(name)
    # Without `embedding_function=None` Chroma downloads a model of its own at the first add.
    collection = client.create_collection(
        name, embedding_function=None, configuration={"hnsw": {"space": "cosine", "ef_search": ef_search}}
    )
    step = min(client.get_max_batch_size(), 2000)
    for start in range(0, len(passages), step):
        part = passages[start : start + step]
        collection.add(
            ids=[p.id for _, p in part],
            embeddings=vectors[start : start + step],
            documents=[p.text for _, p in part],
            metadatas=[_metadata(d, p) for d, p in part],
        )


def holds_passages(folder: Path, url: str, count: int) -> bool:
    """Whether Chroma holds the `count` passages of a generation.

    Its own folder is asked through SQLite: importing Chroma takes a second, and opening it writes.
    """
    if url:
        with chroma_client(folder, url) as client:
            name = collection_name(folder.name, url)
            return (
                name in [c.name for c in client.list_collections()] and open_collection(client, name).count() == count
            )
    try:
        with closing(sqlite3.connect(f"file:{quote(str(folder / FOLDER / DATABASE))}?mode=ro", uri=True)) as database:
            sound = database.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
            return bool(sound and database.execute("SELECT count(*) FROM embeddings").fetchone() == (count,))
    except sqlite3.Error:
        return False


def drop_swept(url: str, generations: frozenset[str]) -> None:
    """Delete from a server the collections of generations that are gone; in its own folder each went with its own.

    A server that fails costs nothing but its room: the collections stay there.
    """
    if not url or not generations:
        return
    from chromadb.errors import NotFoundError

    names = sorted(collection_name(generation, url) for generation in generations)
    try:
        with chroma_client(Path(), url) as client:
            for name in names:
                with suppress(NotFoundError):
                    client.delete_collection(name)
    except Exception as error:  # noqa: BLE001 - over HTTP a store can fail in as many ways as there are networks
        logger.warning("Chroma garde des collections qui ne servent plus, %s (%s)", ", ".join(names), error)


def open_collection(client: "ClientAPI", name: str) -> "Collection":
    """The collection of passages, or `UnusableIndexError`."""
    from chromadb.errors import ChromaError

    try:
        return client.get_collection(name, embedding_function=None)
    except (ChromaError, ValueError) as error:
        raise UnusableIndexError(f"La collection « {name} » manque dans Chroma ({error}).", CURE) from None


def nearest_passages(collection: "Collection", vector: Vector, count: int) -> list[str]:
    """Ids of the nearest passages by Chroma's approximate search, best first."""
    found = collection.query(query_embeddings=vector[None, :], n_results=count, include=[])
    return list(found["ids"][0])


def _metadata(document: Document, passage: Passage) -> dict[str, Any]:
    return {
        "section": passage.section,
        "document": document.id,
        "kind": document.kind,
        "title": document.title,
        "region": document.region or "",
        "status": document.status,
        "as_of": document.as_of,
    }
