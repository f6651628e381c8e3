"""Citation recall and precision, by the definitions of ALCE, over hand-made answers."""

from dataclasses import replace

import pytest

from bot.evaluation.alce import CitationScore, citation_score, supported_by
from bot.evaluation.metrics import METRICS, judge_result, rates
from bot.evaluation.questions import EvalQuestion
from knowledge.assistant import Assistant
from knowledge.model import Answer, Citation, Timings
from knowledge.writing.contract import Writing


def citation(n: int, quote: str) -> Citation:
    return Citation(n, "poles/a#b", "poles/a", "A", "B", quote, None, (), "2025", "en_vigueur")


def answer(text: str, *quotes: str) -> Answer:
    cited = tuple(citation(n, quote) for n, quote in enumerate(quotes, 1))
    return Answer("?", text, "answered", None, (), "generative", 0.9, cited, Timings(0, 0, 0, 0))


def holds(statement: str, citations) -> bool:
    """Each word of the statement is in one of the quotes."""
    held = {w for c in citations for w in c.quote.lower().split()}
    return {w.strip(".").lower() for w in statement.split()} <= held


@pytest.mark.parametrize(
    ("text", "quotes", "expected"),
    [
        ("Un deux [1].", ["un deux"], CitationScore(1, 1)),
        ("Un deux [1].", ["un"], CitationScore(0, 0)),
        ("Un deux.", [], CitationScore(0, 0)),
        ("Un deux [1][2].", ["un", "deux"], CitationScore(1, 1)),
        ("Un deux [1][2].", ["un deux", "trois"], CitationScore(1, 0.5)),
        ("Un deux [1][2].", ["un deux", "un deux"], CitationScore(1, 1)),
        ("Un [1]. Deux [2].", ["un", "trois"], CitationScore(0.5, 0.5)),
        ("Voici :\n- Un [1].\n(information de 2020, à vérifier)", ["un"], CitationScore(1, 1)),
    ],
    ids=["supported", "not supported", "no citation", "together", "one useless", "two alike", "half", "frames aside"],
)
def test_a_score_follows_the_definitions(text: str, quotes: list[str], expected: CitationScore) -> None:
    assert citation_score(answer(text, *quotes), holds) == expected


def test_an_answer_that_states_nothing_has_no_score() -> None:
    assert citation_score(answer(""), holds) is None


def test_quotes_support_themselves_and_not_what_is_altered(assistant: Assistant) -> None:
    given = assistant.ask("Quel est le budget moyen d'un PTCE ?")
    supports = supported_by(assistant.index)

    right = citation_score(given, supports)
    wrong = citation_score(replace(given, answer=given.answer.replace("247 000", "300 000")), supports)

    assert right == CitationScore(1, 1)
    assert wrong.recall < 1


def test_only_what_a_model_wrote_is_scored(assistant: Assistant) -> None:
    question = EvalQuestion("q", "faq", "short", "Quel est le budget moyen d'un PTCE ?", "answered", facts=("247 000",))
    quoted = assistant.explain(question.question)
    written = replace(quoted, answer=replace(quoted.answer, mode="generative"), writing=Writing(None))
    supports = supported_by(assistant.index)

    by_quotes, by_model = (rates([judge_result(question, e, supports)]) for e in (quoted, written))

    assert (by_quotes["written"].count, by_quotes["citation_recall"].count) == (0, 0)
    assert (by_model["written"].value, by_model["citation_recall"].value) == (1, 1)
    assert {"written", "citation_recall", "citation_precision"} <= {name for name, _, _ in METRICS}
