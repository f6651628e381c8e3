"""What turns a claim round without changing its words: negation, obligation, possibility, and how many.

Everything works on folded text. « n'est pas obligatoire » and « est facultatif » are the same stance.
"""

import re
from dataclasses import dataclass
from typing import Literal

from knowledge.claims.lexicon import related
from knowledge.text import content_words

Stance = Literal["must", "asks", "may", "must_not", "would"]
Quantity = Literal["all", "some", "many", "few", "only", "more", "less", "almost"]

# « avoir besoin de », not « un besoin du territoire ».
_NEED_OF = "".join(rf"(?<!\b{article} )" for article in ("un", "le", "du", "ce", "au", "chaque", "son")) + r"\bbesoin d"
_NEED = rf"(?:obligat|oblige|requi[st]|exig|impos|necessaire|indispensable|tenus? d|{_NEED_OF})\w*"
# No obligation: « n'est pas obligatoire », « aucun label n'est à obtenir », « n'exige aucun … ».
_FREE = re.compile(
    rf"\b(?:n'|ne |non |sans )(?:\w+[ '-]){{0,4}}?(?:pas |plus |aucun\w* |etre )?(?:\w+ ){{0,2}}?{_NEED}"
    rf"|\b(?:n'|ne ){_NEED}|\baucun\w* [^,;]{{0,40}}?(?:n'est |n'a |ne )\w* ?(?:a obtenir|{_NEED})"
    r"|\b(?:sans|aucun\w*|pas d['e]) ?(?:\w+ ){1,4}?a obtenir\b"
    r"|\bpas (?:une )?(?:condition|obligation)\b|\b(?:il )?n(?:e |')(?:faut|doit|doivent) pas necessairement"
)
_FORBIDDEN = re.compile(
    r"\b(?:ne |n')(?:\w+ )?(?:peut|peuvent|pouvait|pouvaient|pourra|pourront|pu|doit|doivent|devait|faut)(?: \w+)? "
    r"(?:pas|plus|etre|aucun\w*)\b|\b(?:ne |n')(?:peut|peuvent|doit|doivent|pouvait) |\binterdi\w*|\bimpossib\w*|"
    r"\bqu'il ne faut (?:pas|plus)\b|\bn'(?:est|sont) (?:pas|plus) a (?=\w+[ei]r)|\bexclue?s?\b"
)
_MUST = re.compile(rf"\b(?:doi(?:t|vent)|dev(?:ait|aient|ra|ront|ez)|faut|fallait|faudra|{_NEED}|imperati\w*)\b")
_ASKS = re.compile(
    r"(?:^|[,:;] |\b(?:et|puis) )(?!chez)\w{2,}ez\b|\b(?:demand(?:e|ent|ait|aient|ee?s?)|suppos\w+)\b"
    # « Un appel à projets » asks for nothing.
    r"|\bappel(?:le|lent|ait|aient|ee?s?) a\b"
    # Only such verbs: folded, « est à Nanterre » looks like « est à vendre ».
    r"|\b(?:est|sont|restent?) a "
    r"(?:demander|deposer|fournir|joindre|lire|poser|preciser|prendre|relire|remplir|verifier)\b"
)
_MAY = re.compile(
    r"\b(?:peu(?:t|vent)|pouv(?:ait|aient|ez)|pourr(?:a|ont)|faculta\w*|optionnel\w*|possib\w*|permet\w*|autoris\w*|"
    r"libre\w*|volontaire\w*|recommand\w*|conseill\w*|souhaitab\w*|encourag\w*|ouvert\w* aux?)\b"
)
# Imperfects, nouns and presents that end like a conditional (« compterait »): « montrait », « retrait », « disparait ».
_NO_CONDITIONAL = (
    r"(?:re|r)?(?:montr|demontr|rencontr|figur|inspir|aspir|dur|assur|prepar|separ|declar|compar|demeur|mesur|procur|"
    r"administr|enregistr|illustr|structur|tir|attir|desir|explor|amelior|elabor|collabor|ignor|honor|integr|demarr|narr|"
    r"livr|delivr|encadr|consacr|celebr|offr|ouvr|couvr|decouvr|souffr|cour|entr|centr|concentr|eclair|"
    r"oper|cooper|esper|consider|feder|gener|ger|adher|liber|acceler|cuper|toler|differ|transfer|prefer|inser|moder)"
    r"(?:ait|aient)|(?:ap|dis|com)?parait|(?:ex|re|at|abs|sous|dis|por|con)?trait"
)
_WOULD = re.compile(
    rf"\b(?!(?:{_NO_CONDITIONAL})\b)[a-z]+r(?:ait|aient)\b|\b(?:(?:est|sont|etait|etaient) "
    r"prevu\w*|envisag\w*|probab\w*|sembl\w*|projet de loi|vis(?:ait|aient|er)\b|ambition\w*|"
    r"objectif\w*|interpret\w*|deduction|deduite?s?)\b"
)
_ONLY = re.compile(r"\b(?:ne |n')(?:(?!pas\b|plus\b|aucun|jamais\b|ni\b|rien\b)\w+ ){1,4}?qu(?:e\b|')")
# « Les sources n'en donnent que deux » limits what is known, not what is so.
_ONLY_KNOWN = re.compile(
    r"\b(?:ne |n')(?=(?:en )?(?:connai|connu|donn|cit|indiq|dis|nomm)\w*|est qu'une (?:interpret|deduct|lectur))"
    r"(?:(?!pas\b|plus\b|aucun|jamais\b|ni\b|rien\b)\w+ ){1,4}?qu(?:e\b|')"
)
# What comes after one of these is denied.
_NOT = re.compile(
    r"\bn'|\bne |\baucun\w* |\bsans |\bni |\bjamais |\babsence d|\bfaute d|\bmanqu\w* d|\bdepourvue?s? d|\bpas |"
    r"\bnul(?:le)?s? |\bnon (?!-)|\bplutot qu|\bet non |\binconnue?s?\b|\bignor\w+"
)
_SECOND = re.compile(r"\b(n'|ne )((?:[a-z]+[ '-]){0,3}?)(?:pas|plus|jamais|guere|aucunement) ")
_NONE = re.compile(r"\baucun|\bnul(?:le)?s? |\bni |\brien |\bpersonne ne\b")
_OTHERS = re.compile(
    r"\bsans |\babsence d|\bfaute d|\bmanqu\w* d|\bdepourvue?s? d|\bplutot qu|\bnon (?!-)(?!seulement)|\bimpossib"
)
_LACK = re.compile(r"absence|faute|manqu|depourvu")
# « pas forcément une faiblesse », « pas d'abord une structure » deny what comes after.
_NO_HEADS = frozenset(
    "pu ete etait encore deja vraiment seulement plus forcement necessairement abord directement officiellement "
    "expressement simplement uniquement permet permettent permettait permis".split()
)
_QUANTITIES: dict[Quantity, re.Pattern[str]] = {
    "all": re.compile(
        r"\b(?:tous|toutes?|tout(?! d'abord)|chaque|chacun\w*|toujours|systemati\w*|integral\w*|l'ensemble)\b"
    ),
    "some": re.compile(r"\b(?:certain(?:e?s)|quelques|parfois|plusieurs)\b"),
    "many": re.compile(r"\b(?:beaucoup|souvent|la plupart|majori\w*|nombreu\w*|generalement)\b"),
    "few": re.compile(r"\b(?:peu de|peu d'|rare(?:s|ment)?)\b"),
    "only": re.compile(r"\b(?:seule?s?|seulement|uniquement|exclusiv\w*|reserve\w*)\b"),
    "more": re.compile(
        r"(?<!n'est )\b(?:le|la|les|plus|davantage|bien) plus (?=[a-z])"
        r"|\bplus (?!d[e'u]|tard|loin|recent)(?=[a-z]+ que)|\bdavantage\b"
    ),
    "less": re.compile(r"(?<!au )(?<!du )(?<!a )\bmoins (?!d[e'] ?\d|d[e'u])"),
    "almost": re.compile(r"\b(?:presque|quasi\w*)\b"),
}  # fmt: skip
# Words of order and of bounds that say the opposite of each other.
_OPPOSED = tuple(
    (re.compile(one), re.compile(other))
    for one, other in (
        (r"\b(?:avant|precede\w*)\b", r"\b(?<!d')apres\b"),
        (r"\bau moins\b|\bminim\w+", r"\bau plus\b|\bmaxim\w+"),
        (r"\bdepuis\b|\ba partir d", r"\bjusqu'(?:a|en|au)\b"),
        (r"\bpremiers?\b|\bpremieres?\b|\bplus anciens?\b", r"\bderni\w+|\bplus recents?\b"),
        (r"\bdeja\b", r"\bpas encore\b|\ben cours d"),
    )
)
_MODAL = re.compile(
    r"\b(?:(?P<must>doi(?:t|vent)|dev(?:ait|aient|ra|ront)|faut|fallait|faudra)|"
    r"peu(?:t|vent)|pouv(?:ait|aient)|pourr(?:a|ont))"
    r"(?: (?:donc|aussi|pas|plus|etre|encore|alors|egalement|toutefois|meme|bien|en|y|se|le|la|les))*"
    r" (?:[a-z]')?(?P<verb>[a-z]{3,})\b"
)
_NO_BRACKETS = str.maketrans("", "", "()")
_CUT = re.compile(
    r"\s*[.;:]\s+|,\s+(?!soit\b)|\s+(?=(?:et|mais|puis|contre|tandis qu|alors qu|dont|sauf|sans|plutot)\b)|\s+[–—]\s+"
)


@dataclass(frozen=True, slots=True)
class Polarity:
    """What stance a clause takes, and how many it speaks of."""

    stances: frozenset[Stance]
    quantities: frozenset[Quantity]


def clauses(plain: str) -> list[str]:
    """The pieces of a folded sentence in each of which one thing is said."""
    return [piece for piece in _CUT.split(plain.strip(" .!?…").translate(_NO_BRACKETS)) if piece.strip()]


def polarity(plain: str) -> Polarity:
    """What a folded clause requires, allows, forbids, and of how many."""
    text, stances = _stances(plain)
    quantities: set[Quantity] = {name for name, pattern in _QUANTITIES.items() if pattern.search(text)}
    return Polarity(frozenset(stances), frozenset(quantities))


def _stances(plain: str) -> tuple[str, set[Stance]]:
    """The clause without the denials that are part of a stance, and its stances."""
    text = re.sub(r"^(?:oui|non)(?:, |$)", "", _ONLY.sub(" seulement ", _ONLY_KNOWN.sub(" ", plain)))
    text, free = _FREE.subn(" ", text)
    text, forbidden = _FORBIDDEN.subn(" ", text)
    patterns: tuple[tuple[Stance, re.Pattern[str]], ...] = (
        ("must", _MUST),
        ("asks", _ASKS),
        ("may", _MAY),
        ("would", _WOULD),
    )
    stances: set[Stance] = {stance for stance, pattern in patterns if pattern.search(text)}
    stances |= {"may"} if free else set()
    stances |= {"must_not"} if forbidden else set()
    return text, stances


def modal_exchanged(claimed: str, written: str) -> bool:
    """Whether « doit suffire » was made of « peut suffire », or the reverse, on folded texts."""
    told, held = (
        [("must" if m["must"] else "may", m["verb"]) for m in _MODAL.finditer(text)] for text in (claimed, written)
    )
    for mood, verb in told:
        moods = {theirs for theirs, other in held if related(verb, other)}
        if moods and mood not in moods:
            return True
    return False


def out_of_order(claimed: str, written: str) -> str:
    """« avant » told as « après », « au plus » as « au moins »…, on folded texts; empty when nothing."""
    for one, other in _OPPOSED:
        for mine, theirs in ((one, other), (other, one)):
            if (
                mine.search(claimed)
                and not theirs.search(claimed)
                and theirs.search(written)
                and not mine.search(written)
            ):
                return "ordre ou borne"
    return ""


def denied(plain: str) -> list[tuple[str, ...]]:
    """What a folded clause denies: for each denial the word that says it, then the next one.

    « n'a pas été reconstituée » denies « reconstituée »; « aucun label n'existe » is one denial, of both.
    """
    text = re.sub(r"\bnon-\w+|\bpas a pas\b", " ", _stances(plain)[0])
    # « ne … pas » denies what comes after « ne », which « pas » would say a second time.
    text = _SECOND.sub(r"\1\2", text)
    heads = []
    for match in _NOT.finditer(text):
        after = [w for w in content_words(text[match.end() :]) if w not in _NO_HEADS]
        # « l'absence de label écarte » denies the label, not what it does.
        after = after[: 1 if _LACK.match(match[0]) else 2]
        # « inconnu », at the end, denies by itself what comes before it.
        heads.append(tuple(after) or (match[0].strip(),))
    return [tuple(w for head in heads for w in head[:1])] if heads and _NONE.search(text) else heads


def denials(plain: str) -> int:
    """How many times a folded text denies."""
    text = _stances(plain)[0]
    return len(re.findall(r"\bn'|\bne ", text)) + len(_OTHERS.findall(text))


def turns(plain: str) -> bool:
    """Whether what a folded introduction leads to is denied or forbidden."""
    return denials(plain) > 0 or "must_not" in _stances(plain)[1]


def turned_round(claimed: Polarity, written: Polarity, whole: Polarity) -> str:
    """What a clause of the claim `whole` turns round, in a French word; empty when nothing."""
    if "must_not" in claimed.stances - written.stances or "must_not" in written.stances - whole.stances:
        return "interdiction"
    if "must" in claimed.stances and not written.stances & {"must", "asks"}:
        return "obligation"
    if "may" in claimed.stances and "may" not in written.stances and "must" in written.stances:
        return "obligation"
    return ""


def asserted(claimed: Polarity, written: Polarity) -> bool:
    """Whether what was only possible, wished or guessed is now told as a fact."""
    unsure = written.stances & {"may", "would"}
    return bool(unsure) and not claimed.stances - {"asks"} and not written.stances - {"may", "would", "asks"}


def overstated(claimed: Polarity, written: Polarity) -> bool:
    """Whether the claim speaks of « tous », « souvent » or « seuls » where the evidence does not."""
    return bool(claimed.quantities - written.quantities)


def generalised(claimed: Polarity, written: Polarity) -> bool:
    """Whether « certains pôles » became « les pôles »."""
    limits = {"some", "many", "few", "almost"}
    return bool(written.quantities & limits) and not claimed.quantities & limits
