"""A chat server on loopback that speaks OpenAI's protocol and says, or does, exactly what a test has scripted.

A script is a list of `Turn`s, used one a request, the last one for ever. Where a turn's text holds `{key:N}` it is
replaced by the key of the Nth passage that the request itself gave, since keys are new at every question.
"""

import json
import re
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PASSAGE = re.compile(r'<passage cle="(\w+)">\n(.*?)\n(.*?)\n</passage>', re.DOTALL)
MISSING = "zzzzz"


@dataclass(frozen=True)
class Passage:
    """A passage as the model was given it."""

    key: str
    title: str
    text: str


@dataclass(frozen=True)
class Asked:
    """What a request brought: its messages, its passages, and its headers."""

    messages: list[dict]
    headers: dict[str, str]

    @property
    def passages(self) -> list[Passage]:
        return [Passage(*found) for message in self.messages for found in PASSAGE.findall(message["content"])]

    @property
    def text(self) -> str:
        return "\n".join(message["content"] for message in self.messages)

    def key_of(self, words: str) -> str:
        """The key of the first passage that holds these words."""
        return next((p.key for p in self.passages if words in p.text), MISSING)


@dataclass(frozen=True)
class Turn:
    """How one request is answered: words, or a fault."""

    text: str | Callable[[Asked], str] = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    # None: as it should be. "hang": headers, then silence. "cut": half of the words, then the line is cut.
    # "drop": the line is cut before any header. "broken": events that are not JSON. "endless": the words for ever.
    fault: str | None = None


class LlmServer:
    """The running server; `asked` is every request so far."""

    def __init__(self) -> None:
        self.script: list[Turn] = []
        self.asked: list[Asked] = []
        self.stopped = threading.Event()
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"server_of": self})
        self._http = _Server(("127.0.0.1", 0), handler)
        self._http.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def says(self, *turns: Turn | str | Callable[[Asked], str]) -> None:
        """Replace the script, and forget what was asked."""
        self.script = [turn if isinstance(turn, Turn) else Turn(turn) for turn in turns]
        self.asked.clear()

    def next_turn(self, asked: Asked) -> Turn:
        with self._lock:
            self.asked.append(asked)
            return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    def serve(self) -> None:
        self._http.serve_forever(poll_interval=0.01)

    def stop(self) -> None:
        self.stopped.set()
        self._http.shutdown()
        self._http.server_close()


class _Server(ThreadingHTTPServer):
    """Says nothing of clients that leave early: leaving is what many tests are about."""

    def handle_error(self, request: object, client_address: object) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server_of: LlmServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_args) -> None:
        pass

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        asked = Asked(body["messages"], {name.lower(): value for name, value in self.headers.items()})
        turn = self.server_of.next_turn(asked)
        if turn.fault == "drop":
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        if turn.status != 200:
            self._refuse(turn)
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            self._stream(turn, spoken(turn, asked))
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _refuse(self, turn: Turn) -> None:
        said = turn.text if isinstance(turn.text, str) else ""
        data = json.dumps({"error": {"message": said or "no", "type": "error", "code": turn.status}}).encode()
        self.send_response(turn.status)
        for name, value in turn.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, turn: Turn, text: str) -> None:
        if turn.fault == "hang":
            self.server_of.stopped.wait()
            return
        if turn.fault == "broken":
            self._chunk(b"data: {ceci n'est pas du JSON\n\n")
            self._chunk(b"")
            return
        for piece in self._pieces(turn, text):
            if self.server_of.stopped.is_set():
                return
            self._event({"role": "assistant", "content": piece})
        if turn.fault == "cut":
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        self._event({}, finish="stop")
        self._chunk(b"data: [DONE]\n\n")
        self._chunk(b"")

    def _pieces(self, turn: Turn, text: str) -> Iterator[str]:
        if turn.fault == "cut":
            text = text[: len(text) // 2]
        while True:
            yield from (text[i : i + 20] for i in range(0, len(text), 20))
            if turn.fault != "endless":
                return

    def _event(self, delta: dict, finish: str | None = None) -> None:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        event = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
        self._chunk(f"data: {json.dumps(event)}\n\n".encode())

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()


def spoken(turn: Turn, asked: Asked) -> str:
    """The words of a turn, its keys filled in."""
    text = turn.text(asked) if callable(turn.text) else turn.text
    keys = [p.key for p in asked.passages]
    return re.sub(r"\{key:(\d+)\}", lambda m: keys[int(m[1])] if int(m[1]) < len(keys) else MISSING, text)


@contextmanager
def llm_server() -> Iterator[LlmServer]:
    """A server for the length of the block."""
    server = LlmServer()
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stop()
        thread.join()


def quoting(asked: Asked, sentences: Sequence[str]) -> str:
    """These sentences, each with the key of the passage that holds it."""
    return "\n".join(f"{s} [{asked.key_of(s)}]" for s in sentences)
