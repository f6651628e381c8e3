"""Chroma on a server: the same code, the same cures."""

import os
import socket
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import PATIENCE_SECONDS, CorpusFolder

from ingest.build import build
from knowledge.assistant import Assistant
from knowledge.embeddings import Encoder
from knowledge.errors import UnusableIndexError
from knowledge.generation import current_generation, current_name
from knowledge.settings import Settings, load_settings
from knowledge.store import chroma_client, collection_name, holds_passages, open_collection

CHROMA = str(Path(sysconfig.get_path("scripts")) / "chroma")
QUESTION = "Qu'est-ce que le pôle Alpha ?"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Chroma server on the loopback."""
    port = free_port()
    folder = tmp_path_factory.mktemp("chroma")
    process = subprocess.Popen(
        [CHROMA, "run", "--path", str(folder), "--host", "127.0.0.1", "--port", str(port)],
        env={**os.environ, "ANONYMIZED_TELEMETRY": "False"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def wait_for(port: int, process: subprocess.Popen) -> None:
    """Until the server listens."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        try:
            process.wait(0.05)
        except subprocess.TimeoutExpired:
            continue
        pytest.fail("the Chroma server stopped")
    pytest.fail("the Chroma server does not listen")


@pytest.fixture
def remote(server: str, settings: Settings, corpus: CorpusFolder, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings on that server, and a corpus of one document."""
    corpus.add("poles/alpha")
    monkeypatch.setenv("PTCE_STORE__URL", server)
    return load_settings()


def stored(settings: Settings) -> int:
    folder = current_generation(settings.index_dir)
    with chroma_client(folder, settings.store.url) as client:
        return open_collection(client, collection_name(folder.name, settings.store.url)).count()


def test_passages_go_to_the_server_under_the_name_of_their_generation(remote: Settings, encoder: Encoder) -> None:
    build(remote, encoder)

    assert stored(remote) == 1
    assert not (current_generation(remote.index_dir) / "chroma").exists()
    assert not build(remote, encoder).changed


def test_passages_that_the_server_lost_are_written_again(remote: Settings, encoder: Encoder) -> None:
    name = build(remote, encoder).name
    with chroma_client(current_generation(remote.index_dir), remote.store.url) as client:
        client.delete_collection(collection_name(name, remote.store.url))

    outcome = build(remote, encoder)

    assert (outcome.changed, outcome.encoded, stored(remote)) == (True, 0, 1)


def test_moving_to_a_server_writes_there_what_was_local(
    settings: Settings, remote: Settings, corpus: CorpusFolder, encoder: Encoder
) -> None:
    corpus.add("poles/nomade")
    build(settings, encoder)

    outcome = build(remote, encoder)

    assert (outcome.changed, outcome.encoded, stored(remote)) == (True, 0, 2)


@pytest.mark.parametrize("address", ["http://127.0.0.1:{port}", "chroma.exemple", "https://127.0.0.1:{port}"])
def test_a_server_that_does_not_answer_is_named_and_the_previous_generation_serves(
    settings: Settings, corpus: CorpusFolder, encoder: Encoder, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    corpus.add("poles/alpha")
    previous = build(settings, encoder).name
    corpus.add("poles/beta")
    monkeypatch.setenv("PTCE_STORE__URL", address.format(port=free_port()))

    with pytest.raises(UnusableIndexError) as caught:
        build(load_settings(), encoder)

    assert "store.url" in caught.value.cure
    assert current_name(settings.index_dir) == previous
    assert not Assistant(settings, encoder).ask(QUESTION).refused


def test_asking_whether_passages_are_there_writes_nothing(tmp_path: Path) -> None:
    assert not holds_passages(tmp_path, "", 3)
    assert list(tmp_path.iterdir()) == []
