"""How long each step of an answer took."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from knowledge.model import Timings

Step = Literal["embed", "retrieve", "compose"]


class Clock:
    """Milliseconds of each step, added up over the readings of a question; what is no step counts in the total only."""

    def __init__(self) -> None:
        self._start = time.perf_counter()
        self._spent: dict[Step, float] = dict.fromkeys(("embed", "retrieve", "compose"), 0.0)

    @contextmanager
    def step(self, name: Step) -> Iterator[None]:
        """Charge what is done within to this step."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self._spent[name] += time.perf_counter() - start

    def timings(self) -> Timings:
        """What was spent so far."""
        spent = {name: round(seconds * 1000, 2) for name, seconds in self._spent.items()}
        return Timings(**spent, total=round((time.perf_counter() - self._start) * 1000, 2))
