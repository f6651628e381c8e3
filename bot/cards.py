"""What the channels' commands show without a question: a pole, a region's cell, the sources."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.messages import SOURCES_CARD, STATUS_NAMES
from knowledge.assistant import Assistant
from knowledge.completion import SUBJECT_WORDS
from knowledge.model import Citation, Document
from knowledge.phrases import since, until
from knowledge.text import fold, words

MAX_CHARACTERS = 1500
# How alike (0 to 100) a name must be to be taken for the one that was meant.
SAME_NAME = 80
# Letters that it takes to call a pole by a part of its name.
MIN_LETTERS = 3
# A shorter word is too easily another one with a letter more or less.
MIN_MISSPELT = 6
GENERIC_WORDS = SUBJECT_WORDS | frozenset("un une le la les l a au aux en de du des d".split())


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
        return _nearest(typed, [d.title for d in self._documents("poles") if not d.collective], limit)

    def regions(self, typed: str = "", limit: int = 25) -> list[str]:
        """Names of regions, the nearest to what was typed first."""
        return _nearest(typed, [d.region or d.title for d in self._documents("cellules")], limit)

    def pole(self, name: str) -> Card | None:
        """What is known of a pole, by its name or one of its other names; None when no name is like it."""
        # A region is the name of none of its poles.
        if _bare(name) in {_bare(d.region or "") for d in self._documents("cellules")}:
            return None
        return self._card(_called(self._documents("poles"), lambda d: [d.title, *d.aliases, *d.places]), name)

    def cell(self, region: str) -> Card | None:
        """Whom to contact in a region, by its name, a department's or a town's."""
        called = _called(self._documents("cellules"), lambda d: [d.region, d.title, *d.aliases, *d.places])
        return self._card(called, region)

    def sources(self) -> Card:
        """How much is known, and how old it is."""
        documents = self._assistant.index.contents.corpus.documents
        lines = []
        for status, name in STATUS_NAMES.items():
            dates = sorted(s.as_of for d in documents for s in d.sections if s.status == status)
            if dates:
                lines.append(f"- {name} : {len(dates)}, {_period(dates)}")
        sources = self._assistant.index.contents.corpus.sources
        sections = sum(len(d.sections) for d in documents)
        text = SOURCES_CARD.format(documents=len(documents), sections=sections, sources=len(sources))
        return Card("Mes sources", "\n".join([text, *lines]))

    def _documents(self, kind: str) -> list[Document]:
        return [d for d in self._assistant.index.contents.corpus.documents if d.kind == kind]

    def _card(self, called: Mapping[str, Document], name: str) -> Card | None:
        meant = _meant(called, name)
        if meant is None:
            return None
        document = called[meant]
        cited = self._assistant.profile(document.id, MAX_CHARACTERS, meant)
        return Card(document.title, cited.text, cited.citations)


def _called(documents: Iterable[Document], names: Callable[[Document], Iterable[str | None]]) -> dict[str, Document]:
    """Each document under each of its names, bare; a name that several have is nobody's."""
    bearers: dict[str, dict[str, Document]] = defaultdict(dict)
    for document in documents:
        for name in names(document):
            bearers[_bare(name or "")][document.id] = document
    return {name: next(iter(bearing.values())) for name, bearing in bearers.items() if len(bearing) == 1}


def _bare(name: str) -> str:
    """A name folded, without the words that every pole may have in its own."""
    return " ".join(w for w in words(name) if w not in GENERIC_WORDS)


def _meant(called: Mapping[str, Document], name: str) -> str | None:
    """The known name that this is, that holds all its words where one document has such names, or that is spelt so."""
    from rapidfuzz import fuzz, process

    wanted = _bare(name)
    if not wanted or wanted in called:
        return wanted if wanted in called else None
    holding = [known for known in called if set(wanted.split()) <= set(known.split())]
    if len({called[known].id for known in holding}) == 1 and len(wanted) >= MIN_LETTERS:
        return min(holding, key=len)
    # « Loire » is not « Loiret » misspelt, nor « coopération » any pole of that word.
    if holding or len(wanted) < MIN_MISSPELT:
        return None
    found = process.extractOne(wanted, list(called), scorer=fuzz.ratio, score_cutoff=SAME_NAME)
    return found[0] if found else None


def _period(dates: Sequence[str]) -> str:
    """« de 2025 au 18 décembre 2025 »: from the first to the last date, in their order; one date alone has no end."""
    first, last = dates[0], dates[-1]
    return since(first) if first == last else f"{since(first)} {until(last)}"


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
