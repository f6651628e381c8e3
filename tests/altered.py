"""Faithful sentences made to lie by machine, in the ways in which models err: one alteration at a time."""

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from knowledge.contents import Contents
from knowledge.phrases import MONTHS

_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_NUMBER = re.compile(r"(?<![\d,-])(?!(?:19|20)\d\d\b)\d{1,3}(?:[ \u00a0\u202f]\d{3})*\b(?![,-]\d)")
_DENIED = re.compile(r"\bn(?:e |['’])(\w+) (?:pas|plus|jamais)\b")
_VERB = re.compile(
    r"(?<!n')(?<!ne )\b(est|a|sont|ont|était|peut|doit|fixe|demande|finance|réunit|accompagne|propose|prévoit|compte)\b"
    r"(?! (?:pas|plus|été|aucun|jamais))"
)
_PERSON = re.compile(r"\b[A-Z][a-zéèï]+(?:-[A-Z][a-zéèï]+)? (?!PTCE)[A-Z][a-zéèï]{3,}\b")
_OPPOSITES = (
    ("doit ", "peut "),
    ("doivent ", "peuvent "),
    ("peut ", "doit "),
    ("obligatoire", "facultative"),
    ("plus de ", "moins de "),
    ("avant le", "après le"),
    ("au moins", "au plus"),
    ("public", "privé"),
)
_TAILS = (
    " et l'État verse une prime chaque année",
    " et le dossier est traité en deux mois",
    " sous le contrôle de la Cour des comptes",
    " et ouvre droit à une réduction d'impôt",
    " et le préfet signe la convention",
    " avec l'accord du conseil régional",
    " et un label est délivré pour trois ans",
)
# What alters a sentence, or gives None where there is nothing of the kind to alter.
Alteration = Callable[[str, random.Random], str | None]


@dataclass(frozen=True)
class Lie:
    """A sentence that says something else than the one it was made of."""

    way: str
    said: str
    faithful: str


def lies(faithful: str, contents: Contents, dice: random.Random) -> Iterator[Lie]:
    """One lie for each way in which this sentence can be altered."""
    for way, alter in _ways(contents).items():
        said = alter(faithful, dice)
        if said is not None and said != faithful:
            yield Lie(way, said, faithful)


def _ways(contents: Contents) -> dict[str, Alteration]:
    documents = contents.corpus.documents
    poles = [d.title for d in documents if d.kind == "poles" and not d.collective]
    regions = sorted({d.region for d in documents if d.region})
    return {
        "nombre": _number,
        "année": _year,
        "mois": _swapped(MONTHS),
        "pôle": _swapped(poles),
        "région": _swapped(regions),
        "personne": _person,
        "négation": _denied,
        "contraire": _opposite,
        "ajout": lambda text, dice: f"{text.rstrip('. ')}{dice.choice(_TAILS)}.",
    }


def _put(text: str, match: re.Match[str], new: str) -> str:
    return text[: match.start()] + new + text[match.end() :]


def _one(pattern: re.Pattern[str], text: str, dice: random.Random) -> re.Match[str] | None:
    found = list(pattern.finditer(text))
    return dice.choice(found) if found else None


def _number(text: str, dice: random.Random) -> str | None:
    match = _one(_NUMBER, text, dice)
    return _put(text, match, str(int(re.sub(r"\D", "", match[0])) + dice.choice((1, 2, 7, 10)))) if match else None


def _year(text: str, dice: random.Random) -> str | None:
    match = _one(_YEAR, text, dice)
    new = str(int(match[0]) + dice.choice((-2, -1, 1, 2))) if match else ""
    # « En 2022 et en 2022 » is no sentence.
    return _put(text, match, new) if match and new not in text else None


def _swapped(pool: Sequence[str]) -> Alteration:
    def alter(text: str, dice: random.Random) -> str | None:
        here = [name for name in pool if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text)]
        others = [name for name in pool if name not in text]
        return text.replace(dice.choice(here), dice.choice(others)) if here and others else None

    return alter


def _person(text: str, dice: random.Random) -> str | None:
    match = _one(_PERSON, text, dice)
    return _put(text, match, dice.choice(("Claire Dumont", "Paul Verdier", "Inès Caron"))) if match else None


def _denied(text: str, dice: random.Random) -> str | None:
    if match := _one(_DENIED, text, dice):
        return _put(text, match, match[1])
    match = _one(_VERB, text, dice)
    if match is None or re.search(r"\b[Aa]ucune?\b|\b[Nn]i\b", text):
        return None
    return _put(text, match, f"n'{match[0]} pas" if match[0][0] in "aeéo" else f"ne {match[0]} pas")


def _opposite(text: str, dice: random.Random) -> str | None:
    here = [(one, other) for one, other in _OPPOSITES if re.search(rf"(?<!\w){one}", text)]
    one, other = dice.choice(here) if here else ("", "")
    return re.sub(rf"(?<!\w){one}", other, text, count=1) if one else None
