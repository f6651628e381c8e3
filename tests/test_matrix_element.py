"""An Element-like client in strict mode (matrix-js-sdk): keys and trust only for devices that their account signed."""

import pytest
from fakes.matrix_bot import Account, fresh, serving
from fakes.matrix_node import peer
from fakes.matrix_user import PASSWORD

from bot.matrix import conversation as matrix_conversation
from bot.matrix import login as matrix_login

pytestmark = pytest.mark.asyncio
QUESTION = "Comment devenir un PTCE ?"
ANSWERED = "Pour devenir un PTCE"


async def test_a_strict_client_is_answered_without_a_shield_whatever_happens_to_the_bot(account: Account) -> None:
    user = account.synapse.register(fresh("element"), PASSWORD)["user_id"]

    async with peer(account.synapse.url, user) as element:
        async with serving(account) as started:
            await element.tell("room", started.id)
            first = await element.tell("ask", QUESTION)
        async with serving(account):
            restarted = await element.tell("ask", QUESTION)
        for path in account.store.iterdir():
            path.unlink()
        async with serving(account):
            renewed = await element.tell("ask", QUESTION)

    for answer in (first, restarted, renewed):
        assert ANSWERED in answer.pop("body")
        assert answer == {"encrypted": True, "failed": False, "shield": "NONE"}


async def test_a_device_that_is_not_signed_is_heard_by_nobody(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the signatures are for: the same bot without them."""

    async def unsigned(*_: object) -> bool:
        return False

    monkeypatch.setattr(matrix_login, "sign_device", unsigned)
    monkeypatch.setattr(matrix_conversation, "PATIENCE", 0.5)
    user = account.synapse.register(fresh("element"), PASSWORD)["user_id"]

    async with peer(account.synapse.url, user) as element, serving(account) as started:
        await element.tell("room", started.id)
        answer = await element.tell("ask", QUESTION)

    assert (answer["encrypted"], answer["failed"]) == (True, True)
