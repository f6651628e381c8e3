"""What an event says to the bot: its text, its thread, what it edits, and whether the bot is addressed."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from knowledge.completion import SUBJECT_WORDS
from knowledge.text import words

COMMAND = re.compile(r"!(?P<name>[^\W\d_][\w-]*)(?:\s+(?P<argument>.*))?\Z", re.DOTALL)
ASK = "ptce"
# Clients from before replies were structured begin the body with the quoted message.
_QUOTED = re.compile(r"\A(?:>[^\n]*\n)+\n")


@dataclass(frozen=True, slots=True)
class Message:
    """A text someone wrote. `root` is its thread's first event, `replies_to` and `replaces` are events too.

    `mentions` is who it was said to be for; None where the client didn't say.
    """

    id: str
    sender: str
    text: str
    root: str | None = None
    replies_to: str | None = None
    replaces: str | None = None
    mentions: frozenset[str] | None = None
    html: str = ""


def read_message(event: dict[str, Any]) -> Message | None:
    """The message in a room event (decrypted); None for what is not a person's text, such as another bot's notice."""
    content = event.get("content")
    if event.get("type") != "m.room.message" or not isinstance(content, dict):
        return None
    relation = _table(content, "m.relates_to")
    replaces = _text(relation, "event_id") if relation.get("rel_type") == "m.replace" else None
    shown = _table(content, "m.new_content") if replaces else content
    if shown.get("msgtype") != "m.text" or not isinstance(shown.get("body"), str):
        return None
    replies_to = _replied(relation)
    body = _QUOTED.sub("", shown["body"]) if replies_to else shown["body"]
    return Message(
        id=str(event.get("event_id", "")),
        sender=str(event.get("sender", "")),
        text=body.strip(),
        root=thread_of(event),
        replies_to=replies_to,
        replaces=replaces,
        mentions=_mentions(shown),
        html=_text(shown, "formatted_body") or "",
    )


def thread_of(event: dict[str, Any]) -> str | None:
    """The first event of the thread that this one is in; readable even where the event can't be decrypted."""
    relation = _table(_table(event, "content"), "m.relates_to")
    return _text(relation, "event_id") if relation.get("rel_type") == "m.thread" else None


def command_of(message: Message) -> tuple[str, str] | None:
    """`!pole NOLA` as (name, argument); None for any other text."""
    found = COMMAND.match(message.text)
    return (found["name"], (found["argument"] or "").strip()) if found else None


@dataclass(frozen=True, slots=True)
class Self:
    """The bot as others name it: its id and the names it is shown under."""

    user_id: str
    names: tuple[str, ...]

    def named(self, *names: str | None) -> "Self":
        """Itself, with the names that a room shows besides its own."""
        return replace(self, names=tuple(dict.fromkeys([*self.names, *(n for n in names if n)])))

    def is_named(self, message: Message) -> bool:
        """Whether the message is addressed to the bot: by a pill, by its id, as @name, or by its name and a colon."""
        if message.mentions is not None and self.user_id in message.mentions:
            return True
        pill = re.search(self._pill, message.html)
        return bool(pill or re.search(self._anywhere, message.text) or re.match(self._leading, message.text))

    def is_for_another(self, message: Message) -> bool:
        """Whether the message names people, and not the bot."""
        return bool(message.mentions) and not self.is_named(message)

    def without_name(self, message: Message) -> str:
        """The text, less the names that called the bot: one at its end only where none was found before."""
        text = re.sub(self._link, " ", message.text)
        text = re.sub(self._anywhere, " ", text).strip()
        text = re.sub(self._leading, "", text)
        if message.mentions is not None and self.user_id in message.mentions:
            text = re.sub(rf"(?i)\A(?:{self._any_name})(?!\w)[\s:,]*", "", text.rstrip())
            if text == message.text.strip():
                text = re.sub(rf"(?i)(?<!\w)(?:{self._any_name})\Z", "", text)
        return re.sub(r" {2,}", " ", text).strip(" :,")

    @property
    def _any_name(self) -> str:
        return _either([self.user_id, *self._bare_names])

    @property
    def _bare_names(self) -> list[str]:
        """The names that call it without an @: « PTCE : c'est quoi ? » speaks of PTCE, whatever the account's name."""
        return [name for name in self.names if not words(name) or not SUBJECT_WORDS.issuperset(words(name))]

    @property
    def _pill(self) -> str:
        return rf"https://matrix\.to/#/(?:{_either([self.user_id, quote(self.user_id)])})(?=[\"'?])"

    @property
    def _link(self) -> str:
        # No bracket inside of brackets: a text full of them would be searched for hours.
        return rf"\[[^\[\]]*\]\(https://matrix\.to/#/(?:{_either([self.user_id, quote(self.user_id)])})[^)]*\)[:,]?"

    @property
    def _anywhere(self) -> str:
        return rf"(?i)(?<!\w)(?:{re.escape(self.user_id)}|@(?:{_either(self.names)}))(?![\w:])\s*[:,]?"

    @property
    def _leading(self) -> str:
        return rf"(?i)\A(?:{_either(self._bare_names)})\s*[:,]\s*"


def _either(texts: Iterable[str]) -> str:
    # The longest first: a name may begin another.
    return "|".join(re.escape(text) for text in sorted(texts, key=len, reverse=True)) or r"(?!)"


def _replied(relation: dict[str, Any]) -> str | None:
    # In a thread, a reply may be there only for clients that know no threads.
    if relation.get("is_falling_back"):
        return None
    return _text(_table(relation, "m.in_reply_to"), "event_id")


def _mentions(content: dict[str, Any]) -> frozenset[str] | None:
    if "m.mentions" not in content:
        return None
    users = _table(content, "m.mentions").get("user_ids", [])
    return frozenset(u for u in users if isinstance(u, str)) if isinstance(users, list) else frozenset()


def _table(data: dict[str, Any], key: str) -> dict[str, Any]:
    value = data.get(key)
    return value if isinstance(value, dict) else {}


def _text(data: dict[str, Any], key: str) -> str | None:
    value = data.get(key)
    return value if isinstance(value, str) else None
