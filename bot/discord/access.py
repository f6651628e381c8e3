"""Where the Discord bot answers, whom, and where an answer opens a thread."""

from collections.abc import Iterable
from dataclasses import dataclass

import discord

from knowledge.errors import SettingsError
from knowledge.settings import DiscordSettings

# All that the bot needs, and so all that its invitation asks for.
PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    create_public_threads=True,
    embed_links=True,
    read_message_history=True,
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was written; `parent` is the channel of a thread, and `guild` is None in a direct message."""

    guild: int | None
    channel: int | None
    parent: int | None = None


class Access:
    """The allow-lists; an empty one allows everything, except that without officers there are none."""

    def __init__(self, settings: DiscordSettings) -> None:
        self._guilds = _ids("servers", settings.servers)
        self._channels = _ids("channels", settings.channels)
        self._roles = _ids("roles", settings.roles)
        self._officers = _ids("officers", settings.officers)
        self._except = _ids("threads_except", settings.threads_except)
        self._direct = settings.direct_messages
        self._threads = settings.threads

    @property
    def reads_threads(self) -> bool:
        """Whether follow-ups without a mention are to be read: that takes a privileged intent."""
        return self._threads or bool(self._except)

    def serves(self, place: Place) -> bool:
        """Whether the bot answers there at all."""
        if place.guild is None:
            return self._direct
        if not self.serves_guild(place.guild):
            return False
        return not self._channels or not self._channels.isdisjoint({place.channel, place.parent})

    @property
    def needs_role(self) -> bool:
        """Whether only some roles may ask."""
        return bool(self._roles)

    def serves_guild(self, guild: int) -> bool:
        """Whether the bot answers in that server."""
        return not self._guilds or guild in self._guilds

    def may_ask(self, roles: Iterable[int]) -> bool:
        """Whether someone with these roles may ask."""
        return not self._roles or not self._roles.isdisjoint(roles)

    def is_officer(self, roles: Iterable[int]) -> bool:
        """Whether someone with these roles runs the assistant."""
        return not self._officers.isdisjoint(roles)

    def opens_thread(self, channel: int) -> bool:
        """Whether an answer in this channel opens a thread."""
        return self._threads != (channel in self._except)


def place_of(channel: object, guild: int | None) -> Place:
    """The place of a message or an interaction."""
    return Place(guild, getattr(channel, "id", None), getattr(channel, "parent_id", None))


def roles_of(user: discord.abc.User) -> list[int]:
    """The roles of a member; nobody holds any in a direct message."""
    return [role.id for role in getattr(user, "roles", [])]


def invitation(application: int) -> str:
    """The address where a server's owner invites the bot, with the permissions it needs and no other."""
    scopes = ("bot", "applications.commands")
    return discord.utils.oauth_url(application, permissions=PERMISSIONS, scopes=scopes)


def _ids(key: str, text: str) -> frozenset[int]:
    words = text.replace(",", " ").split()
    if wrong := [word for word in words if not word.isdecimal()]:
        raise SettingsError(
            f"Réglage refusé : « discord.{key} » contient {wrong[0]!r}, qui n'est pas un identifiant.",
            "dans Discord : Paramètres, Avancés, Mode développeur, puis clic droit, « Copier l'identifiant »",
        )
    return frozenset(map(int, words))
