"""A homeserver in trouble, or what stands before it: which answers say so, and how long it is asked again."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from nio import ErrorResponse

ATTEMPTS = 8
# The longest wait, in seconds, before a server that is gone is asked again.
LONGEST_WAIT = 30.0


async def persist(request: Callable[[], Awaitable[Any]]) -> Any:
    """The answer to a request that may be made twice; made again while the homeserver is in trouble."""
    for attempt in range(ATTEMPTS):
        answer = await request()
        if not (isinstance(answer, ErrorResponse) and is_passing(answer)):
            break
        await asyncio.sleep(backoff(attempt))
    return answer


def is_passing(error: ErrorResponse) -> bool:
    """Whether a refusal may not last."""
    status = getattr(error.transport_response, "status", None)
    return status is not None and _is_in_trouble(status)


def retry_if_in_trouble(status: int) -> None:
    """`ConnectionError` where a server in trouble answered: it refused nobody and doubts no key, and is asked again."""
    if _is_in_trouble(status):
        raise ConnectionError(f"HTTP {status}")


def backoff(attempt: int) -> float:
    """Seconds before the next try."""
    return float(min(0.5 * 2**attempt, LONGEST_WAIT))


def _is_in_trouble(status: int) -> bool:
    return status >= 500
