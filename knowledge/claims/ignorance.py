"""What the sources say that they do not know is never told as known, nor as not being so.

« Les sources n'indiquent pas si EPV est lauréat » supports neither « EPV est lauréat » nor « EPV n'est pas lauréat ».
Everything works on folded text.
"""

import re
from collections.abc import Iterable, Sequence

from knowledge.claims.polarity import denials
from knowledge.text import terms

_SOURCE = r"(?:sources?|pages?|fiches?|documents?)"
_SEEN = (
    r"(?:verifi|trouv|vue?s?\b|connu|confirm|indiqu|precis|etabli|nomm|recens|retrouv|reconstitu|decri|donne|cite)\w*"
)
_UNKNOWN = re.compile(
    rf"\b{_SOURCE} (?:\w+ ){{0,3}}n(?:e |')|\baucune? {_SOURCE}\b"
    rf"|\bn(?:e l)?(?:e |')(?:a|ont|est|sont|etait|etaient|avait)(?: pas| plus| encore)*(?: ete)?(?: pas)? {_SEEN}"
    r"|\binconnu\w*|\bon n(?:e |')|\b(?:est|sont) une deduction|\bne prouve\w* pas|\bintrouvable\w*"
    r"|\b(?:est|sont|reste\w*) a (?:verifier|confirmer)\b|\bsans (?:que |l'|le |la )?(?:confirm|indiqu|precis)\w*"
    rf"|\babsente?s? des {_SOURCE}|\bne pas savoir\b|\bne sai(?:t|vent) pas\b"
)
_BY_ITSELF = re.compile(r"\b(?:inconnu|introuvable|absente?s? des|ignor|a (?:verifier|confirmer)|aucun)")
_NOT_UNKNOWN = re.compile(
    r"\b(?:pas|plus|nullement|aucunement|jamais) (?:un |une |du tout )?(?:inconnu|introuvable|ignor|absent)"
)
# « L'année est indiquée », « les noms ont été retrouvés »; and what tells as much.
_FOUND = re.compile(
    r"\b(?:est|sont|etait|etaient|a ete|ont ete)(?: bien| desormais| tou\w+| deja)* "
    r"(?:verifi|(?:re)?trouv|connu|confirm|indiqu|precis|etabli|recens|reconstitu|documente|releve)\w*"
)
_SHOWN = re.compile(
    r"(?:verifi|trouv|conn[au]|confirm|indiqu|precis|etabli|recens|document|relev|cit|nomm|donn|mentionn|di[st]|date)"
)
# « Les sources disent où … »
_SOURCES_TELL = re.compile(
    rf"\b{_SOURCE} (?:l')?(?:di(?:t|sent)|indiquent?|precisent?|donnent?|revelent?|expliquent?|mentionnent?|"
    r"permet(?:tent)? de savoir) "
    r"(?:(?:a|dans|de|en|pour|sur) )?(?:ou|qui|quand|combien|comment|pourquoi|quel\w*|ce qu[e'])\b"
)
# A claim with one of these does not pretend to know either.
_HEDGED = re.compile(
    r"\b(?:verifie[rz]|demande[rz]|renseigne[rz]|ecrivez|probabl\w+|sans doute|sembl\w+|deduit\w*|deduction|presum\w+|"
    r"doute\w*|rien ne|ne permet\w* pas)\b"
)
# Larger than clauses: « la présence de NOLA, annoncée en 2014, n'a pas été vérifiée » is one thing said.
_STATEMENTS = re.compile(r"\s*[;:]\s+|,\s+(?:mais|et|puis|tandis que?|alors que?)\b|\s+mais\s+")
# Fewer words in common, and a clause is not about what a statement says.
MIN_SHARED = 2


def unknown(plain: str) -> bool:
    """Whether a folded text says of something that it is not known."""
    return bool(_UNKNOWN.search(plain))


def hedged(plain: str) -> bool:
    """Whether a folded text does not pretend to know."""
    return bool(_HEDGED.search(plain))


def told_as_unknown(claim: str, evidence: str) -> list[str]:
    """What a claim only says not to be known, and the evidence too, piece by piece. Both folded.

    The pieces are those of `clauses` joined, without the « et » that may lead to them.
    """
    statements = _STATEMENTS.split(evidence) if unknown(evidence) else []
    return [piece for piece in _STATEMENTS.split(claim) if unknown(piece) and _is_ignored(piece, statements)]


def told_as_known(claim: str, clauses: Iterable[str], evidence: str) -> bool:
    """Whether a clause of the claim states what the evidence says nobody knows. All folded."""
    if _SOURCES_TELL.search(claim) and not _SOURCES_TELL.search(evidence):
        return True
    clauses = tuple(clauses)
    if any(_found(clause) for clause in clauses) and not any(map(_shown, _STATEMENTS.split(evidence))):
        return True
    if not unknown(evidence) or unknown(claim) or hedged(claim):
        return False
    nearest = (_nearest(clause, _STATEMENTS.split(evidence)) for clause in clauses)
    return any(found and all(map(unknown, found)) for found in nearest)


def _found(clause: str) -> bool:
    """Whether a clause says of something that it is known."""
    return bool(_FOUND.search(clause)) and not denials(clause)


def _shown(statement: str) -> bool:
    """Whether a statement of the evidence tells, by any verb, that something is known."""
    return bool(_SHOWN.search(statement)) and not denials(statement) and not unknown(statement)


def _is_ignored(piece: str, statements: Sequence[str]) -> bool:
    """Whether what a piece is most like is not known either, and denied as many times."""
    near = [s for s in _nearest(piece, statements) if unknown(s)]
    return any(denials(piece) <= denials(s) and _denies(piece) is _denies(s) for s in near)


def _denies(plain: str) -> bool:
    """Whether a text denies that something is known: « inconnu » does by itself, « pas inconnu » does not."""
    return bool(denials(plain) or _BY_ITSELF.search(plain)) and not _NOT_UNKNOWN.search(plain)


def _nearest(clause: str, statements: Sequence[str]) -> list[str]:
    """The statements that hold most of a clause's words; none where it is about something else."""
    said = set(terms(clause))
    shared = [len(said & set(terms(statement))) for statement in statements]
    most = max(shared, default=0)
    return [s for s, count in zip(statements, shared, strict=True) if count == most >= MIN_SHARED]
