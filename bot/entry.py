"""Runs the `ptce` command: every expected failure is a French sentence and an exit code.

Exit codes: 0 answered (or closest), 3 refused, 1 error, 2 usage, 130 interrupted.
"""

import os
import sys

from bot.cli import app
from bot.french import french_typer, usage_error
from bot.streams import abandon_output, prepare_streams

with french_typer():
    import typer

STOPPED = 130


def main() -> None:
    """The process `ptce`."""
    prepare_streams()
    # Read once, when numpy is loaded: for products as small as ours a second thread costs more than it brings.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """The exit code of `ptce` called with `arguments`."""
    from knowledge.errors import CorpusError, PtceError

    try:
        return _obey(arguments)
    except PtceError as error:
        problems = error.problems if isinstance(error, CorpusError) else ()
        _complain("\n".join([f"Erreur : {error.args[0]}", *problems, *([f"→ {error.cure}"] if error.cure else [])]))
        return 1
    except (KeyboardInterrupt, typer.Abort):
        from bot.messages import INTERRUPTED

        _complain(INTERRUPTED)
        return STOPPED
    except BrokenPipeError:
        abandon_output()
        return 0
    except OSError as error:
        from bot.messages import SYSTEM_REFUSAL

        abandon_output()
        _complain(SYSTEM_REFUSAL.format(reason=error.strerror or error, file=error.filename or "la sortie"))
        return 1
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise
        # Empty when the help was shown instead, since no command was given.
        if message := usage_error(error.format_message()):
            _complain(f"Erreur d'usage : {message}\nPour l'aide : ptce --help")
        return 2


def _obey(arguments: list[str]) -> int:
    try:
        code = app(args=arguments, prog_name="ptce", standalone_mode=False)
    except typer.Exit as stop:
        code = stop.exit_code
    except SystemExit:
        # How Typer meets the reader of our output leaving (`ptce … | head`): nothing is wrong.
        code = 0
    if code == STOPPED:
        # How Typer meets Ctrl-C.
        raise KeyboardInterrupt
    # Written here and not at exit, where a full disk or a reader who left could no longer be told.
    sys.stdout.flush()
    return code if isinstance(code, int) else 0


def _complain(text: str) -> None:
    print(text.encode("utf-8", "replace").decode(), file=sys.stderr)
