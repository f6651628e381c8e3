"""Which rooms the bot is in: whose invitations it accepts, when it leaves, and which rooms are a talk between two."""

import logging
import re
from fnmatch import fnmatchcase
from functools import partial
from typing import Any

from nio import ErrorResponse, InviteMemberEvent, JoinError, MatrixRoom, SyncResponse

from bot.channel import ChannelError
from bot.matrix.client import MatrixClient
from bot.matrix.place import Later
from bot.matrix.trouble import persist
from bot.messages import MATRIX_STRANGE_PATTERN
from knowledge.settings import MatrixSettings

logger = logging.getLogger(__name__)
_PATTERN = re.compile(r"@[^:\s]+:[^:\s]+(:\d+)?")


class People:
    """Whom the bot obeys: a list of servers, and of patterns of Matrix ids for persons and officers."""

    def __init__(self, settings: MatrixSettings) -> None:
        self._servers = frozenset(settings.allowed_servers.split())
        self._users = _patterns(settings.allowed_users, "allowed_users")
        self._officers = _patterns(settings.officers, "officers")

    def may_invite(self, user: str, own_server: str) -> bool:
        """Whether an invitation of this person is accepted."""
        return server_of(user) in (self._servers or {own_server}) or _matches(user, self._users)

    def is_officer(self, user: str) -> bool:
        """Whether this person may give the officers' commands."""
        return _matches(user, self._officers)


def server_of(user: str) -> str:
    """The homeserver in a Matrix id."""
    return user.partition(":")[2]


def _patterns(text: str, key: str) -> tuple[str, ...]:
    for pattern in text.split():
        # A pattern without a server would let in anyone who picks the right name elsewhere.
        if not _PATTERN.fullmatch(pattern):
            message, cure = MATRIX_STRANGE_PATTERN
            raise ChannelError(message.format(key=key, pattern=pattern), cure)
    return tuple(text.split())


def _matches(user: str, patterns: tuple[str, ...]) -> bool:
    name, _, server = user.partition(":")
    split = (pattern.partition(":")[::2] for pattern in patterns)
    # Name and server apart, so that « @*-pref:etat.fr » can't be met by a name with a colon of its own.
    return any(fnmatchcase(name, wanted) and fnmatchcase(server, where) for wanted, where in split)


def is_direct(room: MatrixRoom) -> bool:
    """Whether the room is a talk between one person and the bot."""
    return len(room.users) == 2


class Rooms:
    """Keeps the bot in the rooms where it belongs."""

    def __init__(self, client: MatrixClient, people: People, later: Later) -> None:
        self._client = client
        self._people = people
        self._later = later

    def follow(self, response: SyncResponse) -> None:
        """Answer the invitations of a sync, and leave the rooms that everybody else left.

        In tasks of their own: entering a room of a distant homeserver may take minutes.
        """
        for room_id, info in response.rooms.invite.items():
            inviters = [e.sender for e in info.invite_state if self._invites_me(e)]
            self._later(self._invited(room_id, inviters[-1] if inviters else ""), essential=False)
        for room_id in list(response.rooms.join):
            room = self._client.rooms.get(room_id)
            if room is not None and set(room.users) <= {self._client.user_id}:
                logger.info("Matrix : salon %s quitté, il n'y a plus personne", room_id)
                self._later(self._leave(room_id), essential=False)
        for room_id in response.rooms.leave:
            self._client.rooms.pop(room_id, None)

    def _invites_me(self, event: Any) -> bool:
        return (
            isinstance(event, InviteMemberEvent)
            and event.membership == "invite"
            and event.state_key == self._client.user_id
        )

    async def _invited(self, room_id: str, inviter: str) -> None:
        self._client.invited_rooms.pop(room_id, None)
        if not self._people.may_invite(inviter, server_of(self._client.user_id)):
            logger.info("Matrix : invitation refusée, venue du serveur %s", server_of(inviter) or "inconnu")
            await self._leave(room_id)
            return
        answer = await persist(lambda: self._client.join(room_id))
        if isinstance(answer, JoinError):
            logger.warning("Matrix : impossible d'entrer dans le salon %s (%s)", room_id, answer.message)

    async def _leave(self, room_id: str) -> None:
        for request in (self._client.room_leave, self._client.room_forget):
            answer = await persist(partial(request, room_id))
            if isinstance(answer, ErrorResponse):
                logger.warning("Matrix : impossible de quitter le salon %s (%s)", room_id, answer.message)
                return
