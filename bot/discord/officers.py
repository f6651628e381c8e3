"""The commands of the officers' role; Discord hides them, and the bot checks again."""

import asyncio
from collections.abc import Callable
from typing import Any

import discord
from discord import app_commands

from bot.command_texts import outcome_text, state_text, why_listed
from bot.discord.access import roles_of
from bot.discord.desk import DeskInteraction
from bot.discord.render import escape, shorten, text_embeds
from bot.journal import Exchange
from bot.messages import (
    NOTHING_UNANSWERED,
    OFFICERS_ONLY,
    REINDEX_PROGRESS,
    REINDEX_STARTED,
    STATE_TITLE,
    UNANSWERED_LINE,
    UNANSWERED_TITLE,
)
from knowledge.errors import PtceError

# Often enough to be seen moving, seldom enough for Discord's limits.
PROGRESS_SECONDS = 2.0
QUESTION = 300


async def _officer(interaction: DeskInteraction) -> bool:
    if interaction.client.desk.access.is_officer(roles_of(interaction.user)):
        return True
    await interaction.response.send_message(OFFICERS_ONLY, ephemeral=True)
    return False


def _for_officers(name: str, description: str) -> Callable[[Any], app_commands.Command[Any, ..., Any]]:
    """A command of a server that Discord shows to those who manage it, unless its owner decides otherwise."""

    def make(function: Any) -> app_commands.Command[Any, ..., Any]:
        command: app_commands.Command[Any, ..., Any] = app_commands.Command(
            name=name, description=description, callback=function
        )
        command.default_permissions = discord.Permissions(manage_guild=True)
        return app_commands.guild_only()(command)

    return make


@_for_officers("sans-reponse", "Questions refusées ou mal notées, les plus récentes d'abord.")
async def unanswered(interaction: DeskInteraction) -> None:
    """Show what the sources lack."""
    if not await _officer(interaction):
        return
    await interaction.response.defer(ephemeral=True, thinking=True)
    exchanges = await interaction.client.desk.service.unanswered()
    if not exchanges:
        await interaction.followup.send(NOTHING_UNANSWERED, ephemeral=True)
    for embed in text_embeds("\n".join(map(_line, exchanges)), UNANSWERED_TITLE):
        await interaction.followup.send(embed=embed, ephemeral=True)


def _line(exchange: Exchange) -> str:
    question = escape(shorten(exchange.question, QUESTION))
    line = UNANSWERED_LINE.format(at=int(exchange.at.timestamp()), why=why_listed(exchange), question=question)
    return f"{line}\n> {escape(shorten(exchange.comment, QUESTION))}" if exchange.comment else line


@_for_officers("reindexer", "Relit le corpus et met le nouvel index en service.")
async def reindex(interaction: DeskInteraction) -> None:
    """Build a generation aside, showing how far it is, and swap."""
    if not await _officer(interaction):
        return
    await interaction.response.send_message(REINDEX_STARTED, ephemeral=True)
    progress = [REINDEX_STARTED]

    def report(what: str, done: int, total: int) -> None:
        progress[0] = REINDEX_PROGRESS.format(what=what, done=done, total=total)

    showing = asyncio.create_task(_show_progress(interaction, progress))
    try:
        text = outcome_text(await interaction.client.desk.service.reindex(report))
    except PtceError as error:
        text = str(error)
    finally:
        showing.cancel()
    await interaction.edit_original_response(content=text)


async def _show_progress(interaction: DeskInteraction, progress: list[str]) -> None:
    shown = progress[0]
    while True:
        await asyncio.sleep(PROGRESS_SECONDS)
        if progress[0] != shown:
            shown = progress[0]
            await interaction.edit_original_response(content=shown)


@_for_officers("etat", "Comment va l'assistant.")
async def state(interaction: DeskInteraction) -> None:
    """Show the index, the uptime and the answers of the last day."""
    if not await _officer(interaction):
        return
    await interaction.response.defer(ephemeral=True, thinking=True)
    now = await interaction.client.desk.service.state()
    text = state_text(now, discord.utils.format_dt(now.started))
    await interaction.followup.send(embed=text_embeds(text, STATE_TITLE)[0], ephemeral=True)


OFFICERS_COMMANDS = (unanswered, reindex, state)
