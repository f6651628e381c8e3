"""A corpus into a generation: build aside, check, swap the pointer.

The generation that serves is never touched: whatever happens here (a broken file, a full disk, Ctrl-C, a kill),
it goes on serving, and the next run starts from the vectors already computed.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from filelock import FileLock, Timeout

from ingest.check import Rules, unknown_sources, unsourced_paragraphs
from ingest.disk import writable
from ingest.embed import CachingEncoder
from ingest.load import load_corpus
from ingest.problems import corpus_error
from ingest.split import SPLITTER_VERSION, split_corpus
from knowledge import generation as generations
from knowledge.contents import Contents, passage_text, title_text
from knowledge.embeddings import Encoder
from knowledge.errors import PtceError
from knowledge.generation import Manifest
from knowledge.index import DICTIONARY, save_contents, save_vectors, unanswerable_questions
from knowledge.lexical import Bm25
from knowledge.settings import Settings
from knowledge.store import chroma_client, collection_name, drop_swept, holds_passages, open_collection, write_passages
from knowledge.text import fold, terms
from knowledge.vectors import Matrix, VectorCache, VectorFile, bundled_vectors_file

# (what is being done, done so far, total); the total is 0 while it is not known.
Report = Callable[[str, int, int], None]
LOCK_SECONDS = 600
CACHE = "vectors.sqlite"


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
    wanted = wanted_generation(settings, model_id)
    return generations.current_name(settings.index_dir) == wanted and generations.is_complete(
        settings.index_dir, wanted
    )


def wanted_generation(settings: Settings, model_id: str) -> str:
    """The name of the generation that the corpus, as it stands now, and the settings make."""
    recipe: list[str | int] = [model_id, SPLITTER_VERSION, settings.store.hnsw_ef_search, *unanswerable_questions()]
    return generations.generation_digest(settings.corpus_dir, recipe)


def build(settings: Settings, encoder: Encoder, report: Report = silent) -> Outcome:
    """Make the index current; does nothing when it already is."""
    index_dir = settings.index_dir
    with writable(index_dir, settings.data_dir / CACHE), _alone(index_dir, report):
        serving = generations.current_name(index_dir)
        name, contents = _to_build(settings, encoder.model_id, report)
        encoded = 0
        if contents:
            with generations.aside(index_dir, name) as folder:
                encoded = _fill(folder, name, settings, encoder, contents, report)
        if serving != name:
            generations.point_to(index_dir, name)
        drop_swept(settings.store.url, generations.sweep(index_dir))
        manifest = generations.read_manifest(index_dir / name, encoder.model_id)
        return Outcome(name, serving != name or contents is not None, manifest, encoded)


def _to_build(settings: Settings, model_id: str, report: Report) -> tuple[str, Contents | None]:
    """The generation that the corpus makes, and what to make it from; None when it needs no building.

    A corpus that changes while it is read is read again: a generation bears the name of no other corpus than its own.
    """
    while True:
        name = wanted_generation(settings, model_id)
        if _is_whole(settings, settings.index_dir / name, model_id):
            return name, None
        report("Lecture du corpus", 0, 0)
        contents = read_contents(settings.corpus_dir)
        if wanted_generation(settings, model_id) == name:
            return name, contents


def _is_whole(settings: Settings, folder: Path, model_id: str) -> bool:
    """Whether the generation needs no building: all that was written is still there, unchanged."""
    manifest = generations.read_whole(folder, model_id)
    return manifest is not None and holds_passages(folder, settings.store.url, manifest.passages)


def _fill(folder: Path, name: str, settings: Settings, encoder: Encoder, contents: Contents, report: Report) -> int:
    """Write every file of a generation, the manifest last; how many texts had to be encoded."""
    cache = VectorCache(settings.data_dir / CACHE)
    try:
        caching = CachingEncoder(encoder, VectorFile(bundled_vectors_file()), cache)
        vectors = _encode(contents, caching, report)
    finally:
        cache.close()
    report("Écriture de l'index", 0, 0)
    save_contents(folder, contents)
    for kind, matrix in vectors.items():
        save_vectors(folder, kind, matrix)
    _save_lexical(folder, contents)
    _save_dictionary(folder)
    _save_chroma(folder, name, settings, contents, vectors["passages"])
    generations.write_manifest(folder, _manifest(name, settings, encoder, contents))
    return caching.computed


def read_contents(folder: Path) -> Contents:
    """The corpus, cut; refused when a paragraph names no source or an unknown one: it could not be cited."""
    corpus = load_corpus(folder)
    rules = Rules(corpus, folder)
    problems = [*unsourced_paragraphs(rules), *unknown_sources(rules)]
    if problems:
        raise corpus_error(
            f"{len(problems)} paragraphe(s) sans source connue dans {folder} ; rien n'a été modifié.", problems
        )
    sentences, passages = split_corpus(corpus)
    return Contents(corpus, sentences, tuple(passages))


def texts_to_encode(contents: Contents) -> dict[str, list[str]]:
    """What the model reads, by the name of its matrix; all as passages, for all are searched."""
    passages = [passage_text(contents.documents[p.section], contents.sections[p.section], p) for p in contents.passages]
    sentences = [s.text for group in contents.sentences.values() for s in group]
    return {
        "passages": passages,
        "sentences": sentences,
        "questions": [question for _, question in contents.questions],
        "unanswerable": list(unanswerable_questions()),
    }


def _encode(contents: Contents, encoder: CachingEncoder, report: Report) -> dict[str, Matrix]:
    texts = texts_to_encode(contents)
    total = sum(map(len, texts.values()))
    vectors: dict[str, Matrix] = {}
    before = 0
    for name, group in texts.items():
        vectors[name] = encoder.encode(group, "passage", partial(_step, report, before, total))
        before += len(group)
    return vectors


def _step(report: Report, before: int, total: int, done: int, _: int) -> None:
    report("Calcul des vecteurs", before + done, total)


def asked_terms(contents: Contents) -> list[tuple[str, ...]]:
    """Terms of the known questions; none for those that are titles, which the title index holds already."""
    return [() if q == contents.sections[s].title else terms(q) for s, q in contents.questions]


def _save_lexical(folder: Path, contents: Contents) -> None:
    Bm25.build([terms(p.text) for p in contents.passages]).save(folder / "body.npz")
    titles = [terms(title_text(contents.documents[s.id], s)) for s in contents.sections.values()]
    Bm25.build(titles).save(folder / "title.npz")
    Bm25.build(asked_terms(contents)).save(folder / "asked.npz")


def _save_dictionary(folder: Path) -> None:
    """The words of French, folded, as pyspellchecker lists them: loading them from there takes a second each time."""
    from spellchecker import SpellChecker

    known = {fold(word) for word in SpellChecker(language="fr").word_frequency.dictionary}
    (folder / DICTIONARY).write_text("\n".join(sorted(known)), encoding="utf-8")


def _save_chroma(folder: Path, name: str, settings: Settings, contents: Contents, vectors: Matrix) -> None:
    rows = [(contents.documents[p.section], p) for p in contents.passages]
    collection = collection_name(name, settings.store.url)
    with chroma_client(folder, settings.store.url) as client:
        write_passages(client, collection, rows, vectors, settings.store.hnsw_ef_search)
        stored = open_collection(client, collection).count()
    if stored != len(rows):
        raise PtceError(f"Chroma n'a gardé que {stored} passages sur {len(rows)}.", "relancez « ptce ingest »")


def _manifest(name: str, settings: Settings, encoder: Encoder, contents: Contents) -> Manifest:
    return Manifest(
        format=generations.FORMAT,
        digest=name,
        model_id=encoder.model_id,
        dim=encoder.dim,
        corpus=str(settings.corpus_dir),
        documents=len(contents.corpus.documents),
        sections=len(contents.sections),
        passages=len(contents.passages),
        sentences=sum(map(len, contents.sentences.values())),
        questions=len(contents.questions),
    )


@contextmanager
def _alone(index_dir: Path, report: Report) -> Iterator[None]:
    lock = FileLock(index_dir / ".lock")
    if not _acquired(lock, 0):
        # In slices: who reports may have been told to stop, and says so by raising.
        waited = range(LOCK_SECONDS)
        if not any(_reported_and_acquired(lock, report, seconds) for seconds in waited):
            raise PtceError("Une autre ingestion dure depuis plus de dix minutes.", "attendez-la ou arrêtez-la")
    try:
        yield
    finally:
        lock.release()


def _reported_and_acquired(lock: FileLock, report: Report, waited: int) -> bool:
    report("Une autre ingestion est en cours ; attente", waited, LOCK_SECONDS)
    return _acquired(lock, 1)


def _acquired(lock: FileLock, seconds: float) -> bool:
    try:
        lock.acquire(timeout=seconds)
    except Timeout:
        return False
    return True
