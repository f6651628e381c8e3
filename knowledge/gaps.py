"""What a question asks for, by name, that the answer found does not have, however alike the two read.

A reader that knows likeness takes « NOLA a combien d'éoliennes ? » to be answered by another pole's wind turbines, and
« qui préside ce pôle ? » by the name of its director. These few looks are at what can be told apart for certain: which
pole, which year, which region, which thing.
"""

import re
from datetime import date
from functools import lru_cache

from knowledge.compose import Claim, Draft
from knowledge.evidence import asks_now
from knowledge.index import POLES, Index
from knowledge.model import age_months
from knowledge.names import is_named, names_of
from knowledge.phrases import MONTHS
from knowledge.question import Question
from knowledge.regions import regions_named
from knowledge.text import fold, stem, words

_YEAR = r"(?:19|20)\d\d"
# « Les années 2000 » is a time, « la loi de 2014 » a name.
_DATED = re.compile(rf"(?<!annees )(?<!annee )\b{_YEAR}\b")
_NAMED_BY_YEAR = re.compile(rf"\b(?:loi|lois|decret|act|law|decree|article)\b[^,;:?]{{0,40}}?\b{_YEAR}\b")
_MONTH = "|".join(map(fold, MONTHS))
_FORM = r"(?:associations?|assos?|cooperatives?|coops?|scop|scic|sarl|sas|entreprise|societe)\b"
# What may be asked of anybody, as its words begin, folded; and, beside these, those without one of which no answer
# tells it.
_THINGS: tuple[tuple[str, str], ...] = (
    (
        r"qui (?:le |la |les )?(?:preside|est (?:le |la )?president)|(?:le|la|quel|quelle) president|who chair",
        "presid|chair",
    ),
    ("tresorier", ""),
    ("parrain|marraine", ""),
    ("actionnaires|capital social|parts? sociales?|valeur d'une part|combien la part", "capital|part sociale"),
    (r"assurances?\b|assurer en rc", "assur"),
    ("quelles? (?:universite|ecole|laboratoire)", "universit|ecole|laborato|institut|recherche"),
    (r"tva\b|impots? sur|payer des impots|fiscalite|defiscalis", "tva|impot|fiscal"),
    (r"rembourser|restituer|etre rendue?s?\b", "rembours|restitu|revers|suspen"),
    ("deliberation", ""),
    (r"un oral\b|audition|soutenir (?:notre|le) dossier", "oral|audition"),
    ("droit social|convention collective|contrats? de travail", ""),
    ("tribunal|litige|contentieux|proces-verbal", ""),
    ("loyer", ""),
    (r"logo\b|slogan", ""),
    (r"siret\b|siren\b|rna\b", ""),
    (r"superficie|surface|m2\b|metres carres", r"m2|metres carres|hectare"),
    ("commissaire aux comptes", ""),
    ("dividende", ""),
    ("emprunt|endett", ""),
    ("assemblee generale", ""),
    ("sanction|amende|penalite", "suspen|exclu|sanction"),
    ("scrutin|combien de voix", ""),
    ("chiffre d'affaires?", "chiffre d'affaires"),
    ("benefices? net|resultat net|deficit|pertes? financ", "benefic|resultat|deficit|perte"),
    ("taux d'interet|taux de", ""),
    ("benevol", ""),
    ("stagiaire|alternan(?:t|ce)|offres? d'emploi|recrut(?:e|ent|ez|er|ement)", "recrut|embauch|emploi|poste|stage"),
    ("diplome|parcours professionnel", "diplom|parcours|formation|docteur|these"),
    ("quel age|date de naissance|nee? en quelle", r"\d+ ans|nee? en|fond|cree|creation"),
    ("podcast|videos?|documentaire", "podcast|video|film|documentaire|radio|emission"),
    ("newsletter|lettre d'information", "lettre|newsletter"),
    ("brevet|marque deposee", "brevet|depos|inpi|marque"),
    (r"iso \d+|certifi(?:e|ee|es|cation)", "certif|iso|label|agrement"),
    ("bilan carbone|co2|gaz a effet", "carbone|co2|gaz a effet|emission"),
    ("combien de tonnes|tonnage", "tonnes?"),
    ("combien de visiteurs|frequentation", "visiteur|frequent"),
    ("parite|combien de femmes|part des? femmes", "femme|parit"),
    ("handicap|pmr", "handicap|accessib"),
    ("syndicats? ", ""),
    ("inaugur", "inaugur|ouver|ouvr"),
    ("demenag|anciens locaux", "demenag|install|ancien"),
    ("liquidation|redressement judiciaire|faillite|dissou(?:s|te)|dissolution", "redress|dispar|ferm|cess"),
    ("demission|licencie", ""),
    ("successeur|remplacant|a sa place|lui a succede", "succe|rempla|depuis|aujourd'hui|ancien|puis"),
    ("trophee|recompense|quel prix a", "troph|recompens|prix|laureat"),
    ("membres? du jury|composition du jury", "jury|personnalites|comite"),
    ("parking|wifi|velo(?:s)? en libre", ""),
    ("horaires?", "horaire|heure"),
    ("en combien de temps|au bout de combien|sous quel delai", r"delai|duree|jour|semaine|mois|ans?\b"),
    (
        rf"statut juridique|forme juridique|{_FORM} ou (?:une? |la |le )?{_FORM}",
        rf"{_FORM}|statut|forme|groupement|fondation|mutuelle|collectif",
    ),
    (r"quel jour|date limite|date de cloture|jusqu'a quand", rf"\d{{1,2}}(?:er)? (?:{_MONTH})|date"),
)  # fmt: skip
# A name known to fewer passages than this inverse document frequency tells is one that a question is about.
RARE, MIN_NAME_LETTERS = 4.0, 4
_NEAR = r"\b(?:a|vers|pres de|pres d'|du cote de|autour de|environs de)"
# What was so three years ago says nothing of this year.
OLD_MONTHS = 36
_OF_TODAY = re.compile(r"\b(?:aujourd'hui|clos\w*|aucune?|n'\w+|ne|plus|verifier)\b")
# Of a name: what it means.
_MEANING = re.compile(r"\b(?:que signifie|signification|que veut dire|veut dire quoi|d'ou vient le nom|origine du nom)")
_MEANS = re.compile(r"signifi|veut dire|designe|sigle|acronyme|abrevi|initiales|le nom ")


@lru_cache(maxsize=1)
def _things() -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    return tuple(
        (re.compile(rf"\b(?:{asked})"), re.compile(rf"\b(?:{'|'.join(filter(None, (asked, held)))})"))
        for asked, held in _THINGS
    )


def lacks(index: Index, question: Question, draft: Draft) -> bool:
    """Whether the lead is about another pole, region, year or name, or nothing quoted tells what is asked."""
    lead = draft.claims[0]
    return (
        _of_another_pole(index, question, lead)
        or _of_another_region(index, question, lead)
        or _of_another_year(index, question, lead)
        or _of_another_name(index, question, lead)
        or _of_the_past(question, lead)
        or _without_the_thing(index, question, draft)
    )


def _of_another_pole(index: Index, question: Question, lead: Claim) -> bool:
    pole = index.pole_named(question.corrected)
    if pole is None or pole.id == index.contents.documents[lead.section.id].id:
        return False
    return not is_named((pole.title, *pole.aliases), _told(index, lead))


def _of_another_region(index: Index, question: Question, lead: Claim) -> bool:
    """Whether a pole of one region, which the question does not name, would be told of another."""
    document = index.contents.documents[lead.section.id]
    if document.kind != POLES or document.region is None:
        return False
    named = is_named((document.title, *document.aliases), question.corrected)
    regions = regions_named(index, question.text) or regions_named(index, question.completed)
    return bool(regions) and document.region not in regions and not named


def _of_another_year(index: Index, question: Question, lead: Claim) -> bool:
    asked = set(_DATED.findall(_NAMED_BY_YEAR.sub(" ", fold(question.corrected))))
    told = set(re.findall(rf"\b{_YEAR}\b", _told(index, lead)))
    return bool(asked and told) and asked.isdisjoint(told)


def _of_another_name(index: Index, question: Question, lead: Claim) -> bool:
    """Whether a person, a body or a programme that the corpus knows is asked about, and the lead never names it."""
    if question.lang != "fr":
        return False
    told = set(words(" ".join([_told(index, lead), *lead.section.questions])))
    asked = {w for written, _ in names_of(question.corrected) for w in words(written) if len(w) >= MIN_NAME_LETTERS}
    strange = (w for w in asked & index.proper_names - told if index.rarity(stem(w)) >= RARE)
    # Where the asker lives is not what is asked about.
    return any(not re.search(rf"{_NEAR} (?:d'|l'|la |le )?{w}\b", fold(question.corrected)) for w in strange)


def _of_the_past(question: Question, lead: Claim) -> bool:
    """Whether the present is asked about, and an old source would be told that does not speak of it."""
    if not asks_now(question.corrected) or age_months(lead.section.as_of, date.today()) < OLD_MONTHS:
        return False
    return not _OF_TODAY.search(fold(" ".join(s.text for s in lead.sentences)))


def _without_the_thing(index: Index, question: Question, draft: Draft) -> bool:
    asked = fold(question.corrected)
    told = fold(" ".join([draft.claims[0].section.title, *(s.text for c in draft.claims for s in c.sentences)]))
    if any(thing.search(asked) and not held.search(told) for thing, held in _things()):
        return True
    named = bool(_MEANING.search(asked)) and index.pole_named(question.corrected) is not None
    return named and not _MEANS.search(told)


def _told(index: Index, claim: Claim) -> str:
    document = index.contents.documents[claim.section.id]
    return " ".join([document.title, *document.aliases, claim.section.title, *(s.text for s in claim.sentences)])
