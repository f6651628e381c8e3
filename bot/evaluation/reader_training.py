"""Fine-tuning the reader: multilingual-e5-small, mean pooling, one linear unit, binary cross-entropy.

While it learns, it also has to point at the words that answer, or at the first token when none do (Devlin et al. 2018,
section 4.3): a lesson of many bits beside a lesson of one. What points is thrown away afterwards. Its word vectors stay
as they are: questions hold few enough words that moving them would only learn them by heart.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from bot.evaluation.lessons import SEED, Lesson
from knowledge.reader import MAX_TOKENS, PASSAGE, QUERY

BATCH = 16
# Of each round, the rates at which the encoder and what is new learn.
RATES = ((1e-4, 1e-3), (7e-5, 3e-4), (7e-5, 3e-4), (6e-5, 3e-4), (6e-5, 3e-4))
# So many rounds learn as if for use; those after them have dropout, and count for this share in the weights that are
# kept, which forgets less of what came before (Wortsman et al. 2022, « Robust fine-tuning of zero-shot models »).
PLAIN_ROUNDS, LATER_SHARE = 2, 0.7
WARM_UP_STEPS = 60
LOWEST_RATE = 0.02
# What pointing at the answer weighs beside telling whether there is one.
POINTING = 0.5
# Where nobody marked the answer; what torch leaves out of a loss.
UNMARKED = -100
# Lessons of about one length go together, so that little of a batch is padding.
BUCKET = 32 * BATCH
# (step, steps, loss)
Progress = Callable[[int, int, float], None]


def train(base: Path, rounds: Sequence[Sequence[Lesson]], dice: random.Random, progress: Progress) -> tuple[Any, Any]:
    """The encoder (a transformers model) and the head (a torch layer) that learnt these lessons, round after round."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    if len(rounds) != len(RATES):
        raise ValueError(f"{len(rounds)} rounds of lessons for {len(RATES)} pairs of rates")
    torch.manual_seed(SEED)
    tokenizer = AutoTokenizer.from_pretrained(base)
    encoder = AutoModel.from_pretrained(base)
    encoder.embeddings.word_embeddings.weight.requires_grad = False
    head = torch.nn.Linear(encoder.config.hidden_size, 1)
    pointer = torch.nn.Linear(encoder.config.hidden_size, 2)
    batches = [list(_batches(dice.sample(taught, len(taught)), dice)) for taught in rounds]
    done, total = 0, sum(map(len, batches))
    before: list[dict[str, Any]] = []
    for number, (learning, (rate, head_rate)) in enumerate(zip(batches, RATES, strict=True)):
        if number == PLAIN_ROUNDS:
            before = [_weights(part) for part in (encoder, head)]
        # Loaded as for use, without dropout.
        encoder.train(number >= PLAIN_ROUNDS)
        step = _learner(encoder, (head, pointer), rate, head_rate, len(learning))
        for batch in learning:
            loss = _loss(encoder, head, pointer, tokenizer, batch)
            step(loss)
            done += 1
            progress(done, total, loss.item())
    for part, earlier in zip((encoder, head), before, strict=True):
        average(part, earlier)
    return encoder.eval(), head.eval()


def _weights(part: Any) -> dict[str, Any]:
    return {name: value.clone() for name, value in part.state_dict().items()}


def average(part: Any, earlier: Mapping[str, Any]) -> None:
    """Make a module's weights the mean of what they are and what they were, weighted by `LATER_SHARE`."""
    mixed = {name: LATER_SHARE * value + (1 - LATER_SHARE) * earlier[name] for name, value in part.state_dict().items()}
    part.load_state_dict(mixed)


def _learner(encoder: Any, layers: Sequence[Any], rate: float, head_rate: float, steps: int) -> Callable[[Any], None]:
    """What takes one step down a loss, with a fresh optimiser for a round of `steps`."""
    import torch

    moving = [p for p in encoder.parameters() if p.requires_grad]
    new = [p for layer in layers for p in layer.parameters()]
    groups = [{"params": moving, "lr": rate}, {"params": new, "lr": head_rate}]
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _pace(step, steps))

    def step(loss: Any) -> None:
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_([*moving, *new], 1.0)
        optimiser.step()
        schedule.step()

    return step


def _pace(step: int, steps: int) -> float:
    return min(1.0, (step + 1) / WARM_UP_STEPS) * max(LOWEST_RATE, 1 - step / steps)


def _batches(shuffled: Sequence[Lesson], dice: random.Random) -> Iterator[list[Lesson]]:
    for start in range(0, len(shuffled), BUCKET):
        bucket = sorted(shuffled[start : start + BUCKET], key=lambda lesson: len(lesson.question) + len(lesson.text))
        batches = [bucket[i : i + BATCH] for i in range(0, len(bucket), BATCH)]
        dice.shuffle(batches)
        yield from batches


def _loss(encoder: Any, head: Any, pointer: Any, tokenizer: Any, batch: Sequence[Lesson]) -> Any:
    import torch
    from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

    inputs = tokenizer(
        [f"{QUERY}{lesson.question}" for lesson in batch],
        [f"{PASSAGE}{lesson.text}" for lesson in batch],
        truncation="only_second",
        max_length=MAX_TOKENS,
        padding=True,
        return_tensors="pt",
        return_offsets_mapping=True,
    )
    offsets = inputs.pop("offset_mapping").tolist()
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=_has_bfloat16()):
        hidden = encoder(**inputs).last_hidden_state
    hidden, mask = hidden.float(), inputs["attention_mask"]
    wanted = torch.tensor([float(lesson.right) for lesson in batch])
    loss = binary_cross_entropy_with_logits(head(mean_pooled(hidden, mask)).squeeze(-1), wanted)
    ends = [_tokens(lesson, inputs.sequence_ids(n), offsets[n]) for n, lesson in enumerate(batch)]
    if all(first == UNMARKED for first, _ in ends):
        return loss
    pointed = pointer(hidden).masked_fill(mask.unsqueeze(-1) == 0, -1e4)
    first, last = (torch.tensor(tokens) for tokens in zip(*ends, strict=True))
    return loss + POINTING * (cross_entropy(pointed[..., 0], first) + cross_entropy(pointed[..., 1], last)) / 2


@cache
def _has_bfloat16() -> bool:
    """Whether the processor itself has bfloat16: half the time there, ten times more elsewhere, the same measures."""
    import torch

    able = torch.cpu.get_capabilities()
    return any(able.get(name) for name in ("avx512_bf16", "amx_bf16", "bf16"))


def _tokens(lesson: Lesson, sides: Sequence[int | None], offsets: Sequence[Sequence[int]]) -> tuple[int, int]:
    """The first and the last token of the answer; the very first token twice when there is none."""
    if not lesson.right:
        return 0, 0
    if lesson.answer is None:
        return UNMARKED, UNMARKED
    start, end = (place + len(PASSAGE) for place in lesson.answer)
    inside = [n for n, (a, b) in enumerate(offsets) if sides[n] == 1 and a < end and b > start and b > a]
    cut = not inside or offsets[inside[-1]][1] < end
    return (UNMARKED, UNMARKED) if cut else (inside[0], inside[-1])


def mean_pooled(hidden: Any, mask: Any) -> Any:
    """(n, dim): the mean of each text's token vectors, padding left out."""
    kept = mask.unsqueeze(-1).to(hidden.dtype)
    return (hidden * kept).sum(1) / kept.sum(1)
