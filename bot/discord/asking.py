"""A question asked on Discord, from what was written to the messages that answer it."""

import asyncio
import logging
import re
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Literal

import discord

from bot.channel import Incoming, Reply
from bot.discord.access import place_of
from bot.discord.desk import CHANNEL, Desk, DeskInteraction, tell_alone
from bot.discord.render import CONTENT, answer_embeds, plain_parts, shorten
from bot.discord.retry import FAILURES, insist
from bot.discord.views import answer_view
from bot.discord.withdrawal import find_thread, unsay
from bot.messages import ALREADY_TAKEN, THREAD_WITHOUT_NAME, TRUNCATED
from bot.remembered import remember
from bot.service import Service
from bot.splitting import split_text
from knowledge.settings import Settings

logger = logging.getLogger(__name__)
# https://discord.com/developers/docs/resources/channel: a thread's name; a day before it is archived.
THREAD_NAME = 100
ARCHIVED_AFTER_MINUTES: Literal[1440] = 1440
# Discord's codes for what was done already.
ALREADY_ACKNOWLEDGED, THREAD_EXISTS = 40060, 160004
# Discord shows « … écrit » for ten seconds.
TYPING_SECONDS = 8
# Questions whose answers are known message by message; of older ones, only the last message is.
REMEMBERED = 5000
# Who or what a message names: never part of the question, and nobody's name goes to the journal.
_NAMED = re.compile(r"<(?:@[!&]?|#)\d+>|<a?:\w+:\d+>")
Send = Callable[["Part", int], Awaitable[discord.Message]]


@dataclass(frozen=True, slots=True)
class Part:
    """One message to send."""

    content: str | None = None
    embed: discord.Embed | None = None
    view: discord.ui.View | None = None

    @property
    def given(self) -> dict[str, Any]:
        """The arguments of discord.py's sending methods."""
        named = {"content": self.content, "embed": self.embed, "view": self.view}
        return {name: value for name, value in named.items() if value is not None}


class Asking(Desk):
    """Answers what is asked, each question once."""

    def __init__(self, settings: Settings, service: Service) -> None:
        super().__init__(settings, service)
        self._underway: set[int] = set()
        self._said: OrderedDict[int, tuple[discord.PartialMessage, ...]] = OrderedDict()

    async def answer_message(self, message: discord.Message) -> None:
        """Answer a message that was addressed to the bot."""
        if message.id in self._underway:
            return
        with self.working():
            self._underway.add(message.id)
            thread = None
            try:
                async with typing(message.channel):
                    incoming = self._heard(message)
                    reply = await self.service.reply(incoming)
                    # A conversation of its own is the thread that its answer opens.
                    if reply and reply.answer and incoming.place == incoming.id:
                        thread = await open_thread(message.channel, message.id, incoming.text)
                    if reply and not self.service.is_withdrawn(CHANNEL, incoming.id):
                        await self._deliver(reply, thread or message.channel, self._kept(message, thread))
            finally:
                # Also of an answer that could only be sent in part.
                self._underway.discard(message.id)
                if self.service.is_withdrawn(CHANNEL, str(message.id)):
                    await unsay(thread, self._said.pop(message.id, ()))

    def _heard(self, message: discord.Message) -> Incoming:
        own = str(message.id) if self._opens_thread(message.channel) else ""
        return self._incoming(message.id, message.author, message.channel, message.content, own)

    def _kept(self, message: discord.Message, thread: discord.Thread | None) -> Send:
        """Sends, and remembers each part as soon as it is sent: the question may be taken back before the last."""
        send = _sender(message, thread)

        async def kept(part: Part, number: int) -> discord.Message:
            sent = await send(part, number)
            said = discord.PartialMessage(channel=sent.channel, id=sent.id)
            remember(self._said, message.id, (*self._said.get(message.id, ()), said), REMEMBERED)
            return sent

        return kept

    async def take_back(self, client: discord.Client, channel: int, question: int) -> None:
        """Keep nothing of a question that was taken back, nor what answered it."""
        # Whoever is answering it sees that it is withdrawn, and knows what there is to take back.
        underway = question in self._underway
        with self.working():
            reference = await self.service.withdraw(CHANNEL, str(question))
            if underway:
                return
            # Through this client: the one that sent the answer may be closed.
            sent = self._said.pop(question, ())
            said = [client.get_partial_messageable(part.channel.id).get_partial_message(part.id) for part in sent]
            fetched = bool(said or reference) and self._opens_thread(client.get_channel(channel))
            thread = await find_thread(client, question, fetched)
            if reference and not said:
                place = thread or client.get_partial_messageable(channel)
                said = [place.get_partial_message(int(reference))]
            await unsay(thread, said)

    async def ask(self, interaction: DeskInteraction, question: str) -> None:
        """Answer a command or a button: acknowledged at once, since Discord only waits for three seconds."""
        with self.working():
            shown = await _acknowledge(interaction)
            own = str(shown) if shown and self._opens_thread(interaction.channel) else ""
            incoming = self._incoming(interaction.id, interaction.user, interaction.channel, question, own)
            reply = await self.service.reply(incoming)
            if reply is None or reply.answer is None:
                await tell_alone(interaction, reply.text if reply else ALREADY_TAKEN)
                return
            await self._deliver(reply, None, _responder(interaction), incoming.text)
            if own:
                await open_thread(interaction.channel, int(own), incoming.text)

    def _opens_thread(self, channel: object) -> bool:
        return isinstance(channel, discord.TextChannel) and self.access.opens_thread(channel.id)

    def _incoming(self, identifier: int, user: discord.abc.User, channel: object, text: str, own: str) -> Incoming:
        """A thread or a direct message is one conversation, a channel one for each person, `own` one for itself."""
        place = place_of(channel, None)
        flat = not isinstance(channel, discord.Thread | discord.DMChannel)
        here = f"{place.channel}:{user.id}" if flat else str(place.channel)
        room = str(place.parent or place.channel)
        return Incoming(CHANNEL, str(identifier), str(user.id), own or here, room, _NAMED.sub(" ", text).strip())

    async def _deliver(self, reply: Reply, channel: object, send: Send, title: str = "") -> None:
        """Send every part, in order, and tell the service which message carries the buttons."""
        parts = self._parts(reply, title, may_embed(channel))
        sent = [await send(part, number) for number, part in enumerate(parts)]
        if sent:
            await self.service.sent(reply, str(sent[-1].id))

    def _parts(self, reply: Reply, title: str, embeds_shown: bool) -> list[Part]:
        if reply.answer is None:
            return [Part(content) for content in split_text(reply.text, CONTENT)]
        embeds = answer_embeds(reply.answer, title)
        parts = [Part(embed=embed) for embed in embeds]
        if not embeds_shown:
            parts = [Part(content) for content in plain_parts(embeds)]
        if reply.truncated:
            limit = self.settings.answer.max_question_characters
            parts.insert(0, Part(TRUNCATED.format(limit=limit)))
        last = parts[-1]
        return [*parts[:-1], Part(last.content, last.embed, answer_view(reply.exchange, reply.answer))]


def _sender(message: discord.Message, thread: discord.Thread | None) -> Send:
    """Sends to the thread, or as replies. The nonce makes Discord drop a part that it already has."""
    reference = None if thread else message.to_reference(fail_if_not_exists=False)
    channel = thread or message.channel

    async def send(part: Part, number: int) -> discord.Message:
        given = {"nonce": f"{message.id}-{number}", **part.given}
        if reference and not number:
            given |= {"reference": reference, "mention_author": False}
        return await insist(lambda: channel.send(**given))

    return send


def _responder(interaction: DeskInteraction) -> Send:
    """Sends in the place of « … réfléchit », then after it."""

    async def send(part: Part, number: int) -> discord.Message:
        if number == 0:
            return await insist(lambda: interaction.edit_original_response(**part.given))
        return await interaction.followup.send(**part.given, wait=True)

    return send


async def _acknowledge(interaction: DeskInteraction) -> int | None:
    """Show « … réfléchit »; the id of that message."""
    try:
        shown = await insist(lambda: interaction.response.defer(thinking=True))
    except discord.HTTPException as error:
        if error.code != ALREADY_ACKNOWLEDGED:
            raise
        # By us: Discord's receipt was lost, and discord.py has tried again.
        return (await interaction.original_response()).id
    return shown.message_id if shown else None


def may_embed(channel: object) -> bool:
    """Whether embeds are shown there; where the bot may not, Discord drops them without a word."""
    guild = getattr(channel, "guild", None)
    if guild is None or guild.me is None or not isinstance(channel, discord.abc.GuildChannel | discord.Thread):
        return True
    return channel.permissions_for(guild.me).embed_links


async def open_thread(channel: object, message: int, question: str) -> discord.Thread | None:
    """The thread of that message; None where the bot may not open one, and the answer stays in the channel."""
    if not isinstance(channel, discord.TextChannel):
        return None
    name = shorten(question, THREAD_NAME) or THREAD_WITHOUT_NAME
    starter = discord.Object(message)
    try:
        return await insist(
            lambda: channel.create_thread(name=name, message=starter, auto_archive_duration=ARCHIVED_AFTER_MINUTES)
        )
    except discord.HTTPException as error:
        if error.code == THREAD_EXISTS:
            found = await insist(lambda: channel.guild.fetch_channel(message))
            return found if isinstance(found, discord.Thread) else None
        logger.warning("Pas de fil dans le salon %s : %s", channel.id, error)
        return None


@asynccontextmanager
async def typing(channel: discord.abc.Messageable) -> AsyncIterator[None]:
    """Inside, « Assistant PTCE écrit… »; that it can't be shown never costs an answer."""

    async def show() -> None:
        with suppress(*FAILURES):
            while True:
                await channel.typing()
                await asyncio.sleep(TYPING_SECONDS)

    showing = asyncio.create_task(show())
    try:
        yield
    finally:
        showing.cancel()
