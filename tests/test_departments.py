"""Where people are, told by the number of their department."""

import pytest

from knowledge.assistant import Assistant
from knowledge.departments import DEPARTMENTS, departments_named
from knowledge.regions import regions_named


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("Je suis dans le 44, qui contacter ?", "Je suis en Loire-Atlantique, qui contacter ?"),
        ("on est sur le 974 ki appeler", "on est sur La Réunion ki appeler"),
        ("une asso du 29 cherche un contact", "une asso de Finistère cherche un contact"),
        ("à Redon (35) ?", "à Redon (Ille-et-Vilaine) ?"),
        ("saint-denis (97400)", "saint-denis (La Réunion)"),
        ("dept 2a, quel contact ?", "dept Corse-du-Sud, quel contact ?"),
        ("code postal 44110", "code postal Loire-Atlantique"),
        ("DANS LE 93 QUI AIDE", "en Seine-Saint-Denis QUI AIDE"),
    ],
)
def test_a_number_that_tells_a_department_is_named(typed: str, understood: str) -> None:
    assert departments_named(typed) == understood


@pytest.mark.parametrize(
    "typed",
    [
        "qui est venu dans le 20e arrondissement ?",
        "la réunion du 27 novembre",
        "que dit le compte rendu du 27 ?",
        "l'AMI (2021)",
        "les lauréats de l'AMI (15)",
        "les lauréats (15)",
        "l'article (9)",
        "dans le 13 novembre",
        "compter dans le 50 % d'aides",
        "dans le 99, rien",
        "un budget de 44000 euros",
        "247 000 € dans les 44 pôles",
    ],
)
def test_other_figures_are_left_alone(typed: str) -> None:
    assert departments_named(typed) == typed


def test_every_department_is_in_one_known_region(assistant: Assistant) -> None:
    for name in DEPARTMENTS.values():
        assert len(regions_named(assistant.index, f"Je suis dans : {name}.")) == 1, name


@pytest.mark.parametrize(
    ("question", "cell"),
    [
        ("Je suis dans le 44, qui contacter ?", "cellules/pays-de-la-loire#cellule"),
        ("notre asso est dans le 29, qui nous aide ?", "cellules/bretagne#cellule"),
        ("on est un collectif du 974, a qui parler", "cellules/la-reunion#cellule"),
    ],
)
def test_who_tells_a_number_is_sent_to_the_cell_of_their_region(assistant: Assistant, question: str, cell: str) -> None:
    answer = assistant.ask(question)

    assert answer.citations[0].passage_id.split(":")[0].split("/")[:2] == cell.split("/")[:2]
