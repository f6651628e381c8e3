"""How the checker of claims does on statements other than those it is tested with.

`python tests/bench/claims.py [N]`: of every Nth section (10 unless told; 1 for all), how many faithful statements are
cut, and how many that mislead pass, by what is wrong with them. Three lots:

- `tests/claims/answers.jsonl`: sentences of answers, written from the very passages and rules that a language model is
  given; `near` as the rules ask, `free` as a looser model writes. The checker's words were added to after a look at
  half of these sections' `near` ones.
- `tests/claims/written.jsonl`: statements that are hard on purpose, faithful in quite other words, misleading in the
  passage's own. Nothing was tuned on them.
- `tests/claims/close.jsonl`: as a careful model writes when it is told to stay near the words, one faithful sentence
  and one a little freer of each of 150 sections, and one that looks like them and is wrong. That words which changed
  places are seen is owed to a look at these.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from bot.evaluation.passages import given_section
from bot.indexing import ensure_index
from knowledge.assistant import Assistant
from knowledge.claims.checker import Checker
from knowledge.claims.unit import Rejected
from knowledge.configuration import load_settings

FOLDER = Path(__file__).parents[1] / "claims"
FAITHFUL = {"near": "fidèle, près des mots", "free": "fidèle, libre", "faithful": "fidèle"}
STEP = 10


def main(step: int) -> None:
    """Print the shares of each lot."""
    settings = load_settings()
    assistant = Assistant(settings)
    ensure_index(settings, assistant.encoder, Console(stderr=True))
    checker = Checker(assistant.index)
    for name in ("answers", "written", "close", "later"):
        print(f"\n{name}.jsonl")
        asked: Counter[str] = Counter()
        failed: Counter[str] = Counter()
        lines = (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()[::step]
        for line in lines:
            written = json.loads(line)
            for sort, said, right in statements(written):
                asked[sort] += 1
                failed[sort] += stands(checker, assistant, said, written["section"]) is not right
        _show(asked, failed)


def statements(written: dict) -> Iterator[tuple[str, str, bool]]:
    """(what sort of statement, the statement, whether it should pass)."""
    for key, name in FAITHFUL.items():
        yield from ((f"{name}, coupée", said, True) for said in written.get(key, ()))
    yield from ((f"trompeuse ({why}), passée", said, False) for why, said in written["unfaithful"])


def _show(asked: Counter[str], failed: Counter[str]) -> None:
    misleading = [name for name in asked if name.startswith("trompeuse")]
    asked["toutes les trompeuses, passées"] = sum(asked[name] for name in misleading)
    failed["toutes les trompeuses, passées"] = sum(failed[name] for name in misleading)
    for name in sorted(asked):
        print(f"{name:44} {failed[name]:5} sur {asked[name]:5}  {failed[name] / asked[name]:.3f}")


def stands(checker: Checker, assistant: Assistant, said: str, section: str) -> bool:
    """Whether a statement passes every check."""
    support = checker.check(said, given_section(assistant.index.contents, section))
    if isinstance(support, Rejected):
        return False
    return not isinstance(checker.near(support, assistant.encoder.encode([said], "passage")[0]), Rejected)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else STEP)
