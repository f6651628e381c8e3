"""The loopback Discord itself: it is only worth what it refuses."""

import aiohttp
import pytest
from conftest import Bundled
from fakes.discord_driver import discord_driver
from fakes.discord_interactions import COMMAND, Interaction, payload
from fakes.discord_manners import PREFIX
from fakes.discord_server import TOKEN, FakeDiscord, fake_discord
from fakes.discord_world import Json

pytestmark = pytest.mark.asyncio
FINE = {"content": "Bonjour"}
BUTTON = {"type": 2, "style": 1, "label": "Bouton", "custom_id": "un"}


async def call(
    server: FakeDiscord, method: str, path: str, body: object = None, token: str = TOKEN
) -> tuple[int, Json]:
    """The status and the body of a response."""
    headers = {"Authorization": f"Bot {token}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        url = f"http://127.0.0.1:{server.port}{PREFIX}{path}"
        async with session.request(method, url, json=body) as response:
            return response.status, await response.json() if response.status != 204 else {}


def row(*buttons: Json) -> Json:
    return {"type": 1, "components": list(buttons)}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, 50006),
        ({"content": "a" * 2001}, 50035),
        ({"embeds": [{"description": "a" * 4097}]}, 50035),
        ({"embeds": [{"description": "a" * 4000}, {"description": "a" * 2001}]}, 50035),
        ({"embeds": [{"title": "a" * 257}]}, 50035),
        ({"embeds": [{"fields": [{"name": "a", "value": "a" * 1025}]}]}, 50035),
        ({"embeds": [{"fields": [{"name": "", "value": "a"}]}]}, 50035),
        ({"embeds": [{"fields": [{"name": "a", "value": "a"}] * 26}]}, 50035),
        ({"embeds": [{"title": "a"}] * 11}, 50035),
        (FINE | {"components": [row()]}, 50035),
        (FINE | {"components": [row(*[BUTTON | {"custom_id": str(n)} for n in range(6)])]}, 50035),
        (FINE | {"components": [row(BUTTON), row(BUTTON)]}, 50035),
        (FINE | {"components": [row(BUTTON | {"label": "a" * 81})]}, 50035),
        (FINE | {"components": [row(BUTTON | {"custom_id": "a" * 101})]}, 50035),
        (FINE | {"message_reference": {"message_id": "1"}}, 50035),
    ],
)
async def test_a_message_that_discord_would_not_take_is_refused_and_recorded(body: Json, code: int) -> None:
    server = FakeDiscord()
    await server.start()
    channel = server.world.add_channel(server.world.add_guild("Serveur"), "salon")

    status, answer = await call(server, "POST", f"/channels/{channel['id']}/messages", body)
    await server.stop()

    assert (status, answer["code"], len(server.faults())) == (400, code, 1)


@pytest.mark.parametrize(
    ("denied", "path", "body"),
    [
        ("send_messages", "/messages", FINE),
        ("embed_links", "/messages", {"embeds": [{"title": "a"}]}),
        ("view_channel", "/messages", FINE),
        ("send_messages", "/typing", None),
    ],
)
async def test_what_the_bot_was_not_allowed_is_refused(denied: str, path: str, body: Json) -> None:
    server = FakeDiscord()
    await server.start()
    channel = server.world.add_channel(server.world.add_guild("Serveur"), "salon", denied=[denied])

    status, answer = await call(server, "POST", f"/channels/{channel['id']}{path}", body)
    await server.stop()

    assert (status, answer["code"]) == (403, 50013)


@pytest.mark.parametrize(
    ("method", "body", "mine", "answer"),
    [
        ("PATCH", {"name": "Autre", "archived": True}, True, (200, None)),
        ("PATCH", {"name": "Autre"}, False, (403, 50013)),
        ("PATCH", {"locked": True}, True, (403, 50013)),
        ("DELETE", None, True, (403, 50013)),
    ],
)
async def test_who_opened_a_thread_may_rename_and_archive_it_and_no_more(
    method: str, body: Json, mine: bool, answer: tuple[int, int | None]
) -> None:
    server = FakeDiscord()
    await server.start()
    world = server.world
    owner = world.bot if mine else world.add_user("ana")
    parent = world.add_channel(world.add_guild("Serveur"), "salon")
    thread = world.add_thread(parent, "Question", "1", owner["id"])

    status, said = await call(server, method, f"/channels/{thread['id']}", body)
    await server.stop()

    assert (status, said.get("code")) == answer


async def test_an_unknown_route_fails_the_test_that_used_it() -> None:
    async def misbehave() -> None:
        async with fake_discord() as server:
            await call(server, "GET", "/guilds/1/emojis")

    with pytest.raises(AssertionError, match="GET /guilds/1/emojis"):
        await misbehave()


async def test_another_token_is_unauthorised() -> None:
    async with fake_discord() as server:
        status, _ = await call(server, "GET", "/users/@me", token="faux")

    assert status == 401


async def test_an_interaction_is_acknowledged_once_and_within_three_seconds() -> None:
    server = FakeDiscord()
    await server.start()
    first, late = interaction(server, "a"), interaction(server, "b")
    late.started -= 3.1

    codes = []
    for one, kind in ((first, 8), (first, 5), (first, 5), (late, 5)):
        ids = one.payload
        codes.append(await call(server, "POST", f"/interactions/{ids['id']}/{ids['token']}/callback", {"type": kind}))
    await server.stop()

    assert [(status, body.get("code")) for status, body in codes] == [
        (400, 50035),
        (204, None),
        (400, 40060),
        (404, 10062),
    ]


async def test_a_follow_up_before_the_acknowledgement_is_refused() -> None:
    server = FakeDiscord()
    await server.start()
    one = interaction(server, "a")

    status, body = await call(server, "POST", f"/webhooks/{server.world.bot['id']}/{one.payload['token']}", FINE)
    await server.stop()

    assert (status, body["code"]) == (404, 10015)


async def test_who_does_not_wait_after_a_429_is_recorded() -> None:
    server = FakeDiscord()
    await server.start()
    server.limit("GET /users/@me", retry_after=30)

    statuses = [(await call(server, "GET", "/users/@me"))[0] for _ in range(2)]
    await server.stop()

    assert statuses == [429, 200]
    assert server.faults() == ["GET /users/@me: came back before Retry-After"]


def interaction(server: FakeDiscord, token: str) -> Interaction:
    channel = server.world.add_channel(server.world.add_guild("Serveur"), "salon")
    user = server.world.add_user("ana")
    made = Interaction(payload(server.world, COMMAND, channel, user, ("1", token), {}), channel, user)
    server.rest.interactions[token] = made
    return made


async def test_the_driver_of_the_contract_speaks_to_a_bot(bundled: Bundled) -> None:
    async with discord_driver(bundled.env) as driver:
        answer = await driver.ask("ana", "Qui contacter en Bretagne ?")
        more = await driver.follow_up("ana", "et en Occitanie ?")
        await driver.say("ana", "Merci à tous !")
        await driver.barrier()

        assert ("Bretagne" in answer, "Occitanie" in more) == (True, True)
        assert await driver.replies() == 2
