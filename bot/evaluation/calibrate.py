"""`ptce eval --calibrate`: learn the judge's weights, and choose its thresholds, from questions.

Four kinds of examples. The `dev` questions of the evaluation file, labelled by whether the draft holds the facts. The
practice questions, of the same kinds. The corpus's own known questions, each judged as if it had not been foreseen
(left out of the index, or the judge would learn that answerable means seen word for word; the adapter did learn from
it, which makes these a little too easy to find). And the questions that no source answers, each left out in the same
way. Of the last two, only those about documents that the readers never learnt from: they are too sure of the others.
That the sources are silent answers a question only when it is just that which they don't say, and `dev` alone teaches
it: no other question whose section records a silence is learnt from. The `test` questions are never looked at.
"""

import json
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bot.evaluation.lessons import held_out_documents
from bot.evaluation.metrics import holds_facts
from bot.evaluation.questions import EvalQuestion
from bot.evaluation.taught import practised
from bot.indexing import progress_report
from knowledge.assistant import Assistant
from knowledge.cite import cite
from knowledge.errors import PtceError
from knowledge.index import off_topic_questions, unanswerable_questions
from knowledge.judge import WEIGHTS, Found, Weights, features
from knowledge.logistic import Logistic
from knowledge.question import Question, not_a_question

if TYPE_CHECKING:
    from rich.console import Console

Array = NDArray[Any]
# One `dev` question, asked as people ask, teaches as much as three of the others.
LESSON_WEIGHT = 0.3
STRENGTH = 0.1
FOLDS = 5
SEED = 7
# What the thresholds must give on the `dev` questions, predicted by models that did not see them.
MAX_OFF_TOPIC = 0.01
# A refused question less surely on topic than this share of good ones is said to be off topic.
DOUBTFUL_TOPIC = 0.05
# An answer offered as the closest asserts nothing: of good questions, hardly any should be refused outright.
MAX_FALSE_REFUSALS = 0.004
MIN_ANSWERED = 0.92


@dataclass(frozen=True, slots=True)
class Example:
    """What the judge saw, whether asserting would be right, whether it is our subject; `question`: a `dev` one."""

    features: dict[str, float]
    right: bool
    on_topic: bool
    weight: float
    question: EvalQuestion | None = None


def recalibrate(assistant: Assistant, questions: Sequence[EvalQuestion], errors: "Console") -> None:
    """Learn, choose, write `judge.json`, and judge with it from now on."""
    # Before the minutes of work that would be lost otherwise.
    _regression()
    dev = [q for q in questions if q.split == "dev"]
    _need_both(q.answerable for q in dev)
    _need_both(q.expect == "refused" for q in dev)
    with progress_report(errors) as report:
        learnt = list(examples(assistant, dev, lambda done, total: report("Exemples", done, total)))
    weights = learn(learnt)
    WEIGHTS.write_text(json.dumps(asdict(weights), indent=1) + "\n", encoding="utf-8")
    assistant.judge_by(weights)
    errors.print(f"{len(learnt)} exemples ; poids écrits dans {WEIGHTS}", markup=False)


def examples(
    assistant: Assistant, questions: Sequence[EvalQuestion], progress: Callable[[int, int], None]
) -> Iterator[Example]:
    """Everything to learn from: these questions, the practice, and lessons on documents that the readers never saw."""
    known = _known_questions(assistant)
    unanswerable = _unanswerable_questions(assistant)
    practice = _practice(assistant)
    total = len(questions) + len(practice) + len(known) + len(unanswerable)
    jobs = (
        *((question.question, None, None, question) for question in questions),
        *((text, None, section, None) for text, section in practice),
        *((text, row, section, None) for row, section, text in known),
        *((text, row, None, None) for row, text in unanswerable),
    )
    for done, (text, row, section, question) in enumerate(jobs, 1):
        read = assistant.read(text)
        if not not_a_question(read.text):
            yield from _example(assistant, read, row, section, question)
        progress(done, total)


def _example(
    assistant: Assistant, read: Question, row: int | None, section: str | None, question: EvalQuestion | None
) -> Iterator[Example]:
    found = assistant.find(read, without=row if section else None)
    if not found.draft.claims:
        return
    seen = features(assistant.index, read, found, None if section else row)
    if question:
        right = question.answerable and _right(assistant, found, question)
        yield Example(seen, right, question.expect != "refused", 1.0, question)
    elif section is None:
        yield Example(seen, False, read.original not in off_topic_questions(), LESSON_WEIGHT)
    elif any(claim.section.id == section for claim in found.draft.claims):
        # Where the draft quotes other sections, they may answer as well: nothing is learnt from that.
        yield Example(seen, True, True, LESSON_WEIGHT)


def _right(assistant: Assistant, found: Found, question: EvalQuestion) -> bool:
    return holds_facts(question, cite(assistant.index.contents, found.draft).text)


def _practice(assistant: Assistant) -> list[tuple[str, str | None]]:
    contents = assistant.index.contents
    asked = practised(contents)
    return [(text, section) for text, section in asked if not (section and contents.sections[section].silence)]


def _known_questions(assistant: Assistant) -> list[tuple[int, str, str]]:
    contents = assistant.index.contents
    unread = held_out_documents(contents)
    return [
        (row, section, text)
        for row, (section, text) in enumerate(contents.questions)
        if contents.documents[section].id in unread and not contents.sections[section].silence
    ]


def _unanswerable_questions(assistant: Assistant) -> list[tuple[int, str]]:
    contents = assistant.index.contents
    unread = held_out_documents(contents)

    def nearest(text: str) -> str:
        hits = assistant.search(assistant.read(text))
        return contents.documents[hits[0].passage.section].id if hits else ""

    return [(row, text) for row, text in enumerate(unanswerable_questions()) if nearest(text) in unread]


def learn(examples: Sequence[Example]) -> Weights:
    """Two logistic regressions, and thresholds chosen on predictions for questions that they had not seen."""
    right = np.array([e.right for e in examples])
    topical = np.array([e.on_topic for e in examples])
    answer, answer_seen = _calibrated(examples, right)
    topic, topic_seen = _calibrated(examples, topical)
    good = [i for i, e in enumerate(examples) if e.question and e.question.answerable]
    return Weights(
        answer,
        topic,
        answered=_quantile(answer_seen[good], 1 - MIN_ANSWERED),
        refused=_quantile(answer_seen[good], MAX_FALSE_REFUSALS),
        on_topic=_quantile(topic_seen[good], MAX_OFF_TOPIC),
        surely_on_topic=_quantile(topic_seen[good], DOUBTFUL_TOPIC),
    )


def _quantile(values: Array, share: float) -> float:
    # Rounded down, and never 1: a threshold that nothing reaches would refuse everything.
    return min(math.floor(float(np.quantile(values, share)) * 1e5) / 1e5, 0.999)


def _calibrated(examples: Sequence[Example], labels: Array) -> tuple[Logistic, Array]:
    """The model fitted on everything, and each `dev` example's probability by a model of the other folds.

    Its scale is set by Platt's method (1999) on those, so that 0.9 means right nine times in ten on `dev` questions.
    """
    dev = np.array([i for i, e in enumerate(examples) if e.question], int)
    _need_both(labels[dev])
    names = tuple(sorted(examples[0].features))
    table = np.array([[e.features[name] for name in names] for e in examples])
    means, scales = table.mean(axis=0), np.maximum(table.std(axis=0), 1e-6)
    table = (table - means) / scales
    weight = np.array([e.weight for e in examples])
    scores = np.zeros(len(examples))
    for fold in np.array_split(np.random.default_rng(SEED).permutation(dev), FOLDS):
        rows = np.ones(len(examples), bool)
        rows[fold] = False
        coefficients, bias = _fit(table[rows], labels[rows], weight[rows], STRENGTH)
        scores[fold] = table[fold] @ coefficients + bias
    slope, offset = _fit(scores[dev, None], labels[dev], np.ones(len(dev)), 1e3)
    coefficients, bias = _fit(table, labels, weight, STRENGTH)
    model = Logistic(
        names,
        _rounded(means),
        _rounded(scales),
        _rounded(coefficients * slope[0]),
        round(bias * float(slope[0]) + offset, 5),
    )
    return model, 1 / (1 + np.exp(-(scores * slope[0] + offset)))


def _rounded(values: Array) -> tuple[float, ...]:
    return tuple(round(float(v), 6) for v in values)


def _fit(table: Array, labels: Array, weight: Array, strength: float) -> tuple[Array, float]:
    _need_both(labels)
    model = _regression()(C=strength, max_iter=2000)
    model.fit(table, labels, sample_weight=weight)
    return model.coef_[0], float(model.intercept_[0])


def _need_both(labels: Iterable[bool]) -> None:
    # Of examples that are all alike there is nothing to learn, as scikit-learn says in English.
    if len(set(labels)) < 2:
        raise PtceError(
            "Les questions « dev » du fichier ne suffisent pas au calibrage.",
            "ajoutez-en avec réponse (answered) et hors sujet (refused) ; sept sur dix sont « dev », selon leur id",
        )


def _regression() -> Any:
    try:
        from sklearn.linear_model import LogisticRegression
    except ImportError:
        raise PtceError("Le calibrage demande scikit-learn.", "pip install 'ptce-assistant[eval]'") from None
    return LogisticRegression
