"""Questions written section by section by people who had the section before them, for learning and for measuring.

A tenth of them, chosen by the hash of their words, is never learnt from: `tests/eval/fresh.jsonl`. Others, with and
without an answer, are for the judge to practise on.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.asking import split_lines
from knowledge.contents import Contents
from knowledge.errors import PtceError

TAUGHT = Path(__file__).with_name("taught.jsonl")
# Questions to practise judging on: `section` answers the question; null when none does.
PRACTICE = Path(__file__).with_name("practice.jsonl")
# In a checkout only, like the questions of the evaluation.
FRESH = Path("tests/eval/fresh.jsonl")


@dataclass(frozen=True, slots=True)
class WrittenQuestion:
    """A question, the section that answers it, and its row among the known ones (-1 when it is none of them)."""

    text: str
    section: str
    row: int = -1


def written(contents: Contents, file: Path) -> list[WrittenQuestion]:
    """The questions of a file whose lines are {section, questions}, of the sections that the corpus still has."""
    kept = [line for line in read_lines(file) if line["section"] in contents.sections]
    return [WrittenQuestion(question, line["section"]) for line in kept for question in line["questions"]]


def practised(contents: Contents) -> list[tuple[str, str | None]]:
    """Each practice question with the section that answers it, or None when the sources do not."""
    kept = [line for line in read_lines(PRACTICE) if line["section"] is None or line["section"] in contents.sections]
    return [(line["question"], line["section"]) for line in kept]


def read_lines(file: Path) -> list[dict[str, Any]]:
    """The objects of a JSON Lines file of the checkout."""
    try:
        return [json.loads(line) for line in split_lines(file.read_text(encoding="utf-8"))]
    except FileNotFoundError:
        raise PtceError(f"{file} est introuvable.", "lancez cette commande depuis le dépôt du programme") from None


def to_learn(contents: Contents) -> list[WrittenQuestion]:
    """Every question to learn from, the corpus's own first; where the sources are silent, that is what it asks for."""
    known = [WrittenQuestion(text, section, row) for row, (section, text) in enumerate(contents.questions)]
    return [*known, *written(contents, TAUGHT)]


def digest(questions: Iterable[WrittenQuestion]) -> str:
    """Names the questions and their sections, in 16 characters."""
    named = "\n".join(f"{question.section}\t{question.text}" for question in questions)
    return hashlib.sha256(named.encode()).hexdigest()[:16]
