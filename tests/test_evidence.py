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
