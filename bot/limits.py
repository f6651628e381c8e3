"""How many questions a person and a room may ask (sliding windows, in memory, by the `limits` library)."""

import math
import time

from knowledge.errors import SettingsError
from knowledge.settings import LimitSettings

# A person over the limit is told so once in this while, and then not answered: no echo for who hammers.
NOTICE = "1/minute"


class Limits:
    """Counts questions; not thread-safe, meant for the event loop."""

    def __init__(self, settings: LimitSettings) -> None:
        from limits import RateLimitItem, parse, parse_many
        from limits.storage import MemoryStorage
        from limits.strategies import MovingWindowRateLimiter

        def limit(key: str, text: str) -> list[RateLimitItem]:
            try:
                items = parse_many(text)
            except ValueError:
                items = []
            if not items or any(item.amount < 1 for item in items):
                raise SettingsError(
                    f"Réglage refusé : « limits.{key} » vaut {text!r}.", "écrivez par exemple « 8/minute »"
                )
            return items

        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        # « 8/minute;40/day » is two limits, and both count.
        self._user, self._room = limit("per_user", settings.per_user), limit("per_room", settings.per_room)
        self._notice = parse(NOTICE)

    def wait(self, user: str, room: str) -> int:
        """Seconds to wait before a question of this person in this room is taken; 0 when it is taken, and counted."""
        keys = [(item, "user", user) for item in self._user] + [(item, "room", room) for item in self._room]
        full = [key for key in keys if not self._limiter.test(*key)]
        if not full:
            for key in keys:
                self._limiter.hit(*key)
            return 0
        return max(1, *(math.ceil(self._limiter.get_window_stats(*key).reset_time - time.time()) for key in full))

    def may_tell(self, user: str) -> bool:
        """Whether the person may be told (again) to wait."""
        return self._limiter.hit(self._notice, "notice", user)
