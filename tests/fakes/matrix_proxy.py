"""A reverse proxy before the homeserver, as many are; it can lose answers, or fail in the homeserver's place."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import ClientSession, ClientTimeout, web
from fakes.synapse import free_port

BAD_GATEWAY = "<html><body>502 Bad Gateway</body></html>"


class Proxy:
    """`lose`: how many messages reach the homeserver without their sender being told; `down`: nothing gets through."""

    def __init__(self, target: str) -> None:
        self._target = target
        self.url = f"http://127.0.0.1:{free_port()}"
        self.lose = 0
        self.down = False
        self.refused = 0

    async def handle(self, request: web.Request) -> web.Response:
        if self.down:
            self.refused += 1
            return self._bad_gateway()
        headers = {name: request.headers[name] for name in ("Authorization", "Content-Type") if name in request.headers}
        target = self._target + request.raw_path
        async with (
            ClientSession(timeout=ClientTimeout(total=None)) as session,
            session.request(request.method, target, data=await request.read(), headers=headers) as answer,
        ):
            body, kind, status = await answer.read(), answer.content_type, answer.status
        if self.lose and "/send/" in request.path:
            self.lose -= 1
            self.refused += 1
            return self._bad_gateway()
        return web.Response(body=body, status=status, content_type=kind)

    def _bad_gateway(self) -> web.Response:
        return web.Response(status=502, text=BAD_GATEWAY, content_type="text/html")


@asynccontextmanager
async def proxy(target: str) -> AsyncIterator[Proxy]:
    """The proxy, listening on loopback."""
    before = Proxy(target)
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", before.handle)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", int(before.url.rpartition(":")[2])).start()
    try:
        yield before
    finally:
        await runner.cleanup()
