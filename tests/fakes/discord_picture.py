"""A picture of an answer as Discord shows it: the messages that the bot really sent, drawn by headless Chromium.

`python tests/fakes/discord_picture.py` asks `ptce serve discord` over the loopback server and writes
`tests/pictures/discord-answer.png`. It needs Chromium (`chromium`, `chromium-browser` or `google-chrome`).
"""

import asyncio
import html
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

TESTS = Path(__file__).parents[1]
if __name__ == "__main__":
    sys.path.insert(0, str(TESTS))

from fakes.discord_process import served  # noqa: E402
from fakes.discord_server import fake_discord  # noqa: E402
from fakes.discord_world import Json  # noqa: E402

PICTURE = TESTS / "pictures" / "discord-answer.png"
PERSON, QUESTION, FOLLOW_UP = "Léa (cellule Bretagne)", "Comment devenir un PTCE ?", "et qui contacter en Bretagne ?"
WIDTH, SCALE = 860, 1.25
BUTTON_CLASSES = {1: "primary", 2: "secondary", 5: "secondary"}
STYLE = """
* { box-sizing: border-box; margin: 0 }
body { background: #313338; color: #dbdee1; width: 860px; padding: 0 0 16px;
       font: 16px/1.375 "gg sans", "Noto Sans", "Helvetica Neue", Arial, sans-serif }
header { display: flex; align-items: center; gap: 8px; height: 48px; padding: 0 16px; border-bottom: 1px solid #26282c;
         color: #f2f3f5; font-weight: 600; margin-bottom: 12px }
header span { color: #80848e; font-size: 22px }
article { display: flex; gap: 16px; padding: 6px 16px; margin-top: 10px }
.face { flex: none; width: 40px; height: 40px; border-radius: 50%; display: grid; place-items: center; color: #fff;
        font-weight: 600 }
.who { font-weight: 500; color: #f2f3f5 }
.app { background: #5865f2; color: #fff; font-size: 10px; font-weight: 600; border-radius: 3px; padding: 1px 4px;
       margin-left: 4px; vertical-align: 2px }
.when { color: #949ba4; font-size: 12px; margin-left: 8px }
.mention { background: #3c4270; color: #c9cdfb; border-radius: 3px; padding: 0 2px; font-weight: 500 }
.embed { background: #2b2d31; border-left: 4px solid; border-radius: 4px; padding: 8px 16px 14px 12px; margin-top: 4px;
         max-width: 520px; font-size: 14px; line-height: 18px }
.embed .title { font-weight: 600; color: #f2f3f5; font-size: 16px; margin-top: 8px }
.embed .text { margin-top: 8px; white-space: pre-wrap }
.embed .name { font-weight: 600; color: #f2f3f5; margin: 10px 0 2px }
.embed .footer { color: #b5bac1; font-size: 12px; margin-top: 10px }
.reply { color: #b5bac1; font-size: 13px }
a { color: #00a8fc; text-decoration: none }
.row { display: flex; gap: 8px; margin-top: 6px }
button { border: 0; border-radius: 3px; color: #fff; font: 500 14px/1 inherit; font-family: inherit; height: 32px;
         padding: 0 16px }
.primary { background: #5865f2 } .secondary { background: #4e5058 }
"""


def page(name: str, messages: Sequence[Json], mine: str) -> str:
    """The conversation as Discord's dark theme shows it."""
    body = "".join(_message(message, mine) for message in messages)
    bar = f"<header><span>#</span>{html.escape(name)}</header>"
    return f"<!doctype html><html lang=fr><meta charset=utf-8><style>{STYLE}</style>{bar}{body}</html>"


def _message(message: Json, mine: str) -> str:
    author = message["author"]
    bot = author["id"] == mine
    face = f"<div class=face style='background:{'#2f6fde' if bot else '#b0506e'}'>{author['username'][0]}</div>"
    badge = "<span class=app>APP</span>" if bot else ""
    who = f"<span class=who>{html.escape(author['username'])}</span>{badge}<span class=when>aujourd'hui à 10:24</span>"
    content = re.sub(r"&lt;@\d+&gt;", "<span class=mention>@Assistant PTCE</span>", html.escape(message["content"]))
    quoted = html.escape(message.get("reply", ""))
    parts = [
        f"<div class=reply>↱ {quoted}</div>" if quoted else "",
        f"<div>{who}</div>",
        f"<div>{content}</div>" if content else "",
        *map(_embed, message["embeds"]),
        *map(_row, message["components"]),
    ]
    return f"<article>{face}<div>{''.join(parts)}</div></article>"


def _embed(embed: Json) -> str:
    parts = [f"<div class=title>{markdown(embed['title'])}</div>" if embed.get("title") else ""]
    parts.append(f"<div class=text>{markdown(embed['description'])}</div>" if embed.get("description") else "")
    for one in embed.get("fields", []):
        parts.append(f"<div class=name>{markdown(one['name'])}</div><div>{markdown(one['value'])}</div>")
    parts.append(f"<div class=footer>{html.escape(embed['footer']['text'])}</div>" if embed.get("footer") else "")
    return f"<div class=embed style='border-color:#{embed['color']:06x}'>{''.join(parts)}</div>"


def _row(row: Json) -> str:
    made = (f"<button class={BUTTON_CLASSES[b['style']]}>{html.escape(b['label'])}</button>" for b in row["components"])
    return f"<div class=row>{''.join(made)}</div>"


def markdown(text: str) -> str:
    """The little of Discord's Markdown that answers use: escapes, bold, links, plain addresses."""
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(found[1])
        return f"\0{len(kept) - 1}\0"

    shown = html.escape(re.sub(r"\\([^\w\s])", keep, text), quote=False)
    shown = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", shown)
    shown = re.sub(r"\[([^\]]+)\]\((https?://[^)]+)\)", r"<a>\1</a>", shown)
    shown = re.sub(r"(?<![\">])(https?://[^\s<]+)", r"<a>\1</a>", shown)
    return re.sub(r"\0(\d+)\0", lambda found: html.escape(kept[int(found[1])]), shown).replace("\n", "<br>")


async def conversation() -> tuple[list[Json], str]:
    """What a person and the bot said, and the bot's id."""
    async with fake_discord() as discord:
        channel = discord.world.add_channel(discord.world.add_guild("Cellules PTCE"), "questions-ptce")
        person = discord.world.add_user(PERSON)
        with tempfile.TemporaryDirectory() as data:
            async with served(discord, {"PTCE_DATA__DIR": data}):
                asked = await discord.mention(person, channel, QUESTION)
                await discord.reply_to(asked)
                thread = discord.thread(asked)
                more = await discord.say(person, thread, FOLLOW_UP)
                await discord.reply_to(more)
                await discord.until(lambda: len(discord.replies(thread)) == 2)
        first, more, second = discord.world.messages[thread["id"]].values()
        second = second | {"reply": f"{PERSON} : {more['content']}"}
        return [asked, first, more, second], discord.world.bot["id"]


def draw(text: str, picture: Path) -> None:
    """The page as a PNG as tall as it needs to be, in few colours."""
    from PIL import Image, ImageChops

    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        sys.exit("Chromium manque : apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder:
        source, shot = Path(folder) / "page.html", Path(folder) / "page.png"
        source.write_text(text, encoding="utf-8")
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--screenshot={shot}"]
        size = [
            f"--window-size={WIDTH},4000",
            f"--force-device-scale-factor={SCALE}",
            f"--user-data-dir={folder}/profile",
        ]
        subprocess.run([browser, *options, *size, source.as_uri()], check=True, capture_output=True, timeout=120)
        image = Image.open(shot).convert("RGB")
        background = Image.new("RGB", image.size, image.getpixel((2, image.height - 2)))
        bottom = ImageChops.difference(image, background).getbbox()[3]
        picture.parent.mkdir(exist_ok=True)
        cropped = image.crop((0, 0, image.width, min(image.height, bottom + int(20 * SCALE))))
        cropped.quantize(128, dither=Image.Dither.NONE).save(picture, optimize=True)


def main() -> None:
    messages, mine = asyncio.run(conversation())
    draw(page(QUESTION, messages, mine), PICTURE)


if __name__ == "__main__":
    main()
