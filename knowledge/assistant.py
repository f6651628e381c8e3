"""A question into an `Answer`: the only door of this package that the channels use."""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace

from knowledge.adapter import question_vector
from knowledge.answers import answer_of, first_questions
from knowledge.approximate import open_approximate
from knowledge.cite import Cited
from knowledge.clock import Clock
from knowledge.completion import Turn, complete, next_turn
from knowledge.compose import Draft, compose
from knowledge.departments import departments_named
from knowledge.embeddings import Encoder, open_encoder
from knowledge.errors import UnusableIndexError
from knowledge.generation import current_generation, current_name
from knowledge.hanging import hangs
from knowledge.index import Index, open_index
from knowledge.judge import Found, Judgement, Weights, judge, load_weights
from knowledge.model import Answer
from knowledge.profile import profile
from knowledge.question import Question, not_a_question, read_question
from knowledge.reader import SECOND, CrossEncoder, read_text, reread
from knowledge.readings import Judged, from_anywhere, readings, sureness
from knowledge.refusals import refusal
from knowledge.regions import searchable
from knowledge.retriever import Hit, HybridRetriever
from knowledge.scope import is_foreseen
from knowledge.settings import Settings
from knowledge.vectors import Vector
from knowledge.writing.contract import AnswerWriter, Writing

# A generation, and the search over it.
Opened = tuple[Index, HybridRetriever]
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Explanation:
    """An answer and all that led to it; `hits` are the passages found, best first, `turn` what to go on from.

    `writing` is what came of asking a language model, when one was asked.
    """

    answer: Answer
    question: Question
    hits: tuple[Hit, ...]
    judgement: Judgement | None
    turn: Turn | None
    writing: Writing | None = None


class Assistant:
    """Answers questions from the generation that serves; notices when another one takes over. Thread-safe."""

    def __init__(self, settings: Settings, encoder: Encoder | None = None, writer: AnswerWriter | None = None) -> None:
        self._settings = settings
        self._writer = writer
        self.encoder = encoder or open_encoder(settings.embedding)
        self._lock = threading.Lock()
        self._name = ""
        # What the pointer named when it was last of no use.
        self._unusable: str | None = ""
        self._opened: Opened | None = None
        self._reader, self._second = CrossEncoder(), CrossEncoder(SECOND)
        self.judge_by(load_weights())

    def judge_by(self, weights: Weights) -> None:
        """Judge by these from now on; the operator's thresholds stay."""
        self.weights = weights.adjusted(self._settings.judge)

    @property
    def index(self) -> Index:
        """The generation that serves, opened; `UnusableIndexError` when none ever was."""
        return self._open()[0]

    def _open(self) -> Opened:
        with self._lock:
            name = None
            try:
                name = current_name(self._settings.index_dir)
                if self._opened is None or name not in (self._name, self._unusable):
                    self._opened, self._name = self._load()
            except UnusableIndexError as error:
                if self._opened is None:
                    raise
                if name != self._unusable:
                    logger.warning("L'index qui devait prendre la suite est inutilisable, l'ancien sert : %s", error)
                self._unusable = name
            if name == self._name:
                self._unusable = ""
            return self._opened

    def _load(self) -> tuple[Opened, str]:
        folder = current_generation(self._settings.index_dir)
        index = open_index(folder, self.encoder.model_id)
        approximate = open_approximate(self._settings.store, folder, index)
        return (index, HybridRetriever(index, self._settings.retrieval, approximate)), folder.name

    def ask(self, text: str) -> Answer:
        """The answer to one question."""
        return self.explain(text).answer

    def explain(self, text: str, last: Turn | None = None) -> Explanation:
        """The answer, with all that led to it; `last` is what the conversation was about."""
        clock = Clock()
        # Opened once: another generation may take over while this question is being answered.
        opened = index, _ = self._open()
        question = self._read(index, text, last)
        if reason := not_a_question(question.text) or ("sans_sujet" if hangs(question.completed) else None):
            answer = refusal(index, question, reason, first_questions(index), 0.0)
            return Explanation(replace(answer, timings_ms=clock.timings()), question, (), None, last)
        tried = [self._judged(opened, reading, clock) for reading in readings(index, question)]
        tried += from_anywhere(index, tried, lambda reading: self._judged(opened, reading, clock))
        question, found, judgement = self._best(opened, tried, last, clock)
        with clock.step("compose"):
            answer = answer_of(index, question, found, judgement)
            writing = self._write(index, question, found, judgement)
        if writing and writing.cited:
            cited = writing.cited
            answer = replace(answer, answer=cited.text, citations=cited.citations, mode="generative")
        turn = next_turn(question.completed, index.names, _subject(index, found.draft, judgement), last)
        return Explanation(replace(answer, timings_ms=clock.timings()), question, found.hits, judgement, turn, writing)

    def profile(self, document_id: str, max_characters: int, name: str = "") -> Cited:
        """What is known of the subject of one document, called by this name, in brief."""
        return profile(self.index.contents, document_id, max_characters, name)

    def read(self, text: str, last: Turn | None = None) -> Question:
        """The question, cleaned, completed from the conversation and spelt as the corpus spells."""
        return self._read(self.index, text, last)

    def search(self, question: Question, without: int | None = None) -> tuple[Hit, ...]:
        """The passages that retrieval alone finds, before anything is read; `without` as for `find`."""
        vector = self._vector(question)
        return self._search(self._open(), question, vector, without)

    def find(self, question: Question, without: int | None = None) -> Found:
        """What would be quoted; `without` leaves a known question out (see `HybridRetriever.search`)."""
        return self._find(self._open(), question, without, Clock())

    def _read(self, index: Index, text: str, last: Turn | None) -> Question:
        return read_question(
            text,
            index.vocabulary,
            self._settings.answer.max_question_characters,
            lambda asked: complete(departments_named(asked), index.names, last, index.regions),
            index.is_word,
        )

    def _best(self, opened: Opened, tried: list[Judged], last: Turn | None, clock: Clock) -> Judged:
        """The reading that is most surely answered; a follow-up that none answers may be reworded by the writer."""
        best = max(tried, key=sureness)
        asked = tried[0][0]
        if self._writer is None or last is None or best[2].verdict != "closest" or asked.lang != "fr":
            return best
        try:
            reworded = self._writer.rewrite(asked, last)
        except Exception:
            logger.exception("La reformulation a échoué, par une erreur inattendue ; la question reste telle quelle")
            return best
        if reworded is None:
            return best
        read, found, judgement = self._judged(opened, self._read(opened[0], reworded, None), clock)
        # What was asked is what is kept of it: a model's words may hold those of another question.
        kept = replace(read, original=asked.original, text=asked.text, truncated=asked.truncated)
        return max(best, (kept, found, judgement), key=sureness)

    def _write(self, index: Index, question: Question, found: Found, judgement: Judgement) -> Writing | None:
        """Only what was judged answerable is ever shown to a language model, and not where the sources are silent."""
        if self._writer is None or judgement.verdict != "answered" or found.draft.claims[0].section.silence:
            return None
        try:
            return self._writer.write(index, question, found.hits, found.draft)
        except Exception:
            # What checks a model's sentences may fail in its own ways; the quotes are there already.
            logger.exception("La rédaction a échoué, par une erreur inattendue ; la réponse reste extractive")
            return None

    def _judged(self, opened: Opened, question: Question, clock: Clock) -> Judged:
        found = self._find(opened, question, None, clock)
        with clock.step("compose"):
            return question, found, judge(opened[0], question, found, self.weights)

    def _vector(self, question: Question) -> Vector:
        return question_vector(self.encoder, question.corrected, self._settings.retrieval.adapter)

    @staticmethod
    def _search(opened: Opened, question: Question, vector: Vector, without: int | None) -> tuple[Hit, ...]:
        index, retriever = opened
        return retriever.search(question.corrected, vector, allowed=searchable(index, question), without=without)

    def _find(self, opened: Opened, question: Question, without: int | None, clock: Clock) -> Found:
        index, _ = opened
        with clock.step("embed"):
            vector = self._vector(question)
        with clock.step("retrieve"):
            hits = self._search(opened, question, vector, without)
            # Who learns from a question learns as if nobody had foreseen it.
            foreseen = _foreseen(index, question, hits) if without is None else frozenset()
            hits, read = reread(self._reader, index.contents, question.corrected, hits, foreseen)
        with clock.step("compose"):
            draft = compose(index, hits, vector, self._settings.answer.max_characters)
        with clock.step("retrieve"):
            second = self._second_opinion(index, question, draft)
        return Found(vector, hits, draft, read, second)

    def _second_opinion(self, index: Index, question: Question, draft: Draft) -> float:
        if not draft.claims:
            return 0.0
        text = read_text(index.contents, draft.claims[0].section.id)
        return self._second.log_odds(question.corrected, [text])[0]


def _foreseen(index: Index, question: Question, hits: Sequence[Hit]) -> frozenset[str]:
    """The sections found that were written for just this question."""
    found = {hit.passage.section for hit in hits}
    return frozenset(s for s in found if is_foreseen(index, index.contents.sections[s], question))


def _subject(index: Index, draft: Draft, judgement: Judgement) -> str | None:
    """The title of the document that answered, when one did."""
    if judgement.verdict != "answered":
        return None
    return index.contents.documents[draft.claims[0].section.id].title
