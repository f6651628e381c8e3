"""What the channels' commands show without a question: a pole, a region's cell, the sources."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.messages import SOURCES_CARD, STATUS_NAMES
from knowledge.assistant import Assistant
from knowledge.model import Citation, Document
from knowledge.phrases import french_date
from knowledge.text import fold

MAX_CHARACTERS = 1500
# How alike (0 to 100) a name must be to be taken for the one that was meant.
SAME_NAME = 80


@dataclass(frozen=True, slots=True)
class Card:
    """A title, a text with markers, and the citations that the markers point to."""

    title: str
    text: str
    citations: tuple[Citation, ...] = ()


class Cards:
    """Reads the generation that serves; thread-safe, as the assistant is."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    def poles(self, typed: str = "", limit: int = 25) -> list[str]:
        """Names of poles, the nearest to what was typed first."""
        return _nearest(typed, [d.title for d in self._documents("poles")], limit)

    def regions(self, typed: str = "", limit: int = 25) -> list[str]:
        """Names of regions, the nearest to what was typed first."""
        return _nearest(typed, [d.region or d.title for d in self._documents("cellules")], limit)

    def pole(self, name: str) -> Card | None:
        """What is known of a pole, by its name or one of its other names; None when no name is like it."""
        return self._card(self._documents("poles"), name)

    def cell(self, region: str) -> Card | None:
        """Whom to contact in a region, by its name, a department's or a town's."""
        return self._card(self._documents("cellules"), region)

    def sources(self) -> Card:
        """How much is known, and how old it is."""
        documents = self._assistant.index.contents.corpus.documents
        lines = []
        for status, name in STATUS_NAMES.items():
            dates = sorted(s.as_of for d in documents for s in d.sections if s.status == status)
            if dates:
                lines.append(f"- {name} : {len(dates)}, de {french_date(dates[0])} à {french_date(dates[-1])}")
        sources = self._assistant.index.contents.corpus.sources
        sections = sum(len(d.sections) for d in documents)
        text = SOURCES_CARD.format(documents=len(documents), sections=sections, sources=len(sources))
        return Card("Mes sources", "\n".join([text, *lines]))

    def _documents(self, kind: str) -> list[Document]:
        return [d for d in self._assistant.index.contents.corpus.documents if d.kind == kind]

    def _card(self, documents: Iterable[Document], name: str) -> Card | None:
        from rapidfuzz import fuzz, process

        names = {fold(n): d for d in documents for n in reversed([d.title, *d.places, *d.aliases, d.region or ""]) if n}
        wanted = fold(name).strip()
        if wanted not in names:
            found = process.extractOne(wanted, list(names), scorer=fuzz.WRatio, score_cutoff=SAME_NAME)
            if not wanted or found is None:
                return None
            wanted = found[0]
        document = names[wanted]
        cited = self._assistant.profile(document.id, MAX_CHARACTERS)
        return Card(document.title, cited.text, cited.citations)


def _nearest(typed: str, names: Iterable[str], limit: int) -> list[str]:
    """What holds the typed letters first, in alphabetical order; then what is spelt like it."""
    from rapidfuzz import fuzz, process

    ordered = sorted(dict.fromkeys(names), key=fold)
    wanted = fold(typed).strip()
    if not wanted:
        return ordered[:limit]
    holding = [name for name in ordered if wanted in fold(name)]
    alike = [name for name, _, _ in process.extract(wanted, ordered, scorer=fuzz.WRatio, processor=fold, limit=5)]
    return list(dict.fromkeys([*holding, *alike]))[:limit]
