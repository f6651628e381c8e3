"""Vectors that are never computed twice: the cache on disk, the bundle, and whether the bundle is fresh."""

import random
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from ingest.build import read_contents, texts_to_encode
from ingest.bundle import wanted_keys
from ingest.embed import BATCH, CachingEncoder
from knowledge.embeddings import Encoder
from knowledge.settings import bundled_corpus_dir
from knowledge.vectors import Matrix, Role, VectorCache, VectorFile, bundled_vectors_file, text_key

NOTHING_BUNDLED = Path("/dev/null/absent")


class CountingEncoder:
    """A cheap stand-in where only the bookkeeping is at stake: the vector tells text and role, each call is noted."""

    model_id = "essai"
    dim = 8

    def __init__(self, fails_after: int = 10_000) -> None:
        self.calls: list[list[str]] = []
        self._fails_after = fails_after

    def encode(self, texts: Sequence[str], role: Role) -> Matrix:
        if len(self.calls) == self._fails_after:
            raise KeyboardInterrupt
        self.calls.append(list(texts))
        return np.stack([self.vector(text, role) for text in texts])

    @staticmethod
    def vector(text: str, role: Role):
        row = np.random.default_rng(list(text_key("essai", role, text))).normal(size=8).astype(np.float16)
        return row.astype(np.float32)


@pytest.fixture
def cache(tmp_path: Path):
    opened = VectorCache(tmp_path / "cache" / "vectors.sqlite")
    yield opened
    opened.close()


@pytest.mark.parametrize(
    "other", [("autre", "query", "texte"), ("modele", "passage", "texte"), ("modele", "query", "texte ")]
)
def test_another_model_role_or_text_has_another_key(other: tuple) -> None:
    assert text_key(*other) != text_key("modele", "query", "texte")


def test_a_vector_comes_back_from_the_cache_after_reopening(tmp_path: Path) -> None:
    vector = np.linspace(-1, 1, 8, dtype=np.float32).astype(np.float16).astype(np.float32)
    first = VectorCache(tmp_path / "c.sqlite")
    first.put([(b"k" * 16, vector)])
    first.close()

    again = VectorCache(tmp_path / "c.sqlite")

    np.testing.assert_array_equal(again.get([b"k" * 16, b"z" * 16])[b"k" * 16], vector)
    assert b"z" * 16 not in again.get([b"z" * 16])
    again.close()


@pytest.mark.parametrize("content", [b"ceci n'est pas une base", b"\0" * 5000, b"SQLite format 3\0" + b"x" * 3000])
def test_a_cache_that_is_no_database_is_made_anew(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "c.sqlite"
    path.write_bytes(content)

    cache = VectorCache(path)

    cache.put([(b"k" * 16, np.ones(8, np.float32))])
    assert len(cache.get([b"k" * 16])) == 1
    cache.close()


def test_a_cache_locked_by_another_process_is_not_thrown_away(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "c.sqlite"
    VectorCache(path).close()
    other = sqlite3.connect(path)
    other.execute("BEGIN EXCLUSIVE")
    impatient = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda p, timeout: impatient(p, timeout=0))

    with pytest.raises(sqlite3.OperationalError):
        VectorCache(path)

    other.rollback()
    assert other.execute("SELECT count(*) FROM vectors").fetchone() == (0,)
    other.close()


def test_a_bundle_gives_back_what_was_written(tmp_path: Path) -> None:
    entries = {bytes([n]) * 16: np.full(4, n / 8, np.float32) for n in (3, 1, 2)}

    VectorFile.write(tmp_path / "b.npz", entries)
    bundle = VectorFile(tmp_path / "b.npz")

    assert len(bundle) == 3
    for key, vector in entries.items():
        np.testing.assert_array_equal(bundle.get(key), vector)
    assert bundle.get(b"?" * 16) is None


def test_equal_bundles_are_equal_files_whatever_the_order(tmp_path: Path) -> None:
    entries = {bytes([n]) * 16: np.full(4, n / 8, np.float32) for n in range(5)}

    VectorFile.write(tmp_path / "a.npz", entries)
    VectorFile.write(tmp_path / "b.npz", dict(reversed(entries.items())))

    assert np.load(tmp_path / "a.npz")["keys"].tobytes() == np.load(tmp_path / "b.npz")["keys"].tobytes()
    assert np.load(tmp_path / "a.npz")["vectors"].tobytes() == np.load(tmp_path / "b.npz")["vectors"].tobytes()


def test_a_missing_bundle_is_an_empty_one() -> None:
    assert len(VectorFile(NOTHING_BUNDLED)) == 0


def test_a_text_is_encoded_once_whatever_its_repetitions_and_runs(cache: VectorCache) -> None:
    texts = ["un", "deux", "un", "trois"]
    first = CachingEncoder(CountingEncoder(), VectorFile(NOTHING_BUNDLED), cache)
    before = first.encode(texts, "passage")
    second = CachingEncoder(CountingEncoder(), VectorFile(NOTHING_BUNDLED), cache)

    after = second.encode([*texts, "quatre"], "passage")

    assert (first.computed, second.computed) == (3, 1)
    np.testing.assert_array_equal(after[:4], before)
    np.testing.assert_array_equal(before[0], before[2])


def test_rows_are_in_the_order_of_the_texts(cache: VectorCache) -> None:
    texts = [f"texte {n}" * (50 - n) for n in range(40)]

    rows = CachingEncoder(CountingEncoder(), VectorFile(NOTHING_BUNDLED), cache).encode(texts, "query")

    for text, row in zip(texts, rows, strict=True):
        np.testing.assert_array_equal(row, CountingEncoder.vector(text, "query"))


def test_questions_and_passages_do_not_share_vectors(cache: VectorCache) -> None:
    encoder = CachingEncoder(CountingEncoder(), VectorFile(NOTHING_BUNDLED), cache)

    passage, query = encoder.encode(["un"], "passage"), encoder.encode(["un"], "query")

    assert encoder.computed == 2
    assert not np.array_equal(passage, query)


def test_an_interrupted_run_keeps_every_finished_batch(cache: VectorCache) -> None:
    texts = [f"texte {n:03}" for n in range(3 * BATCH)]
    with pytest.raises(KeyboardInterrupt):
        CachingEncoder(CountingEncoder(fails_after=2), VectorFile(NOTHING_BUNDLED), cache).encode(texts, "passage")

    after = CachingEncoder(CountingEncoder(), VectorFile(NOTHING_BUNDLED), cache)
    after.encode(texts, "passage")

    assert after.computed == BATCH


def test_bundled_vectors_are_used_before_the_model(tmp_path: Path, cache: VectorCache) -> None:
    VectorFile.write(tmp_path / "b.npz", {text_key("essai", "passage", "un"): CountingEncoder.vector("un", "passage")})
    encoder = CachingEncoder(CountingEncoder(), VectorFile(tmp_path / "b.npz"), cache)

    encoder.encode(["un", "deux"], "passage")

    assert encoder.computed == 1


def test_progress_reaches_its_total(cache: VectorCache) -> None:
    steps: list[tuple[int, int]] = []
    encoder = CachingEncoder(CountingEncoder(), VectorFile(NOTHING_BUNDLED), cache)

    encoder.encode([f"texte {n}" for n in range(2 * BATCH + 1)], "passage", lambda *step: steps.append(step))

    assert [done for done, _ in steps] == [0, BATCH, 2 * BATCH, 2 * BATCH + 1]
    assert {total for _, total in steps} == {2 * BATCH + 1}


def test_no_text_gives_no_row(cache: VectorCache) -> None:
    encoder = CachingEncoder(CountingEncoder(), VectorFile(NOTHING_BUNDLED), cache)

    assert encoder.encode([], "query").shape == (0, 8)


@pytest.fixture(scope="module")
def wanted(encoder: Encoder) -> dict[bytes, tuple[Role, str]]:
    """Every text of the bundled corpus that has a vector, with its role, by key."""
    contents = read_contents(bundled_corpus_dir())
    keys = wanted_keys(contents, encoder.model_id)
    roles: tuple[Role, ...] = ("passage", "query")
    pairs = {
        text_key(encoder.model_id, role, text): (role, text)
        for texts in texts_to_encode(contents).values()
        for text in texts
        for role in roles
    }
    return {key: pairs[key] for key in sorted(keys)}


def test_every_text_of_the_bundled_corpus_has_its_vector_and_no_vector_is_left_over(
    wanted: dict[bytes, tuple[Role, str]],
) -> None:
    bundle = VectorFile(bundled_vectors_file())

    missing = [text for key, (_, text) in wanted.items() if bundle.get(key) is None]

    assert missing == [], "run: python -m ingest.bundle"
    assert len(bundle) == len(wanted), "run: python -m ingest.bundle"


def test_bundled_vectors_are_those_that_the_model_computes(
    wanted: dict[bytes, tuple[Role, str]], encoder: Encoder
) -> None:
    bundle = VectorFile(bundled_vectors_file())

    for key in random.Random(2014).sample(list(wanted), 20):
        role, text = wanted[key]
        shipped = bundle.get(key)
        assert shipped is not None, f"{text}: run: python -m ingest.bundle"
        assert float(shipped @ encoder.encode([text], role)[0]) >= 0.999, text
