"""`ingest`: does only what is needed, and whatever breaks, the previous generation goes on answering."""

import json
import resource
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock
from support import PATIENCE_SECONDS, SOURCES, CorpusFolder, finish, line_of, many_parts, part, pinned, start_ptce

from ingest.build import CACHE, LOCK_SECONDS, _alone, build, is_fresh, read_contents, texts_to_encode
from ingest.disk import writable
from knowledge.assistant import Assistant
from knowledge.embeddings import Encoder
from knowledge.errors import CorpusError, PtceError, UnusableIndexError
from knowledge.generation import KEPT, MANIFEST, POINTER, current_generation, current_name
from knowledge.settings import CorpusSettings, Settings
from knowledge.store import chroma_client, nearest_passages, open_collection

QUESTION = "Qu'est-ce que le pôle Alpha ?"
ALPHA = (
    part("presentation", QUESTION, "Alpha est un pôle de coopération de Bretagne. [^S1]"),
    part("dirigeant", "Qui dirige le pôle Alpha ?", "Le pôle Alpha est dirigé par Jeanne Le Goff. [^S1]"),
)


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Path:
    """The data folder of the corpus about Alpha, built once; to be copied, not used."""
    home = tmp_path_factory.mktemp("alpha")
    folder = CorpusFolder(home / "corpus")
    folder.describe(SOURCES)
    folder.add("poles/alpha", *ALPHA)
    with pinned(home):
        settings = Settings(corpus=CorpusSettings(path=str(folder.path)))
    build(settings, encoder)
    return settings.data_dir


@pytest.fixture
def alpha(corpus: CorpusFolder, settings: Settings, ingested: Path) -> Settings:
    """A small corpus, ingested: a generation serves."""
    corpus.add("poles/alpha", *ALPHA)
    shutil.copytree(ingested, settings.data_dir)
    return settings


def answers(settings: Settings, encoder: Encoder) -> bool:
    """Whether the generation that serves still answers a question about Alpha, in a new process or in this one."""
    answer = Assistant(settings, encoder).ask(QUESTION)
    return [c.document for c in answer.citations][:1] == ["poles/alpha"]


def cached(settings: Settings) -> int:
    """How many vectors are safe on disk; 0 while the cache can't be asked."""
    path = settings.data_dir / CACHE
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            return int(database.execute("SELECT count(*) FROM vectors").fetchone()[0])
    except sqlite3.Error:
        return 0


def texts_in(settings: Settings) -> int:
    """How many different texts the generation that serves is made of, from its manifest."""
    manifest = json.loads((current_generation(settings.index_dir) / MANIFEST).read_text(encoding="utf-8"))
    return int(manifest["passages"] + manifest["sentences"] + manifest["questions"])


# --- What is done, and what is left alone ---------------------------------------------------------------------------


def test_the_first_run_builds_what_the_manifest_says(
    corpus: CorpusFolder, settings: Settings, encoder: Encoder
) -> None:
    corpus.add("poles/alpha", *ALPHA)

    outcome = build(settings, encoder)

    manifest = outcome.manifest
    assert (outcome.changed, outcome.name) == (True, current_name(settings.index_dir))
    assert (manifest.documents, manifest.sections, manifest.passages, manifest.sentences) == (1, 2, 2, 2)
    # Each section has its title and three more questions.
    assert manifest.questions == 8
    assert outcome.encoded == cached(settings) == 12


def test_chroma_holds_every_passage_with_its_vector_and_its_origin(alpha: Settings, encoder: Encoder) -> None:
    folder = current_generation(alpha.index_dir)
    vector = np.load(folder / "passages.npy")[1].astype(np.float32)

    with chroma_client(folder) as client:
        collection = open_collection(client, "passages")
        found = collection.get(include=["documents", "metadatas", "embeddings"])
        best = nearest_passages(collection, vector, 1)

    assert found["ids"] == ["poles/alpha#presentation", "poles/alpha#dirigeant"]
    assert found["documents"][1] == "Le pôle Alpha est dirigé par Jeanne Le Goff."
    assert found["metadatas"][1]["section"] == "poles/alpha#dirigeant"
    np.testing.assert_allclose(found["embeddings"][1], vector, atol=1e-3)
    assert best == ["poles/alpha#dirigeant"]


def test_with_nothing_changed_nothing_is_done(alpha: Settings, encoder: Encoder) -> None:
    folder = current_generation(alpha.index_dir)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}

    outcome = build(alpha, encoder)

    assert (outcome.changed, outcome.encoded) == (False, 0)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_one_changed_file_encodes_only_its_own_new_texts(
    alpha: Settings, corpus: CorpusFolder, encoder: Encoder
) -> None:
    corpus.add("poles/beta")
    build(alpha, encoder)
    changed = part("dirigeant", "Qui dirige le pôle Alpha ?", "Le pôle Alpha est dirigé par Yann Le Bihan. [^S1]")
    corpus.add("poles/alpha", ALPHA[0], changed)

    outcome = build(alpha, encoder)

    # The passage and the sentence that changed; titles and questions did not.
    assert (outcome.changed, outcome.encoded) == (True, 2)


def test_taking_a_document_away_encodes_nothing(alpha: Settings, corpus: CorpusFolder, encoder: Encoder) -> None:
    path = corpus.add("poles/beta")
    build(alpha, encoder)
    path.unlink()

    outcome = build(alpha, encoder)

    assert (outcome.changed, outcome.encoded, outcome.manifest.documents) == (True, 0, 1)


def test_a_corpus_that_changes_while_it_is_read_is_read_again(
    alpha: Settings, corpus: CorpusFolder, encoder: Encoder
) -> None:
    corpus.add("poles/beta")
    told: list[str] = []

    def edit_once(what: str, done: int, total: int) -> None:
        told.append(what)
        if told == ["Lecture du corpus"]:
            corpus.add("poles/gamma")

    outcome = build(alpha, encoder, edit_once)

    assert outcome.manifest.documents == 3
    assert is_fresh(alpha, encoder.model_id)
    assert told.count("Lecture du corpus") == 2


def test_a_corpus_that_becomes_what_serves_while_it_is_read_needs_no_building(
    alpha: Settings, corpus: CorpusFolder, encoder: Encoder
) -> None:
    added = corpus.add("poles/beta")

    outcome = build(alpha, encoder, lambda *_: added.unlink())

    assert (outcome.changed, outcome.encoded, outcome.manifest.documents) == (False, 0, 1)


@pytest.mark.parametrize("name", [".#alpha.md", "._alpha.md", ".alpha.md"])
def test_what_an_editor_hides_makes_no_other_generation(alpha: Settings, encoder: Encoder, name: str) -> None:
    (alpha.corpus_dir / "poles" / name).write_text("à moitié écrit", encoding="utf-8")

    assert is_fresh(alpha, encoder.model_id)
    assert not build(alpha, encoder).changed


def test_going_back_to_a_kept_generation_builds_nothing(
    alpha: Settings, corpus: CorpusFolder, encoder: Encoder
) -> None:
    first = current_name(alpha.index_dir)
    added = corpus.add("poles/beta")
    build(alpha, encoder)
    added.unlink()

    outcome = build(alpha, encoder)

    assert (outcome.name, outcome.changed, outcome.encoded) == (first, True, 0)


def test_only_the_newest_generations_are_kept(alpha: Settings, corpus: CorpusFolder, encoder: Encoder) -> None:
    for name in ("beta", "gamma", "delta"):
        corpus.add(f"poles/{name}")
        build(alpha, encoder)

    kept = [path.name for path in alpha.index_dir.iterdir() if path.is_dir()]

    assert len(kept) == KEPT
    assert current_name(alpha.index_dir) in kept


def test_what_is_not_a_generation_is_never_swept_away(alpha: Settings, corpus: CorpusFolder, encoder: Encoder) -> None:
    photos = alpha.index_dir / "photos de vacances"
    photos.mkdir()
    half_built = alpha.index_dir / "0123456789abcdef.part"
    half_built.mkdir()
    corpus.add("poles/beta")

    build(alpha, encoder)

    assert (photos.exists(), half_built.exists()) == (True, False)


def test_another_store_setting_makes_another_generation(alpha: Settings, encoder: Encoder) -> None:
    store = alpha.store.model_copy(update={"hnsw_ef_search": 100})

    outcome = build(alpha.model_copy(update={"store": store}), encoder)

    assert (outcome.changed, outcome.encoded) == (True, 0)


def test_a_running_assistant_notices_the_new_generation(
    alpha: Settings, corpus: CorpusFolder, encoder: Encoder
) -> None:
    assistant = Assistant(alpha, encoder)
    assistant.ask(QUESTION)
    corpus.add("poles/omega", part("o", "Où vit le pôle Oméga ?", "Le pôle Oméga vit à Ouessant. [^S1]"))

    build(alpha, encoder)

    assert [c.document for c in assistant.ask("Où vit le pôle Oméga ?").citations][:1] == ["poles/omega"]


def test_the_command_says_what_it_did(run_ptce, settings: Settings, corpus: CorpusFolder) -> None:
    corpus.add("poles/alpha", *ALPHA)

    first, second = run_ptce("ingest"), run_ptce("ingest")

    assert (first.code, second.code) == (0, 0)
    assert "1 documents, 2 sections, 2 passages ; 12 texte(s) encodé(s)" in first.out
    assert "rien n'a changé" in second.out
    assert (first.err, second.err) == ("", "")


# --- A corpus that can't be read ------------------------------------------------------------------------------------


def test_a_broken_file_is_named_and_the_old_generation_goes_on_answering(
    run_ptce, alpha: Settings, corpus: CorpusFolder, encoder: Encoder
) -> None:
    before = current_name(alpha.index_dir)
    path = corpus.add("poles/alpha", *ALPHA, status="inventé")

    result = run_ptce("ingest")

    assert (result.code, result.out) == (1, "")
    assert f"{path}:{line_of(path, 'inventé')}: « status »" in result.err
    assert "Traceback" not in result.err
    assert current_name(alpha.index_dir) == before
    assert answers(alpha, encoder)


def test_asking_over_a_broken_corpus_answers_from_the_old_generation_and_says_so(
    run_ptce, alpha: Settings, corpus: CorpusFolder
) -> None:
    corpus.write("poles/beta", "sans en-tête")

    result = run_ptce("ask", "--json", QUESTION)

    assert result.code == 0
    assert json.loads(result.out)["citations"][0]["document"] == "poles/alpha"
    assert "index précédent" in result.err


def test_asking_over_a_broken_corpus_without_any_index_is_an_error(
    run_ptce, settings: Settings, corpus: CorpusFolder
) -> None:
    path = corpus.write("poles/beta", "sans en-tête")

    result = run_ptce("ask", QUESTION)

    assert (result.code, result.out) == (1, "")
    assert f"{path}:1:" in result.err


@pytest.mark.parametrize("line", ["Alpha vit sans source.", "Alpha cite ce qui n'existe pas. [^S9]"])
def test_what_could_not_be_cited_is_refused(alpha: Settings, corpus: CorpusFolder, encoder: Encoder, line: str) -> None:
    path = corpus.add("poles/alpha", *ALPHA, part("c", "Quoi ?", line))

    with pytest.raises(CorpusError) as caught:
        build(alpha, encoder)

    assert any(problem.startswith(f"{path}:{line_of(path, line)}:") for problem in caught.value.problems)


def test_a_source_that_nobody_cites_does_not_stop_ingestion(
    settings: Settings, corpus: CorpusFolder, encoder: Encoder
) -> None:
    corpus.add("poles/alpha", *ALPHA, sources=["S1", "S2"])

    assert build(settings, encoder).changed


# --- An index that can't be read ------------------------------------------------------------------------------------


def damaged(name: str, content: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(content)


def cut(name: str) -> Callable[[Path], object]:
    def damage(folder: Path) -> None:
        whole = (folder / name).read_bytes()
        (folder / name).write_bytes(whole[: len(whole) // 2])

    return damage


def rewritten(**changes) -> Callable[[Path], object]:
    def damage(folder: Path) -> None:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        (folder / MANIFEST).write_text(json.dumps(manifest | changes), encoding="utf-8")

    return damage


def pointed(content: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder.parent / POINTER).write_bytes(content)


UNREADABLE = {
    "documents cut short": cut("contents.json"),
    "documents replaced": damaged("contents.json", b'{"corpus": []}'),
    "vectors cut short": cut("passages.npy"),
    "vectors replaced": damaged("sentences.npy", b"\0" * 100),
    "vectors empty": damaged("questions.npy", b""),
    "vectors of another size": lambda folder: np.save(folder / "passages.npy", np.ones((2, 5), np.float16)),
    "too few vectors": lambda folder: np.save(folder / "passages.npy", np.ones((1, 384), np.float16)),
    "lexical index cut short": cut("body.npz"),
    "lexical index replaced": damaged("title.npz", b"PK\x03\x04 rien"),
    "file missing": lambda folder: (folder / "sentences.npy").unlink(),
    "manifest cut short": cut(MANIFEST),
    "manifest of another kind": damaged(MANIFEST, b"[1, 2]"),
    "manifest in other words": damaged(MANIFEST, b'{"version": 12}'),
    "other model": rewritten(model_id="autre|modele|x|y"),
    "other version of the program": rewritten(format=1),
    "half written": lambda folder: (folder / MANIFEST).unlink(),
    "folder gone": lambda folder: shutil.rmtree(folder),
    "pointer to nothing": pointed(b"0123456789abcdef\n"),
    "pointer that is noise": pointed(b"\xff\xfe\0\x80" * 500),
    "pointer that is empty": pointed(b""),
    "pointer out of the folder": pointed(b"../../ailleurs"),
}


@pytest.mark.parametrize("damage", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_an_unreadable_index_names_the_cure_and_the_cure_works(
    alpha: Settings, encoder: Encoder, damage: Callable[[Path], object]
) -> None:
    damage(current_generation(alpha.index_dir))
    with pytest.raises(UnusableIndexError) as caught:
        Assistant(alpha, encoder).ask(QUESTION)
    assert "ptce ingest" in caught.value.cure

    outcome = build(alpha, encoder)

    assert (outcome.changed, outcome.encoded) == (True, 0)
    assert answers(alpha, encoder)


# Answers do not need what is damaged here; `ingest` mends it all the same.
SILENT = {
    "one bit of a vector": lambda folder: _flip(folder / "sentences.npy"),
    "Chroma replaced": damaged("chroma/chroma.sqlite3", b"pas une base" * 100),
    "Chroma cut short": cut("chroma/chroma.sqlite3"),
    "Chroma empty": damaged("chroma/chroma.sqlite3", b""),
    "Chroma gone": lambda folder: shutil.rmtree(folder / "chroma"),
    "a passage missing from Chroma": lambda folder: _forget_one(folder),
}


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def _forget_one(folder: Path) -> None:
    with chroma_client(folder) as client:
        open_collection(client, "passages").delete(ids=["poles/alpha#dirigeant"])


@pytest.mark.parametrize("damage", SILENT.values(), ids=SILENT.keys())
def test_damage_that_no_answer_shows_is_found_and_mended(
    alpha: Settings, encoder: Encoder, damage: Callable[[Path], object]
) -> None:
    damage(current_generation(alpha.index_dir))

    outcome = build(alpha, encoder)

    assert (outcome.changed, outcome.encoded) == (True, 0)
    with chroma_client(current_generation(alpha.index_dir)) as client:
        assert open_collection(client, "passages").count() == 2
    assert not build(alpha, encoder).changed


def test_the_command_tells_of_an_unreadable_index_and_mends_it(run_ptce, alpha: Settings) -> None:
    cut("contents.json")(current_generation(alpha.index_dir))

    asked, mended, again = run_ptce("ask", QUESTION), run_ptce("ingest"), run_ptce("ask", QUESTION)

    assert (asked.code, asked.out) == (1, "")
    assert "est abîmé" in asked.err
    assert "ptce ingest" in asked.err
    assert "Traceback" not in asked.err
    assert (mended.code, again.code) == (0, 0)


def test_an_index_of_another_model_is_built_again_for_this_one(
    alpha: Settings, encoder: Encoder, corpus: CorpusFolder
) -> None:
    class Other:
        """Another model, as far as the index can tell; the bundled vectors are not its own."""

        model_id = "autre|modele|query: |passage: "
        dim = 3

        def encode(self, texts: list[str], role: str) -> np.ndarray:
            return np.tile(np.float32([0.6, 0.8, 0]), (len(texts), 1))

    with pytest.raises(UnusableIndexError, match="autre modèle"):
        Assistant(alpha, Other()).ask(QUESTION)

    outcome = build(alpha, Other())

    texts = texts_to_encode(read_contents(alpha.corpus_dir)).values()
    assert outcome.encoded == len({text for group in texts for text in group})
    assert Assistant(alpha, Other()).ask(QUESTION).question == QUESTION
    with pytest.raises(UnusableIndexError, match="autre modèle"):
        Assistant(alpha, encoder).ask(QUESTION)


# --- A disk that refuses --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", [("ingest",), ("ask", QUESTION)])
@pytest.mark.parametrize("make", ["a file in its place", "a folder that cannot be made"])
def test_a_data_folder_that_cannot_be_written_is_named(
    run_ptce, tmp_path: Path, command: tuple[str, ...], make: str
) -> None:
    file = tmp_path / "fichier"
    file.write_text("à garder", encoding="utf-8")
    folder = file if make == "a file in its place" else Path("/proc/ptce")

    result = run_ptce(*command, env={"PTCE_DATA__DIR": str(folder)})

    assert (result.code, result.out) == (1, "")
    assert str(folder) in result.err
    assert "data.dir" in result.err
    assert "Traceback" not in result.err
    assert file.read_text(encoding="utf-8") == "à garder"


@pytest.mark.parametrize("largest_file", [2_000, 30_000, 150_000])
def test_a_full_disk_stops_ingestion_but_not_answers(
    alpha: Settings, corpus: CorpusFolder, encoder: Encoder, largest_file: int
) -> None:
    before = current_name(alpha.index_dir)
    for n in range(6):
        corpus.add(f"faq/lot-{n}", *many_parts(2))

    process = start_ptce("ingest", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file,) * 2))
    result = finish(process)

    assert (result.code, result.stdout) == (1, b"")
    assert "place" in result.err
    assert "Traceback" not in result.err
    assert current_name(alpha.index_dir) == before
    assert answers(alpha, encoder)
    assert list(alpha.index_dir.glob("*.part")) == []
    assert build(alpha, encoder).changed


def locked(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with closing(sqlite3.connect(path, timeout=0)) as database:
            database.execute("CREATE TABLE vectors (key)")


def asked(path: Path, sql: str, mode: str = "rwc") -> None:
    with closing(sqlite3.connect(f"file:{path}?mode={mode}", uri=True)) as database:
        database.executescript(sql)


SQLITE_REFUSALS = {
    "locked by another program": (locked, "un autre programme"),
    "read only": (lambda path: asked(path, "CREATE TABLE vectors (key)", "ro"), "droits d'accès"),
    "a folder": (lambda path: asked(path.parent, "SELECT 1"), "droits d'accès"),
    "full": (lambda path: asked(path, "PRAGMA max_page_count = 1; CREATE TABLE vectors (key)"), "place"),
    "of another program": (lambda path: asked(path, "SELECT vector FROM vectors"), "supprimez ce fichier"),
}


@pytest.mark.parametrize(("refused", "cure"), SQLITE_REFUSALS.values(), ids=SQLITE_REFUSALS.keys())
def test_a_cache_that_cannot_be_used_is_named_with_its_own_cure(
    tmp_path: Path, refused: Callable[[Path], object], cure: str
) -> None:
    cache = tmp_path / CACHE
    cache.touch()

    with pytest.raises(PtceError, match="cache des vecteurs") as caught, writable(tmp_path, cache):
        refused(cache)

    assert cure in caught.value.cure
    assert str(cache) in str(caught.value)


@pytest.mark.parametrize(
    "damage",
    [lambda data: b"pas une base" * 50, lambda data: data[:6000], lambda data: data[:4096] + b"?" * (len(data) - 4096)],
    ids=["replaced", "cut short", "scrambled"],
)
def test_a_broken_cache_is_made_anew(
    alpha: Settings, corpus: CorpusFolder, encoder: Encoder, damage: Callable[[bytes], bytes]
) -> None:
    cache = alpha.data_dir / CACHE
    cache.write_bytes(damage(cache.read_bytes()))
    corpus.add("poles/beta")

    outcome = build(alpha, encoder)

    assert outcome.encoded == texts_in(alpha) == cached(alpha)


# --- A run that is cut off ------------------------------------------------------------------------------------------

WORKSHOPS = 12
# What can be seen of a run from outside, early to late.
MOMENTS: dict[str, Callable[[Settings, int], bool]] = {
    "when the new folder appears": lambda s, _: any(s.index_dir.glob("*.part")),
    "after the first vectors": lambda s, before: cached(s) > before,
    "halfway through the vectors": lambda s, before: cached(s) >= before + 2 * WORKSHOPS,
    "when the documents are written": lambda s, _: any(s.index_dir.glob("*.part/contents.json")),
    "when Chroma's base exists": lambda s, _: any(s.index_dir.glob("*.part/chroma/*.sqlite3")),
    "when the new generation is whole": lambda s, _: len([*s.index_dir.glob("*/" + MANIFEST)]) > 1,
}


def interrupt(settings: Settings, moment: str, number: signal.Signals) -> tuple[subprocess.Popen, int]:
    """Start `ptce ingest`, and send it a signal at that moment; how many vectors were cached before it started."""
    before = cached(settings)
    process = start_ptce("ingest")
    for _ in range(PATIENCE_SECONDS * 500):
        if MOMENTS[moment](settings, before) or process.poll() is not None:
            break
        try:
            # Not a blind sleep: returns at once when the run ends.
            process.wait(0.002)
        except subprocess.TimeoutExpired:
            continue
    process.send_signal(number)
    return process, before


@pytest.mark.parametrize("moment", MOMENTS)
def test_after_a_kill_the_previous_generation_answers_and_the_next_run_goes_on(
    alpha: Settings, corpus: CorpusFolder, encoder: Encoder, run_ptce, moment: str
) -> None:
    previous = current_name(alpha.index_dir)
    corpus.add("faq/ateliers", *many_parts(WORKSHOPS))

    process, before = interrupt(alpha, moment, signal.SIGKILL)
    killed = finish(process)

    saved = cached(alpha)
    assert killed.code == -signal.SIGKILL, "the run ended before it could be killed"
    assert current_name(alpha.index_dir) == previous or moment == "when the new generation is whole"
    assert answers(alpha, encoder)

    again = run_ptce("ingest")

    # A section has a passage, a sentence, a title and three questions.
    assert (again.code, again.err) == (0, "")
    assert f"{6 * WORKSHOPS - (saved - before)} texte(s) encodé(s)" in again.out or "rien n'a changé" in again.out
    assert cached(alpha) == before + 6 * WORKSHOPS
    assert current_name(alpha.index_dir) != previous
    assert answers(alpha, encoder)
    assert list(alpha.index_dir.glob("*.part")) == []


def test_a_kill_on_a_fresh_machine_loses_only_the_last_batch(
    settings: Settings, corpus: CorpusFolder, run_ptce
) -> None:
    corpus.add("faq/ateliers", *many_parts(WORKSHOPS))
    process, _ = interrupt(settings, "halfway through the vectors", signal.SIGKILL)
    finish(process)
    saved = cached(settings)

    result = run_ptce("ask", "--json", "Que fait l'atelier numéro 3 ?")

    assert 2 * WORKSHOPS <= saved < 6 * WORKSHOPS
    assert result.code == 0
    assert "21 objets" in json.loads(result.out)["citations"][0]["quote"]


def test_ctrl_c_says_that_nothing_is_lost_and_leaves_the_previous_generation(
    alpha: Settings, corpus: CorpusFolder, encoder: Encoder, run_ptce
) -> None:
    previous = current_name(alpha.index_dir)
    corpus.add("faq/ateliers", *many_parts(WORKSHOPS))

    process, before = interrupt(alpha, "after the first vectors", signal.SIGINT)
    stopped = finish(process)

    saved = cached(alpha) - before
    assert (stopped.code, stopped.out) == (130, "")
    assert "ce qui était déjà calculé est gardé" in stopped.err
    assert "Traceback" not in stopped.err
    assert current_name(alpha.index_dir) == previous
    assert answers(alpha, encoder)
    assert f"{6 * WORKSHOPS - saved} texte(s) encodé(s)" in run_ptce("ingest").out


def test_two_ingestions_at_once_do_the_work_once(alpha: Settings, corpus: CorpusFolder, encoder: Encoder) -> None:
    before = cached(alpha)
    corpus.add("faq/ateliers", *many_parts(WORKSHOPS))

    results = [finish(process) for process in [start_ptce("ingest"), start_ptce("ingest")]]

    assert [result.code for result in results] == [0, 0]
    assert sorted("rien n'a changé" in result.out for result in results) == [False, True]
    assert cached(alpha) == before + 6 * WORKSHOPS
    assert not build(alpha, encoder).changed


def test_who_waits_for_another_ingestion_can_be_stopped(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []

    def report(what: str, done: int, total: int) -> None:
        told.append((done, total))
        if done:
            raise PtceError("Interrompue.")

    with FileLock(tmp_path / ".lock"), pytest.raises(PtceError, match="Interrompue"), _alone(tmp_path, report):
        pass

    assert told == [(0, LOCK_SECONDS), (1, LOCK_SECONDS)]
