"""What an answer looks like on Discord: whole, within its limits, and never taken for Markdown or a mention."""

import re

import discord
import pytest
from conftest import Bundled
from fakes.discord_bot import citation
from fakes.discord_rules import check_message

from bot.cards import Card
from bot.discord.render import answer_embeds, card_embeds, escape, markers, plain_parts, quote_embeds, shorten, spaced
from bot.discord.views import answer_view, why_form
from knowledge.model import Answer, Citation, Timings

EXCHANGE = "0123456789abcdef0123456789abcdef"


def an_answer(text: str = "Une réponse [1].", citations: tuple[Citation, ...] = (), **more: object) -> Answer:
    given = {"verdict": "answered", "reason": None, "suggestions": (), "mode": "extractive", "confidence": 0.9}
    return Answer("Une question ?", text, citations=citations, timings_ms=Timings(0, 0, 0, 0), **given | more)


def sentences(count: int) -> str:
    return " ".join(
        f"La phrase numéro {n} parle d'un pôle et de ses {n * 7} membres [{n % 9 + 1}]." for n in range(count)
    )


def words(text: str) -> list[str]:
    return re.sub(r"\s+", " ", text.replace("\\", "")).split()


def check(embeds: list[discord.Embed]) -> None:
    """Each embed is one message that Discord would take."""
    for embed in embeds:
        check_message({"embeds": [embed.to_dict()]})


@pytest.mark.parametrize("count", [1, 40, 60, 62, 200, 900])
def test_a_long_answer_is_sent_whole_in_order_within_the_limits(count: int) -> None:
    text = sentences(count)

    embeds = answer_embeds(an_answer(text))

    check(embeds)
    assert words(" ".join(embed.description or "" for embed in embeds)) == words(text)


def test_a_long_answer_is_cut_between_sentences() -> None:
    embeds = answer_embeds(an_answer(sentences(200)))

    assert len(embeds) > 2
    assert [e.description for e in embeds if not (e.description or "").startswith("La phrase")] == []
    assert [e.description for e in embeds if not re.search(r"\[\d\]\.$", e.description or "")] == []


@pytest.mark.parametrize("count", [1, 8, 30, 200])
def test_every_source_is_listed_once_however_many_there_are(count: int) -> None:
    citations = tuple(citation(n, title=f"Le rapport n° {n} " + "sur les pôles " * 9) for n in range(1, count + 1))

    embeds = answer_embeds(an_answer(sentences(55), citations))

    check(embeds)
    listed = "\n".join(str(field.value) for embed in embeds for field in embed.fields)
    assert re.findall(r"rapport n° (\d+) ", listed) == [str(n) for n in range(1, count + 1)]


def test_a_source_that_stands_behind_several_sentences_is_one_line_with_all_their_markers() -> None:
    cited = (citation(1, url="https://exemple.org/a"), citation(1, url="https://exemple.org/a"), citation(3))
    shared = (cited[0], Citation(2, "p", "d", "t", "s", "q", None, cited[0].sources, "2025", "en_vigueur"), cited[2])

    embed = answer_embeds(an_answer(citations=shared))[0]

    assert embed.fields[0].value == (
        "**[1] [2]** [Titre 1](https://exemple.org/a) · Éditeur, décembre 2025\n"
        "**[3]** Titre 3 · Éditeur, décembre 2025"
    )


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("**gras** _souligné_ ~~barré~~", r"\*\*gras\*\* \_souligné\_ \~\~barré\~\~"),
        ("`code` ```bloc```", r"\`code\` \`\`\`bloc\`\`\`"),
        ("||caché||", r"\|\|caché\|\|"),
        ("# Titre\n## Titre", "\\# Titre\n\\## Titre"),
        ("-# petit", r"\-# petit"),
        ("> cité\n>>> cité", "\\> cité\n\\>>> cité"),
        ("[cliquez](https://exemple.org) [ici](https://exemple.org)", None),
        ("<@123> <@&4> <#5> <:nom:6> <t:0:R>", r"\<@123> \<@&4> \<#5> \<:nom:6> \<t:0:R>"),
        ("@everyone et @here", "@\u200beveryone et @\u200bhere"),
        ("\\*déjà\\*", r"\\\*déjà\\\*"),
        ("voir https://exemple.org/a_b_c*d (bas)", "voir https://exemple.org/a_b_c*d (bas)"),
        ("Une phrase [1]. Une autre [2] (suite).", "Une phrase [1]. Une autre [2] (suite)."),
        ("1) d'abord\n- puis\nmory@cress-bretagne.org", "1) d'abord\n- puis\nmory@cress-bretagne.org"),
    ],
)
def test_what_a_quote_holds_is_shown_as_it_stands(written: str, shown: str | None) -> None:
    escaped = escape(written)

    if shown is not None:
        assert escaped == shown
    assert not re.search(r"\]\(", escaped)


def test_a_source_whose_title_or_address_is_hostile_stays_one_harmless_link() -> None:
    cited = citation(1, title="A](https://mal.org) *b* @everyone", url="https://exemple.org/x_(y)")
    odd = citation(2, title="B", url="javascript:alert(1)")

    value = answer_embeds(an_answer(citations=(cited, odd)))[0].fields[0].value or ""

    assert re.findall(r"\]\(([^)]*)\)", value) == ["https://exemple.org/x_%28y%29"]
    assert "javascript" not in value


def test_the_quotes_behind_an_answer_come_with_document_section_date_and_publisher() -> None:
    embeds = quote_embeds([citation(1, "La phrase *exacte*.", url="https://exemple.org")])

    assert embeds[0].description == (
        "**[1] Un document**, « Une section ? » (décembre 2025, en vigueur)\n> La phrase \\*exacte\\*.\n"
        "— [Titre 1](https://exemple.org) · Éditeur, décembre 2025"
    )


def test_many_quotes_are_shown_whole_within_the_limits() -> None:
    embeds = quote_embeds([citation(n, f"Citation {n}. " + sentences(12)) for n in range(1, 40)])

    check(embeds)
    shown = " ".join(embed.description or "" for embed in embeds)
    assert re.findall(r"Citation (\d+)\.", shown) == [str(n) for n in range(1, 40)]


def test_a_channel_without_embeds_gets_the_same_words_as_text() -> None:
    answer = an_answer(sentences(80), (citation(1, url="https://exemple.org/a"),))

    parts = plain_parts(answer_embeds(answer))

    for part in parts:
        check_message({"content": part})
    assert words(answer.answer) == words(" ".join(parts))[: len(words(answer.answer))]
    assert "https://exemple.org/a" in parts[-1]


def test_buttons_fit_whatever_the_suggestions() -> None:
    answer = an_answer(citations=(citation(),), suggestions=("Courte ?", "Longue " * 40 + "?", "É" * 300))

    view = answer_view(EXCHANGE, answer)

    assert view is not None
    check_message({"content": "x", "components": view.to_components()})
    labels = [button["label"] for row in view.to_components() for button in row["components"]]
    assert labels[0] == "Courte ?"
    assert labels[-3:] == ["Sources", "Utile", "Pas utile"]


def test_an_answer_that_is_not_kept_offers_no_rating() -> None:
    assert answer_view("", an_answer(citations=(citation(),))) is None


def test_a_refusal_offers_its_suggestions_and_no_sources() -> None:
    refusal = an_answer("Je ne sais pas.", verdict="refused", reason="hors_sujet", suggestions=("A ?", "B ?"))

    view = answer_view(EXCHANGE, refusal)

    assert view is not None
    labels = [button["label"] for row in view.to_components() for button in row["components"]]
    assert labels == ["A ?", "B ?", "Utile", "Pas utile"]


def test_the_form_of_pas_utile_asks_one_thing_that_may_be_left_empty() -> None:
    lines = why_form(EXCHANGE).to_dict()["components"]

    assert [line["component"]["required"] for line in lines] == [False]


def test_the_card_of_every_document_fits(bundled: Bundled) -> None:
    cards = [bundled_card(bundled, document) for document in bundled.assistant.index.contents.corpus.documents]

    for card in cards:
        check(card_embeds(card))


def bundled_card(bundled: Bundled, document: object) -> Card:
    cited = bundled.assistant.profile(document.id, 1500)
    return Card(document.title, cited.text, cited.citations)


@pytest.mark.parametrize(
    ("numbers", "shown"),
    [([1], "[1]"), ([1, 2], "[1] [2]"), ([1, 2, 3], "[1]–[3]"), ([1, 3, 4, 5, 8], "[1] [3]–[5] [8]")],
)
def test_three_markers_in_a_row_are_a_range(numbers: list[int], shown: str) -> None:
    assert markers(numbers) == shown


def test_paragraphs_have_air_between_them_and_items_have_none() -> None:
    assert spaced("A.\nB.\n1) un\n2) deux\nC.\n\nD.\n- e\n- f") == (
        "A.\n\nB.\n\n1) un\n2) deux\n\nC.\n\nD.\n\n- e\n- f"
    )


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [("court", 10, "court"), ("un deux trois", 10, "un deux…"), ("a" * 20, 10, "a" * 9 + "…"), ("a\n b", 10, "a b")],
)
def test_a_name_is_shortened_at_a_word(text: str, limit: int, short: str) -> None:
    assert shorten(text, limit) == short
