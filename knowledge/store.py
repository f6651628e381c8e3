"""Chroma, the vector store: one collection of passages with their vectors and where they come from."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from knowledge.errors import UnusableIndexError
from knowledge.model import Document, Passage
from knowledge.vectors import Matrix, Vector

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

COLLECTION = "passages"
FOLDER = "chroma"


@contextmanager
def chroma_client(folder: Path, url: str = "") -> Iterator["ClientAPI"]:
    """A client on the generation's own folder, or on a Chroma server; closed on leaving."""
    import chromadb
    from chromadb.config import Settings as ChromaSettings

    quiet = ChromaSettings(anonymized_telemetry=False)
    try:
        if url:
            address = urlsplit(url)
            client = chromadb.HttpClient(
                host=address.hostname or "", port=address.port or 8000, ssl=address.scheme == "https", settings=quiet
            )
        else:
            client = chromadb.PersistentClient(path=str(folder / FOLDER), settings=quiet)
    except (ValueError, RuntimeError) as error:
        raise UnusableIndexError(
            f"La base Chroma ({url or folder / FOLDER}) ne s'ouvre pas ({error}).",
            "vérifiez store.url et que le serveur répond" if url else "relancez « ptce ingest »",
        ) from None
    try:
        yield client
    finally:
        client.close()  # type: ignore[attr-defined]


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


def open_collection(client: "ClientAPI", name: str) -> "Collection":
    """The collection of passages, or `UnusableIndexError`."""
    from chromadb.errors import ChromaError

    try:
        return client.get_collection(name, embedding_function=None)
    except (ChromaError, ValueError) as error:
        raise UnusableIndexError(
            f"La collection « {name} » manque dans Chroma ({error}).", "relancez « ptce ingest »"
        ) from None


def nearest(collection: "Collection", vector: Vector, count: int) -> list[str]:
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
