"""What a Matrix event says, and whether it is for the bot: no server needed."""

import pytest

from bot.matrix.events import Message, Self, command_of, read_message

ME = Self("@ptce:exemple.org", ("Assistant PTCE", "ptce"))


def event(body: str = "Bonjour", **content) -> dict:
    return {
        "type": "m.room.message",
        "event_id": "$1",
        "sender": "@alice:exemple.org",
        "content": {"msgtype": "m.text", "body": body} | content,
    }


def message(text: str, **fields) -> Message:
    return Message("$1", "@alice:exemple.org", text, **fields)


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"type": "m.room.message"},
        {"type": "m.room.message", "content": []},
        event(msgtype="m.notice"),
        event(msgtype="m.image"),
        event(body=3),
        event(**{"m.relates_to": {"rel_type": "m.replace", "event_id": "$0"}}),
        event(**{"m.relates_to": {"rel_type": "m.replace", "event_id": "$0"}, "m.new_content": "x"}),
    ],
)
def test_what_is_not_a_persons_text_is_no_message(broken: dict) -> None:
    assert read_message(broken) is None


@pytest.mark.parametrize("relation", [None, 3, [], {"rel_type": "m.thread"}, {"rel_type": [], "event_id": {}}])
def test_a_relation_that_is_none_is_ignored(relation: object) -> None:
    found = read_message(event(**{"m.relates_to": relation}))

    assert found == message("Bonjour")


def test_a_thread_with_its_fallback_is_no_reply() -> None:
    relation = {"rel_type": "m.thread", "event_id": "$0", "is_falling_back": True, "m.in_reply_to": {"event_id": "$9"}}

    found = read_message(event(**{"m.relates_to": relation}))

    assert found == message("Bonjour", root="$0")


def test_the_message_that_a_reply_quotes_is_left_out() -> None:
    found = read_message(
        event(
            "> <@ptce:exemple.org> Oui.\n> Voilà.\n\nEt où ?", **{"m.relates_to": {"m.in_reply_to": {"event_id": "$9"}}}
        )
    )

    assert found == message("Et où ?", replies_to="$9")


def test_an_edit_says_its_new_text() -> None:
    relation = {"rel_type": "m.replace", "event_id": "$0"}

    found = read_message(
        event("* Bonsoir", **{"m.relates_to": relation, "m.new_content": {"msgtype": "m.text", "body": "Bonsoir"}})
    )

    assert found == message("Bonsoir", replaces="$0")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("!pole NOLA", ("pole", "NOLA")),
        ("!aide", ("aide", "")),
        ("!ptce Comment ?\nEt où ?", ("ptce", "Comment ?\nEt où ?")),
        ("!sans-reponse", ("sans-reponse", "")),
        ("! aide", None),
        ("!!", None),
        ("Bonjour !aide", None),
        ("!1", None),
    ],
)
def test_a_command_begins_the_message(text: str, expected: tuple[str, str] | None) -> None:
    assert command_of(message(text)) == expected


@pytest.mark.parametrize(
    ("found", "asked"),
    [
        (message("Assistant PTCE: où ?", mentions=frozenset({ME.user_id})), "où ?"),
        (message("Assistant PTCE où ?", mentions=frozenset({ME.user_id})), "où ?"),
        (message("où ? Assistant PTCE", mentions=frozenset({ME.user_id})), "où ?"),
        (message("@ptce:exemple.org où ?"), "où ?"),
        (message("Dis @ptce, où ?"), "Dis où ?"),
        (message("assistant ptce, où ?"), "où ?"),
        (message("@Assistant PTCE qu'est-ce qu'un PTCE ?"), "qu'est-ce qu'un PTCE ?"),
        (
            message("[Assistant PTCE](https://matrix.to/#/@ptce:exemple.org) où ?", mentions=frozenset({ME.user_id})),
            "où ?",
        ),
        (
            message("Assistant PTCE: où ?", html='<a href="https://matrix.to/#/%40ptce%3Aexemple.org">A</a>: où ?'),
            "où ?",
        ),
        (message("@ptce"), ""),
    ],
)
def test_who_names_the_bot_speaks_to_it(found: Message, asked: str) -> None:
    assert ME.is_named(found)
    assert ME.without_name(found) == asked


@pytest.mark.parametrize(
    "found",
    [
        message("Les PTCE sont-ils des associations ?"),
        message("PTCE : c'est quoi ?"),
        message("Le ptce: un outil"),
        message("@ptce:autre.org où ?"),
        message("@ptceux où ?"),
        message("ecris-moi à x@ptce.fr"),
        message("où ?", mentions=frozenset({"@bob:exemple.org"})),
        message("où ?", html='<a href="https://matrix.to/#/@ptce:exemple.org.pirate.net">x</a>'),
    ],
)
def test_who_speaks_of_something_else_does_not(found: Message) -> None:
    assert not ME.is_named(found)


@pytest.mark.parametrize(
    ("me", "text", "asked"),
    [
        (ME, "@Assistant PTCE comment devenir un PTCE", "comment devenir un PTCE"),
        (ME, "@ptce:exemple.org comment devenir un PTCE", "comment devenir un PTCE"),
        (ME, "@ptce, qui est membre d'un PTCE", "qui est membre d'un PTCE"),
        (ME, "PTCE : c'est quoi ?", "PTCE : c'est quoi ?"),
        (ME, "un pôle, c'est un PTCE", "un pôle, c'est un PTCE"),
        (ME, "Assistant PTCE, qui fait l'assistant PTCE", "qui fait l'assistant PTCE"),
        (Self("@cle:exemple.org", ("cle",)), "qui tient la boucle", "qui tient la boucle"),
        (Self("@cle:exemple.org", ("cle",)), "qui tient la boucle, cle", "qui tient la boucle"),
        (Self("@ptce:exemple.org", ("ptce", "Pôle PTCE")), "rejoindre un pôle PTCE", "rejoindre un pôle PTCE"),
    ],
)
def test_only_the_name_that_calls_the_bot_is_left_out_of_the_question(me: Self, text: str, asked: str) -> None:
    assert me.without_name(message(text, mentions=frozenset({me.user_id}))) == asked


def test_without_a_mention_the_subject_of_a_question_is_no_name() -> None:
    found = message("PTCE : c'est quoi ?")

    assert (ME.is_named(found), ME.without_name(found)) == (False, found.text)


def test_a_message_for_somebody_else_is_known() -> None:
    assert ME.is_for_another(message("où ?", mentions=frozenset({"@bob:exemple.org"})))
    assert not ME.is_for_another(message("où ?", mentions=frozenset()))
    assert not ME.is_for_another(message("où ?", mentions=frozenset({"@bob:exemple.org", ME.user_id})))


@pytest.mark.parametrize(
    "hostile", ["[" * 60_000, "a" + " " * 60_000 + "b", "@" * 60_000, "> a\n" * 15_000, "!" + "a-" * 30_000]
)
def test_a_text_made_to_be_slow_is_read_like_any_other(hostile: str) -> None:
    found = read_message(
        event(
            hostile, **{"m.mentions": {"user_ids": [ME.user_id]}, "m.relates_to": {"m.in_reply_to": {"event_id": "$9"}}}
        )
    )

    assert found is not None
    assert ME.is_named(found)
    assert len(ME.without_name(found)) <= len(hostile)
    assert command_of(found) is None or hostile.startswith("!")
