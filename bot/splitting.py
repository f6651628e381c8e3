"""A long text in pieces that a channel accepts: cut between paragraphs, else sentences, else words; nothing is lost."""

import re

FENCE = "```"
_PARAGRAPH = re.compile(r"(?<=\n)\n+")
_LINE = re.compile(r"(?<=\n)")
# After a final point and its marker (« … [3]. ») and before what begins a sentence.
_SENTENCE = re.compile(r"(?<=[.!?…»])\s+(?=[«\"(A-ZÀ-Ý0-9-])")
# Never inside a marker such as « [3] », nor between it and its word.
_WORD = re.compile(r"\s+(?!\[\d+\])")
_BLOCK = re.compile(rf"({FENCE}.*?(?:{FENCE}|\Z))", re.DOTALL)


def split_text(text: str, limit: int) -> list[str]:
    """Pieces of at most `limit` characters, in order; a code fence that is cut is closed and opened again."""
    pieces: list[str] = []
    for number, block in enumerate(_BLOCK.split(text)):
        parts = _fenced(block, limit) if number % 2 else _plain(block, limit, (_PARAGRAPH, _LINE, _SENTENCE, _WORD))
        for part in parts:
            if pieces and len(pieces[-1]) + len(part) <= limit:
                pieces[-1] += part
            else:
                pieces.append(part)
    return [piece.strip() for piece in pieces if piece.strip()]


def _plain(text: str, limit: int, cuts: tuple[re.Pattern[str], ...]) -> list[str]:
    if len(text) <= limit:
        return [text] if text else []
    if not cuts:
        return [text[i : i + limit] for i in range(0, len(text), limit)]
    pieces: list[str] = []
    for part in _cut(text, cuts[0]):
        if pieces and len((pieces[-1] + part).strip()) <= limit:
            pieces[-1] += part
        else:
            pieces += _plain(part, limit, cuts[1:]) if len(part.strip()) > limit else [part]
    return pieces


def _cut(text: str, pattern: re.Pattern[str]) -> list[str]:
    """The text cut where the pattern matches, what matched kept at the end of the part before it."""
    ends = [match.end() for match in pattern.finditer(text)]
    starts = [0, *ends]
    return [text[start:end] for start, end in zip(starts, [*ends, len(text)], strict=True) if start < end]


def _fenced(block: str, limit: int) -> list[str]:
    if len(block) <= limit:
        return [block]
    opening, _, body = block.partition("\n")
    body = body.removesuffix(FENCE)
    room = limit - len(opening) - len(FENCE) - 2
    # An opening that long is no language's name, and would be said again with every few words.
    if room < limit // 2:
        return _plain(block, limit, (_LINE, _WORD))
    return [f"{opening}\n{part.rstrip()}\n{FENCE}" for part in _plain(body, room, (_LINE, _WORD))]
