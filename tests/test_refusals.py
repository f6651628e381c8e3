"""What is said where nothing is answered: true of what the sources hold, and whom to ask."""

import pytest

from knowledge.assistant import Assistant
from knowledge.refusals import refusal

UNKNOWN = "Je ne sais pas : mes sources n'en parlent pas."


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Un PTCE paie-t-il la taxe foncière ?", f"{UNKNOWN} Pour une réponse sûre, demandez à la CRESS (chambre"),
        (
            "Un PTCE paie-t-il la taxe foncière à Limoges ?",
            f"{UNKNOWN} Pour une réponse sûre, demandez à la CRESS Nouv",
        ),
        (
            "Un PTCE du 29 paie-t-il la taxe foncière ?",
            f"{UNKNOWN} Pour une réponse sûre, demandez à la CRESS Bretagne",
        ),
        (
            "Un PTCE breton ou normand, à Brest ou à Caen ?",
            f"{UNKNOWN} Pour une réponse sûre, demandez à la CRESS (cha",
        ),
        ("Quel est l'âge du patron de Coopaxis ?", "Je ne sais pas : mes sources nomment « Coopaxis », mais ne disent"),
        ("What is NOLA's tax rate?", "I do not know: my sources mention « NOLA (Coop IDEAL) », but do not say this."),
    ],
)
def test_an_unknown_answer_says_what_is_known_and_whom_to_ask(assistant: Assistant, question: str, said: str) -> None:
    read = assistant.read(question)

    assert refusal(assistant.index, read, "pas_dans_les_sources", (), 0.01).answer.startswith(said)


def test_of_a_pole_the_cress_of_its_region_is_named(assistant: Assistant) -> None:
    read = assistant.read("Quel est l'âge du patron de Coopaxis ?")

    answer = refusal(assistant.index, read, "pas_dans_les_sources", (), 0.01).answer

    assert answer.endswith("la CRESS Centre-Val de Loire (chambre régionale de l'économie sociale et solidaire).")
