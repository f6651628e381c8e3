"""Whose region a question is about, and that no other region answers it."""

import numpy as np
import pytest
from memory_index import index_of
from support import CorpusFolder, part

from knowledge.completion import capitalised
from knowledge.index import Index
from knowledge.question import Question, read_question
from knowledge.regions import regions_named, searchable


@pytest.fixture
def index(corpus: CorpusFolder) -> Index:
    """Two regions with their towns, a pole in each, and pages that are of no region."""
    contact = part("cellule", "Qui contacter ?", "Le contact est à la CRESS. [^S1]")
    corpus.add(
        "cellules/bretagne", contact, title="Les PTCE en Bretagne", region="Bretagne", places=["Rennes", "Brest"]
    )
    corpus.add("cellules/centre", contact, title="Les PTCE au Centre", region="Centre", places=["Orléans", "Tours"])
    corpus.add("poles/alpha", region="Bretagne", aliases=["La Halle d'Alpha"])
    corpus.add("poles/beta", region="Centre")
    corpus.add("faq/devenir", part("devenir", "Comment devenir un PTCE ?", "Se réunir à plusieurs. [^S1]"))
    corpus.add("faq/en", part("become", "How to become a PTCE?", "Join forces. [^S1]"), lang="en")
    return index_of(corpus)


def asked(text: str, index: Index) -> Question:
    return read_question(text, index.vocabulary, 500)


@pytest.mark.parametrize(
    ("text", "regions"),
    [
        ("Qui contacter à Orléans ?", {"Centre"}),
        ("une régie à Orléans cherche qui appeler en Bretagne", {"Centre", "Bretagne"}),
        ("qui appeler à orléans", {"Centre"}),
        ("Que fait Alpha ?", {"Bretagne"}),
        ("que fait la halle d'alpha", {"Bretagne"}),
        ("Alpha est-il venu à Tours ?", {"Bretagne", "Centre"}),
        ("on fait des tours de table, qui contacter ?", set()),
        ("Comment devenir un PTCE ?", set()),
        ("", set()),
    ],
)
def test_the_regions_of_what_is_named(index: Index, text: str, regions: set[str]) -> None:
    assert regions_named(index, text) == regions


def test_only_the_named_region_and_pages_of_no_region_may_answer(index: Index) -> None:
    allowed = searchable(index, asked("Qui contacter à Orléans ?", index))

    documents = [d.id for d in index.contents.documents.values()]
    assert allowed is not None
    assert {d for d, may in zip(documents, allowed, strict=True) if may} == {
        "cellules/centre",
        "poles/beta",
        "faq/devenir",
    }


def test_where_no_place_is_named_every_french_page_may_answer(index: Index) -> None:
    np.testing.assert_array_equal(searchable(index, asked("Qui contacter ?", index)), index.french)


def test_who_asks_in_english_may_be_answered_by_all_pages_but_those_of_other_regions(index: Index) -> None:
    in_general = asked("How can our organisation become a PTCE and who should we talk to?", index)
    in_orleans = asked("How can our organisation in Orléans become a PTCE and who should we talk to?", index)

    allowed = searchable(index, in_orleans)

    assert in_general.lang == in_orleans.lang == "en"
    assert searchable(index, in_general) is None
    assert allowed is not None
    names = list(index.contents.sections)
    assert allowed[names.index("faq/en#become")]
    assert not allowed[names.index("cellules/bretagne#cellule")]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("le nord-ouest de la Manche", "Manche"),
        ("le quart Nord-Est de la France", "France"),
        ("près de saint-nazaire ou de lille", "saint-nazaire"),
        ("dans le sud-est", ""),
    ],
)
def test_a_direction_is_no_place(text: str, names: str) -> None:
    assert capitalised(text) == names
