"""The body of a corpus file: a `## Title {#anchor}` for each section, a line for each paragraph, its sources last."""

import re
from collections.abc import Iterator
from pathlib import Path

from ingest.front_matter import FrontMatter, SectionEntry
from ingest.problems import Problem
from knowledge.model import Paragraph, ParagraphForm, Section
from knowledge.verify import MARKER

_HEADING = re.compile(r"^## (?P<title>.+?)\s*\{#(?P<anchor>[a-z0-9]+(?:-[a-z0-9]+)*)\}\s*$")
_SOURCE_MARKS = re.compile(r"(?:\s*\[\^[A-Za-z][A-Za-z0-9_-]*\])+\s*$")
_SOURCE_MARK = re.compile(r"\[\^([A-Za-z][A-Za-z0-9_-]*)\]")
_LEADS: dict[ParagraphForm, re.Pattern[str]] = {
    "item": re.compile(r"^[-*]\s+"),
    "step": re.compile(r"^\d+\.\s+"),
    "quote": re.compile(r"^>\s+"),
}


def read_sections(
    path: Path, document_id: str, head: FrontMatter, body: list[str], first_line: int
) -> tuple[list[Section], list[Problem]]:
    """The sections of one document, whose body begins at `first_line` of its file, and the faults of their form."""
    sections: list[Section] = []
    problems: list[Problem] = []
    title, anchor, start, paragraphs = "", "", 0, list[Paragraph]()

    def close() -> None:
        if anchor:
            sections.append(_section(document_id, anchor, title, paragraphs, head, start))

    for number, raw in enumerate(body, first_line):
        stripped = raw.strip()
        if not stripped:
            continue
        if stripped.startswith("#"):
            heading = _HEADING.match(stripped)
            if not heading:
                problems.append(Problem(path, number, "titre attendu sous la forme « ## Titre {#identifiant} »"))
                continue
            close()
            title, anchor, start, paragraphs = heading["title"], heading["anchor"], number, []
        elif not anchor:
            problems.append(Problem(path, number, "texte avant la première section"))
        else:
            paragraphs.append(_paragraph(stripped, number))
            problems += _paragraph_faults(path, paragraphs[-1])
    close()
    problems += [Problem(path, s.line, f"section vide : {s.title}") for s in sections if not s.paragraphs]
    return sections, problems


def _section(
    document_id: str, anchor: str, title: str, paragraphs: list[Paragraph], head: FrontMatter, line: int
) -> Section:
    entry = head.sections.get(anchor, SectionEntry())
    return Section(
        id=f"{document_id}#{anchor}",
        title=title,
        paragraphs=tuple(paragraphs),
        questions=tuple(entry.questions),
        see=tuple(entry.see),
        as_of=entry.as_of or head.as_of,
        status=entry.status or head.status,
        silence=entry.silence,
        line=line,
    )


def _paragraph(line: str, number: int) -> Paragraph:
    form: ParagraphForm = next((form for form, lead in _LEADS.items() if lead.match(line)), "text")
    content = line if form == "text" else _LEADS[form].sub("", line)
    marks = _SOURCE_MARKS.search(content)
    text = content[: marks.start()] if marks else content
    return Paragraph(text.strip(), tuple(_SOURCE_MARK.findall(marks[0])) if marks else (), form, number)


def _paragraph_faults(path: Path, paragraph: Paragraph) -> Iterator[Problem]:
    if not paragraph.text:
        yield Problem(path, paragraph.line, "paragraphe sans texte")
    # An answer that quoted it would seem to cite what it does not, and be refused by `knowledge.verify`.
    if number := MARKER.search(paragraph.text):
        yield Problem(path, paragraph.line, f"{number[0]} se lirait comme une citation : écrivez ({number[1]})")
