"""Encoding that never does the same work twice: bundled vectors, then the cache, then the model."""

from collections.abc import Callable, Sequence

import numpy as np

from knowledge.embeddings import Encoder
from knowledge.vectors import Matrix, Role, Vector, VectorCache, VectorFile, text_key

# Small enough that Ctrl-C loses at most a few seconds of work, large enough for the model to batch.
BATCH = 16
Progress = Callable[[int, int], None]


class CachingEncoder:
    """Wraps an encoder; `computed` counts the texts that the model really had to encode."""

    def __init__(self, encoder: Encoder, bundled: VectorFile, cache: VectorCache) -> None:
        self._encoder = encoder
        self._bundled = bundled
        self._cache = cache
        self.computed = 0

    def encode(self, texts: Sequence[str], role: Role, progress: Progress = lambda *_: None) -> Matrix:
        """(n, dim) unit vectors; those newly computed are in the cache as soon as their batch is done."""
        keys = [text_key(self._encoder.model_id, role, text) for text in texts]
        known = self._known(keys)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        todo = sorted(missing.items(), key=lambda item: len(item[1]))
        progress(len(texts) - len(todo), len(texts))
        for start in range(0, len(todo), BATCH):
            batch = todo[start : start + BATCH]
            vectors = self._encoder.encode([text for _, text in batch], role)
            fresh = list(zip((key for key, _ in batch), vectors, strict=True))
            self._cache.put(fresh)
            known.update(fresh)
            self.computed += len(batch)
            progress(len(texts) - len(todo) + start + len(batch), len(texts))
        rows = [known[key] for key in keys]
        # A vector served from disk is float16: the same text must weigh the same whether it was cached or not.
        return (
            np.stack(rows).astype(np.float16).astype(np.float32)
            if rows
            else np.zeros((0, self._encoder.dim), np.float32)
        )

    def _known(self, keys: Sequence[bytes]) -> dict[bytes, Vector]:
        known = {key: vector for key in keys if (vector := self._bundled.get(key)) is not None}
        known.update(self._cache.get([key for key in keys if key not in known]))
        return known
