"""Corpus files into documents: what is read, and every fault of form told as `file:line: message`."""

from collections.abc import Callable
from pathlib import Path

import pytest
from support import SOURCES, CorpusFolder, line_of, part

from ingest.load import load_corpus, read_corpus
from knowledge.errors import CorpusError
from knowledge.model import Document

VALID = """---
title: Alpha
kind: poles
lang: fr
as_of: "2025-12"
status: en_vigueur
region: Bretagne
departement: Morbihan
aliases: [Alpha, pôle Alpha]
sources:
  - S1
  - key: L1
    title: Une affiche
    publisher: Ville d'Alpha
    date: "2024-05-03"
sections:
  presentation:
    questions:
      - Qu'est-ce qu'Alpha ?
    see: [poles/alpha#regles]
  regles:
    status: historique
    as_of: "2019"
    silence: true
---

## Alpha en bref {#presentation}

Alpha est un pôle. Alpha vit en Bretagne. [^S1]

- Alpha répare des vélos. [^S1] [^L1]
1. Alpha signe la charte. [^L1]
> Article 1er. – Il est créé un pôle. [^S1]

## Les règles d'Alpha {#regles}

Aucune règle n'est connue.
"""


def document(corpus: CorpusFolder, text: str = VALID) -> Document:
    corpus.write("poles/alpha", text)
    return load_corpus(corpus.path).documents[0]


def test_the_front_matter_becomes_the_document(corpus: CorpusFolder) -> None:
    read = document(corpus)

    assert (read.id, read.title, read.kind, read.lang) == ("poles/alpha", "Alpha", "poles", "fr")
    assert (read.as_of, read.status, read.region, read.departement) == ("2025-12", "en_vigueur", "Bretagne", "Morbihan")
    assert (read.aliases, read.sources) == (("Alpha", "pôle Alpha"), ("S1", "L1"))


@pytest.mark.parametrize(("line", "collective"), [("", False), ("collective: true\n", True)])
def test_a_document_is_about_one_thing_unless_it_says_otherwise(
    corpus: CorpusFolder, line: str, collective: bool
) -> None:
    assert document(corpus, VALID.replace("lang: fr\n", f"lang: fr\n{line}")).collective is collective


def test_a_section_takes_date_and_status_from_the_document_unless_it_has_its_own(corpus: CorpusFolder) -> None:
    first, second = document(corpus).sections

    assert (first.id, first.title, first.as_of, first.status) == (
        "poles/alpha#presentation",
        "Alpha en bref",
        "2025-12",
        "en_vigueur",
    )
    assert (first.questions, first.see, first.silence) == (("Qu'est-ce qu'Alpha ?",), ("poles/alpha#regles",), False)
    assert (second.as_of, second.status, second.silence) == ("2019", "historique", True)


def test_a_paragraph_is_its_text_its_sources_its_form_and_its_line(corpus: CorpusFolder) -> None:
    first = document(corpus).sections[0]

    assert [(p.form, p.text, p.sources) for p in first.paragraphs] == [
        ("text", "Alpha est un pôle. Alpha vit en Bretagne.", ("S1",)),
        ("item", "Alpha répare des vélos.", ("S1", "L1")),
        ("step", "Alpha signe la charte.", ("L1",)),
        ("quote", "Article 1er. – Il est créé un pôle.", ("S1",)),
    ]
    path = corpus.path / "poles/alpha.md"
    assert [p.line for p in first.paragraphs] == [line_of(path, p.text) for p in first.paragraphs]
    assert first.line == line_of(path, "## Alpha en bref")


def test_sources_come_from_the_registry_and_from_the_documents(corpus: CorpusFolder) -> None:
    corpus.write("poles/alpha", VALID)

    sources = load_corpus(corpus.path).sources

    assert set(sources) == {"S1", "S2", "L1"}
    assert (sources["S1"].publisher, sources["S1"].date, sources["L1"].title) == (
        "Réseau d'essai",
        "2025-11-27",
        "Une affiche",
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text,
        lambda text: text.replace('"2025-12"', "2025-12"),
    ],
    ids=["CRLF", "byte order mark", "unquoted date"],
)
def test_harmless_variants_are_read_alike(corpus: CorpusFolder, change: Callable[[str], str]) -> None:
    assert document(corpus, change(VALID)) == document(corpus, VALID)


def edit(old: str, new: str) -> Callable[[str], str | bytes]:
    def change(text: str) -> str:
        assert text.count(old) == 1
        return text.replace(old, new)

    return change


# What is done to the valid file; a piece of the line where the fault stands (a number when the file has no such line);
# a piece of the message.
FAULTS = {
    "no front matter": (lambda _: "## Titre {#titre}\n", 1, "en-tête YAML"),
    "empty file": (lambda _: "", 1, "en-tête YAML"),
    "front matter never closed": (lambda text: text.replace("---", "", 2).join(["---\n", ""]), 1, "en-tête YAML"),
    "front matter that is no table": (lambda _: "---\n- un\n---\n", 2, "table"),
    "broken YAML": (edit("title: Alpha", "title: [Alpha"), "kind: poles", "YAML invalide"),
    "tab in YAML": (edit("kind: poles", "\tkind: poles"), "\tkind", "YAML invalide"),
    "unknown YAML tag": (edit("title: Alpha", "title: !!python/name:os.system"), "os.system", "YAML invalide"),
    "number that is none": (edit("lang: fr", "lang: 0x_"), "0x_", "« 0x_ » n'est pas de type int"),
    "text told to be a number": (edit("lang: fr", "lang: !!float fr"), "!!float", "« fr » n'est pas de type float"),
    "text told to be a truth": (edit("lang: fr", "lang: !!bool fr"), "!!bool", "« fr » n'est pas de type bool"),
    "nothing told to be a number": (edit("- S1\n", "- !!int ''\n"), "!!int", "«  » n'est pas de type int"),
    "key given twice": (edit("lang: fr", "lang: fr\ntitle: Bêta"), "title: Bêta", "en double"),
    "section described twice": (
        edit("  regles:\n", "  presentation:\n    see: []\n  regles:\n"),
        21,
        "en double : presentation",
    ),
    "missing title": (edit("title: Alpha\n", ""), 2, "title » : champ obligatoire"),
    "missing date": (edit('as_of: "2025-12"\n', ""), 2, "as_of » : champ obligatoire"),
    "unknown key": (edit("region:", "regoin:"), "regoin", "vouliez-vous dire « region »"),
    "unknown key of a section": (edit("    see:", "    voir:"), "voir", "clé inconnue"),
    "unknown kind": (edit("kind: poles", "kind: pole"), "kind", "attendu : 'loi'"),
    "kind of another folder": (edit("kind: poles", "kind: faq"), "kind", "dans le dossier « poles »"),
    "unknown language": (edit("lang: fr", "lang: de"), "lang", "'fr' ou 'en'"),
    "unknown status": (edit("status: en_vigueur", "status: actif"), "status: actif", "a_verifier"),
    "unknown status of a section": (edit("status: historique", "status: vieux"), "vieux", "historique"),
    "month that does not exist": (edit('"2025-12"', '"2025-13"'), "2025-13", "as_of"),
    "day that does not exist": (edit('"2025-12"', "2025-12-45"), "2025-12-45", "as_of"),
    "date in words": (edit('"2025-12"', "fin 2025"), "fin 2025", "as_of"),
    "year as a number": (edit('"2025-12"', "2025"), "as_of: 2025", "un texte est attendu"),
    "wrong date of a section": (edit('"2019"', '"19"'), '"19"', "as_of"),
    "collective in words": (
        edit("status: en_vigueur", "collective: plusieurs\nstatus: en_vigueur"),
        "plusieurs",
        "true",
    ),
    "aliases as one text": (edit("[Alpha, pôle Alpha]", "Alpha"), "aliases", "une liste est attendue"),
    "source as a number": (edit("  - S1\n", "  - 12\n"), "- 12", "un texte est attendu"),
    "local source without publisher": (edit("    publisher: Ville d'Alpha\n", ""), "key: L1", "publisher"),
    "local source with a wrong date": (edit('"2024-05-03"', '"mai 2024"'), "mai 2024", "date"),
    "local source with half an address": (
        edit('    date: "2024-05-03"', "    url: exemple.org"),
        "exemple.org",
        "url",
    ),
    "description of a section that is not there": (edit("  regles:", "  reglement:"), "  reglement:", "absente"),
    "two sections with one name": (edit("{#regles}", "{#presentation}"), "## Les règles", "en double"),
    "title without a name": (edit(" {#regles}", ""), "## Les règles", "titre attendu"),
    "title of another level": (edit("## Les règles", "### Les règles"), "### Les", "titre attendu"),
    "name with capitals": (edit("{#regles}", "{#Regles}"), "{#Regles}", "titre attendu"),
    "text before the first section": (
        edit("\n## Alpha en bref", "\nBonjour.\n\n## Alpha en bref"),
        "Bonjour.",
        "avant",
    ),
    "section without text": (edit("Aucune règle n'est connue.\n", ""), "## Les règles", "section vide"),
    "paragraph of sources alone": (edit("Aucune règle n'est connue.", "[^S1]"), -1, "sans texte"),
    "number that would be read as a citation": (
        edit("Alpha répare des vélos.", "L'article 9 [2014] d'Alpha parle de vélos."),
        "[2014]",
        "[2014] se lirait comme une citation : écrivez (2014)",
    ),
    "no section": (lambda text: text.partition("\n## ")[0], 1, "aucune section"),
    "zero-width character": (edit("Alpha vit", "Al\u200bpha vit"), "vit en Bretagne", "invisible"),
    "NUL byte": (edit("Alpha vit", "Al\0pha vit"), "vit en Bretagne", "invisible"),
    "form feed": (edit("Alpha vit", "\fAlpha vit"), "vit en Bretagne", "invisible"),
    "line separator": (edit("Alpha vit", "\u2028Alpha vit"), "vit en Bretagne", "invisible"),
    "accents apart from their letters": (edit("répare", "re\u0301pare"), "vélos", "NFC"),
    "not UTF-8": (lambda text: text.encode("latin-1", "replace"), 1, "UTF-8"),
}


@pytest.mark.parametrize(("change", "where", "message"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_of_form_is_told_with_its_file_and_line(
    corpus: CorpusFolder, change: Callable[[str], str | bytes], where: str | int, message: str
) -> None:
    path = corpus.write("poles/alpha", change(VALID))

    read, problems = read_corpus(corpus.path)

    expected = where if isinstance(where, int) else line_of(path, where)
    if where == -1:
        expected = len(path.read_text(encoding="utf-8").splitlines())
    # A title that can't be read also makes the front matter describe a section that is not there.
    assert {p.path for p in problems} == {path}
    assert next(str(p) for p in problems if message in p.message).startswith(f"{path}:{expected}: ")
    assert read.documents == ()


def test_all_faults_of_all_files_are_told_at_once(corpus: CorpusFolder) -> None:
    one = corpus.write("poles/un", VALID.replace("status: en_vigueur", "status: actif").replace("lang: fr", "lang: xx"))
    two = corpus.write("poles/deux", VALID.replace("{#regles}", ""))

    with pytest.raises(CorpusError) as caught:
        load_corpus(corpus.path)

    places = [problem.rpartition(": ")[0].split(": ")[0] for problem in caught.value.problems]
    assert {f"{one}:{line_of(one, 'status: actif')}", f"{one}:{line_of(one, 'lang: xx')}"} < set(places)
    assert f"{two}:{line_of(two, '## Les règles')}" in places
    assert "ptce ingest --check" in str(caught.value)


def test_the_other_documents_are_still_read(corpus: CorpusFolder) -> None:
    corpus.add("poles/alpha")
    corpus.write("poles/casse", "rien")

    read, problems = read_corpus(corpus.path)

    assert [d.id for d in read.documents] == ["poles/alpha"]
    assert len(problems) == 1


@pytest.mark.parametrize(
    "name",
    [
        "alpha.md",
        "poles/bretagne/alpha.md",
        "poles/alpha.MD",
        "poles/alpha.markdown",
        "poles/notes.txt",
        "notes.pdf",
        "autres.yaml",
        "poles/sources.yaml",
    ],
)
def test_a_document_laid_where_none_is_looked_for_is_told(corpus: CorpusFolder, name: str) -> None:
    path = corpus.add("poles/beta", part("a", "Où ?", "À Rennes. [^S1]")).parents[1] / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(VALID, encoding="utf-8")

    _, problems = read_corpus(corpus.path)

    assert [(p.path, "kind/nom.md" in p.message) for p in problems] == [(path, True)]


def test_what_an_editor_hides_is_not_read(corpus: CorpusFolder) -> None:
    hidden = corpus.add("poles/beta", part("a", "Où ?", "À Rennes. [^S1]")).with_name("._beta.md")
    hidden.write_bytes(b"\x00\x05\x16\x07")
    for name in (".beta.md.swp", "beta.md~", "#beta.md#"):
        hidden.with_name(name).write_text(VALID, encoding="utf-8")
    (corpus.path / ".obsidian").mkdir()
    (corpus.path / ".obsidian" / "alpha.md").write_text(VALID, encoding="utf-8")

    _, problems = read_corpus(corpus.path)

    assert problems == []


def test_a_page_about_the_corpus_is_left_alone(corpus: CorpusFolder) -> None:
    corpus.add("poles/beta")
    (corpus.path / "README.md").write_text("# Notre corpus\n", encoding="utf-8")

    assert read_corpus(corpus.path)[1] == []


def test_a_document_that_cannot_be_opened_is_a_problem_of_that_file(corpus: CorpusFolder) -> None:
    corpus.add("poles/alpha")
    folder = corpus.path / "poles" / "dossier.md"
    folder.mkdir()

    _, problems = read_corpus(corpus.path)

    assert [(p.path, p.line) for p in problems] == [(folder, 1)]
    assert "illisible" in problems[0].message


REGISTRY_FAULTS = {
    "broken YAML": ("S1:\n  title: [x\n", 3, "YAML invalide"),
    "a list": ("- S1\n", 1, "table"),
    "number that is none": ("S1:\n  title: 0x_\n", 2, "« 0x_ » n'est pas de type int"),
    "key given twice": ("S1: {title: a, publisher: b}\nS1: {title: c, publisher: d}\n", 2, "en double : S1"),
    "missing publisher": ("S1:\n  title: a\nS2:\n  title: b\n  publisher: c\n", 1, "S1 : « publisher »"),
    "unknown key": (
        "XS1: {title: a, publisher: b}\nS1:\n  title: a\n  publisher: b\n  ulr: x\n",
        5,
        "clé inconnue « ulr »",
    ),
    "wrong date": ('S1:\n  title: a\n  publisher: b\n  date: "12/2025"\n', 4, "date"),
    "half an address": ("S1:\n  title: a\n  publisher: b\n  url: www.exemple.org\n", 4, "url"),
}


@pytest.mark.parametrize(("text", "line", "message"), REGISTRY_FAULTS.values(), ids=REGISTRY_FAULTS.keys())
def test_a_fault_in_the_registry_of_sources_is_told_with_its_line(
    corpus: CorpusFolder, text: str, line: int, message: str
) -> None:
    corpus.add("poles/alpha")
    path = corpus.path / "sources.yaml"
    path.write_text(text, encoding="utf-8")

    _, problems = read_corpus(corpus.path)

    assert [(p.path, p.line) for p in problems] == [(path, line)]
    assert message in problems[0].message


def test_two_files_that_describe_one_source_differently_are_refused(corpus: CorpusFolder) -> None:
    corpus.add("poles/alpha")
    local = {"key": "S1", "title": "Autre chose", "publisher": "Quelqu'un"}
    path = corpus.add("poles/beta", sources=[local])

    _, problems = read_corpus(corpus.path)

    assert [(p.path, p.line) for p in problems] == [(path, 1)]
    assert "S1 est déjà décrite autrement" in problems[0].message


def test_two_files_may_describe_one_source_alike(corpus: CorpusFolder) -> None:
    for name in ("alpha", "beta"):
        corpus.add(f"poles/{name}", sources=[{"key": "S1", **SOURCES["S1"]}])

    assert len(load_corpus(corpus.path).documents) == 2


def test_a_corpus_without_registry_may_describe_all_its_sources_itself(tmp_path: Path) -> None:
    folder = CorpusFolder(tmp_path / "seul")
    folder.add("poles/alpha", part("a", "Alpha", "Alpha. [^X]"), sources=[{"key": "X", "title": "t", "publisher": "p"}])

    assert set(load_corpus(folder.path).sources) == {"X"}


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir(), lambda path: path.write_text("x")])
def test_no_corpus_at_all_names_the_setting_to_mend(tmp_path: Path, make: Callable[[Path], object]) -> None:
    folder = tmp_path / "vide"
    make(folder)

    with pytest.raises(CorpusError, match=r"corpus\.path"):
        load_corpus(folder)
