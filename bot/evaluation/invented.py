"""Passages made up to teach reading, each with questions that it answers and questions that it only seems to.

Who always reads the same seven hundred sections learns them by heart. So two of the second reader's rounds are on
passages about bodies, schemes and people that do not exist: nothing helps there but to read (as SQuAD 2.0 does for
English: Rajpurkar et al. 2018, « Know What You Don't Know »). None of this is ever shown to anybody or indexed.

Of the first ones there are also claims, which the passage supports or does not: another way to ask for careful reading.
They are learnt in the round of the later ones.
"""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bot.evaluation.lessons import INVENTED, INVENTED_LATER, Lesson, contrasted, place
from bot.evaluation.shortened import again
from bot.evaluation.taught import read_lines
from knowledge.contents import Contents

# One passage in twelve measures, and is never learnt from.
HELD_OUT = 12
# Lessons of the second round that are learnt again in the third, fourth and fifth, so that they are not forgotten; and
# of invented passages in the fifth.
KEPT = (5000, 3500, 3200)
INVENTED_KEPT = 1500


def later_rounds(contents: Contents, second: Sequence[Lesson], dice: random.Random) -> list[list[Lesson]]:
    """What is learnt after the second round: invented passages; others, and claims; contrasts on the corpus itself.

    Each with some of the second round's lessons. Held-out lessons measure.
    """
    known = [lesson for lesson in second if not lesson.held_out]
    invented, others = list(invented_lessons(INVENTED)), list(invented_lessons(INVENTED_LATER))
    read = [lesson for lesson in (*invented, *others) if not lesson.held_out]
    new = (
        shortened(invented, dice),
        [*shortened(others, dice), *claim_lessons(INVENTED)],
        [*shortened(contrasted(contents), dice), *dice.sample(read, INVENTED_KEPT)],
    )
    return [[*made, *dice.sample(known, min(kept, len(known)))] for made, kept in zip(new, KEPT, strict=True)]


def shortened(lessons: Iterator[Lesson] | Sequence[Lesson], dice: random.Random) -> list[Lesson]:
    """Each pair, whole or shorter, and now and then without its answer."""
    return [made for lesson in lessons for made in again(lesson, dice, 1.0)]


def invented_lessons(file: Path) -> Iterator[Lesson]:
    """A right pair for each question that a passage answers, a wrong one for each that it does not."""
    for line, text, start, held_out in _passages(file):
        for question, answer in line["answers"].items():
            where = place(text, answer)
            yield Lesson(question, line["document"], text, start, True, "known", held_out, where)
        for question in line["beside"]:
            yield Lesson(question, line["document"], text, start, False, "near_miss", held_out)


def claim_lessons(file: Path) -> Iterator[Lesson]:
    """A pair for each claim about a passage."""
    for line, text, start, held_out in _passages(file):
        for key, right in (("supported", True), ("unsupported", False)):
            for claim in line.get(key, ()):
                yield Lesson(claim, line["document"], text, start, right, "claim", held_out)


def _passages(file: Path) -> Iterator[tuple[dict[str, Any], str, int, bool]]:
    """(line, its text after its titles, where it begins, whether it is held out)."""
    for number, line in enumerate(read_lines(file), 1):
        head = f"{line['document']}. {line['title']} "
        yield line, head + line["text"], len(head), number % HELD_OUT == 0
