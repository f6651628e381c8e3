"""A corpus into a generation: build aside, check, swap the pointer.

The generation that serves is never touched: whatever happens here (a broken file, a full disk, Ctrl-C, a kill),
it goes on serving, and the next run starts from the vectors already computed.
"""

import errno
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from ingest.check import Rules, unknown_sources, unsourced_paragraphs
from ingest.embed import CachingEncoder
from ingest.load import load_corpus
from ingest.split import SPLITTER_VERSION, split_corpus
from knowledge import generation as generations
from knowledge.embeddings import Encoder
from knowledge.errors import CorpusError, PtceError
from knowledge.generation import Manifest
from knowledge.index import Contents, passage_text, save_contents, save_vectors, title_text
from knowledge.lexical import Bm25
from knowledge.settings import Settings
from knowledge.store import chroma_client, collection_name, open_collection, write_passages
from knowledge.text import terms
from knowledge.vectors import Matrix, VectorCache, VectorFile, bundled_vectors_file

# (what is being done, done so far, total); the total is 0 while it is not known.
Report = Callable[[str, int, int], None]
LOCK_SECONDS = 600


def silent(what: str, done: int, total: int) -> None:
    """Reports nothing."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What `ingest` did: the generation that now serves, and how many texts the model had to encode."""

    name: str
    changed: bool
    manifest: Manifest
    encoded: int


def is_fresh(settings: Settings, model_id: str) -> bool:
    """Whether the generation that serves was made from the corpus as it stands now, by this model."""
    wanted = generations.generation_digest(settings.corpus_dir, model_id, SPLITTER_VERSION)
    return generations.current_name(settings.index_dir) == wanted and generations.is_complete(
        settings.index_dir, wanted
    )


def build(settings: Settings, encoder: Encoder, report: Report = silent) -> Outcome:
    """Make the index current; does nothing when it already is."""
    index_dir = settings.index_dir
    with _writable(index_dir), _alone(index_dir, report):
        name = generations.generation_digest(settings.corpus_dir, encoder.model_id, SPLITTER_VERSION)
        serving = generations.current_name(index_dir)
        encoded = 0
        if not generations.is_complete(index_dir, name):
            encoded = _build_aside(settings, encoder, index_dir / name, report)
        if serving != name:
            generations.point_to(index_dir, name)
        generations.sweep(index_dir)
        manifest = generations.read_manifest(index_dir / name, encoder.model_id)
        return Outcome(name, serving != name or encoded > 0, manifest, encoded)


def _build_aside(settings: Settings, encoder: Encoder, folder: Path, report: Report) -> int:
    report("Lecture du corpus", 0, 0)
    contents = _contents(settings)
    _start_afresh(folder)
    cache = VectorCache(settings.data_dir / "vectors.sqlite")
    try:
        caching = CachingEncoder(encoder, VectorFile(bundled_vectors_file()), cache)
        passages, sentences, questions = _encode(contents, caching, report)
    finally:
        cache.close()
    report("Écriture de l'index", 0, 0)
    save_contents(folder, contents)
    for name, vectors in (("passages", passages), ("sentences", sentences), ("questions", questions)):
        save_vectors(folder, name, vectors)
    _save_lexical(folder, contents)
    _save_chroma(settings, folder, contents, passages)
    generations.write_manifest(folder, _manifest(folder, settings, encoder, contents))
    return caching.computed


def read_contents(folder: Path) -> Contents:
    """The corpus, cut; refused when a paragraph names no source or an unknown one: it could not be cited."""
    corpus = load_corpus(folder)
    rules = Rules(corpus, folder)
    problems = [*unsourced_paragraphs(rules), *unknown_sources(rules)]
    if problems:
        raise CorpusError(
            f"{len(problems)} paragraphe(s) sans source connue dans {folder} ; rien n'a été modifié.",
            "corrigez les lignes indiquées, puis relancez « ptce ingest --check »",
            tuple(map(str, problems)),
        )
    sentences, passages = split_corpus(corpus)
    return Contents(corpus, sentences, tuple(passages))


def _contents(settings: Settings) -> Contents:
    return read_contents(settings.corpus_dir)


def texts_to_encode(contents: Contents) -> tuple[list[str], list[str], list[str]]:
    """(passages, sentences, questions) as the model reads them; the first two as passages, the last as queries."""
    passages = [passage_text(contents.documents[p.section], contents.sections[p.section], p) for p in contents.passages]
    sentences = [s.text for group in contents.sentences.values() for s in group]
    return passages, sentences, [question for _, question in contents.questions]


def _encode(contents: Contents, encoder: CachingEncoder, report: Report) -> tuple[Matrix, Matrix, Matrix]:
    passages, sentences, questions = texts_to_encode(contents)
    total = len(passages) + len(sentences) + len(questions)

    def step(before: int) -> Callable[[int, int], None]:
        return lambda done, _: report("Calcul des vecteurs", before + done, total)

    return (
        encoder.encode(passages, "passage", step(0)),
        encoder.encode(sentences, "passage", step(len(passages))),
        encoder.encode(questions, "query", step(len(passages) + len(sentences))),
    )


def _save_lexical(folder: Path, contents: Contents) -> None:
    Bm25.build([terms(p.text) for p in contents.passages]).save(folder / "body.npz")
    titles = [terms(title_text(contents.documents[s.id], s)) for s in contents.sections.values()]
    Bm25.build(titles).save(folder / "title.npz")


def _save_chroma(settings: Settings, folder: Path, contents: Contents, vectors: Matrix) -> None:
    rows = [(contents.documents[p.section], p) for p in contents.passages]
    name = collection_name(folder.name, settings.store.url)
    with chroma_client(folder, settings.store.url) as client:
        write_passages(client, name, rows, vectors, settings.store.hnsw_ef_search)
        stored = open_collection(client, name).count()
    if stored != len(rows):
        raise PtceError(f"Chroma n'a gardé que {stored} passages sur {len(rows)}.", "relancez « ptce ingest »")


def _manifest(folder: Path, settings: Settings, encoder: Encoder, contents: Contents) -> Manifest:
    return Manifest(
        format=generations.FORMAT,
        digest=folder.name,
        model_id=encoder.model_id,
        dim=encoder.dim,
        corpus=str(settings.corpus_dir),
        documents=len(contents.corpus.documents),
        sections=len(contents.sections),
        passages=len(contents.passages),
        sentences=sum(map(len, contents.sentences.values())),
        questions=len(contents.questions),
    )


def _start_afresh(folder: Path) -> None:
    import shutil

    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


@contextmanager
def _alone(index_dir: Path, report: Report) -> Iterator[None]:
    lock = FileLock(index_dir / ".lock")
    if not _acquired(lock, 0):
        report("Une autre ingestion est en cours ; attente", 0, 0)
        if not _acquired(lock, LOCK_SECONDS):
            raise PtceError("Une autre ingestion dure depuis plus de dix minutes.", "attendez-la ou arrêtez-la")
    try:
        yield
    finally:
        lock.release()


def _acquired(lock: FileLock, seconds: float) -> bool:
    try:
        lock.acquire(timeout=seconds)
    except Timeout:
        return False
    return True


@contextmanager
def _writable(index_dir: Path) -> Iterator[None]:
    """Turns the disk's refusals into sentences."""
    try:
        index_dir.mkdir(parents=True, exist_ok=True)
        yield
    except sqlite3.OperationalError as error:
        raise PtceError(
            f"Le cache des vecteurs est inutilisable ({error}).", "libérez de la place disque, puis relancez"
        ) from None
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise PtceError(
                "Le disque est plein ; l'index précédent sert toujours.", "libérez de la place, puis relancez"
            ) from None
        raise PtceError(
            f"Impossible d'écrire dans {index_dir} ({error.strerror or error}).",
            "vérifiez data.dir et ses droits d'accès",
        ) from None
