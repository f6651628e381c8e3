"""A cross-encoder: the question and a section read together, to tell whether the one answers the other.

Vectors made apart can't tell « who runs it » from « who founded it »; a model that reads both at once can. There are
two, each multilingual-e5-small fine-tuned on our own questions (the second by `python -m bot.evaluation.train_reader`,
the first by an earlier state of it), the vocabulary cut to French and English, in 8 bits, run by onnxruntime (which
Chroma brings).
"""

import threading
from collections.abc import Sequence, Set
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from knowledge.contents import Contents
from knowledge.errors import ModelError
from knowledge.evidence import asks_now, asks_of_all
from knowledge.index import POLES
from knowledge.logistic import probability
from knowledge.retriever import Hit
from knowledge.text import clean

FOLDER = Path(__file__).with_name("reading")
# The second reader, taught on other and more questions: it only gives its opinion on the section that leads. Two that
# learnt apart are wrong on different questions (Lakshminarayanan et al. 2017, « deep ensembles »).
SECOND = Path(__file__).with_name("second_reading")
MODEL, TOKENIZER, CARD = "model.onnx", "tokenizer.json", "reader.json"
MAX_TOKENS = 224
# What e5 was taught to expect before a question and before a text.
QUERY, PASSAGE = "query: ", "passage: "
# Sections read for a question: below the third, hardly ever the right one, and each costs its time.
SECTIONS = 3
# What a section that surely answers gains on one that surely does not, beside retrieval's score (0 to 1): on the
# development questions the right section comes first for 92 % with 0, 93 % with 0.5, 90 % with 1.2.
WEIGHT = 0.5
# What a section on something that is over loses when the question is about now, and that of one pôle when a figure of
# all is asked for: an old deadline, or somebody's payroll, hardly ever leads.
BESIDE = 0.5
# More than all else together can weigh.
FORESEEN = 4.0


class Reader(Protocol):
    """Reads a question with texts."""

    def log_odds(self, question: str, texts: Sequence[str]) -> list[float]:
        """For each text, the log of the odds (not calibrated) that it answers the question."""
        ...


def reread(
    reader: Reader, contents: Contents, question: str, hits: Sequence[Hit], foreseen: Set[str] = frozenset()
) -> tuple[tuple[Hit, ...], dict[str, float]]:
    """The hits in the order that retrieval and reading make together, and the log-odds of each section read.

    Sections that have `foreseen` the question word for word come first: they were written to answer it.
    """
    now, of_all = asks_now(question), asks_of_all(question)

    def found(hit: Hit) -> float:
        section = hit.passage.section
        over = now and contents.sections[section].status == "historique"
        of_one = of_all and contents.documents[section].kind == POLES
        return hit.score + (FORESEEN if section in foreseen else 0.0) - (BESIDE if over or of_one else 0.0)

    hits = sorted(hits, key=found, reverse=True)
    sections = list(dict.fromkeys(hit.passage.section for hit in hits))[:SECTIONS]
    odds = reader.log_odds(question, [read_text(contents, section) for section in sections])
    read = dict(zip(sections, odds, strict=True))

    def rank(hit: Hit) -> float:
        section = hit.passage.section
        return found(hit) + WEIGHT * (probability(read[section]) if section in read else 0.0)

    return tuple(sorted(hits, key=rank, reverse=True)), read


def read_text(contents: Contents, section: str) -> str:
    """A section as the reader reads it: what it is about, its title, all its sentences."""
    document, title = contents.documents[section].title, contents.sections[section].title
    return f"{document}. {title} {' '.join(s.text for s in contents.sentences[section])}"


class CrossEncoder:
    """The shipped reader; loads on first use. Thread-safe."""

    def __init__(self, folder: Path = FOLDER, threads: int = 2) -> None:
        self._folder = folder
        self._threads = threads
        self._lock = threading.Lock()
        self._loaded: tuple[Any, Any] | None = None

    def log_odds(self, question: str, texts: Sequence[str]) -> list[float]:
        """See `Reader`. One text at a time: in a batch, the 8-bit scales of one would depend on the others."""
        tokenizer, session = self._load()
        return [self._read(tokenizer, session, f"{QUERY}{clean(question)}", f"{PASSAGE}{text}") for text in texts]

    @staticmethod
    def _read(tokenizer: Any, session: Any, query: str, passage: str) -> float:
        ids = np.array([tokenizer.encode(query, passage).ids], np.int64)
        return float(session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0][0])

    def _load(self) -> tuple[Any, Any]:
        with self._lock:
            if self._loaded is None:
                self._loaded = self._open()
            return self._loaded

    def _open(self) -> tuple[Any, Any]:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.log_severity_level = 3
        # Threads that spin while they wait slow down everything else on a small machine.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            tokenizer = Tokenizer.from_file(str(self._folder / TOKENIZER))
            session = onnxruntime.InferenceSession(
                str(self._folder / MODEL), options, providers=["CPUExecutionProvider"]
            )
        # Both libraries raise bare exceptions of native code.
        except Exception as error:  # noqa: BLE001
            raise ModelError(
                f"Le lecteur ({self._folder}) ne se charge pas ({str(error).splitlines()[0]}).",
                "réinstallez ptce-assistant ; le programme livré contient ce modèle",
            ) from None
        # Cuts the text, and a question only where that is the longer of the two.
        tokenizer.enable_truncation(MAX_TOKENS, strategy="longest_first")
        return tokenizer, session
