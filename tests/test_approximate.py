"""Approximate search: the right rows, opened only where it pays, and never the cause of a missing answer."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from knowledge import approximate
from knowledge.approximate import ChromaSearch, open_approximate
from knowledge.errors import UnusableIndexError
from knowledge.model import Passage
from knowledge.settings import StoreSettings
from knowledge.store import COLLECTION, chroma_client, write_passages

COUNT = 60


def stub(vectors: np.ndarray):
    """What of an `Index` is read."""
    # Numbered backwards, so that an id can't pass for its row.
    passages = tuple(Passage(f"faq/a#s{COUNT - n}", "faq/a#s", f"texte {n}", 0, 0) for n in range(len(vectors)))
    return SimpleNamespace(passages=vectors, contents=SimpleNamespace(passages=passages))


@pytest.fixture(scope="module")
def generation(tmp_path_factory: pytest.TempPathFactory):
    """(folder, index): passages in Chroma and in memory."""
    vectors = np.random.default_rng(7).standard_normal((COUNT, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    index = stub(vectors)
    folder = tmp_path_factory.mktemp("generation")
    document = SimpleNamespace(id="faq/a", title="A", kind="faq", status="en_vigueur", as_of="2025-12", region=None)
    with chroma_client(folder) as client:
        write_passages(client, COLLECTION, [(document, p) for p in index.contents.passages], vectors, ef_search=400)
    return folder, index


@pytest.fixture
def search(generation):
    folder, index = generation
    found = ChromaSearch(folder, "", index)
    yield found
    found.close()


@pytest.mark.parametrize("row", [0, 17, COUNT - 1])
def test_rows_come_nearest_first(generation, search, row):
    vector = generation[1].passages[row]
    expected = np.argsort(-(generation[1].passages @ vector))[:10]
    assert search(vector, 10).tolist() == expected.tolist()


def test_asking_for_more_than_there_is_gives_all(generation, search):
    assert sorted(search(generation[1].passages[0], 10 * COUNT).tolist()) == list(range(COUNT))


def test_a_store_that_fails_is_replaced_by_exact_search(generation, search, monkeypatch):
    def fail(*_):
        raise ConnectionError("le serveur ne répond plus")

    monkeypatch.setattr(approximate, "nearest_passages", fail)
    vector = generation[1].passages[3]
    assert search(vector, 5).tolist() == np.argsort(-(generation[1].passages @ vector))[:5].tolist()


def test_a_store_that_holds_other_passages_is_replaced_by_exact_search(generation, search, monkeypatch):
    monkeypatch.setattr(approximate, "nearest_passages", lambda *_: ["faq/inconnu#s"])
    assert search(generation[1].passages[3], 1).tolist() == [3]


@pytest.mark.parametrize(("exact_below", "opened"), [(COUNT + 1, False), (COUNT, True), (0, True)])
def test_it_is_opened_from_the_set_number_of_passages_on(generation, exact_below, opened):
    folder, index = generation
    found = open_approximate(StoreSettings(exact_below=exact_below), folder, index)
    assert (found is not None) == opened
    if found:
        found.close()


def test_a_generation_without_its_collection_is_refused_with_a_cure(generation, tmp_path: Path):
    with pytest.raises(UnusableIndexError) as caught:
        ChromaSearch(tmp_path, "", generation[1])
    assert "ptce ingest" in caught.value.cure
