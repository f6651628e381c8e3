"""The REST API of the loopback Discord: the routes that a bot like ours uses; any other is a recorded failure."""

import json
from collections import defaultdict
from dataclasses import dataclass, field

from aiohttp import web
from fakes.discord_gateway import Gateway, is_direct
from fakes.discord_interactions import Interaction
from fakes.discord_manners import PREFIX, Handler, Manners, json_response
from fakes.discord_rules import (
    THREAD_NAME,
    RefusalError,
    check_commands,
    check_message,
    missing_permission,
    refuse_archived,
    refuse_if,
    unknown,
)
from fakes.discord_world import DIRECT, TEXT, Json, World, snowflake

# What who opened a thread may change of it; the rest takes a permission.
OF_ITS_OWNER = {"name", "archived", "auto_archive_duration"}


@dataclass
class Rest:
    """Handlers over the world."""

    world: World
    gateway: Gateway
    manners: Manners
    interactions: dict[str, Interaction] = field(default_factory=dict)
    commands: list[Json] = field(default_factory=list)
    syncs: int = 0
    typing: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    def application(self) -> web.Application:
        app = web.Application(middlewares=[self._receive])
        app.router.add_get("/gateway/", self.gateway.connect)
        app.router.add_get("/resume/", self.gateway.connect)
        app.router.add_get("/gateway", self.gateway.connect)
        app.router.add_get("/resume", self.gateway.connect)
        for method, path, handler in self._routes():
            app.router.add_route(method, PREFIX + path, handler)
        return app

    def _routes(self) -> list[tuple[str, str, Handler]]:
        channel, token = "/channels/{channel}", "/webhooks/{app}/{token}"
        return [
            ("GET", "/users/@me", self._me),
            ("GET", "/oauth2/applications/@me", self._application),
            ("POST", "/users/@me/channels", self._open_direct),
            ("PUT", "/applications/{app}/commands", self._sync),
            ("GET", "/applications/{app}/commands", self._list_commands),
            ("GET", "/guilds/{guild}/members/{user}", self._member),
            ("GET", channel, self._channel),
            ("PATCH", channel, self._edit_thread),
            ("DELETE", channel, self._delete_thread),
            ("GET", channel + "/messages", self._history),
            ("POST", channel + "/messages", self._send),
            ("PATCH", channel + "/messages/{message}", self._edit),
            ("DELETE", channel + "/messages/{message}", self._delete),
            ("POST", channel + "/messages/{message}/threads", self._thread),
            ("POST", channel + "/typing", self._type),
            ("POST", "/interactions/{id}/{token}/callback", self._callback),
            ("POST", token, self._follow_up),
            ("GET", token + "/messages/@original", self._original),
            ("PATCH", token + "/messages/@original", self._edit_original),
            ("DELETE", token + "/messages/@original", self._delete_original),
        ]

    @web.middleware
    async def _receive(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        return await self.manners.receive(request, handler)

    async def _me(self, request: web.Request) -> web.Response:
        return json_response(self.world.bot)

    async def _application(self, request: web.Request) -> web.Response:
        bot = self.world.bot
        about = {
            "id": bot["id"],
            "name": bot["username"],
            "description": "",
            "icon": None,
            "flags": 0,
            "rpc_origins": [],
        }
        return json_response(
            about | {"bot_public": True, "bot_require_code_grant": False, "verify_key": "0", "owner": bot, "team": None}
        )

    async def _open_direct(self, request: web.Request) -> web.Response:
        return json_response(self.world.direct_channel(self.world.users[str((await _body(request))["recipient_id"])]))

    async def _sync(self, request: web.Request) -> web.Response:
        commands = json.loads(await request.text())
        check_commands(commands)
        self.syncs += 1
        known = {"application_id": self.world.bot["id"], "version": "1"}
        self.commands = [known | command | {"id": snowflake()} for command in commands]
        return json_response(self.commands)

    async def _list_commands(self, request: web.Request) -> web.Response:
        return json_response(self.commands)

    async def _channel(self, request: web.Request) -> web.Response:
        channel = self.world.channel(request.match_info["channel"])
        self.world.need(channel, "view_channel")
        return json_response(channel)

    async def _member(self, request: web.Request) -> web.Response:
        guild, user = request.match_info["guild"], request.match_info["user"]
        if (guild, user) not in self.world.roles_of:
            raise unknown("Member", 10007)
        return json_response(self.world.member(guild, self.world.users[user]) | {"user": self.world.users[user]})

    async def _history(self, request: web.Request) -> web.Response:
        channel = self.world.channel(request.match_info["channel"])
        self.world.need(channel, "view_channel", "read_message_history")
        after, before = int(request.query.get("after", 0)), int(request.query.get("before", 1 << 63))
        found = [m for m in self.world.messages[channel["id"]].values() if after < int(m["id"]) < before]
        limit = int(request.query.get("limit", 50))
        # Here, unlike in an event, Discord does not say what roles an author has.
        shown = [{key: m[key] for key in m if key != "member"} for m in (found[:limit] if after else found[-limit:])]
        return json_response(shown[::-1])

    async def _send(self, request: web.Request) -> web.Response:
        channel, body = self.world.channel(request.match_info["channel"]), await _body(request)
        threaded = "parent_id" in channel and channel["type"] != TEXT
        self.world.need(channel, "view_channel", "send_messages_in_threads" if threaded else "send_messages")
        if body.get("embeds"):
            self.world.need(channel, "embed_links")
        if reference := body.get("message_reference"):
            self.world.need(channel, "read_message_history")
            self._check_reference(channel, reference)
        check_message(body)
        if body.get("enforce_nonce") and (sent := self._already(channel, body["nonce"])):
            return json_response(sent)
        message = self.world.write(channel, self.world.bot, body)
        await self.gateway.dispatch("MESSAGE_CREATE", message, is_direct(channel))
        return json_response(message)

    def _check_reference(self, channel: Json, reference: Json) -> None:
        if str(reference["message_id"]) not in self.world.messages[channel["id"]] and reference.get(
            "fail_if_not_exists", True
        ):
            refuse_if({"message_reference": "Unknown message"})

    def _already(self, channel: Json, nonce: str) -> Json | None:
        mine = (m for m in self.world.messages[channel["id"]].values() if m["author"] is self.world.bot)
        return next((m for m in mine if m["nonce"] == nonce), None)

    async def _edit(self, request: web.Request) -> web.Response:
        message = self.world.message(request.match_info["channel"], request.match_info["message"])
        if message["author"]["id"] != self.world.bot["id"]:
            raise RefusalError(403, 50005, "Cannot edit a message authored by another user")
        body = await _body(request)
        check_message(message | body)
        message.update({key: body[key] or [] for key in ("embeds", "components") if key in body})
        message["content"] = body.get("content", message["content"]) or ""
        return json_response(message)

    async def _thread(self, request: web.Request) -> web.Response:
        parent, body = self.world.channel(request.match_info["channel"]), await _body(request)
        self.world.message(parent["id"], request.match_info["message"])
        if parent["type"] != TEXT:
            raise RefusalError(400, 50024, "Cannot execute action on this channel type")
        self.world.need(parent, "view_channel", "create_public_threads")
        if not 1 <= len(body["name"]) <= THREAD_NAME:
            refuse_if({"name": f"Must be between 1 and {THREAD_NAME} in length."})
        if request.match_info["message"] in self.world.channels:
            raise RefusalError(400, 160004, "A thread has already been created for this message")
        thread = self.world.add_thread(parent, body["name"], request.match_info["message"], self.world.bot["id"])
        await self.gateway.dispatch("THREAD_CREATE", thread | {"newly_created": True})
        return json_response(thread, 201)

    async def _edit_thread(self, request: web.Request) -> web.Response:
        thread, body = self.world.channel(request.match_info["channel"]), await _body(request)
        if thread.get("owner_id") != self.world.bot["id"] or body.keys() - OF_ITS_OWNER:
            self.world.need(thread, "manage_threads")
        if body.get("archived") is not False:
            refuse_archived(thread)
        thread["name"] = body.get("name", thread["name"])
        thread["thread_metadata"]["archived"] = body.get("archived", thread["thread_metadata"]["archived"])
        await self.gateway.dispatch("THREAD_UPDATE", thread)
        return json_response(thread)

    async def _delete_thread(self, request: web.Request) -> web.Response:
        thread = self.world.channel(request.match_info["channel"])
        self.world.need(thread, "manage_threads")
        return json_response(self.world.channels.pop(thread["id"]))

    async def _delete(self, request: web.Request) -> web.Response:
        message = self.world.message(request.match_info["channel"], request.match_info["message"])
        channel = self.world.channel(message["channel_id"])
        if message["author"]["id"] != self.world.bot["id"]:
            self.world.need(channel, "manage_messages")
        refuse_archived(channel)
        await self.remove(message)
        return web.Response(status=204)

    async def remove(self, *messages: Json) -> None:
        """Take messages of one channel away, and tell it to those who may read there."""
        channel = self.world.channel(messages[0]["channel_id"])
        ids = [self.world.messages[channel["id"]].pop(message["id"])["id"] for message in messages]
        where = {"channel_id": channel["id"]} | ({"guild_id": channel["guild_id"]} if "guild_id" in channel else {})
        event, gone = ("MESSAGE_DELETE", {"id": ids[0]}) if len(ids) == 1 else ("MESSAGE_DELETE_BULK", {"ids": ids})
        await self.gateway.dispatch(event, where | gone, is_direct(channel))

    async def _type(self, request: web.Request) -> web.Response:
        channel = self.world.channel(request.match_info["channel"])
        if channel["type"] != DIRECT and not self.world.permissions(channel) & 1 << 11:
            raise missing_permission()
        self.typing[channel["id"]] += 1
        return web.Response(status=204)

    def _interaction(self, request: web.Request) -> Interaction:
        found = self.interactions.get(request.match_info["token"])
        if found is None:
            raise unknown("Webhook", 10015)
        return found

    async def _callback(self, request: web.Request) -> web.Response:
        receipt = self._interaction(request).acknowledge(self.world, await _body(request))
        return (
            json_response(receipt) if request.query.get("with_response") in ("1", "true") else web.Response(status=204)
        )

    async def _follow_up(self, request: web.Request) -> web.Response:
        return json_response(self._interaction(request).follow_up(self.world, await _body(request)))

    async def _original(self, request: web.Request) -> web.Response:
        return json_response(self._interaction(request).response)

    async def _edit_original(self, request: web.Request) -> web.Response:
        return json_response(self._interaction(request).edit_response(await _body(request)))

    async def _delete_original(self, request: web.Request) -> web.Response:
        self._interaction(request).delete_response()
        return web.Response(status=204)


async def _body(request: web.Request) -> Json:
    if request.content_type != "application/json":
        raise RefusalError(400, 50109, "The request body contains invalid JSON.")
    return json.loads(await request.text() or "{}")
