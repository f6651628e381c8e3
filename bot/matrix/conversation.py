"""What the bot does with each event of a room: answer, follow up, answer an edit again, withdraw, take a rating."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from nio import Event, MatrixRoom, MegolmEvent, ReactionEvent, RedactionEvent, RoomGetEventError, RoomMessage

from bot.channel import Incoming, Reply
from bot.matrix.client import MatrixClient
from bot.matrix.commands import CHANNEL, Asked, Commands, command_name
from bot.matrix.events import ASK, Message, Self, command_of, read_message, thread_of
from bot.matrix.pending import PATIENCE, Pending
from bot.matrix.place import Later, Place
from bot.matrix.ratings import Ratings
from bot.matrix.render import Content, card_contents, edit_of, reply_contents, text_contents
from bot.matrix.rooms import People, is_direct
from bot.matrix.signs import Signs
from bot.matrix.trouble import persist
from bot.matrix.underway import Underway, Work
from bot.messages import MATRIX_UNDECRYPTED
from bot.privacy import ALWAYS
from bot.remembered import remember
from bot.service import Service
from knowledge.settings import Settings

logger = logging.getLogger(__name__)
Ask = Callable[[Incoming], Coroutine[Any, Any, Reply | None]]
# Threads where the bot has spoken, and answers in several messages, that are remembered.
REMEMBERED = 5000


class Conversation:
    """One login's talks; `later` starts a task that the channel awaits when it stops."""

    def __init__(
        self, settings: Settings, service: Service, client: MatrixClient, me: Self, people: People, later: Later
    ) -> None:
        self._settings = settings
        self._service = service
        self._client = client
        self._me = me
        self._people = people
        self._later = later
        self._commands = Commands(settings, service, me.names[0])
        self.pending = Pending(client)
        self._ratings = Ratings(service)
        self._signs = Signs(client)
        self._underway = Underway(later)
        self._threads: OrderedDict[str, None] = OrderedDict()
        self._parts: OrderedDict[str, tuple[str, ...]] = OrderedDict()

    async def take(self, room: MatrixRoom, event: Event) -> None:
        """Deal with an event, or start a task that does."""
        if event.sender == self._client.user_id:
            return
        if event.decrypted:
            self.pending.understood(room.room_id, event)
        if isinstance(event, ReactionEvent):
            self._later(self._ratings.take(event))
        elif isinstance(event, RedactionEvent):
            self._later(self._withdraw(room, event))
        elif isinstance(event, MegolmEvent):
            await self.pending.add(event)
            self._later(self._tell_undecrypted(room, event), essential=False)
        elif isinstance(event, RoomMessage) and (message := read_message(event.source)):
            await self._read(room, message)

    async def _read(self, room: MatrixRoom, message: Message) -> None:
        if message.replaces:
            self._underway.begin(message.replaces, self._edited(room, message))
        elif message.replies_to and not message.root:
            # What it replies to has to be looked up, and other rooms don't wait for a homeserver in trouble.
            self._underway.begin(message.id, self._followed(room, message))
        elif work := await self._called_for(room, message, self._service.reply):
            self._underway.begin(message.id, work)

    async def _followed(self, room: MatrixRoom, message: Message) -> None:
        if work := await self._called_for(room, message, self._service.reply):
            await work

    async def _called_for(self, room: MatrixRoom, message: Message, ask: Ask) -> Work | None:
        """What there is to do about a message; None when it is for somebody else."""
        command = command_of(message)
        if command and command[0].casefold() != ASK:
            return self._obey(room, message, *command)
        text = await self._question(room, message, command)
        if text is None:
            return None
        place = await self._place(room, message)
        return self._answer(place, self._incoming(place, message, text), ask)

    async def _question(self, room: MatrixRoom, message: Message, command: tuple[str, str] | None) -> str | None:
        """What is asked of the bot; None when the message is for somebody else."""
        me = self._named_in(room)
        if command:
            return command[1]
        if is_direct(room) or me.is_named(message):
            return me.without_name(message)
        if me.is_for_another(message) or not await self._is_follow_up(message):
            return None
        return message.text

    async def _is_follow_up(self, message: Message) -> bool:
        """Whether the message goes on where the bot answered: in its thread, or as a reply to its answer."""
        if message.root and (message.root in self._threads or await self._service.reference(CHANNEL, message.root)):
            return True
        return bool(message.replies_to and await self._service.exchange_of(CHANNEL, message.replies_to))

    async def _place(self, room: MatrixRoom, message: Message) -> Place:
        """In the thread of the message, of the answer that it replies to, or in one that it begins."""
        root = message.root
        if root is None and message.replies_to:
            root = thread_of(await self._event(room.room_id, message.replies_to))
        if not is_direct(room):
            root = root or message.id
            return Place(room.room_id, root, root, message.id)
        if root is None and self._settings.matrix.direct_threads:
            root = message.id
        # A direct room is one conversation, whatever its threads.
        return Place(room.room_id, room.room_id, root, message.id)

    async def _answer(self, place: Place, message: Incoming, ask: Ask) -> None:
        # Asked before anything that waits for the homeserver, so that questions keep their order.
        asked = asyncio.create_task(ask(message))
        try:
            async with self._signs.typing(place.room):
                await self._signs.read(place)
                reply = await asked
                if reply is not None:
                    await self._say(place, reply)
        finally:
            asked.cancel()

    def _incoming(self, place: Place, message: Message, text: str) -> Incoming:
        return Incoming(CHANNEL, message.id, message.sender, place.conversation, place.room, text)

    async def _say(self, place: Place, reply: Reply) -> None:
        sent = await self._send(place, self._contents(reply))
        if sent:
            await self._service.sent(reply, sent[0])
            # Taken back while its answer was on the way: nobody else knows which message that is.
            if self._service.is_withdrawn(CHANNEL, place.after):
                await self._unsay(place.room, sent[0])

    def _contents(self, reply: Reply) -> list[Content]:
        return reply_contents(reply, self._settings.answer.max_question_characters)

    async def _send(self, place: Place, contents: list[Content]) -> list[str]:
        """Send messages to a place, remembering that what is said there is for the bot; their ids."""
        sent = [await self._client.deliver(place.room, "m.room.message", place.put(content)) for content in contents]
        # A thread that the reply begins; in one that people began among themselves, only mentions are for the bot.
        if place.root and place.root == place.after:
            remember(self._threads, place.root, None, REMEMBERED)
        if len(sent) > 1:
            remember(self._parts, sent[0], tuple(sent[1:]), REMEMBERED)
        return sent

    async def _edited(self, room: MatrixRoom, edit: Message) -> None:
        """Answer the new version; the first version, where it was for the bot, gives place and thread."""
        original_id = edit.replaces or ""
        original = read_message(await self._event(room.room_id, original_id))
        if original is None or original.sender != edit.sender:
            return
        asked = replace(edit, id=original_id, root=original.root, replies_to=original.replies_to, replaces=None)
        reference = await self._service.reference(CHANNEL, original_id)
        if reference is None:
            if work := await self._called_for(room, asked, self._service.revise):
                await work
            return
        command = command_of(asked)
        text = command[1] if command else self._named_in(room).without_name(asked)
        place = await self._place(room, asked)
        reply = await self._service.revise(self._incoming(place, asked, text))
        if reply is not None and reply.answer is None:
            await self._say(place, reply)
        elif reply is not None:
            await self._replace(place, reference, self._contents(reply))
            await self._service.sent(reply, reference)

    async def _replace(self, place: Place, reference: str, contents: list[Content]) -> None:
        for part in self._parts.pop(reference, ()):
            await self._client.unsay(place.room, part)
        await self._client.deliver(place.room, "m.room.message", edit_of(contents[0], reference))
        if rest := contents[1:]:
            remember(self._parts, reference, tuple(await self._send(place, rest)), REMEMBERED)

    async def _withdraw(self, room: MatrixRoom, event: RedactionEvent) -> None:
        # At once, so that an answer that is still looked for is never sent; one that is on its way is waited for.
        reference = await self._service.withdraw(CHANNEL, event.redacts)
        await self._underway.ended(event.redacts)
        if reference:
            await self._unsay(room.room_id, reference)
        await self._ratings.take_back(event.redacts)

    async def _unsay(self, room_id: str, reference: str) -> None:
        for answer in (reference, *self._parts.pop(reference, ())):
            await self._client.unsay(room_id, answer)

    async def _obey(self, room: MatrixRoom, message: Message, name: str, argument: str) -> None:
        asked = Asked(message.sender, argument, is_direct(room), self._people.is_officer(message.sender))
        place = await self._place(room, message)
        free = command_name(name) in ALWAYS
        if wait := None if free else self._service.count(CHANNEL, message.sender, room.room_id):
            if wait.reply:
                await self._say(place, wait.reply)
            return
        first = ""
        async for said in self._commands.run(name, asked):
            contents = text_contents(said) if isinstance(said, str) else card_contents(said)
            if first:
                await self._replace(place, first, contents)
            else:
                first = (await self._send(place, contents))[0]

    async def _tell_undecrypted(self, room: MatrixRoom, event: MegolmEvent) -> None:
        await asyncio.sleep(PATIENCE)
        if self.pending.is_to_be_told(event):
            logger.warning("Matrix : message indéchiffrable dans le salon %s, %s", room.room_id, event.event_id)
            root = thread_of(event.source) or event.event_id
            contents = text_contents(MATRIX_UNDECRYPTED)
            place = Place(room.room_id, root, root, event.event_id)
            for content in contents:
                await self._client.deliver(room.room_id, "m.room.message", place.put(content))

    async def _event(self, room_id: str, event_id: str) -> dict[str, Any]:
        answer = await persist(lambda: self._client.room_get_event(room_id, event_id))
        if isinstance(answer, RoomGetEventError):
            logger.warning("Matrix : message %s du salon %s non relu (%s)", event_id, room_id, answer.message)
            return {}
        return dict(answer.event.source)

    def _named_in(self, room: MatrixRoom) -> Self:
        return self._me.named(room.user_name(self._client.user_id))
