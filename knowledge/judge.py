"""Is this question answerable from these sentences? A calibrated probability, and the verdict it gives.

Similarity alone cannot tell: e5 cosines are squeezed between 0.80 and 0.93 for good and bad questions alike. So the
judge also looks at what the question asks for that the evidence lacks: rare words, names, figures, a kind of answer.
The model is a logistic regression whose weights live in `judge.json`, made by `ptce eval --calibrate`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter

from knowledge.compose import Draft
from knowledge.contents import title_text
from knowledge.evidence import asked_kinds, asks_to_compare, holds_kind
from knowledge.gaps import lacks
from knowledge.index import Index
from knowledge.logistic import Logistic
from knowledge.model import Reason, Verdict
from knowledge.question import Question
from knowledge.retriever import Hit
from knowledge.scope import is_foreseen, names_subject, of_elsewhere, of_somebody_else
from knowledge.settings import JudgeSettings
from knowledge.text import terms, words
from knowledge.vectors import Vector

WEIGHTS = Path(__file__).with_name("judge.json")


@dataclass(frozen=True, slots=True)
class Found:
    """A question's vector, the passages found for it, the draft made of them, and what the reader made of sections.

    `read` holds the log-odds, by section id, that a section answers (only the first sections are read); `second` those
    of the section that leads the draft, by the second reader.
    """

    vector: Vector
    hits: tuple[Hit, ...]
    draft: Draft
    read: Mapping[str, float]
    second: float = 0.0


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict, the probability that the draft answers, why not, and what the judge looked at."""

    verdict: Verdict
    confidence: float
    reason: Reason | None
    features: dict[str, float]


@dataclass(frozen=True, slots=True)
class Weights:
    """Is it answered, is it our subject at all, and the thresholds between the three verdicts."""

    answer: Logistic
    topic: Logistic
    answered: float
    refused: float
    on_topic: float
    surely_on_topic: float

    def adjusted(self, settings: JudgeSettings) -> "Weights":
        """With the operator's thresholds in the place of the shipped ones."""
        return replace(self, answered=settings.answered or self.answered, refused=settings.refused or self.refused)


@lru_cache(maxsize=1)
def load_weights() -> Weights:
    """The shipped weights."""
    return TypeAdapter(Weights).validate_json(WEIGHTS.read_bytes())


def judge(index: Index, question: Question, found: Found, weights: Weights) -> Judgement:
    """Whether the draft may be asserted (answered), only offered (closest), or must be withheld (refused)."""
    if not found.hits or not found.draft.claims:
        return Judgement("refused", 0.0, "hors_sujet", {})
    seen = features(index, question, found)
    probability = weights.answer.probability(seen)
    lead = found.draft.claims[0].section
    if is_foreseen(index, lead, question):
        # Written to answer just this, or to say that nobody can: no model knows better.
        return Judgement("answered", 1.0, None, seen)
    # Whoever says « PTCE » or names a pole is on topic, however unusual the other words.
    topic = 1.0 if names_subject(index, question) else weights.topic.probability(seen)
    if topic < weights.on_topic or probability < weights.refused:
        reason: Reason = "hors_sujet" if topic < weights.surely_on_topic else "pas_dans_les_sources"
        return Judgement("refused", probability, reason, seen)
    strange = of_somebody_else(index, question, lead) or of_elsewhere(index, question, lead)
    asserted = probability >= weights.answered and not strange and not lacks(index, question, found.draft)
    return Judgement("answered" if asserted else "closest", probability, None, seen)


def features(index: Index, question: Question, found: Found, without: int | None = None) -> dict[str, float]:
    """What the judge looks at; every value is a plain number, named as in `judge.json`.

    `without` is the row of an unanswerable question to leave out, when that is the one being learnt from.
    """
    lead = found.hits[0]
    section = found.draft.claims[0].section
    document = index.contents.documents[section.id]
    quoted = " ".join(s.text for claim in found.draft.claims for s in claim.sentences)
    evidence = " ".join([title_text(document, section), *section.questions, quoted, document.region or ""])
    return {
        **_nearness(index, lead, found),
        **_unanswerable(index, found.vector, lead, without),
        **_coverage(index, question, lead, evidence),
        **_kinds(question, evidence, quoted),
        **_reading(section.id, found),
        "name_agrees": _name_agrees(index, question, evidence),
        "silence": float(section.silence),
        "foreign": float(question.lang != document.lang),
    }


def _nearness(index: Index, lead: Hit, found: Found) -> dict[str, float]:
    """Cosines, their gap to the next section, and how far they stand out of the corpus's own distribution."""
    other = next((h for h in found.hits[1:] if h.passage.section != lead.passage.section), None)
    passages = index.passages @ found.vector
    questions = index.questions @ found.vector
    rows = [s.row for claim in found.draft.claims for s in claim.sentences]
    return {
        "known": max(lead.known, 0.0),
        "dense": lead.dense,
        "gap": lead.closeness - other.closeness if other else 0.1,
        "dense_stands_out": _standard_score(lead.dense, passages),
        "known_stands_out": _standard_score(lead.known, questions),
        "sentence": float(np.max(index.sentences[rows] @ found.vector)),
    }


def _unanswerable(index: Index, vector: Vector, lead: Hit, without: int | None) -> dict[str, float]:
    """How near the question is to those that no source answers, against the nearest one that has an answer."""
    if not len(index.unanswerable):
        return {"unanswerable": 0.0, "unanswerable_gap": 0.0, "unanswerable_three": 0.0}
    cosines = index.unanswerable @ vector
    if without is not None:
        cosines[without] = -1
    nearest = float(cosines.max())
    return {
        "unanswerable": nearest,
        "unanswerable_gap": max(lead.known, 0.0) - nearest,
        "unanswerable_three": float(np.sort(cosines)[-3:].mean()),
    }


def _standard_score(value: float, values: Vector) -> float:
    spread = float(values.std()) if len(values) else 0.0
    return (value - float(values.mean())) / spread if spread > 0 else 0.0


def _coverage(index: Index, question: Question, lead: Hit, evidence: str) -> dict[str, float]:
    """How much of the question's words, weighted by how rare they are, the evidence and the known question hold."""
    asked = set(terms(question.corrected))
    held = set(terms(evidence))
    foreseen = set(terms(lead.question))
    weights = {t: index.rarity(t) for t in asked}
    total = sum(weights.values()) or 1.0
    missing = [w for t, w in weights.items() if t not in held]
    return {
        "covered": 1 - sum(missing) / total,
        # What is known of one of two things says nothing of their difference.
        "compared_missing": sum(missing) / total if asks_to_compare(question.completed) else 0.0,
        "foreseen": sum(w for t, w in weights.items() if t in foreseen) / total,
        "rarest_missing": max(missing, default=0.0),
        "unknown_words": sum(not index.knows(t) for t in asked) / len(asked) if asked else 1.0,
        "lexical": lead.lexical / total,
        "asked": math.log1p(len(asked)),
    }


def _kinds(question: Question, evidence: str, quoted: str) -> dict[str, float]:
    """What is asked for by its kind (an amount, a date, a number, a name) and is not there."""
    kinds = asked_kinds(question.corrected)
    held = set(words(evidence))
    figures = [w for w in words(question.text) if w.isdigit()]
    return {
        "kind_missing": float(any(not holds_kind(kind, quoted) for kind in kinds)),
        "figures_missing": float(any(w not in held for w in figures)),
        "names_missing": _names_missing(question, held),
    }


def _reading(lead: str, found: Found) -> dict[str, float]:
    """What the reader makes of the section that leads the draft, of the best one it read, of the next best."""
    best, second = (*sorted(found.read.values(), reverse=True), 0.0, 0.0)[:2]
    return {
        "read_lead": found.read.get(lead, 0.0),
        "read_best": best,
        "read_second": second,
        "second_opinion": found.second,
    }


def _name_agrees(index: Index, question: Question, evidence: str) -> float:
    """1 when the evidence speaks of what the question names, -1 when it does not, 0 when it names nothing known."""
    name = index.names.find(question.corrected)
    if name is None:
        return 0.0
    return 1.0 if set(words(name)) <= set(words(evidence)) else -1.0


def _names_missing(question: Question, held: set[str]) -> float:
    """Share of the capitalised words of the question, its first word aside, that the evidence does not hold."""
    tokens = question.text.replace("'", " ").replace("’", " ").split()
    names = [w for token in tokens[1:] if token[:1].isupper() for w in words(token)]
    return sum(w not in held for w in names) / len(names) if names else 0.0
