"""Whom the Discord bot answers, where, how often; and what it asks of a server."""

from pathlib import Path
from typing import Any

import pytest
from conftest import Bundled
from fakes.discord_process import people, served
from fakes.discord_scene import QUESTION, said, scene, shown
from fakes.discord_server import fake_discord

from bot import messages
from bot.discord.access import Access, invitation
from bot.discord.client import intents
from knowledge.errors import SettingsError
from knowledge.settings import DiscordSettings, LimitSettings


@pytest.mark.asyncio
async def test_a_person_who_asks_too_much_is_told_kindly_and_alone(bundled: Bundled, tmp_path: Path) -> None:
    async with scene(bundled, tmp_path, limits=LimitSettings(per_user="1/hour", per_room="100/hour")) as s:
        await s.ana.send_dm(QUESTION)
        await s.ana.send_dm(QUESTION)
        await s.ana.send_dm(QUESTION)
        slash = await s.ana.slash(s.channel, "ptce", question=QUESTION)
        other = await s.bob.slash(s.channel, "ptce", question=QUESTION)

        first, notice = s.told(s.ana.user.dm_channel)
        assert "aucun label" in first
        assert notice.startswith("Beaucoup de questions")
        assert said(slash) == messages.ALREADY_TAKEN
        assert "aucun label" in said(other)
        assert [shown(m) for m in s.messages(s.channel)] == [said(other)]


@pytest.mark.asyncio
async def test_allow_lists_of_servers_and_channels(bundled: Bundled, tmp_path: Path) -> None:
    async with scene(bundled, tmp_path) as s:
        other = s.guild.create_text_channel("ailleurs")
        s.configure(servers=s.guild.id, channels=[s.channel.id])
        stranger_guild = s.env.create_guild("Inconnu")
        stranger = stranger_guild.add_member(s.env.create_user("zoé"))
        elsewhere = stranger_guild.create_text_channel("questions")

        await s.asked()
        await s.ana.send(s.channel.threads[0], "et combien d'emplois ?")
        await s.ana.send(other, f"{s.mention} {QUESTION}")
        await stranger.send(elsewhere, f"{s.mention} {QUESTION}")
        refused = [await s.ana.slash(other, "aide"), await stranger.slash(elsewhere, "ptce", question=QUESTION)]

        assert len(s.told(s.channel.threads[0])) == 2
        assert (s.told(other), s.told(elsewhere), other.threads, elsewhere.threads) == ([], [], [], [])
        assert [r.response.content for r in refused] == [messages.NOT_HERE] * 2
        assert all(r.ephemeral for r in refused)


@pytest.mark.asyncio
async def test_only_the_roles_that_are_listed_may_ask_even_directly(bundled: Bundled, tmp_path: Path) -> None:
    async with scene(bundled, tmp_path) as s:
        role = s.guild.create_role("Cellules")
        member = s.guild.add_member(s.env.create_user("mia"), roles=[role])
        s.configure(roles=[role.id])

        refused = await s.ana.slash(s.channel, "ptce", question=QUESTION)
        await s.ana.send(s.channel, f"{s.mention} {QUESTION}")
        await s.ana.send_dm(QUESTION)
        await member.send_dm(QUESTION)
        await member.send(s.channel, f"{s.mention} {QUESTION}")

        assert refused.response.content == messages.NOT_ALLOWED
        assert s.told(s.ana.user.dm_channel) == []
        assert len(s.told(member.user.dm_channel)) == 1
        assert len(s.channel.threads) == 1


@pytest.mark.asyncio
async def test_who_types_a_name_directly_is_looked_up_once_on_each_server(env: dict[str, str]) -> None:
    async with fake_discord() as discord:
        channel, ana = people(discord)
        guild, other = discord.world.guilds[channel["guild_id"]], discord.world.add_guild("Ailleurs")
        role = discord.world.add_role(guild, "Cellules")
        discord.world.roles_of[guild["id"], ana["id"]] = [role["id"]]
        discord.world.roles_of[other["id"], ana["id"]] = []
        async with served(discord, env | {"PTCE_DISCORD__ROLES": role["id"]}):
            here = discord.world.direct_channel(ana)
            names = [await discord.complete(ana, here, "pole", "nom", typed) for typed in ("d", "di", "dis")]

    looked_up = [route for route in discord.manners.requests if "/members/" in route]
    assert all(names)
    assert len(looked_up) == len(set(looked_up)) <= 2


@pytest.mark.asyncio
async def test_buttons_obey_the_same_lists(bundled: Bundled, tmp_path: Path) -> None:
    async with scene(bundled, tmp_path) as s:
        answer = await s.asked()
        s.configure(roles="42")

        refused = [await s.ana.click(answer, label=label) for label in ("Sources", "Utile", "Pas utile")]

        assert [said(result) for result in refused] == [messages.NOT_ALLOWED] * 3
        assert await s.service.unanswered() == []


@pytest.mark.asyncio
async def test_direct_messages_can_be_switched_off(bundled: Bundled, tmp_path: Path) -> None:
    async with scene(bundled, tmp_path, direct_messages=False) as s:
        await s.ana.send_dm(QUESTION)

        assert s.told(s.ana.user.dm_channel) == []


def test_the_invitation_asks_for_what_the_bot_uses_and_no_more() -> None:
    address = invitation(123)

    assert address == (
        "https://discord.com/oauth2/authorize?client_id=123&scope=bot+applications.commands&permissions=309237730304"
    )


@pytest.mark.parametrize(("threads", "privileged"), [(True, True), (False, False)])
def test_reading_without_a_mention_is_asked_for_only_where_threads_need_it(threads: bool, privileged: bool) -> None:
    wanted = intents(Access(DiscordSettings(threads=threads)).reads_threads)

    assert wanted.message_content == privileged
    assert {name for name, asked in wanted if asked} <= {"guilds", "guild_messages", "dm_messages", "message_content"}


@pytest.mark.parametrize("given", ["1, 2", "1 2", ["1", 2], (1, "2")])
def test_ids_may_be_written_in_any_usual_way(given: Any) -> None:
    access = Access(DiscordSettings(servers=given))

    assert [access.serves_guild(n) for n in (1, 2, 3)] == [True, True, False]


def test_an_id_that_is_not_one_is_refused_with_the_way_to_find_it() -> None:
    with pytest.raises(SettingsError, match=r"discord\.channels.*« ?Copier|discord\.channels"):
        Access(DiscordSettings(channels="général"))
