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
# Some servers send what a model thinks without the mark that opens it.
_THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)|\A(?:(?!<think>).)*?</think>", re.DOTALL | re.IGNORECASE)
_BULLET = re.compile(r"^(?:[-*•–]|\d{1,2}[.)])\s+")
_EMPHASIS = re.compile(r"\*\*|(?<!\w)__|__(?!\w)")
_KEY = r"\[[^\[\]\n]{1,60}\]"
# « Selon [k], » says nothing once its key is read; a line of keys belongs to the one before it.
_ACCORDING = re.compile(rf"\b(?:selon|d['’]après|dans)\s+(?:{_KEY}[\s,]*)+(?:,\s*)?", re.IGNORECASE)
_KEYS_ALONE = re.compile(rf"\n\s*((?:{_KEY}[ \t,]*)+)(?=\n|\Z)")
# « (voir [k]) » and « ([k], [l]) » say nothing more than their keys.
_BRACKETED = re.compile(
    rf"\((?:[\s,;:.]|voir|cf|selon|d['’]apr[eè]s|l[ae]s?|sources?|passages?)*(?:{_KEY}(?:[\s,;.]|et\b)*)+\)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence without its keys; `listed` when it was an item of a list."""

    text: str
    keys: tuple[str, ...]
    listed: bool


def without_thoughts(text: str) -> str:
    """What a model says, without what it thought before."""
    return _THOUGHT.sub("", text).strip()


def declines(text: str) -> bool:
    """Whether the model says, in the words it was given, that it can't answer."""
    said = re.sub(r"\W+", " ", fold(_KEYS.sub("", text))).strip()
    return said.startswith(re.sub(r"\W+", " ", fold(CANNOT_ANSWER)).strip())


def statements(text: str) -> list[Statement]:
    """The sentences in order, repetitions once."""
    bare = _BRACKETED.sub(lambda m: " ".join(re.findall(_KEY, m[0])), text)
    found = dict.fromkeys(_statements(_KEYS_ALONE.sub(r" \1", bare)))
    return list(found)[:MAX_SENTENCES]


def _statements(text: str) -> Iterator[Statement]:
    for raw in text.splitlines():
        line = clean(_EMPHASIS.sub("", raw))
        listed = bool(_BULLET.match(line))
        # Keys are read before the final point, wherever the model put them.
        moved = _KEYS_AFTER.sub(lambda m: f" {m[2].strip()}{m[1]} ", _BULLET.sub("", line))
        for sentence in sentences(clean(moved)):
            bare = _KEYS.sub(" ", _ACCORDING.sub(" ", sentence))
            said = clean(re.sub(r"\s+([.,])", r"\1", bare))
            keys = tuple(
                dict.fromkeys(k for group in _KEYS.findall(sentence) for k in re.split(r"[\s,;]+", group) if k)
            )
            if said.strip(" .!?…,;:-"):
                # « Selon [k], l'aide » lost what began it.
                opened = _ACCORDING.match(sentence) is not None
                yield Statement(_finished(said[:1].upper() + said[1:] if opened else said), keys, listed)


def _finished(sentence: str) -> str:
    return sentence if sentence[-1] in ".!?…:»" else f"{sentence}."
