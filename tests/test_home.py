"""Who says where they are gets the answer that anybody gets; who asks about a place does not."""

import pytest

from knowledge.assistant import Assistant
from knowledge.home import without_home


def rest(assistant: Assistant, text: str) -> str | None:
    found = without_home(assistant.index, assistant.read(text))
    return None if found is None else found.corrected


@pytest.mark.parametrize(
    ("question", "left"),
    [
        ("Mon entreprise à Rennes peut-elle adhérer ?", "Mon entreprise peut-elle adhérer ?"),
        ("Notre association, à Tours, peut-elle adhérer ?", "Notre association, peut-elle adhérer ?"),
        ("Nous sommes dans la Creuse, quelles étapes ?", "Nous sommes, quelles étapes ?"),
        ("Notre coopérative d’Ille-et-Vilaine veut adhérer", "Notre coopérative veut adhérer"),
        ("Our network near Rennes wants to apply", "Our network want to apply"),
        ("notre cuma vers quimper peut adhérer ?", "notre cuma peut adhérer ?"),
    ],
)
def test_where_ones_own_structure_is_can_be_left_out(assistant: Assistant, question: str, left: str) -> None:
    assert rest(assistant, question) == left


@pytest.mark.parametrize(
    "question",
    [
        "Y a-t-il un PTCE à Rennes ?",
        "Où peut-on trouver un PTCE à Quimper ?",
        "Combien de membres compte notre pôle de Grenoble ?",
        "Quel budget a notre PTCE de Rennes ?",
        "Combien d'aide avons-nous droit à Mayotte en phase 2 ?",
        "Mon entreprise à Quimper et à Brest peut-elle adhérer ?",
        "notre association parle à la réunion d'un budget, lequel ?",
        "Notre association peut-elle adhérer ?",
        "",
    ],
)
def test_a_place_that_matters_is_not_left_out(assistant: Assistant, question: str) -> None:
    assert rest(assistant, question) is None


def test_a_long_text_is_read_like_any_other(assistant: Assistant) -> None:
    assert rest(assistant, "Notre association à Paris " + "nous sommes à a " * 120) is not None


@pytest.mark.parametrize("place", ["à Quimper", "près de Dijon", "dans la Creuse"])
def test_who_says_where_she_is_gets_the_answer_that_anybody_gets(assistant: Assistant, place: str) -> None:
    told = assistant.explain(f"Notre entreprise {place} peut-elle rejoindre un PTCE ?")
    anybody = assistant.ask("Notre entreprise peut-elle rejoindre un PTCE ?")

    assert told.answer.verdict == anybody.verdict == "answered"
    assert told.answer.citations[0].section == anybody.citations[0].section
    assert place in told.question.completed


def test_a_yes_is_not_said_of_a_place_that_the_section_does_not_know(assistant: Assistant) -> None:
    answer = assistant.ask("Notre entreprise à Quimper peut-elle rejoindre un PTCE ?").answer

    assert not answer.startswith(("Oui", "Non"))


@pytest.mark.parametrize(
    "question",
    [
        "Notre association à Rennes compte combien d'emplois ?",
        "Notre association à Grenoble a quel budget ?",
        "Notre association compte combien d'emplois ?",
        "Mon entreprise à Nantes compte combien de salariés ?",
    ],
)
def test_figures_of_somebody_else_are_not_told_of_ones_own(assistant: Assistant, question: str) -> None:
    assert assistant.ask(question).verdict != "answered"
