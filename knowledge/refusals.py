"""Answers that answer nothing: why, whether the sources know who was asked about, and whom to ask instead."""

from knowledge.index import Index
from knowledge.model import Answer, Reason, Timings
from knowledge.phrases import NOT_SAID, NOT_SAID_EN, REFUSALS, REFUSALS_EN, ask_cress
from knowledge.question import Question
from knowledge.regions import regions_named

# Whoever holds the watch writes the times.
UNTIMED = Timings(0, 0, 0, 0)


def refusal(
    index: Index, question: Question, reason: Reason, suggestions: tuple[str, ...], confidence: float
) -> Answer:
    """An answer that answers nothing, and says why."""
    told = REFUSALS if question.lang == "fr" else REFUSALS_EN
    return Answer(
        question=question.original,
        answer=_unknown(index, question) if reason == "pas_dans_les_sources" else told[reason],
        verdict="refused",
        reason=reason,
        suggestions=suggestions,
        mode="extractive",
        confidence=round(confidence, 3),
        citations=(),
        timings_ms=UNTIMED,
    )


def _unknown(index: Index, question: Question) -> str:
    """« Mes sources n'en parlent pas » would not be true of a pole that they describe, nor « votre région » of who
    told theirs."""
    english = question.lang != "fr"
    pole = index.pole_named(question.completed)
    regions = regions_named(index, question.completed) or ({pole.region} if pole and pole.region else set())
    region = next(iter(regions)) if len(regions) == 1 else None
    if pole is None:
        said = (REFUSALS_EN if english else REFUSALS)["pas_dans_les_sources"]
    else:
        said = (NOT_SAID_EN if english else NOT_SAID).format(name=pole.title)
    return f"{said} {ask_cress(region, english)}"
