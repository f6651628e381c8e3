"""Requests that fail through no fault of ours: what to catch, what may go through later, for how long to try."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

import aiohttp
import discord

if TYPE_CHECKING:
    from tenacity import RetryCallState

T = TypeVar("T")
FAILURES = (discord.HTTPException, aiohttp.ClientError, OSError)
# Tried again after 1, 2, 4… seconds.
FIRST_WAIT, LONGEST_WAIT = 1.0, 10.0
# Discord's trouble may be with this one request; without a network there is nothing but to wait for it, as long as a
# conversation lasts.
TROUBLE_SECONDS, OUTAGE_SECONDS = 300.0, 86_400.0


async def insist(action: Callable[[], Awaitable[T]]) -> T:
    """The action's result; what fails on the way, or inside Discord, is tried again (discord.py waits out the 429)."""
    from tenacity import AsyncRetrying, retry_if_exception, wait_exponential_jitter

    retrying = AsyncRetrying(
        retry=retry_if_exception(may_pass),
        wait=wait_exponential_jitter(multiplier=FIRST_WAIT, max=LONGEST_WAIT),
        stop=_is_hopeless,
        reraise=True,
    )
    async for attempt in retrying:
        with attempt:
            return await action()
    raise AssertionError("tenacity ends with a result or an error")


def may_pass(error: BaseException) -> bool:
    """Whether the same request may go through a little later."""
    if isinstance(error, discord.HTTPException):
        return error.status >= HTTPStatus.INTERNAL_SERVER_ERROR or error.status == HTTPStatus.TOO_MANY_REQUESTS
    return isinstance(error, FAILURES)


def _is_hopeless(state: "RetryCallState") -> bool:
    answered = state.outcome and isinstance(state.outcome.exception(), discord.HTTPException)
    return (state.seconds_since_start or 0) >= (TROUBLE_SECONDS if answered else OUTAGE_SECONDS)
