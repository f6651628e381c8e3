"""What the channels' commands show without a question, from a corpus of a few lines."""

from functools import partial
from types import SimpleNamespace

import pytest
from memory_index import index_of
from support import CorpusFolder, part

from bot.cards import Card, Cards
from ingest.load import load_corpus
from knowledge.phrases import since, until
from knowledge.profile import profile
from knowledge.settings import bundled_corpus_dir


def cards(corpus: CorpusFolder) -> Cards:
    index = index_of(corpus)
    return Cards(SimpleNamespace(index=index, profile=partial(profile, index.contents)))


def shown(card: Card | None) -> list[str]:
    """The quotes of a card."""
    return [citation.quote for citation in card.citations] if card else []


@pytest.mark.parametrize(
    ("as_of", "first", "last"),
    [
        ("2025", "de 2025", "à 2025"),
        ("2024-10", "d'octobre 2024", "à octobre 2024"),
        ("2024-08", "d'août 2024", "à août 2024"),
        ("2025-12", "de décembre 2025", "à décembre 2025"),
        ("2020-01-01", "du 1er janvier 2020", "au 1er janvier 2020"),
        ("2025-08-18", "du 18 août 2025", "au 18 août 2025"),
    ],
)
def test_a_date_has_the_article_of_its_form(as_of: str, first: str, last: str) -> None:
    assert (since(as_of), until(as_of)) == (first, last)


def test_the_sources_card_says_from_when_to_when(corpus: CorpusFolder) -> None:
    for name, status, as_of in (
        ("alpha", "en_vigueur", "2025"),
        ("beta", "en_vigueur", "2025-12-18"),
        ("gamma", "a_verifier", "2025-03"),
        ("delta", "a_verifier", "2024-10"),
        ("epsilon", "historique", "2014-01-01"),
    ):
        corpus.add(f"poles/{name}", status=status, as_of=as_of)

    lines = cards(corpus).sources().text.splitlines()

    assert [line for line in lines if line.startswith("- ")] == [
        "- en vigueur : 2, de 2025 au 18 décembre 2025",
        "- historique : 1, du 1er janvier 2014",
        "- à vérifier : 2, d'octobre 2024 à mars 2025",
    ]


NOTHING_OF_X = "Aucune source ne parle de X-Fabrique."
UNFOUND = (
    part("x-fabrique", "Que sait-on de « X-Fabrique » ?", f"{NOTHING_OF_X} [^S1]", silence=True),
    part("yourte", "Que sait-on de la Yourte ?", "Aucune source ne parle de la Yourte. [^S1]", silence=True),
    part("absent", "Pourquoi un pôle est-il absent ?", "Un pôle peut exister sans être connu. [^S1]"),
)


@pytest.mark.parametrize("name", ["X-Fabrique", "XFabrique", "pôle x fabrique", "Fabrique", "X-Fabriqe"])
def test_a_name_of_which_nothing_is_known_is_told_so_first(corpus: CorpusFolder, name: str) -> None:
    corpus.add("poles/introuvables", *UNFOUND, aliases=["X-Fabrique", "XFabrique", "Yourte"])

    assert shown(cards(corpus).pole(name)) == [NOTHING_OF_X, "Un pôle peut exister sans être connu."]


def test_a_document_of_unknown_things_alone_begins_with_what_was_asked(corpus: CorpusFolder) -> None:
    corpus.add("poles/introuvables", *UNFOUND[:2], aliases=["X-Fabrique", "Yourte"])

    assert shown(cards(corpus).pole("Yourte")) == ["Aucune source ne parle de la Yourte.", NOTHING_OF_X]


@pytest.mark.parametrize("name", ["Alpha", "L'atelier d'Alpha", "Alfa", "Contacts d'ailleurs"])
def test_a_name_of_which_something_is_known_is_told_only_that(corpus: CorpusFolder, name: str) -> None:
    corpus.add(
        "poles/alpha",
        part("presentation", "Qu'est-ce qu'Alpha ?", "Alpha est un pôle de Bretagne. [^S1]"),
        part("inconnu", "Que ne dit-on pas d'Alpha, contacts d'ailleurs ?", "Rien du budget. [^S1]", silence=True),
        title="Alpha (contacts d'ailleurs)",
        aliases=["L'atelier d'Alpha", "Alfa"],
    )

    assert shown(cards(corpus).pole(name)) == ["Alpha est un pôle de Bretagne."]


def test_a_document_that_is_not_one_pole_is_found_but_neither_offered_nor_counted(corpus: CorpusFolder) -> None:
    corpus.add("poles/alpha")
    corpus.add("poles/autres", title="Les autres lauréats", aliases=["Gamma"], collective=True)

    known = cards(corpus)

    assert known.poles() == ["Alpha"]
    assert {known.pole(name).title for name in ("Gamma", "Les autres lauréats")} == {"Les autres lauréats"}


def test_the_bundled_documents_that_are_not_one_pole_are_marked() -> None:
    documents = load_corpus(bundled_corpus_dir()).documents

    assert {d.title for d in documents if d.collective} == {
        "Autres lauréats d'Occitanie en 2021 (phase 1)",
        "Les PTCE bretons et leur rencontre régionale du 27 novembre 2025",
        "Premiers lauréats de 2014 peu documentés",
        "Pôles demandés mais introuvables",
    }


def test_a_part_of_a_name_that_several_documents_have_is_nobodys(corpus: CorpusFolder) -> None:
    corpus.add("poles/alpha", aliases=["Grand Atelier"])
    corpus.add("poles/beta", aliases=["Petit Atelier"])

    assert cards(corpus).pole("Atelier") is None
