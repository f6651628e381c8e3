"""Which kind of answer a question asks for, and whether a text holds one of that kind."""

import re
from typing import Literal

from knowledge.text import fold

Kind = Literal["amount", "count", "date", "person", "place", "email", "phone", "address"]

_MONEY = r"(?:€|euros?|k€|m€)"
_ASKS: dict[Kind, re.Pattern[str]] = {
    "amount": re.compile(
        r"\b(?:montant|budget|combien (?:d'argent|d'euros|touche|coute|donne|recoi|verse|finance)|chiffre d'affaires|"
        r"combien (?!d[e' ])[^,;?.]{0,40}\b(?:touche|coute|donne|recu|recoi|recevoi|verse|finance|paye|paie|investi)|"
        r"combien (?:s'eleve|se monte)|(?:touche\w*|coute\w*|donne\w*|recoi\w*|verse\w*|paye\w*|paie\w*) combien\b|"
        r"subvention de combien|how much|prix|tarif|salaire|remuner|cotisation|capital\b|somme\b|"
        r"(?:les|des|quelles) sommes)"
    ),
    "count": re.compile(
        r"\b(?:combien (?:d|sont|(?:il )?y a)|(?:sont|etes|sommes|y a|emploi\w*|compte\w*) combien\b|nombre d|"
        r"how many|effectif)"
    ),
    "date": re.compile(
        r"\b(?:quand|quelle annee|quelle date|en quelle|depuis quand|jusqu'a quand|date limite|when|calendrier)\b"
    ),
    "person": re.compile(
        r"\b(?:qui (?:dirige|est|anime|preside|a fonde|a cree|gere|pilote)|directeur|directrice|president|fondateur|"
        r"fondatrice|nom du|nom de la|who)\b"
    ),
    "place": re.compile(
        r"\b(?:ou (?:est|se|sont|se trouve|trouver)|dans quelle (?:ville|region|commune)|"
        r"quelle ville|quel departement|where)\b"
    ),
    "email": re.compile(r"\b(?:mail|e-mail|courriel|email|adresse mail|adresse electronique)\b"),
    # « Un tel projet » and « comment s'appeler PTCE » ask for no number.
    "phone": re.compile(
        r"\b(?:telephone|(?<!\bun )tel(?! qu)|numero de tel|portable|phone|"
        r"appeler (?:qui|la|le|au|votre|leur)|qui (?:[\w'-]+ ){0,2}appeler)\b"
    ),
    "address": re.compile(r"\b(?:adresse postale|quelle adresse|adresse du siege|quelle rue|horaires?)\b"),
}
_HOLDS: dict[Kind, re.Pattern[str]] = {
    "amount": re.compile(rf"\d[\d ,.]*\s*(?:millions? |milliards? )?(?:d')?{_MONEY}"),
    "count": re.compile(
        r"\d|\b(?:une? seule?|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|quinze|vingt|trente|cent|"
        r"(?:un|deux|plusieurs) milliers?|(?:douz|quinz|vingt|trent|cinquant|cent)aines?|aucune?)\b"
    ),
    "date": re.compile(
        r"\b(?:19|20)\d{2}\b|\b(?:janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre)\b"
    ),
    # Two names, which begin with a capital; « La Coop » is an article and a name, « Coop IDEAL » nobody's.
    "person": re.compile(
        r"\b(?!(?:L[ae]s?|Une?|De[su]?|Aux?|C(?:e|ette|es)|S(?:on|a|es)|Leurs?|Dans|Pour|Par|Sur|Selon|En|The)\b)"
        r"[A-ZÀ-Ý][\w-]*[a-zà-ÿ][\w-]* (?:de |d'|le )?[A-ZÀ-Ý][\w-]*[a-zà-ÿ]"
    ),
    "place": re.compile(r"\b(?:(?:à|au|en|dans|de|du) (?:la |le |l['’])?|d['’])[A-ZÀ-Ý]"),
    "email": re.compile(r"[\w.+-]+@[\w-]+\.\w+"),
    "phone": re.compile(r"\b0\d(?:[ .]?\d\d){4}\b"),
    "address": re.compile(r"\b\d+,? (?:rue|avenue|boulevard|place|chemin|route)\b|\b\d{5}\b"),
}
_NOW = re.compile(
    r"\b(?:cette annee(?!-la)|en ce moment|actuellement|a l'heure actuelle|ces jours-ci|ce mois-ci|this year|right now|"
    r"currently|at the moment|these days)\b"
)
# « plus grand que », not « depuis plus d'un an, est-ce que » nor « en savoir plus : est-ce que ».
_COMPARES = re.compile(
    r"\b(?:diff|differences?|different\w* (?:de|des|du|d'|from)|differ(?:e|ent|s)?(?:-\w+)* (?:de|des|du|d'|from)|"
    r"distinctions?|distingu(?!ees?\b)\w*|compar\w*|(?<!ez )vs(?! \w*(?:ez|etes|faites)\b)|versus|par rapport a|pareil|"
    r"meme chose|same (?:as|thing)|equivalente?s?|(?<!savoir )(?:plus|moins|autant|aussi|davantage|mieux)\b"
    r"[^,;:?.]{0,60}(?<!est-ce )(?<!ce )\bqu[e']|(?:more|less|better|(?!other|rather)\w+er)\b[^,;:?.]{0,40}\bthan)\b"
)


# « un pôle », and nothing after it that would tell which: not « un pôle breton », « un pôle qui trie le verre ».
_OF_ALL = re.compile(
    r"\b(?:un|d'un|chaque|les|des|par) (?:pole|ptce)s?\b"
    r"(?=\s*(?:$|[?!.,;]|en moyenne|en general|au total|aujourd|environ|par an|en (?:20\d\d|france)))"
)


def asks_to_compare(question: str) -> bool:
    """Whether the question sets one thing beside another: what is known of one of them alone does not answer it."""
    return bool(_COMPARES.search(fold(question)))


def asks_now(question: str) -> bool:
    """Whether the question is about the day it is asked, so that what is over should not open the answer.

    Not « aujourd'hui » nor « encore »: « le décret vaut-il encore aujourd'hui ? » is answered by what is over.
    """
    return bool(_NOW.search(fold(question)))


def asks_of_all(question: str) -> bool:
    """Whether a figure of pôles in general is asked for, not of one: « combien de salariés dans un pôle ? »."""
    figure = {"count", "amount"} & set(asked_kinds(question))
    return bool(figure and _OF_ALL.search(fold(question)))


def asked_kinds(question: str) -> tuple[Kind, ...]:
    """The kinds of answer that the question's wording asks for; none for an open question."""
    folded = fold(question)
    return tuple(kind for kind, pattern in _ASKS.items() if pattern.search(folded))


def holds_kind(kind: Kind, text: str) -> bool:
    """Whether the text holds something of that kind."""
    return bool(_HOLDS[kind].search(text if kind in ("person", "place") else fold(text)))
