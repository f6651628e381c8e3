"""A question's vector, turned towards the passages that answer such questions.

e5 lays a question beside texts that sound like it; people seldom ask in the corpus's words. A linear map, learnt from
questions whose sections are known, moves the question only: the vectors of the index stay as the model made them
(Chroma Research, « Embedding Adapters », the variant on queries alone). Learnt by `python -m
bot.evaluation.train_adapter`; of use only with the embedding model that it was learnt with.
"""

import zipfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from knowledge.embeddings import Encoder, encode_query
from knowledge.errors import ModelError
from knowledge.vectors import Matrix, Vector

FILE = Path(__file__).parent / "adapting" / "adapter.npz"


@dataclass(frozen=True, slots=True, eq=False)
class Adapter:
    """`shift` (dim, dim): what is added to a vector is its product with this."""

    shift: Matrix

    def __call__(self, vector: Vector) -> Vector:
        """The unit vector, (dim,), to search with."""
        turned = vector + vector @ self.shift
        return np.asarray(turned / np.linalg.norm(turned), np.float32)


@lru_cache(maxsize=2)
def load_adapter(model_id: str, file: Path = FILE) -> Adapter | None:
    """The shipped adapter; None when it was learnt with another model than `model_id`."""
    try:
        with np.load(file, allow_pickle=False) as data:
            learnt_with, shift = str(data["model"]), data["shift"].astype(np.float32)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ModelError(
            f"L'adaptateur des questions ({file}) ne se lit pas ({error}).",
            "réinstallez ptce-assistant, ou mettez retrieval.adapter = false",
        ) from None
    return Adapter(shift) if learnt_with == model_id else None


def save_adapter(adapter: Adapter, model_id: str, file: Path = FILE) -> None:
    """Write it, as float16: what rounding moves is a thousandth of a cosine."""
    file.parent.mkdir(parents=True, exist_ok=True)
    np.savez(file, model=np.array(model_id), shift=adapter.shift.astype(np.float16))


def question_vector(encoder: Encoder, text: str, adapted: bool = True) -> Vector:
    """The vector to search with for a question; the model's own with `adapted` False or another model."""
    vector = encode_query(encoder, text)
    adapter = load_adapter(encoder.model_id) if adapted else None
    return adapter(vector) if adapter else vector
