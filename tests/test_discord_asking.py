"""Questions on Discord, with the real discord.py on simcord's model of it: what is answered, where, and how."""

import asyncio
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import discord
import pytest
from conftest import Bundled
from fakes.discord_bot import citation
from fakes.discord_scene import QUESTION, labels, scene, shown

from bot import messages
from knowledge.model import Answer

pytestmark = pytest.mark.asyncio
LONG = " ".join(f"La phrase numéro {n} parle d'un pôle de Bretagne [1]." for n in range(200))


async def test_a_mention_opens_a_thread_named_after_the_question(bundled: Bundled, tmp_path: Path) -> None:
    async with scene(bundled, tmp_path) as s:
        answer = await s.asked()

        assert "aucun label officiel" in shown(answer)
        assert s.channel.threads[-1].name == QUESTION
        assert labels(answer) == ["Sources", "Utile", "Pas utile"]
        assert s.told() == []


async def test_follow_ups_in_the_thread_need_no_mention_and_are_understood(bundled: Bundled, tmp_path: Path) -> None:
    async with scene(bundled, tmp_path) as s:
        await s.asked("Qui contacter en Bretagne ?")
        thread = s.channel.threads[-1]

        await s.bob.send(thread, "et en Occitanie ?")

        assert "Bretagne" in s.told(thread)[0]
        assert "Occitanie" in s.told(thread)[-1]
        assert len(s.channel.threads) == 1


async def test_a_channel_may_be_without_threads_and_another_with(bundled: Bundled, tmp_path: Path) -> None:
    async with scene(bundled, tmp_path) as s:
        quiet = s.guild.create_text_channel("sans-fils")
        s.configure(threads_except=quiet.id)

        await s.ana.send(quiet, f"{s.mention} Qui contacter en Bretagne ?")
        await s.bob.send(quiet, f"{s.mention} Qui contacter en Occitanie ?")
        await s.ana.send(quiet, f"{s.mention} et quel est son courriel ?")

        assert quiet.threads == []
        assert ["Bretagne" in text for text in s.told(quiet)] == [True, False, True]


async def test_without_threads_those_opened_before_are_left_alone(bundled: Bundled, tmp_path: Path) -> None:
    async with scene(bundled, tmp_path) as s:
        await s.asked("Qui contacter en Bretagne ?")
        thread = s.channel.threads[-1]
        s.configure(threads=False)

        await s.bob.send(thread, "et en Occitanie ?")
        await s.bob.send(thread, f"{s.mention} et en Occitanie ?")

        assert ["Occitanie" in text for text in s.told(thread)] == [False, True]


async def test_where_a_thread_is_forbidden_the_answer_stays_in_the_channel(bundled: Bundled, tmp_path: Path) -> None:
    async with scene(bundled, tmp_path) as s:
        closed = s.guild.create_text_channel("fermé")
        await s.refuse(closed, create_public_threads=False)

        await s.ana.send(closed, f"{s.mention} {QUESTION}")

        assert closed.threads == []
        assert "aucun label officiel" in s.told(closed)[0]


async def test_where_embeds_are_forbidden_the_answer_is_text(bundled: Bundled, tmp_path: Path) -> None:
    async with scene(bundled, tmp_path) as s:
        plain = s.guild.create_text_channel("texte")
        await s.refuse(plain, embed_links=False, create_public_threads=False)

        await s.ana.send(plain, f"{s.mention} {QUESTION}")

        found = [m for m in plain.history() if m.author.id == s.env.bot.user.id]
        assert "aucun label officiel" in found[0].content
        assert "legifrance" in "".join(m.content for m in found)
        assert labels(found[-1]) == ["Sources", "Utile", "Pas utile"]


async def test_a_direct_message_is_answered_in_place(bundled: Bundled, tmp_path: Path) -> None:
    async with scene(bundled, tmp_path) as s:
        await s.ana.send_dm("Qui contacter en Bretagne ?")
        await s.ana.send_dm("et en Occitanie ?")

        first, second = s.told(s.ana.user.dm_channel)
        assert ("Bretagne" in first, "Occitanie" in second) == (True, True)


async def test_what_is_not_for_the_bot_is_left_alone(bundled: Bundled, tmp_path: Path) -> None:
    async with scene(bundled, tmp_path) as s:
        await s.asked()
        thread = s.channel.threads[-1]
        robot = s.guild.add_member(s.env.create_user("robot", bot=True))
        hook = s.guild.create_webhook(s.channel)
        said = await s.bob.send(thread, "merci à tous")
        before = len(s.told(thread))

        await s.ana.send(s.channel, QUESTION)
        await s.ana.send(s.channel, f"@everyone {QUESTION}")
        await s.ana.send(thread, f"<@{s.bob.id}> {QUESTION}")
        await s.ana.send(thread, QUESTION, reply_to=said)
        await robot.send(s.channel, f"{s.mention} {QUESTION}")
        await robot.send(thread, QUESTION)
        await hook.send(f"{s.mention} {QUESTION}")

        assert s.told() == []
        assert len(s.told(thread)) == before
        assert len(s.channel.threads) == 1


async def test_names_of_people_do_not_reach_the_question(bundled: Bundled, tmp_path: Path) -> None:
    async with scene(bundled, tmp_path) as s:
        answer = await s.asked(f"<@{s.bob.id}> <#{s.channel.id}> Qui contacter en Bretagne ?")

        exchange = await s.service.exchange_of("discord", str(answer.id))
        kept = await s.service.answer(exchange)
        assert kept is not None
        assert kept.question == "Qui contacter en Bretagne ?"


async def test_nor_do_they_through_a_command(bundled: Bundled, tmp_path: Path) -> None:
    async with scene(bundled, tmp_path) as s:
        officer = s.officer()
        question = "Quelle est la capitale de la Mongolie ?"

        asked = await s.ana.slash(s.channel, "ptce", question=f"<@{s.bob.id}> {question}")
        kept = await officer.slash(s.channel, "sans-reponse")

        assert asked.response.embeds[0].title == question
        assert s.channel.threads[-1].name == question
        assert f": {question}" in shown(kept.response.message)


@pytest.mark.parametrize("sources", [0, 60])
async def test_a_long_answer_comes_whole_and_in_order(bundled: Bundled, tmp_path: Path, sources: int) -> None:
    cited = tuple(citation(n) for n in range(1, sources + 1))

    async with scene(bundled, tmp_path, lambda a: replace(a, answer=LONG, citations=cited)) as s:
        await s.asked()
        await s.ana.send_dm(QUESTION)
        slash = await s.ana.slash(s.channel, "ptce", question=QUESTION)

        texts = [s.told(s.channel.threads[0]), s.told(s.ana.user.dm_channel)]
        texts.append([shown(m.message) for m in (slash.response, *slash.followups)])
        for parts in texts:
            assert len(parts) >= 3
            assert " ".join(" ".join(parts).split()) == LONG


async def test_an_answer_notifies_nobody_and_shows_no_markup_of_its_own(bundled: Bundled, tmp_path: Path) -> None:
    hostile = "@everyone <@1> **gras** [ici](https://mal.org) `code`"

    async with scene(bundled, tmp_path, lambda a: replace(a, answer=hostile)) as s:
        answer = await s.asked()

        assert shown(answer) == "@\u200beveryone \\<@1> \\*\\*gras\\*\\* [ici]\\(https://mal.org) \\`code\\`"
        assert (answer.mention_everyone, answer.mentions) == (False, [])


async def test_a_slash_command_is_answered_in_the_channel_and_opens_a_thread(bundled: Bundled, tmp_path: Path) -> None:
    async with scene(bundled, tmp_path) as s:
        result = await s.ana.slash(s.channel, "ptce", question="Qui contacter en Bretagne ?")
        thread = s.channel.threads[-1]
        await s.ana.send(thread, "et en Occitanie ?")

        assert not result.ephemeral
        assert result.response.embeds[0].title == "Qui contacter en Bretagne ?"
        assert "Bretagne" in shown(result.response.message)
        assert "Occitanie" in s.told(thread)[-1]


async def test_where_the_bot_may_not_write_it_goes_on_elsewhere(bundled: Bundled, tmp_path: Path) -> None:
    async with scene(bundled, tmp_path) as s:
        mute = s.guild.create_text_channel("muet")
        await s.refuse(mute, send_messages=False, create_public_threads=False)

        await s.ana.send(mute, f"{s.mention} {QUESTION}")
        answer = await s.asked()

        assert s.told(mute) == []
        assert "aucun label officiel" in shown(answer)


async def test_a_question_taken_back_leaves_the_journal(bundled: Bundled, tmp_path: Path) -> None:
    async with scene(bundled, tmp_path) as s:
        question = await s.ana.send_dm(QUESTION)
        answer = s.ana.user.dm_channel.last_message

        await s.ana.user.delete(question)

        assert await s.service.exchange_of("discord", str(answer.id)) is None


async def test_a_question_taken_back_while_it_is_answered_is_neither_kept_nor_answered(
    bundled: Bundled, tmp_path: Path
) -> None:
    loop = asyncio.get_running_loop()

    def take_back(answer: Answer) -> Answer:
        here = s.ana.user.dm_channel
        event = SimpleNamespace(channel_id=here.id, message_id=here.last_message.id)
        asyncio.run_coroutine_threadsafe(s.env.bot.on_raw_message_delete(event), loop).result(10)
        return answer

    async with scene(bundled, tmp_path, take_back) as s:
        await s.ana.send_dm(QUESTION)

        assert s.told(s.ana.user.dm_channel) == []
        assert (await s.service.state()).verdicts == {}


async def test_questions_that_a_moderator_takes_back_together_leave_the_journal(
    bundled: Bundled, tmp_path: Path
) -> None:
    async with scene(bundled, tmp_path) as s:
        s.configure(threads_except=s.channel.id)
        questions = [await s.ana.send(s.channel, f"{s.mention} {text}") for text in (QUESTION, "Qu'est-ce que l'ESS ?")]
        answers = s.messages(s.channel)
        assert all([await s.service.exchange_of("discord", str(answer.id)) for answer in answers])

        await s.env.bot.get_channel(s.channel.id).delete_messages([discord.Object(q.id) for q in questions])
        await s.env.settle()

        kept = [await s.service.exchange_of("discord", str(answer.id)) for answer in answers]
        assert (len(answers), kept) == (2, [None, None])


async def test_a_mention_without_a_question_gets_an_example(bundled: Bundled, tmp_path: Path) -> None:
    async with scene(bundled, tmp_path) as s:
        answer = await s.asked("")

        assert "Votre question est vide" in shown(answer)
        assert s.channel.threads[-1].name == messages.THREAD_WITHOUT_NAME
