"""Chroma on a server: the same code, the same cures."""

import logging
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
from knowledge.configuration import load_settings
from knowledge.embeddings import Encoder
from knowledge.errors import UnusableIndexError
from knowledge.generation import KEPT, MANIFEST, current_generation, current_name, point_to, sweep
from knowledge.settings import Settings
from knowledge.store import chroma_client, collection_name, drop_swept, holds_passages, open_collection

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


@pytest.mark.parametrize("address", ["http://127.0.0.1:{port}", "https://127.0.0.1:{port}"])
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


def test_a_generation_that_is_swept_away_leaves_nothing_on_the_server(
    remote: Settings, corpus: CorpusFolder, encoder: Encoder
) -> None:
    corpus.add("poles/balayage")
    built = [build(remote, encoder).name]
    for name in ("un", "deux"):
        corpus.add(f"poles/balayage-{name}")
        built.append(build(remote, encoder).name)

    left = collections(remote.store.url)

    assert [collection_name(name, remote.store.url) in left for name in built] == [False, True, True]


def test_a_server_that_is_lost_on_the_way_is_named_with_its_cure(remote: Settings) -> None:
    with pytest.raises(UnusableIndexError, match="coupée") as caught, chroma_client(Path(), remote.store.url):
        raise ConnectionError("coupée")

    assert "store.url" in caught.value.cure


def test_a_fault_of_ours_in_a_local_store_is_not_taken_for_the_store_s(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), chroma_client(tmp_path):
        raise ZeroDivisionError


def collections(url: str) -> set[str]:
    with chroma_client(Path(), url) as client:
        return {collection.name for collection in client.list_collections()}


def test_what_the_server_holds_of_a_generation_goes_with_it(server: str) -> None:
    gone, kept = "0" * 16, "1" * 16
    with chroma_client(Path(), server) as client:
        for name in (gone, kept):
            client.create_collection(collection_name(name, server), embedding_function=None)

    drop_swept(server, frozenset({"2" * 16, gone}))

    assert collection_name(gone, server) not in collections(server)
    assert collection_name(kept, server) in collections(server)


def test_a_server_that_does_not_answer_keeps_what_it_holds_and_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        drop_swept(f"http://127.0.0.1:{free_port()}", frozenset({"0" * 16}))

    assert f"passages-{'0' * 16}" in caplog.text


@pytest.mark.parametrize(("url", "gone"), [("", frozenset({"0" * 16})), ("http://127.0.0.1:9", frozenset())])
def test_nobody_is_asked_where_nothing_can_be_left(
    monkeypatch: pytest.MonkeyPatch, url: str, gone: frozenset[str]
) -> None:
    asked: list[object] = []
    monkeypatch.setattr("knowledge.store.chroma_client", lambda *arguments: asked.append(arguments))

    drop_swept(url, gone)

    assert asked == []


def test_the_sweep_tells_of_which_generations_nothing_is_left(tmp_path: Path) -> None:
    complete = [f"{n:016x}" for n in range(KEPT + 1)]
    for age, name in enumerate(reversed(complete)):
        (tmp_path / name).mkdir()
        (tmp_path / name / MANIFEST).touch()
        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    point_to(tmp_path, complete[0])
    half_built = "f" * 16
    for name in (half_built, complete[0]):
        (tmp_path / f"{name}.part").mkdir()

    gone = sweep(tmp_path)

    left = {path.name for path in tmp_path.iterdir() if path.is_dir()}
    assert (len(left), complete[0] in left) == (KEPT, True)
    assert gone == {half_built, *complete} - left


def test_asking_whether_passages_are_there_writes_nothing(tmp_path: Path) -> None:
    assert not holds_passages(tmp_path, "", 3)
    assert list(tmp_path.iterdir()) == []
