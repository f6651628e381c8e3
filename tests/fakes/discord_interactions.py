"""Interactions of the loopback Discord: one acknowledgement, within three seconds, then the webhook of its token."""

import time
from dataclasses import dataclass, field
from typing import Any

from fakes.discord_rules import RefusalError, check_choices, check_message, check_modal, unknown
from fakes.discord_world import EPHEMERAL, LOADING, Json, World, now

ACKNOWLEDGED_WITHIN = 3.0
TOKEN_LIFE = 15 * 60
COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5
MESSAGE, DEFER, DEFER_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
FITTING = {
    COMMAND: {MESSAGE, DEFER, MODAL},
    COMPONENT: {MESSAGE, DEFER, DEFER_UPDATE, UPDATE, MODAL},
    AUTOCOMPLETE: {CHOICES},
    MODAL_SUBMIT: {MESSAGE, DEFER, DEFER_UPDATE, UPDATE},
}
VISIBLE_FLAGS = EPHEMERAL


@dataclass
class Interaction:
    """One use of a command, a button, a modal or an autocompletion, and all that came back."""

    payload: Json
    channel: Json
    user: Json
    source: Json | None = None
    started: float = field(default_factory=time.monotonic)
    kind: int = 0
    took: float = 0.0
    response: Json | None = None
    followups: list[Json] = field(default_factory=list)
    choices: list[Json] | None = None
    modal: Json | None = None
    history: list[str] = field(default_factory=list)
    deleted: bool = False

    @property
    def answered(self) -> bool:
        """Whether its user has something to read (or to fill in, or to choose from)."""
        waiting = self.response is not None and self.response["flags"] & LOADING
        if self.kind == DEFER and self.deleted:
            return bool(self.followups)
        return self.kind != 0 and not waiting

    @property
    def shown(self) -> list[Json]:
        """The messages that answered, first to last."""
        return [*([self.response] if self.response and not self.deleted else []), *self.followups]

    @property
    def text(self) -> str:
        return "\n".join(message_text(message) for message in self.shown)

    def acknowledge(self, world: World, body: Json) -> Json:
        """Obey a callback, or refuse it as Discord does."""
        if time.monotonic() - self.started > ACKNOWLEDGED_WITHIN:
            raise unknown("interaction", 10062)
        if self.kind:
            raise RefusalError(400, 40060, "Interaction has already been acknowledged.")
        kind, data = body["type"], body.get("data") or {}
        if kind not in FITTING[self.payload["type"]]:
            raise RefusalError(400, 50035, "Invalid Form Body", {"type": "Not for this interaction."})
        self._apply(world, kind, data)
        self.kind, self.took = kind, time.monotonic() - self.started
        return self._receipt()

    def _apply(self, world: World, kind: int, data: Json) -> None:
        if kind == CHOICES:
            check_choices(data["choices"])
            self.choices = data["choices"]
        elif kind == MODAL:
            check_modal(data)
            self.modal = data
        elif kind == MESSAGE:
            check_message(data)
            self.response = self._write(world, data, data.get("flags", 0) & VISIBLE_FLAGS)
        elif kind == DEFER:
            self.response = self._write(world, {}, data.get("flags", 0) & VISIBLE_FLAGS | LOADING)
        elif kind == UPDATE and self.source:
            check_message(self.source | data)
            self.source.update({key: data[key] for key in ("content", "embeds", "components") if key in data})

    def _write(self, world: World, data: Json, flags: int) -> Json:
        name = {"id": self.payload["id"], "type": self.payload["type"], "user": self.user}
        return world.write(
            self.channel, world.bot, data | {"flags": flags}, webhook_id=world.bot["id"], interaction_metadata=name
        )

    def _receipt(self) -> Json:
        receipt: Json = {"interaction": {"id": self.payload["id"], "type": self.payload["type"]}}
        if self.response:
            flags = self.response["flags"]
            receipt["interaction"] |= {
                "response_message_id": self.response["id"],
                "response_message_loading": bool(flags & LOADING),
                "response_message_ephemeral": bool(flags & EPHEMERAL),
            }
            receipt["resource"] = {"type": self.kind, "message": self.response}
        return receipt

    def need_token(self) -> None:
        if not self.kind or time.monotonic() - self.started > TOKEN_LIFE:
            raise unknown("Webhook", 10015)

    def follow_up(self, world: World, data: Json) -> Json:
        """A further message; the first one after a deferral takes the place of « … réfléchit »."""
        self.need_token()
        check_message(data)
        if self.response and self.response["flags"] & LOADING:
            if self.deleted:
                raise unknown("Message", 10008)
            return self.edit_response(data)
        message = self._write(world, data, data.get("flags", 0) & VISIBLE_FLAGS)
        self.followups.append(message)
        return message

    def edit_response(self, data: Json) -> Json:
        self.need_token()
        if self.response is None or self.deleted:
            raise unknown("Message", 10008)
        check_message(self.response | data)
        self.response.update({key: data[key] or [] for key in ("embeds", "components") if key in data})
        self.response["content"] = data.get("content") or ""
        self.history.append(self.response["content"])
        self.response |= {"flags": self.response["flags"] & ~LOADING, "edited_timestamp": now()}
        return self.response

    def delete_response(self) -> None:
        self.need_token()
        self.deleted = True


def message_text(message: Json) -> str:
    """Everything a reader sees of a message, in order."""
    lines = [message["content"]]
    for embed in message["embeds"]:
        lines += [embed.get("title", ""), embed.get("description", "")]
        lines += [f"{one['name']}\n{one['value']}" for one in embed.get("fields", [])]
        lines.append(embed.get("footer", {}).get("text", ""))
    return "\n".join(line for line in lines if line)


def buttons(message: Json) -> list[Json]:
    """The buttons of a message, in order."""
    return [button for row in message["components"] for button in row["components"]]


def payload(world: World, kind: int, channel: Json, user: Json, ids: tuple[str, str], data: Json) -> Json:
    """An interaction as Discord dispatches it."""
    guild = channel.get("guild_id")
    body: dict[str, Any] = {
        "id": ids[0], "token": ids[1], "type": kind, "version": 1, "application_id": world.bot["id"], "data": data,
        "channel_id": channel["id"], "channel": channel | {"permissions": "0"}, "locale": "fr", "entitlements": [],
        "app_permissions": str(world.permissions(channel)), "attachment_size_limit": 10_485_760,
        "authorizing_integration_owners": {"0": guild or "0"}, "context": 0 if guild else 1,
    }  # fmt: skip
    if guild:
        member = world.member(guild, user) | {"user": user, "permissions": "0"}
        return body | {
            "guild_id": guild,
            "guild_locale": "fr",
            "member": member,
            "guild": {"id": guild, "locale": "fr", "features": []},
        }
    return body | {"user": user}
