"""The standard streams, made safe: closed, in a locale without accents, or left by who was reading them."""

import os
import sys
from io import TextIOWrapper
from pathlib import Path


def prepare_streams() -> None:
    """UTF-8 in pipes and files whatever the locale; what can't be encoded is replaced, never a crash."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            # Open for as long as the process lives.
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115
        stream = getattr(sys, name)
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="replace")


def abandon_output() -> None:
    """Nobody reads stdout any more, or the disk is full: what is left in its buffer goes nowhere, silently."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
