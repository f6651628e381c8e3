"""Which kind of answer a question asks for, and which texts hold one."""

import pytest

from knowledge.evidence import Kind, asked_kinds, holds_kind


@pytest.mark.parametrize(
    ("question", "kinds"),
    [
        ("Combien l'État lui a-t-il versé ?", {"amount"}),
        ("combien un lauréat reçoit-il", {"amount"}),
        ("il faut payer combien ?", {"amount"}),
        ("À combien s'élève l'aide ?", {"amount"}),
        ("quelles sommes ont été versées", {"amount"}),
        ("Combien de pôles ont touché l'aide ?", {"count"}),
        ("ils sont combien chez NOLA", {"count"}),
        ("combien y a-t-il de pôles", {"count"}),
        ("qui dois-je appeler ?", {"phone"}),
        ("Un tel projet est-il éligible ?", set()),
        ("Peut-on s'appeler PTCE sans l'être ?", set()),
        ("Quelle est la capitale du textile ?", set()),
        ("Sommes-nous concernés ?", set()),
        ("Nous sommes une association, que faire ?", set()),
    ],
)
def test_the_kind_asked_for_is_read_in_any_order_of_words(question: str, kinds: set[Kind]) -> None:
    assert set(asked_kinds(question)) == kinds


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("Noémie Mouret dirige la coopérative.", True),
        ("Élise Béraud en est la présidente.", True),
        ("Dans le Pas-de-Calais, Sarah Dhenin répond.", True),
        ("Le Labo de l'ESS publie un guide.", False),
        ("La Coop IDEAL anime le pôle.", False),
        ("Les Pays de la Loire comptent deux pôles.", False),
    ],
)
def test_a_person_has_two_names_and_no_article(text: str, held: bool) -> None:
    assert holds_kind("person", text) is held


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("Le pôle est installé près d'Orléans.", True),
        ("Le pôle est installé dans l’Yonne.", True),
        ("Le pôle est installé à Nantes.", True),
        ("Le pôle est bien installé.", False),
        ("La charte d'un pôle est libre.", False),
    ],
)
def test_a_place_comes_after_what_leads_to_one(text: str, held: bool) -> None:
    assert holds_kind("place", text) is held


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("Ils sont 12.", True),
        ("Une quinzaine d'acteurs s'y retrouvent.", True),
        ("Aucune source ne le dit.", True),
        ("Un seul pôle y a été retenu.", True),
        ("Un pôle est une union d'entreprises.", False),
        ("Une dixième étape est la onzième.", False),
    ],
)
def test_a_count_is_more_than_an_article(text: str, held: bool) -> None:
    assert holds_kind("count", text) is held
