"""The gateway of the loopback Discord: sessions to resume, intents that are obeyed, heartbeats that are timed."""

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSCloseCode, web
from fakes.discord_world import DIRECT, Json, World, snowflake

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, RESUME, RECONNECT, INVALID, HELLO, ACK = 0, 1, 2, 3, 6, 7, 9, 10, 11
BAD_TOKEN, INTENTS_NOT_GRANTED, CLOSED = 4004, 4014, 4000
GUILDS, GUILD_MESSAGES, DIRECT_MESSAGES, MESSAGE_CONTENT = 1 << 0, 1 << 9, 1 << 12, 1 << 15
NETWORK_SECONDS = 0.05
PRIVILEGED = 1 << 1 | 1 << 8 | MESSAGE_CONTENT


@dataclass
class Session:
    """What a bot that lost its connection may take up again."""

    id: str
    intents: int
    socket: web.WebSocketResponse | None
    events: list[Json] = field(default_factory=list)
    valid: bool = True


@dataclass
class Gateway:
    """Every connection made, and what to refuse; `late` are the heartbeats more than `patience` seconds behind."""

    world: World
    token: str
    base: str = ""
    interval: float = 41.25
    patience: float = 2.0
    granted: int = PRIVILEGED
    refuse: int = 0
    sessions: list[Session] = field(default_factory=list)
    identified: list[Json] = field(default_factory=list)
    resumed: int = 0
    refused: int = 0
    heartbeats: int = 0
    late: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def connected(self) -> bool:
        return any(session.socket for session in self.sessions)

    async def connect(self, request: web.Request) -> web.StreamResponse:
        if self.refuse:
            self.refuse -= 1
            self.refused += 1
            return web.Response(status=503)
        socket = web.WebSocketResponse(autoping=True)
        await socket.prepare(request)
        await socket.send_json({"op": HELLO, "d": {"heartbeat_interval": int(self.interval * 1000)}})
        session = None
        last = time.monotonic()
        async for frame in socket:
            message = json.loads(frame.data)
            if message["op"] == HEARTBEAT:
                last = await self._beat(socket, last)
            else:
                session = await self._obey(socket, session, message)
        if session and session.socket is socket:
            session.socket = None
        return socket

    async def _beat(self, socket: web.WebSocketResponse, last: float) -> float:
        moment = time.monotonic()
        self.heartbeats += 1
        if moment - last > self.interval + self.patience:
            self.late.append(moment - last)
        # Not at once: discord.py takes an answer that overtakes its own bookkeeping for a very late one.
        asyncio.get_running_loop().call_later(NETWORK_SECONDS, lambda: asyncio.ensure_future(_ack(socket)))
        return moment

    async def _obey(self, socket: web.WebSocketResponse, session: Session | None, message: Json) -> Session | None:
        match message["op"]:
            case 2:
                return await self._identify(socket, message["d"])
            case 6:
                return await self._resume(socket, message["d"])
            case 3:
                return session
        self.faults.append(f"gateway op {message['op']}")
        return session

    async def _identify(self, socket: web.WebSocketResponse, asked: Json) -> Session | None:
        self.identified.append(asked)
        if asked["token"] != self.token:
            await socket.close(code=BAD_TOKEN, message=b"Authentication failed.")
            return None
        if asked["intents"] & PRIVILEGED & ~self.granted:
            await socket.close(code=INTENTS_NOT_GRANTED, message=b"Disallowed intent(s).")
            return None
        session = Session(snowflake(), asked["intents"], socket)
        self.sessions.append(session)
        guilds = [{"id": guild, "unavailable": True} for guild in self.world.guilds]
        ready = {"v": 10, "user": self.world.bot, "guilds": guilds, "session_id": session.id, "private_channels": []}
        ready |= {"application": {"id": self.world.bot["id"], "flags": 0}, "resume_gateway_url": f"{self.base}/resume"}
        await self._send(session, "READY", ready)
        for guild in self.world.guilds.values():
            await self._send(session, "GUILD_CREATE", guild)
        return session

    async def _resume(self, socket: web.WebSocketResponse, asked: Json) -> Session | None:
        found = [s for s in self.sessions if s.id == asked["session_id"] and s.valid and asked["token"] == self.token]
        if not found:
            await socket.send_json({"op": INVALID, "d": False})
            return None
        session = found[0]
        session.socket = socket
        self.resumed += 1
        for event in [event for event in session.events if event["s"] > asked["seq"]]:
            await socket.send_json(event)
        await self._send(session, "RESUMED", {"_trace": []})
        return session

    async def dispatch(self, event: str, data: Json, direct: bool = False) -> None:
        """To every session whose intents ask for it, now or when it is resumed."""
        for session in [session for session in self.sessions if session.valid]:
            if event.startswith("MESSAGE"):
                needed = DIRECT_MESSAGES if direct else GUILD_MESSAGES
            else:
                needed = 0 if event.startswith("INTERACTION") else GUILDS
            if session.intents & needed == needed:
                await self._send(session, event, self._readable(session, data, direct) if needed != GUILDS else data)

    def _readable(self, session: Session, data: Json, direct: bool) -> Json:
        """Without its privileged intent a bot reads only what is sent to it, names it, or is its own."""
        mine = self.world.bot["id"]
        named = any(user["id"] == mine for user in data.get("mentions", []))
        if session.intents & MESSAGE_CONTENT or direct or named or data.get("author", {}).get("id") in (mine, None):
            return data
        return data | {"content": "", "embeds": [], "components": [], "attachments": []}

    async def _send(self, session: Session, event: str, data: Any) -> None:
        session.events.append({"op": DISPATCH, "t": event, "s": len(session.events) + 1, "d": data})
        if session.socket and not session.socket.closed:
            try:
                await session.socket.send_json(session.events[-1])
            except ConnectionError:
                session.socket = None

    async def close(self, code: int = CLOSED, forget: bool = False) -> None:
        """Cut every connection; `forget` also makes the sessions impossible to resume."""
        for session in self.sessions:
            session.valid = session.valid and not forget
            if session.socket:
                socket, session.socket = session.socket, None
                await socket.close(code=code)

    async def ask_to_reconnect(self) -> None:
        """What Discord sends before it takes a gateway down."""
        for session in self.sessions:
            if session.socket:
                await session.socket.send_json({"op": RECONNECT, "d": None})

    async def stop(self) -> None:
        await self.close(WSCloseCode.GOING_AWAY, forget=True)


async def _ack(socket: web.WebSocketResponse) -> None:
    if not socket.closed:
        await socket.send_json({"op": ACK})


def is_direct(channel: Json) -> bool:
    return channel["type"] == DIRECT
