"""From the trained reader to what is shipped: a vocabulary cut to French and English, ONNX, 8-bit weights."""

import copy
import json
import tempfile
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from bot.evaluation.reader_training import mean_pooled
from knowledge.reader import MODEL, TOKENIZER

OPSET = 17
# Single characters kept whatever the texts hold: Latin, Greek and Cyrillic letters, punctuation.
LAST_KEPT_CHARACTER = 0x2100
_SPECIAL = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")


def kept_pieces(tokenizer_file: Path, texts: Sequence[str]) -> list[int]:
    """Ids of the vocabulary's pieces that these texts use, of single characters, and of special tokens."""
    from tokenizers import Tokenizer

    encodings = Tokenizer.from_file(str(tokenizer_file)).encode_batch(texts, add_special_tokens=False)
    used = {piece for encoding in encodings for piece in encoding.ids}
    vocabulary = json.loads(tokenizer_file.read_text(encoding="utf-8"))["model"]["vocab"]
    for number, (piece, _) in enumerate(vocabulary):
        letters = piece.lstrip("▁")
        if piece in _SPECIAL or (len(letters) <= 1 and all(ord(c) < LAST_KEPT_CHARACTER for c in letters)):
            used.add(number)
    return sorted(used)


def words_of(languages: Iterable[str]) -> list[str]:
    """Every word of these languages, in small letters and with a capital, a few hundred to a text."""
    from spellchecker import SpellChecker

    texts = []
    for language in languages:
        words = list(SpellChecker(language=language).word_frequency.dictionary)
        for start in range(0, len(words), 500):
            some = words[start : start + 500]
            texts += [" ".join(some), " ".join(word.capitalize() for word in some)]
    return texts


def cut_tokenizer(tokenizer_file: Path, kept: Sequence[int]) -> dict[str, Any]:
    """The tokenizer, with these pieces only, renumbered in order."""
    tokenizer: dict[str, Any] = json.loads(tokenizer_file.read_text(encoding="utf-8"))
    numbers = {old: new for new, old in enumerate(kept)}
    model = tokenizer["model"]
    model["vocab"] = [model["vocab"][old] for old in kept]
    model["unk_id"] = numbers[model["unk_id"]]
    for token in tokenizer["added_tokens"]:
        token["id"] = numbers[token["id"]]
    for token in tokenizer["post_processor"]["special_tokens"].values():
        token["ids"] = [numbers[old] for old in token["ids"]]
    return tokenizer


def export(encoder: Any, head: Any, tokenizer_file: Path, texts: Sequence[str], folder: Path) -> None:
    """Write the model and the tokenizer into `folder`; what was given stays whole."""
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic

    kept = kept_pieces(tokenizer_file, [*texts, *words_of(("fr", "en"))])
    words = encoder.embeddings.word_embeddings.weight.data[kept].clone()
    encoder = copy.deepcopy(encoder)
    encoder.embeddings.word_embeddings = torch.nn.Embedding.from_pretrained(words)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as workshop:
        whole = Path(workshop) / "whole.onnx"
        _to_onnx(encoder, head, whole)
        quantize_dynamic(str(whole), str(folder / MODEL), weight_type=QuantType.QInt8)
    tokenizer = json.dumps(cut_tokenizer(tokenizer_file, kept), ensure_ascii=False)
    (folder / TOKENIZER).write_text(tokenizer, encoding="utf-8")


def _to_onnx(encoder: Any, head: Any, path: Path) -> None:
    import torch

    class Whole(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.encoder, self.head = encoder, head

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            kinds = torch.zeros_like(input_ids)
            hidden = self.encoder(
                input_ids=input_ids, attention_mask=attention_mask, token_type_ids=kinds
            ).last_hidden_state
            return self.head(mean_pooled(hidden, attention_mask)).squeeze(-1)

    names = ("input_ids", "attention_mask")
    example = torch.ones((2, 8), dtype=torch.int64)
    sizes = {name: {0: "pairs", 1: "tokens"} for name in names} | {"log_odds": {0: "pairs"}}
    with warnings.catch_warnings():
        # The older exporter: the newer one fixes the lengths of this model.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Whole().eval(),
            (example, example),
            str(path),
            input_names=list(names),
            output_names=["log_odds"],
            dynamic_axes=sizes,
            opset_version=OPSET,
            dynamo=False,
        )
