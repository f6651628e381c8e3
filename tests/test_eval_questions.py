"""The evaluation's own questions: enough of each sort, well formed, and none that the assistant was taught."""

import re
from pathlib import Path

import pytest
from rapidfuzz import fuzz, process

from bot.evaluation.lessons import CONTRAST
from bot.evaluation.questions import DEV_SHARE, EvalQuestion, load_questions
from bot.evaluation.taught import practised, read_lines, to_learn, written
from ingest.build import read_contents
from knowledge.contents import Contents
from knowledge.index import unanswerable_questions
from knowledge.settings import bundled_corpus_dir
from knowledge.text import fold

FILE = Path(__file__).parent / "eval" / "questions.jsonl"
FRESH, UNSEEN = FILE.with_name("fresh.jsonl"), FILE.with_name("unseen.jsonl")
# The same words but one or two, in whatever order (percent, by rapidfuzz).
NEARLY_EQUAL = 92


@pytest.fixture(scope="module")
def questions() -> list[EvalQuestion]:
    return load_questions(FILE)


@pytest.fixture(scope="module")
def contents() -> Contents:
    return read_contents(bundled_corpus_dir())


def heard(text: str) -> str:
    """The question without what nobody hears (case, accents, punctuation), its words in alphabetical order."""
    return " ".join(sorted(re.findall(r"\w+", fold(text)))) or text


@pytest.fixture(scope="module")
def heard_before(contents: Contents) -> list[str]:
    """Every question about the corpus that something here learnt from; what was invented names nothing real."""
    taught, practice = (one.text for one in to_learn(contents)), (text for text, _ in practised(contents))
    contrast = (text for line in read_lines(CONTRAST) for text in (*line["answers"], *line["beside"]))
    return [heard(text) for text in (*unanswerable_questions(), *taught, *practice, *contrast)]


def read_of(contents: Contents, section: str) -> str:
    """The title of a section and its paragraphs, as an answer may show them."""
    found = contents.sections[section]
    return "\n".join([found.title, " ".join(p.text for p in found.paragraphs)])


def test_a_line_separator_inside_a_line_does_not_end_it(tmp_path: Path) -> None:
    file = tmp_path / "taught.jsonl"
    file.write_text('{"question": "Et\u2028 les aides ?"}\n{"question": "Et\x85 après ?"}\n', encoding="utf-8")

    assert [line["question"] for line in read_lines(file)] == ["Et\u2028 les aides ?", "Et\x85 après ?"]


def test_there_are_enough_questions_with_an_answer_and_without(questions: list[EvalQuestion]) -> None:
    assert sum(q.answerable for q in questions) >= 280
    assert sum(not q.answerable for q in questions) >= 120


def test_each_question_has_an_id_of_its_own(questions: list[EvalQuestion]) -> None:
    assert len({q.id for q in questions}) == len(questions)


def test_no_question_is_asked_twice(questions: list[EvalQuestion]) -> None:
    assert len({heard(q.question) for q in questions}) == len(questions)


def test_gold_sections_exist(questions: list[EvalQuestion], contents: Contents) -> None:
    assert [(q.id, s) for q in questions for s in q.sections if s not in contents.sections] == []


def test_an_answerable_question_has_facts_and_sections(questions: list[EvalQuestion]) -> None:
    assert [q.id for q in questions if q.answerable and not (q.facts and q.sections)] == []


def test_an_unanswerable_question_has_no_facts(questions: list[EvalQuestion]) -> None:
    assert [q.id for q in questions if not q.answerable and q.facts] == []


def test_each_fact_stands_in_a_gold_section(questions: list[EvalQuestion], contents: Contents) -> None:
    absent = [
        (q.id, fact)
        for q in questions
        for fact in q.facts
        if not any(re.search(fact, read_of(contents, s), re.IGNORECASE) for s in q.sections if s in contents.sections)
    ]

    assert absent == []


def test_no_question_is_one_that_was_taught_or_nearly_so(
    questions: list[EvalQuestion], heard_before: list[str]
) -> None:
    nearest = {
        q.id: process.extractOne(heard(q.question), heard_before, scorer=fuzz.ratio, score_cutoff=NEARLY_EQUAL)
        for q in questions
    }

    assert {id_: found for id_, found in nearest.items() if found} == {}


@pytest.mark.parametrize("answerable", [True, False])
def test_dev_and_test_share_each_sort_about_as_they_should(questions: list[EvalQuestion], answerable: bool) -> None:
    splits = [q.split for q in questions if q.answerable == answerable]

    assert splits.count("dev") / len(splits) == pytest.approx(DEV_SHARE, abs=0.08)


def test_fresh_questions_are_about_sections_that_exist_and_were_not_taught(
    contents: Contents, heard_before: list[str]
) -> None:
    fresh = written(contents, FRESH)
    asked = {heard(one.text) for one in fresh}

    nearly = process.cdist(list(asked), heard_before, scorer=fuzz.ratio, score_cutoff=NEARLY_EQUAL, workers=-1)

    lines = read_lines(FRESH)
    assert {line["section"] for line in lines} <= set(contents.sections)
    assert len(asked) == len(fresh) > 800
    assert nearly.max() == 0


def test_unseen_questions_name_words_of_their_section_and_were_not_taught(
    contents: Contents, heard_before: list[str]
) -> None:
    lines = read_lines(UNSEEN)

    nearly = process.cdist(
        [heard(line["question"]) for line in lines],
        heard_before,
        scorer=fuzz.ratio,
        score_cutoff=NEARLY_EQUAL,
        workers=-1,
    )

    answered = [line for line in lines if line["section"]]
    assert len(answered) > 300
    assert len(lines) - len(answered) > 300
    assert all(line["fact"] in read_of(contents, line["section"]) for line in answered)
    assert (nearly.max(axis=1) > 0).sum() == 0
