"""The second round of lessons: the same questions, on sections from which a sentence is missing.

Who has met a section a hundred times can tell what it is about without reading it. So the sentence that answers is
taken out, and the pair becomes a wrong one; or another sentence is, and it stays right: only reading tells them apart
(contrast sets, Gardner et al. 2020, « Evaluating Models' Local Decision Boundaries via Contrast Sets »).
"""

import random
from collections.abc import Iterable, Iterator
from dataclasses import replace

from bot.evaluation.lessons import Lesson
from knowledge.text import sentences, terms, words

# How many of the marked right pairs are also taught without the sentence that answers.
WITHOUT_ANSWER = 0.65
# How many of the first round's pairs are taught again, and of the right ones how many with another sentence missing.
AGAIN, SHORTER = 0.68, 0.5
# Where the other sentences hold this share of the answer's words, they may answer too.
TOLD_ELSEWHERE = 0.34


def second_round(lessons: Iterable[Lesson], dice: random.Random) -> list[Lesson]:
    """The lessons to learn after these; a held-out one makes held-out ones only."""
    return [made for lesson in lessons for made in again(lesson, dice, AGAIN)]


def again(lesson: Lesson, dice: random.Random, share: float) -> Iterator[Lesson]:
    """The pair without its answer, now and then, and in this share of cases the pair, whole or shorter."""
    cut = without_answer(lesson)
    if cut and dice.random() < WITHOUT_ANSWER:
        yield cut
    if dice.random() < share:
        shorter = without_another(lesson, dice) if dice.random() < SHORTER else None
        yield shorter or lesson


def without_answer(lesson: Lesson) -> Lesson | None:
    """The pair without the sentence that answers, now wrong; None where no other sentence is left, or one tells it."""
    head, told, telling = _taken_apart(lesson)
    if lesson.answer is None or telling is None or len(told) < 2:
        return None
    text = head + " ".join(told[:telling] + told[telling + 1 :])
    answer = lesson.text[slice(*lesson.answer)]
    asked, left = set(terms(answer)), set(terms(text))
    figures = {word for word in words(answer) if any(ch.isdigit() for ch in word)}
    if not asked or (figures and figures <= set(words(text))) or len(asked & left) >= TOLD_ELSEWHERE * len(asked):
        return None
    return replace(lesson, text=text, right=False, kind="cut", answer=None)


def without_another(lesson: Lesson, dice: random.Random) -> Lesson | None:
    """The pair without a sentence or two beside the one that answers; None where there is none."""
    head, told, telling = _taken_apart(lesson)
    others = [number for number in range(len(told)) if number != telling]
    if lesson.answer is None or telling is None or not others:
        return None
    gone = set(dice.sample(others, min(len(others), dice.choice((1, 1, 2)))))
    kept = [sentence for number, sentence in enumerate(told) if number not in gone]
    answer = lesson.text[slice(*lesson.answer)]
    text = head + " ".join(kept)
    start = text.find(answer, len(head))
    return replace(lesson, text=text, answer=(start, start + len(answer))) if start >= 0 else None


def _taken_apart(lesson: Lesson) -> tuple[str, list[str], int | None]:
    """(titles, sentences, which of them holds the beginning of the answer)."""
    told = sentences(lesson.text[lesson.start :])
    start = lesson.start
    for number, sentence in enumerate(told):
        if lesson.answer and start <= lesson.answer[0] < start + len(sentence):
            return lesson.text[: lesson.start], told, number
        start += len(sentence) + 1
    return lesson.text[: lesson.start], told, None
