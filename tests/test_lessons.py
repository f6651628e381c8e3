"""What the reader is taught: right and wrong pairs, and documents that it never sees."""

import random
from collections import Counter

import pytest

from bot.evaluation.invented import HELD_OUT as HELD_OUT_PASSAGES
from bot.evaluation.invented import claim_lessons, invented_lessons, later_rounds
from bot.evaluation.lessons import (
    CONTRAST,
    FOUND,
    HELD_OUT,
    INVENTED,
    INVENTED_LATER,
    Asked,
    Lesson,
    asked_questions,
    contrasted,
    held_out_documents,
    lessons,
    marked_answers,
    material_digest,
)
from bot.evaluation.shortened import second_round, without_another, without_answer
from bot.evaluation.taught import read_lines
from knowledge.assistant import Assistant
from knowledge.contents import Contents
from knowledge.index import off_topic_questions
from knowledge.reader import read_text


@pytest.fixture(scope="module")
def contents(assistant: Assistant) -> Contents:
    return assistant.index.contents


@pytest.fixture(scope="module")
def asked(contents: Contents) -> list[Asked]:
    """Known questions, each with its own section and those after it in the corpus; and two without answer."""
    order = list(contents.sections)
    known = []
    for section, question in contents.questions[::3]:
        start = order.index(section)
        known.append(Asked(question, "known", section, tuple(order[start : start + FOUND])))
    first = tuple(order[:FOUND])
    return [*known, Asked("Quel âge a-t-elle ?", "near_miss", None, first), Asked("crêpes", "off_topic", None, first)]


@pytest.fixture(scope="module")
def invented() -> list[Lesson]:
    return [lesson for file in (INVENTED, INVENTED_LATER) for lesson in invented_lessons(file)]


@pytest.fixture(scope="module")
def made(contents: Contents, asked: list[Asked]) -> list[Lesson]:
    return lessons(contents, asked, random.Random(1))


def test_one_document_in_six_is_held_out_and_always_the_same(contents: Contents) -> None:
    held_out = held_out_documents(contents)

    assert len(held_out) == len(contents.corpus.documents) // HELD_OUT
    assert held_out == held_out_documents(contents)


def test_no_text_of_a_held_out_document_teaches_its_own_questions(contents: Contents, made: list[Lesson]) -> None:
    titles = {d.title for d in contents.corpus.documents if d.id in held_out_documents(contents)}

    learnt = [lesson for lesson in made if lesson.right and not lesson.held_out]

    assert learnt
    assert not [lesson for lesson in learnt if lesson.text.partition(". ")[0] in titles]


def test_every_kind_of_pair_is_there_and_only_known_questions_are_right(made: list[Lesson]) -> None:
    kinds = Counter((lesson.kind, lesson.right) for lesson in made)

    assert set(kinds) == {
        ("known", True),
        ("other", False),
        ("near_miss", False),
        ("off_topic", False),
    }


def test_a_section_that_only_says_what_is_unknown_answers_nothing(contents: Contents, asked: list[Asked]) -> None:
    silent = [one for one in asked if one.section and contents.sections[one.section].silence]

    assert silent
    assert lessons(contents, silent, random.Random(1)) == []


def test_the_same_dice_make_the_same_lessons(contents: Contents, asked: list[Asked], made: list[Lesson]) -> None:
    assert lessons(contents, asked, random.Random(1)) == made
    assert lessons(contents, asked, random.Random(2)) != made


def test_a_marked_answer_is_found_again_in_the_text(contents: Contents) -> None:
    section = next(s for s in contents.sections if not contents.sections[s].silence)
    sentence = contents.sentences[section][-1].text
    words = " ".join(sentence.split()[1:4])

    right, beside = (
        next(iter(lessons(contents, [Asked("?", "known", section, (), answer)], random.Random(1))))
        for answer in (words, "")
    )

    assert right.right
    assert right.text[slice(*right.answer)] == words
    assert (beside.right, beside.kind, beside.answer) == (False, "beside", None)


def test_nearly_every_question_that_teaches_has_its_answer_marked(contents: Contents) -> None:
    marked = marked_answers()
    known = [(s, q) for s, q in contents.questions if not contents.sections[s].silence]

    found = [marked[pair] for pair in known if marked.get(pair)]

    assert len(found) > 0.95 * len(known)
    assert all(marked[s, q] in read_text(contents, s) for s, q in known if marked.get((s, q)))


def test_a_question_that_found_nothing_teaches_nothing(contents: Contents) -> None:
    assert lessons(contents, [Asked("?", "near_miss", None, ())], random.Random(1)) == []


def test_the_material_has_a_name_that_changes_with_it(contents: Contents) -> None:
    changed = Contents(contents.corpus, dict(contents.sentences), contents.passages)
    section = next(iter(changed.sentences))
    changed.sentences[section] = changed.sentences[section][:1]

    assert material_digest(contents) == material_digest(contents)
    assert material_digest(contents) != material_digest(changed)


def test_questions_are_asked_as_if_nobody_had_foreseen_them(
    assistant: Assistant, contents: Contents, monkeypatch: pytest.MonkeyPatch
) -> None:
    without: list[int | None] = []
    monkeypatch.setattr("bot.evaluation.lessons.unanswerable_questions", lambda: off_topic_questions()[:2])
    monkeypatch.setattr(assistant, "search", lambda question, without_row=None, **k: without.append(k["without"]) or ())

    asked = list(asked_questions(assistant, lambda done, total: None))

    assert without[: len(contents.questions)] == list(range(len(contents.questions)))
    assert [one.kind for one in asked[-2:]] == ["off_topic", "off_topic"]


@pytest.fixture(scope="module")
def marked(contents: Contents) -> list[Lesson]:
    """Right pairs whose answer is marked."""
    marks = marked_answers()
    told = [Asked(q, "known", section, (), marks.get((section, q))) for section, q in contents.questions]
    return [lesson for lesson in lessons(contents, told, random.Random(1)) if lesson.answer]


def test_a_pair_without_the_sentence_that_answers_is_wrong(marked: list[Lesson]) -> None:
    cut = [(lesson, made) for lesson in marked if (made := without_answer(lesson))]

    assert len(cut) > 500
    assert not any(made.right or made.answer for _, made in cut)
    assert all(lesson.text[slice(*lesson.answer)] not in made.text for lesson, made in cut)
    assert all(set(made.text.split()) <= set(lesson.text.split()) for lesson, made in cut)


def test_a_pair_without_another_sentence_stays_right(marked: list[Lesson]) -> None:
    dice = random.Random(1)
    shorter = [(lesson, made) for lesson in marked if (made := without_another(lesson, dice))]

    assert len(shorter) > 500
    assert all(made.right and len(made.text) < len(lesson.text) for lesson, made in shorter)
    assert all(made.text[slice(*made.answer)] == lesson.text[slice(*lesson.answer)] for lesson, made in shorter)


def test_the_second_round_holds_out_what_the_first_did(made: list[Lesson]) -> None:
    again = second_round(made, random.Random(1))

    flags = {(one.question, one.section, one.held_out) for one in made}

    assert {lesson.held_out for lesson in again} == {False, True}
    assert {(lesson.question, lesson.section, lesson.held_out) for lesson in again} <= flags
    assert again == second_round(made, random.Random(1))
    assert len(again) < len(made) * 1.7


def test_an_invented_passage_holds_the_words_that_answer(invented: list[Lesson]) -> None:
    right = [lesson for lesson in invented if lesson.right]
    wrong = [lesson for lesson in invented if not lesson.right]

    assert len(right) > 3000
    assert len(wrong) > 3000
    assert all(lesson.answer and lesson.answer[0] >= lesson.start for lesson in right)
    assert not {(lesson.question, lesson.text) for lesson in right} & {(one.question, one.text) for one in wrong}


def test_nothing_invented_is_about_a_real_pole(contents: Contents, invented: list[Lesson]) -> None:
    real = {d.title for d in contents.corpus.documents if d.kind == "poles"}

    assert real
    assert not [name for name in real for lesson in invented if name in lesson.text]


@pytest.fixture(scope="module")
def later(contents: Contents, made: list[Lesson]) -> list[list[Lesson]]:
    return later_rounds(contents, second_round(made, random.Random(1)), random.Random(1))


def test_later_rounds_hold_out_whole_passages(later: list[list[Lesson]], invented: list[Lesson]) -> None:
    first, second, _ = ([lesson for lesson in made if lesson.text.startswith(lesson.section)] for made in later)
    learnt = {lesson.text[: lesson.start] for lesson in (*first, *second) if not lesson.held_out}
    held_out = {lesson.text[: lesson.start] for lesson in (*first, *second) if lesson.held_out}

    assert len(held_out) == pytest.approx(len({lesson.text for lesson in invented}) / HELD_OUT_PASSAGES, abs=2)
    assert not learnt & held_out


def test_every_later_round_repeats_lessons_of_the_corpus(
    contents: Contents, made: list[Lesson], later: list[list[Lesson]]
) -> None:
    known = {(lesson.question, lesson.section) for lesson in made}

    assert all({(one.question, one.section) for one in lessons_} & known for lessons_ in later)
    # Nor does any of them read a held-out document.
    assert {x.held_out == (contents.documents[x.section].id in held_out_documents(contents)) for x in made} == {True}


def test_claims_are_half_supported_and_half_not() -> None:
    claims = list(claim_lessons(INVENTED))

    assert len(claims) > 4000
    assert sum(one.right for one in claims) / len(claims) == pytest.approx(0.5, abs=0.01)


def test_contrasts_are_about_sections_that_exist_and_name_words_that_answer(contents: Contents) -> None:
    made = list(contrasted(contents))

    right, wrong = ([one for one in made if one.right is value] for value in (True, False))
    assert {line["section"] for line in read_lines(CONTRAST)} <= set(contents.sections)
    assert min(len(right), len(wrong)) > 1400
    # The words of a few run from one paragraph into the next, or stand in a title.
    assert sum(one.answer is not None and one.answer[0] >= one.start for one in right) > 0.97 * len(right)
    assert not {(one.question, one.section) for one in right} & {(one.question, one.section) for one in wrong}
