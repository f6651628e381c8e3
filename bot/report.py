"""`ptce sources --report`: what is known, how old it is, and what an officer should refresh first."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median_low

from bot.messages import STATUS_NAMES
from bot.page import Cell, Link, Name, Page, Table
from knowledge.model import Corpus, Document, Section, Source, age_months
from knowledge.phrases import french_date
from knowledge.text import fold

TITLE = "Ce que sait l'assistant PTCE"
KIND_NAMES = {
    "loi": "Loi et décret",
    "charte": "Charte",
    "dispositif": "Dispositif",
    "etapes": "Étapes",
    "poles": "Pôles",
    "cellules": "Cellules régionales",
    "faq": "Questions fréquentes",
    "glossaire": "Glossaire",
}
NO_REGION = "Sans région (national)"
# (first month that counts as older, name of what is younger).
AGES = ((6, "moins de 6 mois"), (12, "6 à 11 mois"), (24, "12 à 23 mois"), (60, "2 à 4 ans"))
OLDEST = "5 ans et plus"
_GROUP_COLUMNS = ("Documents", "Sections", *(STATUS_NAMES[s].capitalize() for s in STATUS_NAMES), "Silences")
_SECTION_COLUMNS = ("Âge (mois)", "État au", "Section", "Identifiant", "Région", "Sources")


@dataclass(frozen=True, slots=True)
class Entry:
    """A section where it stands, and its age in months."""

    document: Document
    section: Section
    age: int

    @property
    def sources(self) -> tuple[str, ...]:
        """Keys of the sources that it cites, each once."""
        return tuple(dict.fromkeys(key for p in self.section.paragraphs for key in p.sources))


def report(corpus: Corpus, today: date) -> Page:
    """The whole page."""
    entries = [Entry(d, s, age_months(s.as_of, today)) for d in corpus.documents for s in d.sections]
    cited = Counter(key for entry in entries for key in entry.sources)
    tables = (
        _summary(corpus, entries, cited),
        _to_check(entries),
        _ages(entries),
        _groups(entries, "types", "Documents par type", "Type", _kind),
        _groups(entries, "regions", "Documents par région", "Région", _region),
        _used_sources(corpus, cited),
        _unused_sources(corpus, cited),
        _silences(entries),
        _documents(corpus, today),
    )
    return Page(
        TITLE,
        f"État du corpus au {french_date(today.isoformat())}. L'âge d'une section est le nombre de mois écoulés depuis "
        "la date à laquelle ses sources la rendent vraie ; une date sans mois compte comme décembre.",
        tables,
    )


def _summary(corpus: Corpus, entries: Sequence[Entry], cited: Counter[str]) -> Table:
    statuses = Counter[str](e.section.status for e in entries)
    rows: tuple[tuple[Cell, ...], ...] = (
        ("Documents", len(corpus.documents)),
        ("Sections", len(entries)),
        *((f"Sections de statut « {label} »", statuses[status]) for status, label in STATUS_NAMES.items()),
        ("Sections qui consignent un silence", sum(e.section.silence for e in entries)),
        ("Sources citées", len(cited)),
        ("Sources jamais citées", len(corpus.sources.keys() - cited.keys())),
        ("Âge médian d'une section (mois)", median_low([e.age for e in entries] or [0])),
    )
    return Table("bref", "En bref", "", ("Quoi", "Nombre"), rows)


def _to_check(entries: Sequence[Entry]) -> Table:
    return Table(
        "a-verifier",
        "À rafraîchir : sections à vérifier, de la plus ancienne à la plus récente",
        "L'assistant donne ces informations avec leur date et la mention « à vérifier ».",
        _SECTION_COLUMNS,
        _section_rows(e for e in entries if e.section.status == "a_verifier"),
    )


def _silences(entries: Sequence[Entry]) -> Table:
    return Table(
        "silences",
        "Sections qui consignent un silence des sources",
        "Ce que l'on demande et qu'aucune source ne dit ; une nouvelle source peut y répondre.",
        _SECTION_COLUMNS,
        _section_rows(e for e in entries if e.section.silence),
    )


def _section_rows(entries: Iterator[Entry]) -> tuple[tuple[Cell, ...], ...]:
    return tuple(
        (
            e.age,
            french_date(e.section.as_of),
            e.section.title,
            Name(e.section.id),
            e.document.region or "",
            ", ".join(e.sources),
        )
        for e in sorted(entries, key=lambda e: (-e.age, e.section.id))
    )


def _ages(entries: Sequence[Entry]) -> Table:
    counts = Counter[tuple[str, str]]((_age_name(e.age), e.section.status) for e in entries)
    rows: list[tuple[Cell, ...]] = []
    for name in (*(name for _, name in AGES), OLDEST):
        numbers = [counts[name, status] for status in STATUS_NAMES]
        rows.append((name, *numbers, sum(numbers)))
    columns = ("Âge", *(label.capitalize() for label in STATUS_NAMES.values()), "Total")
    return Table("ages", "Âge des sections", "", columns, tuple(rows))


def _age_name(months: int) -> str:
    return next((name for limit, name in AGES if months < limit), OLDEST)


def _groups(
    entries: Sequence[Entry], anchor: str, title: str, column: str, group_of: Callable[[Document], tuple[str, str]]
) -> Table:
    """Counts by group; `group_of` gives a document's (sort key, name)."""
    groups: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        groups.setdefault(group_of(entry.document), []).append(entry)
    rows: list[tuple[Cell, ...]] = [(key[1], *_counts(groups[key])) for key in sorted(groups)]
    note = "Une section peut avoir un autre statut que son document : ce sont les sections qui sont comptées."
    return Table(anchor, title, note, (column, *_GROUP_COLUMNS, "Âge médian (mois)"), tuple(rows))


def _counts(entries: Sequence[Entry]) -> tuple[int, ...]:
    statuses = Counter[str](e.section.status for e in entries)
    return (
        len({e.document.id for e in entries}),
        len(entries),
        *(statuses[status] for status in STATUS_NAMES),
        sum(e.section.silence for e in entries),
        median_low([e.age for e in entries]),
    )


def _kind(document: Document) -> tuple[str, str]:
    kinds = list(KIND_NAMES)
    rank = kinds.index(document.kind) if document.kind in kinds else len(kinds)
    return f"{rank:02}", KIND_NAMES.get(document.kind, document.kind)


def _region(document: Document) -> tuple[str, str]:
    return (f"0{fold(document.region)}", document.region) if document.region else ("1", NO_REGION)


def _used_sources(corpus: Corpus, cited: Counter[str]) -> Table:
    ordered = sorted(cited, key=lambda key: (-cited[key], len(key), key))
    rows = [(cited[key], *_source(corpus.sources.get(key) or Source(key, "Source non décrite", ""))) for key in ordered]
    return Table(
        "sources",
        "Sources, de la plus à la moins citée",
        "Une source très citée qui change oblige à relire autant de sections.",
        ("Sections", "Clé", "Source", "Éditeur", "Date"),
        tuple(rows),
    )


def _unused_sources(corpus: Corpus, cited: Counter[str]) -> Table:
    unused = sorted(corpus.sources.keys() - cited.keys(), key=lambda key: (len(key), key))
    rows = tuple(_source(corpus.sources[key]) for key in unused)
    return Table("sources-inutilisees", "Sources jamais citées", "", ("Clé", "Source", "Éditeur", "Date"), rows)


def _source(source: Source) -> tuple[Cell, Cell, Cell, Cell]:
    title: Cell = Link(source.title, source.url) if source.url else source.title
    return Name(source.key), title, source.publisher, french_date(source.date) if source.date else "sans date"


def _documents(corpus: Corpus, today: date) -> Table:
    rows = tuple(
        (
            age_months(d.as_of, today),
            french_date(d.as_of),
            d.title,
            Name(d.id),
            STATUS_NAMES[d.status],
            KIND_NAMES.get(d.kind, d.kind),
            d.region or "",
            len(d.sections),
        )
        for d in sorted(corpus.documents, key=lambda d: (_kind(d), fold(d.title)))
    )
    columns = ("Âge (mois)", "État au", "Document", "Identifiant", "Statut", "Type", "Région", "Sections")
    return Table("documents", "Tous les documents", "", columns, rows)
