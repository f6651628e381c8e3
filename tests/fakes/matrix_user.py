"""A person on Matrix, for the tests: a real client (matrix-nio) with what people do, and a log of all they see."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fakes.synapse import SERVER_NAME, Synapse
from nio import (
    AsyncClient,
    AsyncClientConfig,
    Event,
    MatrixRoom,
    ReceiptEvent,
    RoomSendResponse,
    ToDeviceResponse,
    TypingNoticeEvent,
)
from nio.store import SqliteStore

PASSWORD = "mot-de-passe"
# Far beyond what an answer needs: reached only when none comes.
PATIENCE_SECONDS = 60
POLL_SECONDS = 0.02
ENCRYPTION = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}
Found = dict[str, Any]


class Client(AsyncClient):
    """Can keep its room keys from being sent for a while, as a slow network would."""

    def __init__(self, *args, **kw) -> None:
        super().__init__(*args, **kw)
        self.holding_keys = False
        self._held: list[tuple] = []

    async def _send(self, response_class, method, path, *args, **kw):
        if self.holding_keys and "/sendToDevice/m.room.encrypted" in path:
            self._held.append((response_class, method, path, args, kw))
            return ToDeviceResponse(None)
        return await super()._send(response_class, method, path, *args, **kw)

    async def keys_query(self):
        # The sync asks beside a message that asks too, and the second would end it.
        return await super().keys_query() if self.users_for_key_query else None

    async def share_group_session(self, *args, **kw):
        try:
            return await super().share_group_session(*args, **kw)
        except KeyError:
            # The key was given up while it was shared, as someone joined.
            return await super().share_group_session(*args, **kw)

    async def release_keys(self) -> None:
        self.holding_keys = False
        for response_class, method, path, args, kw in self._held:
            await super()._send(response_class, method, path, *args, **kw)


class User:
    """Someone with an account, who reads along until the test is over."""

    def __init__(self, client: AsyncClient) -> None:
        self.client = client
        self.seen: list[Found] = []
        self.signs: list[tuple[str, str]] = []
        self.syncing: asyncio.Task[None] | None = None
        client.add_event_callback(self._note, Event)
        client.add_ephemeral_callback(self._notice_typing, TypingNoticeEvent)
        client.add_ephemeral_callback(self._notice_reading, ReceiptEvent)

    @property
    def id(self) -> str:
        return self.client.user_id

    async def _note(self, room: MatrixRoom, event: Event) -> None:
        self.seen.append({**event.source, "room": room.room_id, "decrypted": getattr(event, "decrypted", False)})

    async def _notice_typing(self, room: MatrixRoom, event: TypingNoticeEvent) -> None:
        self.signs += [("typing", user) for user in event.users]

    async def _notice_reading(self, room: MatrixRoom, event: ReceiptEvent) -> None:
        self.signs += [("read", receipt.event_id) for receipt in event.receipts if receipt.user_id != self.id]

    async def room(self, *invited: str, encrypted: bool = False, direct: bool = False, **kw) -> str:
        """A new room; people are waited for with `joined`."""
        state = [ENCRYPTION] if encrypted else []
        made = await self.client.room_create(invite=invited, is_direct=direct, initial_state=state, **kw)
        await self.until(lambda: made.room_id in self.client.rooms)
        return made.room_id

    async def joined(self, room: str, *users: str) -> None:
        """Wait until these people are in the room."""
        await self.until(lambda: set(users) <= self.members(room))

    def members(self, room: str) -> set[str]:
        found = self.client.rooms[room]
        return {user for user in found.users if user not in found.invited_users}

    async def enter(self, room: str) -> None:
        await self.client.join(room)
        await self.until(lambda: room in self.client.rooms)

    async def say(self, room: str, text: str, thread: str = "", mention: Iterable[str] = (), **content) -> str:
        """Write a message; its id."""
        body = {"msgtype": "m.text", "body": text, "m.mentions": {"user_ids": list(mention)} if mention else {}}
        if thread:
            body["m.relates_to"] = {"rel_type": "m.thread", "event_id": thread, "is_falling_back": True}
            body["m.relates_to"]["m.in_reply_to"] = {"event_id": thread}
        return await self.send(room, "m.room.message", body | content)

    async def send(self, room: str, kind: str, content: dict[str, Any]) -> str:
        sent = await self.client.room_send(room, kind, content, ignore_unverified_devices=True)
        assert isinstance(sent, RoomSendResponse), sent
        return sent.event_id

    async def edit(self, room: str, message: str, text: str) -> str:
        relation = {"rel_type": "m.replace", "event_id": message}
        new = {"msgtype": "m.text", "body": text}
        return await self.say(room, f"* {text}", **{"m.new_content": new, "m.relates_to": relation})

    async def react(self, room: str, message: str, key: str) -> str:
        relation = {"rel_type": "m.annotation", "event_id": message, "key": key}
        return await self.send(room, "m.reaction", {"m.relates_to": relation})

    def replies(self, *, sender: str, to: str | None = None, room: str | None = None) -> list[Found]:
        """What `sender` wrote (edits aside), maybe only in reply to a message or in a room."""
        return [e for e in self._written(sender, room) if to in (None, _after(e)) and _relation(e) != "m.replace"]

    def edits(self, *, sender: str, of: str) -> list[Found]:
        return [
            e
            for e in self._written(sender, None)
            if _relation(e) == "m.replace" and e["content"]["m.relates_to"]["event_id"] == of
        ]

    def _written(self, sender: str, room: str | None) -> list[Found]:
        return [
            e
            for e in self.seen
            if e["type"] == "m.room.message" and e["sender"] == sender and room in (None, e["room"])
            if "body" in e["content"]
        ]

    async def reply(self, sender: str, to: str) -> Found:
        """Wait for the reply to a message."""
        await self.until(lambda: self.replies(sender=sender, to=to))
        return self.replies(sender=sender, to=to)[0]

    async def until(self, condition: Callable[[], Any]) -> None:
        """Wait for something that will be seen; fails when it is not, and says how much could not be read."""
        await until(condition, why=self._trouble)

    def _trouble(self) -> str:
        unread = sum(e["type"] == "m.room.encrypted" for e in self.seen)
        return f"{unread} undecrypted, {len(self.seen)} seen, {self.syncing}"


async def until(
    condition: Callable[[], Any], seconds: float = PATIENCE_SECONDS, why: Callable[[], str] = lambda: ""
) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain {why()}"
        await asyncio.sleep(POLL_SECONDS)


def _after(event: Found) -> str | None:
    return event["content"].get("m.relates_to", {}).get("m.in_reply_to", {}).get("event_id")


def _relation(event: Found) -> str | None:
    return event["content"].get("m.relates_to", {}).get("rel_type")


@asynccontextmanager
async def online(synapse: Synapse, name: str, folder: Path) -> AsyncIterator[User]:
    """An account that is made, logged in and in sync, with encryption."""
    synapse.register(name, PASSWORD)
    store = folder / name
    store.mkdir(parents=True)
    client = Client(synapse.url, f"@{name}:{SERVER_NAME}", store_path=str(store), config=_CONFIG)
    await client.login(PASSWORD)
    user = User(client)
    # The server's own limit is ten events a room and sync: where many talk at once, a slow client would miss some.
    user.syncing = syncing = asyncio.create_task(
        client.sync_forever(10_000, {"room": {"timeline": {"limit": 100}}}, full_state=True)
    )
    try:
        await until(lambda: client.next_batch and not client.should_upload_keys)
        yield user
    finally:
        syncing.cancel()
        await asyncio.wait([syncing])
        await client.close()


_CONFIG = AsyncClientConfig(store=SqliteStore)
