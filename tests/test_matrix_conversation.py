"""What the Matrix bot does when a question changes while it is being answered; no homeserver, no model."""

import asyncio
import threading
from collections.abc import AsyncIterator, Coroutine
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientPayloadError
from nio import Event, MatrixRoom, RoomGetEventError, RoomGetEventResponse

from bot.journal import Journal
from bot.matrix import trouble
from bot.matrix.conversation import Conversation
from bot.matrix.events import Self
from bot.matrix.rooms import People
from bot.service import Service
from knowledge.assistant import Explanation
from knowledge.completion import Turn
from knowledge.configuration import load_settings
from knowledge.model import Answer, Timings
from knowledge.question import Question
from knowledge.settings import LimitSettings

pytestmark = pytest.mark.asyncio
ROOM, BOT, ALICE = "!salon:x", "@ptce:x", "@alice:x"
# Far beyond what is waited for; reached only by a test that would hang.
PATIENCE = 20


class Gate:
    """Where work stops until it is let through, from whichever thread; open unless it is closed."""

    def __init__(self) -> None:
        self._reached, self._open = threading.Event(), threading.Event()
        self._open.set()

    def close(self) -> None:
        self._reached.clear()
        self._open.clear()

    def open(self) -> None:
        self._open.set()

    def pass_through(self) -> None:
        self._reached.set()
        self._open.wait(PATIENCE)

    async def reached(self) -> None:
        assert await asyncio.to_thread(self._reached.wait, PATIENCE)


class Echo:
    """An assistant that answers any question with itself, once the gate is open."""

    def __init__(self) -> None:
        self.gate = Gate()

    def explain(self, text: str, _: Turn | None) -> Explanation:
        self.gate.pass_through()
        answer = Answer(text, f"Réponse à {text}", "answered", None, (), "extractive", 0.9, (), Timings(0, 0, 0, 0))
        return Explanation(answer, Question(text, text, text, text, "fr", False, ()), (), None, None)


class Watched(Journal):
    """A journal that tells when a message was withdrawn from it."""

    def __init__(self) -> None:
        super().__init__(None, 90)
        self._withdrawn = threading.Event()

    def withdraw(self, channel: str, message: str) -> str | None:
        reference = super().withdraw(channel, message)
        self._withdrawn.set()
        return reference

    async def withdrawn(self) -> None:
        assert await asyncio.to_thread(self._withdrawn.wait, PATIENCE)


class Homeserver:
    """Stands for the client: one room's events, as people see them."""

    user_id = BOT

    def __init__(self) -> None:
        self.gate = Gate()
        self.events: dict[str, Event] = {}
        self.said: dict[str, str] = {}
        self.redacted: list[str] = []
        self.broken = False
        self.failures = 0

    async def deliver(self, room_id: str, kind: str, content: dict[str, Any]) -> str:
        await asyncio.to_thread(self.gate.pass_through)
        relation = content["m.relates_to"]
        name = relation["event_id"] if relation.get("rel_type") == "m.replace" else f"$réponse-{len(self.said)}"
        self.said[name] = content.get("m.new_content", content)["body"]
        return name

    async def unsay(self, room_id: str, event_id: str) -> None:
        self.redacted.append(event_id)

    async def room_get_event(self, room_id: str, event_id: str) -> RoomGetEventResponse | RoomGetEventError:
        if self.failures:
            self.failures -= 1
            refused = RoomGetEventError("en panne")
            refused.transport_response = SimpleNamespace(status=502)
            return refused
        found = RoomGetEventResponse()
        found.event = self.events[event_id]
        return found

    async def room_typing(self, *_: object) -> None:
        if self.broken:
            raise ClientPayloadError("coupée")

    async def update_receipt_marker(self, *_: object, thread_id: str) -> None:
        if self.broken:
            raise ClientPayloadError("coupée")


class Talk:
    """Alice alone with the bot."""

    def __init__(self) -> None:
        self.assistant, self.server, self.journal = Echo(), Homeserver(), Watched()
        limits = LimitSettings(per_user="1000/second", per_room="1000/second")
        settings = load_settings().model_copy(update={"limits": limits})
        self.service = Service(settings, self.assistant, self.journal)
        self._tasks: set[asyncio.Task[None]] = set()
        people = People(settings.matrix)
        self._conversation = Conversation(settings, self.service, self.server, Self(BOT, ("ptce",)), people, self.later)
        self._room = MatrixRoom(ROOM, BOT)
        for user in (BOT, ALICE):
            self._room.add_member(user, user, None)

    def later(self, work: Coroutine[Any, Any, None], essential: bool = True) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        return task

    async def writes(self, name: str, text: str) -> None:
        """Alice writes a message of that name."""
        await self._take(name, "m.room.message", content={"msgtype": "m.text", "body": text})

    async def edits(self, name: str, text: str) -> None:
        content = {
            "msgtype": "m.text",
            "body": f"* {text}",
            "m.new_content": {"msgtype": "m.text", "body": text},
            "m.relates_to": {"rel_type": "m.replace", "event_id": name},
        }
        await self._take(f"{name}-{text}", "m.room.message", content=content)

    async def deletes(self, name: str) -> None:
        await self._take(f"{name}-supprimé", "m.room.redaction", content={}, redacts=name)

    async def _take(self, name: str, kind: str, **fields: Any) -> None:
        source = {"event_id": name, "type": kind, "sender": ALICE, "origin_server_ts": 1, "room_id": ROOM} | fields
        event = self.server.events[name] = Event.parse_event(source)
        await self._conversation.take(self._room, event)

    async def quiet(self) -> None:
        """Return when nothing is under way any more."""
        async with asyncio.timeout(PATIENCE):
            while unfinished := [task for task in self._tasks if not task.done()]:
                await asyncio.wait(unfinished)
        for task in self._tasks:
            task.result()

    def kept(self) -> list[str]:
        return [row[0] for row in self.journal._rows("SELECT question FROM exchanges", ())]


@pytest_asyncio.fixture
async def talk() -> AsyncIterator[Talk]:
    opened = Talk()
    yield opened
    for gate in (opened.assistant.gate, opened.server.gate):
        gate.open()
    opened.service.close()


async def answered(talk: Talk, question: str) -> str:
    """Ask, and return the message that carries the answer."""
    await talk.writes("$question", question)
    await talk.quiet()
    return next(iter(talk.server.said))


async def deleted_at(talk: Talk, gate: Gate) -> None:
    """Delete the question when work has come to this gate, and let all of it end."""
    await gate.reached()
    await talk.deletes("$question")
    await talk.journal.withdrawn()
    gate.open()
    await talk.quiet()


async def test_a_question_deleted_while_its_answer_is_looked_for_is_neither_kept_nor_answered(talk: Talk) -> None:
    talk.assistant.gate.close()
    await talk.writes("$question", "Et un ?")

    await deleted_at(talk, talk.assistant.gate)

    assert talk.server.said == {}
    assert talk.kept() == []


async def test_a_question_deleted_while_its_answer_is_sent_takes_the_answer_with_it(talk: Talk) -> None:
    talk.server.gate.close()
    await talk.writes("$question", "Et un ?")

    await deleted_at(talk, talk.server.gate)

    assert talk.server.redacted == list(talk.server.said)
    assert talk.kept() == []


async def test_a_question_deleted_while_its_edit_is_answered_takes_the_answer_with_it(talk: Talk) -> None:
    answer = await answered(talk, "Et un ?")
    talk.assistant.gate.close()
    await talk.edits("$question", "Et deux ?")

    await deleted_at(talk, talk.assistant.gate)

    assert talk.server.said == {answer: "Réponse à Et un ?"}
    assert talk.server.redacted == [answer]
    assert talk.kept() == []


async def test_a_question_deleted_while_its_answer_is_edited_takes_the_answer_with_it(talk: Talk) -> None:
    answer = await answered(talk, "Et un ?")
    talk.server.gate.close()
    await talk.edits("$question", "Et deux ?")
    await talk.server.gate.reached()

    await talk.deletes("$question")
    await talk.journal.withdrawn()
    redacted_before = list(talk.server.redacted)
    talk.server.gate.open()
    await talk.quiet()

    assert redacted_before == []
    assert (list(talk.server.said), talk.server.redacted) == ([answer], [answer])
    assert talk.kept() == []


@pytest.mark.parametrize("where", ["assistant", "server"])
async def test_edits_of_a_question_all_edit_its_one_answer_and_the_last_one_stays(talk: Talk, where: str) -> None:
    answer = await answered(talk, "Et un ?")
    gate = getattr(talk, where).gate
    gate.close()
    await talk.edits("$question", "Et deux ?")
    await gate.reached()

    await talk.edits("$question", "Et trois ?")
    gate.open()
    await talk.quiet()

    assert talk.server.said == {answer: "Réponse à Et trois ?"}
    assert talk.kept() == ["Et trois ?"]
    assert talk.journal.reference("matrix", "$question") == answer


async def test_edits_of_a_question_that_is_being_answered_edit_its_answer(talk: Talk) -> None:
    talk.assistant.gate.close()
    await talk.writes("$question", "Et un ?")
    await talk.assistant.gate.reached()

    for text in ("Et deux ?", "Et trois ?"):
        await talk.edits("$question", text)
    talk.assistant.gate.open()
    await talk.quiet()

    assert list(talk.server.said.values()) == ["Réponse à Et trois ?"]


@pytest.mark.parametrize(("failures", "text"), [(2, "Et deux ?"), (trouble.ATTEMPTS, "Et un ?")])
async def test_an_edit_is_answered_although_the_homeserver_is_in_trouble_for_a_while(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, failures: int, text: str
) -> None:
    monkeypatch.setattr(trouble, "backoff", lambda attempt: 0)
    answer = await answered(talk, "Et un ?")
    talk.server.failures = failures

    await talk.edits("$question", "Et deux ?")
    await talk.quiet()

    assert talk.server.said == {answer: f"Réponse à {text}"}
    assert ("$question du salon" in caplog.text) is (text == "Et un ?")


async def test_what_only_decorates_an_answer_never_costs_it(talk: Talk) -> None:
    talk.server.broken = True

    await talk.writes("$question", "Et un ?")
    await talk.quiet()
    talk.server.broken = False

    assert list(talk.server.said.values()) == ["Réponse à Et un ?"]


async def test_a_rating_goes_with_who_gave_it(talk: Talk) -> None:
    answer = await answered(talk, "Et un ?")
    relation = {"rel_type": "m.annotation", "event_id": answer, "key": "👎"}
    await talk._take("$avis", "m.reaction", content={"m.relates_to": relation})
    await talk.quiet()
    rated = [e.useful for e in talk.journal.unanswered(5)]

    talk.journal._write("UPDATE exchanges SET user = 'une autre personne'", ())

    assert rated == [False]
    assert await talk.service.forget("matrix", ALICE) == 1
    assert talk.journal.unanswered(5) == []
