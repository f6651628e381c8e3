"""An answer, a card or the quotes behind them, as Discord embeds; nothing is cut, no quote is taken for Markdown."""

import re
from collections.abc import Iterable
from itertools import pairwise

import discord

from bot.cards import Card
from bot.messages import (
    MODEL_FOOTER,
    QUOTED_FOOTER,
    SOURCES_TITLE,
    STATUS_NAMES,
    SUGGESTIONS_BELOW,
    SUGGESTIONS_TITLE,
    cited_quote_head,
    source_words,
)
from bot.splitting import split_text
from knowledge.model import Answer, Citation, Source, Verdict

# Discord's limits: https://discord.com/developers/docs/resources/message#embed-object-embed-limits
DESCRIPTION = 4096
FIELD = 1024
FIELDS = 25
TOTAL = 6000
TITLE = 256
CONTENT = 2000
COLOURS: dict[Verdict, int] = {"answered": 0x2F6FDE, "closest": 0xD9930D, "refused": 0x80848E}
CARD_COLOUR = 0x2F6FDE
# A field needs a name; this one shows nothing.
NAMELESS = "\u200b"
Field = tuple[str, str]
_MARKUP = re.compile(
    r"(?P<url>https?://[^\s<>()]*[^\s<>().,;:!?»\]])"
    r"|(?P<mark>[\\*_~|`<]|(?<=\])\(|(?m:(?<=^)(?:\#{1,3}|-\#|>)(?=\s|>)))"
)
_ITEM = re.compile(r"\d+\) |- ")
_EVERYONE = re.compile(r"@(?=everyone|here)")


def escape(text: str) -> str:
    """The text as it stands, whatever Discord would have made of it; addresses stay addresses."""
    escaped = _MARKUP.sub(lambda found: found["url"] or f"\\{found['mark']}", text)
    return _EVERYONE.sub("@\u200b", escaped)


def spaced(text: str) -> str:
    """The text with air between its paragraphs; the items of a list stay together."""
    lines = [line for line in text.split("\n") if line.strip()]
    listed = [bool(_ITEM.match(line)) for line in lines]
    gaps = ["\n" if both == (True, True) else "\n\n" for both in pairwise(listed)]
    return "".join(part for pair in zip(lines, [*gaps, ""], strict=False) for part in pair)


def answer_embeds(answer: Answer, title: str = "") -> list[discord.Embed]:
    """One embed for each message to send, in order."""
    footer = (MODEL_FOOTER if answer.mode == "generative" else QUOTED_FOOTER) if answer.citations else ""
    fields = _source_fields(answer.citations)
    if answer.suggestions:
        fields.append((SUGGESTIONS_TITLE, SUGGESTIONS_BELOW))
    return _embeds(title, answer.answer, fields, COLOURS[answer.verdict], footer)


def card_embeds(card: Card) -> list[discord.Embed]:
    """The same for what a command shows."""
    footer = QUOTED_FOOTER if card.citations else ""
    return _embeds(card.title, card.text, _source_fields(card.citations), CARD_COLOUR, footer)


def quote_embeds(citations: Iterable[Citation]) -> list[discord.Embed]:
    """Each quote with its document, section and date, and who published what it stands on."""
    return text_embeds("\n\n".join(_quote(citation) for citation in citations), SOURCES_TITLE)


def text_embeds(markdown: str, title: str = "") -> list[discord.Embed]:
    """A text of ours, that may hold Markdown, split where it is too long."""
    embeds = [_embed(part, CARD_COLOUR) for part in split_text(markdown, DESCRIPTION)]
    if title and embeds:
        embeds[0].title = title
    return embeds


def plain_parts(embeds: Iterable[discord.Embed]) -> list[str]:
    """The same as text, for a channel where the bot may not show embeds."""
    return [part for embed in embeds for part in split_text(_plain(embed), CONTENT)]


def _embeds(title: str, text: str, fields: Iterable[Field], colour: int, footer: str) -> list[discord.Embed]:
    embeds = [_embed(part, colour) for part in split_text(spaced(escape(text)), DESCRIPTION)] or [_embed("", colour)]
    embeds[0].title = escape(shorten(title, TITLE // 2)) or None
    for name, value in fields:
        if len(embeds[-1]) + len(name) + len(value) + len(footer) > TOTAL or len(embeds[-1].fields) == FIELDS:
            embeds.append(_embed("", colour))
        embeds[-1].add_field(name=name, value=value, inline=False)
    if footer:
        embeds[-1].set_footer(text=footer)
    return embeds


def _embed(text: str, colour: int) -> discord.Embed:
    return discord.Embed(description=text or None, colour=colour)


def _source_fields(citations: Iterable[Citation]) -> list[Field]:
    """One line for each source, with the numbers of the citations that stand on it, packed into fields."""
    numbers: dict[Source, list[int]] = {}
    for citation in citations:
        for source in citation.sources:
            numbers.setdefault(source, []).append(citation.n)
    lines = (f"**{markers(group)}** {_linked(source)}" for source, group in numbers.items())
    packed = split_text("\n".join(part for line in lines for part in split_text(line, FIELD)), FIELD)
    return [(NAMELESS if number else SOURCES_TITLE, value) for number, value in enumerate(packed)]


def markers(numbers: Iterable[int]) -> str:
    """« [1]–[3] [5] »: three or more in a row as a range."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    shown = (f"[{r[0]}]–[{r[-1]}]" if len(r) > 2 else " ".join(f"[{n}]" for n in r) for r in runs)
    return " ".join(shown)


def _linked(source: Source) -> str:
    """A source with its title as a link, where it has an address."""
    title = escape(source.title)
    if source.url and source.url.startswith(("http://", "https://")) and not re.search(r"\s", source.url):
        label = title.replace("[", "(").replace("]", ")")
        title = f"[{label}]({source.url.replace('(', '%28').replace(')', '%29')})"
    return f"{title} · {escape(source_words(source))}"


def _quote(citation: Citation) -> str:
    head = cited_quote_head(escape(citation.title), escape(citation.section), citation, STATUS_NAMES[citation.status])
    quote = "\n".join(f"> {escape(line)}" for line in citation.quote.splitlines() if line.strip())
    return "\n".join([head, quote, *(f"— {_linked(source)}" for source in citation.sources)])


def _plain(embed: discord.Embed) -> str:
    parts = [embed.title, embed.description, *(f"{f.name}\n{f.value}" for f in embed.fields), embed.footer.text]
    return "\n\n".join(part for part in parts if part)


def shorten(text: str, limit: int) -> str:
    """The text, or its beginning up to a whole word and « … »."""
    flat = " ".join(text.split())
    if len(flat) <= limit:
        return flat
    cut = flat[: limit - 1]
    return f"{cut.rsplit(' ', 1)[0] if ' ' in cut else cut}…"
