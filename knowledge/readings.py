"""What a question may mean: each reading is searched and judged, and the one that is most surely answered is told."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from knowledge.completion import with_region
from knowledge.home import without_home
from knowledge.index import CELLS, POLES, Index
from knowledge.judge import Found, Judgement
from knowledge.model import Verdict
from knowledge.question import Question

# A reading of a question, what was found for it, and what the judge makes of that.
Judged = tuple[Question, Found, Judgement]
# Of two readings, an offer beats a refusal however sure: each verdict has conditions beside its probability.
RANK: dict[Verdict, int] = {"refused": 0, "closest": 1, "answered": 2}
# A reading that leaves out part of the question must be this probable to be asserted.
SURE = 0.9
# What these tell holds of one pole or of one region.
LOCAL = (POLES, CELLS)


def readings(index: Index, question: Question) -> Iterator[Question]:
    """The question, and the same asked of the region whose town it names."""
    yield question
    regional = with_region(question.completed, index.names, index.places)
    if regional:
        suffix = regional[len(question.completed.strip()) :]
        yield replace(question, completed=regional, corrected=question.corrected.strip() + suffix)


def from_anywhere(index: Index, tried: Sequence[Judged], judged: Callable[[Question], Judged]) -> list[Judged]:
    """What is told to who asks from nowhere, when the place alone kept a section from being asserted.

    « mon entreprise à Quimper peut-elle rejoindre un PTCE ? » is answered as anybody's would be; but the place may
    matter, so that the reading without it must find the same section, be surer, and tell of no pole or region.
    """
    typed = tried[0]
    if any(judgement.verdict == "answered" for _, _, judgement in tried) or not typed[1].draft.claims:
        return []
    reading = without_home(index, typed[0])
    if reading is None:
        return []
    _, found, judgement = judged(reading)
    leads = {f.draft.claims[0].section.id for _, f, _ in tried if f.draft.claims}
    lead = found.draft.claims[0].section.id if found.draft.claims else ""
    if lead not in leads or judgement.confidence < SURE or index.contents.documents[lead].kind in LOCAL:
        return []
    # The place is a word of the question that the section lacks, whatever was read.
    strange = typed[2].features["rarest_missing"]
    return [(typed[0], found, replace(judgement, features={**judgement.features, "rarest_missing": strange}))]


def sureness(one: Judged) -> tuple[int, float]:
    """By which the best reading of a question is chosen."""
    judgement = one[2]
    return RANK[judgement.verdict], judgement.confidence
