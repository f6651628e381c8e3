"""What a model wrote, taken apart: sentences, each with the keys it points to."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from knowledge.phrases import CANNOT_ANSWER
from knowledge.text import clean, fold, sentences

# More sentences than any answer needs are not read.
MAX_SENTENCES = 15
_KEYS = re.compile(r"\[([^\[\]\n]{1,60})\]")
_KEYS_AFTER = re.compile(r"([.!?…]+[»\"”)]*)[ \t]*((?:\[[^\[\]\n]{1,60}\][ \t,]*)+)")
_THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL | re.IGNORECASE)
_BULLET = re.compile(r"^(?:[-*•–]|\d{1,2}[.)])\s+")
_EMPHASIS = re.compile(r"\*\*|__")


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence without its keys; `listed` when it was an item of a list."""

    text: str
    keys: tuple[str, ...]
    listed: bool


def declines(text: str) -> bool:
    """Whether the model says, in the words it was given, that it can't answer."""
    said = re.sub(r"\W+", " ", fold(_KEYS.sub("", _THOUGHT.sub("", text)))).strip()
    return said.startswith(re.sub(r"\W+", " ", fold(CANNOT_ANSWER)).strip())


def statements(text: str) -> list[Statement]:
    """The sentences in order, repetitions once."""
    found = dict.fromkeys(_statements(_THOUGHT.sub("", text)))
    return list(found)[:MAX_SENTENCES]


def _statements(text: str) -> Iterator[Statement]:
    for raw in text.splitlines():
        line = clean(_EMPHASIS.sub("", raw))
        listed = bool(_BULLET.match(line))
        # Keys are read before the final point, wherever the model put them.
        moved = _KEYS_AFTER.sub(lambda m: f" {m[2].strip()}{m[1]} ", _BULLET.sub("", line))
        for sentence in sentences(clean(moved)):
            said = clean(re.sub(r"\s+([.,])", r"\1", _KEYS.sub(" ", sentence)))
            keys = tuple(
                dict.fromkeys(k for group in _KEYS.findall(sentence) for k in re.split(r"[\s,;]+", group) if k)
            )
            if said.strip(" .!?…,;:-"):
                yield Statement(_finished(said), keys, listed)


def _finished(sentence: str) -> str:
    return sentence if sentence[-1] in ".!?…:»" else f"{sentence}."
