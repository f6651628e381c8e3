"""A Discord on loopback: REST and gateway over real sockets, Discord's rules enforced, people played by the test."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from fakes.discord_gateway import Gateway
from fakes.discord_interactions import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    MODAL_SUBMIT,
    Interaction,
    buttons,
    message_text,
    payload,
)
from fakes.discord_manners import PREFIX, Limit, Manners, Trouble
from fakes.discord_rest import Rest
from fakes.discord_rules import LABEL, modal_input
from fakes.discord_world import DIRECT, PERMISSIONS, Json, World, snowflake

TOKEN = "jeton-d-essai"
# What the README's invitation gives; nothing else may be needed.
NOT_ASKED = ("add_reactions", "manage_messages", "manage_threads")
INVITED = sum(PERMISSIONS[name] for name in PERMISSIONS if name not in NOT_ASKED)
PATIENCE_SECONDS = 120
CHAT_INPUT, STRING, BUTTON = 1, 3, 2


class FakeDiscord:
    """The server, and a hand for each thing that people do."""

    def __init__(self, token: str = TOKEN, permissions: int = INVITED) -> None:
        self.world = World(permissions)
        self.gateway = Gateway(self.world, token)
        self.manners = Manners(token, self._notify)
        self.rest = Rest(self.world, self.gateway, self.manners)
        self.token = token
        self.port = 0
        self._changed = asyncio.Event()
        self._runner: web.AppRunner | None = None

    async def start(self, port: int = 0) -> None:
        self._runner = web.AppRunner(self.rest.application(), access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        self.gateway.base = f"ws://127.0.0.1:{self.port}"

    async def stop(self) -> None:
        await self.gateway.stop()
        if self._runner:
            await self._runner.cleanup()

    @property
    def env(self) -> dict[str, str]:
        """What `ptce serve discord` needs to come here instead of Discord."""
        base = f"127.0.0.1:{self.port}"
        api, gateway = f"http://{base}{PREFIX}", f"ws://{base}/gateway"
        return {"PTCE_DISCORD_TOKEN": self.token, "PTCE_DISCORD__API_BASE": api, "PTCE_DISCORD__GATEWAY": gateway}

    def _notify(self) -> None:
        self._changed.set()

    async def until(self, happened: Callable[[], Any], patience: float = PATIENCE_SECONDS) -> Any:
        """What `happened` returns, as soon as it is true; looked at after every request, and now and then."""
        async with asyncio.timeout(patience):
            while not (value := happened()):
                self._changed.clear()
                try:
                    await asyncio.wait_for(self._changed.wait(), 0.2)
                except TimeoutError:
                    continue
            return value

    def faults(self) -> list[str]:
        """Everything the bot did that Discord would not have borne."""
        written = (message for messages in self.world.messages.values() for message in messages.values())
        pinged = [f"notified {m['pings']}: {m['content']}" for m in written if m["pings"]]
        return [*self.manners.unknown_routes, *self.manners.breaches, *self.gateway.faults, *pinged]

    async def ready(self, patience: float = PATIENCE_SECONDS) -> None:
        """Return when the bot is connected."""
        await self.until(lambda: self.gateway.connected, patience)

    async def say(self, user: Json, channel: Json, content: str, **more: Any) -> Json:
        """A message, as a person (or another bot, or a webhook) writes it."""
        answering = more.pop("answering", None)
        body: Json = {"content": content}
        if answering:
            body["message_reference"] = {"message_id": answering["id"], "channel_id": channel["id"]}
            more["referenced_message"] = answering
        message = self.world.write(channel, user, body, **more)
        await self.gateway.dispatch("MESSAGE_CREATE", message, channel["type"] == DIRECT)
        return message

    async def mention(self, user: Json, channel: Json, text: str) -> Json:
        return await self.say(user, channel, f"<@{self.world.bot['id']}> {text}")

    async def direct(self, user: Json, text: str) -> Json:
        return await self.say(user, self.world.direct_channel(user), text)

    async def delete(self, *messages: Json) -> None:
        """Messages of one channel, taken back by who wrote them or together by a moderator."""
        await self.rest.remove(*messages)

    def replies(self, channel: Json) -> list[Json]:
        """What the bot wrote in a channel, thread or direct conversation."""
        written = self.world.messages.get(channel["id"], {}).values()
        return [message for message in written if message["author"]["id"] == self.world.bot["id"]]

    def thread(self, message: Json) -> Json | None:
        """The thread opened on a message."""
        return self.world.channels.get(message["id"])

    async def reply_to(self, message: Json) -> Json:
        """The last message of the answer, which bears the buttons (or is a notice): in its thread, or after it."""
        return await self.until(lambda: next((m for m in self.parts(message) if m["components"] or m["content"]), None))

    def parts(self, message: Json) -> list[Json]:
        """The messages that answer so far."""
        if thread := self.thread(message):
            return self.replies(thread)
        here = self.replies(self.world.channels[message["channel_id"]])
        first = [n for n, m in enumerate(here) if m.get("message_reference", {}).get("message_id") == message["id"]]
        return here[first[0] :] if first else []

    async def slash(self, user: Json, channel: Json, name: str, **options: str) -> Interaction:
        """A command, of those that the bot has told Discord."""
        return await self._interact(COMMAND, user, channel, self._command(name, options))

    async def complete(self, user: Json, channel: Json, name: str, option: str, typed: str) -> list[str]:
        """The names proposed while `typed` stands in an option."""
        data = self._command(name, {option: typed})
        data["options"][0]["focused"] = True
        interaction = await self._interact(AUTOCOMPLETE, user, channel, data)
        await self.answered(interaction)
        return [choice["name"] for choice in interaction.choices or []]

    def _command(self, name: str, options: dict[str, str]) -> Json:
        known = {command["name"]: command for command in self.rest.commands}
        assert name in known, f"the bot never told Discord of /{name}"
        given = [{"name": key, "type": STRING, "value": value} for key, value in options.items()]
        assert {one["name"] for one in given} <= {option["name"] for option in known[name].get("options", [])}
        return {"id": known[name]["id"], "name": name, "type": CHAT_INPUT, "options": given}

    async def click(self, user: Json, message: Json, label: str) -> Interaction:
        """Press the button of that label."""
        found = [button for button in buttons(message) if button["label"] == label]
        assert found, f"no button {label!r}, only {[button['label'] for button in buttons(message)]}"
        data = {"custom_id": found[0]["custom_id"], "component_type": BUTTON}
        channel = self.world.channels[message["channel_id"]]
        return await self._interact(COMPONENT, user, channel, data, message)

    async def submit(self, user: Json, shown: Interaction, *values: str) -> Interaction:
        """Fill in the modal that an interaction has shown, and send it."""
        assert shown.modal is not None
        lines = []
        for holder, value in zip(shown.modal["components"], values, strict=True):
            box = {"type": 4, "id": 2, "custom_id": modal_input(holder)[1]["custom_id"], "value": value}
            kind = holder["type"]
            lines.append({"type": kind, "id": 1} | ({"component": box} if kind == LABEL else {"components": [box]}))
        data = {"custom_id": shown.modal["custom_id"], "components": lines}
        return await self._interact(MODAL_SUBMIT, user, shown.channel, data, shown.source)

    async def _interact(
        self, kind: int, user: Json, channel: Json, data: Json, source: Json | None = None
    ) -> Interaction:
        ids = (snowflake(), f"jeton-{snowflake()}")
        body = payload(self.world, kind, channel, user, ids, data) | ({"message": source} if source else {})
        interaction = Interaction(body, channel, user, source)
        self.rest.interactions[ids[1]] = interaction
        await self.gateway.dispatch("INTERACTION_CREATE", body)
        return interaction

    async def answered(self, interaction: Interaction) -> Interaction:
        """The interaction, when its user has something to read."""
        await self.until(lambda: interaction.answered)
        return interaction

    def limit(self, pattern: str, retry_after: float, times: int = 1) -> None:
        """Answer 429 to the next requests whose « METHOD /path » matches."""
        self.manners.limits.append(Limit(pattern, retry_after, times))

    def trouble(self, pattern: str, times: int, cut: bool) -> None:
        """Answer 503 to the next such requests, or cut the connection, without obeying."""
        self.manners.troubles.append(Trouble(pattern, times, cut))

    def meanwhile(self, pattern: str, action: Callable[[], Awaitable[None]]) -> None:
        """Do this once the next such request is obeyed, before it is answered."""
        self.manners.meanwhile.append((pattern, action))

    def lose_response(self, pattern: str, cut: bool) -> None:
        """Obey the next such request, and answer 502 all the same, or cut the connection."""
        self.manners.lost_responses.append((pattern, cut))


@asynccontextmanager
async def fake_discord(**options: Any):
    """A running server; that the bot broke no rule is checked at the end."""
    server = FakeDiscord(**options)
    await server.start()
    try:
        yield server
        assert server.faults() == [], server.faults()
    finally:
        await server.stop()


__all__ = ["FakeDiscord", "fake_discord", "message_text"]
