"""The buttons under an answer and the form behind one of them.

All they need is in their ids, so that they go on working when the bot was started again since.
"""

import re
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import discord

from bot.discord.desk import Desk, DeskInteraction, failure_told
from bot.discord.render import quote_embeds, shorten
from bot.messages import (
    ANSWER_FORGOTTEN,
    ASK_AGAIN,
    SOURCES_BUTTON,
    THANKS,
    THANKS_FOR_COMMENT,
    USEFUL_BUTTON,
    USELESS_BUTTON,
    WHY_LABEL,
    WHY_PLACEHOLDER,
    WHY_TITLE,
)
from knowledge.model import Answer

# Discord: five rows of buttons, a label of 80 characters.
ROWS = 5
LABEL = 80
COMMENT = 500
FORM = "ptce:avis:"
COMMENT_ID = "remarque"
Button = discord.ui.Button[discord.ui.View]
Item = discord.ui.Item[Any]


class _DeskItem(discord.ui.DynamicItem[Button], template="ptce:none"):
    """A button that obeys the allow-lists; `exchange` is the answer it stands under."""

    def __init__(self, button: Button, exchange: str, row: int | None = None) -> None:
        super().__init__(button, row=row)
        self.exchange = exchange

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        desk: Desk = interaction.client.desk
        async with failure_told(interaction):
            return await desk.admits(interaction)
        return False

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        async with failure_told(interaction):
            await self.pressed(interaction)

    @abstractmethod
    async def pressed(self, interaction: DeskInteraction) -> None:
        """Do what the button says."""


class SourcesButton(_DeskItem, template=r"ptce:sources:(?P<exchange>\w+)"):
    """Shows, to who clicks alone, each quote with its document, section and date."""

    def __init__(self, exchange: str, row: int | None = None) -> None:
        style = discord.ButtonStyle.primary
        button = Button(label=SOURCES_BUTTON, style=style, custom_id=f"ptce:sources:{exchange}")
        super().__init__(button, exchange, row)

    @classmethod
    async def from_custom_id(  # noqa: D102
        cls,
        interaction: discord.Interaction[Any],  # noqa: ARG003
        item: Item,  # noqa: ARG003
        match: re.Match[str],
        /,
    ) -> "SourcesButton":
        return cls(match["exchange"])

    async def pressed(self, interaction: DeskInteraction) -> None:  # noqa: D102
        desk = interaction.client.desk
        with desk.working():
            await interaction.response.defer(ephemeral=True, thinking=True)
            answer = await desk.service.answer(self.exchange)
            embeds = quote_embeds(answer.citations) if answer else []
            if not embeds:
                await interaction.followup.send(ANSWER_FORGOTTEN, ephemeral=True)
            for embed in embeds:
                await interaction.followup.send(embed=embed, ephemeral=True)


class RateButton(_DeskItem, template=r"ptce:(?P<useful>utile|inutile):(?P<exchange>\w+)"):
    """Keeps whether the answer was of use; if not, a form asks why, that may be left empty or closed."""

    def __init__(self, exchange: str, useful: bool, row: int | None = None) -> None:
        self.useful = useful
        label, name = (USEFUL_BUTTON, "utile") if useful else (USELESS_BUTTON, "inutile")
        super().__init__(Button(label=label, custom_id=f"ptce:{name}:{exchange}"), exchange, row)

    @classmethod
    async def from_custom_id(  # noqa: D102
        cls,
        interaction: discord.Interaction[Any],  # noqa: ARG003
        item: Item,  # noqa: ARG003
        match: re.Match[str],
        /,
    ) -> "RateButton":
        return cls(match["exchange"], match["useful"] == "utile")

    async def pressed(self, interaction: DeskInteraction) -> None:  # noqa: D102
        service, user = interaction.client.desk.service, str(interaction.user.id)
        if not self.useful:
            # The form has to be the first answer to the click; the rating does not wait for it to be sent back.
            await interaction.response.send_modal(why_form(self.exchange))
            await service.rate(self.exchange, user, False)
            return
        kept = await service.rate(self.exchange, user, True)
        await interaction.response.send_message(THANKS if kept else ANSWER_FORGOTTEN, ephemeral=True)


class SuggestionButton(_DeskItem, template=r"ptce:demander:(?P<exchange>\w+):(?P<number>\d+)"):
    """Asks the question that it shows."""

    def __init__(self, exchange: str, number: int, question: str) -> None:
        self.number = number
        self.question = question
        button = Button(label=shorten(question, LABEL), custom_id=f"ptce:demander:{exchange}:{number}")
        super().__init__(button, exchange, number)

    @classmethod
    async def from_custom_id(  # noqa: D102
        cls,
        interaction: discord.Interaction[Any],  # noqa: ARG003
        item: Item,
        match: re.Match[str],
        /,
    ) -> "SuggestionButton":
        return cls(match["exchange"], int(match["number"]), getattr(item, "label", None) or "")

    async def pressed(self, interaction: DeskInteraction) -> None:  # noqa: D102
        desk = interaction.client.desk
        question = self.question
        if question.endswith("…"):
            answer = await desk.service.answer(self.exchange)
            question = answer.suggestions[self.number] if answer else ""
        if question:
            await desk.ask(interaction, question)
        else:
            await interaction.response.send_message(ASK_AGAIN, ephemeral=True)


BUTTONS = (SourcesButton, RateButton, SuggestionButton)


def answer_view(exchange: str, answer: Answer) -> discord.ui.View | None:
    """The buttons of an answer: its suggestions, one a row, then what can be done with it."""
    view = discord.ui.View(timeout=None)
    suggestions = answer.suggestions[: ROWS - 1]
    for number, question in enumerate(suggestions):
        view.add_item(SuggestionButton(exchange or "0", number, question))
    if exchange:
        if answer.citations:
            view.add_item(SourcesButton(exchange, len(suggestions)))
        view.add_item(RateButton(exchange, True, len(suggestions)))
        view.add_item(RateButton(exchange, False, len(suggestions)))
    return view if view.children else None


def why_form(exchange: str) -> discord.ui.Modal:
    """The form of « Pas utile »; what it sends back is read by `form_sent`, also after a restart."""
    form = discord.ui.Modal(title=WHY_TITLE, custom_id=f"{FORM}{exchange}")
    box = discord.ui.TextInput[discord.ui.Modal](
        custom_id=COMMENT_ID,
        style=discord.TextStyle.paragraph,
        required=False,
        max_length=COMMENT,
        placeholder=WHY_PLACEHOLDER,
    )
    form.add_item(discord.ui.Label(text=WHY_LABEL, component=box))
    # So that discord.py does not keep it in memory for a user who never sends it.
    form.stop()
    return form


async def form_sent(interaction: DeskInteraction) -> None:
    """Keep the comment of a form that was sent back."""
    data: Any = interaction.data
    exchange = data["custom_id"].removeprefix(FORM)
    comment = _comment(data["components"])
    kept = await interaction.client.desk.service.rate(exchange, str(interaction.user.id), False, comment)
    thanks = THANKS_FOR_COMMENT if comment else THANKS
    await interaction.response.send_message(thanks if kept else ANSWER_FORGOTTEN, ephemeral=True)


def _comment(components: Sequence[Any]) -> str:
    """The text typed, wherever the form's layout has put its one input."""
    for component in components:
        inner = [*component.get("components", []), *([component["component"]] if "component" in component else [])]
        for box in inner:
            if box.get("custom_id") == COMMENT_ID:
                return str(box.get("value") or "").strip()[:COMMENT]
    return ""
