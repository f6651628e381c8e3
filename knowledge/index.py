"""An opened generation: what retrieval and composing read, in memory."""

import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from knowledge.errors import UnusableIndexError
from knowledge.generation import CURE, Manifest, read_manifest
from knowledge.lexical import Bm25
from knowledge.model import Corpus, Document, Passage, Section, Sentence
from knowledge.text import is_question, words
from knowledge.vectors import Matrix

CONTENTS = "contents.json"


@dataclass(frozen=True)
class Contents:
    """The corpus as it was cut: sentences by section id, passages in corpus order."""

    corpus: Corpus
    sentences: dict[str, tuple[Sentence, ...]]
    passages: tuple[Passage, ...]

    @cached_property
    def sections(self) -> dict[str, Section]:
        """Every section by id, in corpus order."""
        return {s.id: s for d in self.corpus.documents for s in d.sections}

    @cached_property
    def documents(self) -> dict[str, Document]:
        """The document of each section, by section id."""
        return {s.id: d for d in self.corpus.documents for s in d.sections}

    @cached_property
    def _by_section(self) -> dict[str, tuple[Passage, ...]]:
        groups: dict[str, list[Passage]] = {}
        for passage in self.passages:
            groups.setdefault(passage.section, []).append(passage)
        return {section: tuple(group) for section, group in groups.items()}

    def passage_of(self, section: str, sentence: Sentence) -> Passage:
        """The first passage of the section that holds the sentence."""
        number = sentence.row - self.sentences[section][0].row
        return next(p for p in self._by_section[section] if p.first <= number <= p.last)

    @cached_property
    def questions(self) -> tuple[tuple[str, str], ...]:
        """(section id, question) for every known question: titles that are questions, and alternative questions."""
        return tuple(
            (s.id, q)
            for s in self.sections.values()
            for q in dict.fromkeys([*([s.title] if is_question(s.title) else []), *s.questions])
        )


def passage_text(document: Document, section: Section, passage: Passage) -> str:
    """What is encoded for a passage: a passage far from its title still says what it is about."""
    return f"{document.title} : {section.title} {passage.text}"


def title_text(document: Document, section: Section) -> str:
    """What the title index holds for a section."""
    return " ".join([document.title, section.title, *document.aliases, *section.questions])


@dataclass(frozen=True)
class Index:
    """Contents, vectors (unit rows, float32) and the two BM25 indexes of one generation."""

    manifest: Manifest
    contents: Contents
    passages: Matrix
    sentences: Matrix
    questions: Matrix
    body: Bm25
    title: Bm25

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
        texts += [d.region or "" for d in self.contents.corpus.documents]
        return frozenset(w for text in texts for w in words(text))

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
            body=Bm25.load(folder / "body.npz"),
            title=Bm25.load(folder / "title.npz"),
        )
    except (OSError, ValueError, KeyError, EOFError, ValidationError, zipfile.BadZipFile) as error:
        raise UnusableIndexError(f"L'index {folder.name} est abîmé ({type(error).__name__}).", CURE) from None
    _check_shapes(folder, index)
    return index


def _check_shapes(folder: Path, index: Index) -> None:
    contents = index.contents
    sizes = (len(contents.passages), sum(map(len, contents.sentences.values())), len(contents.questions))
    found = (len(index.passages), len(index.sentences), len(index.questions))
    if sizes != found or index.body.size != sizes[0] or index.title.size != len(contents.sections):
        raise UnusableIndexError(f"L'index {folder.name} est incohérent ({found} vecteurs pour {sizes} textes).", CURE)
