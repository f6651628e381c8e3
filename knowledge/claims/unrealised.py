"""What a text only plans, refuses, announces or holds under a condition, told by a claim as done and so for all.

Everything works on folded text.
"""

import re

from knowledge.claims.lexicon import related
from knowledge.text import STOP_WORDS, words

# What comes after one of these, in the infinitive, is not done.
_INTENT = (
    r"\b(?:refus\w*|renonc\w*|cess(?:e|es|ent|er|ait|aient|ee?s?)|arret(?:e|es|ent|er|ait|aient)|echou\w*|faill(?:i|it)|"
    r"prev(?:oi\w*|oy\w*|u\w*)|vis(?:e|ent|er|ait|aient|ant)|souhait\w*|esper\w*|tent(?:e|ent|er|ait|aient|ant)|"
    r"envisag\w*|hesit\w*|essa[iy]\w*|ambitionn\w*|propos(?:e|ent|ait|aient|ant)|veu(?:t|lent)|voul(?:ait|aient)|voudr\w*)"
)
_INTENDED = re.compile(
    rf"{_INTENT}(?: pas| plus| aussi| encore)?(?: (?:de|a|d'y|a y)| d'(?!un)| a l')? ?(?:s'|se |l'|y )?"
    r"(?P<verb>(?!premier)[a-z]{2,}(?:er|ir|re|oir))\b"
)
# A claim that says as much in its own words.
_UNDONE = re.compile(
    rf"{_INTENT}|\b(?:veut|veulent|voul\w*|entend\w*|pourr\w*|devr\w*|intention|ambition|volonte|souhait|projet de|"
    r"a pour (?:projet|objectif|but)|ne|sans|jamais|aucune?s?|plus)\b|\bn'|\bcompt(?:e|ent) [a-z]+(?:er|ir|re)\b"
)
# What somebody asks for, and what tells as much.
_ASKED = re.compile(r"\b(?:demand|propos|suggere|souhait|recommand)\w* (?:aussi |egalement |alors )?(?:que|qu')")
_ASKING = re.compile(r"\b(?:demand|propos|sugger|souhait|recommand|voul|voudr|veu[lt]|reclam|vis|afin|pour)\w*")
_FUTURE = re.compile(
    r"\b(?!(?:opera|camera|extra|contra|mantra)\b)[a-z]+(?:er|ir|dr|tr|vr|rr|ur)(?:a|ont)\b|"
    r"\b(?:sera|seront|aura|auront|fera|feront)\b|\b(?:va|vont) (?:etre |se |s')?[a-z]+(?:er|ir|re)\b"
)
_DONE = re.compile(
    r"\b(?:a|ont|avait|avaient) (?:ete )?(?:deja )?[a-z]{2,}(?:e|ee|es|ees|i|ie|is|it|u|ue|us|ues)\b|"
    r"\b(?:fut|furent)\b|\bdeja\b"
)
_LIMIT = re.compile(
    r"\b(?:sauf|excepte|hormis|a l'exception|en principe|en general|generalement|normalement|a condition|"
    r"sous (?:certaines )?(?:reserve|condition)s?|pourvu qu|des lors qu|a moins (?:d[e']|qu)|"
    r"(?<!savoir )(?<!demander )(?<!demande )(?<!verifier )(?<!voir )(?<!meme )(?<!comme )s'?i(?:l|ls)?)\b(?!-)"
)
_OR, _AND = re.compile(r"\bou\b"), re.compile(r"\bet\b")
# « Peuvent candidater un lauréat ou un non-lauréat »: both may.
_EITHER = re.compile(r"\bou (?:une?|d'une?)\b")


def unrealised(claimed: str, written: str) -> str:
    """What a claim tells as done that is not, in a French word; empty when nothing. Both as they are, folded."""
    if not _UNDONE.search(claimed):
        told = words(claimed)
        for match in _INTENDED.finditer(written):
            if any(related(match["verb"], word) for word in told):
                return "projet, refus ou arrêt donné pour un fait"
    if _ASKED.search(written) and not _ASKING.search(claimed):
        return "demande donnée pour un fait"
    if _FUTURE.search(written) and not _DONE.search(written) and _DONE.search(claimed) and not _FUTURE.search(claimed):
        return "avenir donné pour passé"
    return ""


def unlimited(claimed: str, nearest: str, following: str) -> bool:
    """Whether a claim leaves out the « sauf », « si » or « en principe » of its clause or of the one after it."""
    limited = _LIMIT.search(nearest) or _LIMIT.match(following)
    return bool(limited) and not _LIMIT.search(claimed)


def joined(claimed: str, written: str) -> bool:
    """Whether « A ou B » became « A et B »; « où » is no « ou », so both are to be in lower case with their accents."""
    given = [_sides(written, match) for match in _OR.finditer(written)]
    told = [_sides(claimed, match) for match in _AND.finditer(claimed)]
    return any(related(a, c) and related(b, d) for a, b in given if a and b for c, d in told if c and d)


def either(written: str) -> bool:
    """Whether « ou » stands between what is each so: told of both, nothing is turned round unless both are required."""
    return bool(_EITHER.search(written))


def _sides(text: str, match: re.Match[str]) -> tuple[str, str]:
    """The nearest words that say something before and after a match, folded."""
    before = [w for w in words(text[: match.start()]) if w not in STOP_WORDS]
    after = [w for w in words(text[match.end() :]) if w not in STOP_WORDS]
    return (before[-1] if before else "", after[0] if after else "")
