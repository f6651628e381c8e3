"""An Element-like client in strict mode (matrix-js-sdk): it gives keys to devices signed by their account, to no other."""

import pytest
from fakes.matrix_bot import Account, fresh, serving
from fakes.matrix_node import peer
from fakes.matrix_user import PASSWORD

pytestmark = pytest.mark.asyncio
QUESTION = "Comment devenir un PTCE ?"
ANSWERED = "Pour devenir un PTCE"


async def test_a_strict_client_is_answered_without_a_warning_shield_and_again_after_a_restart(account: Account) -> None:
    user = account.synapse.register(fresh("element"), PASSWORD)["user_id"]

    async with peer(account.synapse.url, user) as element:
        async with serving(account) as bot:
            await element.tell("room", bot.id)
            first = await element.tell("ask", QUESTION)
        async with serving(account):
            second = await element.tell("ask", QUESTION)

    for answer in (first, second):
        assert ANSWERED in answer.pop("body")
        assert answer == {"encrypted": True, "failed": False, "shield": "NONE"}
