"""Is the right section found for questions that nothing here was taught or tuned on?

`python tests/bench/fresh.py [N]`: N of the questions of `tests/eval/fresh.jsonl` (300 unless told, the same ones each
time). Each was written for one section by someone who had it before them, half of them on purpose without its words or
about a detail of it: harder than the evaluation file, and another section may answer as well. They were drawn by the
hash of their words from a lot of ten times as many; the others teach the adapter. Prints how often the section is
found, is the first after it was read, and is quoted, with 95 % bootstrap intervals.
"""

import random
import sys
from pathlib import Path

from rich.console import Console

from bot.evaluation.metrics import rate
from bot.evaluation.taught import written
from bot.indexing import ensure_index
from knowledge.assistant import Assistant
from knowledge.configuration import load_settings

FILE = Path(__file__).parents[1] / "eval" / "fresh.jsonl"
ASKED, SEED = 300, 20261122
DEPTHS = (1, 3, 5)


def main(count: int) -> None:
    """Print the table."""
    settings = load_settings()
    assistant = Assistant(settings)
    ensure_index(settings, assistant.encoder, Console(stderr=True))
    fresh = written(assistant.index.contents, FILE)
    some = random.Random(SEED).sample(fresh, min(count, len(fresh)))
    seen = [_seen(assistant, one.text, one.section) for one in some]
    print(f"{len(seen)} questions\n")
    for name in seen[0]:
        print(f"{name:28} {rate([float(one[name]) for one in seen])}")


def _seen(assistant: Assistant, question: str, section: str) -> dict[str, bool]:
    read = assistant.read(question)
    before = list(dict.fromkeys(hit.passage.section for hit in assistant.search(read)))
    found = assistant.find(read)
    first = [hit.passage.section for hit in found.hits[:1]]
    return {
        **{f"trouvée parmi les {depth}": section in before[:depth] for depth in DEPTHS},
        "première une fois relue": first == [section],
        "citée": any(claim.section.id == section for claim in found.draft.claims),
        "affirmée": assistant.ask(question).verdict == "answered",
    }


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ASKED)
