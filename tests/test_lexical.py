"""BM25: the same scores as a reference implementation, and nothing lost on disk."""

import random
from pathlib import Path

import bm25s
import numpy as np
import pytest

from knowledge.lexical import K1, B, Bm25
from knowledge.text import terms

TEXTS = [
    "La charte des pôles est signée par les membres du pôle.",
    "Le pôle réunit des entreprises, des associations et des collectivités.",
    "Un appel à manifestation d'intérêt finance les pôles émergents, pôle par pôle.",
    "",
    "La cellule régionale accompagne les collectifs.",
]


def reference(texts: list[list[str]], query: list[str]) -> np.ndarray:
    """The scores of the bm25s library, which leaves out the constant factor (k1 + 1) of Robertson's formula."""
    vocabulary: dict[str, int] = {}
    ids = [[vocabulary.setdefault(term, len(vocabulary)) for term in text] for text in texts]
    model = bm25s.BM25(method="lucene", k1=K1, b=B)
    model.index((ids, vocabulary), show_progress=False)
    known = [vocabulary[term] for term in query if term in vocabulary]
    return model.get_scores_from_ids(known) * (K1 + 1) if known else np.zeros(len(texts))


@pytest.mark.parametrize(
    "query", ["la charte des pôles", "pôle pôle charte", "cellule régionale", "inconnu au bataillon", "manifestation"]
)
def test_scores_are_those_of_the_reference_library(query: str) -> None:
    texts = [list(terms(text)) for text in TEXTS]

    scores = Bm25.build(texts).scores(terms(query))

    np.testing.assert_allclose(scores, reference(texts, list(terms(query))), rtol=1e-5, atol=1e-6)


def test_scores_are_those_of_the_reference_library_on_many_random_texts() -> None:
    chance = random.Random(9)
    alphabet = [f"mot{i}" for i in range(60)]
    texts = [chance.choices(alphabet, k=chance.randint(1, 40)) for _ in range(200)]
    queries = [chance.choices([*alphabet, "absent"], k=chance.randint(1, 8)) for _ in range(50)]
    index = Bm25.build(texts)

    for query in queries:
        np.testing.assert_allclose(index.scores(query), reference(texts, query), rtol=1e-4, atol=1e-5)


def test_a_rare_word_weighs_more_than_a_common_one() -> None:
    index = Bm25.build([terms(text) for text in TEXTS])

    common, rare, unknown = (index.idf(*terms(word)) for word in ("pôle", "cellule", "inconnu"))

    assert common < rare < unknown


def test_document_frequency_counts_texts_not_occurrences() -> None:
    index = Bm25.build([["pol", "pol"], ["pol"], ["chart"]])

    assert [index.document_frequency(term) for term in ("pol", "chart", "absent")] == [2, 1, 0]


@pytest.mark.parametrize("texts", [[terms(text) for text in TEXTS], [("été", "n°", "9")], [()], []])
def test_what_is_saved_is_what_is_loaded(texts: list, tmp_path: Path) -> None:
    index = Bm25.build(texts)

    index.save(tmp_path / "index.npz")
    loaded = Bm25.load(tmp_path / "index.npz")

    assert (loaded.vocabulary, loaded.size) == (index.vocabulary, len(texts))
    for query in (terms("charte des pôles"), ("été", "9"), ()):
        np.testing.assert_array_equal(loaded.scores(query), index.scores(query))
