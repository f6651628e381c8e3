"""What limits a statement, lost by a claim: who is known to have looked, how sure it is, of whom it is said.

Everything works on folded text, unless said otherwise.
"""

import re

from knowledge.claims.lexicon import related
from knowledge.completion import SUBJECT_WORDS
from knowledge.text import words

# What is only as the sources know it, and a claim that says as much.
_WITHIN = re.compile(
    r"\bles sources (?:\w+ )?(?:cit|nomm|connaiss|donn|indiqu|relev|mentionn)\w*|\bconnue?s?\b|\breper\w*|"
    r"\b(?:cite|nomme|vu|trouve|releve|recense)e?s? (?:dans|par) les (?:sources|documents)"
)
_WITHIN_SAID = re.compile(
    r"\b(?:sources?|connue?s?|connait|cit\w+|nomm\w+|mentionn\w+|reper\w+|recens\w+|trouv\w+|relev\w+|vue?s?|identifi\w+|"
    r"d'apres|selon)\b"
)
_IN_ALL = re.compile(r"\b(?:seule?s?|seulement|uniquement|unique|en tout|au total|existe\w*)\b")
_SURE = re.compile(
    r"\b(?:necessairement|forcement|certainement|assurement|obligatoirement|incontestablement|definitivement|"
    r"systematiquement|evidemment|sans (?:aucun )?doute possible|de (?:facon|maniere) certaine|avec certitude|"
    r"c'est (?:etabli|certain|sur)|est (?:certain|avere|prouve|etabli))\b"
)
# « À NOLA, », « Non, pour NOLA, »: of whom what follows is said.
_SCOPE = re.compile(
    r"^(?:(?:Oui|Non), )?(?:À|Au|Aux|En|Dans|Pour|Chez|à|au|aux|en|dans|pour|chez) (?:l'|la |le |les )?"
    r"(?P<name>[A-ZÀ-Ý][\w'’-]+(?: [A-ZÀ-Ý][\w'’-]+)*),"
)
_SOME = re.compile(r"^(?:(?:oui|non), )?des (?P<noun>[a-z]+)\b")
_EACH = re.compile(
    r"\b(?:par (?:an|mois|semaine|trimestre|jour)\b|annuel\w*|chaque (?:annee|mois)|tous les (?:ans|mois)|mensuel\w*)"
)
# What makes a statement weaker, and the figure after it less exact.
_WEAKENED = re.compile(
    r"\b(?:difficilement|rarement|guere|a peine|en partie|partiel\w*|mais pas toujours|dans le cas de|"
    r"la (?:majorite|plupart) d(?:e|es|u)\b|en moyenne|moyenne?s?)\b"
)
_ABOUT = re.compile(r"\b(?:environ|(?:a peu )?pres(?: d[e'])?|quelques?|autour d[e']|approximativement)\W*$")
# What the corpus itself concludes, and a claim that does not tell it as read.
_INFERRED = re.compile(
    r"\b(?:c'est|ce qui est) (?:la |une )?(?:deduction|interpretation|lecture|inference)\b|\bces \w+ sont deduite?s\b|"
    r"\bindices concordants\b"
)
_OWNED = re.compile(
    r"\b(?:dedu\w+|interpret\w+|lecture|lire|lisant|probabl\w+|sans doute|sembl\w+|indices?|verifi\w+|concl\w+|"
    r"suppos\w+|laiss\w+ penser|constat\w*|sources?|d'apres|selon)\b"
)
# « le seul nom relevé »: what there is only one of.
_LONE = re.compile(r"\bseule?s? (?P<noun>[a-z]{3,})\b")
# « huitième », once spelt in digits; the first two are words of order.
_RANK = re.compile(r"\b([3-9]|\d{2,})e(?:me)?s?\b")
# « un noyau dur de 2 ou 3 membres »: a number of some only.
_OF_PART = re.compile(r"\b(?P<part>noyau|panel|echantillon)\b(?: [a-z]+)? d[e'](?: environ| quelque)? ?(?P<number>\d+)")
# What one source says against another.
_CONTRARY = re.compile(r"\b(?:au contraire|a l'inverse|en revanche)\b")
_TOLD = re.compile(r"\b(?:d'apres|selon|pour|dit|ecrit|parle\w*|evoque\w*|affirme\w*|indique\w*|sources?)\b")


def beyond_sources(claimed: str, written: str) -> bool:
    """Whether « les sources citent un seul pôle » became « il n'existe qu'un pôle »."""
    return bool(_WITHIN.search(written) and _IN_ALL.search(claimed)) and not _WITHIN_SAID.search(claimed)


def made_sure(claimed: str, written: str) -> bool:
    """Whether a claim vouches for what its evidence does not."""
    return any(match[0] not in written for match in _SURE.finditer(claimed))


def widened(claimed: str, written: str) -> bool:
    """Whether « À NOLA, on entre librement » became « on entre librement ». As they are written, not folded."""
    found = _SCOPE.match(written)
    return found is not None and not set(words(found["name"])) & set(words(claimed))


def generalises(claimed: str, written: str) -> bool:
    """Whether « des PTCE sont informels » became « les PTCE sont informels »."""
    found = _SOME.match(written)
    return found is not None and bool(re.search(rf"\bles {found['noun']}\b", claimed))


def repeated(claimed: str, written: str) -> bool:
    """Whether a claim counts « par an » what its evidence does not."""
    return any(match[0] not in written for match in _EACH.finditer(claimed))


def disowned(claimed: str, written: str) -> bool:
    """Whether what the evidence says to be its own inference is told as read."""
    return bool(_INFERRED.search(written)) and not _OWNED.search(claimed)


def strengthened(claimed: str, nearest: str) -> bool:
    """Whether « difficilement », « en partie », « la majorité de » are lost from a clause."""
    return bool(_WEAKENED.search(nearest)) and not _WEAKENED.search(claimed)


def other_lone(claimed: str, written: str) -> bool:
    """Whether « le seul nom relevé » became « le seul lauréat »."""
    mine, theirs = ({match["noun"] for match in _LONE.finditer(text)} for text in (claimed, written))
    if theirs & SUBJECT_WORDS:
        theirs |= SUBJECT_WORDS
    return any(theirs and not any(related(noun, other) for other in theirs) for noun in mine)


def ranked(claimed: str, written: str) -> bool:
    """Whether « l'un des huit » became « le huitième »."""
    return bool(set(_RANK.findall(claimed)) - set(_RANK.findall(written)))


def part_for_whole(claimed: str, written: str) -> bool:
    """Whether « un noyau de 3 membres » became « 3 membres »."""
    parts = [match for match in _OF_PART.finditer(written) if match["part"] not in claimed]
    return any(re.search(rf"\b{match['number']}\b", claimed) for match in parts)


def disputed(claimed: str, nearest: str) -> bool:
    """Whether what one source says against another is told as nobody's."""
    return bool(_CONTRARY.search(nearest)) and not _TOLD.search(claimed)


def is_about(before: str) -> bool:
    """Whether what stands before a figure makes it a rough one."""
    return bool(_ABOUT.search(before))
