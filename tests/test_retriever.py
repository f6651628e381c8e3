"""Hybrid search: the exact ranking, what restricts it, and nothing that breaks on nothing."""

from functools import partial

import numpy as np
import pytest
from memory_index import asked, empty_index, index_of
from support import CorpusFolder, part

from knowledge import retriever
from knowledge.index import Index
from knowledge.retriever import Hit, HybridRetriever
from knowledge.settings import RetrievalSettings
from knowledge.text import terms

WOOL = "Qui file la laine des brebis ?"


@pytest.fixture
def index(corpus: CorpusFolder) -> Index:
    """Three poles and an English page; « velos » and « laine » are each in two of them."""
    corpus.add("poles/alpha", part("velos", "Que fait Alpha ?", "Alpha répare des vélos et des brouettes. [^S1]"))
    corpus.add(
        "poles/beta",
        part("laine", "Que fait Beta ?", "Beta transforme une matière locale. [^S1]", questions=[WOOL]),
        part("lieu", "Où se trouve Beta ?", "Beta se trouve dans une vallée. [^S1]", questions=[]),
    )
    corpus.add("poles/gamma", part("laine", "Que fait Gamma ?", "Gamma vend des pulls de laine. [^S1]"))
    corpus.add("faq/en", part("wool", "Who spins wool?", "Beta spins wool. [^S1]"), lang="en")
    return index_of(corpus)


def search(index: Index, question: str, *, settings: dict | None = None, **restrictions) -> tuple[Hit, ...]:
    retriever = HybridRetriever(index, RetrievalSettings(**settings or {}))
    return retriever.search(question, asked(question), **restrictions)


def sections(hits: tuple[Hit, ...]) -> list[str]:
    return [hit.passage.section for hit in hits]


def min_max(values: np.ndarray) -> np.ndarray:
    return (values - values.min()) / (values.max() - values.min())


RECIPES = [
    *((weight, {"adapter": False, "dense_weight": weight, "adapted_weight": 0.1}, True) for weight in (0.0, 0.6, 1.0)),
    (0.8, {"dense_weight": 0.1, "adapted_weight": 0.8}, True),
    # An adapter that was learnt with another model does not serve.
    (0.3, {"dense_weight": 0.3, "adapted_weight": 0.8}, False),
]


@pytest.mark.parametrize(("weight", "settings", "adapter"), RECIPES)
def test_scores_are_the_recipe_worked_out_by_hand(
    index: Index, monkeypatch: pytest.MonkeyPatch, weight: float, settings: dict, adapter: bool
) -> None:
    monkeypatch.setattr(retriever, "load_adapter", lambda model_id: adapter or None)
    vector, words = asked(WOOL), terms(WOOL)
    numbers, of_question = index.passage_section, index.question_section
    known = np.array([max((index.questions @ vector)[of_question == s], default=np.nan) for s in numbers])
    dense = index.passages @ vector
    near = np.where(np.isnan(known), dense, (dense + known) / 2)
    best = np.array([max(index.asked.scores(words)[of_question == s], default=0) for s in numbers])
    lexical = index.body.scores(words) + index.title.scores(words)[numbers] + best
    expected = weight * min_max(near) + (1 - weight) * min_max(lexical)

    hits = search(index, WOOL, settings=settings)

    order = np.argsort(-expected, kind="stable")
    assert [hit.row for hit in hits] == order.tolist()
    assert [hit.score for hit in hits] == pytest.approx(expected[order], abs=1e-5)
    assert [hit.dense for hit in hits] == pytest.approx(dense[order], abs=1e-5)
    assert [hit.lexical for hit in hits] == pytest.approx(lexical[order], abs=1e-5)


def test_a_known_question_leads_to_a_section_that_has_none_of_its_words(index: Index) -> None:
    best = search(index, WOOL)[0]

    assert best.passage.section == "poles/beta#laine"
    assert best.question == WOOL
    assert best.known == pytest.approx(1, abs=1e-5)
    assert best.score == pytest.approx(1)


def test_a_section_without_known_question_says_so(corpus: CorpusFolder) -> None:
    corpus.add("poles/alpha", part("metier", "Le métier d'Alpha", "Alpha répare des vélos. [^S1]", questions=[]))

    (hit,) = search(index_of(corpus), "Qui répare des vélos ?")

    assert (hit.known, hit.question) == (-1, "")


def test_as_many_are_given_as_are_asked_for(index: Index) -> None:
    everything = search(index, WOOL)

    assert len(everything) == 5
    assert search(index, WOOL, count=2) == everything[:2]
    assert search(index, WOOL, settings={"passages": 3}) == everything[:3]


def test_only_what_is_allowed_is_found(index: Index) -> None:
    french = search(index, "Who spins wool?", allowed=index.french)
    alone = search(index, WOOL, allowed=np.array([s == "poles/alpha#velos" for s in index.section_ids]))

    assert sections(search(index, "Who spins wool?"))[0] == "faq/en#wool"
    assert "faq/en#wool" not in sections(french)
    assert len(french) == 4
    assert sections(alone) == ["poles/alpha#velos"]
    assert search(index, WOOL, allowed=np.zeros(len(index.section_ids), bool)) == ()


def test_a_known_question_can_be_left_out(index: Index) -> None:
    row = [q for _, q in index.contents.questions].index(WOOL)

    without = search(index, WOOL, without=row)

    beta = next(hit for hit in without if hit.passage.section == "poles/beta#laine")
    assert sections(without)[0] == "poles/gamma#laine"
    assert beta.known < 0.9
    assert beta.question == "Que fait Beta ?"
    assert search(index, WOOL)[0].passage.section == "poles/beta#laine"


@pytest.mark.parametrize("restrictions", [{}, {"allowed": np.zeros(0, bool)}, {"count": 3}])
def test_an_empty_index_finds_nothing(restrictions: dict) -> None:
    assert search(empty_index(), WOOL, **restrictions) == ()


@pytest.mark.parametrize("question", ["", "zzz", "?"])
def test_a_question_of_which_nothing_is_known_still_has_an_order(index: Index, question: str) -> None:
    hits = search(index, question)

    assert len(hits) == 5
    assert all(np.isfinite(hit.score) and hit.lexical == 0 for hit in hits)


def test_equal_scores_are_all_best_or_all_nothing(corpus: CorpusFolder) -> None:
    for name in ("alpha", "beta"):
        corpus.add(
            f"poles/{name}", part("m", "Le métier", "Le pôle répare des vélos. [^S1]", questions=[]), title="Pôle"
        )
    index = index_of(corpus)

    both, none = search(index, "Qui répare des vélos ?"), search(index, "zzz")

    assert [hit.score for hit in both] == [1, 1]
    assert [hit.score for hit in none] == [0, 0]
    assert sections(both) == ["poles/alpha#m", "poles/beta#m"]


def test_few_candidates_keep_the_best(index: Index) -> None:
    assert sections(search(index, WOOL, settings={"candidates": 1}))[0] == "poles/beta#laine"


def test_an_approximate_search_that_finds_all_gives_the_same_order(index: Index) -> None:
    near = HybridRetriever(index, RetrievalSettings(), lambda vector, _: np.argsort(-(index.passages @ vector)))

    assert near.search(WOOL, asked(WOOL)) == search(index, WOOL)


def test_the_same_question_always_has_the_same_hits(index: Index) -> None:
    again = partial(search, index, WOOL)

    assert again() == again()
