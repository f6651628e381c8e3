"""Which index is current: content-addressed folders, one pointer, swapped atomically.

    index/
      current              name of the generation that serves
      <digest>/            one generation; it counts only once `manifest.json` is there, written last
        manifest.json      format, model, digest, counts, hashes of the files below
        contents.json      documents, sentences, passages
        passages.npy sentences.npy questions.npy unanswerable.npy   float16 unit vectors
        body.npz title.npz asked.npz      the BM25 indexes
        french.txt         words of French, for spelling
        chroma/            the vector store

A generation is built in `<digest>.part` and takes its name when it is whole: a crash while building leaves a folder
that nobody reads and the next `ingest` removes.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from knowledge.errors import UnusableIndexError

FORMAT = 9
POINTER = "current"
MANIFEST = "manifest.json"
# What an unreadable pointer points to.
NOWHERE = "nulle part"
_PART = ".part"
_FOLDER = re.compile(r"[0-9a-f]{16}(?:\.part)?")
# What editors lay beside a file while it is written: `.nola.md.swp`, `nola.md~`, `#nola.md#`.
_HIDDEN = re.compile(r"\.|.*~$|#.*#$", re.DOTALL)
SOURCES_FILE = "sources.yaml"
KEPT = 2
CURE = "relancez « ptce ingest » (les vecteurs déjà calculés sont gardés)"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation was made of."""

    format: int
    digest: str
    model_id: str
    dim: int
    corpus: str
    documents: int
    sections: int
    passages: int
    sentences: int
    questions: int
    files: dict[str, str] = field(default_factory=dict)


def corpus_files(folder: Path) -> list[Path]:
    """Every document below `folder`, in a stable order; not those that an editor hides while it writes."""
    return sorted(path for path in folder.glob("*/*.md") if not hidden(folder, path))


def hidden(folder: Path, path: Path) -> bool:
    """Whether a file below `folder` is the business of an editor or of the system."""
    return any(_HIDDEN.match(part) for part in path.relative_to(folder).parts)


def corpus_digest(folder: Path) -> str:
    """Hash of every corpus file (path and bytes); it changes when, and only when, what is read does."""
    digest = hashlib.sha256()
    for path in sorted([*corpus_files(folder), *folder.glob(SOURCES_FILE)]):
        digest.update(f"{path.relative_to(folder).as_posix()}\0{_content(path)}\n".encode())
    return digest.hexdigest()


def _content(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        # Loading the corpus says which file can't be read, and why; its content is unlike any other.
        return f"illisible ({error.errno})"


def generation_digest(folder: Path, recipe: Sequence[str | int]) -> str:
    """The name of the generation that this corpus and all else that goes into one make: 16 hexadecimal digits."""
    text = json.dumps([FORMAT, corpus_digest(folder), *recipe])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def current_name(index_dir: Path) -> str | None:
    """Name of the generation that serves, or None when none was ever built."""
    try:
        name = (index_dir / POINTER).read_text(encoding="utf-8", errors="replace").strip()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UnusableIndexError(
            f"Le dossier de l'index {index_dir} est illisible ({error.strerror}).",
            "vérifiez data.dir et ses droits d'accès",
        ) from None
    return name if _FOLDER.fullmatch(name) else NOWHERE


def current_generation(index_dir: Path) -> Path:
    """Folder of the generation that serves, or `UnusableIndexError`."""
    name = current_name(index_dir)
    if name is None:
        raise UnusableIndexError("Aucun index n'a encore été construit.", "lancez « ptce ingest »")
    folder = index_dir / name
    if not is_complete(index_dir, name):
        raise UnusableIndexError(f"L'index désigné ({name}) n'existe pas ou est incomplet.", CURE)
    return folder


def is_complete(index_dir: Path, name: str) -> bool:
    """Whether this generation was built to its end."""
    return (index_dir / name / MANIFEST).is_file()


def read_whole(folder: Path, model_id: str) -> Manifest | None:
    """The manifest of a generation whose every file is as it was written, or None."""
    try:
        manifest = read_manifest(folder, model_id)
    except UnusableIndexError:
        return None
    return manifest if manifest.files and manifest.files == hashes(folder) else None


def hashes(folder: Path) -> dict[str, str]:
    """The hash of each file of a generation, by name; Chroma writes to its own even when they are only read."""
    files = (path for path in sorted(folder.iterdir()) if path.is_file() and path.name != MANIFEST)
    return {path.name: _content(path) for path in files}


@contextmanager
def aside(index_dir: Path, name: str) -> Iterator[Path]:
    """An empty folder to build a generation in; it becomes the generation when nothing is raised."""
    part = index_dir / f"{name}{_PART}"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        yield part
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    # Whatever bore this name is unusable, or it would not have been built again.
    shutil.rmtree(index_dir / name, ignore_errors=True)
    part.rename(index_dir / name)


def read_manifest(folder: Path, model_id: str) -> Manifest:
    """The manifest, once it is sure that this program and this model can read the generation."""
    try:
        manifest = Manifest(**json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        raise UnusableIndexError(f"Le manifeste de l'index {folder.name} est abîmé.", CURE) from None
    if manifest.format != FORMAT:
        raise UnusableIndexError(f"L'index {folder.name} vient d'une autre version du programme.", CURE)
    if manifest.model_id != model_id:
        raise UnusableIndexError(
            f"L'index a été construit avec un autre modèle ({manifest.model_id}) que celui des réglages ({model_id}).",
            "relancez « ptce ingest », ou remettez l'ancien modèle dans [embedding]",
        )
    return manifest


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """The last file of a generation, with the hashes of the others: from now on it is complete."""
    sealed = replace(manifest, files=hashes(folder))
    _write_durably(folder / MANIFEST, json.dumps(asdict(sealed), indent=1))


def point_to(index_dir: Path, name: str) -> None:
    """Make a complete generation the one that serves; atomic, whatever happens around it."""
    _write_durably(index_dir / POINTER, name + "\n")


def sweep(index_dir: Path) -> frozenset[str]:
    """Remove half-built generations and all but the newest complete ones; the names of which nothing is left.

    The one that serves always stays. Only folders that bear the name of a generation are ever removed: `data.dir` may
    be anybody's folder.
    """
    serving = current_name(index_dir)
    complete = sorted(_complete(index_dir), key=lambda p: (p.name == serving, p.stat().st_mtime))
    kept = {path.name for path in complete[-KEPT:]}
    removed = [folder for folder in _folders(index_dir) if folder.name not in kept]
    for folder in removed:
        shutil.rmtree(folder, ignore_errors=True)
    # What was half built may bear the name of what is kept.
    return frozenset(folder.name.removesuffix(_PART) for folder in removed) - kept


def _folders(index_dir: Path) -> list[Path]:
    return [path for path in index_dir.iterdir() if path.is_dir() and _FOLDER.fullmatch(path.name)]


def _complete(index_dir: Path) -> Iterator[Path]:
    return (path for path in _folders(index_dir) if path.suffix != _PART and is_complete(index_dir, path.name))


def _write_durably(path: Path, text: str) -> None:
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    with aside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
