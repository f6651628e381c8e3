"""What is kept of people's questions, and what is not."""

import errno
import os
import sqlite3
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bot import journal_file
from bot.channel import Incoming
from bot.journal import CONVERSATION_SECONDS, DAY, Journal
from bot.journal_file import (
    JOURNAL,
    KEY,
    KEY_BYTES,
    KEY_LOCK,
    delete_journal,
    inspect_journal,
    open_database,
    read_key,
)
from knowledge.assistant import Explanation
from knowledge.completion import Turn
from knowledge.errors import PtceError
from knowledge.model import Answer, Timings
from knowledge.question import Question

ANA = Incoming("discord", "m1", "ana-0007", "fil-1", "salon-1", "Qui dirige NOLA ?")


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def explained(question: str, verdict: str = "answered", turn: Turn | None = None) -> Explanation:
    answer = Answer(question, "Oui [1].", verdict, None, (), "extractive", 0.9, (), Timings(0, 0, 0, 0))
    return Explanation(answer, Question(question, question, question, question, (), "fr", False), (), None, turn)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def journal(tmp_path: Path, clock: Clock) -> Journal:
    return Journal(tmp_path, 90, clock)


def test_people_and_places_are_kept_as_hashes_only(journal: Journal, tmp_path: Path) -> None:
    journal.record("e1", ANA, explained(ANA.text))
    journal.close()

    raw = (tmp_path / JOURNAL).read_bytes()

    assert ANA.text.encode() in raw
    assert not any(name.encode() in raw for name in (ANA.user, ANA.place, ANA.room))


def test_files_are_for_their_owner_only(journal: Journal, tmp_path: Path) -> None:
    modes = {name: stat.S_IMODE((tmp_path / name).stat().st_mode) for name in (JOURNAL, KEY)}

    assert modes == {JOURNAL: 0o600, KEY: 0o600}


def test_a_message_counts_as_answered_once_its_answer_was_sent_even_after_a_restart(
    journal: Journal, tmp_path: Path
) -> None:
    journal.record("e1", ANA, explained(ANA.text))
    before = journal.answered("discord", "m1")
    journal.sent("e1", "r1")
    journal.close()

    again = Journal(tmp_path, 90)

    assert not before
    assert again.answered("discord", "m1")
    assert not again.answered("matrix", "m1")
    assert again.reference("discord", "m1") == "r1"
    assert again.exchange_of("discord", "r1") == "e1"


def test_a_conversation_goes_on_where_it_was_and_nowhere_else(journal: Journal) -> None:
    journal.record("e1", ANA, explained("Qui dirige NOLA ?", turn=Turn("NOLA", "Qui dirige NOLA ?")))
    journal.record("e2", replace(ANA, id="m2"), explained("Et EPV ?", turn=Turn("EPV", "Qui dirige EPV ?")))

    assert journal.turn("discord", "fil-1") == Turn("EPV", "Qui dirige EPV ?")
    assert journal.turn("discord", "fil-2") is None
    assert journal.turn("matrix", "fil-1") is None


def test_a_conversation_left_for_a_day_begins_anew(journal: Journal, clock: Clock) -> None:
    journal.record("e1", ANA, explained("Qui dirige NOLA ?", turn=Turn("NOLA", "Qui dirige NOLA ?")))

    clock.now += CONVERSATION_SECONDS + 1

    assert journal.turn("discord", "fil-1") is None


def test_the_answer_can_be_shown_again(journal: Journal) -> None:
    explanation = explained(ANA.text)
    journal.record("e1", ANA, explanation)

    assert journal.answer("e1") == explanation.answer
    assert journal.answer("e2") is None


def test_refused_and_badly_rated_questions_are_listed_latest_first(journal: Journal) -> None:
    for number, verdict in enumerate(["answered", "refused", "answered", "closest"]):
        journal.record(f"e{number}", replace(ANA, id=f"m{number}"), explained(f"Question {number} ?", verdict))
    journal.rate("e0", "bob", useful=True)
    journal.rate("e2", "bob", useful=False, comment="La date est fausse")

    found = journal.unanswered(10)

    assert [(e.question, e.useful, e.comment) for e in found] == [
        ("Question 2 ?", False, "La date est fausse"),
        ("Question 1 ?", None, ""),
    ]


def test_rating_again_keeps_the_comment(journal: Journal) -> None:
    journal.record("e1", ANA, explained(ANA.text))

    journal.rate("e1", "bob", useful=False, comment="Trop vieux")
    journal.rate("e1", "bob", useful=False)

    assert [e.comment for e in journal.unanswered(1)] == ["Trop vieux"]


def test_rating_what_is_no_longer_kept_says_so(journal: Journal) -> None:
    assert not journal.rate("e9", "bob", useful=True)


def test_forgetting_a_person_erases_their_questions_from_the_file(journal: Journal, tmp_path: Path) -> None:
    journal.record("e1", ANA, explained(ANA.text))
    journal.record("e2", replace(ANA, id="m2", user="bob"), explained("Et la Bretagne ?"))

    erased = journal.forget("discord", ANA.user)
    journal.close()

    raw = (tmp_path / JOURNAL).read_bytes()
    assert erased == 1
    assert ANA.text.encode() not in raw
    assert b"Et la Bretagne ?" in raw


@pytest.mark.parametrize("erase", [lambda j: j.forget("discord", "ana-0007"), lambda j: j.withdraw("discord", "m1")])
def test_what_is_erased_does_not_stay_in_the_conversation(
    journal: Journal, clock: Clock, tmp_path: Path, erase: Callable[[Journal], object]
) -> None:
    turn = Turn("NOLA", "Qui dirige NOLA, et est-ce ma tante ?")
    journal.record(
        "e0", replace(ANA, id="m0", user="bob"), explained("Que fait EPV ?", turn=Turn("EPV", "Que fait EPV ?"))
    )
    clock.now += 1
    journal.record("e1", ANA, explained(turn.question, turn=turn))
    clock.now += 1
    taken_over = explained("Et EPV ?", turn=Turn("EPV", "Qui dirige EPV, et est-ce ma tante ?"))
    made = replace(taken_over.question, completed="Qui dirige EPV, et est-ce ma tante ?")
    journal.record("e2", replace(ANA, id="m2", user="bob"), explained("Merci", turn=turn))
    journal.record("e3", replace(ANA, id="m3", user="bob"), replace(taken_over, question=made))
    journal.record("e4", replace(ANA, id="m4", user="bob", place="fil-2"), explained("Là ?", turn=Turn("là", "Là ?")))

    erase(journal)
    left, elsewhere = journal.turn("discord", "fil-1"), journal.turn("discord", "fil-2")
    journal.close()

    assert left is None
    assert elsewhere == Turn("là", "Là ?")
    raw = (tmp_path / JOURNAL).read_bytes()
    assert b"ma tante" not in raw
    assert b"Que fait EPV ?" in raw


@pytest.mark.parametrize("erase", [lambda j: j.forget("discord", "ana-0007"), lambda j: j.withdraw("discord", "m1")])
def test_an_edit_leaves_nothing_of_what_it_replaces(
    journal: Journal, clock: Clock, tmp_path: Path, erase: Callable[[Journal], object]
) -> None:
    turn = Turn("NOLA", "Qui dirige NOLA, et est-ce ma tante ?")
    journal.record("e1", ANA, explained(turn.question, turn=turn))
    clock.now += 1
    journal.record("e2", replace(ANA, id="m2", user="bob"), explained("Merci", turn=turn))
    clock.now += 1

    journal.record("e3", ANA, explained("Qui dirige NOLA ?"))
    erase(journal)
    journal.close()

    raw = (tmp_path / JOURNAL).read_bytes()
    assert b"ma tante" not in raw
    assert b"Merci" in raw


def test_what_is_detached_keeps_its_own_words_only(journal: Journal) -> None:
    turn = Turn("NOLA", "Qui dirige NOLA, et est-ce ma tante ?")
    journal.record("e1", ANA, explained(ANA.text, "refused", turn=turn))

    assert journal.detach("discord", ANA.id)
    assert journal.turn("discord", ANA.place) is None
    assert [e.completed for e in journal.unanswered(1)] == [ANA.text]
    assert not journal.detach("discord", "m9")


def test_forgetting_a_person_erases_what_they_thought_of_others_answers_from_the_file(
    journal: Journal, tmp_path: Path
) -> None:
    journal.record("e1", ANA, explained(ANA.text))
    journal.rate("e1", "bob", useful=False, comment="Le courriel de Bob n'y est pas")

    erased = journal.forget("discord", "bob")

    assert erased == 1
    assert journal.forget("discord", "bob") == 0
    assert journal.unanswered(10) == []
    assert journal.answer("e1") is not None
    journal.close()
    assert b"Le courriel de Bob" not in (tmp_path / JOURNAL).read_bytes()


@pytest.mark.parametrize(("gone", "left"), [("bob", (False, "")), ("eve", (None, "Trop vieux"))])
def test_what_others_thought_of_the_same_answer_stays(
    journal: Journal, gone: str, left: tuple[bool | None, str]
) -> None:
    journal.record("e1", ANA, explained(ANA.text, "refused"))
    journal.rate("e1", "bob", useful=False, comment="Trop vieux")
    journal.rate("e1", "eve", useful=False)

    assert journal.forget("discord", gone) == 1
    assert [(e.useful, e.comment) for e in journal.unanswered(1)] == [left]


def test_a_person_is_forgotten_on_their_own_network_only(journal: Journal) -> None:
    journal.record("e1", ANA, explained(ANA.text))
    journal.rate("e1", "bob", useful=False)

    assert journal.forget("matrix", "bob") == 0


def test_who_rates_is_kept_as_a_hash_only(journal: Journal, tmp_path: Path) -> None:
    journal.record("e1", ANA, explained(ANA.text))
    journal.rate("e1", "bob-0042", useful=False, comment="Trop vieux")
    journal.close()

    assert b"bob-0042" not in (tmp_path / JOURNAL).read_bytes()


def test_a_file_from_before_ratings_had_an_author_is_brought_up_to_date(journal: Journal, tmp_path: Path) -> None:
    journal.record("e1", ANA, explained(ANA.text))
    journal.rate("e1", "bob", useful=False, comment="Trop vieux")
    for column in ("rater", "commenter", "turn_at"):
        journal._write(f"ALTER TABLE exchanges DROP COLUMN {column}", ())
    journal.close()

    again = Journal(tmp_path, 90)

    assert [e.comment for e in again.unanswered(1)] == ["Trop vieux"]
    assert again.rate("e1", "eve", useful=False)
    assert again.forget("discord", "eve") == 1


def test_what_is_older_than_the_retention_period_is_erased(journal: Journal, clock: Clock) -> None:
    journal.record("e1", ANA, explained(ANA.text))
    clock.now += 89 * DAY
    journal.record("e2", replace(ANA, id="m2"), explained(ANA.text))
    clock.now += 2 * DAY

    erased = journal.purge()

    assert erased == 1
    assert journal.answer("e2") is not None


def test_what_follows_a_question_that_is_purged_keeps_nothing_of_it(
    journal: Journal, clock: Clock, tmp_path: Path
) -> None:
    turn = Turn("NOLA", "Qui dirige NOLA, et est-ce ma tante ?")
    journal.record("e1", ANA, explained(turn.question, turn=turn))
    clock.now += DAY / 2
    journal.record("e2", replace(ANA, id="m2", user="bob"), explained("Merci", turn=turn))
    clock.now += 90 * DAY - DAY / 4

    assert journal.purge() == 1
    journal.close()
    raw = (tmp_path / JOURNAL).read_bytes()
    assert b"ma tante" not in raw
    assert b"Merci" in raw


def test_a_conversation_carries_nothing_past_the_retention_period_however_long_it_goes_on(
    journal: Journal, clock: Clock, tmp_path: Path
) -> None:
    turn = Turn("NOLA", "Qui dirige NOLA, et est-ce ma tante ?")
    journal.record("e0", ANA, explained(turn.question, turn=turn))
    for day in range(1, 92):
        clock.now += DAY - 1
        journal.record(f"e{day}", replace(ANA, id=f"n{day}"), explained("Merci", turn=turn))

    journal.purge()
    journal.close()

    raw = (tmp_path / JOURNAL).read_bytes()
    assert b"ma tante" not in raw
    assert b"Merci" in raw


def test_what_is_asked_anew_is_as_old_as_itself(journal: Journal, clock: Clock) -> None:
    for day, text in enumerate(("Qui dirige NOLA ?", "Où est Néo 56 ?")):
        clock.now += day * DAY / 2
        journal.record(f"e{day}", replace(ANA, id=f"n{day}"), explained(text, turn=Turn("NOLA", text)))
    clock.now += 90 * DAY - DAY / 4

    journal.purge()

    assert journal._rows("SELECT turn_question FROM exchanges", ()) == [("Où est Néo 56 ?",)]


def test_an_answer_of_another_version_is_as_if_no_longer_kept(journal: Journal) -> None:
    journal.record("e1", ANA, explained(ANA.text))
    journal._write("UPDATE exchanges SET answer = ?", ('{"text": "Oui"}',))

    assert journal.answer("e1") is None


def test_a_remark_that_no_utf8_can_carry_is_kept_all_the_same(journal: Journal) -> None:
    journal.record("e1", ANA, explained(ANA.text))

    assert journal.rate("e1", "bob", useful=False, comment="\ud83d bof")
    assert journal.unanswered(1)[0].comment == "? bof"


def test_a_key_is_made_once_by_all_who_start_together(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as together:
        keys = set(together.map(lambda _: read_key(tmp_path), range(64)))

    assert len(keys) == 1


def test_a_journal_that_is_looked_at_stays_as_it_is(journal: Journal, tmp_path: Path, clock: Clock) -> None:
    clock.now = 0
    journal.record("e1", ANA, explained(ANA.text))
    journal.close()
    (tmp_path / KEY_LOCK).unlink()
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    inspect_journal(tmp_path)

    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_broken_journal_that_is_looked_at_is_told_and_stays(tmp_path: Path) -> None:
    (tmp_path / JOURNAL).write_bytes(b"not a database" * 100)
    (tmp_path / KEY).write_bytes(bytes(KEY_BYTES))

    with pytest.raises(PtceError, match="illisible"):
        inspect_journal(tmp_path)

    assert {path.name for path in tmp_path.iterdir()} == {JOURNAL, KEY}


def test_a_journal_without_its_key_is_told_before_it_is_put_aside(journal: Journal, tmp_path: Path) -> None:
    journal.close()
    (tmp_path / KEY).unlink()

    with pytest.raises(PtceError, match="clé du journal"):
        inspect_journal(tmp_path)

    assert (tmp_path / JOURNAL).exists()


def test_a_start_cut_short_leaves_no_half_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as cut:
        cut.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            read_key(tmp_path)

    assert not (tmp_path / KEY).exists()
    assert len(read_key(tmp_path)) == KEY_BYTES


def test_a_journal_begun_meanwhile_by_another_process_is_not_put_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / JOURNAL
    path.write_bytes(b"ceci n'est pas une base" * 100)

    @contextmanager
    def after_another(folder: Path) -> Iterator[None]:
        path.unlink()
        monkeypatch.undo()
        with closing(open_database(folder)) as other, other:
            other.execute("CREATE TABLE of_the_other (id)")
        yield

    monkeypatch.setattr(journal_file, "_alone", after_another)
    with closing(open_database(tmp_path)) as opened:
        tables = {name for (name,) in opened.execute("SELECT name FROM sqlite_master")}

    assert "of_the_other" in tables
    assert not list(tmp_path.glob("journal.illisible-*"))


def test_a_withdrawn_question_names_the_answer_to_withdraw(journal: Journal) -> None:
    journal.record("e1", ANA, explained(ANA.text))
    journal.sent("e1", "r1")

    assert journal.withdraw("discord", "m1") == "r1"
    assert journal.withdraw("discord", "m1") is None
    assert journal.answer("e1") is None


def test_an_edited_question_takes_the_place_of_the_first(journal: Journal) -> None:
    journal.record("e1", ANA, explained(ANA.text, "refused"))
    journal.record("e2", ANA, explained("Qui dirige EPV ?", "refused"))

    assert [e.question for e in journal.unanswered(10)] == ["Qui dirige EPV ?"]


def test_an_edited_question_keeps_the_message_that_carries_its_answer(journal: Journal) -> None:
    journal.record("e1", ANA, explained(ANA.text))
    journal.sent("e1", "r1")

    journal.record("e2", ANA, explained("Qui dirige EPV ?"))

    assert journal.reference("discord", "m1") == "r1"
    assert journal.exchange_of("discord", "r1") == "e2"


def test_a_journal_is_deleted_with_all_that_lies_beside_it(journal: Journal, tmp_path: Path) -> None:
    journal.close()
    for name in (f"{JOURNAL}-wal", f"{JOURNAL}-journal", "journal.illisible-1", "voisin.sqlite"):
        (tmp_path / name).write_bytes(b"")

    assert delete_journal(tmp_path)
    assert not delete_journal(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["voisin.sqlite"]


def test_a_broken_file_is_put_aside_and_not_lost(tmp_path: Path) -> None:
    (tmp_path / JOURNAL).write_bytes(b"ceci n'est pas une base" * 100)

    journal = Journal(tmp_path, 90)
    journal.record("e1", ANA, explained(ANA.text))

    aside = [path for path in tmp_path.iterdir() if "illisible" in path.name]
    assert [path.read_bytes()[:4] for path in aside] == [b"ceci"]
    assert journal.answer("e1") is not None


def test_two_broken_files_are_both_kept_even_in_one_second(tmp_path: Path) -> None:
    for number in range(2):
        (tmp_path / JOURNAL).write_bytes(b"ceci n'est pas une base %d" % number)
        Journal(tmp_path, 90).close()

    aside = sorted(path.read_bytes() for path in tmp_path.iterdir() if "illisible" in path.name)
    assert aside == [b"ceci n'est pas une base 0", b"ceci n'est pas une base 1"]


def test_a_broken_file_put_aside_goes_when_it_is_old_or_somebody_is_forgotten(tmp_path: Path) -> None:
    def aside() -> list[str]:
        return [path.name for path in tmp_path.iterdir() if "illisible" in path.name]

    old, recent = tmp_path / "journal.illisible-1", tmp_path / "journal.illisible-2"
    for path in (old, recent):
        path.write_bytes(b"ceci")
    os.utime(old, (1, 1))

    journal = Journal(tmp_path, 90)

    assert aside() == [recent.name]
    journal.forget("discord", "ana")
    assert aside() == []


def test_a_cut_key_is_refused_with_its_cure(tmp_path: Path) -> None:
    (tmp_path / KEY).write_bytes(b"")

    with pytest.raises(PtceError, match="supprimez ce fichier"):
        Journal(tmp_path, 90)


def test_in_memory_nothing_is_written(tmp_path: Path) -> None:
    journal = Journal(None, 90)

    journal.record("e1", ANA, explained(ANA.text))

    assert journal.answer("e1") is not None
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_an_error_that_the_caller_can_meet(journal: Journal) -> None:
    journal._database.execute("PRAGMA max_page_count = 1")

    with pytest.raises(sqlite3.OperationalError, match="full"):
        journal.record("e1", ANA, explained("x" * 100_000))


def test_a_file_damaged_far_inside_is_put_aside(journal: Journal, tmp_path: Path) -> None:
    for n in range(40):
        journal.record(f"e{n}", replace(ANA, id=f"m{n}"), explained("Qui dirige NOLA ? " * 200))
    journal.close()
    raw = bytearray((tmp_path / JOURNAL).read_bytes())
    half = len(raw) // 8192 * 4096
    raw[half : half + 3 * 4096] = b"\xff" * (3 * 4096)
    (tmp_path / JOURNAL).write_bytes(raw)

    again = Journal(tmp_path, 90)

    assert again.record("e1", ANA, explained(ANA.text))
    assert len(list(tmp_path.glob("journal.illisible-*"))) == 1


def test_with_its_key_lost_a_journal_is_put_aside_for_the_next_who_is_forgotten_to_delete(
    journal: Journal, tmp_path: Path
) -> None:
    journal.record("e1", ANA, explained(ANA.text))
    journal.close()
    (tmp_path / KEY).unlink()

    again = Journal(tmp_path, 90)
    aside = list(tmp_path.glob("journal.illisible-*"))
    again.forget("discord", ANA.user)

    assert len(aside) == 1
    assert not any(ANA.text.encode() in path.read_bytes() for path in tmp_path.iterdir())
