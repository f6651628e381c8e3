"""How many questions are taken."""

import time

import pytest

from bot.limits import Limits
from knowledge.errors import SettingsError
from knowledge.settings import LimitSettings


def test_a_person_over_the_limit_waits_and_others_do_not() -> None:
    limits = Limits(LimitSettings(per_user="2/minute", per_room="100/minute"))

    waits = [limits.wait("ana", "salon") for _ in range(3)]

    assert waits[:2] == [0, 0]
    assert 0 < waits[2] <= 60
    assert limits.wait("bob", "salon") == 0


def test_a_room_over_the_limit_waits_whoever_asks() -> None:
    limits = Limits(LimitSettings(per_user="100/minute", per_room="2/minute"))

    waits = [limits.wait(user, "salon") for user in ("ana", "bob", "cléo")]

    assert waits[:2] == [0, 0]
    assert 0 < waits[2] <= 60
    assert limits.wait("cléo", "autre salon") == 0


def test_a_question_that_is_not_taken_counts_for_nobody() -> None:
    limits = Limits(LimitSettings(per_user="1/minute", per_room="3/minute"))
    limits.wait("ana", "salon")

    for _ in range(5):
        limits.wait("ana", "salon")

    assert limits.wait("bob", "salon") == 0


def test_of_several_limits_each_counts() -> None:
    limits = Limits(LimitSettings(per_user="2/second;3/day", per_room="100/minute"))

    taken = []
    for n in range(5):
        time.sleep(1.1 if n == 2 else 0)
        taken.append(limits.wait("ana", "salon") == 0)

    assert taken == [True, True, True, False, False]


def test_who_hammers_is_told_once() -> None:
    limits = Limits(LimitSettings())

    assert [limits.may_tell("ana"), limits.may_tell("ana"), limits.may_tell("bob")] == [True, False, True]


@pytest.mark.parametrize("text", ["", "beaucoup", "8/siècle", "-1/minute", "0/minute"])
def test_a_limit_that_is_none_is_refused_with_its_key(text: str) -> None:
    with pytest.raises(SettingsError, match=r"limits\.per_user"):
        Limits(LimitSettings(per_user=text))
