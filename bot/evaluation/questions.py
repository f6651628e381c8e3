"""Evaluation questions: what is asked, what any right answer holds, and whether there is a right answer at all."""

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from bot.asking import split_lines
from knowledge.errors import PtceError

Expectation = Literal["answered", "refused", "not_asserted"]
Split = Literal["dev", "test"]
DEV_SHARE = 0.7


@dataclass(frozen=True)
class EvalQuestion:
    """One question. `facts` must all match a right answer, `wrong` none; `sections` are those that hold the facts.

    `expect`: "answered", "refused" (nothing may be asserted), or "not_asserted" (refused, or offered as the closest).
    """

    id: str
    kind: str
    style: str
    question: str
    expect: Expectation
    facts: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()

    @property
    def answerable(self) -> bool:
        """Whether the corpus holds the answer."""
        return self.expect == "answered"

    @property
    def split(self) -> Split:
        """`dev` (70 %, to tune on) or `test`, by a fixed hash of the id."""
        number = int.from_bytes(hashlib.sha256(self.id.encode()).digest()[:8], "big")
        return "dev" if number / 2**64 < DEV_SHARE else "test"


def load_questions(path: Path) -> list[EvalQuestion]:
    """The questions of a JSON-lines file; a `PtceError` names the first bad line."""
    adapter = TypeAdapter(EvalQuestion)
    questions = []
    try:
        lines = split_lines(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise PtceError(f"Le fichier de questions {path} est illisible ({error}).", "vérifiez son chemin") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            question = adapter.validate_python(json.loads(line))
            for pattern in (*question.facts, *question.wrong):
                re.compile(pattern)
        except (ValueError, ValidationError, re.error) as error:
            raise PtceError(f"{path}:{number} : question mal formée ({error}).", "corrigez cette ligne") from None
        questions.append(question)
    _refuse_repeated(path, questions)
    return questions


def _refuse_repeated(path: Path, questions: Iterable[EvalQuestion]) -> None:
    seen: set[str] = set()
    for question in questions:
        if question.id in seen:
            raise PtceError(f"{path} : identifiant en double : {question.id}.", "donnez un identifiant par question")
        seen.add(question.id)
