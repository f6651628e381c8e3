"""Questions about somebody whom nothing names: the bot asks of whom, and answers nothing."""

import json
from pathlib import Path

import pytest

from knowledge.assistant import Assistant
from knowledge.completion import Turn
from knowledge.hanging import hangs

HANGING = [
    "à quoi sert-elle ?",
    "qui la préside ?",
    "Combien a-t-il reçu ?",
    "où se trouve-t-il ?",
    "Quand a-t-elle été signée ?",
    "c'est qui qui le dirige",
    "Combien d'emplois compte-t-il ?",
    "est-ce qu'il est lauréat ?",
    "Quel est son budget ?",
    "c koi son adresse",
    "il est où ?",
    "il a combien de salariés",
    "Et qui l'a créé ?",
    "What is its budget?",
    "How many members does it have?",
]
STANDING = [
    "Existe-t-il des aides ?",
    "Que se passe-t-il ensuite ?",
    "Que reste-t-il à faire ?",
    "Combien faut-il être ?",
    "combien y en a-t-il ?",
    "Y aura-t-il un AMI ?",
    "Est-il possible de candidater ?",
    "est-ce qu'il existe un annuaire ?",
    "est-ce qu'il faut une association ?",
    "La charte est-elle obligatoire ?",
    "Où travaille-t-elle, Chloé Durey ?",
    "où se trouve-t-il ? (NOLA)",
    "Is it mandatory to sign?",
    "Qui finance ?",
]


@pytest.mark.parametrize("question", HANGING)
def test_a_question_about_nobody_in_particular_is_told_by_its_form(question: str) -> None:
    assert hangs(question)


@pytest.mark.parametrize("question", STANDING)
def test_a_question_that_names_its_subject_or_has_none_stands(question: str) -> None:
    assert not hangs(question)


def test_no_question_that_a_section_foresees_or_that_has_an_answer_hangs(assistant: Assistant) -> None:
    foreseen = [q for s in assistant.index.contents.sections.values() for q in (s.title, *s.questions)]
    lines = (Path(__file__).parent / "eval" / "unseen.jsonl").read_text(encoding="utf-8").splitlines()
    answerable = [line["question"] for line in map(json.loads, lines) if line["section"]]

    assert [q for q in [*foreseen, *answerable] if hangs(q)] == []


@pytest.mark.parametrize("question", ["Combien d'emplois compte-t-il ?", "Quel est son budget ?"])
def test_whoever_asks_is_asked_of_whom_and_is_told_of_no_pole(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question)

    assert (answer.verdict, answer.reason, answer.citations) == ("refused", "sans_sujet", ())
    assert "De qui ou de quoi parlez-vous ?" in answer.answer


def test_in_a_conversation_it_is_asked_of_its_subject(assistant: Assistant) -> None:
    answer = assistant.explain("Combien d'emplois compte-t-il ?", Turn("NOLA", "Qu'est-ce que NOLA ?")).answer

    assert answer.verdict == "answered"
    assert "500 emplois" in answer.answer


def test_it_does_not_change_what_the_conversation_is_about(assistant: Assistant) -> None:
    assert assistant.explain("Quel est son budget ?").turn is None
