"""What a claim is held against, and what is said of it when it fails."""

from collections.abc import Callable
from dataclasses import dataclass

from knowledge.claims.anatomy import Said
from knowledge.claims.lexicon import Held
from knowledge.model import Document, Section, Sentence


@dataclass(frozen=True, slots=True)
class Rejected:
    """Why a claim was cut, in French for the retry: `what` names the check, `detail` what failed it."""

    what: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.what} : {self.detail}" if self.detail else self.what


@dataclass(frozen=True)
class Unit:
    """One sentence of the corpus with those it leans on, taken apart; `titles` are those it stands under."""

    document: Document
    section: Section
    sentences: tuple[Sentence, ...]
    said: Said
    own: Said
    titles: Said
    held: Held
    titled: Held


Check = Callable[[Said, Unit], Rejected | None]
