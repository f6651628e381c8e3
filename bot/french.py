"""Typer in French: its fixed English strings, translated where it looks them up.

Typer reads its panel titles through `gettext` while it is imported; a real catalogue would depend on the machine's
locale, so the lookup is answered from this table during that import, and put back afterwards.
"""

import gettext
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_STRINGS = {
    "(deprecated) ": "(obsolète) ",
    "[default: {}]": "[par défaut : {}]",
    "[env var: {}]": "[variable : {}]",
    "[required]": "[obligatoire]",
    "Arguments": "Arguments",
    "Options": "Options",
    "Commands": "Commandes",
    "Error": "Erreur",
    "Aborted.": "Interrompu.",
    "Aborted!": "Interrompu.",
    "Try [blue]'{command_path} {help_option}'[/] for help.": "Pour l'aide : [blue]{command_path} {help_option}[/]",
    "Missing command.": "Il manque une commande.",
    "No such command {name!r}.": "La commande {name!r} n'existe pas.",
    "Show this message and exit.": "Affiche cette aide.",
}
_USAGE = (
    (r"No such option: (\S+?)(?: \(Possible options: (.*)\))?$", r"l'option \1 n'existe pas"),
    (r"No such command '(.+?)'.*", r"la commande « \1 » n'existe pas"),
    (r"Missing argument '?(.+?)'?\.?$", r"il manque l'argument \1"),
    (r"Missing option '?(.+?)'?\.?$", r"il manque l'option \1"),
    (r"Option '?(.+?)'? requires an argument\.?", r"l'option \1 attend une valeur"),
    (
        r"Got unexpected extra argument(?:s|\(s\))? \((.*)\)",
        r"argument en trop : \1 (mettez la question entre guillemets)",
    ),
    (
        r"Invalid value for '?(.+?)'?: (?:File|Path|Directory) '(.+)' does not exist\.",
        r"\1 : le fichier \2 n'existe pas",
    ),
    (r"Invalid value for '?(.+?)'?: (.*)", r"valeur refusée pour \1 : \2"),
    (r"Invalid value: (.*)", r"\1"),
    (r"Option '?(.+?)'? does not take a value\.?", r"l'option \1 n'attend pas de valeur"),
)


@contextmanager
def french_typer() -> Iterator[None]:
    """Inside, importing Typer gives it French strings."""
    original = gettext.gettext
    gettext.gettext = lambda message: _STRINGS.get(message, original(message))
    try:
        yield
    finally:
        gettext.gettext = original
    _translate_help_option()


def _translate_help_option() -> None:
    """Typer's own copy of Click has this one string outside gettext; the method is a public one of every command."""
    from typer.core import TyperCommand, TyperGroup

    for kind in (TyperCommand, TyperGroup):
        setattr(kind, "get_help_option", _in_french(kind.get_help_option))  # noqa: B010


def _in_french(get_help_option: Callable[..., Any]) -> Callable[..., Any]:
    def translated(self: Any, context: Any) -> Any:
        option = get_help_option(self, context)
        if option is not None:
            option.help, option.metavar = _STRINGS["Show this message and exit."], ""
        return option

    return translated


def usage_error(message: str) -> str:
    """A usage error of Typer as a French sentence (unchanged when it is one of ours)."""
    for pattern, french in _USAGE:
        if re.match(pattern, message):
            return re.sub(pattern, french, message)
    return message
