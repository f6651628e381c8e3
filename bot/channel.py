"""The seam between the channels (Discord, Matrix) and what answers: no channel knows how answers are found."""

from dataclasses import dataclass
from typing import Protocol

from knowledge.errors import PtceError
from knowledge.model import Answer


class ChannelError(PtceError):
    """A channel can't go on: refused credentials, an account that was removed, a server that is not one."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message addressed to the assistant.

    `id` is unique within the channel and answered at most once; `user` and `place` are the channel's own ids. A place
    is one conversation (a thread, a direct room); `room` is what the limit per room counts.
    """

    channel: str
    id: str
    user: str
    place: str
    room: str
    text: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What to send back: an answer, or a notice (`answer` is None) such as « too many questions ».

    `exchange` names it in the journal, for ratings and for its sources; empty where nothing was kept.
    """

    exchange: str
    text: str
    answer: Answer | None = None
    truncated: bool = False


class Channel(Protocol):
    """Something that people write in."""

    name: str

    async def run(self) -> None:
        """Connect, and serve until `stop`; `ChannelError` when it can't go on."""

    async def stop(self) -> None:
        """Take no more questions, send the answers in flight, disconnect."""
