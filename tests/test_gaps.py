"""What a question asks for, by name, is not told with what only looks like it."""

import pytest

from knowledge.assistant import Assistant


@pytest.mark.parametrize(
    "question",
    [
        "Une thèse a-t-elle été soutenue sur EDENN ?",
        "Combien d'éoliennes possède NOLA ?",
        "Quel jour les lauréats de l'AMI 2022 ont-ils été annoncés ?",
        "Qui est la présidente de Néo 56 ?",
        "Quel est le loyer payé par Les Écossolies ?",
        "Synethic, qui porte EDENN, est-ce une association ou une coopérative ?",
        "Que signifie le nom PHARE, lauréat 2021 en Provence-Alpes-Côte d'Azur ?",
    ],
)
def test_another_pole_year_region_or_thing_is_not_asserted(assistant: Assistant, question: str) -> None:
    assert assistant.ask(question).verdict != "answered"


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("Combien d'éoliennes possède EPV ?", "13 éoliennes"),
        ("Quand les lauréats de l'AMI 2025 ont-ils été annoncés ?", "18 décembre 2025"),
        ("Que veut dire NOLA ?", "ne développent pas le sigle"),
        ("Quelle est la forme juridique d'Organic'Vallée ?", "coopérative"),
        ("Quelle grande figure a inspiré les PTCE à la fin des années 2000 ?", "Claude Alphandéry"),
    ],
)
def test_what_is_asked_and_there_is_still_told(assistant: Assistant, question: str, told: str) -> None:
    answer = assistant.ask(question)

    assert answer.verdict == "answered"
    assert told in answer.answer


def test_a_pole_of_another_region_is_no_contact(assistant: Assistant) -> None:
    answer = assistant.ask("contact ptce évry essonne")

    assert answer.citations[0].passage_id.startswith("cellules/ile-de-france#")
