"""What people asked to have erased while answers are under way, so that these keep nothing of it."""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

from bot.remembered import remember

# Messages taken back and people who asked to be forgotten, kept in memory: an answer takes no longer than these stay.
REMEMBERED = 10_000


class Erasures:
    """Not thread-safe, meant for the event loop; people and messages by their channel and id."""

    def __init__(self) -> None:
        self._withdrawn: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._forgets: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._done = self._running = 0

    @property
    def done(self) -> int:
        """How many erasures are done, anybody's; to be given to `may_touch`."""
        return self._done

    def may_touch(self, done: int) -> bool:
        """Whether what was read since then may have been erased: a follow-up may read what is about to be."""
        return self._done != done or self._running > 0

    @contextmanager
    def forget(self, channel: str, user: str) -> Iterator[None]:
        """While a person is being forgotten."""
        remember(self._forgets, (channel, user), self.forgets(channel, user) + 1, REMEMBERED)
        with self._under_way():
            yield

    def forgets(self, channel: str, user: str) -> int:
        """How often a person asked to be forgotten, as far as it is remembered."""
        return self._forgets.get((channel, user), 0)

    @contextmanager
    def withdraw(self, channel: str, message: str) -> Iterator[None]:
        """While a message is being erased that was taken back."""
        remember(self._withdrawn, (channel, message), None, REMEMBERED)
        with self._under_way():
            yield

    def is_withdrawn(self, channel: str, message: str) -> bool:
        """Whether a message was taken back, as far as it is remembered."""
        return (channel, message) in self._withdrawn

    @contextmanager
    def _under_way(self) -> Iterator[None]:
        self._running += 1
        try:
            yield
        finally:
            self._running -= 1
            self._done += 1
