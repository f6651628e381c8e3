"""Which sentences to quote: from ranked passages to a draft made of verbatim sentences only.

The lead is the section that retrieval puts first. A short one is quoted whole: it was written to answer one need. Of a
long one, the opening (which answers on its own) and the sentences nearest to the question are kept, in reading order.
Other sections add a sentence only when they are nearly as close and say something else.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from knowledge.index import Index
from knowledge.model import Section, Sentence
from knowledge.retriever import Hit
from knowledge.text import fold, terms
from knowledge.vectors import Vector

# Past this, a section is no longer quoted whole.
WHOLE_SECTION = 620
# A supplement must score at least this share of the lead's score, be this near, and differ this much.
SUPPLEMENT_SCORE = 0.5
SUPPLEMENT_GAP = 0.06
MAX_SUPPLEMENTS = 3
# A supplement that scores nearly as much as the lead may fill the whole answer; any other, only a comfortable length.
NEAR_TIE = 0.85
COMFORT = 580
SAME_COSINE = 0.94
SAME_TERMS = 0.6
LOOSE_START = re.compile(
    r"^(?:il|elle|ils|elles|ce|cet|cette|ces|celui|celle|ceux|celles|cela|ceci|y|en revanche|mais|or|donc|ainsi|"
    r"it|they|this|these)\b"
)


@dataclass(frozen=True, slots=True)
class Claim:
    """Sentences of one section to quote, in reading order."""

    section: Section
    sentences: tuple[Sentence, ...]

    @property
    def length(self) -> int:
        """Characters, markers not counted."""
        return sum(len(s.text) + 1 for s in self.sentences)


@dataclass(frozen=True, slots=True)
class Draft:
    """What would be answered, before it is judged: the lead first, then supplements."""

    claims: tuple[Claim, ...]


def compose(index: Index, hits: Sequence[Hit], vector: Vector, max_characters: int) -> Draft:
    """The draft for a question whose vector is `vector`; empty when nothing was found."""
    if not hits:
        return Draft(())
    lead = _lead(index, hits[0], vector, max_characters)
    claims = [lead]
    for hit in _others(hits):
        limit = max_characters if hit.score >= NEAR_TIE * hits[0].score else COMFORT
        room = limit - sum(claim.length for claim in claims)
        extra = _supplement(index, hit, hits[0], vector, claims)
        if extra and extra.length <= room:
            claims.append(extra)
        if len(claims) > MAX_SUPPLEMENTS:
            break
    return Draft(tuple(claims))


def with_silence(index: Index, draft: Draft, hits: Sequence[Hit], vector: Vector) -> Draft:
    """The draft and, second, what the sources are said not to tell of its subject: for when the draft may not answer.

    Only where retrieval found it too; a lead that is itself such a section stays as it is.
    """
    lead = draft.claims[0].section
    if lead.silence:
        return draft
    document = index.contents.documents[lead.id]
    for section in (index.contents.sections[hit.passage.section] for hit in _others(hits)):
        if section.silence and index.contents.documents[section.id] is document:
            sentences = index.contents.sentences[section.id]
            # The first says what is not known; the last, often, only whom to ask instead.
            numbers = {0} | with_antecedent(sentences, _ranked(index, sentences, vector)[0])
            unknown = Claim(section, tuple(sentences[n] for n in sorted(numbers)))
            # It takes the room of the last supplement.
            return Draft((draft.claims[0], unknown, *draft.claims[1:-1]))
    return draft


def _lead(index: Index, hit: Hit, vector: Vector, max_characters: int) -> Claim:
    section = index.contents.sections[hit.passage.section]
    sentences = index.contents.sentences[section.id]
    if sum(len(s.text) + 1 for s in sentences) <= _whole(section, max_characters):
        return Claim(section, sentences)
    chosen = {0}
    used = len(sentences[0].text)
    for number in _ranked(index, sentences, vector):
        needed = with_antecedent(sentences, number) - chosen
        size = sum(len(sentences[n].text) + 1 for n in needed)
        if used + size <= min(WHOLE_SECTION, max_characters):
            chosen |= needed
            used += size
    return Claim(section, tuple(sentences[n] for n in sorted(chosen)))


def _whole(section: Section, max_characters: int) -> int:
    # Steps and conditions are of use only together, and a text of law only whole.
    together = any(p.form != "text" for p in section.paragraphs)
    return 2 * max_characters if together else min(WHOLE_SECTION, max_characters)


def _ranked(index: Index, sentences: Sequence[Sentence], vector: Vector) -> list[int]:
    cosines = index.sentences[[s.row for s in sentences]] @ vector
    return [int(n) for n in np.argsort(-cosines, kind="stable")]


def with_antecedent(sentences: Sequence[Sentence], number: int) -> set[int]:
    """A sentence that begins with « il » or « ce pôle » is never quoted without the one before it."""
    needed = {number}
    while number > 0 and LOOSE_START.match(fold(sentences[number].text)):
        number -= 1
        needed.add(number)
    return needed


def _others(hits: Sequence[Hit]) -> Iterator[Hit]:
    seen = {hits[0].passage.section}
    for hit in hits[1:]:
        if hit.passage.section not in seen:
            seen.add(hit.passage.section)
            yield hit


def _supplement(index: Index, hit: Hit, lead: Hit, vector: Vector, claims: Sequence[Claim]) -> Claim | None:
    if hit.score < SUPPLEMENT_SCORE * lead.score or hit.closeness < lead.closeness - SUPPLEMENT_GAP:
        return None
    section = index.contents.sections[hit.passage.section]
    if section.silence or _elsewhere(index, section.id, lead.passage.section):
        return None
    sentences = index.contents.sentences[section.id]
    best = _ranked(index, sentences, vector)[0]
    # One step or one condition out of its list would be a half-truth.
    alone = len(sentences[0].text) < 200 and section.paragraphs[sentences[best].paragraph].form == "text"
    numbers = sorted({0} | with_antecedent(sentences, best)) if alone else [0]
    fresh = [n for n in numbers if not _said(index, sentences[n], claims)]
    # What is left must begin with the opening and keep every antecedent.
    fresh = [n for n in fresh if with_antecedent(sentences, n) <= set(fresh)]
    if not fresh or fresh[0] != 0:
        return None
    return Claim(section, tuple(sentences[n] for n in fresh))


def _elsewhere(index: Index, section: str, lead: str) -> bool:
    """Whether the section speaks of one region and the lead of another: what holds in Rennes says nothing of Nantes."""
    here, there = index.contents.documents[section].region, index.contents.documents[lead].region
    return bool(here and there and here != there)


def _said(index: Index, sentence: Sentence, claims: Sequence[Claim]) -> bool:
    """Whether the draft already says this, in the same or in other words."""
    mine = set(terms(sentence.text))
    for said in (s for claim in claims for s in claim.sentences):
        if float(index.sentences[said.row] @ index.sentences[sentence.row]) > SAME_COSINE:
            return True
        theirs = set(terms(said.text))
        if mine and len(mine & theirs) > SAME_TERMS * min(len(mine), len(theirs)):
            return True
    return False
