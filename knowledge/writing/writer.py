"""A language model writes, code decides: only sentences that stand in the passages ever leave this module.

The model sees the retrieved passages, as data, under keys that nobody could have guessed. Sentences that fail are cut;
when what remains does not answer, one more try names what failed; then there is no text, and quotes are sent instead.
"""

import secrets
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from knowledge.claims.checker import Checker, Given
from knowledge.claims.parser import ready
from knowledge.completion import Turn
from knowledge.compose import Draft
from knowledge.embeddings import Encoder
from knowledge.evidence import asked_kinds, holds_kind
from knowledge.index import Index
from knowledge.phrases import CANNOT_ANSWER
from knowledge.question import Question
from knowledge.retriever import Hit
from knowledge.settings import LlmSettings
from knowledge.text import clean, words
from knowledge.writing.chat_model import FEWEST_CHARACTERS_A_TOKEN, Chat, Deadline, Message
from knowledge.writing.contract import Cut, Writing
from knowledge.writing.errors import LlmError
from knowledge.writing.manuscript import declines, statements, without_thoughts
from knowledge.writing.rendering import Kept, rendered
from knowledge.writing.rewording import faithful
from knowledge.writing.verification import verified
from knowledge.yes_no import without_own_yes_or_no

# name, variables -> text; `prompts.render` is one.
Render = Callable[[str, Mapping[str, str]], str]
# Every prompt that this module fills, with its variables (a test compares them with the files).
PROMPTS: dict[str, frozenset[str]] = {
    "rules": frozenset({"cannot_answer", "domain"}),
    "domain": frozenset(),
    "question": frozenset({"example", "passages", "question"}),
    "retry": frozenset({"faults", "cannot_answer"}),
    "rewrite": frozenset({"previous", "question"}),
}
# Letters and figures that can't be taken for each other, nor make a French word.
_KEY_LETTERS = "bcdfghjkmnpqrstvwxz23456789"
KEY_LENGTH = 5
# What would close or open a mark of ours, or look like a key, is shown as something else.
_HARMLESS = str.maketrans({"<": "‹", ">": "›", "[": "(", "]": ")"})


class Writer:
    """See `knowledge.writing.contract.AnswerWriter`. Thread-safe."""

    def __init__(self, chat: Chat, render: Render, settings: LlmSettings, encoder: Encoder) -> None:
        self._chat = chat
        self._render = render
        self._settings = settings
        self._encoder = encoder
        self._lock = threading.Lock()
        self._checker: tuple[Index, Checker] | None = None

    def write(self, index: Index, question: Question, hits: tuple[Hit, ...], draft: Draft) -> Writing:
        """A verified answer, or why there is none."""
        if question.lang != "fr":
            return Writing(None, "langue")
        given = self._given(index, hits)
        if not given:
            return Writing(None, "sans_reponse")
        try:
            # Before the model is asked: what can't be checked must not be paid for, nor counted in the delay.
            ready()
            self._chat.ready()
            deadline = Deadline.after(self._settings.deadline_seconds)
            try:
                return self._write(index, question, given, draft, deadline)
            except LlmError as error:
                if error.kind != "trop_long" or len(given) < 2:
                    raise
                return self._write(index, question, given[: len(given) // 2], draft, deadline)
        except LlmError as error:
            return Writing(None, error.kind)
        except ImportError:
            return Writing(None, "installation")

    def _write(
        self, index: Index, question: Question, given: Sequence[Given], draft: Draft, deadline: Deadline
    ) -> Writing:
        messages = self._asked(question, given)
        cut: list[Cut] = []
        for tries in (1, 2):
            said = without_thoughts(self._chat.say(messages, deadline))
            if declines(said):
                return Writing(None, "sans_reponse", tuple(cut), tries)
            # No passage says « oui » of this question (see `knowledge.yes_no`).
            told = [replace(s, text=without_own_yes_or_no(s.text)) for s in statements(said)]
            kept, fresh = verified(index.contents, self._checker_of(index), self._encoder, told, given)
            cut += fresh
            if _answers(index, question, kept, draft):
                return Writing(rendered(index.contents, kept), "", tuple(cut), tries)
            messages = [*messages, ("ai", said), ("human", self._again(fresh))]
        return Writing(None, "sans_appui", tuple(cut), 2)

    def rewrite(self, question: Question, last: Turn) -> str | None:
        """A follow-up made to stand alone; None unless it asks the same, in words of the conversation."""
        values = {"previous": last.question.translate(_HARMLESS), "question": question.text.translate(_HARMLESS)}
        try:
            ready()
            self._chat.ready()
            deadline = Deadline.after(self._settings.deadline_seconds)
            said = without_thoughts(self._chat.say([("human", self._render("rewrite", values))], deadline))
        except (LlmError, ImportError):
            return None
        text = clean(said)
        return text if "\n" not in said and faithful(text, question, last) else None

    def _given(self, index: Index, hits: Iterable[Hit]) -> list[Given]:
        """The passages that say something, best first, as many as the budget allows; at least one if there is any."""
        contents = index.contents
        given: list[Given] = []
        room = self._settings.max_prompt_tokens * FEWEST_CHARACTERS_A_TOKEN
        for hit in hits:
            section = contents.sections[hit.passage.section]
            # What the sources do not say is for the judge to tell, not for a model to write about.
            if section.silence:
                continue
            group = contents.sentences[section.id][hit.passage.first : hit.passage.last + 1]
            key = "".join(secrets.choice(_KEY_LETTERS) for _ in range(KEY_LENGTH))
            passage = Given(key, contents.documents[section.id], section, group)
            room -= len(_shown(passage))
            if given and room < 0:
                break
            given.append(passage)
        return given

    def _asked(self, question: Question, given: Sequence[Given]) -> list[Message]:
        # The same rules word for word each time: servers keep what they have read of a beginning that comes back.
        rules = self._render("rules", {"cannot_answer": CANNOT_ANSWER, "domain": self._render("domain", {})})
        asked = {
            "example": given[0].key,
            "passages": "\n\n".join(map(_shown, given)),
            "question": question.completed.translate(_HARMLESS),
        }
        return [("system", rules), ("human", self._render("question", asked))]

    def _again(self, cut: Sequence[Cut]) -> str:
        faults = "\n".join(f"- « {c.text} » ({c.why})" for c in cut) or "- (aucune phrase utilisable)"
        return self._render("retry", {"faults": faults, "cannot_answer": CANNOT_ANSWER})

    def _checker_of(self, index: Index) -> Checker:
        with self._lock:
            if self._checker is None or self._checker[0] is not index:
                self._checker = (index, Checker(index))
            return self._checker[1]


def _shown(given: Given) -> str:
    """A passage as the model sees it: data between marks that no text of ours can close."""
    text = " ".join(s.text for s in given.sentences)
    title, section = (clean(t).translate(_HARMLESS) for t in (given.document.title, given.section.title))
    return f'<passage cle="{given.key}">\n{title} – {section}\n{clean(text).translate(_HARMLESS)}\n</passage>'


def _answers(index: Index, question: Question, kept: Sequence[Kept], draft: Draft) -> bool:
    """Whether what remains says what was asked: of the same section, of the same kind, about the same name."""
    if not kept or not {k.support.section.id for k in kept} & {c.section.id for c in draft.claims}:
        return False
    text = " ".join(k.statement.text for k in kept)
    quoted = " ".join(s.text for claim in draft.claims for s in claim.sentences)
    wanted = [kind for kind in asked_kinds(question.corrected) if holds_kind(kind, quoted)]
    name = words(index.names.find(question.corrected) or "")
    titles = " ".join(index.contents.documents[k.support.section.id].title for k in kept)
    named = not name or not set(name) <= set(words(quoted)) or set(name) <= set(words(f"{text} {titles}"))
    return named and all(holds_kind(kind, text) for kind in wanted)
