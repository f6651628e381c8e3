"""The real `ptce`, with an assistant that takes longer or says more, as its environment asks.

BENT_SECONDS: how much longer an answer takes. BENT_SENTENCES: how many sentences are added to it.
BENT_SAYS: what it begins with.
BENT_WAIT: how long Discord is waited for between two tries. BENT_TROUBLE: how long it may be in trouble.
BENT_LASTING: how long a channel has served before an unexpected error does not end it.
"""

import os
import time
from dataclasses import replace
from typing import Any

from bot import entry, serve
from bot.discord import retry
from knowledge.assistant import Assistant, Explanation

LONG_SENTENCE = "La phrase numéro {n} parle d'un pôle de Bretagne et de ses membres [1]."


def main() -> None:
    seconds = float(os.environ.get("BENT_SECONDS", 0))
    sentences = int(os.environ.get("BENT_SENTENCES", 0))
    retry.LONGEST_WAIT = float(os.environ.get("BENT_WAIT", retry.LONGEST_WAIT))
    retry.TROUBLE_SECONDS = float(os.environ.get("BENT_TROUBLE", retry.TROUBLE_SECONDS))
    serve.LASTING = float(os.environ.get("BENT_LASTING", serve.LASTING))
    explain = Assistant.explain

    def bent(self: Assistant, *arguments: Any, **named: Any) -> Explanation:
        time.sleep(seconds)
        explanation = explain(self, *arguments, **named)
        more = [LONG_SENTENCE.format(n=n) for n in range(sentences)]
        text = " ".join([os.environ.get("BENT_SAYS", ""), explanation.answer.answer, *more]).strip()
        return replace(explanation, answer=replace(explanation.answer, answer=text))

    Assistant.explain = bent  # type: ignore[method-assign]
    entry.main()


if __name__ == "__main__":
    main()
