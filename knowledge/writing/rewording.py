"""Whether a follow-up that a model reworded still asks what was asked, in words of the conversation alone."""

import re

from knowledge.completion import Turn
from knowledge.orders import is_order
from knowledge.question import Question
from knowledge.text import STOP_WORDS, content_words, fold, words

MAX_REWORDED = 300
# What a rewording is for: these may give way to a name.
_POINTING = re.compile(
    r"\b(?:cet?|cette|ces) (?:ptce|(?:pole|structure|association|cooperative|collectif|groupe|reseau|projet)[sx]?)\b"
    r"|\bla-bas\b"
)
# Words that carry no subject, but without which another question is asked.
_ASKING = frozenset("combien comment pourquoi quand qui".split())
_DENYING = frozenset("aucun aucune guere jamais ni non pas plus rien sans sauf".split())


def faithful(text: str, question: Question, last: Turn) -> bool:
    """Whether a cleaned rewording adds no word to the conversation, and drops none of what the follow-up asks."""
    if len(text) > MAX_REWORDED or not text.endswith("?") or is_order(text):
        return False
    heard = {*words(last.question), *words(last.subject), *words(question.text), *words(question.corrected)}
    # A new word could only come from the model: the question would be its own.
    new = any(w not in heard and w not in STOP_WORDS for w in content_words(text))
    return not new and not _drops(text, question) and _denials(text) == _denials(question.text)


def _drops(text: str, question: Question) -> bool:
    kept = set(words(text))
    right = dict(question.corrections)
    searched = set(words(question.corrected))
    asked = set(content_words(_POINTING.sub(" ", fold(question.text))))
    # What is neither searched nor corrected is the « cb » of a text message, spelt out in what is searched.
    needed = (asked & (searched | right.keys())) | (searched & _ASKING)
    return any(kept.isdisjoint({word, right.get(word, word)}) for word in needed)


def _denials(text: str) -> list[str]:
    found = words(text)
    # « c'est pas » and « ce n'est pas » deny once.
    return sorted(w for w in found if w in _DENYING) or ["ne" for w in found if w in ("n", "ne")]
