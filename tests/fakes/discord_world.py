"""What exists on the loopback Discord: users, servers, channels, threads, messages, as the API shows them."""

import itertools
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from fakes.discord_rules import missing_permission, unknown

Json = dict[str, Any]
EPOCH_MS = 1_420_070_400_000
TEXT, DIRECT, PUBLIC_THREAD = 0, 1, 11
PERMISSIONS = {
    "add_reactions": 1 << 6,
    "view_channel": 1 << 10,
    "send_messages": 1 << 11,
    "manage_messages": 1 << 13,
    "embed_links": 1 << 14,
    "read_message_history": 1 << 16,
    "manage_threads": 1 << 34,
    "create_public_threads": 1 << 35,
    "send_messages_in_threads": 1 << 38,
}
USER_MENTION = re.compile(r"<@!?(\d+)>")
ROLE_MENTION = re.compile(r"<@&(\d+)>")
EPHEMERAL, LOADING = 1 << 6, 1 << 7
_numbers = itertools.count(1)


def snowflake() -> str:
    """An id as Discord makes them: the time in its high bits."""
    return str((int(time.time() * 1000) - EPOCH_MS) << 22 | next(_numbers) % 4096)


def now() -> str:
    return datetime.now(UTC).isoformat()


@dataclass
class World:
    """Everything, by id. `bot_permissions` is what the bot's role was given when it was invited."""

    bot_permissions: int
    users: dict[str, Json] = field(default_factory=dict)
    guilds: dict[str, Json] = field(default_factory=dict)
    channels: dict[str, Json] = field(default_factory=dict)
    messages: dict[str, dict[str, Json]] = field(default_factory=dict)
    roles_of: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    denied: dict[str, set[str]] = field(default_factory=dict)
    bot: Json = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.bot = self.add_user("Assistant PTCE", bot=True)

    def add_user(self, name: str, bot: bool = False) -> Json:
        user = {
            "id": snowflake(),
            "username": name,
            "discriminator": "0",
            "global_name": name,
            "avatar": None,
            "bot": bot,
        }
        self.users[user["id"]] = user
        return user

    def add_guild(self, name: str) -> Json:
        guild_id, role = snowflake(), snowflake()
        roles = [_role(guild_id, "@everyone", 0), _role(role, "Assistant PTCE", self.bot_permissions)]
        roles[1] |= {"managed": True, "tags": {"bot_id": self.bot["id"]}}
        guild = {"id": guild_id, "name": name, "owner_id": snowflake(), "roles": roles, "channels": [], "threads": []}
        guild |= {"members": [], "emojis": [], "stickers": [], "features": [], "presences": [], "voice_states": []}
        guild |= {"stage_instances": [], "guild_scheduled_events": [], "soundboard_sounds": [], "member_count": 2}
        guild |= {"verification_level": 0, "default_message_notifications": 0, "explicit_content_filter": 0}
        guild |= {"mfa_level": 0, "premium_tier": 0, "nsfw_level": 0, "preferred_locale": "fr", "large": False}
        guild |= {"icon": None, "joined_at": now(), "unavailable": False, "system_channel_flags": 0}
        self.guilds[guild_id] = guild
        self.roles_of[guild_id, self.bot["id"]] = [role]
        guild["members"] = [self.member(guild_id, self.bot) | {"user": self.bot}]
        return guild

    def add_role(self, guild: Json, name: str) -> Json:
        role = _role(snowflake(), name, 0)
        guild["roles"].append(role)
        return role

    def add_channel(self, guild: Json, name: str, denied: Iterable[str] = ()) -> Json:
        channel = {"id": snowflake(), "type": TEXT, "guild_id": guild["id"], "name": name, "position": 0, "nsfw": False}
        self.denied[channel["id"]] = set(denied)
        deny = sum(PERMISSIONS[name] for name in denied)
        overwrite = {"id": guild["id"], "type": 0, "allow": "0", "deny": str(deny)}
        channel |= {"parent_id": None, "topic": None, "permission_overwrites": [overwrite] if deny else []}
        guild["channels"].append(channel)
        return self._keep(channel)

    def direct_channel(self, user: Json) -> Json:
        """The one conversation of the bot with `user`."""
        for channel in self.channels.values():
            if channel["type"] == DIRECT and channel["recipients"][0]["id"] == user["id"]:
                return channel
        return self._keep({"id": snowflake(), "type": DIRECT, "recipients": [user], "last_message_id": None})

    def add_thread(self, parent: Json, name: str, thread_id: str, owner: str) -> Json:
        archive = {"archived": False, "auto_archive_duration": 1440, "archive_timestamp": now(), "locked": False}
        thread = {"id": thread_id, "type": PUBLIC_THREAD, "guild_id": parent["guild_id"], "parent_id": parent["id"]}
        thread |= {"name": name, "owner_id": owner, "thread_metadata": archive, "message_count": 0, "member_count": 1}
        self.guilds[parent["guild_id"]]["threads"].append(thread)
        return self._keep(thread)

    def _keep(self, channel: Json) -> Json:
        self.channels[channel["id"]] = channel
        self.messages[channel["id"]] = {}
        return channel

    def channel(self, channel_id: str) -> Json:
        if channel_id not in self.channels:
            raise unknown("Channel", 10003)
        return self.channels[channel_id]

    def message(self, channel_id: str, message_id: str) -> Json:
        messages = self.messages[self.channel(channel_id)["id"]]
        if message_id not in messages:
            raise unknown("Message", 10008)
        return messages[message_id]

    def permissions(self, channel: Json) -> int:
        """What the bot may do there."""
        denied = self.denied.get(channel.get("parent_id") or channel["id"], set()) | self.denied.get(
            channel["id"], set()
        )
        return self.bot_permissions & ~sum(PERMISSIONS[name] for name in denied)

    def need(self, channel: Json, *names: str) -> None:
        """Refuse what the bot's role was not given."""
        if channel["type"] != DIRECT and any(not self.permissions(channel) & PERMISSIONS[name] for name in names):
            raise missing_permission()

    def member(self, guild_id: str, user: Json) -> Json:
        member = {"roles": self.roles_of.get((guild_id, user["id"]), []), "joined_at": now(), "nick": None, "flags": 0}
        return member | {"deaf": False, "mute": False, "avatar": None, "premium_since": None, "pending": False}

    def write(self, channel: Json, author: Json, body: Mapping[str, Any], **more: Any) -> Json:
        """A new message, kept (an ephemeral one aside) and as everyone sees it."""
        content = body.get("content") or ""
        message = {
            "id": snowflake(), "channel_id": channel["id"], "author": author, "content": content, "timestamp": now(),
            "edited_timestamp": None, "tts": False, "attachments": [], "pinned": False, "type": 0, "reactions": [],
            "embeds": body.get("embeds") or [], "components": body.get("components") or [],
            "flags": body.get("flags", 0),
            "mentions": [self.users[n] for n in dict.fromkeys(USER_MENTION.findall(content)) if n in self.users],
            "mention_roles": ROLE_MENTION.findall(content), "mention_everyone": False, "nonce": body.get("nonce"),
            "pings": pings(content, body.get("allowed_mentions")) if author is self.bot else [],
        }  # fmt: skip
        if reference := body.get("message_reference"):
            if author is self.bot and (body.get("allowed_mentions") or {}).get("replied_user", True):
                message["pings"].append("who was replied to")
            ids = {key: str(value) for key, value in reference.items() if key.endswith("_id")}
            message |= {"type": 19, "message_reference": ids}
        if channel.get("guild_id"):
            message |= {"guild_id": channel["guild_id"], "member": self.member(channel["guild_id"], author)}
        message |= more
        if not message["flags"] & EPHEMERAL:
            self.messages[channel["id"]][message["id"]] = message
            channel["last_message_id"] = message["id"]
        return message


def pings(content: str, allowed: Mapping[str, Any] | None) -> list[str]:
    """Whom a message would notify: everything it names, unless `allowed_mentions` says otherwise."""
    kinds = {"everyone": ["@everyone"] if re.search("@(everyone|here)", content) else []}
    kinds |= {"users": USER_MENTION.findall(content), "roles": ROLE_MENTION.findall(content)}
    parse = kinds if allowed is None else allowed.get("parse", [])
    listed = set() if allowed is None else {*allowed.get("users", []), *allowed.get("roles", [])}
    return [name for kind, names in kinds.items() for name in names if kind in parse or name in listed]


def _role(role_id: str, name: str, permissions: int) -> Json:
    role = {"id": role_id, "name": name, "permissions": str(permissions), "position": 0, "color": 0, "hoist": False}
    colors = {"primary_color": 0, "secondary_color": None, "tertiary_color": None}
    return role | {"managed": False, "mentionable": False, "flags": 0, "colors": colors}
