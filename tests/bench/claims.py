"""How the checker of claims does on statements that it was not tuned on.

`python tests/bench/claims.py [N]`: of every Nth section of `tests/claims/written.jsonl` (10 unless told; 1 for all),
how many faithful statements are cut, and how many that mislead pass, by what is wrong with them. Both sorts are hard
on purpose: faithful in other words, misleading in the passage's own.
"""

import json
import sys
from collections import Counter
from pathlib import Path

from rich.console import Console

from bot.indexing import ensure_index
from knowledge.assistant import Assistant
from knowledge.claims.checker import Checker, Given
from knowledge.claims.checks import Rejected
from knowledge.index import Contents
from knowledge.settings import load_settings

FILE = Path(__file__).parents[1] / "claims" / "written.jsonl"
STEP = 10


def main(step: int) -> None:
    """Print both shares."""
    settings = load_settings()
    assistant = Assistant(settings)
    ensure_index(settings, assistant.encoder, Console(stderr=True))
    contents = assistant.index.contents
    checker = Checker(assistant.index)
    asked: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for line in FILE.read_text(encoding="utf-8").splitlines()[::step]:
        written = json.loads(line)
        given = passages(contents, written["section"])
        for said in written["faithful"]:
            asked["fidèle, coupée"] += 1
            failed["fidèle, coupée"] += stands(checker, assistant, said, given) is False
        for why, said in written["unfaithful"]:
            asked[f"trompeuse ({why}), passée"] += 1
            failed[f"trompeuse ({why}), passée"] += stands(checker, assistant, said, given)
    for name in sorted(asked):
        print(f"{name:44} {failed[name]:5} sur {asked[name]:5}  {failed[name] / asked[name]:.3f}")
    misleading = [name for name in asked if name.startswith("trompeuse")]
    passed, total = sum(failed[n] for n in misleading), sum(asked[n] for n in misleading)
    print(f"{'toutes les trompeuses, passées':44} {passed:5} sur {total:5}  {passed / total:.3f}")


def passages(contents: Contents, section: str) -> list[Given]:
    """The passages of a section, as a model is given them."""
    group, found = contents.sentences[section], [p for p in contents.passages if p.section == section]
    document, itself = contents.documents[section], contents.sections[section]
    return [Given("k", document, itself, group[p.first : p.last + 1]) for p in found]


def stands(checker: Checker, assistant: Assistant, said: str, given: list[Given]) -> bool:
    """Whether a statement passes every check."""
    support = checker.check(said, given)
    if isinstance(support, Rejected):
        return False
    return not isinstance(checker.near(support, assistant.encoder.encode([said], "passage")[0]), Rejected)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else STEP)
