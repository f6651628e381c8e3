"""Fixtures: temporary folders for everything, a small corpus, the bundled one indexed once, the real command."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE

import pytest
from fakes.matrix_fixtures import account, bot, person, synapse  # noqa: F401 - fixtures
from support import SOURCES, CorpusFolder, Result, finish, pinned, start_ptce

import knowledge.assistant
from ingest.build import Outcome, build
from knowledge.assistant import Assistant
from knowledge.configuration import load_settings
from knowledge.embeddings import Encoder, open_encoder
from knowledge.reader import CrossEncoder
from knowledge.settings import EmbeddingSettings, Settings


@dataclass(frozen=True)
class Bundled:
    """The bundled corpus, indexed: its assistant, what building did, and the data folder to give to `ptce`."""

    settings: Settings
    outcome: Outcome
    assistant: Assistant

    @property
    def env(self) -> dict[str, str]:
        return {"PTCE_DATA__DIR": str(self.settings.data_dir)}


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    """The real model, loaded once."""
    return open_encoder(EmbeddingSettings())


@pytest.fixture(scope="session")
def bundled(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Bundled:
    """Read only: a test that damages an index builds its own."""
    with pinned(tmp_path_factory.mktemp("bundled")):
        settings = load_settings()
    outcome = build(settings, encoder)
    return Bundled(settings, outcome, Assistant(settings, encoder))


@pytest.fixture(scope="session")
def assistant(bundled: Bundled) -> Assistant:
    """Answers from the bundled corpus."""
    return bundled.assistant


@pytest.fixture(scope="session", autouse=True)
def _read_once() -> Iterator[None]:
    """What a reader makes of a question and a text is always the same, and most of what a question costs: the
    assistants of one test process read each pair once. The tests of the reader itself have it bare."""
    known: dict[tuple[Path, str, str], float] = {}

    class ReadOnce(CrossEncoder):
        def log_odds(self, question: str, texts: Sequence[str]) -> list[float]:
            for text in texts:
                if (self._folder, question, text) not in known:
                    known[self._folder, question, text] = super().log_odds(question, [text])[0]
            return [known[self._folder, question, text] for text in texts]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(knowledge.assistant, "CrossEncoder", ReadOnce)
        yield


@pytest.fixture(autouse=True)
def _isolated(tmp_path: Path) -> Iterator[None]:
    with pinned(tmp_path):
        yield


@pytest.fixture
def corpus(tmp_path: Path) -> CorpusFolder:
    """An empty corpus folder whose sources are described."""
    folder = CorpusFolder(tmp_path / "corpus")
    folder.describe(SOURCES)
    return folder


@pytest.fixture
def settings(corpus: CorpusFolder, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings on that corpus and on temporary data; `ptce` obeys them too, through the environment."""
    monkeypatch.setenv("PTCE_CORPUS__PATH", str(corpus.path))
    return load_settings()


@pytest.fixture
def run_ptce(tmp_path: Path) -> Callable[..., Result]:
    """Runs the real command in an empty folder."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    def run(*args: str | bytes, typed: str | bytes | None = None, env: dict[str, str] | None = None) -> Result:
        data = typed.encode() if isinstance(typed, str) else typed
        process = start_ptce(*args, env=env, cwd=elsewhere, **({} if data is None else {"stdin": PIPE}))
        return finish(process, data)

    return run


@pytest.fixture
def env(bundled: Bundled, tmp_path: Path) -> dict[str, str]:
    """A data folder of the test's own that holds the bundled index."""
    folder = tmp_path / "donnees"
    folder.mkdir()
    (folder / "index").symlink_to(bundled.settings.index_dir)
    return {"PTCE_DATA__DIR": str(folder)}
