"""The commands other than /ptce, for everyone and for the officers."""

from pathlib import Path

import discord
import pytest
from conftest import Bundled
from fakes.discord_process import served
from fakes.discord_scene import QUESTION, said, scene, shown
from fakes.discord_server import fake_discord

from bot import messages

pytestmark = pytest.mark.asyncio


async def test_names_of_poles_and_regions_are_completed(bundled: Bundled, tmp_path: Path) -> None:
    async with scene(bundled, tmp_path) as s:
        poles = await s.ana.autocomplete(s.channel, "pole", "nom", "dist")
        regions = await s.ana.autocomplete(s.channel, "cellule", "region", "bret")
        everything = await s.ana.autocomplete(s.channel, "pole", "nom", "")

        assert poles[0]["name"] == "Distro"
        assert regions[0]["name"] == "Bretagne"
        assert 1 < len(everything) <= 25


async def test_a_pole_and_a_cell_are_shown_with_their_sources(bundled: Bundled, tmp_path: Path) -> None:
    async with scene(bundled, tmp_path) as s:
        pole = await s.ana.slash(s.channel, "pole", nom="distro")
        cell = await s.ana.slash(s.channel, "cellule", region="Rennes")

        assert pole.response.embeds[0].title == "Distro"
        assert pole.response.embeds[0].fields[0].name == "Sources"
        assert "Bretagne" in cell.response.embeds[0].title


@pytest.mark.parametrize(
    ("command", "option", "sentence"), [("pole", "nom", "pas de pôle"), ("cellule", "region", "pas cette région")]
)
async def test_an_unknown_name_is_told_with_names_that_are_known(
    bundled: Bundled, tmp_path: Path, command: str, option: str, sentence: str
) -> None:
    async with scene(bundled, tmp_path) as s:
        result = await s.ana.slash(s.channel, command, **{option: "Zzyzx"})

        assert sentence in said(result)
        assert s.told() == []


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("sources", "documents"),
        ("aide", "Comment devenir un PTCE"),
        ("confidentialite", "90 jours"),
    ],
)
async def test_a_command_explains_to_who_asks_alone(bundled: Bundled, tmp_path: Path, command: str, words: str) -> None:
    async with scene(bundled, tmp_path) as s:
        result = await s.ana.slash(s.channel, command)

        assert words in shown(result.response.message)
        assert result.ephemeral


async def test_oublier_erases_what_is_kept_of_the_caller_only(bundled: Bundled, tmp_path: Path) -> None:
    async with scene(bundled, tmp_path) as s:
        await s.ana.send_dm(QUESTION)
        mine = s.ana.user.dm_channel.last_message
        await s.bob.send_dm(QUESTION)

        erased = await s.ana.slash(s.channel, "oublier")
        again = await s.ana.slash(s.channel, "oublier")
        sources = await s.ana.user.click(mine, label="Sources")

        assert erased.response.content == messages.FORGOTTEN.format(count=1)
        assert again.response.content == messages.NOTHING_TO_FORGET
        assert sources.response.content == messages.ANSWER_FORGOTTEN
        assert await s.service.forget("discord", str(s.bob.id)) == 1


async def test_who_may_no_longer_ask_may_still_be_forgotten(bundled: Bundled, tmp_path: Path) -> None:
    async with scene(bundled, tmp_path) as s:
        await s.ana.send_dm(QUESTION)
        s.configure(roles=[s.guild.create_role("Cellules").id], channels=[1])

        kept = await s.ana.slash(s.channel, "confidentialite")
        erased = await s.ana.slash(s.channel, "oublier")
        refused = await s.ana.slash(s.channel, "aide")

        assert "garde" in shown(kept.response.message)
        assert erased.response.content == messages.FORGOTTEN.format(count=1)
        assert refused.response.content == messages.NOT_HERE


async def test_officers_commands_are_refused_to_others_whatever_discord_shows(bundled: Bundled, tmp_path: Path) -> None:
    async with scene(bundled, tmp_path, officers="42") as s:
        manager = s.guild.create_role("Gestion", permissions=discord.Permissions(manage_guild=True))
        boss = s.guild.add_member(s.env.create_user("cheffe"), roles=[manager])

        for command in ("sans-reponse", "reindexer", "etat"):
            result = await boss.slash(s.channel, command)

            assert (result.response.content, result.ephemeral) == (messages.OFFICERS_ONLY, True)


async def test_a_role_is_only_needed_to_ask(bundled: Bundled, tmp_path: Path) -> None:
    async with scene(bundled, tmp_path) as s:
        officer = s.officer(roles=[s.guild.create_role("Cellules").id])

        own = [await officer.slash(s.channel, name) for name in ("etat", "sans-reponse")]
        open_to_all = [await s.ana.slash(s.channel, name) for name in ("aide", "sources")]
        refused = await officer.slash(s.channel, "ptce", question=QUESTION)

        assert messages.NOT_ALLOWED not in [said(result) for result in (*own, *open_to_all)]
        assert said(refused) == messages.NOT_ALLOWED


@pytest.mark.parametrize(("setting", "typed"), [("500", 500), ("20000", 6000)])
async def test_a_command_takes_questions_as_long_as_what_is_read(env: dict[str, str], setting: str, typed: int) -> None:
    async with fake_discord() as server, served(server, env | {"PTCE_ANSWER__MAX_QUESTION_CHARACTERS": setting}):
        asking = next(command for command in server.rest.commands if command["name"] == "ptce")

    assert asking["options"][0]["max_length"] == typed


async def test_officers_see_what_was_refused_and_how_the_assistant_is(bundled: Bundled, tmp_path: Path) -> None:
    async with scene(bundled, tmp_path) as s:
        officer = s.officer()

        nothing = await officer.slash(s.channel, "sans-reponse")
        await s.asked("Quelle est la capitale de la **Mongolie** ?")
        refused = await officer.slash(s.channel, "sans-reponse")
        state = await officer.slash(s.channel, "etat")

        assert nothing.response.content == messages.NOTHING_UNANSWERED
        assert "refusée : Quelle est la capitale de la \\*\\*Mongolie" in shown(refused.response.message)
        assert "1 refusée" in shown(state.response.message)
        assert (refused.ephemeral, state.ephemeral) == (True, True)
