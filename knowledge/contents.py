"""The corpus as it was cut, and what of its texts is searched."""

from dataclasses import dataclass
from functools import cached_property

from knowledge.model import Corpus, Document, Passage, Section, Sentence
from knowledge.text import is_question, words


@dataclass(frozen=True)
class Contents:
    """The corpus as it was cut: sentences by section id, passages in corpus order."""

    corpus: Corpus
    sentences: dict[str, tuple[Sentence, ...]]
    passages: tuple[Passage, ...]

    @cached_property
    def sections(self) -> dict[str, Section]:
        """Every section by id, in corpus order."""
        return {s.id: s for d in self.corpus.documents for s in d.sections}

    @cached_property
    def documents(self) -> dict[str, Document]:
        """The document of each section, by section id."""
        return {s.id: d for d in self.corpus.documents for s in d.sections}

    @cached_property
    def _by_section(self) -> dict[str, tuple[Passage, ...]]:
        groups: dict[str, list[Passage]] = {}
        for passage in self.passages:
            groups.setdefault(passage.section, []).append(passage)
        return {section: tuple(group) for section, group in groups.items()}

    def passage_of(self, section: str, sentence: Sentence) -> Passage:
        """The first passage of the section that holds the sentence."""
        number = sentence.row - self.sentences[section][0].row
        return next(p for p in self._by_section[section] if p.first <= number <= p.last)

    @cached_property
    def questions(self) -> tuple[tuple[str, str], ...]:
        """(section id, question) for every known question: titles that are questions, and alternative questions."""
        return tuple(
            (s.id, q)
            for s in self.sections.values()
            for q in dict.fromkeys([*([s.title] if is_question(s.title) else []), *s.questions])
        )


def passage_text(document: Document, section: Section, passage: Passage) -> str:
    """What is encoded for a passage: a passage far from its title still says what it is about."""
    return f"{document.title} : {section.title} {passage.text}"


def foresees(section: Section, question: str) -> bool:
    """Whether the section's title, or one of the questions written for it, is this one, word for word."""
    asked = words(question)
    return any(words(text) == asked for text in (section.title, *section.questions))


def title_text(document: Document, section: Section) -> str:
    """What the title index holds for a section."""
    return " ".join([document.title, section.title, *document.aliases])
