"""Questions that lean on what was said before: « et combien d'emplois ? », « qui le dirige ? », « et Néo 56 ? ».

No model: a question that names nobody and points back (a pronoun, a possessive, « et … ») is given the subject of the
conversation; one that names somebody new after « et » takes over the question that was asked before. Without a
conversation, « leurs fonctions » can only be those of the PTCE, the one subject that everybody has in mind here.
"""

import re
from dataclasses import dataclass

from knowledge.names import Names, possible_names
from knowledge.text import content_words, fold, words

DEFAULT_SUBJECT = "PTCE"
# The words for what everything here is about, folded: they tell nothing apart.
SUBJECT_WORDS = frozenset({DEFAULT_SUBJECT.lower(), "pole", "poles"})
# A follow-up is short; past this many content words a question stands on its own.
MAX_FOLLOW_UP_WORDS = 5
_AND = re.compile(r"^\s*(?:et|and|ok et|mais)\b[\s,:]*", re.IGNORECASE)
_PLURAL = re.compile(r"\b(?:ils|elles|leurs?|eux|ces poles|ces structures|ces dynamiques|they|their|them)\b")
# What is done to a pôle or a text, by somebody who is asked for.
DONE_TO = "dirige|preside|anime|gere|porte|finance|coordonne|soutient"
# Not « le financement », « le porte-parole », « la finance solidaire », nor « quelle est la porte d'entrée ».
_SINGULAR = re.compile(
    r"\b(?:il|elle|lui|son|sa|ses|celui-ci|celle-ci|ce (?:pole|ptce|collectif|groupe|projet|dispositif|reseau)|"
    r"cette (?:cooperative|structure|association|region|cellule|charte|loi|aide)|la-bas|its?|he|she|his|her)\b"
    r"|(?<!\best )(?<!\bque )(?<!\bde )(?<!\bsur )(?<!\bpar )(?<!\bdans )"
    rf"\b(?:le|la|l'|y|en) ?(?:{DONE_TO}|a (?:cree|fonde|ecrit)|signe|participe|adhere|travaille)"
    r"(?:e|es|s|nt|ent)?\b(?!-(?![tye])| (?:publique|solidaire|sociale|ethique)s?\b)"
)
# « C'est où ? », « où la lire ? », « combien de salariés ? », « lauréat en quelle année ? »: all but of what.
_ELLIPTIC = re.compile(
    r"^(?:c'est (?:ou|quand|combien|qui|dans quel\w* \w+)|(?:combien d(?:e |')|quel(?:le)?s? )\w+(?: en \d{4})?|"
    r"(?:\w+ )?en quelle annee|(?:ou|comment|quand) (?:le |la |l')(?:lire|trouver|consulter|signer|contacter|joindre|"
    r"telecharger|demander|voir|rejoindre|visiter)) ?\??$"
)
# « et en 2023 ? », « et fin 2020 ? »
_ASKING = frozenset("combien comment pourquoi quand quel quelle quels quelles qui que how what who".split())
_PART = r"(?:fin|début|mi)[ -]"
_ONLY_WHEN = re.compile(
    rf"^\s*(?:et|and|mais)\b[\s,:]*(?:en |in |pour )?(?P<when>(?P<part>{_PART})?(?:19|20)\d\d)[\s?.!]*$", re.IGNORECASE
)
# « Quand ? » asks it of what was just asked.
_BARE = re.compile(
    r"^(?:(?:depuis |jusqu'a )?quand|ou|pourquoi|comment|combien|(?:par |avec |pour )?qui|"
    r"when|where|why|how|who) ?[?!.]*$"
)
_ASKED_BARELY = re.compile(r"^[^()]{1,20} \((?P<asked>.+)\)$")
# « (Bretagne) », added to a question that named a town.
_ADDED = re.compile(r"\s*\((?P<added>[^()]*)\)$")
# What leads to a place, which gives way with it.
_LEADING = r"(?:\b(?:en|a|au|aux|dans (?:l[ae]s?\b|l'))[ ]*)?"
_YEAR = re.compile(rf"\b(?P<part>{_PART})?(?:19|20)\d\d\b", re.IGNORECASE)
_AT = re.compile(r"\b[àa] (?:la )?$", re.IGNORECASE)
_GOVERNS = re.compile(r"\b(?:depuis|avant|apr[èe]s|de|vers) (?:la )?$", re.IGNORECASE)
# « il faut », « il y a », « est-il possible de », « existe-t-il des aides » point at nothing; « est-il en Bretagne ? »
# and « existe-t-il encore ? » do. « Comment déposer sa candidature ? » is about anybody's, « comment rejoindre son
# équipe ? » is not.
_IMPERSONAL = re.compile(
    r"\b(?:il (?:faut|y a|suffit|vaut)|faut-il|y a-t-il|s'il)\b"
    r"|\b(?:il (?:n')?(?:est|serait)|est-il|serait-il|(?:is|would) it|it is)\b(?= (?:\w+ )?(?:(?:im)?possible|"
    r"necessaire|obligatoire|utile|interdit|permis|autorise|vrai|exact|temps|trop t\w+|prevu|question|important|"
    r"preferable|indispensable|facile|difficile|recommande|conseille|courant|frequent|rare|legal|necessary|mandatory|"
    r"compulsory|true|too late)\s+\w)"
    r"|\b(?:il existe|existe-t-il)\b(?=[^?!.]*\b(?:une?|des?|d'|plusieurs|beaucoup|aucune?)(?:\b|(?<=')))"
    r"|\b(?<=comment )(?!(?:re)?joindre|contacter|soutenir|aider|connaitre|trouver|visiter|integrer)\w+(?:er|ir|re) "
    r"(?:son|sa|ses)\b"
)
# « Mais comment créer une SCIC ? » goes on to something else.
_OWN_OBJECT = re.compile(
    r"\b(?:comment|pourquoi|quand) [^?!.;]*\b(?:une?|des)\b|\bc'est quoi une?\b|\bqu'est-ce qu'une?\b|\bwhat is an?\b"
)
# « la loi a-t-elle changé ? », « comment une mairie peut-elle adhérer ? »: the pronoun is the subject just named; but
# « le président est-il élu ? » asks for the president of what was spoken of.
_OWN_SUBJECT = re.compile(
    r"^(?P<subject>(?:(?:et|mais|comment|pourquoi|quand|ou|en quoi|a quoi|depuis quand) )?"
    r"(?:(?:un|une|des|mon|ma|mes|notre|nos|votre|vos|ce|cet|cette|ces|chaque|tous?|toutes?) |"
    r"(?:l'|(?:le|la|les) )(?!(?:pole|collectif|groupe|structure|association|cooperative|reseau|projet|entreprise|"
    r"equipe|direct(?:eur|rice)|president|presidente|budget|salarie|salariee|membre|adherent|partenaire|emploi|activite|"
    r"gouvernance|conseil|siege|site|local|locaux)s?\b))"
    r"[^?!.;]+?)-(?:t-)?(?:ils?|elles?)\b"
)


@dataclass(frozen=True, slots=True)
class Turn:
    """What the conversation is about: the subject that was last named, and the last question as it was completed."""

    subject: str
    question: str


def without_impersonal(question: str) -> str:
    """The question folded, without the « il » that are nobody: « il faut », « est-il possible de »."""
    return _IMPERSONAL.sub(" ", fold(question)).strip()


def with_region(question: str, names: Names, places: Names) -> str | None:
    """The question with the region of the town that it names, when it names one and no pole; else None.

    « qui contacter à Caen ? » needs it; « une MJC à Quimper peut-elle… » does not: the caller tries both readings.
    """
    region = places.find(possible_names(question))
    if region is None or names.find(possible_names(question)):
        return None
    return f"{question.strip()} ({region})"


def complete(question: str, names: Names, last: Turn | None = None, places: Names | None = None) -> str:
    """The question as it must be understood; the question itself when it stands alone.

    `places` are the names of towns, departments and regions, each leading to its own words.
    """
    if last and places and (where := _only_where(question, places)):
        return _there(last, where, places)
    if last and _BARE.match(fold(question).strip()):
        asked = _ASKED_BARELY.sub(r"\g<asked>", last.question)
        return f"{question.strip()} ({asked.rstrip(' ?.!')})"
    named = names.find(question)
    if last and named and _takes_over(question, named):
        return _about(last, named, names)
    if last and (when := _ONLY_WHEN.match(question)):
        return _at(last.question, when)
    if named or DEFAULT_SUBJECT.lower() in words(question):
        return question
    folded = without_impersonal(question)
    pointing = _points_back(_without_own_subject(folded)) or (_AND.match(question) and not _OWN_OBJECT.search(folded))
    if last and (pointing or _is_elliptic(question, last)) and len(content_words(question)) <= MAX_FOLLOW_UP_WORDS:
        return f"{_AND.sub('', question).strip()} ({last.subject})"
    if not last and _PLURAL.search(folded):
        return f"{question.strip()} ({DEFAULT_SUBJECT})"
    return question


def _is_elliptic(question: str, last: Turn) -> bool:
    """Whether all but the subject is asked; of what everything here is about, nothing can be asked so shortly."""
    return last.subject != DEFAULT_SUBJECT and bool(_ELLIPTIC.match(fold(question).strip()))


def _without_own_subject(folded: str) -> str:
    """The question without the pronouns and possessives of the subject that it names itself."""
    rest, found = _OWN_SUBJECT.subn(r"\g<subject>", folded)
    return re.sub(r"\b(?:son|sa|ses|leurs?)\b", " ", rest) if found else rest


def _points_back(folded: str) -> bool:
    return bool(_SINGULAR.search(folded) or _PLURAL.search(folded))


def _takes_over(question: str, named: str) -> bool:
    """« et Néo 56 ? », « et pour Distro ? »: nothing but « et » and a name."""
    rest = [w for w in content_words(_AND.sub("", question)) if w not in words(named)]
    return bool(_AND.match(question)) and not rest


def _about(last: Turn, named: str, names: Names) -> str:
    """The last question, asked of somebody else."""
    previous = names.find(last.question)
    # « Combien de PTCE en France » calls a document, and asks.
    if previous is None or words(previous)[0] in _ASKING:
        return f"{last.question} ({named})"
    # Whole words only: « Tours » is not in « alentours ».
    pattern = r"\b" + r"[\W_]+".join(map(re.escape, words(previous))) + r"\b"
    # Names are compared without accents, and the question may have them: find the span on the folded text.
    match = re.search(pattern, fold(last.question))
    if match is None or len(fold(last.question)) != len(last.question):
        return f"{last.question} ({named})"
    return last.question[: match.start()] + named + last.question[match.end() :]


def _only_where(question: str, places: Names) -> str | None:
    """« à Rennes » of « et à Rennes ? », None of all that asks more."""
    rest = _AND.sub("", question).strip(" ?.!")
    place = places.find(rest)
    told = place is not None and set(content_words(rest)) <= set(words(place))
    return rest if told and _AND.match(question) else None


def _there(last: Turn, where: str, places: Names) -> str:
    """The last question, asked of another place."""
    asked = _ADDED.sub(lambda added: "" if places.find(added["added"]) else added[0], last.question)
    previous, folded = places.find(asked), fold(asked)
    found = previous and re.search(_LEADING + r"[\W_]+".join(map(re.escape, words(previous))) + r"\b", folded)
    if not found or len(folded) != len(asked):
        return f"{asked.rstrip(' ?.!')} {where} ?"
    return asked[: found.start()] + where + asked[found.end() :]


def _at(previous: str, when: re.Match[str]) -> str:
    """The last question, asked of another year."""
    years = list(_YEAR.finditer(previous))
    if len(years) != 1:
        return f"{previous.rstrip(' ?.!')} ({when['when']}) ?"
    before, after = previous[: years[0].start()], previous[years[0].end() :]
    # « à fin 2020 » gives way to « en 2021 », « depuis fin 2020 » to « depuis 2021 », « AMI 2025 » to « AMI 2023 ».
    if years[0]["part"] and not when["part"] and not _GOVERNS.search(before):
        return f"{_AT.sub('', before)}en {when['when']}{after}"
    return before + when["when"] + after


def next_turn(asked: str, names: Names, lead_title: str | None, last: Turn | None) -> Turn | None:
    """What the conversation is about after this question: the name in it, else what the answer was about."""
    general = DEFAULT_SUBJECT if DEFAULT_SUBJECT.lower() in words(asked) else None
    subject = names.find(asked) or general or lead_title or (last.subject if last else None)
    return Turn(subject, asked) if subject else None
