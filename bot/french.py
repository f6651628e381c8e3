"""Typer in French: its fixed English strings, translated where it looks them up.

Typer reads its panel titles through `gettext` while it is imported; a real catalogue would depend on the machine's
locale, so the lookup is answered from this table during that import, and put back afterwards.
"""

import gettext
import re
from collections.abc import Iterator
from contextlib import contextmanager

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
    (r"Got unexpected extra arguments? \((.*)\)", r"argument en trop : \1 (mettez la question entre guillemets)"),
    (
        r"Invalid value for '?(.+?)'?: (?:File|Path|Directory) '(.+)' does not exist\.",
        r"\1 : le fichier \2 n'existe pas",
    ),
    (r"Invalid value for '?(.+?)'?: (.*)", r"valeur refusée pour \1 : \2"),
)


@contextmanager
def french_typer() -> Iterator[None]:
    """While this holds, importing Typer gives it French strings."""
    original = gettext.gettext
    gettext.gettext = lambda message: _STRINGS.get(message, original(message))
    try:
        yield
    finally:
        gettext.gettext = original


def usage_error(message: str) -> str:
    """A usage error of Typer as a French sentence (unchanged when it is one of ours)."""
    for pattern, french in _USAGE:
        if re.match(pattern, message):
            return re.sub(pattern, french, message)
    return message
