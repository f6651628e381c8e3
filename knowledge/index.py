"""An opened generation: what retrieval and composing read, in memory."""

import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from knowledge.contents import Contents, title_text
from knowledge.errors import UnusableIndexError
from knowledge.generation import CURE, Manifest, read_manifest
from knowledge.lexical import Bm25
from knowledge.model import Document
from knowledge.names import Names, names_in
from knowledge.text import content_words, words
from knowledge.vectors import Matrix

CONTENTS = "contents.json"
DICTIONARY = "french.txt"
# The kinds of the documents that speak for a region, and for a pole.
CELLS = "cellules"
POLES = "poles"


def unanswerable_questions() -> tuple[str, ...]:
    """Questions that no source answers; they teach the judge when a question is only near to what is known."""
    return (*_lines("near_misses.txt"), *off_topic_questions())


def off_topic_questions() -> tuple[str, ...]:
    """Those of them that are about something else altogether."""
    return _lines("off_topic.txt")


def _lines(name: str) -> tuple[str, ...]:
    lines = (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))


@dataclass(frozen=True)
class Index:
    """Contents, vectors (unit rows, float32) and the BM25 indexes (passages, titles, questions) of one generation."""

    manifest: Manifest
    contents: Contents
    passages: Matrix
    sentences: Matrix
    questions: Matrix
    unanswerable: Matrix
    body: Bm25
    title: Bm25
    asked: Bm25
    folder: Path | None = None

    @cached_property
    def passage_section(self) -> NDArray[np.int32]:
        """(passages,) number of each passage's section, in the order of `contents.sections`."""
        numbers = {section: i for i, section in enumerate(self.contents.sections)}
        return np.array([numbers[p.section] for p in self.contents.passages], np.int32)

    @cached_property
    def question_section(self) -> NDArray[np.int32]:
        """(questions,) number of each known question's section."""
        numbers = {section: i for i, section in enumerate(self.contents.sections)}
        return np.array([numbers[section] for section, _ in self.contents.questions], np.int32)

    @cached_property
    def french(self) -> NDArray[np.bool_]:
        """(sections,) whether each section is in French."""
        return np.array([d.lang == "fr" for d in self.contents.documents.values()], np.bool_)

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Every folded word of the corpus and of its known questions, as people would spell it."""
        texts = [title_text(self.contents.documents[s.id], s) for s in self.contents.sections.values()]
        texts += [p.text for p in self.contents.passages]
        texts += [question for _, question in self.contents.questions]
        texts += [d.region or "" for d in self.contents.corpus.documents]
        return frozenset(w for text in texts for w in words(text))

    @cached_property
    def places(self) -> Names:
        """Towns and departments, each leading to the region whose document speaks for it."""
        documents = self.contents.corpus.documents
        return Names.leading((place, d.region or d.title) for d in documents for place in d.places)

    @cached_property
    def regions_of(self) -> dict[str, frozenset[str]]:
        """The regions that a place may be in (there are several Saint-Denis), by its folded name."""
        found: dict[str, set[str]] = {}
        for document in self.contents.corpus.documents:
            if document.kind == CELLS and document.region:
                for name in (document.region, *document.aliases, *document.places):
                    found.setdefault(" ".join(words(name)), set()).add(document.region)
        return {name: frozenset(regions) for name, regions in found.items()}

    @cached_property
    def region_names(self) -> Names:
        """What the regions are called, and the acronyms, former regions and large places that stand for them."""
        cells = [d for d in self.contents.corpus.documents if d.kind == CELLS and d.region]
        names = [" ".join(words(name)) for d in cells for name in (d.region or "", *d.aliases)]
        return Names.leading((name, name) for name in names)

    @cached_property
    def regions(self) -> Names:
        """The names of towns, departments and regions, each leading to its key in `regions_of`."""
        return Names.leading((name, name) for name in self.regions_of)

    @cached_property
    def names(self) -> Names:
        """What people call the documents: aliases, and the titles of all but the questions' own files."""
        documents = self.contents.corpus.documents
        titles = [d.title for d in documents if d.kind not in ("faq", "glossaire", "etapes")]
        aliases = [alias for d in documents for alias in d.aliases]
        return Names.of(name for name in [*titles, *aliases] if content_words(name))

    @cached_property
    def _poles(self) -> Names:
        """What people call the poles that have a document of their own, each leading to its title."""
        poles = [d for d in self.contents.corpus.documents if d.kind == POLES and not d.collective]
        return Names.leading((name, d.title) for d in poles for name in (d.title, *d.aliases))

    def pole_named(self, text: str) -> Document | None:
        """The document of the pole that a text names; None when it names none."""
        title = self._poles.find(text)
        return next((d for d in self.contents.corpus.documents if title and d.title == title), None)

    @cached_property
    def dictionary(self) -> frozenset[str]:
        """Every folded word of French, read only when a word that the corpus does not have must be looked up."""
        path = self.folder / DICTIONARY if self.folder else None
        return frozenset(path.read_text(encoding="utf-8").split("\n")) if path and path.exists() else frozenset()

    @cached_property
    def _words_of_places(self) -> frozenset[str]:
        return frozenset(word for name in self.regions_of for word in words(name))

    @cached_property
    def proper_names(self) -> frozenset[str]:
        """The folded words that the corpus only ever writes with a capital, and that are neither French nor a place."""
        texts = [sentence.text for group in self.contents.sentences.values() for sentence in group]
        return names_in(texts) - self.dictionary - self._words_of_places

    def is_word(self, word: str) -> bool:
        """Whether a folded word is one of French, or of a place's name: no misspelling of the corpus's words."""
        return word in self._words_of_places or word in self.dictionary

    def knows(self, term: str) -> bool:
        """Whether the term occurs anywhere: in a passage, a title or a known question."""
        return any(field.document_frequency(term) for field in (self.body, self.title, self.asked))

    def rarity(self, term: str) -> float:
        """Inverse document frequency over passages and known questions; a word that people ask with is not rare."""
        return min(self.body.idf(term), self.asked.idf(term))

    @cached_property
    def section_ids(self) -> tuple[str, ...]:
        """Section ids by number."""
        return tuple(self.contents.sections)


def save_contents(folder: Path, contents: Contents) -> None:
    """Write documents, sentences and passages."""
    (folder / CONTENTS).write_bytes(TypeAdapter(Contents).dump_json(contents))


def save_vectors(folder: Path, name: str, vectors: Matrix) -> None:
    """Write unit vectors as float16: half the space, and cosines change by less than 0.001."""
    np.save(folder / f"{name}.npy", vectors.astype(np.float16))


def _load_vectors(folder: Path, name: str) -> Matrix:
    vectors: Matrix = np.load(folder / f"{name}.npy").astype(np.float32)
    return vectors


def open_index(folder: Path, model_id: str) -> Index:
    """Read a generation into memory, or `UnusableIndexError` with the cure."""
    manifest = read_manifest(folder, model_id)
    try:
        contents = TypeAdapter(Contents).validate_json((folder / CONTENTS).read_bytes())
        index = Index(
            manifest,
            contents,
            passages=_load_vectors(folder, "passages"),
            sentences=_load_vectors(folder, "sentences"),
            questions=_load_vectors(folder, "questions"),
            unanswerable=_load_vectors(folder, "unanswerable"),
            body=Bm25.load(folder / "body.npz"),
            title=Bm25.load(folder / "title.npz"),
            asked=Bm25.load(folder / "asked.npz"),
            folder=folder,
        )
    except (OSError, ValueError, KeyError, EOFError, ValidationError, zipfile.BadZipFile) as error:
        raise UnusableIndexError(f"L'index {folder.name} est abîmé ({type(error).__name__}).", CURE) from None
    _check_shapes(folder, index)
    return index


def _check_shapes(folder: Path, index: Index) -> None:
    contents = index.contents
    sizes = (len(contents.passages), sum(map(len, contents.sentences.values())), len(contents.questions))
    matrices = (index.passages, index.sentences, index.questions)
    found = tuple(len(matrix) for matrix in matrices)
    lexical = (index.body.size, index.title.size, index.asked.size)
    misshapen = any(m.shape[1:] != (index.manifest.dim,) for m in (*matrices, index.unanswerable))
    if misshapen or sizes != found or lexical != (sizes[0], len(contents.sections), sizes[2]):
        raise UnusableIndexError(f"L'index {folder.name} est incohérent ({found} vecteurs pour {sizes} textes).", CURE)
