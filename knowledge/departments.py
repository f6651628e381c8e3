"""Departments by their number: « je suis dans le 44 », which French people say more readily than its name."""

import re

# The numbers of the INSEE's official geographical code; 20 is still how Corsica's postal codes begin.
_NAMES = """
01 Ain, 02 Aisne, 03 Allier, 04 Alpes-de-Haute-Provence, 05 Hautes-Alpes, 06 Alpes-Maritimes, 07 Ardèche, 08 Ardennes,
09 Ariège, 10 Aube, 11 Aude, 12 Aveyron, 13 Bouches-du-Rhône, 14 Calvados, 15 Cantal, 16 Charente,
17 Charente-Maritime, 18 Cher, 19 Corrèze, 20 Corse, 2A Corse-du-Sud, 2B Haute-Corse, 21 Côte-d'Or, 22 Côtes-d'Armor,
23 Creuse, 24 Dordogne, 25 Doubs, 26 Drôme, 27 Eure, 28 Eure-et-Loir, 29 Finistère, 30 Gard, 31 Haute-Garonne,
32 Gers, 33 Gironde, 34 Hérault, 35 Ille-et-Vilaine, 36 Indre, 37 Indre-et-Loire, 38 Isère, 39 Jura, 40 Landes,
41 Loir-et-Cher, 42 Loire en Auvergne-Rhône-Alpes, 43 Haute-Loire, 44 Loire-Atlantique, 45 Loiret, 46 Lot,
47 Lot-et-Garonne, 48 Lozère, 49 Maine-et-Loire, 50 Manche, 51 Marne, 52 Haute-Marne, 53 Mayenne,
54 Meurthe-et-Moselle, 55 Meuse, 56 Morbihan, 57 Moselle, 58 Nièvre, 59 Nord, 60 Oise, 61 Orne, 62 Pas-de-Calais,
63 Puy-de-Dôme, 64 Pyrénées-Atlantiques, 65 Hautes-Pyrénées, 66 Pyrénées-Orientales, 67 Bas-Rhin, 68 Haut-Rhin,
69 Rhône, 70 Haute-Saône, 71 Saône-et-Loire, 72 Sarthe, 73 Savoie, 74 Haute-Savoie, 75 Paris, 76 Seine-Maritime,
77 Seine-et-Marne, 78 Yvelines, 79 Deux-Sèvres, 80 Somme, 81 Tarn, 82 Tarn-et-Garonne, 83 Var, 84 Vaucluse, 85 Vendée,
86 Vienne, 87 Haute-Vienne, 88 Vosges, 89 Yonne, 90 Territoire de Belfort, 91 Essonne, 92 Hauts-de-Seine,
93 Seine-Saint-Denis, 94 Val-de-Marne, 95 Val-d'Oise, 971 Guadeloupe, 972 Martinique, 973 Guyane, 974 La Réunion,
976 Mayotte
"""
DEPARTMENTS = dict(entry.split(maxsplit=1) for entry in _NAMES.replace("\n", " ").strip().split(", "))
_NUMBER = r"(?P<number>97\d|\d\d|2[ABab])"
# A postal code begins with its department's number.
_CODE = r"(?P<number>97\d(?=\d\d)|\d\d(?=\d{3}))\d{2,3}"
_MONTHS = "janvier|février|fevrier|mars|avril|mai|juin|juillet|août|aout|septembre|octobre|novembre|décembre|decembre"
# What makes a figure a date or a quantity; « le 13/14 » and « le 3,5 » are no department either.
_NO_UNIT = rf"\b(?![ \u00a0]*(?:%|€|[.,/-]?\d|(?:{_MONTHS}|euros?|ans?|mois|jours?|heures?|h)\b))"
_OF = (
    "assos?|associations?|structures?|collectifs?|entreprises?|coopératives?|mairies?|communes?|acteurs|habitants|gens"
)
_SAID = [
    re.compile(pattern, re.IGNORECASE if ignore else 0)
    for pattern, ignore in (
        # « dans le 44 », « on est sur le 93 ».
        (rf"\b(?P<before>dans|sur|depuis) le {_NUMBER}{_NO_UNIT}", True),
        # « une asso du 44 », but « la réunion du 27 » is a date.
        (rf"\b(?P<before>(?:{_OF}|préfecture|cellule|cress|pôles?|ptces?|hubs?) d)u {_NUMBER}{_NO_UNIT}", True),
        # « à Redon (35) », but « lauréats (15) » are counted.
        (rf"(?P<before>[A-ZÀ-ÖØ-Þ][\w'’-]*[a-zà-öø-ÿ] ?\( ?){_NUMBER}(?= ?\))", False),
        (rf"(?P<before>\( ?){_CODE}(?= ?\))", False),
        # « dept 44 », « code postal 44110 ».
        (rf"\b(?P<before>d[ée]p(?:artement|t)?\.?(?: (?:du|n°|est|:))?) ?{_NUMBER}\b", True),
        (rf"\b(?P<before>(?:code postal|cp)(?: (?:est|:))?) ?{_CODE}\b", True),
    )
]


def departments_named(question: str) -> str:
    """The question with the names of the departments that it tells by their numbers."""
    for pattern in _SAID:
        question = pattern.sub(_named, question)
    return question


def _named(match: re.Match[str]) -> str:
    name, before = DEPARTMENTS.get(match["number"].upper()), match["before"]
    if name is None:
        return match[0]
    if before.endswith(("(", "( ")):
        return before + name
    if before[-2:] in (" d", " D"):
        return f"{before}e {name}"
    return f"{'en' if before.lower() == 'dans' else before} {name}"
