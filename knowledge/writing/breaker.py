"""A circuit breaker: a model that failed is left alone for a while, longer each time, and tried again aside.

Libraries that do this hold a lock during the call, which would put every question of a bot in one line behind a slow
model; this one only counts.
"""

import threading
import time
from collections.abc import Callable

# The pause doubles with every failure in a row, up to this many times its first length.
LONGEST = 16


class Breaker:
    """Whether to call: closed (yes), or open until a trial is due. Thread-safe."""

    def __init__(self, pause_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._pause = pause_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._until = 0.0
        self._trying = False

    @property
    def closed(self) -> bool:
        """Whether calls may go through."""
        with self._lock:
            return self._failures == 0

    def succeeded(self) -> None:
        """A call went well: all may go through."""
        with self._lock:
            self._failures, self._trying = 0, False

    def failed(self, at_least: float = 0) -> None:
        """A call failed for good: none goes through before the pause, or `at_least` seconds, are over."""
        with self._lock:
            pause = self._pause * min(2**self._failures, LONGEST)
            self._failures += 1
            self._trying = False
            self._until = self._clock() + max(pause, at_least)

    def may_try(self) -> bool:
        """Whether the pause is over and nobody else is trying; who is told yes must say how it went."""
        with self._lock:
            if self._failures == 0 or self._trying or self._clock() < self._until:
                return False
            self._trying = True
            return True
