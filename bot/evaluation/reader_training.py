"""Fine-tuning the reader: multilingual-e5-small, mean pooling, one linear unit, binary cross-entropy.

Its word vectors stay as they are: questions hold few enough words that moving them would only learn them by heart.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from bot.evaluation.lessons import SEED, Lesson
from knowledge.reader import MAX_TOKENS

EPOCHS = 1
BATCH = 16
RATE, HEAD_RATE = 1e-4, 1e-3
WARM_UP_STEPS = 60
LOWEST_RATE = 0.02
# Lessons of about one length go together, so that little of a batch is padding.
BUCKET = 32 * BATCH
# (step, steps, loss)
Progress = Callable[[int, int, float], None]


def train(base: Path, taught: Sequence[Lesson], dice: random.Random, progress: Progress) -> tuple[Any, Any]:
    """The encoder (a transformers model) and the head (a torch layer) that learnt from these lessons."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    torch.manual_seed(SEED)
    tokenizer = AutoTokenizer.from_pretrained(base)
    encoder = AutoModel.from_pretrained(base)
    encoder.embeddings.word_embeddings.weight.requires_grad = False
    head = torch.nn.Linear(encoder.config.hidden_size, 1)
    moving = [p for p in encoder.parameters() if p.requires_grad]
    groups = [{"params": moving, "lr": RATE}, {"params": head.parameters(), "lr": HEAD_RATE}]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01)
    batches = [batch for _ in range(EPOCHS) for batch in _batches(dice.sample(taught, len(taught)), dice)]
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _pace(step, len(batches)))
    for step, batch in enumerate(batches):
        wanted = torch.tensor([float(lesson.right) for lesson in batch])
        loss = torch.nn.functional.binary_cross_entropy_with_logits(_logits(encoder, head, tokenizer, batch), wanted)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_([*moving, *head.parameters()], 1.0)
        optimiser.step()
        schedule.step()
        progress(step + 1, len(batches), loss.item())
    return encoder.eval(), head.eval()


def _pace(step: int, steps: int) -> float:
    return min(1.0, (step + 1) / WARM_UP_STEPS) * max(LOWEST_RATE, 1 - step / steps)


def _batches(shuffled: Sequence[Lesson], dice: random.Random) -> Iterator[list[Lesson]]:
    for start in range(0, len(shuffled), BUCKET):
        bucket = sorted(shuffled[start : start + BUCKET], key=lambda lesson: len(lesson.question) + len(lesson.text))
        batches = [bucket[i : i + BATCH] for i in range(0, len(bucket), BATCH)]
        dice.shuffle(batches)
        yield from batches


def _logits(encoder: Any, head: Any, tokenizer: Any, batch: Sequence[Lesson]) -> Any:
    import torch

    inputs = tokenizer(
        [f"query: {lesson.question}" for lesson in batch],
        [f"passage: {lesson.text}" for lesson in batch],
        truncation="only_second",
        max_length=MAX_TOKENS,
        padding=True,
        return_tensors="pt",
    )
    # bfloat16 halves the time on processors that have it, and changes nothing that the measures see.
    with torch.autocast("cpu", dtype=torch.bfloat16):
        hidden = encoder(**inputs).last_hidden_state
    return head(mean_pooled(hidden.float(), inputs["attention_mask"])).squeeze(-1)


def mean_pooled(hidden: Any, mask: Any) -> Any:
    """(n, dim): the mean of each text's token vectors, padding left out."""
    kept = mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * kept).sum(1) / kept.sum(1)
