"""What can go wrong with a chat model, told by kind and never in the provider's words, which may hold a secret."""

import math
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any, Literal

Kind = Literal[
    "cle", "introuvable", "limite", "serveur", "connexion", "delai", "vide", "malforme", "trop_long", "refus",
    "installation", "pause",
]  # fmt: skip
# What may go well a moment later.
PASSING: frozenset[Kind] = frozenset({"limite", "serveur", "connexion", "vide", "malforme"})
_STATUS: dict[int, Kind] = {401: "cle", 403: "cle", 404: "introuvable", 408: "delai", 413: "trop_long", 429: "limite"}
# Classes of providers' clients, by name: nothing of theirs is imported to recognise an error.
_TIMEOUTS = {"TimeoutError", "APITimeoutError", "TimeoutException", "ReadTimeout", "ConnectTimeout"}
_TRANSPORT = {"APIConnectionError", "TransportError", "ConnectionError", "RemoteProtocolError", "SSLError"}
_TOO_LONG = (
    "context_length", "context length", "maximum context", "context size", "too many tokens", "exceed_context",
    "prompt is too long", "input token count", "maximum number of tokens",
)  # fmt: skip
_NO_KEY = ("api_key", "api key", "credentials")
LONGEST_WAIT = 3600.0


class LlmError(Exception):
    """The model gave nothing usable; `wait` is how many seconds its server asked to be left alone."""

    def __init__(self, kind: Kind, wait: float | None = None) -> None:
        super().__init__(kind)
        self.kind: Kind = kind
        self.wait = wait

    @property
    def passing(self) -> bool:
        """Whether another try makes sense."""
        return self.kind in PASSING


def reason_of(error: BaseException) -> LlmError:
    """The `LlmError` that an exception of any provider amounts to; nothing of its text is kept."""
    if isinstance(error, LlmError):
        return error
    chain = list(_chain(error))
    status = next((found for e in chain if (found := _status(e))), None)
    if status is not None:
        return LlmError(_kind(status, error), _retry_after(chain))
    names = {name for e in chain for name in (c.__name__ for c in type(e).__mro__)}
    if isinstance(error, ImportError):
        return LlmError("installation")
    if names & _TIMEOUTS:
        return LlmError("delai")
    if names & _TRANSPORT:
        return LlmError("connexion")
    if any(word in str(error).lower() for word in _NO_KEY):
        return LlmError("cle")
    return LlmError("malforme")


def _kind(status: int, error: BaseException) -> Kind:
    if status == 400 and any(words in str(error).lower() for words in _TOO_LONG):
        return "trop_long"
    return _STATUS.get(status, "serveur" if status >= 500 else "refus")


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    for _ in range(10):
        if seen is None:
            return
        yield seen
        seen = seen.__cause__ or seen.__context__


def _status(error: BaseException) -> int | None:
    for holder in (error, getattr(error, "response", None)):
        status = getattr(holder, "status_code", None)
        if isinstance(status, int) and status >= 400:
            return status
    return None


def _retry_after(chain: list[BaseException]) -> float | None:
    """Seconds of a `Retry-After`, given as a number or as a date."""
    for error in chain:
        headers: Any = getattr(getattr(error, "response", None), "headers", None)
        value = headers.get("retry-after") if headers is not None else None
        if value:
            return _seconds(str(value))
    return None


def _seconds(value: str) -> float | None:
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - time.time()
        except ValueError:
            return None
    return min(max(seconds, 0.0), LONGEST_WAIT) if math.isfinite(seconds) else None
