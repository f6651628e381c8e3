"""`ptce ask` and `ptce chat`: questions in, answers out."""

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from bot.messages import CHAT_EXIT_WORDS, CHAT_GOODBYE, CHAT_WELCOME, NOT_WRITTEN, TRUNCATED
from bot.render import answer_json, answer_text, explanation_text
from knowledge.assistant import Assistant, Explanation
from knowledge.errors import PtceError
from knowledge.phrases import NOT_WRITTEN as NOT_WRITTEN_REASONS
from knowledge.text import clean

if TYPE_CHECKING:
    from rich.console import Console

STDIN = "-"


class UsageError(Exception):
    """A command line that can't be obeyed; exit code 2."""

    def format_message(self) -> str:
        """The sentence that is printed."""
        return str(self)


def batch_lines(name: str) -> list[str]:
    """The questions of a file, one a line (an empty line is an empty question); `-` is the standard input."""
    try:
        data = sys.stdin.buffer.read() if name == STDIN else Path(name).read_bytes()
    except FileNotFoundError:
        raise UsageError(f"le fichier {name} n'existe pas") from None
    except OSError as error:
        raise UsageError(f"le fichier {name} est illisible ({error.strerror})") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{name} n'est pas en UTF-8 (octet {error.start}) ; enregistrez-le en UTF-8") from None
    return [_question(line) for line in split_lines(text)]


def split_lines(text: str) -> list[str]:
    """The lines of a file: str.splitlines would also cut at form feeds, U+2028 and other controls inside one."""
    return text.replace("\r\n", "\n").removesuffix("\n").split("\n") if text else []


def _question(line: str) -> str:
    """The line itself, or the `question` of a line that is a JSON object."""
    if line.startswith("{"):
        try:
            data = json.loads(line)
        except (ValueError, RecursionError):
            return line
        if isinstance(data, dict) and isinstance(data.get("question"), str):
            return str(data["question"])
    return line


def ask_one(assistant: Assistant, question: str, as_json: bool, explain: bool, errors: "Console") -> bool:
    """Print the answer to one question; whether it was refused."""
    explanation = assistant.explain(question)
    _show(explanation, as_json, explain, errors)
    return explanation.answer.refused


def _show(explanation: Explanation, as_json: bool, explain: bool, errors: "Console") -> None:
    _comment(explanation, explain, errors)
    _print(answer_json(explanation.answer) if as_json else answer_text(explanation.answer))


def ask_batch(assistant: Assistant, questions: Iterable[str], as_json: bool, explain: bool, errors: "Console") -> None:
    """Print one answer after the other, in order, each as soon as it is there."""
    for question in questions:
        if not as_json:
            _print(f"## {clean(question)}\n")
        ask_one(assistant, question, as_json, explain, errors)
        if not as_json:
            _print("")


def converse(assistant: Assistant, explain: bool, errors: "Console") -> None:
    """Questions read line by line until « fin » or the end of the input."""
    errors.print(CHAT_WELCOME, markup=False)
    turn = None
    for line in _typed_lines():
        if line.strip().lower().lstrip("/!:") in CHAT_EXIT_WORDS:
            break
        if line.strip():
            explanation = assistant.explain(line, turn)
            turn = explanation.turn
            _show(explanation, as_json=False, explain=explain, errors=errors)
            _print("")
    errors.print(CHAT_GOODBYE, markup=False)


def _typed_lines() -> Iterator[str]:
    if not sys.stdin.isatty():
        yield from (line.rstrip("\n") for line in sys.stdin)
        return
    while True:
        try:
            yield input("> ")
        except EOFError:
            return


def _comment(explanation: Explanation, explain: bool, errors: "Console") -> None:
    if explanation.question.truncated:
        errors.print(TRUNCATED.format(limit=len(explanation.question.text)), style="yellow", markup=False)
    if explanation.writing and explanation.writing.failure:
        reason = NOT_WRITTEN_REASONS[explanation.writing.failure]
        errors.print(NOT_WRITTEN.format(reason=reason), style="yellow", markup=False, highlight=False)
    if explain:
        errors.print(explanation_text(explanation), markup=False, highlight=False, soft_wrap=True)


def _print(text: str) -> None:
    """To stdout as UTF-8, whatever the locale; wrapped where a person reads it, whole lines in a pipe."""
    if sys.stdout.isatty():
        from rich.console import Console

        Console().print(text.encode("utf-8", "replace").decode(), markup=False, highlight=False)
        return
    try:
        sys.stdout.buffer.write(text.encode("utf-8", "replace") + b"\n")
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise PtceError(
            f"Impossible d'écrire la réponse ({error.strerror}).", "libérez de la place sur le disque"
        ) from None
