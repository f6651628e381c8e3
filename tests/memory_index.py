"""An index in memory over a small corpus, with vectors that a reader can reason about."""

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
from support import CorpusFolder

from ingest.build import asked_terms, read_contents, texts_to_encode
from knowledge.contents import Contents, title_text
from knowledge.generation import FORMAT, Manifest
from knowledge.index import Index
from knowledge.lexical import Bm25
from knowledge.model import Corpus
from knowledge.text import terms
from knowledge.vectors import Matrix, Role, Vector

DIM = 256


class WordsEncoder:
    """Texts are near when they share words: each stem has its own direction, a text is the sum of its stems'."""

    model_id = "mots"
    dim = DIM

    def encode(self, texts: Sequence[str], role: Role) -> Matrix:
        return np.stack([unit(sum((direction(term) for term in terms(text)), np.zeros(DIM))) for text in texts])


def direction(name: str) -> Vector:
    """A random direction that a name always has: two names are almost at right angles."""
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    return unit(np.random.default_rng(seed).normal(size=DIM))


def unit(vector: np.ndarray) -> Vector:
    length = float(np.linalg.norm(vector))
    return (vector / length if length else vector).astype(np.float32)


def asked(question: str) -> Vector:
    """The vector of a question."""
    return WordsEncoder().encode([question], "query")[0]


def index_of(corpus: CorpusFolder, unanswerable: Sequence[str] = ()) -> Index:
    """The corpus folder, indexed in memory."""
    contents = read_contents(corpus.path)
    return _index(contents, texts_to_encode(contents) | {"unanswerable": list(unanswerable)})


def empty_index() -> Index:
    """An index of nothing."""
    return _index(Contents(Corpus((), {}), {}, ()), {name: [] for name in ("passages", "sentences", "questions")})


def _index(contents: Contents, texts: Mapping[str, list[str]]) -> Index:
    none = np.zeros((0, DIM), np.float32)
    vectors = {name: WordsEncoder().encode(group, "passage") if group else none for name, group in texts.items()}
    manifest = Manifest(FORMAT, "essai", WordsEncoder.model_id, DIM, "", 0, 0, 0, 0, 0)
    return Index(
        manifest,
        contents,
        **{"unanswerable": none} | vectors,
        body=Bm25.build([terms(p.text) for p in contents.passages]),
        title=Bm25.build([terms(title_text(contents.documents[s.id], s)) for s in contents.sections.values()]),
        asked=Bm25.build(asked_terms(contents)),
    )
