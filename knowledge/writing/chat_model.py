"""A chat model behind one call that cannot hang, cannot leak a secret, and fails with a reason.

Any model of LangChain's `init_chat_model`. What it says is streamed inside, so that a silent, endless or cut answer is
noticed; retries (tenacity) stay inside one total deadline; a breaker spares the questions that follow a failure.
"""

import os
import queue
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from knowledge.configuration import LLM_KEY
from knowledge.settings import LlmSettings
from knowledge.writing.breaker import Breaker
from knowledge.writing.errors import LlmError, reason_of

if TYPE_CHECKING:
    from tenacity import RetryCallState

# What a server that wants no key is told.
NO_KEY = "aucune"
ATTEMPTS = 3
# Seconds before a second and a third try, when the server does not say how long to wait.
WAITS = (0.5, 2.0)
# French text has between 3 and 4 characters a token: what a prompt may hold is counted with the fewest, and no answer
# within its budget is longer than with far more than it has.
FEWEST_CHARACTERS_A_TOKEN = 3
MOST_CHARACTERS_A_TOKEN = 6
# The same line this often is a model that goes round in circles.
REPEATS = 3
MIN_REPEATED = 15
# A call that begins with less of its time than this was not given it.
HASTE = 0.9
# What one question alone may cause: no reason to spare the model those of others.
_OF_THE_QUESTION = frozenset({"trop_long", "refus", "vide"})
_END = object()
Message = tuple[str, str]


class Chat(Protocol):
    """Something that answers a conversation, or raises `LlmError`."""

    def ready(self) -> None:
        """Load what the first call needs: seconds that no deadline should count. What fails is for `say` to tell."""
        ...

    def say(self, messages: Sequence[Message], deadline: "Deadline") -> str:
        """What the model says next."""
        ...


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment of `time.monotonic` after which nobody waits any more."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """This many seconds from now."""
        return cls(time.monotonic() + seconds)

    @property
    def left(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self.at - time.monotonic())


class ChatModel:
    """The model that the settings name; nothing is imported before it is first called. Thread-safe."""

    def __init__(self, settings: LlmSettings) -> None:
        self._settings = settings
        self._breaker = Breaker(settings.pause_seconds)
        self._lock = threading.Lock()
        self._model: Any = None

    def ready(self) -> None:
        """See `Chat`."""
        if self._breaker.closed:
            with suppress(LlmError):
                self._opened()

    def say(self, messages: Sequence[Message], deadline: Deadline) -> str:
        """See `Chat`; retries what may pass, and opens the breaker for what does not."""
        if not self._breaker.closed:
            self._try_aside()
            raise LlmError("pause")
        # A second try has what the first left of the time: that it runs out does not make a model dead.
        whole = deadline.left > HASTE * min(self._settings.timeout_seconds, self._settings.deadline_seconds)
        try:
            text = self._persist(messages, deadline)
        except LlmError as error:
            if error.kind not in _OF_THE_QUESTION and (whole or error.kind != "delai"):
                self._breaker.failed(error.wait or 0)
            raise
        self._breaker.succeeded()
        return text

    def _try_aside(self) -> None:
        """When the pause is over, see whether the model is back, without making anybody's question wait for it."""
        if self._breaker.may_try():
            threading.Thread(target=self._greet, name="ptce-llm-trial", daemon=True).start()

    def _greet(self) -> None:
        try:
            self._listen([("human", "Bonjour")], Deadline.after(self._settings.deadline_seconds))
        except LlmError as error:
            self._breaker.failed(error.wait or 0)
        else:
            self._breaker.succeeded()

    def _persist(self, messages: Sequence[Message], deadline: Deadline) -> str:
        try:
            from tenacity import Retrying, retry_if_exception, stop_after_attempt, stop_before_delay
        except ImportError:
            raise LlmError("installation") from None
        retrying = Retrying(
            stop=stop_after_attempt(ATTEMPTS) | stop_before_delay(deadline.left),
            wait=_wait,
            retry=retry_if_exception(lambda error: isinstance(error, LlmError) and error.passing),
            reraise=True,
        )
        said: str = retrying(self._listen, messages, deadline)
        return said

    def _listen(self, messages: Sequence[Message], deadline: Deadline) -> str:
        """One call: all that the model says, up to its budget, a silence, the deadline, or the third same line."""
        pieces: queue.SimpleQueue[Any] = queue.SimpleQueue()
        enough = threading.Event()
        # Opened before this silence is counted: a provider's first import takes some seconds.
        task = (self._opened(), messages, pieces, enough)
        threading.Thread(target=_pump, args=task, name="ptce-llm", daemon=True).start()
        heard: list[str] = []
        try:
            for piece in self._pieces(pieces, deadline):
                heard.append(piece)
                if self._has_said_enough("".join(heard)):
                    break
        finally:
            enough.set()
        text = "".join(heard).strip()
        if not text:
            raise LlmError("vide")
        return text

    def _pieces(self, pieces: "queue.SimpleQueue[Any]", deadline: Deadline) -> Iterator[str]:
        while True:
            try:
                piece = pieces.get(timeout=min(self._settings.timeout_seconds, deadline.left) or 0.001)
            except queue.Empty:
                raise LlmError("delai") from None
            if piece is _END:
                return
            if isinstance(piece, LlmError):
                raise piece
            yield piece
            if not deadline.left:
                raise LlmError("delai")

    def _has_said_enough(self, text: str) -> bool:
        if len(text) > self._settings.max_answer_tokens * MOST_CHARACTERS_A_TOKEN:
            return True
        lines = [line.strip() for line in text.replace(". ", ".\n").splitlines()]
        return len(lines) > REPEATS and len(lines[-2]) >= MIN_REPEATED and lines.count(lines[-2]) >= REPEATS

    def _opened(self) -> Any:
        with self._lock:
            if self._model is None:
                try:
                    self._model = open_model(self._settings)
                except Exception as error:  # noqa: BLE001 - as in `_pump`
                    raise reason_of(error) from None
            return self._model


def _pump(model: Any, messages: Sequence[Message], pieces: "queue.SimpleQueue[Any]", enough: threading.Event) -> None:
    """In its own thread, since a provider's client may wait longer than we do."""
    try:
        # Even where the environment asks for LangSmith: nobody's question leaves for a third party.
        from langsmith import tracing_context

        with tracing_context(enabled=False):
            for chunk in model.stream(list(messages)):
                if enough.is_set():
                    return
                pieces.put(_text(chunk))
        pieces.put(_END)
    except Exception as error:  # noqa: BLE001 - a provider may raise anything, and its words may hold the key
        pieces.put(reason_of(error))


def open_model(settings: LlmSettings) -> Any:
    """LangChain's chat model; the key comes from `PTCE_LLM_KEY`, else from the provider's own variable."""
    from langchain.chat_models import init_chat_model

    provider, _, name = settings.model.partition(":")
    return init_chat_model(name, model_provider=provider, **arguments(settings, provider))


def arguments(settings: LlmSettings, provider: str) -> dict[str, Any]:
    """What each provider's class calls timeouts, budgets and keys; retries are ours."""
    key = os.environ.get(LLM_KEY, "")
    given: dict[str, Any] = {"temperature": settings.temperature}
    if settings.base_url:
        given["base_url"] = settings.base_url
    if provider == "ollama":
        # Without a header of ours its client sends `OLLAMA_API_KEY`, to whatever address it is given.
        headers = {"Authorization": f"Bearer {key or NO_KEY}"} if key or settings.base_url else {}
        client = {"timeout": settings.timeout_seconds, "headers": headers}
        return given | {"num_predict": settings.max_answer_tokens, "client_kwargs": client}
    given |= {"timeout": settings.timeout_seconds, "max_tokens": settings.max_answer_tokens, "max_retries": 0}
    if provider == "mistralai":
        # Its class takes whole seconds, and means attempts by retries.
        given |= {"timeout": max(1, round(settings.timeout_seconds)), "max_retries": 1}
    if key:
        given["api_key"] = key
    elif settings.base_url:
        # A server of one's own may want no key; the provider's own variable is never sent to another address.
        given["api_key"] = NO_KEY
    return given


def _text(chunk: Any) -> str:
    """The words of a chunk of a stream; reasoning and other blocks are not words."""
    content = chunk.content
    if isinstance(content, str):
        return content
    return "".join(part if isinstance(part, str) else _text_of(part) for part in content or [])


def _text_of(block: dict[str, Any]) -> str:
    return str(block.get("text") or "") if block.get("type") in ("text", None) else ""


def _wait(state: "RetryCallState") -> float:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, LlmError) and error.wait is not None:
        return error.wait
    return WAITS[min(state.attempt_number, len(WAITS)) - 1]
