"""`ptce sources --report`: the page says what is known, and no text of the corpus can turn into markup."""

from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest

from bot.entry import run
from bot.page import NOTHING, Link, Name, Page, Table, html_page, markdown_page
from bot.report import NO_REGION, report
from knowledge.model import Corpus, Document, Paragraph, Section, Source, age_months

TODAY = date(2026, 11, 22)
HOSTILE = "<script>alert('x')</script> | a\\|b & [mot](http://mal.example) *gras*\n# titre"
VOID = {"meta", "wbr"}


def section(section_id="poles/a#b", *, sources=("S1",), as_of="2025-12", status="en_vigueur", silence=False):
    paragraphs = tuple(Paragraph("Un fait.", (key,), "text", 9) for key in sources)
    return Section(section_id, "Titre", paragraphs, (), (), as_of, status, silence, 8)


def document(document_id="poles/a", *sections, region=None, title="Pôle A"):
    kind = document_id.split("/")[0]
    return Document(
        id=document_id,
        title=title,
        kind=kind,
        lang="fr",
        as_of="2025-12",
        status="en_vigueur",
        region=region,
        departement=None,
        aliases=(),
        places=(),
        sources=(),
        sections=sections,
    )


def corpus(*documents, sources=("S1", "S2", "S10")):
    return Corpus(documents, {key: Source(key, f"Titre {key}", "Éditeur") for key in sources})


def table(page: Page, anchor: str) -> Table:
    return next(t for t in page.tables if t.anchor == anchor)


def texts(found: Table, column: int) -> list[str]:
    cells = [row[column] for row in found.rows]
    return [cell.text if isinstance(cell, (Link, Name)) else str(cell) for cell in cells]


class Structure(HTMLParser):
    """The tags that a browser would see; fails on one that is closed in the wrong place."""

    def __init__(self, page: str):
        super().__init__()
        self.open, self.tags, self.links, self.ids, self.text = [], [], [], [], ""
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("href", "src")]
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize(
    ("as_of", "months"), [("2026-11-30", 0), ("2026-11", 0), ("2025-12-18", 11), ("2025", 11), ("2024", 23)]
)
def test_age_counts_whole_months_and_a_bare_year_as_its_december(as_of, months):
    assert age_months(as_of, TODAY) == months


def test_sections_to_check_come_oldest_first():
    sections = [
        section(f"poles/a#{name}", as_of=as_of, status=status)
        for name, as_of, status in (
            ("recent", "2025-12", "a_verifier"),
            ("ancien", "2014", "a_verifier"),
            ("milieu", "2021-03", "a_verifier"),
            ("sans-souci", "2010", "en_vigueur"),
        )
    ]
    found = table(report(corpus(document("poles/a", *sections)), TODAY), "a-verifier")
    assert texts(found, 3) == ["poles/a#ancien", "poles/a#milieu", "poles/a#recent"]
    assert texts(found, 0) == ["143", "68", "11"]


def test_a_source_counts_once_for_each_section_that_cites_it():
    twice = section("poles/a#un", sources=("S2", "S2"))
    other = section("poles/a#deux", sources=("S2", "S1"))
    found = table(report(corpus(document("poles/a", twice, other)), TODAY), "sources")
    assert list(zip(texts(found, 1), texts(found, 0), strict=True)) == [("S2", "2"), ("S1", "1")]


def test_sources_that_nobody_cites_are_listed_in_the_order_of_their_numbers():
    found = table(
        report(corpus(document("poles/a", section()), sources=("S10", "S2", "S1")), TODAY), "sources-inutilisees"
    )
    assert texts(found, 0) == ["S2", "S10"]


def test_a_cited_source_without_description_is_shown_all_the_same():
    found = table(report(corpus(document("poles/a", section(sources=("S9",)))), TODAY), "sources")
    assert texts(found, 1) == ["S9"]


def test_silences_are_listed():
    silent = section("poles/a#non-indique", silence=True)
    found = table(report(corpus(document("poles/a", section(), silent)), TODAY), "silences")
    assert texts(found, 3) == ["poles/a#non-indique"]


def test_documents_are_counted_by_kind_and_region_with_the_national_ones_last():
    page = report(
        corpus(
            document("poles/a", section("poles/a#x"), section("poles/a#y", status="a_verifier"), region="Occitanie"),
            document("poles/b", section("poles/b#x", status="historique"), region="Île-de-France"),
            document("loi/c", section("loi/c#x")),
        ),
        TODAY,
    )
    assert table(page, "types").rows == (("Loi et décret", 1, 1, 1, 0, 0, 0, 11), ("Pôles", 2, 3, 1, 1, 1, 0, 11))
    assert texts(table(page, "regions"), 0) == ["Île-de-France", "Occitanie", NO_REGION]


def test_every_section_falls_in_one_age_group():
    ages = ("2026-11", "2026-05", "2025-11", "2024-11", "2021-11", "2010")
    sections = [section(f"poles/a#{n}", as_of=as_of) for n, as_of in enumerate(ages)]
    found = table(report(corpus(document("poles/a", *sections)), TODAY), "ages")
    assert texts(found, 4) == ["1", "1", "1", "1", "2"]


def test_an_empty_table_says_so_in_both_forms():
    page = Page("Titre", "", (Table("vide", "Vide", "", ("A", "B"), ()),))
    assert NOTHING in markdown_page(page)
    assert NOTHING in html_page(page)


def test_markdown_keeps_one_line_a_row_whatever_the_texts_hold():
    page = Page("Titre", "", (Table("t", "T", "", ("A", "B"), ((HOSTILE, 1), (Link(HOSTILE, "https://e.fr/a|b"), 2))),))
    rows = [line for line in markdown_page(page).splitlines() if line.startswith("|")]
    assert len(rows) == 4
    assert all(row.replace("\\\\", "").replace("\\|", "").count("|") == 3 for row in rows)
    assert "<script" not in markdown_page(page).replace("\\<", "")


def test_html_escapes_every_text():
    hostile = (HOSTILE, Name(HOSTILE), Link(HOSTILE, 'https://e.fr/"><script>'), 1)
    page = Page(HOSTILE, HOSTILE, (Table("t", HOSTILE, HOSTILE, (HOSTILE, "B", "C", "D"), (hostile,)),))
    seen = Structure(html_page(page))
    assert "script" not in seen.tags
    assert "<script" not in html_page(page)
    assert HOSTILE in seen.text


def test_html_needs_nothing_from_elsewhere_and_its_contents_lead_somewhere():
    page = report(corpus(document("poles/a", section())), TODAY)
    seen = Structure(html_page(page))
    assert not {"script", "link", "img", "iframe"} & set(seen.tags)
    assert "url(" not in html_page(page)
    assert [link.removeprefix("#") for link in seen.links] == seen.ids == [t.anchor for t in page.tables]


def test_the_command_writes_both_files_and_says_where_on_stderr(tmp_path: Path, capsys):
    folder = tmp_path / "nouveau" / "rapport"
    assert run(["sources", "--report", str(folder)]) == 0
    printed = capsys.readouterr()
    assert printed.out == ""
    assert str(folder / "sources.html") in printed.err
    assert (folder / "sources.md").read_text(encoding="utf-8").startswith("# ")
    Structure((folder / "sources.html").read_text(encoding="utf-8"))


def test_without_a_folder_the_command_prints_markdown(capsys):
    assert run(["sources", "--report"]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("# ")
    assert printed.err == ""


@pytest.mark.parametrize("arguments", [["sources", "rapport"], ["sources", "--report", "--show", "poles/nola"]])
def test_contradictory_arguments_are_refused(arguments, capsys):
    assert run(arguments) == 2
    assert "--report" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_an_error_with_a_cure(tmp_path: Path, capsys):
    taken = tmp_path / "fichier"
    taken.write_text("")
    assert run(["sources", "--report", str(taken)]) == 1
    assert "→ choisissez un autre dossier" in capsys.readouterr().err
