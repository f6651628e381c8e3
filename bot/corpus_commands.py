"""`ptce ingest`, `ptce sources` and what `ptce doctor` prints."""

import sys
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from bot.doctor import Finding
from bot.indexing import build_with_progress
from bot.messages import REPORT_WRITTEN, STATUS_NAMES
from bot.page import html_page, markdown_page
from bot.report import report
from ingest.check import check_corpus
from ingest.load import read_corpus
from ingest.problems import Problem, corpus_error
from knowledge.embeddings import open_encoder
from knowledge.errors import PtceError
from knowledge.model import Document
from knowledge.phrases import french_date
from knowledge.settings import Settings
from knowledge.validation import did_you_mean

if TYPE_CHECKING:
    from rich.console import Console


def check_only(settings: Settings) -> None:
    """Print what the corpus holds, or raise with every problem."""
    corpus, problems = check_corpus(settings.corpus_dir, settings.corpus.max_age_months)
    if problems:
        raise corpus_error(f"{len(problems)} problème(s) dans le corpus {settings.corpus_dir} :", problems)
    sections = sum(len(d.sections) for d in corpus.documents)
    print(f"Corpus valide : {len(corpus.documents)} documents, {sections} sections, {len(corpus.sources)} sources.")
    print(f"Dossier : {settings.corpus_dir}")


def refresh(settings: Settings, errors: "Console") -> None:
    """Build what changed and say what was done."""
    outcome = build_with_progress(settings, open_encoder(settings.embedding), errors)
    m = outcome.manifest
    print(
        f"Index {outcome.name} : {m.documents} documents, {m.sections} sections, {m.passages} passages ; "
        + (f"{outcome.encoded} texte(s) encodé(s)." if outcome.changed else "rien n'a changé.")
    )


def list_documents(settings: Settings) -> None:
    """One line a document: id, date, status, title."""
    corpus, problems = read_corpus(settings.corpus_dir)
    width = max(len(d.id) for d in corpus.documents) if corpus.documents else 0
    for d in corpus.documents:
        where = f" — {d.region}" if d.region else ""
        print(f"{d.id:<{width}}  {d.as_of:<10}  {STATUS_NAMES[d.status]:<10}  {d.title}{where}")
    _warn(problems)


def report_on(settings: Settings, folder: Path | None, errors: "Console") -> None:
    """The page of what is known: Markdown on stdout, or `sources.md` and `sources.html` in `folder`."""
    corpus, problems = read_corpus(settings.corpus_dir)
    page = report(corpus, date.today())
    if folder is None:
        print(markdown_page(page), end="")
    else:
        files = {folder / "sources.md": markdown_page(page), folder / "sources.html": html_page(page)}
        write_files(folder, files)
        errors.print(REPORT_WRITTEN.format(files=" et ".join(map(str, files))), markup=False, highlight=False)
    _warn(problems)


def write_files(folder: Path, files: dict[Path, str]) -> None:
    """Write the files of a report in `folder`, made where it is not there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in files.items():
            path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise PtceError(
            f"Impossible d'écrire le rapport dans {folder} ({error.strerror}).", "choisissez un autre dossier"
        ) from None


def _warn(problems: Sequence[Problem]) -> None:
    if problems:
        print(f"{len(problems)} problème(s) de lecture : lancez « ptce ingest --check ».", file=sys.stderr)


def show_document(settings: Settings, document_id: str) -> None:
    """One document: its sections, and the sources that each names."""
    corpus, problems = read_corpus(settings.corpus_dir)
    document = next((d for d in corpus.documents if d.id == document_id), None)
    if document is None:
        if faults := [p for p in problems if p.path == settings.corpus_dir / f"{document_id}.md"]:
            raise corpus_error(f"Le document {document_id} ne peut pas être lu :", faults)
        known = [d.id for d in corpus.documents]
        raise PtceError(
            f"Document inconnu : {document_id}{did_you_mean(document_id, known)}.", "« ptce sources » les liste tous"
        )
    print(_head(document))
    for section in document.sections:
        print(f"\n## {section.title}  [{section.id}]")
        for paragraph in section.paragraphs:
            print(f"{paragraph.text} [{', '.join(paragraph.sources)}]")
    print("\nSources")
    for key in document.sources:
        if source := corpus.sources.get(key):
            parts = (source.publisher, f"« {source.title} »", source.date or "sans date", source.url or "sans adresse")
            print(f"{key} : {', '.join(parts)}")


def _head(document: Document) -> str:
    return f"{document.title} ({document.kind}, {STATUS_NAMES[document.status]}, {french_date(document.as_of)})"


def print_findings(findings: Iterable[Finding]) -> bool:
    """Print each check as it ends; whether all passed."""
    passed = True
    for finding in findings:
        passed = passed and finding.passed
        print(f"{'✓' if finding.passed else '✗'} {finding.name} : {finding.detail}")
        if not finding.passed and finding.cure:
            print(f"  → {finding.cure}")
    return passed
