"""matrix-nio's client, taught to say in French what it waits for, and to retry what is worth it."""

import asyncio
import json
import logging
import uuid
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from typing import Any

from aiohttp import ClientError, ClientResponse
from nio import (
    AsyncClient,
    AsyncClientConfig,
    EncryptionError,
    ErrorResponse,
    GroupEncryptionError,
    KeysQueryError,
    KeysQueryResponse,
    KeysUploadError,
    LocalProtocolError,
    MatrixRoom,
    RoomSendResponse,
    SyncError,
    SyncResponse,
)
from nio.store import SqliteStore
from peewee import DatabaseError  # type: ignore[import-untyped]

from bot.channel import ChannelError
from bot.matrix.files import broken, database
from bot.matrix.trouble import ATTEMPTS, LONGEST_WAIT, backoff, is_passing, persist
from bot.messages import MATRIX_REVOKED

logger = logging.getLogger(__name__)
# How long the homeserver may hold a sync request.
SYNC_MS = 30_000
# Events of one room in one sync; what is missing between two syncs is fetched (see `MAX_GAP`).
TIMELINE_LIMIT = 100
MAX_GAP = 1000
# How often a room's key is shared before a message: again for those who joined or left during the last time, never for
# ever, in a room where people come and go without end.
SHARING_ROUNDS = 4
# Seconds between two tries at uploading keys that were refused.
KEYS_WAIT = 1.0
API = "/_matrix/client/v3/"
SYNC_FILTER = {
    "presence": {"not_types": ["*"]},
    "room": {"timeline": {"limit": TIMELINE_LIMIT}, "ephemeral": {"not_types": ["*"]}},
}


class NotSentError(Exception):
    """The homeserver refused a message: a room that was left, or where the bot may not speak."""


class MatrixClient(AsyncClient):  # type: ignore[misc]
    """One login; `since` and the rooms are kept by matrix-nio."""

    def __init__(self, homeserver: str, user: str, folder: str) -> None:
        config = AsyncClientConfig(store=SqliteStore, encryption_enabled=True, max_timeout_retry_wait_time=LONGEST_WAIT)
        super().__init__(homeserver.rstrip("/"), user, store_path=folder, config=config)
        self._reachable = True
        self._closed = False
        self._failures = 0
        self._sending: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        # Of each room, the devices that could not be given its present key.
        self._out_of_reach: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
        self.add_response_callback(self._on_limit, ErrorResponse)
        self.add_response_callback(self._on_sync_error, SyncError)
        self.add_response_callback(self._on_sync, SyncResponse)
        self.add_response_callback(self._on_keys_refused, KeysUploadError)

    async def get_timeout_retry_wait_time(self, got_timeouts: int) -> float:
        """Seconds before a request that found no server is sent again; said once an outage."""
        self._unreachable("pas de réponse")
        return float(await super().get_timeout_retry_wait_time(got_timeouts))

    async def send(self, *args: Any, **kw: Any) -> Any:
        """One request; those that matrix-nio left running when the client was closed end here, in silence."""
        if self._closed:
            raise asyncio.CancelledError
        try:
            return await super().send(*args, **kw)
        except RuntimeError:
            if self._closed:
                raise asyncio.CancelledError from None
            raise

    async def parse_body(self, transport_response: ClientResponse) -> Any:
        """The answer's JSON; empty for an error page that is no text in UTF-8, where matrix-nio would raise."""
        try:
            return await super().parse_body(transport_response)
        except ValueError:
            return {}

    async def receive_response(self, response: Any) -> None:
        """Take an answer in; that of a server in trouble is said once an outage, whatever was asked."""
        if isinstance(response, ErrorResponse) and is_passing(response):
            self._unreachable(str(response))
        await super().receive_response(response)

    def load_store(self) -> None:
        """Open the database of the device; `ChannelError` with its cure where it can't be used."""
        try:
            super().load_store()
        # A `ValueError` comes of what was read but is no key.
        except (DatabaseError, ValueError) as error:
            raise broken(database(Path(self.store_path), self.user_id, self.device_id), error) from None

    async def close(self) -> None:
        """Close the connections and the database."""
        self._closed = True
        await super().close()
        if self.store:
            self.store.database.close()

    async def keys_query(self) -> KeysQueryResponse | KeysQueryError | None:
        """Ask for devices that are not known yet; None when somebody just did.

        A sync asks beside a reply that asks too; matrix-nio raises for the one that comes second, which ends the sync.
        """
        return await super().keys_query() if self.users_for_key_query else None

    async def post(self, path: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """A request that matrix-nio has no method for; waits as long as the homeserver asks to."""
        while True:
            headers = {"Authorization": f"Bearer {self.access_token}", "Content-Type": "application/json"}
            answer = await self.send("POST", API + path, json.dumps(body), headers)
            content = await self.parse_body(answer)
            content = content if isinstance(content, dict) else {}
            if answer.status != 429:
                return answer.status, content
            await asyncio.sleep(content.get("retry_after_ms", 5000) / 1000)

    async def unsay(self, room_id: str, event_id: str) -> None:
        """Take back a message of ours."""
        answer = await persist(lambda: self.room_redact(room_id, event_id))
        if isinstance(answer, ErrorResponse):
            logger.warning("Matrix : message %s non supprimé dans le salon %s (%s)", event_id, room_id, answer.message)

    async def deliver(self, room_id: str, kind: str, content: dict[str, Any]) -> str:
        """Send an event, in order within its room, encrypted where the room is; its id. `NotSentError` when refused."""
        # The same transaction id for every try: a message that did arrive is not sent twice.
        transaction = str(uuid.uuid4())
        async with self._sending[room_id]:
            for attempt in range(ATTEMPTS):
                try:
                    await self._share_key(room_id)
                    # Room keys go to devices that nobody verified by hand too: a bot can't compare emojis.
                    result = await self.room_send(room_id, kind, content, transaction, ignore_unverified_devices=True)
                except ClientError as error:
                    self._unreachable(str(error))
                except (LocalProtocolError, EncryptionError, GroupEncryptionError) as error:
                    # Members or keys could not be had just now, or the room is gone.
                    if room_id not in self.rooms:
                        raise NotSentError(str(error)) from None
                else:
                    if isinstance(result, RoomSendResponse):
                        return str(result.event_id)
                    if not is_passing(result):
                        raise NotSentError(str(result))
                await asyncio.sleep(backoff(attempt))
        raise NotSentError(f"{ATTEMPTS} essais sans succès")

    async def _share_key(self, room_id: str) -> None:
        """Give the room's key to every device there, those of people who join meanwhile included, and to no other.

        matrix-nio asks for a newcomer's devices only beside the next sync, and takes a key for shared once its requests
        are done, whoever joined or left while they were under way: a reply would stay hidden from the one, and could be
        read by the other.
        """
        for _ in range(SHARING_ROUNDS):
            room = self.rooms.get(room_id)
            if room is None or not room.encrypted:
                return
            if not room.members_synced:
                await self.joined_members(room_id)
            if self.users_for_key_query.intersection(room.users):
                await self.keys_query()
            session = self.olm.outbound_group_sessions.get(room_id)
            if session is not None and session.shared and not session.expired:
                if session.users_shared_with == self._devices(room) - self._out_of_reach[room_id]:
                    return
                self.invalidate_outbound_session(room_id)
            await self._share_once(room)

    async def _share_once(self, room: MatrixRoom) -> None:
        asked = self._devices(room)
        try:
            # A `KeyError`: someone joined while the key was shared, which matrix-nio then forgot; a new one is next.
            with suppress(KeyError):
                await self.share_group_session(room.room_id, ignore_unverified_devices=True)
        finally:
            # Left behind when the claim of one-time keys fails, it would be waited for for ever.
            self.sharing_session.pop(room.room_id, None)
        # Devices that have no one-time keys left: to ask for some before every message would help nobody.
        missing = self.olm.get_missing_sessions(list(room.users))
        self._out_of_reach[room.room_id] = asked & {(user, name) for user, names in missing.items() for name in names}

    def _devices(self, room: MatrixRoom) -> set[tuple[str, str]]:
        """(user, device) of everyone in the room, this device aside."""
        known = (device for user in room.users for device in self.device_store.active_user_devices(user))
        return {(device.user_id, device.id) for device in known if device.id != self.device_id}

    async def _on_limit(self, response: ErrorResponse) -> None:
        if response.status_code == "M_LIMIT_EXCEEDED":
            seconds = (response.retry_after_ms or 5000) / 1000
            logger.warning("Matrix : le serveur demande d'attendre %.1f s avant de continuer", seconds)

    async def _on_sync_error(self, response: SyncError) -> None:
        """Wait before the next try, unless the login is gone; matrix-nio itself would ask again at once."""
        if response.status_code in ("M_UNKNOWN_TOKEN", "M_MISSING_TOKEN", "M_FORBIDDEN", "M_USER_DEACTIVATED"):
            raise ChannelError(*MATRIX_REVOKED)
        if response.status_code != "M_LIMIT_EXCEEDED":
            self._unreachable(str(response))
            self._failures += 1
            await asyncio.sleep(backoff(self._failures))

    def skip_one_time_keys(self) -> None:
        """Go on with other ids: the homeserver has keys of these that our database knows nothing of.

        So it is after an upload that was cut short, or a backup of the database that was restored.
        """
        account = self.olm.account
        account.generate_one_time_keys(account.max_one_time_keys)
        account.mark_keys_as_published()
        self.olm.save_account()

    async def _on_keys_refused(self, response: KeysUploadError) -> None:
        if not is_passing(response):
            logger.warning("Matrix : clés à usage unique refusées (%s) ; j'en fais d'autres", response.message)
            self.skip_one_time_keys()
        await asyncio.sleep(KEYS_WAIT)

    async def _on_sync(self, response: SyncResponse) -> None:
        # matrix-nio takes a count of zero for no count at all, and would never make keys again.
        if self.olm and response.device_key_count.signed_curve25519 == 0:
            self.olm.uploaded_key_count = 0
        if not self._reachable:
            logger.info("Matrix : le serveur %s répond à nouveau", self.homeserver)
        self._reachable, self._failures = True, 0

    def _unreachable(self, reason: str) -> None:
        if self._reachable:
            logger.warning("Matrix : le serveur %s ne répond pas (%s) ; je réessaie", self.homeserver, reason)
        self._reachable = False
