"""The commands that everyone may use, in French, with their completions."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

import discord
from discord import app_commands

from bot.cards import Card
from bot.command_texts import cell_card, pole_card
from bot.discord.desk import CHANNEL, DeskClient, DeskInteraction, tell_alone, tell_failure
from bot.discord.render import card_embeds, text_embeds
from bot.messages import DISCORD_HELP, HELP, HELP_TITLE, PRIVACY_TITLE
from bot.privacy import ALWAYS, forget, privacy_text

# Discord's limit for an option of a command.
OPTION = 6000
# Discord: 25 choices of at most 100 characters.
CHOICES = 25
CHOICE = 100
# Those of the officers check another role, and the others ask nothing.
ASKING = frozenset({"ptce", "pole", "cellule"})
Choices = list[app_commands.Choice[str]]


class AssistantTree(app_commands.CommandTree[DeskClient]):
    """Every command passes the allow-lists, and none fails without a word."""

    async def interaction_check(self, interaction: DeskInteraction, /) -> bool:
        """Whether the command is to be obeyed."""
        name = interaction.command.name if interaction.command else ""
        return await interaction.client.desk.admits(interaction, name in ALWAYS, name in ASKING)

    async def on_error(self, interaction: DeskInteraction, error: app_commands.AppCommandError, /) -> None:
        """Log it, and tell who asked."""
        await tell_failure(interaction, error)


def question_command(longest: int) -> app_commands.Command[Any, ..., Any]:
    """The command that asks a question, no longer than what the service reads."""

    @app_commands.command(name="ptce", description="Pose une question sur les PTCE ; la réponse cite ses sources.")
    @app_commands.describe(question="Votre question, comme à quelqu'un.")
    async def ptce(interaction: DeskInteraction, question: app_commands.Range[str, 1, min(longest, OPTION)]) -> None:
        await interaction.client.desk.ask(interaction, question)

    return ptce


@app_commands.command(name="pole", description="Présente un pôle.")
@app_commands.describe(nom="Nom du pôle.")
async def pole(interaction: DeskInteraction, nom: str) -> None:
    """Show what is known of a pole."""
    cards = interaction.client.desk.service.cards
    await _show_card(interaction, lambda: pole_card(cards, nom))


@app_commands.command(name="cellule", description="Dit qui contacter dans une région.")
@app_commands.describe(region="Région, département ou ville.")
async def cellule(interaction: DeskInteraction, region: str) -> None:
    """Show whom to contact in a region."""
    cards = interaction.client.desk.service.cards
    await _show_card(interaction, lambda: cell_card(cards, region))


@app_commands.command(name="sources", description="Sur quoi je m'appuie, et de quand cela date.")
async def sources(interaction: DeskInteraction) -> None:
    """Show how much is known, and how old it is."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    card = await asyncio.to_thread(interaction.client.desk.service.cards.sources)
    await _send(interaction, card_embeds(card), alone=True)


@app_commands.command(name="aide", description="Comment me poser une question.")
async def aide(interaction: DeskInteraction) -> None:
    """Show how to ask."""
    embed = text_embeds(f"{HELP}\n\n{DISCORD_HELP}", HELP_TITLE)[0]
    await interaction.response.send_message(embed=embed, ephemeral=True)


@app_commands.command(name="confidentialite", description="Ce que je garde de vos questions.")
async def confidentialite(interaction: DeskInteraction) -> None:
    """Show what is kept."""
    text = privacy_text(interaction.client.desk.settings, "`/oublier`")
    await interaction.response.send_message(embed=text_embeds(text, PRIVACY_TITLE)[0], ephemeral=True)


@app_commands.command(name="oublier", description="Efface tout de suite ce que je garde de vous.")
async def oublier(interaction: DeskInteraction) -> None:
    """Erase what is kept of the caller."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    told = await forget(interaction.client.desk.service, CHANNEL, str(interaction.user.id))
    await interaction.followup.send(told, ephemeral=True)


@pole.autocomplete("nom")
async def _poles(interaction: DeskInteraction, typed: str) -> Choices:
    return await _choices(lambda: interaction.client.desk.service.cards.poles(typed, CHOICES))


@cellule.autocomplete("region")
async def _regions(interaction: DeskInteraction, typed: str) -> Choices:
    return await _choices(lambda: interaction.client.desk.service.cards.regions(typed, CHOICES))


COMMANDS: tuple[Any, ...] = (pole, cellule, sources, aide, confidentialite, oublier)


async def _choices(names: Callable[[], list[str]]) -> Choices:
    found = await asyncio.to_thread(names)
    return [app_commands.Choice(name=name[:CHOICE], value=name[:CHOICE]) for name in found]


async def _show_card(interaction: DeskInteraction, find: Callable[[], Card | str]) -> None:
    """What was found for all to see; that nothing was, for who asked alone."""
    with interaction.client.desk.working():
        await interaction.response.defer(thinking=True)
        found = await asyncio.to_thread(find)
        if isinstance(found, str):
            await tell_alone(interaction, found)
        else:
            await _send(interaction, card_embeds(found))


async def _send(interaction: DeskInteraction, embeds: Iterable[discord.Embed], alone: bool = False) -> None:
    """The first embed in the place of « … réfléchit », the others after it; `alone`: to who asked only."""
    for embed in embeds:
        await interaction.followup.send(embed=embed, ephemeral=alone)
