"""Retrieval alone, on a BEIR-like folder: `corpus.jsonl`, `queries.jsonl`, `qrels.tsv` (Thakur et al., 2021).

Each text becomes a document of one section, cut, encoded and searched exactly as our own corpus is.
"""

import csv
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from ingest.build import CACHE, Report, asked_terms, silent, texts_to_encode
from ingest.embed import CachingEncoder
from ingest.split import split_corpus
from knowledge.contents import Contents, title_text
from knowledge.embeddings import Encoder
from knowledge.errors import PtceError
from knowledge.generation import FORMAT, Manifest
from knowledge.index import Index
from knowledge.lexical import Bm25
from knowledge.model import Corpus, Document, Paragraph, Section, Source
from knowledge.retriever import HybridRetriever
from knowledge.settings import Settings
from knowledge.text import clean, terms
from knowledge.vectors import VectorCache, VectorFile, bundled_vectors_file

DEPTH = 10


@dataclass(frozen=True, slots=True)
class BeirSet:
    """Texts by id (title, text), questions by id, and the graded judgements of each question."""

    texts: dict[str, tuple[str, str]]
    queries: dict[str, str]
    judgements: dict[str, dict[str, int]]


@dataclass(frozen=True, slots=True)
class BeirScore:
    """Per-question nDCG@10 and recall@10, in the order of the questions for which a text is relevant."""

    ndcg: tuple[float, ...]
    recall: tuple[float, ...]


def load_beir(folder: Path) -> BeirSet:
    """Read a set, or a `PtceError` that names what is missing."""
    try:
        texts = {r["_id"]: (r.get("title", ""), r["text"]) for r in _lines(folder / "corpus.jsonl")}
        queries = {r["_id"]: r["text"] for r in _lines(folder / "queries.jsonl")}
        judgements: dict[str, dict[str, int]] = defaultdict(dict)
        with (folder / "qrels.tsv").open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file, delimiter="\t"):
                if row and row[-1].lstrip("-").isdigit():
                    judgements[row[0]][row[-2]] = int(row[-1])
    except (OSError, KeyError, ValueError, IndexError) as error:
        raise PtceError(
            f"{folder} n'est pas un jeu au format BEIR ({error!r}).",
            "il faut corpus.jsonl, queries.jsonl et qrels.tsv",
        ) from None
    if unknown := sorted(judgements.keys() - queries.keys()):
        raise PtceError(
            f"qrels.tsv juge des questions que queries.jsonl n'a pas : {', '.join(unknown[:3])}.",
            "vérifiez que les deux fichiers vont ensemble",
        )
    return BeirSet(texts, queries, dict(judgements))


def _lines(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        yield from (json.loads(line) for line in file if line.strip())


def beir_index(data: BeirSet, settings: Settings, encoder: Encoder, report: Report = silent) -> Index:
    """The set as an index in memory; its vectors are cached like those of any corpus."""
    contents = _contents(data)
    texts = {name: group for name, group in texts_to_encode(contents).items() if name != "unanswerable"}
    cache = VectorCache(settings.data_dir / CACHE)
    try:
        caching = CachingEncoder(encoder, VectorFile(bundled_vectors_file()), cache)
        vectors = {name: caching.encode(group, "passage", partial(report, name)) for name, group in texts.items()}
    finally:
        cache.close()
    manifest = Manifest(FORMAT, "beir", encoder.model_id, encoder.dim, "", len(data.texts), len(data.texts), 0, 0, 0)
    body = Bm25.build([terms(p.text) for p in contents.passages])
    titles = Bm25.build([terms(title_text(contents.documents[s.id], s)) for s in contents.sections.values()])
    asked = Bm25.build(asked_terms(contents))
    none = np.zeros((0, encoder.dim), np.float32)
    return Index(
        manifest,
        contents,
        passages=vectors["passages"],
        sentences=vectors["sentences"],
        questions=vectors["questions"],
        unanswerable=none,
        body=body,
        title=titles,
        asked=asked,
    )


def _contents(data: BeirSet) -> Contents:
    source = Source("S", "", "")
    documents = []
    for number, (title, text) in data.texts.items():
        paragraphs = tuple(Paragraph(clean(line), ("S",), "text", 0) for line in text.splitlines() if clean(line))
        if not paragraphs:
            continue
        section = Section(f"beir/{number}#s", clean(title), paragraphs, (), (), "2026", "en_vigueur", False, 0)
        documents.append(
            Document(f"beir/{number}", "", "beir", "fr", "2026", "en_vigueur", None, None, (), (), ("S",), (section,))
        )
    corpus = Corpus(tuple(documents), {"S": source})
    sentences, passages = split_corpus(corpus)
    return Contents(corpus, sentences, tuple(passages))


def score_beir(data: BeirSet, index: Index, settings: Settings, encoder: Encoder) -> BeirScore:
    """Search every judged question and score the first ten texts, by the model alone.

    The adapter learnt what is asked of our corpus; what other texts are about it does not know.
    """
    retriever = HybridRetriever(index, settings.retrieval.model_copy(update={"adapter": False}))
    ndcg, recall = [], []
    for query, judged in data.judgements.items():
        if not any(grade > 0 for grade in judged.values()):
            # As trec_eval: where nothing is relevant, nothing is measured.
            continue
        text = data.queries[query]
        hits = retriever.search(text, encoder.encode([text], "query")[0], count=5 * DEPTH)
        found = list(dict.fromkeys(hit.passage.section[len("beir/") : -len("#s")] for hit in hits))[:DEPTH]
        ndcg.append(ndcg_at(found, judged))
        relevant = {number for number, grade in judged.items() if grade > 0}
        recall.append(len(relevant & set(found)) / len(relevant))
    return BeirScore(tuple(ndcg), tuple(recall))


def ndcg_at(found: Sequence[str], judged: dict[str, int], depth: int = DEPTH) -> float:
    """Normalised discounted cumulative gain (Järvelin & Kekäläinen, 2002), linear gains as in trec_eval."""
    discounts = 1 / np.log2(np.arange(2, depth + 2))
    gains = np.array([judged.get(number, 0) for number in found[:depth]] + [0] * max(0, depth - len(found)), float)
    ideal = np.array(sorted(judged.values(), reverse=True)[:depth], float)
    best = float(ideal @ discounts[: len(ideal)])
    return float(gains @ discounts) / best if best > 0 else 0.0
