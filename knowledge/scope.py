"""Whose and which subject a question is about: PTCE, the asker's own structure, a place that nothing here speaks of."""

import re

from knowledge.completion import DEFAULT_SUBJECT
from knowledge.contents import foresees, title_text
from knowledge.evidence import asked_kinds
from knowledge.index import CELLS, POLES, Index
from knowledge.model import Section
from knowledge.names import MIN_TOWN_LETTERS, is_named
from knowledge.question import Question
from knowledge.regions import regions_named
from knowledge.text import fold, words

# « Notre pôle » is one of ours; the employment office, the poles of the earth and those of hospitals are not.
_A_POLE = re.compile(
    r"\b(?:un|le|du|au|ce|notre|votre|leur|mon|ton|son|quel|chaque|les|des|aux|ces|nos|vos|leurs) poles?\b"
    r"(?![ -](?:emploi|nord|sud|position|magnetique|(?:de )?sante|hospitalier|universitaire|metropolitain|"
    r"de competitivite|d'echanges|dance))"
)
# All that whoever wants to know of a pole says beside its name.
_TELLING = frozenset(
    """
    parle parlez parler moi nous presente presentez presenter presentation dis dites dire en plus tout sur infos info
    information informations renseignement renseignements savoir sais savez connais connaissez tu vous que quoi qui ce
    cet cette c est qu je j on cherche cherchons voudrais voudrait aimerais veux veut peux peut pouvez des de du d le la
    les l un une pole ptce a au propos concernant bonjour s il te plait svp merci m t tell me about what is who
    """.split()
)
# Whose figures are asked for: « notre association compte combien d'emplois ? » is about nobody that is known here.
_THEIR_OWN = re.compile(r"\b(?:notre|nos|mon|ma|mes|our|my)\b(?! (?:poles?|ptces?|clusters?|hubs?)\b)")


def of_somebody_else(index: Index, question: Question, section: Section) -> bool:
    """Whether a figure of the asker's own structure is asked for, and a pole's that nobody named would be told."""
    figure = {"count", "amount"} & set(asked_kinds(question.corrected))
    document = index.contents.documents[section.id]
    named = is_named((document.title, *document.aliases), question.text)
    own = _THEIR_OWN.search(fold(question.text))
    return bool(figure and own) and document.kind == POLES and not named


def of_elsewhere(index: Index, question: Question, section: Section) -> bool:
    """Whether a region's cell would be told to who names a place or a person that neither it nor French knows."""
    document = index.contents.documents[section.id]
    if document.kind != CELLS or question.lang != "fr" or regions_named(index, question.completed):
        return False
    held = set(
        words(" ".join([title_text(document, section), *section.questions, *(p.text for p in section.paragraphs)]))
    )
    strange = (w for w in words(question.corrected) if w not in held and not w.isdigit() and len(w) >= MIN_TOWN_LETTERS)
    return any(w not in index.dictionary for w in strange)


def is_foreseen(index: Index, section: Section, question: Question) -> bool:
    """Whether the section was written for just this question: in these words, or to present the pole that is named."""
    return foresees(section, question.completed) or section.id == _presentation(index, question.completed)


def _presentation(index: Index, asked: str) -> str | None:
    """The section that presents a pole, where nothing but the pole is asked for: « parle-moi de NOLA »."""
    document = index.pole_named(asked)
    if document is None:
        return None
    named = {word for name in (document.title, *document.aliases) for word in words(name)}
    return document.sections[0].id if set(words(asked)) <= named | _TELLING else None


def names_subject(index: Index, question: Question) -> bool:
    """Whether the question says what this is all about, or names something that the corpus has a document on."""
    told = question.text
    ours = DEFAULT_SUBJECT.lower() in words(told) or _A_POLE.search(fold(told))
    return bool(ours) or index.names.find(told) is not None
