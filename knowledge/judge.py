"""Is this question answerable from these sentences? A calibrated probability, and the verdict it gives.

Similarity alone cannot tell: e5 cosines are squeezed between 0.80 and 0.93 for good and bad questions alike. So the
judge also looks at what the question asks for that the evidence lacks: rare words, names, figures, a kind of answer.
The model is a logistic regression whose weights live in `judge.json`, made by `ptce eval --calibrate`.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter

from knowledge.compose import Draft, closeness
from knowledge.evidence import asked_kinds, holds_kind
from knowledge.index import Index, title_text
from knowledge.model import Reason, Verdict
from knowledge.question import Question
from knowledge.retriever import Hit
from knowledge.text import content_words, stem, terms, words
from knowledge.vectors import Vector

WEIGHTS = Path(__file__).with_name("judge.json")


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict, the probability that the draft answers, why not, and what the judge looked at."""

    verdict: Verdict
    confidence: float
    reason: Reason | None
    features: dict[str, float]


@dataclass(frozen=True, slots=True)
class Weights:
    """A logistic regression over standardised features, and the thresholds of the three verdicts."""

    names: tuple[str, ...]
    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    answered: float
    refused: float
    off_topic: float

    def probability(self, features: dict[str, float]) -> float:
        """Logistic of the weighted sum of the standardised features."""
        total = self.bias
        for name, mean, scale, weight in zip(self.names, self.means, self.scales, self.weights, strict=True):
            total += weight * (features[name] - mean) / scale
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


@lru_cache(maxsize=1)
def load_weights() -> Weights:
    """The shipped weights."""
    data = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return TypeAdapter(Weights).validate_python(data)


def judge(
    index: Index,
    question: Question,
    vector: Vector,
    hits: Sequence[Hit],
    draft: Draft,
    weights: Weights | None = None,
) -> Judgement:
    """Whether the draft may be asserted (answered), only offered (closest), or must be withheld (refused)."""
    weights = weights or load_weights()
    if not hits or not draft.claims:
        return Judgement("refused", 0.0, "hors_sujet", {})
    found = features(index, question, vector, hits, draft)
    probability = weights.probability(found)
    if draft.claims[0].section.silence:
        # The sources are known to be silent: nothing is asserted, but the person is told so, with the source.
        return Judgement("closest", min(probability, weights.answered), "pas_dans_les_sources", found)
    if probability >= weights.answered:
        return Judgement("answered", probability, None, found)
    if probability >= weights.refused:
        return Judgement("closest", probability, None, found)
    reason: Reason = "hors_sujet" if found["on_topic"] < weights.off_topic else "pas_dans_les_sources"
    return Judgement("refused", probability, reason, found)


def features(index: Index, question: Question, vector: Vector, hits: Sequence[Hit], draft: Draft) -> dict[str, float]:
    """What the judge looks at; every value is a plain number, named as in `judge.json`."""
    lead = hits[0]
    section = draft.claims[0].section
    document = index.contents.documents[section.id]
    titles = title_text(document, section)
    quoted = " ".join(s.text for claim in draft.claims for s in claim.sentences)
    evidence = {*terms(titles), *terms(quoted)}
    other = next((h for h in hits[1:] if h.passage.section != section.id), None)
    asked = terms(question.corrected)
    missing = [index.body.idf(t) for t in set(asked) if t not in evidence]
    total = sum(index.body.idf(t) for t in set(asked)) or 1.0
    kinds = asked_kinds(question.corrected)
    return {
        "known": max(lead.known, 0.0),
        "dense": lead.dense,
        "gap": closeness(lead) - (closeness(other) if other else 0.0) if other else 0.1,
        "lexical": lead.lexical / total,
        "covered": 1 - sum(missing) / total,
        "rarest_missing": max(missing, default=0.0),
        "unknown_words": _unknown_share(index, question),
        "on_topic": max(lead.known, lead.dense),
        "best_sentence": _best_sentence(index, draft, vector),
        "kind_missing": float(bool(kinds) and not any(holds_kind(kind, quoted) for kind in kinds)),
        "numbers_missing": float(
            any(w.isdigit() and w not in words(f"{titles} {quoted}") for w in words(question.text))
        ),
        "names_missing": _names_missing(question, f"{titles} {quoted}"),
        "silence": float(section.silence),
        "asked": math.log1p(len(asked)),
    }


def _unknown_share(index: Index, question: Question) -> float:
    """Share of the question's words that occur nowhere in the corpus, once its spelling is repaired."""
    asked = content_words(question.corrected)
    unknown = [
        w for w in asked if not index.body.document_frequency(stem(w)) and not index.title.document_frequency(stem(w))
    ]
    return len(unknown) / len(asked) if asked else 1.0


def _best_sentence(index: Index, draft: Draft, vector: Vector) -> float:
    rows = [s.row for claim in draft.claims for s in claim.sentences]
    return float(np.max(index.sentences[rows] @ vector))


def _names_missing(question: Question, evidence: str) -> float:
    """Share of the capitalised words of the question, its first word aside, that the evidence does not hold."""
    found = set(words(evidence))
    tokens = question.text.replace("'", " ").replace("’", " ").split()
    names = [w for token in tokens[1:] if token[:1].isupper() for w in words(token)]
    return sum(w not in found for w in names) / len(names) if names else 0.0
