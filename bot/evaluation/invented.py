"""Passages made up to teach reading, each with questions that it answers and questions that it only seems to.

Who always reads the same seven hundred sections learns them by heart. So the second reader's last round is on passages
about bodies, schemes and people that do not exist: nothing helps there but to read (as SQuAD 2.0 does for English:
Rajpurkar et al. 2018, « Know What You Don't Know »). None of this is ever shown to anybody or indexed.
"""

import random
from collections.abc import Iterator, Sequence
from typing import Any

from bot.evaluation.lessons import INVENTED, Lesson, place
from bot.evaluation.shortened import again
from bot.evaluation.taught import read_lines

# One passage in twelve measures, and is never learnt from.
HELD_OUT = 12
# Lessons of the corpus that are learnt again beside these, so that they are not forgotten.
KEPT = 5000


def third_round(second: Sequence[Lesson], dice: random.Random) -> list[Lesson]:
    """The invented passages' lessons, whole and shortened, and some of the second round's."""
    invented = [made for lesson in invented_lessons() for made in again(lesson, dice, 1.0)]
    kept = [lesson for lesson in second if not lesson.held_out]
    return [*invented, *dice.sample(kept, min(KEPT, len(kept)))]


def invented_lessons() -> Iterator[Lesson]:
    """A right pair for each question that a passage answers, a wrong one for each that it does not."""
    for number, line in enumerate(read_lines(INVENTED), 1):
        yield from _lessons(line, number % HELD_OUT == 0)


def _lessons(line: dict[str, Any], held_out: bool) -> Iterator[Lesson]:
    head = f"{line['document']}. {line['title']} "
    text, name = head + line["text"], line["document"]
    for question, answer in line["answers"].items():
        yield Lesson(question, name, text, len(head), True, "known", held_out, place(text, answer))
    for question in line["beside"]:
        yield Lesson(question, name, text, len(head), False, "near_miss", held_out)
