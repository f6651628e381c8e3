"""How requests to the loopback Discord are received: who may call, when to slow down, what is held against a bot."""

import json
import re
import time
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web
from fakes.discord_rules import RefusalError

PREFIX = "/api/v10"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
# What anyone who holds an interaction's token may call.
OPEN = re.compile(r"/(interactions|webhooks)/")


@dataclass
class Limit:
    """A 429 to give: which requests (« METHOD /path »), how long to wait, how many times."""

    pattern: str
    retry_after: float
    times: int
    free_at: float = 0


@dataclass
class Trouble:
    """Requests that are not obeyed, through no fault of the bot: a 503, or a connection that is cut."""

    pattern: str
    times: int
    cut: bool


@dataclass
class Manners:
    """Receives every request; `unknown_routes` and `breaches` (refused for breaking a rule) should stay empty."""

    token: str
    changed: Callable[[], None]
    limits: list[Limit] = field(default_factory=list)
    waits: list[str] = field(default_factory=list)
    lost_responses: list[tuple[str, bool]] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)
    meanwhile: list[tuple[str, Callable[[], Awaitable[None]]]] = field(default_factory=list)
    forgiven: set[str] = field(default_factory=set)
    unknown_routes: list[str] = field(default_factory=list)
    breaches: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    async def receive(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith(PREFIX):
            return await handler(request)
        route = f"{request.method} {request.path.removeprefix(PREFIX)}"
        self.requests.append(route)
        for trouble in [one for one in self.troubles if one.times and re.search(one.pattern, route)]:
            trouble.times -= 1
            return _fail(request, 503, trouble.cut)
        response = await self._obey(request, route, handler)
        self.changed()
        for waiting in [one for one in self.meanwhile if re.search(one[0], route)]:
            self.meanwhile.remove(waiting)
            await waiting[1]()
        for lost in [lost for lost in self.lost_responses if re.search(lost[0], route)]:
            # Obeyed, and the answer lost on its way back: what a client must not mistake for a failure.
            self.lost_responses.remove(lost)
            self.forgiven.add(route)
            return _fail(request, 502, lost[1])
        return response

    async def _obey(self, request: web.Request, route: str, handler: Handler) -> web.StreamResponse:
        try:
            self._authorise(request)
            self._slow_down(route)
            return await handler(request)
        except RefusalError as refusal:
            return self._refuse(route, refusal)
        except web.HTTPException as error:
            self.unknown_routes.append(route)
            return json_response({"message": f"{error.status}: {error.reason}", "code": 0}, error.status)
        except Exception:
            self.breaches.append(f"{route}: {traceback.format_exc()}")
            raise

    def _authorise(self, request: web.Request) -> None:
        authorised = request.headers.get("Authorization") == f"Bot {self.token}"
        if not authorised and not OPEN.match(request.path.removeprefix(PREFIX)):
            raise RefusalError(401, 0, "401: Unauthorized")

    def _slow_down(self, route: str) -> None:
        """A scripted 429; who comes back before its Retry-After breaks a rule."""
        for limit in [limit for limit in self.limits if re.search(limit.pattern, route)]:
            if time.monotonic() < limit.free_at - 0.05:
                self.breaches.append(f"{route}: came back before Retry-After")
            if limit.times > 0:
                limit.times -= 1
                limit.free_at = time.monotonic() + limit.retry_after
                self.waits.append(route)
                raise RefusalError(429, 0, "You are being rate limited.", retry_after=limit.retry_after)

    def _refuse(self, route: str, refusal: RefusalError) -> web.Response:
        if refusal.status not in (401, 429) and route not in self.forgiven:
            self.breaches.append(f"{route}: {refusal.code} {refusal.message} {refusal.faults or ''}".strip())
        headers = {"Via": "1.1 loopback"}
        if refusal.retry_after:
            headers |= {"Retry-After": str(refusal.retry_after), "X-RateLimit-Scope": "user"}
            headers |= {"X-RateLimit-Remaining": "0", "X-RateLimit-Limit": "5", "X-RateLimit-Bucket": "loopback"}
            headers |= {"X-RateLimit-Reset-After": str(refusal.retry_after)}
            headers |= {"X-RateLimit-Reset": str(time.time() + refusal.retry_after)}
        return json_response(refusal.body(), refusal.status, headers)


def _fail(request: web.Request, status: int, cut: bool) -> web.Response:
    if cut and request.transport:
        request.transport.abort()
    return json_response({"message": f"{status}: no luck", "code": 0}, status)


def json_response(data: object, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    # A charset here and discord.py would take the body for a string.
    given = {"Content-Type": "application/json"} | (headers or {})
    return web.Response(body=json.dumps(data).encode(), status=status, headers=given)
