"""How many lies made by machine pass the checker of claims, by what was altered.

`python tests/bench/lying.py [N] [SEED]`: N statements (1,000 unless told) drawn among the faithful ones of
`tests/claims/` and the corpus's own sentences. Those that stand are altered in every way of `tests/altered.py`, and
held against a section of another document and another one of their own, under whose key a model may put them (of
these, what passes may be true: sections repeat each other). Prints the shares, then every lie that passes.
"""

import json
import random
import sys
from collections import Counter
from pathlib import Path

from claims import FAITHFUL, FOLDER, stands
from rich.console import Console

from bot.indexing import ensure_index
from knowledge.assistant import Assistant
from knowledge.claims.checker import Checker
from knowledge.configuration import load_settings
from knowledge.contents import Contents

sys.path.append(str(Path(__file__).parents[1]))
from altered import lies


def main(count: int, seed: int) -> None:
    """Print the table, and what passes."""
    settings = load_settings()
    assistant = Assistant(settings)
    ensure_index(settings, assistant.encoder, Console(stderr=True))
    contents = assistant.index.contents
    checker = Checker(assistant.index)
    dice = random.Random(seed)
    made: Counter[str] = Counter()
    passed: list[tuple[str, str, str]] = []
    for said, section in dice.sample(_faithful(contents), count):
        if not stands(checker, assistant, said, section):
            made["fidèle, coupée"] += 1
            continue
        made["fidèle, gardée"] += 1
        told = [(lie.way, lie.said, section) for lie in lies(said, contents, dice)]
        told += [(way, said, other) for way, other in _other_keys(contents, section, dice)]
        made.update(way for way, *_ in told)
        passed += [lie for lie in told if stands(checker, assistant, lie[1], lie[2])]
    _show(made, passed)


def _faithful(contents: Contents) -> list[tuple[str, str]]:
    written = [
        (said, line["section"])
        for name in ("answers", "written", "close", "later")
        for line in map(json.loads, (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines())
        for key in FAITHFUL
        for said in line.get(key, ())
        if line["section"] in contents.sections
    ]
    french = (i for i in contents.sentences if contents.documents[i].lang == "fr")
    return written + [(sentence.text, i) for i in french for sentence in contents.sentences[i]]


def _other_keys(contents: Contents, section: str, dice: random.Random) -> list[tuple[str, str]]:
    mine = contents.documents[section]
    others = [s for s in contents.sections if contents.documents[s] is not mine]
    beside = [s for s in contents.sections if contents.documents[s] is mine and s != section]
    found = [("clé d'un autre document", dice.choice(others))]
    return found + ([("clé voisine", dice.choice(beside))] if beside else [])


def _show(made: Counter[str], passed: list[tuple[str, str, str]]) -> None:
    through = Counter(way for way, *_ in passed)
    for way, count in sorted(made.items()):
        told = "" if way.startswith("fidèle") else f"  {through[way]:4} passent ({through[way] / count:.3f})"
        print(f"{way:26} {count:5}{told}")
    for way, said, section in sorted(passed):
        print(f"\n[{way}] {section}\n  {said}")


if __name__ == "__main__":
    given = [int(number) for number in sys.argv[1:]]
    main(*(given + [1000, 20261124][len(given) :]))
