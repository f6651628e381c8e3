"""From a judged draft to the `Answer` that every channel shows: its first words, its citations, what it suggests."""

from knowledge.cite import Cited, cite
from knowledge.compose import Draft, with_silence
from knowledge.index import Index
from knowledge.judge import Found, Judgement
from knowledge.model import Answer
from knowledge.phrases import CLOSEST, CLOSEST_EN, IN_FRENCH
from knowledge.question import Question
from knowledge.refusals import UNTIMED, refusal
from knowledge.retriever import Hit
from knowledge.text import is_question, terms
from knowledge.verify import verify
from knowledge.yes_no import same_sense, wants_yes_or_no, without_yes_or_no

MAX_SUGGESTIONS = 3
# The share of a title's words that a question must have to be the one that the title asks.
SAME_QUESTION = 0.75


def answer_of(index: Index, question: Question, found: Found, judgement: Judgement) -> Answer:
    """The quotes of the draft with their citations, or the refusal that was judged."""
    draft = found.draft
    if judgement.verdict == "closest":
        draft = with_silence(index, draft, found.hits, found.vector)
    suggestions = _suggestions(index, found.hits, draft, judgement)
    if judgement.reason:
        return refusal(index, question, judgement.reason, suggestions, judgement.confidence)
    told = without_yes_or_no(draft, _says_yes_or_no(question, draft, judgement))
    cited = verify(index.contents, cite(index.contents, told, question.lang != "fr"))
    return Answer(
        question=question.original,
        answer=_introduced(index, question, draft, judgement, cited),
        verdict=judgement.verdict,
        reason=judgement.reason,
        suggestions=suggestions if judgement.verdict == "closest" else (),
        mode="extractive",
        confidence=round(judgement.confidence, 3),
        citations=cited.citations,
        timings_ms=UNTIMED,
    )


def _says_yes_or_no(question: Question, draft: Draft, judgement: Judgement) -> bool:
    """Whether the lead's « oui » answers this very question: a strange word in it, or a « sans », may turn it round."""
    if judgement.verdict != "answered" or not wants_yes_or_no(question.corrected):
        return False
    lead = draft.claims[0]
    asked, title, said = (set(terms(text)) for text in (question.corrected, lead.section.title, lead.sentences[0].text))
    # « L'AMI 2026 est-il ouvert ? » is not « AMI 2026 et AMI 2025, est-ce le même appel ? », though all is said there.
    alike = asked <= title | said and len(asked & title) >= SAME_QUESTION * len(title)
    return alike and same_sense(question.corrected, lead.section.title)


def _introduced(index: Index, question: Question, draft: Draft, judgement: Judgement, cited: Cited) -> str:
    english = question.lang != "fr"
    lead = draft.claims[0].section
    lines = []
    if judgement.verdict == "closest":
        lines.append(CLOSEST_EN if english else CLOSEST)
    if english and index.contents.documents[lead.id].lang == "fr":
        lines.append(IN_FRENCH)
    return "\n\n".join([*lines, cited.text])


def _suggestions(index: Index, hits: tuple[Hit, ...], draft: Draft, judgement: Judgement) -> tuple[str, ...]:
    """Titles of the nearest sections that do answer a question, the lead itself aside when it is quoted."""
    quoted = {c.section.id for c in draft.claims} if judgement.verdict != "refused" else set()
    sections = [index.contents.sections[h.passage.section] for h in hits]
    titles = [s.title for s in sections if is_question(s.title) and not s.silence and s.id not in quoted]
    return tuple(dict.fromkeys(titles))[:MAX_SUGGESTIONS]


def first_questions(index: Index) -> tuple[str, ...]:
    """The questions of the guide: what a newcomer asks first."""
    titles = [s.title for d in index.contents.corpus.documents if d.kind == "etapes" for s in d.sections]
    return tuple(t for t in titles if is_question(t))[:MAX_SUGGESTIONS]
