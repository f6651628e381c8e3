"""`python -m ingest.bundle`: compute the vectors that ship with the bundled corpus (`--check`: are they all there?).

To be run after every change of the corpus; the tests refuse a bundle that lacks a text or holds a stale one.
"""

import sys

from ingest.build import CACHE, read_contents, texts_to_encode
from ingest.embed import CachingEncoder
from knowledge.contents import Contents
from knowledge.embeddings import Encoder, open_encoder
from knowledge.settings import Settings, bundled_corpus_dir
from knowledge.vectors import VectorCache, VectorFile, bundled_vectors_file, text_key


def wanted_keys(contents: Contents, model_id: str) -> set[bytes]:
    """The key of every text of the corpus that has a vector."""
    return {text_key(model_id, "passage", text) for text in _texts(contents)}


def _texts(contents: Contents) -> list[str]:
    return [text for group in texts_to_encode(contents).values() for text in group]


def bundle(encoder: Encoder, cache: VectorCache) -> int:
    """Write the bundle from what is bundled and cached already, computing the rest; how many were computed."""
    texts = _texts(read_contents(bundled_corpus_dir()))
    caching = CachingEncoder(encoder, VectorFile(bundled_vectors_file()), cache)
    vectors = caching.encode(texts, "passage")
    keys = (text_key(encoder.model_id, "passage", text) for text in texts)
    bundled_vectors_file().parent.mkdir(exist_ok=True)
    VectorFile.write(bundled_vectors_file(), dict(zip(keys, vectors, strict=True)))
    return caching.computed


def main(arguments: list[str]) -> int:
    """Exit code 1 when `--check` finds the bundle stale."""
    settings = Settings()
    encoder = open_encoder(settings.embedding)
    if "--check" in arguments:
        bundled = VectorFile(bundled_vectors_file())
        wanted = wanted_keys(read_contents(bundled_corpus_dir()), encoder.model_id)
        missing = sum(bundled.get(key) is None for key in wanted)
        print(f"{len(bundled)} vectors, {len(wanted)} wanted, {missing} missing")
        return int(missing > 0 or len(bundled) != len(wanted))
    cache = VectorCache(settings.data_dir / CACHE)
    try:
        print(f"{bundle(encoder, cache)} vectors computed, {bundled_vectors_file()} written")
    finally:
        cache.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
