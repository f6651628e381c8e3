"""What every channel relies on: one reply to a question, in order, whatever else goes wrong."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest
import pytest_asyncio
from conftest import Bundled

from bot.channel import Incoming
from bot.journal import Journal
from bot.messages import FAILED
from bot.privacy import privacy_text
from bot.service import Service
from knowledge.assistant import Explanation
from knowledge.completion import Turn
from knowledge.errors import PtceError, UnusableIndexError
from knowledge.settings import JournalSettings, LimitSettings, LlmSettings, ServeSettings

pytestmark = pytest.mark.asyncio
ASKED = Incoming("essai", "m1", "ana", "fil-1", "salon", "Combien d'emplois à NOLA ?")


def open_service(bundled: Bundled, journal: Journal, **limits: str) -> Service:
    settings = bundled.settings.model_copy(
        update={
            "limits": LimitSettings(**({"per_user": "1000/second", "per_room": "1000/second"} | limits)),
            "journal": JournalSettings(),
            "serve": ServeSettings(),
        }
    )
    return Service(settings, bundled.assistant, journal)


@pytest.fixture
def journal() -> Journal:
    return Journal(None, 90)


@pytest_asyncio.fixture
async def service(bundled: Bundled, journal: Journal) -> AsyncIterator[Service]:
    opened = open_service(bundled, journal)
    yield opened
    opened.close()


async def test_a_question_is_answered_and_its_sources_can_be_shown_again(service: Service) -> None:
    reply = await service.reply(ASKED)

    assert reply is not None
    assert reply.answer is not None
    assert "500" in reply.answer.answer
    assert await service.answer(reply.exchange) == reply.answer


async def test_a_message_is_answered_once_however_often_it_comes(service: Service) -> None:
    replies = await asyncio.gather(*(service.reply(ASKED) for _ in range(5)))

    assert sum(reply is not None for reply in replies) == 1


async def test_a_message_answered_before_a_restart_is_not_answered_again(bundled: Bundled, journal: Journal) -> None:
    first = open_service(bundled, journal)
    await first.sent(await first.reply(ASKED), "r1")

    second = open_service(bundled, journal)

    assert await second.reply(ASKED) is None
    assert await second.reference("essai", "m1") == "r1"
    assert await second.exchange_of("essai", "r1") is not None


async def test_what_was_answered_before_a_restart_counts_against_no_limit(bundled: Bundled, journal: Journal) -> None:
    first = open_service(bundled, journal)
    await first.sent(await first.reply(ASKED), "r1")

    second = open_service(bundled, journal, per_user="1/hour")

    assert await second.reply(ASKED) is None
    assert (await second.reply(replace(ASKED, id="m2"))).answer is not None


async def test_a_message_whose_answer_was_not_sent_before_a_restart_is_answered(
    bundled: Bundled, journal: Journal
) -> None:
    await open_service(bundled, journal).reply(ASKED)

    assert await open_service(bundled, journal).reply(ASKED) is not None


async def test_a_follow_up_is_understood_in_its_own_place_only(service: Service) -> None:
    await service.reply(replace(ASKED, text="Qu'est-ce que NOLA ?"))

    here = await service.reply(replace(ASKED, id="m2", text="et combien d'emplois ?"))
    elsewhere = await service.reply(replace(ASKED, id="m3", place="fil-2", text="et combien d'emplois ?"))

    assert "NOLA" in here.answer.answer
    assert here.answer.citations[0].document == "poles/nola"
    assert elsewhere.answer.answer != here.answer.answer


async def test_questions_of_one_place_are_taken_in_order(service: Service) -> None:
    first = replace(ASKED, text="Qu'est-ce que NOLA ?")
    second = replace(ASKED, id="m2", text="et combien d'emplois ?")

    _, follow_up = await asyncio.gather(service.reply(first), service.reply(second))

    assert follow_up.answer.citations[0].document == "poles/nola"


async def test_what_was_written_first_is_taken_first_however_slow_the_journal(
    service: Service, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[str] = []
    answered, explain = journal.answered, service._assistant.explain
    held = threading.Event()

    def slow(channel: str, message: str) -> bool:
        if message == "m0":
            held.wait(10)
        return answered(channel, message)

    monkeypatch.setattr(journal, "answered", slow)
    monkeypatch.setattr(service._assistant, "explain", lambda text, last: taken.append(text) or explain(text, last))

    replies = asyncio.gather(*(service.reply(replace(ASKED, id=f"m{n}", text=f"Question {n} ?")) for n in range(3)))
    elsewhere = await service.reply(replace(ASKED, id="ailleurs", place="fil-2", text="Ailleurs ?"))
    held.set()
    await replies

    assert elsewhere is not None
    assert taken == ["Ailleurs ?", "Question 0 ?", "Question 1 ?", "Question 2 ?"]


async def test_an_edited_question_is_answered_again(service: Service) -> None:
    await service.sent(await service.reply(ASKED), "r1")

    revised = await service.revise(replace(ASKED, text="Qu'est-ce qu'une CRESS ?"))

    assert "CRESS" in revised.answer.answer


async def test_a_withdrawn_question_is_no_longer_kept(service: Service) -> None:
    reply = await service.reply(ASKED)
    await service.sent(reply, "r1")

    assert await service.withdraw("essai", "m1") == "r1"
    assert await service.answer(reply.exchange) is None


@pytest.fixture
def begun_and_held(service: Service, monkeypatch: pytest.MonkeyPatch) -> tuple[threading.Event, threading.Event]:
    """An answer has begun; it is held back until this is set."""
    begun, held = threading.Event(), threading.Event()
    explain = service._assistant.explain

    def slow(*given: object) -> object:
        begun.set()
        held.wait(10)
        return explain(*given)

    monkeypatch.setattr(service._assistant, "explain", slow)
    return begun, held


async def test_who_is_forgotten_while_answered_is_answered_and_not_kept(
    service: Service, journal: Journal, begun_and_held: tuple[threading.Event, threading.Event]
) -> None:
    begun, held = begun_and_held
    asked = asyncio.create_task(service.reply(ASKED))
    await asyncio.to_thread(begun.wait, 10)

    await service.forget("essai", ASKED.user)
    held.set()

    assert (await asked).answer is not None
    assert journal._rows("SELECT id FROM exchanges", ()) == []


async def test_who_is_forgotten_while_questions_wait_is_not_kept(
    service: Service, journal: Journal, begun_and_held: tuple[threading.Event, threading.Event]
) -> None:
    begun, held = begun_and_held
    asked = asyncio.gather(*(service.reply(replace(ASKED, id=f"m{n}")) for n in range(3)))
    await asyncio.to_thread(begun.wait, 10)

    await service.forget("essai", ASKED.user)
    held.set()

    assert all(reply.answer is not None for reply in await asked)
    assert journal._rows("SELECT id FROM exchanges", ()) == []


@pytest.mark.parametrize("erase", [lambda s: s.forget("essai", "ana"), lambda s: s.withdraw("essai", "m1")])
async def test_what_is_erased_while_somebody_follows_it_up_is_not_kept_with_them(
    bundled: Bundled, journal: Journal, monkeypatch: pytest.MonkeyPatch, erase: Callable[[Service], Awaitable[object]]
) -> None:
    service = open_service(bundled, journal)
    await service.reply(replace(ASKED, text="Que fait NOLA pour ma tante Huguette ?"))
    explain, erased = service._assistant.explain, threading.Event()

    def then_erased(text: str, turn: Turn | None) -> Explanation:
        assert turn is not None
        erased.wait(10)
        return explain(text, turn)

    monkeypatch.setattr(service._assistant, "explain", then_erased)
    following = asyncio.create_task(service.reply(replace(ASKED, id="m2", user="bob", text="Et Huguette, alors ?")))
    await asyncio.sleep(0.1)
    await erase(service)
    erased.set()

    assert await following is not None
    kept = journal._rows("SELECT question, completed, turn_question FROM exchanges", ())
    service.close()
    assert kept == [("Et Huguette, alors ?", "Et Huguette, alors ?", None)]


@pytest.mark.parametrize(
    ("name", "erase"),
    [("forget", lambda s: s.forget("essai", "ana")), ("withdraw", lambda s: s.withdraw("essai", "m1"))],
)
async def test_what_is_being_erased_is_not_kept_with_who_follows_it_up_meanwhile(
    bundled: Bundled,
    journal: Journal,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    erase: Callable[[Service], Awaitable[object]],
) -> None:
    service = open_service(bundled, journal)
    await service.reply(replace(ASKED, text="Que fait NOLA pour ma tante Huguette ?"))
    erasing, explain = getattr(journal, name), service._assistant.explain
    followed, gone = threading.Event(), threading.Event()

    def once_followed(*who: str) -> object:
        followed.wait(30)
        found = erasing(*who)
        gone.set()
        return found

    def until_gone(text: str, turn: Turn | None) -> Explanation:
        assert turn is not None
        followed.set()
        gone.wait(30)
        return explain(text, turn)

    monkeypatch.setattr(journal, name, once_followed)
    monkeypatch.setattr(service._assistant, "explain", until_gone)
    erased = asyncio.ensure_future(erase(service))
    await asyncio.sleep(0.1)
    await service.reply(replace(ASKED, id="m2", user="bob", text="Et Huguette, alors ?"))
    await erased

    kept = journal._rows("SELECT question, completed, turn_question FROM exchanges", ())
    service.close()
    assert kept == [("Et Huguette, alors ?", "Et Huguette, alors ?", None)]


@pytest.mark.parametrize("ask", ["reply", "revise"])
async def test_a_question_withdrawn_while_it_is_answered_is_neither_kept_nor_answered(
    service: Service, journal: Journal, begun_and_held: tuple[threading.Event, threading.Event], ask: str
) -> None:
    begun, held = begun_and_held
    asked = asyncio.create_task(getattr(service, ask)(ASKED))
    await asyncio.to_thread(begun.wait, 10)

    await service.withdraw("essai", "m1")
    held.set()

    assert await asked is None
    assert journal._rows("SELECT id FROM exchanges", ()) == []
    assert await service.reply(replace(ASKED, id="m2")) is not None


async def test_over_the_limit_one_notice_then_silence(bundled: Bundled, journal: Journal) -> None:
    service = open_service(bundled, journal, per_user="1/minute")
    await service.reply(ASKED)

    told = await service.reply(replace(ASKED, id="m2"))
    hushed = await service.reply(replace(ASKED, id="m3"))

    assert told.answer is None
    assert "Beaucoup de questions" in told.text
    assert hushed is None


async def test_the_first_questions_are_those_taken_however_slow_the_journal(
    bundled: Bundled, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = open_service(bundled, journal, per_user="2/hour")
    answered, read = journal.answered, threading.Event()

    def overtaken(channel: str, message: str) -> bool:
        if message != "m4":
            read.wait(10)
        known = answered(channel, message)
        read.set()
        return known

    monkeypatch.setattr(journal, "answered", overtaken)
    asked = [replace(ASKED, id=f"m{n}", place=f"fil-{n}") for n in range(5)]

    replies = await asyncio.gather(*map(service.reply, asked))

    assert [reply and (reply.answer is not None) for reply in replies] == [True, True, False, None, None]


async def test_two_hundred_questions_at_once_are_each_answered_once(service: Service) -> None:
    # One in four is worth the reader's time: it is the crowd that is tried here.
    texts = (ASKED.text, "Bonjour", "Merci", "Au revoir")
    messages = [
        replace(ASKED, id=f"m{n}", user=f"u{n % 50}", place=f"p{n % 50}", text=texts[n // 50]) for n in range(200)
    ]

    replies = await asyncio.gather(*map(service.reply, messages))

    assert all(reply is not None and reply.answer is not None for reply in replies)
    assert len({reply.exchange for reply in replies}) == 200
    assert (await service.state()).waiting == 0


async def test_a_journal_that_cannot_be_written_costs_no_answer(service: Service, journal: Journal) -> None:
    journal._database.close()

    reply = await service.reply(ASKED)

    assert reply.answer is not None
    assert reply.exchange == ""
    assert await service.reply(ASKED) is None


async def test_forgetting_says_when_it_cannot(service: Service, journal: Journal) -> None:
    journal._database.close()

    with pytest.raises(sqlite3.Error):
        await service.forget("essai", "ana")


async def test_forgetting_counts_what_was_thought_of_others_answers(service: Service) -> None:
    reply = await service.reply(ASKED)
    await service.rate(reply.exchange, "bob", False, "Trop vieux")

    assert await service.forget("essai", "bob") == 1
    assert await service.unanswered() == []
    assert await service.answer(reply.exchange) == reply.answer


async def test_forgetting_erases_and_counts(service: Service) -> None:
    reply = await service.reply(ASKED)

    assert await service.forget("essai", "ana") == 1
    assert await service.answer(reply.exchange) is None


@pytest.mark.parametrize("error", [UnusableIndexError("L'index a disparu.", "relancez"), ZeroDivisionError()])
async def test_a_failure_is_a_sentence_and_is_logged(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(service._assistant, "explain", fail)

    reply = await service.reply(ASKED)

    assert reply.text == FAILED
    assert "Question sans réponse" in caplog.text


@pytest.mark.parametrize("text", ["", "   ", "🎉" * 50, "a\x00b", "x" * 100_000, "\ud800"])
async def test_any_text_gets_a_reply(service: Service, text: str) -> None:
    reply = await service.reply(replace(ASKED, text=text))

    assert reply.answer is not None


async def test_the_state_counts_todays_answers(service: Service) -> None:
    await service.reply(ASKED)
    await service.reply(replace(ASKED, id="m2", text="Quelle est la recette des crêpes ?"))

    state = await service.state()

    assert state.verdicts == {"answered": 1, "refused": 1}
    assert state.passages > 600


async def test_reindexing_swaps_and_reports_and_runs_once_at_a_time(bundled: Bundled, service: Service) -> None:
    lines: list[str] = []

    both = await asyncio.gather(
        service.reindex(lambda what, done, total: lines.append(what)),
        service.reindex(lambda what, done, total: None),
        return_exceptions=True,
    )

    assert not both[0].changed
    assert isinstance(both[1], PtceError)
    assert "déjà en cours" in str(both[1])


@pytest.mark.parametrize(
    ("llm", "said"),
    [
        ({}, "Rien n'est envoyé à un tiers"),
        ({"model": "mistralai:petit"}, "mistralai:petit"),
        ({"model": "mistralai:petit", "mode": "extractive"}, "Rien n'est envoyé à un tiers"),
    ],
)
async def test_people_are_told_what_is_kept_and_who_else_reads_it(
    bundled: Bundled, journal: Journal, llm: dict[str, str], said: str
) -> None:
    settings = bundled.settings.model_copy(update={"llm": LlmSettings(**llm)})

    text = privacy_text(settings, "/oublier")

    assert said in text
    assert "90 jours" in text
    assert "/oublier efface" in text


async def test_cards_name_poles_and_regions(service: Service) -> None:
    pole, cell = service.cards.pole("nola"), service.cards.cell("bretagne")

    assert "[1]" in pole.text
    assert pole.citations
    assert "CRESS" in cell.text
    assert service.cards.cell("Quimper").title == cell.title
    assert service.cards.pole("PTCE Mureaux").title == "Vivre Les Mureaux"
    assert [service.cards.pole(name) for name in ("zzzz", "x", "Bretagne", "Un PTCE")] == [None] * 4
    assert service.cards.pole("") is None


async def test_names_are_completed_from_what_was_typed(service: Service) -> None:
    assert service.cards.poles("nol")[0] == "NOLA (Coop IDEAL)"
    assert "Bretagne" in service.cards.regions("bret")
    assert len(service.cards.poles()) == 25


async def test_the_sources_card_says_how_old_they_are(service: Service) -> None:
    card = service.cards.sources()

    assert "106 documents" in card.text
    assert "à vérifier : " in card.text
