"""What the assistant asks of whoever writes answers for it; `writing.writer` does, with a language model."""

from dataclasses import dataclass
from typing import Protocol

from knowledge.cite import Cited
from knowledge.completion import Turn
from knowledge.compose import Draft
from knowledge.index import Index
from knowledge.question import Question
from knowledge.retriever import Hit


@dataclass(frozen=True, slots=True)
class Cut:
    """A sentence that a model wrote and that no reader sees, with what it failed."""

    text: str
    why: str


@dataclass(frozen=True, slots=True)
class Writing:
    """What came of asking a model: a verified text, or why (a key of `phrases.NOT_WRITTEN`) there is none."""

    cited: Cited | None
    failure: str = ""
    cut: tuple[Cut, ...] = ()
    tries: int = 0


class AnswerWriter(Protocol):
    """Writes what the passages say; never raises for a model's sake."""

    def write(self, index: Index, question: Question, hits: tuple[Hit, ...], draft: Draft) -> Writing:
        """An answer to a question that was judged answerable; `draft` is what is quoted otherwise."""
        ...

    def rewrite(self, question: Question, last: Turn) -> str | None:
        """A follow-up as a question that stands alone, or None."""
        ...
