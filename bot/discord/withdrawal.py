"""What the bot takes back of its own when a question is taken back: the answer, and the name of its thread."""

from collections.abc import Iterable
from contextlib import suppress
from functools import partial

import discord

from bot.discord.retry import insist
from bot.messages import THREAD_WITHOUT_NAME


async def find_thread(client: discord.Client, question: int, fetched: bool) -> discord.Thread | None:
    """The thread of a message; one that is archived is only found when it is to be `fetched`."""
    found = client.get_channel(question)
    if found is None and fetched:
        with suppress(discord.NotFound):
            return _thread(await insist(lambda: client.fetch_channel(question)))
    return _thread(found)


async def unsay(thread: discord.Thread | None, parts: Iterable[discord.PartialMessage]) -> None:
    """Delete what was answered; the thread that bears the question's name gets another, out of sight if it is empty.

    To delete a thread takes a permission that the bot does not ask for.
    """
    parts = list(parts)
    if thread and thread.owner == thread.guild.me:
        # In a thread that is archived nothing can be deleted.
        await insist(partial(thread.edit, name=THREAD_WITHOUT_NAME, archived=not parts))
    for part in parts:
        with suppress(discord.NotFound):
            await insist(part.delete)


def _thread(found: object) -> discord.Thread | None:
    return found if isinstance(found, discord.Thread) else None
