"""One connection to Discord: what it listens to, which messages are for the bot, which commands it offers."""

import hashlib
import json
import logging
from contextlib import suppress
from pathlib import Path
from typing import Any

import discord
from discord import app_commands

from bot.discord.access import invitation, place_of
from bot.discord.asking import Asking
from bot.discord.commands import COMMANDS, AssistantTree, question_command
from bot.discord.desk import DeskClient, DeskInteraction, failure_told
from bot.discord.officers import OFFICERS_COMMANDS
from bot.discord.retry import FAILURES
from bot.discord.views import BUTTONS, FORM, form_sent
from bot.messages import DISCORD_NOT_SENT, DISCORD_NOT_TAKEN_BACK, DISCORD_READY, DISCORD_SYNC_NOT_KEPT

logger = logging.getLogger(__name__)
SYNCED = "discord-commands"
WRITTEN = (discord.MessageType.default, discord.MessageType.reply)


class AssistantClient(DeskClient):
    """Thin: it decides what concerns the bot, and hands it to the desk."""

    desk: Asking

    def __init__(self, desk: Asking) -> None:
        super().__init__(
            desk,
            intents=intents(desk.access.reads_threads),
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
        )
        self.tree = AssistantTree(
            self,
            allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=False),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
        )

    async def setup_hook(self) -> None:
        """Before the connection: buttons of earlier runs, and the commands where they changed."""
        self.add_dynamic_items(*BUTTONS)
        question = question_command(self.desk.settings.answer.max_question_characters)
        for command in (question, *COMMANDS, *OFFICERS_COMMANDS):
            self.tree.add_command(command)
        await self._sync(self.desk.settings.data_dir / SYNCED)

    async def _sync(self, file: Path) -> None:
        """Tell Discord the commands, unless these are those it was told last."""
        tree = [command.to_dict(self.tree) for command in self.tree.get_commands()]
        told = json.dumps([self.application_id, discord.http.Route.BASE, tree], sort_keys=True)
        fingerprint = hashlib.sha256(told.encode()).hexdigest()
        # A file that can't be read says nothing, and the commands may be told twice.
        with suppress(OSError):
            if file.read_bytes() == fingerprint.encode():
                return
        await self.tree.sync()
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(fingerprint, encoding="utf-8")
        except OSError as error:
            logger.warning(DISCORD_SYNC_NOT_KEPT, file, error)

    async def on_ready(self) -> None:
        """Say where the bot is and how to invite it; answer what was asked since a session that was lost."""
        logger.info(DISCORD_READY, self.user, len(self.guilds), invitation(self.application_id or 0))
        async for message in self.desk.catch_up.missed(self):
            self.dispatch("message", message)

    async def on_connect(self) -> None:
        """A session begins."""
        self.desk.catch_up.connected()

    async def on_disconnect(self) -> None:
        """Note since when events may be missed."""
        self.desk.catch_up.lost()

    async def on_resumed(self) -> None:
        """Discord sends what was missed."""
        self.desk.catch_up.resumed()

    async def on_message(self, message: discord.Message) -> None:
        """Answer what people write to the bot."""
        self.desk.catch_up.saw(message)
        if self.desk.closing or message.author.bot or message.webhook_id or message.type not in WRITTEN:
            return
        place = place_of(message.channel, message.guild.id if message.guild else None)
        if not self.desk.access.serves(place) or not self._is_addressed(message):
            return
        try:
            if await self.desk.may_ask(self, message.author, place):
                await self.desk.answer_message(message)
        except FAILURES as error:
            logger.warning(DISCORD_NOT_SENT, place.channel, error)

    async def on_raw_message_delete(self, event: discord.RawMessageDeleteEvent) -> None:
        """Who takes a question back takes it out of the journal, and the answer with it."""
        await self._take_back(event.channel_id, event.message_id)

    async def on_raw_bulk_message_delete(self, event: discord.RawBulkMessageDeleteEvent) -> None:
        """So does a moderator who takes back many at once."""
        for message in event.message_ids:
            await self._take_back(event.channel_id, message)

    async def _take_back(self, channel: int, message: int) -> None:
        try:
            await self.desk.take_back(self, channel, message)
        except FAILURES as error:
            logger.warning(DISCORD_NOT_TAKEN_BACK, channel, error)

    def _is_addressed(self, message: discord.Message) -> bool:
        """A direct message, a mention, or what is said in a thread of the bot's own, unless it is for someone else."""
        if message.guild is None or self.user in message.mentions:
            return True
        if message.guild.self_role in message.role_mentions:
            # What Discord proposes first to who types the bot's name is often its role.
            return True
        if not self.desk.access.reads_threads:
            # Of what is said in threads that were opened before, Discord would send no word.
            return False
        own = isinstance(message.channel, discord.Thread) and self.user and message.channel.owner_id == self.user.id
        return bool(own and not message.mentions and not self._answers_someone(message))

    def _answers_someone(self, message: discord.Message) -> bool:
        answered = message.reference.resolved if message.reference else None
        return isinstance(answered, discord.Message) and answered.author != self.user

    async def on_interaction(self, interaction: DeskInteraction) -> None:
        """Read a form that was sent back; commands and buttons find their own way."""
        if interaction.type is discord.InteractionType.modal_submit:
            data: Any = interaction.data
            if data["custom_id"].startswith(FORM):
                async with failure_told(interaction):
                    await form_sent(interaction)


def intents(reads_threads: bool) -> discord.Intents:
    """The least that serves: reading without a mention, in threads, is the only privileged one."""
    return discord.Intents(guilds=True, guild_messages=True, dm_messages=True, message_content=reads_threads)
