"""What the reader is taught: pairs of a question and a section, whether the one answers the other, and where.

Right pairs: every known question with its section, and those written to teach with theirs; for nearly all, the words
that answer are marked in `answers.jsonl`, which also says of a few that they are not answered there after all. Wrong
ones: the questions that no source answers, with the sections nearest to them; and some answered ones with a section
that retrieval ranks below their own, half of the time of the same document, so that being about the right pole is not
enough.

Split by document, never by question: what the reader is measured on, and the lessons of the judge, are questions about
documents of which the reader saw nothing.
"""

import hashlib
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bot.evaluation.taught import TAUGHT, read_lines, written
from knowledge.assistant import Assistant
from knowledge.contents import Contents
from knowledge.index import off_topic_questions, unanswerable_questions
from knowledge.question import not_a_question
from knowledge.reader import read_text

# For a section, each question with the words of the section that answer it, or none when it does not.
ANSWERS = Path(__file__).with_name("answers.jsonl")
# Passages made up to teach reading: {document, title, text, answers: {question: the words that answer it}, beside:
# [questions that the passage only seems to answer]}; some with claims that it supports, and that it does not.
INVENTED = Path(__file__).with_name("invented.jsonl")
INVENTED_LATER = Path(__file__).with_name("invented_later.jsonl")
# The same for the corpus's own sections: {section, answers, beside}.
CONTRAST = Path(__file__).with_name("contrast.jsonl")
Kind = Literal["known", "beside", "other", "near_miss", "off_topic", "cut", "claim"]
SEED = 7
# How many of the sections found are looked at.
FOUND = 6
# One document in six is never read while learning.
HELD_OUT = 6
# Of answered questions, how many are also paired with another section, and of these how many with one of the same
# document, where there is one below.
OTHER_SECTION, SAME_DOCUMENT = 0.35, 0.5
# Of unanswerable questions, how many are also paired with the second section found.
SECOND_SECTION = 0.5


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to learn from: its section when one answers it, and the sections that retrieval finds without it.

    `answer`: the words of the section that answer; empty when none do, None when nobody marked them.
    """

    question: str
    kind: Kind
    section: str | None
    found: tuple[str, ...]
    answer: str | None = None


@dataclass(frozen=True, slots=True)
class Lesson:
    """A pair; `held_out` ones measure and are never learnt from.

    `start` is where the sentences of `text` begin, after its titles; `answer`, from which character of it to which.
    """

    question: str
    section: str
    text: str
    start: int
    right: bool
    kind: Kind
    held_out: bool
    answer: tuple[int, int] | None = None


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
    for file in (TAUGHT, ANSWERS, INVENTED, INVENTED_LATER, CONTRAST):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def asked_questions(assistant: Assistant, progress: Callable[[int, int], None]) -> Iterator[Asked]:
    """Every question to learn from, with what retrieval finds for it as if nobody had foreseen it."""
    contents = assistant.index.contents
    known = [(section, text, row) for row, (section, text) in enumerate(contents.questions)]
    taught = [(question.section, question.text, None) for question in written(contents, TAUGHT)]
    unanswerable, off_topic, marked = unanswerable_questions(), set(off_topic_questions()), marked_answers()
    total = len(known) + len(taught) + len(unanswerable)
    for number, (section, text, row) in enumerate([*known, *taught], 1):
        yield _asked(assistant, text, "known", section, row, marked.get((section, text)))
        progress(number, total)
    for number, text in enumerate(unanswerable, len(known) + len(taught) + 1):
        if not not_a_question(assistant.read(text).text):
            yield _asked(assistant, text, "off_topic" if text in off_topic else "near_miss", None, None, None)
        progress(number, total)


def marked_answers() -> dict[tuple[str, str], str]:
    """(section, question) → the words that answer it there; empty when none do."""
    lines = read_lines(ANSWERS)
    return {(line["section"], question): words for line in lines for question, words in line["answers"].items()}


def _asked(
    assistant: Assistant, text: str, kind: Kind, section: str | None, row: int | None, answer: str | None
) -> Asked:
    question = assistant.read(text)
    hits = assistant.search(question, without=row)
    found = tuple(dict.fromkeys(hit.passage.section for hit in hits))
    return Asked(question.corrected, kind, section, found[:FOUND], answer)


def lessons(contents: Contents, asked: Iterable[Asked], dice: random.Random) -> list[Lesson]:
    """The pairs that these questions make."""
    return list(_Teacher(contents, dice).pairs(asked))


def contrasted(contents: Contents) -> Iterator[Lesson]:
    """Of each section, questions that it answers and questions in its own words that it does not."""
    teacher = _Teacher(contents, random.Random(SEED))  # noqa: S311 - it has nothing to choose here
    for line in read_lines(CONTRAST):
        if (section := line["section"]) in contents.sections:
            for question, answer in line["answers"].items():
                yield teacher.lesson(Asked(question, "known", section, (), answer), section, True, section)
            for question in line["beside"]:
                yield teacher.lesson(Asked(question, "near_miss", None, ()), section, False, section)


class _Teacher:
    """Chooses pairs."""

    def __init__(self, contents: Contents, dice: random.Random) -> None:
        self._contents = contents
        self._held_out = held_out_documents(contents)
        self._dice = dice

    def pairs(self, asked: Iterable[Asked]) -> Iterator[Lesson]:
        for one in asked:
            if one.section is None:
                made = self._unanswerable(one)
            elif not self._contents.sections[one.section].silence:
                made = self._known(one, one.section)
            else:
                continue
            # A section of a held-out document is not even read as a wrong one.
            yield from (x for x in made if x.held_out == (self._document(x.section) in self._held_out))

    def _known(self, one: Asked, section: str) -> Iterator[Lesson]:
        if one.answer == "":
            yield self.lesson(one, section, False, section, "beside")
            return
        yield self.lesson(one, section, True, section)
        # A section ranked above the right one may answer as well: only those below it teach.
        below = one.found[one.found.index(section) + 1 :] if section in one.found else ()
        beside = [s for s in below if self._document(s) == self._document(section)] or list(below)
        if below and self._dice.random() < OTHER_SECTION:
            other = self._dice.choice(beside if self._dice.random() < SAME_DOCUMENT else below)
            yield self.lesson(one, other, False, section, "other")

    def _unanswerable(self, one: Asked) -> Iterator[Lesson]:
        if not one.found:
            return
        first = one.found[0]
        yield self.lesson(one, first, False, first)
        if len(one.found) > 1 and self._dice.random() < SECOND_SECTION:
            yield self.lesson(one, one.found[1], False, first)

    def lesson(self, one: Asked, section: str, right: bool, of: str, kind: Kind | None = None) -> Lesson:
        """A pair with this section, of the question's kind unless told; held out when the document of `of` is."""
        held_out = self._document(of) in self._held_out
        text = read_text(self._contents, section)
        start = len(text) - len(" ".join(s.text for s in self._contents.sentences[section]))
        answer = place(text, one.answer) if right else None
        return Lesson(one.question, section, text, start, right, kind or one.kind, held_out, answer)

    def _document(self, section: str) -> str:
        return self._contents.documents[section].id


def place(text: str, answer: str | None) -> tuple[int, int] | None:
    """From which character of the text to which the answer is; None when there is none."""
    start = text.find(answer) if answer else -1
    return (start, start + len(answer or "")) if start >= 0 else None
