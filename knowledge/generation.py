"""Which index is current: content-addressed folders, one pointer, swapped atomically.

    index/
      current              name of the generation that serves
      <digest>/            one generation; it counts only once `manifest.json` is there, written last
        manifest.json      format, model, digest, counts
        contents.json      documents, sentences, passages
        passages.npy sentences.npy questions.npy     float16 unit vectors
        body.npz title.npz the two BM25 indexes
        chroma/            the vector store

A crash while building leaves a folder without manifest, which nobody reads and the next `ingest` removes.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from knowledge.errors import UnusableIndexError

FORMAT = 3
POINTER = "current"
MANIFEST = "manifest.json"
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


def corpus_digest(folder: Path) -> str:
    """Hash of every corpus file (path and bytes); it changes when, and only when, a document does."""
    digest = hashlib.sha256()
    for path in sorted([*folder.glob("*/*.md"), *folder.glob("*.yaml")]):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{content}\n".encode())
    return digest.hexdigest()


def generation_digest(folder: Path, model_id: str, splitter: int) -> str:
    """The name of the generation that this corpus, model, splitter and format make: 16 hexadecimal digits."""
    recipe = json.dumps([FORMAT, splitter, model_id, corpus_digest(folder)])
    return hashlib.sha256(recipe.encode()).hexdigest()[:16]


def current_name(index_dir: Path) -> str | None:
    """Name of the generation that serves, or None when none was ever built."""
    try:
        return (index_dir / POINTER).read_text(encoding="utf-8").strip() or None
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise UnusableIndexError(
            f"Le dossier de l'index {index_dir} est illisible ({error}).", "vérifiez ses droits d'accès"
        ) from None


def current_generation(index_dir: Path) -> Path:
    """Folder of the generation that serves, or `UnusableIndexError`."""
    name = current_name(index_dir)
    if name is None:
        raise UnusableIndexError("Aucun index n'a encore été construit.", "lancez « ptce ingest »")
    folder = index_dir / name
    if not (folder / MANIFEST).is_file():
        raise UnusableIndexError(f"L'index désigné ({name}) n'existe pas ou est incomplet.", CURE)
    return folder


def is_complete(index_dir: Path, name: str) -> bool:
    """Whether this generation was built to its end."""
    return (index_dir / name / MANIFEST).is_file()


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
    """The last file of a generation: from now on it is complete."""
    _write_durably(folder / MANIFEST, json.dumps(asdict(manifest), indent=1))


def point_to(index_dir: Path, name: str) -> None:
    """Make a complete generation the one that serves; atomic, whatever happens around it."""
    _write_durably(index_dir / POINTER, name + "\n")


def sweep(index_dir: Path) -> None:
    """Remove half-built generations and all but the newest complete ones; the one that serves always stays."""
    serving = current_name(index_dir)
    complete = sorted(_complete(index_dir), key=lambda p: (p.name == serving, p.stat().st_mtime))
    kept = {path.name for path in complete[-KEPT:]}
    for folder in index_dir.iterdir():
        if folder.is_dir() and folder.name not in kept:
            shutil.rmtree(folder, ignore_errors=True)


def _complete(index_dir: Path) -> Iterator[Path]:
    return (path for path in index_dir.iterdir() if (path / MANIFEST).is_file())


def _write_durably(path: Path, text: str) -> None:
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    with aside.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
