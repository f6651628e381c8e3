"""Faults of the corpus, told all at once, each with the line to mend."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from knowledge.errors import CorpusError


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault, where it stands, and what to do about it."""

    path: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


def corpus_error(message: str, problems: Iterable[Problem]) -> CorpusError:
    """What is wrong, and every line to mend."""
    cure = "corrigez les lignes indiquées, puis relancez « ptce ingest --check »"
    return CorpusError(message, cure, tuple(map(str, problems)))
