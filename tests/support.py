"""What the tests share: a small valid corpus to bend, and the real `ptce` command."""

import os
import signal
import subprocess
import sysconfig
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from knowledge.settings import ENV_PREFIX

PTCE = str(Path(sysconfig.get_path("scripts")) / "ptce")
# Far beyond what any command needs, even on a busy machine: reached only by a process that hangs.
PATIENCE_SECONDS = 180
SOURCES = {
    "S1": {"title": "Registre des pôles", "publisher": "Réseau d'essai", "date": "2025-11-27", "url": None},
    "S2": {"title": "Annuaire", "publisher": "Réseau d'essai", "date": None, "url": "https://exemple.org/annuaire"},
}


def line_of(path: Path, needle: str) -> int:
    """The number of the one line that holds `needle`."""
    found = [n for n, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1) if needle in line]
    assert len(found) == 1, f"{needle!r} is on lines {found} of {path}"
    return found[0]


@dataclass(frozen=True)
class Part:
    """A section to write, and what the front matter says of it."""

    anchor: str
    title: str
    lines: tuple[str, ...]
    entry: dict = field(default_factory=dict)

    @property
    def text(self) -> str:
        return "\n\n".join([f"## {self.title} {{#{self.anchor}}}", *self.lines])


def part(anchor: str, title: str, *lines: str, **entry) -> Part:
    """A section that passes every check unless told otherwise: it has three questions of its own."""
    questions = [f"{title} ({way})" for way in ("en bref", "en clair", "en détail")]
    return Part(anchor, title, lines, {"questions": questions} | entry)


@dataclass(frozen=True)
class CorpusFolder:
    """A corpus on disk."""

    path: Path

    def add(self, document_id: str, *parts: Part, **head) -> Path:
        """Write (or replace) one document; without parts it has one section about itself."""
        kind, slug = document_id.split("/")
        name = slug.capitalize()
        parts = parts or (
            part("presentation", f"Qu'est-ce que le pôle {name} ?", f"{name} est un pôle de Bretagne. [^S1]"),
        )
        front = {
            "title": name,
            "kind": kind,
            "as_of": "2025-12",
            "status": "en_vigueur",
            "sources": ["S1"],
            "sections": {p.anchor: p.entry for p in parts},
        } | head
        return self.write(document_id, front_matter(front) + "\n\n".join(p.text for p in parts) + "\n")

    def write(self, document_id: str, text: str | bytes) -> Path:
        """Write a document as it is given."""
        path = self.path / f"{document_id}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def describe(self, sources: Mapping[str, Mapping]) -> Path:
        """Write `sources.yaml`."""
        self.path.mkdir(parents=True, exist_ok=True)
        path = self.path / "sources.yaml"
        path.write_text(_yaml(sources), encoding="utf-8")
        return path


def front_matter(head: Mapping) -> str:
    return f"---\n{_yaml(head)}---\n\n"


def _yaml(data) -> str:
    return yaml.safe_dump(dict(data), allow_unicode=True, sort_keys=False, width=10_000)


def many_parts(count: int) -> list[Part]:
    """Sections that all differ, to give the model `5 * count` texts to encode."""
    return [
        part(
            f"atelier-{n}",
            f"Que fait l'atelier numéro {n} ?",
            f"L'atelier numéro {n} répare {n * 7} objets par semaine et forme {n + 3} apprentis. [^S1]",
        )
        for n in range(1, count + 1)
    ]


@contextmanager
def pinned(home: Path) -> Iterator[None]:
    """Inside, nothing of the user's machine is read or written: every path is below `home`, the Hub is out of reach."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.upper().startswith(ENV_PREFIX)]:
            patch.delenv(name)
        for name, folder in (
            ("HOME", "home"),
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_DATA_HOME", "share"),
            ("XDG_CACHE_HOME", "cache"),
        ):
            patch.setenv(name, str(home / folder))
        patch.setenv("PTCE_DATA__DIR", str(home / "data"))
        patch.setenv("HF_HUB_OFFLINE", "1")
        yield


@dataclass(frozen=True)
class Result:
    """What a command did."""

    code: int
    stdout: bytes
    stderr: bytes

    @property
    def out(self) -> str:
        return self.stdout.decode("utf-8")

    @property
    def err(self) -> str:
        return self.stderr.decode("utf-8")


def start_ptce(*args: str | bytes, env: Mapping[str, str] | None = None, cwd: Path | None = None, **kw):
    """The real command, started; SIGINT reaches it even where the test runner ignores it."""
    given = {
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.PIPE,
        "stderr": subprocess.PIPE,
        "preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    }
    return subprocess.Popen([PTCE, *args], env={**os.environ, **(env or {})}, cwd=cwd, **given | kw)


def finish(process: subprocess.Popen, typed: bytes | None = None) -> Result:
    """The result of a started command; one that hangs is killed, and fails the test."""
    try:
        stdout, stderr = process.communicate(typed, timeout=PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    return Result(process.returncode, stdout, stderr)
