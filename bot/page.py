"""A page of tables, as Markdown and as HTML that needs nothing else: no script, no font, no picture.

On a narrow screen a table of counts scrolls sideways and every other one turns into cards, one a row.
"""

import re
from dataclasses import dataclass
from html import escape

NOTHING = "Rien à signaler."
_MARKDOWN = re.compile(r"([\\`*_\[\]<>|~&])")
# A long name is broken here rather than in the middle of a word.
_BREAK_AFTER = re.compile(r"(?<=[/#])")


@dataclass(frozen=True, slots=True)
class Link:
    """A text that leads somewhere."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Name:
    """A name that the program knows something by: shown as it is typed."""

    text: str


Cell = str | int | Link | Name


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of as many cells as there are columns; `anchor` names the table inside its page."""

    anchor: str
    title: str
    note: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @property
    def numeric(self) -> tuple[bool, ...]:
        """Whether each column holds nothing but whole numbers."""
        return tuple(all(isinstance(row[i], int) for row in self.rows) for i in range(len(self.columns)))

    @property
    def counts(self) -> bool:
        """Whether this is a table of counts: numbers everywhere but in the first column."""
        return all(self.numeric[1:])


@dataclass(frozen=True, slots=True)
class Page:
    """A title, a few words, and tables."""

    title: str
    introduction: str
    tables: tuple[Table, ...]


def markdown_page(page: Page) -> str:
    """The page as GitHub-flavoured Markdown; nothing in a cell can be taken for markup."""
    parts = [f"# {_plain(page.title)}", _plain(page.introduction)]
    for table in page.tables:
        parts += [f"## {_plain(table.title)}", _plain(table.note), _markdown_table(table)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _markdown_table(table: Table) -> str:
    if not table.rows:
        return NOTHING
    rule = ["---:" if numeric else "---" for numeric in table.numeric]
    lines = [[_plain(column) for column in table.columns], rule]
    lines += [[_markdown_cell(cell) for cell in row] for row in table.rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _markdown_cell(cell: Cell) -> str:
    if isinstance(cell, Link):
        address = cell.url.replace("|", "%7C").replace("\\", "%5C")
        return f"[{_plain(cell.text)}](<{address}>)"
    return _plain(cell.text if isinstance(cell, Name) else str(cell))


def _plain(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def html_page(page: Page) -> str:
    """The page as one HTML file, every text escaped, readable on a phone and on paper."""
    return _HTML.format(
        title=escape(page.title),
        introduction=escape(page.introduction),
        style=_STYLE,
        contents="\n".join(map(_html_contents, page.tables)),
        tables="\n".join(map(_html_section, page.tables)),
    )


def _html_contents(table: Table) -> str:
    many = "" if table.counts else f" <small>{len(table.rows)}</small>"
    return f'<li><a href="#{escape(table.anchor)}">{escape(table.title)}</a>{many}</li>'


def _html_section(table: Table) -> str:
    note = f"<p>{escape(table.note)}</p>\n" if table.note else ""
    return (
        f'<section id="{escape(table.anchor)}">\n<h2>{escape(table.title)}</h2>\n{note}{_html_table(table)}\n</section>'
    )


def _html_table(table: Table) -> str:
    if not table.rows:
        return f"<p>{NOTHING}</p>"
    head = "".join(
        f'<th scope="col"{_number(numeric)}>{escape(column)}</th>'
        for column, numeric in zip(table.columns, table.numeric, strict=True)
    )
    body = "\n".join(f"<tr>{_html_row(table, row)}</tr>" for row in table.rows)
    kind = "counts" if table.counts else "cards"
    return (
        f'<div class="scroll"><table class="{kind}">\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n'
        "</tbody></table></div>"
    )


def _html_row(table: Table, row: tuple[Cell, ...]) -> str:
    return "".join(
        f'<td data-label="{escape(column)}"{_number(numeric)}>{_html_cell(cell)}</td>'
        for column, numeric, cell in zip(table.columns, table.numeric, row, strict=True)
    )


def _number(numeric: bool) -> str:
    return ' class="number"' if numeric else ""


def _html_cell(cell: Cell) -> str:
    if isinstance(cell, Link):
        return f'<a href="{escape(cell.url)}" rel="noreferrer">{escape(cell.text)}</a>'
    if isinstance(cell, Name):
        return f"<code>{_BREAK_AFTER.sub('<wbr>', escape(cell.text, quote=False))}</code>"
    return escape(str(cell))


# The policy is a second lock: even a text that escaped its escaping could load and run nothing.
_HTML = """<!DOCTYPE html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<header>
<h1>{title}</h1>
<p>{introduction}</p>
<nav aria-label="Sommaire"><ul>
{contents}
</ul></nav>
</header>
<main>
{tables}
</main>
</body>
</html>
"""
_STYLE = """
:root { color-scheme: light dark; --line: #d5d9e0; --head: #eef1f6; --soft: #5b6472; --link: #0b4f9e; }
@media (prefers-color-scheme: dark) { :root { --line: #3a404a; --head: #262b33; --soft: #a3acb9; --link: #8cbcff; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: .5rem 0; }
h2 { font-size: 1.2rem; line-height: 1.3; margin: 2.5rem 0 .5rem; }
p { margin: .5rem 0; max-width: 46rem; }
a { color: var(--link); }
nav ul { columns: 18rem; margin: 1rem 0; padding-left: 1.2rem; }
small, section > p { color: var(--soft); }
.scroll { overflow-x: auto; }
table { border-collapse: separate; border-spacing: 0; font-size: .9rem; margin: .75rem 0; }
table.cards { width: 100%; }
th, td { padding: .4rem .7rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
th { background: var(--head); vertical-align: bottom; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
th.number { white-space: normal; }
code { font-size: .85em; overflow-wrap: break-word; }
.cards td { min-width: 0; }
@media (max-width: 40rem) {
  .cards thead { display: none; }
  .cards tr { display: block; border: 1px solid var(--line); border-radius: .4rem; margin: .6rem 0; padding: .3rem 0; }
  .cards td { display: flex; gap: .8rem; border: 0; padding: .15rem .7rem; text-align: left; white-space: normal; }
  .cards td:empty { display: none; }
  .cards td::before { content: attr(data-label); flex: 0 0 6.5rem; color: var(--soft); }
  .counts th, .counts td { padding: .35rem .45rem; }
  .counts td:first-child { position: sticky; left: 0; min-width: 5.5rem; background: Canvas; }
}
@media print { .scroll { overflow: visible; } tr { break-inside: avoid; } }
"""
