"""When a claim says that a thing is so: now, later, or before another; told otherwise than its evidence tells it.

Everything works on folded text, unless said otherwise.
"""

import re

from knowledge.claims.ignorance import hedged, unknown
from knowledge.claims.lexicon import root
from knowledge.text import content_words, fold

# Words that end like the imperfect and are not; nor is a conditional.
_NO_IMPERFECT = r"\w*fait|lait|trait|portrait|souhait|extrait|retrait|attrait|sait|\w*parait|\w*connait|nait|plait"
# « se tenaient » tells of the past, unless a verb of now stands beside it; « en 2023, » dates what is told.
_IMPERFECT = re.compile(rf"\b(?!(?:{_NO_IMPERFECT})\b)[a-z]+[a-qs-z](?:ait|aient)\b")
_PRESENT = re.compile(r"\b(?:est|sont|a|ont|peut|peuvent|fait|font|doit|doivent|reste\w*|va|vont)\b")
_THEN = re.compile(
    r"\b[a-z]{2,}(?:ait|aient)\b|\b(?:19|20)\d\d\b"
    r"|\b(?:a|ont|avait|fut|furent|ete) (?:ete )?[a-z]+(?:e|ee|es|ees|i|is|it|u|us|ues)\b"
)
# Folded, the preposition would be the verb.
_AT = re.compile(r"\b[àÀ]\b")
_NOW = re.compile(
    r"\b(?:aujourd'hui|actuel(?:le|s|les|lement)?|desormais|maintenant|en ce moment|a ce jour|toujours|encore|"
    r"(?:vient|viennent) (?:de |d')(?=\w+(?:er|ir|re)\b))"
)
# Folded, « dès » is « des ».
_SINCE = re.compile(r"\b(?:depuis|a partir d[eu'])")
_NEAR_FUTURE = re.compile(r"\b(?:va|vont) (?:etre |se |s')?[a-z]+(?:er|ir|re)\b")
_LATER = re.compile(
    r"\b[a-z]+(?:ra|ront|rait|raient)\b|\b(?:va|vont)\b|\bveu(?:t|lent)\b|\b(?:prev|vis|souhait|envisag|projet|objecti)"
)
_ORDERS = (re.compile(r"\b(?:puis|ensuite)\b"), re.compile(r"\b(?:l'autre|d'autre part)\b"))


def brought_to_now(claimed: str, written: str) -> bool:
    """Whether what a text only tells of the past (« se tenaient ») is told as being so (« se tiennent »), undated.

    Both as they are written, not folded.
    """
    claimed, written = (fold(_AT.sub("", text)) for text in (claimed, written))
    return bool(_IMPERFECT.search(written)) and not (_PRESENT.search(written) or _THEN.search(claimed))


def said_of_today(claimed: list[str], written: list[str]) -> bool:
    """Whether a clause tells as known that a thing is so « toujours », « actuellement », where no clause does."""
    told = (c for c in claimed if _NOW.search(c) and not (unknown(c) or _IMPERFECT.search(c)))
    return not any(map(hedged, claimed)) and any(told) and not any(_NOW.search(c) for c in written if not unknown(c))


def said_since(claimed: str, written: str) -> bool:
    """Whether « en 2023 » became « depuis 2023 »."""
    return bool(_SINCE.search(claimed)) and not _SINCE.search(written)


def said_of_tomorrow(claimed: str, written: str) -> bool:
    """Whether « a travaillé » became « va travailler »."""
    return bool(_NEAR_FUTURE.search(claimed)) and not _LATER.search(written)


def reordered(claimed: str, written: str) -> bool:
    """Whether what comes before « puis » (or « l'autre ») and what comes after it changed places."""
    for order in _ORDERS:
        mine, theirs = _sides(claimed, order), _sides(written, order)
        if mine and theirs and mine[0] & (theirs[1] - theirs[0]) and mine[1] & (theirs[0] - theirs[1]):
            return True
    return False


def _sides(plain: str, order: re.Pattern[str]) -> tuple[set[str], set[str]] | None:
    """The roots of the words before and after, without those that are on both sides."""
    found = order.search(plain)
    if found is None:
        return None
    before, after = plain[: found.start()], plain[found.end() :]
    one, other = (set(map(root, content_words(side))) for side in (before, after))
    return one - other, other - one
