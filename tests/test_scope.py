"""What a question is about, and which section was written for it."""

import pytest

from knowledge.assistant import Assistant


@pytest.mark.parametrize(
    ("question", "document"),
    [
        ("Parle-moi de Néo 56", "poles/neo-56"),
        ("dis m'en plus sur Mady & Co", "poles/mady-and-co"),
        ("infos sur tetris", "poles/tetris"),
        ("Que savez-vous du Groupe Archer ?", "poles/groupe-archer"),
        ("Coopaxis ?", "poles/coopaxis"),
        ("tell me about NOLA", "poles/nola"),
    ],
)
def test_who_asks_for_a_pole_is_presented_it(assistant: Assistant, question: str, document: str) -> None:
    answer = assistant.ask(question)

    presented = next(d for d in assistant.index.contents.corpus.documents if d.id == document).sections[0]
    assert answer.verdict == "answered"
    assert answer.citations[0].passage_id.startswith(presented.id)


@pytest.mark.parametrize("question", ["Qui dirige Coopaxis ?", "Parle-moi du budget de Coopaxis"])
def test_who_asks_something_of_a_pole_is_not(assistant: Assistant, question: str) -> None:
    assert assistant.ask(question).confidence < 1
