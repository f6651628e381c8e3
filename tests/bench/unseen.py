"""What is asserted, of questions that nothing here was taught or tuned on?

`python tests/bench/unseen.py [N]`: N of the questions of `tests/eval/unseen.jsonl` (all unless told). Written from the
corpus as people ask (spoken, telegraphic, misspelt, telling their situation), they have an answer in one section, whose
decisive words are given, or none anywhere although they are near. Prints the shares of each verdict, with 95 %
bootstrap intervals: of the first kind, few should be refused or only closest; of the second, hardly any answered.
"""

import random
import sys
from pathlib import Path

from rich.console import Console

from bot.evaluation.metrics import rate
from bot.evaluation.taught import read_lines
from bot.indexing import ensure_index
from knowledge.assistant import Assistant
from knowledge.configuration import load_settings
from knowledge.model import Answer

FILE = Path(__file__).parents[1] / "eval" / "unseen.jsonl"
SEED = 20261122


def main(count: int | None) -> None:
    """Print the table."""
    settings = load_settings()
    assistant = Assistant(settings)
    ensure_index(settings, assistant.encoder, Console(stderr=True))
    lines = read_lines(FILE)
    random.Random(SEED).shuffle(lines)
    told = [(line, assistant.ask(line["question"])) for line in lines[:count]]
    good = [(line, answer) for line, answer in told if line["section"]]
    near = [answer for line, answer in told if not line["section"]]
    print(f"{len(good)} questions qui ont une réponse")
    print(f"  les mots décisifs sont cités   {rate([float(_holds(line['fact'], answer)) for line, answer in good])}")
    for verdict in ("answered", "closest", "refused"):
        print(f"  {verdict:30} {rate([float(answer.verdict == verdict) for _, answer in good])}")
    print(f"{len(near)} questions proches, sans réponse")
    print(f"  pas affirmées                  {rate([float(answer.verdict != 'answered') for answer in near])}")


def _holds(fact: str, answer: Answer) -> bool:
    return any(fact in citation.quote for citation in answer.citations)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else None)
