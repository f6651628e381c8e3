"""Corpus files into documents: YAML front matter, `##` sections, one paragraph a line.

Loading is strict about form (what can't be read can't be quoted) and reports every fault of every file at
once, as `file:line: message`. Rules about content are in `ingest.check`.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import ValidationError

from ingest.body import read_sections
from ingest.front_matter import FrontMatter, LocalSource, SourceEntry
from ingest.marked_yaml import MarkedYaml, MarkedYamlError, read_yaml
from ingest.problems import Problem, corpus_error
from knowledge.errors import CorpusError
from knowledge.generation import SOURCES_FILE, corpus_files, hidden
from knowledge.model import Corpus, Document, Section, Source
from knowledge.text import clean
from knowledge.validation import explain


def _stray_files(folder: Path, read: Sequence[Path]) -> list[Problem]:
    """A document laid where none is looked for would be missing from every answer without a word."""
    known = {*read, folder / SOURCES_FILE}
    others = (path for path in folder.rglob("*") if path not in known and path.name != "README.md")
    stray = sorted(path for path in others if not path.is_dir() and not hidden(folder, path))
    message = "ce fichier n'est pas lu : rangez-le sous la forme kind/nom.md, ou hors du corpus"
    return [Problem(path, 1, message) for path in stray]


def load_corpus(folder: Path) -> Corpus:
    """The whole corpus, or a `CorpusError` that lists every file and line to mend."""
    corpus, problems = read_corpus(folder)
    if problems:
        raise corpus_error(f"{len(problems)} problème(s) dans le corpus {folder} ; rien n'a été modifié.", problems)
    return corpus


def read_corpus(folder: Path) -> tuple[Corpus, list[Problem]]:
    """What can be read, and what can't; raises only when there is no corpus at all."""
    if not folder.is_dir():
        raise CorpusError(f"Le dossier du corpus {folder} n'existe pas.", "vérifiez corpus.path dans vos réglages")
    files = corpus_files(folder)
    if not files:
        raise CorpusError(f"Aucun document (kind/nom.md) dans {folder}.", "vérifiez corpus.path dans vos réglages")
    sources, problems = _read_registry(folder / SOURCES_FILE)
    problems += _stray_files(folder, files)
    documents = []
    for path in files:
        document, local, faults = read_document(path)
        problems += faults
        problems += _merge(sources, local, path)
        if document:
            documents.append(document)
    return Corpus(tuple(documents), sources), problems


def _read_registry(path: Path) -> tuple[dict[str, Source], list[Problem]]:
    if not path.exists():
        return {}, []
    text, problem = _read_text(path)
    if problem:
        return {}, [problem]
    try:
        found = read_yaml(text)
    except MarkedYamlError as fault:
        return {}, [Problem(path, fault.line, str(fault))]
    if not isinstance(found.data, dict):
        return {}, [Problem(path, 1, "une table « clé: {title, publisher, …} » est attendue")]
    sources, problems = {}, []
    for key, value in found.data.items():
        try:
            sources[str(key)] = Source(str(key), **SourceEntry.model_validate(value).model_dump())
        except ValidationError as error:
            problems += [
                Problem(path, found.line(key, *loc), f"{key} : {message}")
                for loc, message in explain(error, SourceEntry)
            ]
    return sources, problems


def _merge(sources: dict[str, Source], local: list[Source], path: Path) -> list[Problem]:
    problems = []
    for source in local:
        if sources.setdefault(source.key, source) != source:
            problems.append(
                Problem(path, 1, f"la source {source.key} est déjà décrite autrement dans un autre fichier")
            )
    return problems


def read_document(path: Path) -> tuple[Document | None, list[Source], list[Problem]]:
    """One file: the document when its form is right, its local sources, and its faults."""
    text, problem = _read_text(path)
    if problem:
        return None, [], [problem]
    match = re.match(r"---\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|$)", text, re.DOTALL)
    if not match:
        return None, [], [Problem(path, 1, "l'en-tête YAML entre deux lignes « --- » manque ou n'est pas fermé")]
    try:
        found = read_yaml(match[1])
        head = FrontMatter.model_validate(found.data)
    except MarkedYamlError as fault:
        return None, [], [Problem(path, fault.line + 1, str(fault))]
    except ValidationError as error:
        return None, [], [Problem(path, found.line(*loc) + 1, message) for loc, message in explain(error, FrontMatter)]
    body_line = text[: match.end()].count("\n") + 1
    return _document(path, head, found, text[match.end() :].split("\n"), body_line)


def _document(
    path: Path, head: FrontMatter, found: MarkedYaml, body: list[str], line: int
) -> tuple[Document | None, list[Source], list[Problem]]:
    document_id = f"{path.parent.name}/{path.stem}"
    sections, problems = read_sections(path, document_id, head, body, line)
    problems += _front_matter_faults(path, head, found, [s.id.partition("#")[2] for s in sections])
    problems += _repeated_anchors(path, sections)
    local = [Source(**s.model_dump()) for s in head.sources if isinstance(s, LocalSource)]
    keys = tuple(s if isinstance(s, str) else s.key for s in head.sources)
    if problems:
        return None, local, problems
    common = head.model_dump(include={"title", "kind", "lang", "as_of", "status", "region", "departement"})
    document = Document(
        id=document_id,
        aliases=tuple(head.aliases),
        places=tuple(head.places),
        sources=keys,
        sections=tuple(sections),
        collective=head.collective,
        **common,
    )
    return document, local, []


def _front_matter_faults(path: Path, head: FrontMatter, found: MarkedYaml, anchors: list[str]) -> Iterator[Problem]:
    if head.kind != path.parent.name:
        yield Problem(path, found.line("kind") + 1, f"kind « {head.kind} » dans le dossier « {path.parent.name} »")
    if not anchors:
        yield Problem(path, 1, "aucune section « ## Titre {#identifiant} »")
    for anchor in head.sections:
        if anchor not in anchors:
            yield Problem(path, found.line("sections", anchor) + 1, f"l'en-tête décrit une section absente : {anchor}")


def _repeated_anchors(path: Path, sections: list[Section]) -> Iterator[Problem]:
    ids = [section.id for section in sections]
    for number, section in enumerate(sections):
        if section.id in ids[:number]:
            yield Problem(path, section.line, f"identifiant de section en double : {section.id.partition('#')[2]}")


def _read_text(path: Path) -> tuple[str, Problem | None]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        return "", Problem(path, 1, f"le fichier n'est pas en UTF-8 (octet {error.start}) ; enregistrez-le en UTF-8")
    except OSError as error:
        return "", Problem(path, 1, f"fichier illisible : {error.strerror}")
    for number, line in enumerate(text.split("\n"), 1):
        # A quote must be found verbatim in the file, and the model must read what the reader sees.
        if "\0" in line or clean(line) != re.sub(r" {2,}", " ", line.replace("\t", " ")).strip():
            return "", Problem(path, number, "caractère invisible, de contrôle ou non normalisé (NFC) dans la ligne")
    return text, None
