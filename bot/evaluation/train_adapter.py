"""`python -m bot.evaluation.train_adapter`: learn the adapter again, with its report. `--check`: is it as noted?

A minute, after some minutes of encoding the first time; needs the extra `train`. Learns from the known questions of
the corpus and from those of `taught.jsonl`, written section by section; measured on `tests/eval/fresh.jsonl`, written
in the same way and never learnt from.
"""

import hashlib
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter
from rich.console import Console

from bot.evaluation.adapter_training import Taught, learn, recall
from bot.indexing import ensure_index, progress_report
from ingest.build import Report, silent
from ingest.embed import CachingEncoder
from knowledge.adapter import FILE, Adapter, load_adapter, save_adapter
from knowledge.assistant import Assistant
from knowledge.index import Contents
from knowledge.settings import load_settings
from knowledge.vectors import VectorCache, VectorFile, bundled_vectors_file

CARD = FILE.with_name("adapter.json")
TAUGHT = Path(__file__).with_name("taught.jsonl")
FRESH = Path(__file__).parents[2] / "tests" / "eval" / "fresh.jsonl"
DEPTHS = (1, 3, 5)
# What `--check` asks again, and how far its recall may be from the recorded one (another processor rounds otherwise).
SAMPLE, TOLERANCE = 300, 0.02
# (question, its section, its row among the known ones or -1)
Pair = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Card:
    """What the adapter learnt from, and recall by depth on questions it did not: the model's own, and with it."""

    material: str
    learnt: int
    fresh: int
    without: dict[int, float]
    with_it: dict[int, float]
    sample: float


def main(arguments: Sequence[str]) -> int:
    """The exit code."""
    console = Console(stderr=True)
    settings = load_settings()
    assistant = Assistant(settings)
    ensure_index(settings, assistant.encoder, console)
    if "--check" in arguments:
        return _check(assistant)
    cache = VectorCache(settings.data_dir / "vectors.sqlite")
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
    index, pairs = assistant.index, material(assistant.index.contents)
    taught = _encoded(assistant, caching, pairs, report)
    shift = learn(index, taught, lambda step, steps: report("Apprentissage", step, steps))
    save_adapter(Adapter(shift), assistant.encoder.model_id)
    load_adapter.cache_clear()
    fresh = written(index.contents, FRESH)
    asked = _encoded(assistant, caching, fresh, report)
    without, with_it = (recall(index, asked, matrix, DEPTHS) for matrix in (np.zeros_like(shift), shift))
    return Card(digest(pairs), len(pairs), len(fresh), without, with_it, _sampled(assistant))


def material(contents: Contents) -> list[Pair]:
    """Every question to learn from; where the sources are silent, that is what should be found."""
    known = [(question, section, row) for row, (section, question) in enumerate(contents.questions)]
    return [*known, *written(contents, TAUGHT)]


def written(contents: Contents, file: Path) -> list[Pair]:
    """The questions of a file whose lines are {section, questions}, of the sections that the corpus still has."""
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    kept = [line for line in lines if line["section"] in contents.sections]
    return [(question, line["section"], -1) for line in kept for question in line["questions"]]


def digest(pairs: Sequence[Pair]) -> str:
    """Names the questions and their sections."""
    named = "\n".join(f"{section}\t{question}" for question, section, _ in pairs)
    return hashlib.sha256(named.encode()).hexdigest()[:16]


def _encoded(assistant: Assistant, caching: CachingEncoder, pairs: Sequence[Pair], report: Report = silent) -> Taught:
    """The questions as people's are encoded: read first, as queries."""
    index = assistant.index
    numbers = {section: number for number, section in enumerate(index.section_ids)}
    read = [assistant.read(question).corrected for question, _, _ in pairs]
    vectors = caching.encode(read, "query", lambda done, total: report("Questions", done, total))
    sections = np.array([numbers[section] for _, section, _ in pairs], np.int64)
    return Taught(vectors, sections, np.array([row for _, _, row in pairs], np.int64))


def _sampled(assistant: Assistant) -> float:
    """Recall at 5, through the whole of retrieval, on evenly spread fresh questions."""
    fresh = written(assistant.index.contents, FRESH)
    some = fresh[:: max(1, len(fresh) // SAMPLE)]
    found = [{h.passage.section for h in assistant.search(assistant.read(q))[:5]} for q, _, _ in some]
    return round(sum(section in hits for (_, section, _), hits in zip(some, found, strict=True)) / len(some), 4)


def _check(assistant: Assistant) -> int:
    card = TypeAdapter(Card).validate_json(CARD.read_bytes())
    if card.material != digest(material(assistant.index.contents)):
        print("Le corpus ou les questions ont changé depuis l'apprentissage de l'adaptateur.", file=sys.stderr)
    found = _sampled(assistant)
    print(f"Adaptateur : le bon passage parmi cinq pour {found} de questions jamais apprises ({card.sample} noté).")
    return 0 if found >= card.sample - TOLERANCE else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
