"""`python -m bot.evaluation.train_adapter`: learn the adapter again, with its report. `--check`: is it as noted?

A minute, after some minutes of encoding the first time; needs the extra `train`. Learns from the known questions of
the corpus and from those of `taught.jsonl`, written section by section; measured on `tests/eval/fresh.jsonl`, written
in the same way and never learnt from.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from pydantic import TypeAdapter
from rich.console import Console

from bot.evaluation.adapter_training import Encoded, learn, recall
from bot.evaluation.taught import FRESH, WrittenQuestion, digest, to_learn, written
from bot.indexing import ensure_index, progress_report
from ingest.build import CACHE, Report, silent
from ingest.embed import CachingEncoder
from knowledge.adapter import FILE, Adapter, load_adapter, save_adapter
from knowledge.assistant import Assistant
from knowledge.configuration import load_settings
from knowledge.vectors import VectorCache, VectorFile, bundled_vectors_file

CARD = FILE.with_name("adapter.json")
DEPTHS = (1, 3, 5)
# What `--check` asks again, and how far its recall may be from the recorded one (another processor rounds otherwise).
SAMPLE, TOLERANCE = 300, 0.02


@dataclass(frozen=True, slots=True)
class Card:
    """What the adapter learnt from, and recall on questions that it did not.

    `without`, `with_it`: share whose section is among so many nearest, by the model's own vectors alone and with the
    adapter; `passages_at_5`: share of a sample whose section has one of the five passages that retrieval ranks first.
    """

    material: str
    learnt: int
    fresh: int
    without: dict[int, float]
    with_it: dict[int, float]
    passages_at_5: float


def main(arguments: Sequence[str]) -> int:
    """The exit code."""
    console = Console(stderr=True)
    settings = load_settings()
    assistant = Assistant(settings)
    ensure_index(settings, assistant.encoder, console)
    if "--check" in arguments:
        return _check(assistant)
    cache = VectorCache(settings.data_dir / CACHE)
    try:
        caching = CachingEncoder(assistant.encoder, VectorFile(bundled_vectors_file()), cache)
        with progress_report(console) as report:
            card = _train(assistant, caching, report)
    finally:
        cache.close()
    CARD.write_text(json.dumps(asdict(card), indent=1) + "\n", encoding="utf-8")
    console.print(f"Adaptateur écrit dans {FILE} : {card}", markup=False)
    return 0


def _train(assistant: Assistant, caching: CachingEncoder, report: Report) -> Card:
    index, questions = assistant.index, to_learn(assistant.index.contents)
    taught = _encoded(assistant, caching, questions, report)
    shift = learn(index, taught, lambda step, steps: report("Apprentissage", step, steps))
    save_adapter(Adapter(shift), assistant.encoder.model_id)
    load_adapter.cache_clear()
    fresh = written(index.contents, FRESH)
    asked = _encoded(assistant, caching, fresh, report)
    without, with_it = (recall(index, asked, matrix, DEPTHS) for matrix in (np.zeros_like(shift), shift))
    return Card(digest(questions), len(questions), len(fresh), without, with_it, _sampled(assistant))


def _encoded(
    assistant: Assistant, caching: CachingEncoder, questions: Sequence[WrittenQuestion], report: Report = silent
) -> Encoded:
    """The questions as people's are encoded: read first, as queries."""
    index = assistant.index
    numbers = {section: number for number, section in enumerate(index.section_ids)}
    read = [assistant.read(question.text).corrected for question in questions]
    vectors = caching.encode(read, "query", lambda done, total: report("Questions", done, total))
    sections = np.array([numbers[question.section] for question in questions], np.int64)
    return Encoded(vectors, sections, np.array([question.row for question in questions], np.int64))


def _sampled(assistant: Assistant) -> float:
    """`Card.passages_at_5`, on evenly spread fresh questions."""
    fresh = written(assistant.index.contents, FRESH)
    some = fresh[:: max(1, len(fresh) // SAMPLE)]
    found = [{hit.passage.section for hit in assistant.search(assistant.read(one.text))[:5]} for one in some]
    return round(sum(one.section in sections for one, sections in zip(some, found, strict=True)) / len(some), 4)


def _check(assistant: Assistant) -> int:
    card = TypeAdapter(Card).validate_json(CARD.read_bytes())
    if card.material != digest(to_learn(assistant.index.contents)):
        print("Le corpus ou les questions ont changé : python -m bot.evaluation.train_adapter", file=sys.stderr)
        return 1
    found = _sampled(assistant)
    print(
        f"Adaptateur : le bon passage parmi cinq pour {found} de questions jamais apprises ({card.passages_at_5} noté)."
    )
    return 0 if found >= card.passages_at_5 - TOLERANCE else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
