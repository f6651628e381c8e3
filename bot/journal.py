"""What the channels keep of the questions they were asked: an SQLite file, readable by its owner alone.

People and conversations are kept as keyed hashes (BLAKE2b with a secret of this machine), never as names. What is older
than the retention period is erased, and what one person asked or thought of answers, at once when they say so.
"""

import hashlib
import math
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from bot.channel import Incoming
from bot.journal_file import delete_aside, open_database, read_key
from knowledge.assistant import Explanation
from knowledge.completion import Turn
from knowledge.model import Answer
from knowledge.text import storable

DAY = 86_400
# A conversation that was left for longer than this begins anew.
CONVERSATION_SECONDS = DAY
_ANSWER = TypeAdapter(Answer)
_DETACHED = "SET turn_subject = NULL, turn_question = NULL, completed = question"
# What others were answered on the strength of what is erased: a conversation keeps its last question, in whole or made
# over, in the rows that follow it in the same place.
_FORGET_TURNS = f"""
WITH gone AS (
    SELECT place, min(at) AS since FROM exchanges
    WHERE channel = :channel AND (user = :user OR message = :message) GROUP BY place
)
UPDATE exchanges {_DETACHED}
WHERE channel = :channel AND EXISTS (SELECT 1 FROM gone WHERE gone.place = exchanges.place AND at >= since)
"""  # noqa: S608
# A rating and a remark go with who left them; those of other people on the same answer stay.
_FORGET_RATINGS = """
UPDATE exchanges SET
    useful = CASE WHEN rater = :user THEN NULL ELSE useful END, rater = nullif(rater, :user),
    comment = CASE WHEN commenter = :user THEN '' ELSE comment END, commenter = nullif(commenter, :user)
WHERE channel = :channel AND (rater = :user OR commenter = :user)
"""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and how it went; `useful` is None where nobody rated the answer."""

    id: str
    at: datetime
    channel: str
    question: str
    completed: str
    verdict: str
    useful: bool | None
    comment: str


class Journal:
    """Thread-safe. Errors are `sqlite3.Error` or `OSError`: the caller answers all the same."""

    def __init__(self, folder: Path | None, retention_days: int, clock: Callable[[], float] = time.time) -> None:
        """In `folder`, or in memory only when it is None: then nothing outlives the process."""
        self._retention = retention_days * DAY
        self._clock = clock
        self._lock = threading.Lock()
        self._folder = folder
        self._key = read_key(folder)
        self._database = open_database(folder)
        self.purge()

    def record(self, exchange: str, message: Incoming, explanation: Explanation) -> bool:
        """Keep an exchange; True, since it is kept.

        It takes the place of an earlier one for the same message, and the message that carries that one's answer.
        """
        turn = explanation.turn
        row = {
            "id": exchange,
            "at": self._clock(),
            "channel": message.channel,
            **self._hashes(message),
            "question": explanation.question.text,
            "completed": explanation.question.completed,
            "turn_subject": turn.subject if turn else None,
            "turn_question": turn.question if turn else None,
            "verdict": explanation.answer.verdict,
            "answer": _ANSWER.dump_json(explanation.answer).decode(),
            "turn_at": self._turn_at(message, explanation),
        }
        marks = ", ".join(f":{name}" for name in row)
        carried = "SELECT reference FROM exchanges WHERE channel = :channel AND message = :message"
        columns = ", ".join(row)
        statement = f"INSERT OR REPLACE INTO exchanges ({columns}, reference) VALUES ({marks}, ({carried}))"  # noqa: S608
        with self._lock, self._database:
            # What an edit replaces is told nowhere any more.
            self._database.execute(_FORGET_TURNS, row | {"user": None})
            return self._database.execute(statement, row).rowcount > 0

    def detach(self, channel: str, message: str) -> bool:
        """Keep of an exchange only what was asked in it, nothing of the conversation before; whether it is kept."""
        statement = f"UPDATE exchanges {_DETACHED} WHERE channel = ? AND message = ?"
        return self._write(statement, (channel, self._hash(message))) > 0

    def sent(self, exchange: str, reference: str) -> None:
        """Remember which message carries the answer."""
        self._write("UPDATE exchanges SET reference = ? WHERE id = ?", (reference, exchange))

    def reference(self, channel: str, message: str) -> str | None:
        """The message that carries the answer to this one; None when it was not answered (or sent)."""
        return self._one(
            "SELECT reference FROM exchanges WHERE channel = ? AND message = ?", channel, self._hash(message)
        )

    def answered(self, channel: str, message: str) -> bool:
        """Whether the answer to this message was sent, in this run of the program or in an earlier one."""
        return self.reference(channel, message) is not None

    def answered_lately(self, limit: int) -> list[tuple[str, str]]:
        """The latest messages whose answer was sent, as `name_of` names them, oldest first."""
        statement = "SELECT channel, message FROM exchanges WHERE reference IS NOT NULL ORDER BY at DESC LIMIT ?"
        return [(channel, message) for channel, message in reversed(self._rows(statement, (limit,)))]

    def name_of(self, message: Incoming) -> tuple[str, str]:
        """What a message is known by here."""
        return message.channel, self._hash(message.id)

    def exchange_of(self, channel: str, reference: str) -> str | None:
        """The exchange whose answer this message carries."""
        return self._one("SELECT id FROM exchanges WHERE channel = ? AND reference = ?", channel, reference)

    def answer(self, exchange: str) -> Answer | None:
        """The answer that was given; None also for one of an earlier version of the program, of another shape."""
        found = self._one("SELECT answer FROM exchanges WHERE id = ?", exchange)
        try:
            return _ANSWER.validate_json(found) if found else None
        except ValidationError:
            return None

    def turn(self, channel: str, place: str) -> Turn | None:
        """What the conversation in this place is about."""
        since = self._clock() - CONVERSATION_SECONDS
        rows = self._rows(
            "SELECT turn_subject, turn_question FROM exchanges WHERE channel = ? AND place = ? AND at > ? "
            "ORDER BY at DESC, rowid DESC LIMIT 1",
            (channel, self._hash(place), since),
        )
        return Turn(*rows[0]) if rows and rows[0][0] else None

    def rate(self, exchange: str, user: str, useful: bool, comment: str = "") -> bool:
        """Keep what a person thought of an answer; False when the exchange is no longer kept."""
        values = {"id": exchange, "user": self._hash(user), "useful": int(useful), "comment": storable(comment)}
        remark = ", comment = :comment, commenter = :user" if comment else ""
        statement = f"UPDATE exchanges SET useful = :useful, rater = :user{remark} WHERE id = :id"  # noqa: S608
        return self._write(statement, values) > 0

    def unrate(self, exchange: str, user: str, useful: bool) -> bool:
        """Erase a person's rating, unless they have given another one since; whether there was one."""
        values = {"id": exchange, "user": self._hash(user), "useful": int(useful)}
        statement = "UPDATE exchanges SET useful = NULL, rater = NULL WHERE id = :id AND rater = :user"
        return self._write(f"{statement} AND useful = :useful", values) > 0

    def forget(self, channel: str, user: str) -> int:
        """Erase all that is kept of a person, what they thought of other people's answers too; how many of both."""
        values = {"channel": channel, "user": self._hash(user), "message": None}
        with self._lock, self._database:
            self._database.execute(_FORGET_TURNS, values)
            asked = self._database.execute("DELETE FROM exchanges WHERE channel = :channel AND user = :user", values)
            erased = asked.rowcount + self._database.execute(_FORGET_RATINGS, values).rowcount
        delete_aside(self._folder, math.inf)
        return erased

    def withdraw(self, channel: str, message: str) -> str | None:
        """Erase the exchange of a message that its author took back; the message that carries the answer."""
        reference = self.reference(channel, message)
        values = {"channel": channel, "user": None, "message": self._hash(message)}
        with self._lock, self._database:
            self._database.execute(_FORGET_TURNS, values)
            self._database.execute("DELETE FROM exchanges WHERE channel = :channel AND message = :message", values)
        return reference

    def unanswered(self, limit: int) -> list[Exchange]:
        """The latest questions that were refused, or whose answer was of no use."""
        rows = self._rows(
            "SELECT id, at, channel, question, completed, verdict, useful, comment FROM exchanges "
            "WHERE verdict = 'refused' OR useful = 0 ORDER BY at DESC, rowid DESC LIMIT ?",
            (limit,),
        )
        return [_exchange(row) for row in rows]

    def verdicts(self, since: float) -> dict[str, int]:
        """How many answers of each verdict were given since then."""
        return dict(self._rows("SELECT verdict, count(*) FROM exchanges WHERE at > ? GROUP BY verdict", (since,)))

    def purge(self) -> int:
        """Erase what is older than the retention period."""
        before = self._clock() - self._retention
        delete_aside(self._folder, before)
        with self._lock, self._database:
            # A conversation that goes on holds words of what is erased, for as long as it goes on.
            followers = f"UPDATE exchanges {_DETACHED} WHERE coalesce(turn_at, at - {CONVERSATION_SECONDS}) < ?"
            self._database.execute(followers, (before,))
            return self._database.execute("DELETE FROM exchanges WHERE at < ?", (before,)).rowcount

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()

    def _turn_at(self, message: Incoming, explanation: Explanation) -> float:
        """When the oldest words that an exchange keeps were asked: what follows up a question keeps that one's."""
        now, question, turn = self._clock(), explanation.question, explanation.turn
        if question.completed == question.text and (turn is None or turn.question == question.text):
            return now
        rows = self._rows(
            "SELECT coalesce(turn_at, at) FROM exchanges WHERE channel = ? AND place = ? AND at > ? "
            "ORDER BY at DESC, rowid DESC LIMIT 1",
            (message.channel, self._hash(message.place), now - CONVERSATION_SECONDS),
        )
        return float(rows[0][0]) if rows else now

    def _hashes(self, message: Incoming) -> dict[str, str]:
        return {name: self._hash(getattr(message, name)) for name in ("user", "place")} | {
            "message": self._hash(message.id)
        }

    def _hash(self, text: str) -> str:
        return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), key=self._key, digest_size=16).hexdigest()

    def _write(self, statement: str, values: Any) -> int:
        with self._lock, self._database:
            return self._database.execute(statement, values).rowcount

    def _rows(self, statement: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        with self._lock, closing(self._database.execute(statement, values)) as cursor:
            return cursor.fetchall()

    def _one(self, statement: str, *values: str) -> str | None:
        rows = self._rows(statement, values)
        return rows[0][0] if rows else None


def _exchange(row: tuple[Any, ...]) -> Exchange:
    identifier, at, channel, question, completed, verdict, useful, comment = row
    rated = None if useful is None else bool(useful)
    return Exchange(identifier, datetime.fromtimestamp(at), channel, question, completed, verdict, rated, comment)
