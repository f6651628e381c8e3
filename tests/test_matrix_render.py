"""What the bot says as Matrix content: everything escaped, only known links, nothing lost when cut."""

import json
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from conftest import Bundled

from bot.channel import Reply
from bot.matrix.render import MAX_CHARACTERS, edit_of, reply_contents, text_contents

HOSTILE = '<img src=x onerror=alert(1)> & "@room" https://pirate.example [clic](https://pirate.example)'
# An event is refused over this size; encryption turns three bytes into four and adds its keys.
EVENT_BYTES = 65_536


class Seen(HTMLParser):
    """The text that a person sees, and the tags."""

    def __init__(self) -> None:
        super().__init__()
        self.text, self.tags, self.links = "", set(), []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.tags.add(tag)
        self.links += [value for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.text += data


def seen(html: str) -> Seen:
    parser = Seen()
    parser.feed(html)
    parser.close()
    return parser


def test_nothing_said_becomes_markup_a_link_or_a_ring() -> None:
    (content,) = text_contents(HOSTILE)

    shown = seen(content["formatted_body"])
    assert (shown.tags, shown.links, shown.text) == ({"p"}, [], HOSTILE)
    assert content["m.mentions"] == {}


def test_the_sources_of_an_answer_are_a_list_with_links(bundled: Bundled) -> None:
    answer = bundled.assistant.ask("Comment devenir un PTCE ?")

    (content,) = reply_contents(Reply("x", "", answer), 2000)

    shown = seen(content["formatted_body"])
    addresses = {source.url for citation in answer.citations for source in citation.sources if source.url}
    assert set(shown.links) == addresses != set()
    assert {"ul", "li", "strong"} <= shown.tags
    assert answer.answer in content["body"]
    assert all(address in content["body"] for address in addresses)


def test_a_question_that_was_cut_is_said_so(bundled: Bundled) -> None:
    answer = bundled.assistant.ask("Comment devenir un PTCE ?")

    (content,) = reply_contents(Reply("x", "", answer, truncated=True), 2000)

    assert "2000 premiers caractères" in content["body"]


@pytest.mark.parametrize("text", ["é" * 30_000, "&<>" * 9_000, "Une phrase. " * 3_000, "- un\n" * 6_000, "🎉" * 20_000])
def test_what_is_too_long_for_one_event_is_several(text: str) -> None:
    contents = text_contents(text)

    assert len(contents) > 1
    assert all(len(c["body"]) <= MAX_CHARACTERS for c in contents)
    assert "".join("".join(c["body"].split()) for c in contents) == "".join(text.split())
    assert all(
        len(json.dumps(edit_of(c, "$1"), ensure_ascii=False).encode()) * 4 / 3 + 2000 < EVENT_BYTES for c in contents
    )


def test_an_answer_that_a_model_wrote_says_so(bundled: Bundled) -> None:
    answer = replace(bundled.assistant.ask("Comment devenir un PTCE ?"), mode="generative")

    (content,) = reply_contents(Reply("x", "", answer), 2000)

    assert "Rédigé par un modèle de langue" in content["body"]


def test_what_no_event_can_carry_is_left_out() -> None:
    (content,) = text_contents("a\x00b\x1bc\ud800d")

    assert content["body"] == "abc?d"


def test_an_edit_replaces_the_message_and_says_so_to_old_clients() -> None:
    (content,) = text_contents("Nouveau")

    edit = edit_of(content, "$1")

    assert edit["m.new_content"] == content
    assert edit["body"] == "* Nouveau"
    assert edit["m.relates_to"] == {"rel_type": "m.replace", "event_id": "$1"}
