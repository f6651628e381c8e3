"""What the reader is taught: pairs of a question and a section, and whether the one answers the other.

Right pairs: every known question with its section. Wrong ones: the questions that no source answers, with the sections
nearest to them; and each known question with a section that retrieval ranks below its own, half of the time of the same
document, so that being about the right pole is not enough.

Split by document, never by question: what the judge learns from, and what the reader is measured on, are questions
about documents of which the reader saw nothing.
"""

import hashlib
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from knowledge.assistant import Assistant
from knowledge.index import Contents, off_topic_questions, unanswerable_questions
from knowledge.question import not_a_question
from knowledge.reader import read_text

Kind = Literal["known", "other", "near_miss", "off_topic"]
SEED = 7
# How many of the sections found are looked at.
FOUND = 6
# One document in six is never read while learning.
HELD_OUT = 6
# Of known questions, how many are paired with another section of their own document, where there is one below.
SAME_DOCUMENT = 0.5
# Of unanswerable questions, how many are also paired with the second section found.
SECOND_SECTION = 0.7


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to learn from: its section when one answers it, and the sections that retrieval finds without it."""

    question: str
    kind: Kind
    section: str | None
    found: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lesson:
    """A pair; `held_out` ones measure and are never learnt from."""

    question: str
    section: str
    text: str
    right: bool
    kind: Kind
    held_out: bool


def held_out_documents(contents: Contents) -> frozenset[str]:
    """Ids of the documents that the reader never sees while it learns; the same for the same corpus."""
    documents = sorted({d.id for d in contents.corpus.documents})
    return frozenset(random.Random(SEED).sample(documents, len(documents) // HELD_OUT))  # noqa: S311 - a sample


def material_digest(contents: Contents) -> str:
    """Names the questions and sections that lessons are made of."""
    digest = hashlib.sha256()
    for section, question in contents.questions:
        digest.update(f"{section}\t{question}\n".encode())
    for section in contents.sections:
        digest.update(read_text(contents, section).encode())
    digest.update("\n".join(unanswerable_questions()).encode())
    return digest.hexdigest()[:16]


def asked_questions(assistant: Assistant, progress: Callable[[int, int], None]) -> Iterator[Asked]:
    """Every known and every unanswerable question, with what retrieval finds for it as if nobody had foreseen it."""
    known = assistant.index.contents.questions
    unanswerable, off_topic = unanswerable_questions(), set(off_topic_questions())
    total = len(known) + len(unanswerable)
    for row, (section, text) in enumerate(known):
        yield _asked(assistant, text, "known", section, row)
        progress(row + 1, total)
    for number, text in enumerate(unanswerable, len(known) + 1):
        if not not_a_question(assistant.read(text).text):
            yield _asked(assistant, text, "off_topic" if text in off_topic else "near_miss", None, None)
        progress(number, total)


def _asked(assistant: Assistant, text: str, kind: Kind, section: str | None, row: int | None) -> Asked:
    question = assistant.read(text)
    hits = assistant.search(question, without=row)
    found = tuple(dict.fromkeys(hit.passage.section for hit in hits))
    return Asked(question.corrected, kind, section, found[:FOUND])


def lessons(contents: Contents, asked: Iterable[Asked], dice: random.Random) -> list[Lesson]:
    """The pairs that these questions make."""
    return list(_Teacher(contents, dice).pairs(asked))


class _Teacher:
    """Chooses pairs."""

    def __init__(self, contents: Contents, dice: random.Random) -> None:
        self._contents = contents
        self._held_out = held_out_documents(contents)
        self._dice = dice

    def pairs(self, asked: Iterable[Asked]) -> Iterator[Lesson]:
        for one in asked:
            if one.section is None:
                yield from self._unanswerable(one)
            elif not self._contents.sections[one.section].silence:
                yield from self._known(one, one.section)

    def _known(self, one: Asked, section: str) -> Iterator[Lesson]:
        yield self._lesson(one, section, True, "known", section)
        # A section ranked above the right one may answer as well: only those below it teach.
        below = one.found[one.found.index(section) + 1 :] if section in one.found else ()
        beside = [s for s in below if self._document(s) == self._document(section)] or list(below)
        if below:
            other = self._dice.choice(beside if self._dice.random() < SAME_DOCUMENT else below)
            yield self._lesson(one, other, False, "other", section)

    def _unanswerable(self, one: Asked) -> Iterator[Lesson]:
        if not one.found:
            return
        first = one.found[0]
        yield self._lesson(one, first, False, one.kind, first)
        if len(one.found) > 1 and self._dice.random() < SECOND_SECTION:
            yield self._lesson(one, one.found[1], False, one.kind, first)

    def _lesson(self, one: Asked, section: str, right: bool, kind: Kind, of: str) -> Lesson:
        """A pair with this section; held out when the document of section `of` is."""
        held_out = self._document(of) in self._held_out
        return Lesson(one.question, section, read_text(self._contents, section), right, kind, held_out)

    def _document(self, section: str) -> str:
        return self._contents.documents[section].id
