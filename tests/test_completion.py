"""Follow-ups: who is spoken of without being named again, and when nobody is."""

import pytest

from knowledge.assistant import Explanation
from knowledge.completion import Turn, complete, next_turn, with_region
from knowledge.names import Names

NAMES = Names.of(["NOLA", "Néo 56", "Coop IDEAL", "Distro", "La Place des Possibles"])
PLACES = Names.leading(
    [("Rennes", "Bretagne"), ("Tours", "Centre-Val de Loire"), ("Manche", "Normandie"), ("Le Puy", "Auvergne")]
)
NOLA = Turn("NOLA", "Qui dirige NOLA ?")


def understood(question: str, last: Turn | None = None) -> str:
    return complete(question, NAMES, last)


@pytest.mark.parametrize(
    ("previous", "asked", "completed"),
    [
        ("Qui a gagné l'AMI 2025 ?", "et en 2023 ?", "Qui a gagné l'AMI 2023 ?"),
        ("Combien touchait un lauréat en 2021 ?", "Et 2025 ?", "Combien touchait un lauréat en 2025 ?"),
        ("Combien de pôles fin 2020 ?", "et en 2021 ?", "Combien de pôles en 2021 ?"),
        ("Combien de pôles à la fin 2020 ?", "et en 2021 ?", "Combien de pôles en 2021 ?"),
        ("Combien de pôles depuis fin 2020 ?", "et 2021 ?", "Combien de pôles depuis 2021 ?"),
        ("Combien de pôles ?", "et fin 2020 ?", "Combien de pôles (fin 2020) ?"),
        ("Qu'ont coûté les appels de 2013 et 2015 ?", "et 2023 ?", "Qu'ont coûté les appels de 2013 et 2015 (2023) ?"),
    ],
)
def test_another_year_takes_the_place_of_the_one_before(previous: str, asked: str, completed: str) -> None:
    assert understood(asked, Turn("AMI", previous)) == completed


@pytest.mark.parametrize(
    ("previous", "asked", "completed"),
    [
        ("Qui contacter au Puy ?", "et à Rennes ?", "Qui contacter à Rennes ?"),
        ("Qui contacter à Tours ? (Centre-Val de Loire)", "et à Rennes ?", "Qui contacter à Rennes ?"),
        ("Combien de pôles ?", "Et à Rennes", "Combien de pôles à Rennes ?"),
        ("Qui contacter à Tours ?", "et à Rennes, quels pôles ?", "à Rennes, quels pôles ? (NOLA)"),
    ],
)
def test_another_place_takes_the_place_of_the_one_before(previous: str, asked: str, completed: str) -> None:
    places = Names.of(["Rennes", "Tours", "Puy", "Centre-Val de Loire"])

    assert complete(asked, NAMES, Turn("NOLA", previous), places) == completed


def test_a_bare_question_is_asked_of_what_was_asked() -> None:
    last = Turn("La charte", "Qui a écrit la charte ?")

    assert understood("Quand ?", last) == "Quand ? (Qui a écrit la charte)"
    assert understood("Pourquoi ?", Turn("La charte", understood("Quand ?", last))) == (
        "Pourquoi ? (Qui a écrit la charte)"
    )
    assert understood("Quand ?") == "Quand ?"


def test_a_name_is_found_however_long() -> None:
    name = "Comité d'action et de promotion des initiatives du Pays de Retz"

    assert Names.of([name, "Retz"]).find(f"où est le {name} ?") == name
    assert Names.of([name, "Retz"]).every(f"où est le {name} ?") == {name}


def test_a_name_that_is_a_question_is_not_replaced() -> None:
    names = Names.of(["Combien de pôles en France", "Corse"])

    completed = complete("et en Corse ?", names, Turn("Corse", "Combien de pôles en France (fin 2020) ?"))

    assert completed == "Combien de pôles en France (fin 2020) ? (Corse)"


def test_of_what_everything_is_about_nothing_is_asked_in_two_words() -> None:
    assert understood("combien de membres ?", Turn("PTCE", "Qu'est-ce qu'un PTCE ?")) == "combien de membres ?"
    assert understood("combien de membres ?") == "combien de membres ?"


@pytest.mark.parametrize(
    ("question", "completed"),
    [
        ("et combien d'emplois ?", "combien d'emplois ? (NOLA)"),
        ("Et depuis quand ?", "depuis quand ? (NOLA)"),
        ("mais où ?", "où ? (NOLA)"),
        ("c'est où ?", "c'est où ? (NOLA)"),
        ("combien de salariés en 2025 ?", "combien de salariés en 2025 ? (NOLA)"),
        ("quelle puissance ?", "quelle puissance ? (NOLA)"),
        ("lauréat en quelle année ?", "lauréat en quelle année ? (NOLA)"),
        ("où le visiter ?", "où le visiter ? (NOLA)"),
        ("qui le dirige ?", "qui le dirige ? (NOLA)"),
        ("Qui l'a fondé ?", "Qui l'a fondé ? (NOLA)"),
        ("Quel est son budget ?", "Quel est son budget ? (NOLA)"),
        ("Où sont ses locaux ?", "Où sont ses locaux ? (NOLA)"),
        ("combien sont-ils ?", "combien sont-ils ? (NOLA)"),
        ("que fait ce pôle ?", "que fait ce pôle ? (NOLA)"),
        ("Peut-il embaucher ?", "Peut-il embaucher ? (NOLA)"),
        ("Combien d'emplois a-t-elle créés ?", "Combien d'emplois a-t-elle créés ? (NOLA)"),
        ("Ce pôle embauche-t-il ?", "Ce pôle embauche-t-il ? (NOLA)"),
        ("Il est où ?", "Il est où ? (NOLA)"),
        ("Où est-il situé ?", "Où est-il situé ? (NOLA)"),
        ("Est-il en Bretagne ?", "Est-il en Bretagne ? (NOLA)"),
        ("Est-il lauréat ?", "Est-il lauréat ? (NOLA)"),
        ("il existe depuis quand ?", "il existe depuis quand ? (NOLA)"),
        ("Existe-t-il encore ?", "Existe-t-il encore ? (NOLA)"),
        ("Qui la finance ?", "Qui la finance ? (NOLA)"),
        ("Est-ce que la Région le finance ?", "Est-ce que la Région le finance ? (NOLA)"),
        ("comment rejoindre son équipe ?", "comment rejoindre son équipe ? (NOLA)"),
        ("La mairie le finance-t-elle ?", "La mairie le finance-t-elle ? (NOLA)"),
        ("Qui le porte ?", "Qui le porte ? (NOLA)"),
        ("combien de structures y adhèrent ?", "combien de structures y adhèrent ? (NOLA)"),
        ("quelles communes le financent ?", "quelles communes le financent ? (NOLA)"),
        ("Qui l'a fondée ?", "Qui l'a fondée ? (NOLA)"),
        ("qui le finance publiquement ?", "qui le finance publiquement ? (NOLA)"),
        ("Y adhère-t-on librement ?", "Y adhère-t-on librement ? (NOLA)"),
        ("Le pôle a-t-il un site ?", "Le pôle a-t-il un site ? (NOLA)"),
        ("Les membres sont-ils nombreux ?", "Les membres sont-ils nombreux ? (NOLA)"),
        ("le président est-il élu ?", "le président est-il élu ? (NOLA)"),
        ("Who are their members?", "Who are their members? (NOLA)"),
    ],
)
def test_a_follow_up_is_given_the_subject(question: str, completed: str) -> None:
    assert understood(question, NOLA) == completed


@pytest.mark.parametrize("question", ["et Néo 56 ?", "Et pour Néo 56 ?", "et neo 56", "mais Néo 56 ?"])
def test_another_name_takes_over_the_question(question: str) -> None:
    assert understood(question, NOLA) == "Qui dirige Néo 56 ?"


def test_another_name_is_added_to_a_question_that_named_nobody() -> None:
    assert understood("et Néo 56 ?", Turn("NOLA", "Combien d'emplois ?")) == "Combien d'emplois ? (Néo 56)"


def test_another_name_is_written_where_the_accented_one_stood() -> None:
    last = Turn("Néo 56", "À combien s'élève l'équipe de néo 56 en été ?")

    assert understood("et Distro ?", last) == "À combien s'élève l'équipe de Distro en été ?"


@pytest.mark.parametrize(
    "question",
    [
        "Que fait Distro ?",
        "Combien d'emplois compte la Coop IDEAL ?",
        "et que fait Distro à Paris ?",
        "Comment devenir un PTCE ?",
        "Quelle est la capitale de l'Australie ?",
        "Quels financements pour 2025 ?",
        "Comment obtenir le financement de l'État ?",
        "Qui est le porteur d'un projet ?",
        "Quel est le rôle de la présidence ?",
        "Qui est le porte-parole du réseau ?",
        "Que dit la finance solidaire ?",
        "Qu'est-ce que la finance participative ?",
        "Quelle est la porte d'entrée ?",
        "Mais comment créer une SCIC ?",
        "et c'est quoi une SCIC ?",
        "Comment une association peut-elle financer son projet ?",
        "Comment déposer sa candidature ?",
        "Une association peut-elle candidater ?",
        "La loi de 2014 a-t-elle changé ?",
        "Comment une mairie peut-elle adhérer ?",
        "L'appel est-il ouvert ?",
        "Les communes paient-elles ?",
        "Quelle différence entre une coopérative ancienne et son association filiale récente pour recruter ?",
    ],
)
def test_a_new_subject_is_not_dragged_to_the_old_one(question: str) -> None:
    assert understood(question, NOLA) == question


@pytest.mark.parametrize(
    "question",
    [
        "Que faut-il faire ?",
        "Il faut combien de membres ?",
        "Y a-t-il des frais ?",
        "Est-il possible de candidater ?",
        "Existe-t-il une charte ?",
        "Existe-t-il vraiment des aides ?",
        "Il existe un label ?",
        "Il n'est pas obligatoire de signer ?",
        "Est-il trop tard pour candidater ?",
    ],
)
def test_an_impersonal_pronoun_points_at_nobody(question: str) -> None:
    assert understood(question, NOLA) == question
    assert understood(question) == question


@pytest.mark.parametrize(
    "question",
    ["Quelles sont leurs fonctions ?", "à quoi servent-ils ?", "les statuts existent-ils ?", "What do they do?"],
)
def test_a_plural_without_conversation_means_the_ptce(question: str) -> None:
    assert understood(question) == f"{question} (PTCE)"


@pytest.mark.parametrize("question", ["Qui le dirige ?", "Quel est son budget ?", "et combien d'emplois ?"])
def test_a_singular_without_conversation_is_left_alone(question: str) -> None:
    assert understood(question) == question


@pytest.mark.parametrize(
    ("question", "completed"),
    [
        ("Qui m'accompagne à Rennes ?", "Qui m'accompagne à Rennes ? (Bretagne)"),
        ("je suis à Tours, qui contacter ?", "je suis à Tours, qui contacter ? (Centre-Val de Loire)"),
        ("qui contacter dans la Manche ?", "qui contacter dans la Manche ? (Normandie)"),
        ("je suis sur rennes, qui m'aide", "je suis sur rennes, qui m'aide (Bretagne)"),
    ],
)
def test_a_town_leads_to_its_region(question: str, completed: str) -> None:
    assert with_region(question, NAMES, PLACES) == completed


@pytest.mark.parametrize(
    "question", ["On parle à tours de rôle ?", "Comment retrousser une manche ?", "que dit NOLA à Rennes ?"]
)
def test_a_common_noun_or_a_named_subject_leads_to_no_region(question: str) -> None:
    assert with_region(question, NAMES, PLACES) is None


def test_the_longest_name_is_the_one_that_is_meant() -> None:
    names = Names.of(["Coop", "Coop IDEAL", "IDEAL"])

    assert names.find("que fait la coop idéal ?") == "Coop IDEAL"
    assert names.find("que fait la coopérative ?") is None


def test_the_first_to_claim_a_name_keeps_it() -> None:
    assert Names.leading([("Saint-Denis", "Île-de-France"), ("saint denis", "La Réunion")]).find("à Saint-Denis") == (
        "Île-de-France"
    )


@pytest.mark.parametrize(
    ("asked", "lead", "last", "subject"),
    [
        ("Que fait NOLA ?", "Distro", None, "NOLA"),
        ("Comment devenir un PTCE ?", "Devenir un PTCE", NOLA, "PTCE"),
        ("Qui récupère les cartons ?", "Distro", NOLA, "Distro"),
        ("Quelle est la capitale de l'Australie ?", None, NOLA, "NOLA"),
    ],
    ids=["named", "general", "the answer's", "as before"],
)
def test_the_subject_is_what_was_named_or_else_what_answered(asked, lead, last, subject) -> None:
    assert next_turn(asked, NAMES, lead, last) == Turn(subject, asked)


def test_a_name_inside_another_word_is_not_replaced() -> None:
    names = Names.of(["Tours", "Nantes"])
    last = Turn("Tours", "Qui contacter aux alentours de Tours ?")

    assert complete("et Nantes ?", names, last) == "Qui contacter aux alentours de Nantes ?"


def test_a_conversation_about_nothing_has_no_turn() -> None:
    assert next_turn("Quelle heure est-il ?", NAMES, None, None) is None


@pytest.fixture(scope="module")
def conversation(assistant) -> dict[str, Explanation]:
    """A conversation over the bundled corpus, by question."""
    told: dict[str, Explanation] = {}
    turn = None
    for question in (
        "Que fait NOLA ?",
        "et combien d'emplois ?",
        "merci !",
        "qui le dirige ?",
        "et Néo 56 ?",
        "Quelle est la capitale de l'Australie ?",
        "Comment devenir un PTCE ?",
        "quelles sont leurs fonctions ?",
    ):
        told[question] = assistant.explain(question, turn)
        turn = told[question].turn
    return told


@pytest.mark.parametrize(
    ("question", "document"),
    [
        ("et combien d'emplois ?", "poles/nola"),
        ("qui le dirige ?", "poles/nola"),
        ("et Néo 56 ?", "poles/neo-56"),
    ],
)
def test_a_conversation_is_answered_about_its_subject(conversation, question: str, document: str) -> None:
    answer = conversation[question].answer

    assert not answer.refused
    assert answer.citations[0].document == document
    assert answer.question == question


def test_the_conversation_says_what_was_asked(conversation) -> None:
    assert "500 emplois" in conversation["et combien d'emplois ?"].answer.citations[0].quote
    assert any("Marie-Laurence Gautier" in c.quote for c in conversation["et Néo 56 ?"].answer.citations)


def test_thanks_in_between_change_nothing(conversation) -> None:
    assert conversation["merci !"].turn == conversation["et combien d'emplois ?"].turn


def test_a_conversation_can_change_its_subject(conversation) -> None:
    off_topic, becoming = (
        conversation["Quelle est la capitale de l'Australie ?"],
        conversation["Comment devenir un PTCE ?"],
    )

    assert off_topic.question.completed == off_topic.question.text
    assert off_topic.answer.refused
    assert becoming.answer.citations[0].document == "etapes/devenir"
    assert conversation["quelles sont leurs fonctions ?"].question.completed == "quelles sont leurs fonctions ? (PTCE)"


def test_a_town_is_answered_from_its_region(assistant) -> None:
    explained = assistant.explain("Qui contacter à Rennes pour un PTCE ?")

    assert explained.question.completed.endswith("(Bretagne)")
    assert explained.hits[0].passage.section.startswith("cellules/bretagne")


def test_without_conversation_a_plural_is_answered_about_ptce(assistant) -> None:
    explained = assistant.explain("Quelles sont leurs fonctions ?")

    assert explained.question.completed == "Quelles sont leurs fonctions ? (PTCE)"
    assert not explained.answer.refused
