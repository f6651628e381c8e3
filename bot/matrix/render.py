"""What the bot says as Matrix content: a notice with a plain body and the same in Matrix's subset of HTML.

The HTML is made of the plain text alone, everything escaped: no document and no question can put markup, a link that no
source has, or a mention into it.
"""

import re
from collections.abc import Iterable
from html import escape
from typing import Any
from urllib.parse import urlsplit

from bot.cards import Card
from bot.channel import Reply
from bot.messages import MODEL_FOOTER, SOURCES_TITLE, SUGGESTIONS_TITLE, TRUNCATED, cited_source
from bot.render import answer_text
from bot.splitting import split_text
from knowledge.model import Citation

# An event holds 65,536 bytes (specification, « Size limits »); encryption turns three of them into four, and an edit
# carries its plain text twice.
MAX_CHARACTERS = 8_000
MAX_BYTES = 40_000
Content = dict[str, Any]
_ITEM = re.compile(r"- |(?:\[\d+\] )+")
_TITLES = (f"{SOURCES_TITLE} :", f"{SUGGESTIONS_TITLE} :")


def reply_contents(reply: Reply, limit: int) -> list[Content]:
    """A reply as one message, or several when it is very long; `limit` is what was read of a question cut short."""
    if reply.answer is None:
        return text_contents(reply.text)
    text = answer_text(reply.answer)
    if reply.answer.mode == "generative":
        text = f"{text}\n\n{MODEL_FOOTER}"
    if reply.truncated:
        text = f"{TRUNCATED.format(limit=limit)}\n\n{text}"
    return text_contents(text, _addresses(reply.answer.citations))


def card_contents(card: Card) -> list[Content]:
    """A card: its title, its text, and the sources that its markers point to."""
    sources = [f"[{c.n}] {cited_source(c)}" for c in card.citations]
    blocks = [card.title, card.text, *(["\n".join([_TITLES[0], *sources])] if sources else [])]
    return text_contents("\n\n".join(blocks), _addresses(card.citations), title=card.title)


def text_contents(text: str, addresses: Iterable[str] = (), title: str = "") -> list[Content]:
    """A text as messages; only the given addresses become links."""
    known = tuple(addresses)
    # What no JSON in UTF-8 can carry, and the controls that clients refuse, are left out.
    safe = "".join(c for c in text.encode("utf-8", "replace").decode() if c >= " " or c in "\n\t")
    return _fitting(safe, known, title, MAX_CHARACTERS)


def edit_of(content: Content, event_id: str) -> Content:
    """The content as the new version of an event; clients that know no edits see it after a star."""
    return {
        "msgtype": content["msgtype"],
        "body": f"* {content['body']}",
        "m.mentions": {},
        "m.new_content": content,
        "m.relates_to": {"rel_type": "m.replace", "event_id": event_id},
    }


def in_thread(content: Content, root: str, after: str) -> Content:
    """The content in a thread; clients that know no threads see a reply to `after`."""
    relation = {"rel_type": "m.thread", "event_id": root, "is_falling_back": True, "m.in_reply_to": {"event_id": after}}
    return {**content, "m.relates_to": relation}


def in_reply(content: Content, to: str) -> Content:
    """The content as a reply, outside of threads."""
    return {**content, "m.relates_to": {"m.in_reply_to": {"event_id": to}}}


def _fitting(text: str, addresses: tuple[str, ...], title: str, limit: int) -> list[Content]:
    contents: list[Content] = []
    for part in split_text(text, limit):
        content = _content(part, _html(part, addresses, title))
        # Escaping makes five characters of one; the plain text counts twice for an edit.
        size = len(content["formatted_body"].encode()) + 2 * len(part.encode())
        contents += [content] if size <= MAX_BYTES else _fitting(part, addresses, title, limit // 2)
    return contents


def _content(body: str, html: str) -> Content:
    # Without an empty `m.mentions`, some servers look for names in the body and ring.
    return {
        "msgtype": "m.notice",
        "body": body,
        "format": "org.matrix.custom.html",
        "formatted_body": html,
        "m.mentions": {},
    }


def _html(text: str, addresses: tuple[str, ...], title: str) -> str:
    blocks = re.split(r"\n{2,}", text)
    return "".join(_block(block.split("\n"), addresses, title) for block in blocks if block)


def _block(lines: list[str], addresses: tuple[str, ...], title: str) -> str:
    parts: list[str] = []
    items: list[str] = []
    prose: list[str] = []
    for line in lines:
        if mark := _ITEM.match(line):
            parts += _paragraph(prose)
            prose = []
            items.append(f"<li>{_inline(line[2:] if mark[0] == '- ' else line, addresses)}</li>")
        else:
            parts += _list(items)
            items = []
            strong = line in _TITLES or line == title
            prose.append(f"<strong>{_escaped(line)}</strong>" if strong else _inline(line, addresses))
    return "".join([*parts, *_paragraph(prose), *_list(items)])


def _paragraph(lines: list[str]) -> list[str]:
    return [f"<p>{'<br/>'.join(lines)}</p>"] if lines else []


def _list(items: list[str]) -> list[str]:
    return [f"<ul>{''.join(items)}</ul>"] if items else []


def _inline(line: str, addresses: tuple[str, ...]) -> str:
    """The line escaped, with the known addresses as links."""
    if not addresses:
        return _escaped(line)
    pattern = "|".join(re.escape(a) for a in sorted(addresses, key=len, reverse=True))
    parts = re.split(f"({pattern})", line)
    return "".join(_link(part) if n % 2 else _escaped(part) for n, part in enumerate(parts))


def _escaped(text: str) -> str:
    # Apostrophes stay as they are: French is full of them.
    return escape(text, quote=False)


def _link(address: str) -> str:
    return f'<a href="{escape(address)}">{_escaped(urlsplit(address).netloc)}</a>'


def _addresses(citations: Iterable[Citation]) -> set[str]:
    found = {source.url for citation in citations for source in citation.sources if source.url}
    return {url for url in found if urlsplit(url).scheme in ("http", "https")}
