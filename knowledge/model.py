"""The frozen types that flow: what was published, what is retrieved, what is answered."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

Status = Literal["en_vigueur", "historique", "a_verifier"]
Verdict = Literal["answered", "closest", "refused"]
Reason = Literal["hors_sujet", "pas_dans_les_sources", "question_vide", "conversation", "consigne", "sans_sujet"]
Mode = Literal["extractive", "generative"]
ParagraphForm = Literal["text", "item", "step", "quote"]


def age_months(as_of: str, today: date) -> int:
    """Whole months between an `as_of` (`2025`, `2025-12`, `2025-12-18`) and today; a bare year counts as December."""
    year, month = int(as_of[:4]), int(as_of[5:7]) if len(as_of) > 4 else 12
    return (today.year - year) * 12 + today.month - month


@dataclass(frozen=True, slots=True)
class Source:
    """Something that someone published; `url` only when the whole address was seen."""

    key: str
    title: str
    publisher: str
    date: str | None = None
    url: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One line of a section: its text as it stands in the file, without marks, and the keys of its sources.

    An `item` is a list's, a `step` a numbered list's, a `quote` is text of the law.
    """

    text: str
    sources: tuple[str, ...]
    form: ParagraphForm
    line: int


@dataclass(frozen=True, slots=True)
class Section:
    """One need answered. `id` is `kind/slug#anchor`; `silence`: it only records what sources do not say."""

    id: str
    title: str
    paragraphs: tuple[Paragraph, ...]
    questions: tuple[str, ...]
    see: tuple[str, ...]
    as_of: str
    status: Status
    silence: bool
    line: int


@dataclass(frozen=True, slots=True)
class Document:
    """One corpus file. `aliases` are names of what it is about, `places` the towns it speaks for; neither is shown.

    `collective`: it is about several things of its kind, or about none.
    """

    id: str
    title: str
    kind: str
    lang: str
    as_of: str
    status: Status
    region: str | None
    departement: str | None
    aliases: tuple[str, ...]
    places: tuple[str, ...]
    sources: tuple[str, ...]
    sections: tuple[Section, ...]
    collective: bool = False


@dataclass(frozen=True, slots=True)
class Corpus:
    """All documents, and the sources that they name."""

    documents: tuple[Document, ...]
    sources: dict[str, Source]


@dataclass(frozen=True, slots=True)
class Sentence:
    """What is quoted: a verbatim slice of paragraph number `paragraph` of its section; `row` is its vector's."""

    text: str
    paragraph: int
    row: int


@dataclass(frozen=True, slots=True)
class Passage:
    """What is retrieved: consecutive sentences of one section, 500 to 700 characters where there are as many."""

    id: str
    section: str
    text: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Citation:
    """A numbered pointer from an answer to a verbatim quote, its document and the sources of its paragraph."""

    n: int
    passage_id: str
    document: str
    title: str
    section: str
    quote: str
    page: int | None
    sources: tuple[Source, ...]
    as_of: str
    status: Status


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds spent in each step."""

    embed: float
    retrieve: float
    compose: float
    total: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What every channel renders and `ptce ask --json` prints; `answer` is plain text with markers [1] [2]."""

    question: str
    answer: str
    verdict: Verdict
    reason: Reason | None
    suggestions: tuple[str, ...]
    mode: Mode
    confidence: float
    citations: tuple[Citation, ...]
    timings_ms: Timings

    @property
    def refused(self) -> bool:
        """Whether nothing was answered."""
        return self.verdict == "refused"
