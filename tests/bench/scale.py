"""`python tests/bench/scale.py [--passages N]`: retrieval over 100,000 synthetic passages, exact and approximate.

A corpus of made-up words is written, ingested by the real `ingest.build` (only the model is replaced: a text's vector
is the mean of its words' vectors, which are clustered by topic), and asked through the real retriever, in two
processes: one that compares with every vector in memory, one that asks Chroma's HNSW index.
"""

import argparse
import json
import tempfile
import time
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from measuring import environment, in_child, machine, memory_mb, percentile, print_table

from ingest.build import build
from knowledge.approximate import open_approximate
from knowledge.configuration import load_settings
from knowledge.generation import current_generation
from knowledge.index import Index, open_index
from knowledge.retriever import HybridRetriever
from knowledge.settings import Settings
from knowledge.text import words

DIM = 384
SEED = 20261122
TOPICS = 400
WORDS_PER_TOPIC = 60
COMMON_WORDS = 2000
# Four sentences of about 290 characters make a section, and two of them a passage, as in `ingest.split`.
SENTENCES_PER_SECTION = 4
WORDS_PER_SENTENCE = 36
PASSAGES_PER_SECTION = 2
SECTIONS_PER_DOCUMENT = 20
QUESTIONS = 300
WARM_UP = 30
DEPTH = 10
# Chosen so that the vectors are spread like those of the bundled corpus by multilingual-e5-small, measured on its 669
# sections and 150 questions. Cosines of pairs: .80 .85 .90 .95 at 5, 50, 95 and 99.9 % (here .81 .85 .88 .95); of a
# section with its nearest one .94 (here .94); of a question with all sections .82 (here .82), with the best .88 (here
# .90). Nine tenths of the variance lie in 123 dimensions (here 131); the intrinsic dimension is 12 (here 15).
SHARED = {"passage": 2.34, "query": 1.97}
NOISE = {"passage": 0.5, "query": 2.0}
COMMON_SHARE = 0.5
FIRST_TOPIC_SHARE = 0.65
SYLLABLES = [c + v for c in "bcdfglmnprstv" for v in "aeiou"]


class Lexicon:
    """Words that do not exist, some common to all topics, the others at home in one."""

    def __init__(self) -> None:
        random = np.random.default_rng(SEED)
        made: dict[str, None] = {}
        while len(made) < COMMON_WORDS + TOPICS * WORDS_PER_TOPIC:
            made.setdefault("".join(random.choice(SYLLABLES, size=random.integers(2, 6))))
        self.words = np.array(list(made))
        self.common = self.words[:COMMON_WORDS]
        self.topics = self.words[COMMON_WORDS:].reshape(TOPICS, WORDS_PER_TOPIC)

    @property
    def vectors(self) -> dict[str, np.ndarray]:
        """A vector for each word: its topic's, where it has one, and its own."""
        random = np.random.default_rng(SEED + 1)
        own = _directions(random, len(self.words))
        own[:COMMON_WORDS] *= COMMON_SHARE
        own[COMMON_WORDS:] += np.repeat(_directions(random, TOPICS), WORDS_PER_TOPIC, axis=0)
        return dict(zip(self.words.tolist(), own, strict=True))

    def sentence(self, random: np.random.Generator, topics: Sequence[int], length: int) -> str:
        """Words of two topics and common ones, the frequent ones far more often than the rare (Zipf)."""
        first = int(FIRST_TOPIC_SHARE * length / 2)
        mine = [
            self.topics[topic][_zipf(random, WORDS_PER_TOPIC, n)]
            for topic, n in zip(topics, (first, length // 2 - first), strict=True)
        ]
        common = self.common[_zipf(random, COMMON_WORDS, length - length // 2)]
        return " ".join(random.permutation(np.concatenate([*mine, common]))).capitalize() + "."


class SyntheticEncoder:
    """The mean of the vectors of a text's words, a direction that all texts share, and noise."""

    model_id = "synthetic"
    dim = DIM

    def __init__(self) -> None:
        lexicon = Lexicon()
        self.common = lexicon.common
        self._vectors = lexicon.vectors
        self._shared = _unit(np.random.default_rng(SEED + 4).standard_normal((1, DIM)))[0]

    def encode(self, texts: Sequence[str], role: str) -> np.ndarray:
        """See `knowledge.embeddings.Encoder`."""
        return _unit(np.stack([self._one(text, role) for text in texts]))

    def _one(self, text: str, role: str) -> np.ndarray:
        random = np.random.default_rng(zlib.crc32(f"{role} {text}".encode()))
        known = [self._vectors[w] for w in words(text) if w in self._vectors]
        meaning = _unit(np.sum(known, axis=0, dtype=np.float32)[None]) if known else np.zeros((1, DIM), np.float32)
        own = _unit(meaning + NOISE[role] * _directions(random, 1))[0]
        return own + SHARED[role] * self._shared


def write_corpus(folder: Path, passages: int) -> None:
    """Documents enough for that many passages."""
    lexicon, random = Lexicon(), np.random.default_rng(SEED + 2)
    (folder / "faq").mkdir(parents=True)
    (folder / "sources.yaml").write_text("S1: {title: Synthèse, publisher: Banc d'essai}\n", encoding="utf-8")
    sections = -(-passages // PASSAGES_PER_SECTION)
    for number in range(-(-sections // SECTIONS_PER_DOCUMENT)):
        parts = [f"---\ntitle: Document {number}\nkind: faq\nas_of: '2025'\nstatus: en_vigueur\nsources: [S1]\n---\n"]
        for section in range(min(SECTIONS_PER_DOCUMENT, sections - number * SECTIONS_PER_DOCUMENT)):
            topics = random.integers(TOPICS, size=2).tolist()
            title = lexicon.sentence(random, topics, 8).rstrip(".")
            body = " ".join(lexicon.sentence(random, topics, WORDS_PER_SENTENCE) for _ in range(SENTENCES_PER_SECTION))
            parts.append(f"## {title} ? {{#s{section}}}\n\n{body} [^S1]\n")
        (folder / "faq" / f"d{number:06}.md").write_text("\n".join(parts), encoding="utf-8")


def questions(index: Index, common: np.ndarray) -> Iterator[str]:
    """Some words of a passage, and a few of no importance, in another order."""
    random = np.random.default_rng(SEED + 3)
    for row in random.integers(len(index.contents.passages), size=QUESTIONS + WARM_UP):
        said = index.contents.passages[row].text.rstrip(".").split()
        asked = [*random.choice(said, size=7, replace=False), *random.choice(common, size=3)]
        yield " ".join(asked) + " ?"


def measure(settings: Settings) -> dict:
    """Open the generation as `ptce` does, and ask; what is reported is all JSON."""
    before = memory_mb()
    encoder = SyntheticEncoder()
    lexicon = memory_mb() - before
    folder = current_generation(settings.index_dir)
    start = time.perf_counter()
    index = open_index(folder, encoder.model_id)
    approximate = open_approximate(settings.store, folder, index)
    opened = time.perf_counter() - start
    retriever = HybridRetriever(index, settings.retrieval, approximate)
    times, found, near = [], [], []
    for text in questions(index, encoder.common):
        vector = encoder.encode([text], "query")[0]
        start = time.perf_counter()
        hits = retriever.search(text, vector, count=DEPTH)
        times.append(1000 * (time.perf_counter() - start))
        found.append([hit.row for hit in hits])
        if approximate:
            nearest = np.argsort(-(index.passages @ vector), kind="stable")[:DEPTH]
            near.append(len(set(nearest.tolist()) & set(approximate(vector, DEPTH).tolist())) / DEPTH)
    return {
        "passages": len(index.contents.passages),
        "sections": len(index.contents.sections),
        "open_s": opened,
        "p50_ms": percentile(times[WARM_UP:], 0.5),
        "p95_ms": percentile(times[WARM_UP:], 0.95),
        "memory_mb": memory_mb() - lexicon,
        "vectors_mb": (index.passages.nbytes + index.sentences.nbytes + index.questions.nbytes) / 2**20,
        "found": found[WARM_UP:],
        "dense_recall": float(np.mean(near)) if near else 1.0,
    }


def recall(exact: list[list[int]], approximate: list[list[int]]) -> tuple[float, float]:
    """(share of the exact ten that the approximate search finds too, share of questions with the same best one)."""
    shares = [len(set(e) & set(a)) / len(e) for e, a in zip(exact, approximate, strict=True)]
    first = [e[0] == a[0] for e, a in zip(exact, approximate, strict=True)]
    return float(np.mean(shares)), float(np.mean(first))


def run(passages: int, folder: Path) -> None:
    """Write, ingest, measure in two child processes, print."""
    print(f"{machine()}; everything below {folder}")
    corpus = folder / "corpus"
    env = environment(folder, CORPUS__PATH=str(corpus), DATA__DIR=str(folder / "data"))
    if not corpus.exists():
        write_corpus(corpus, passages)
    ingest = in_child(__file__, ["--step", "ingest"], env)
    whole = str(10 * passages)
    exact = in_child(__file__, ["--step", "measure"], env | {"PTCE_STORE__EXACT_BELOW": whole})
    hnsw = in_child(__file__, ["--step", "measure"], env | {"PTCE_STORE__EXACT_BELOW": "0"})
    same, first = recall(exact["found"], hnsw["found"])
    rows = [
        (
            f"retrieval, warm, p50 over {QUESTIONS} questions",
            "–",
            f"{exact['p50_ms']:.1f} ms",
            f"{hnsw['p50_ms']:.1f} ms",
        ),
        ("retrieval, warm, p95", "≤ 60 ms", f"{exact['p95_ms']:.1f} ms", f"{hnsw['p95_ms']:.1f} ms"),
        ("recall@10 of the hybrid search against exact", "≥ 0.98", "1", f"{same:.4f}"),
        ("same best passage", "–", "1", f"{first:.4f}"),
        ("recall@10 of the vectors alone", "≥ 0.98", "1", f"{hnsw['dense_recall']:.4f}"),
        ("resident memory", "–", f"{exact['memory_mb']:.0f} MB", f"{hnsw['memory_mb']:.0f} MB"),
        ("of which vectors", "–", f"{exact['vectors_mb']:.0f} MB", f"{hnsw['vectors_mb']:.0f} MB"),
        ("opening", "–", f"{exact['open_s']:.1f} s", f"{hnsw['open_s']:.1f} s"),
    ]
    title = f"{exact['passages']} passages, {exact['sections']} sections, as many known questions"
    print_table(title, ("what", "target", "exact", "Chroma HNSW"), rows)
    seconds, memory = f"{ingest['seconds']:.0f} s", f"{ingest['memory_mb']:.0f} MB at most"
    print(f"\nIngesting {ingest['texts']} new texts took {seconds} without the model, and {memory}.")


def ingest(settings: Settings) -> dict:
    """Build the index."""
    start = time.perf_counter()
    outcome = build(settings, SyntheticEncoder())
    return {"texts": outcome.encoded, "seconds": time.perf_counter() - start, "memory_mb": memory_mb("VmHWM")}


def _zipf(random: np.random.Generator, size: int, count: int) -> np.ndarray:
    weights = 1 / np.arange(1, size + 1)
    return np.searchsorted(np.cumsum(weights) / weights.sum(), random.random(count)).clip(max=size - 1)


def _directions(random: np.random.Generator, count: int) -> np.ndarray:
    """Unit vectors whose variance falls off from one dimension to the next, as it does in real embeddings."""
    return _unit(random.standard_normal((count, DIM)) / np.sqrt(np.arange(DIM) + 2))


def _unit(rows: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / np.maximum(lengths, 1e-9)).astype(np.float32)


def main() -> None:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--keep", type=Path, help="folder to work in, kept and used again (default: a temporary one)")
    parser.add_argument("--step", choices=["ingest", "measure"], help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.step:
        step = ingest if arguments.step == "ingest" else measure
        print(json.dumps(step(load_settings())))
    elif arguments.keep:
        run(arguments.passages, arguments.keep)
    else:
        with tempfile.TemporaryDirectory(prefix="ptce-scale-") as folder:
            run(arguments.passages, Path(folder))


if __name__ == "__main__":
    main()
