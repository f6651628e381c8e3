"""The texts that a language model is given: Markdown files with `$variables`, and the one way to fill them."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from string import Template

FOLDER = Path(__file__).parent


class PromptError(KeyError):
    """A prompt that does not exist, or variables that are not exactly those of its text."""


@cache
def load(name: str) -> Template:
    """The prompt `name.md`."""
    try:
        return Template((FOLDER / f"{name}.md").read_text(encoding="utf-8").strip())
    except FileNotFoundError:
        raise PromptError(f"no prompt {name}") from None


def variables(name: str) -> frozenset[str]:
    """The variables that a prompt's text holds."""
    return frozenset(load(name).get_identifiers())


def render(name: str, values: Mapping[str, str]) -> str:
    """The prompt with every variable filled; one missing or one too many is a `PromptError`."""
    wanted = variables(name)
    if wanted != set(values):
        raise PromptError(f"{name}: wants {sorted(wanted)}, given {sorted(values)}")
    # Values are put in as they are: a « $ » inside one is text.
    return load(name).substitute(values)
