"""Discord's own limits on what an application sends; each breach is a code, a path and Discord's words.

Numbers from https://discord.com/developers/docs (message, embed, component and command structures).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

CONTENT = 2000
EMBEDS = 10
EMBED_TOTAL = 6000
EMBED_TEXTS = {"title": 256, "description": 4096}
FIELDS = 25
ROWS = 5
BUTTONS_IN_A_ROW = 5
CUSTOM_ID = 100
BUTTON_LABEL = 80
MODAL_TITLE = 45
INPUT_LABEL = 45
CHOICES = 25
THREAD_NAME = 100
INVALID_FORM = 50035
EMPTY_MESSAGE = 50006
COMMAND_NAME = re.compile(r"[-_\w]{1,32}")
BUTTON, TEXT_INPUT, ACTION_ROW, LABEL, LINK_STYLE = 2, 4, 1, 18, 5


@dataclass
class RefusalError(Exception):
    """An answer that is not 2xx: HTTP status, Discord's code and message, and the faults found in the form."""

    status: int
    code: int
    message: str
    faults: dict[str, str] = field(default_factory=dict)
    retry_after: float = 0

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {"message": self.message, "code": self.code}
        if self.retry_after:
            body |= {"retry_after": self.retry_after, "global": False}
        for path, fault in self.faults.items():
            here = body.setdefault("errors", {})
            for part in path.split("."):
                here = here.setdefault(part, {})
            here["_errors"] = [{"code": "BASE_TYPE", "message": fault}]
        return body


def unknown(what: str, code: int) -> RefusalError:
    return RefusalError(404, code, f"Unknown {what}")


def missing_permission() -> RefusalError:
    return RefusalError(403, 50013, "Missing Permissions")


def refuse_if(faults: Mapping[str, str]) -> None:
    if faults:
        raise RefusalError(400, INVALID_FORM, "Invalid Form Body", dict(faults))


def refuse_archived(channel: Mapping[str, Any]) -> None:
    if channel.get("thread_metadata", {}).get("archived"):
        raise RefusalError(400, 50083, "Thread is archived")


def check_message(message: Mapping[str, Any]) -> None:
    """What holds for a message in a channel, an answer to an interaction and a follow-up alike."""
    embeds, rows = message.get("embeds") or [], message.get("components") or []
    if not (message.get("content") or embeds or rows):
        raise RefusalError(400, EMPTY_MESSAGE, "Cannot send an empty message")
    faults = _too_long(message, {"content": CONTENT})
    if len(embeds) > EMBEDS:
        faults["embeds"] = f"Must be {EMBEDS} or fewer in length."
    for number, embed in enumerate(embeds):
        faults |= {f"embeds.{number}.{path}": fault for path, fault in _embed_faults(embed).items()}
    if sum(embed_length(embed) for embed in embeds) > EMBED_TOTAL:
        faults["embeds"] = f"Embed size exceeds maximum size of {EMBED_TOTAL}"
    refuse_if(faults | _row_faults(rows))


def embed_length(embed: Mapping[str, Any]) -> int:
    """Characters that count towards the total: title, description, fields, footer, author."""
    parts = [embed.get("title"), embed.get("description")]
    parts += [embed.get("footer", {}).get("text"), embed.get("author", {}).get("name")]
    parts += [text for one in embed.get("fields", []) for text in (one.get("name"), one.get("value"))]
    return sum(len(part) for part in parts if part)


def _too_long(holder: Mapping[str, Any], limits: Mapping[str, int]) -> dict[str, str]:
    over = {name: limit for name, limit in limits.items() if len(holder.get(name) or "") > limit}
    return {name: f"Must be {limit} or fewer in length." for name, limit in over.items()}


def _embed_faults(embed: Mapping[str, Any]) -> dict[str, str]:
    faults = _too_long(embed, EMBED_TEXTS)
    faults |= {f"footer.{k}": v for k, v in _too_long(embed.get("footer", {}), {"text": 2048}).items()}
    faults |= {f"author.{k}": v for k, v in _too_long(embed.get("author", {}), {"name": 256}).items()}
    fields = embed.get("fields", [])
    if len(fields) > FIELDS:
        faults["fields"] = f"Must be {FIELDS} or fewer in length."
    for number, one in enumerate(fields):
        faults |= {f"fields.{number}.{k}": v for k, v in _too_long(one, {"name": 256, "value": 1024}).items()}
        faults |= {f"fields.{number}.{k}": "This field is required" for k in ("name", "value") if not one.get(k)}
    if (url := embed.get("url")) and not re.match(r"https?://\S+$", url):
        faults["url"] = "Not a well formed URL."
    return faults


def _row_faults(rows: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    rows = list(rows)
    faults = {"components": f"Must be {ROWS} or fewer in length."} if len(rows) > ROWS else {}
    seen: set[str] = set()
    for r, row in enumerate(rows):
        buttons = row.get("components", [])
        if row.get("type") != ACTION_ROW or not 1 <= len(buttons) <= BUTTONS_IN_A_ROW:
            faults[f"components.{r}"] = f"Must be an action row of 1 to {BUTTONS_IN_A_ROW} components."
        for b, button in enumerate(buttons):
            faults |= {f"components.{r}.components.{b}.{k}": v for k, v in _button_faults(button, seen).items()}
    return faults


def _button_faults(button: Mapping[str, Any], seen: set[str]) -> dict[str, str]:
    faults = _too_long(button, {"custom_id": CUSTOM_ID, "label": BUTTON_LABEL, "url": 512})
    if button.get("type") != BUTTON:
        return {"type": "Only buttons are known to this server"}
    if not (button.get("label") or button.get("emoji")):
        faults["label"] = "This field is required"
    needed, other = ("url", "custom_id") if button.get("style") == LINK_STYLE else ("custom_id", "url")
    if not button.get(needed) or button.get(other):
        faults[needed] = "This field is required, and the other one forbidden"
    if (custom_id := button.get("custom_id")) in seen:
        faults["custom_id"] = "Component custom id cannot be duplicated"
    seen.add(custom_id or f"link {len(seen)}")
    return faults


def check_choices(choices: list[Mapping[str, Any]]) -> None:
    faults = {"choices": f"Must be {CHOICES} or fewer in length."} if len(choices) > CHOICES else {}
    for number, choice in enumerate(choices):
        for key in ("name", "value"):
            if not 1 <= len(str(choice[key])) <= 100:
                faults[f"choices.{number}.{key}"] = "Must be between 1 and 100 in length."
    refuse_if(faults)


def check_modal(modal: Mapping[str, Any]) -> None:
    faults = _too_long(modal, {"title": MODAL_TITLE, "custom_id": CUSTOM_ID})
    faults |= {key: "This field is required" for key in ("title", "custom_id") if not modal.get(key)}
    if not 1 <= len(modal.get("components", [])) <= ROWS:
        faults["components"] = f"Must be between 1 and {ROWS} in length."
    for number, holder in enumerate(modal.get("components", [])):
        label, box = modal_input(holder)
        if not 1 <= len(label) <= INPUT_LABEL:
            faults[f"components.{number}.label"] = f"Must be between 1 and {INPUT_LABEL} in length."
        faults |= {
            f"components.{number}.{k}": v for k, v in _too_long(box, {"placeholder": 100, "value": 4000}).items()
        }
    refuse_if(faults)


def modal_input(holder: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """The label and the text input of one line of a modal, in its old shape (a row) or its new one (a label)."""
    if holder["type"] == LABEL:
        return holder.get("label", ""), holder["component"]
    return holder["components"][0].get("label") or "", holder["components"][0]


def check_commands(commands: list[Mapping[str, Any]]) -> None:
    faults: dict[str, str] = {}
    for number, command in enumerate(commands):
        faults |= {f"{number}.{k}": v for k, v in _command_faults(command).items()}
        for o, option in enumerate(command.get("options", [])):
            faults |= {f"{number}.options.{o}.{k}": v for k, v in _command_faults(option).items()}
    if len({command["name"] for command in commands}) < len(commands):
        faults["name"] = "Application command names must be unique"
    refuse_if(faults)


def _command_faults(command: Mapping[str, Any]) -> dict[str, str]:
    faults = {}
    if not COMMAND_NAME.fullmatch(command["name"]) or command["name"] != command["name"].lower():
        faults["name"] = "Command name is invalid"
    if not 1 <= len(command.get("description", "")) <= 100:
        faults["description"] = "Must be between 1 and 100 in length."
    return faults
