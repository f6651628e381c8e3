"""The corpus defends itself: each rule looks at the whole corpus and yields problems with file and line.

`ptce ingest --check` runs them all, and so do the tests of the project, over the bundled corpus.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ingest.contradictions import contradictory_figures
from ingest.load import read_corpus
from ingest.problems import Problem
from knowledge.generation import SOURCES_FILE
from knowledge.model import Corpus, Document, Paragraph, Section, age_months
from knowledge.text import content_words, fold, sentences, terms

MAX_OPENING_WORDS = 40
MAX_SECTION_WORDS = 190
DUPLICATE_SHARE = 0.85
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\b[\w.-]+\.(?:fr|org|com|coop|bzh|net|eu|co)(?:/[\w./%-]*)?(?![\w@.-])")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_MARKDOWN = re.compile(r"\*\*|__|\]\(|<[a-zA-Z/]|`|\|")
_LOOSE_SUBJECT = re.compile(r"^(?:il|elle|ils|elles|ce (?:pole|dernier|montant|dispositif)|cette (?:aide|derniere))\b")


@dataclass(frozen=True, slots=True)
class Rules:
    """What a rule sees: the corpus, where its files are, today's date and the age that counts as old."""

    corpus: Corpus
    folder: Path
    # Who names neither a day nor an age holds nothing to be old, nor to come.
    today: date = date.max
    max_age_months: int = 12 * date.max.year

    def problem(self, document: Document, line: int, message: str) -> Problem:
        """A problem in a document's file."""
        return Problem(self.folder / f"{document.id}.md", line, message)

    def sections(self) -> Iterator[tuple[Document, Section]]:
        """Every section with its document."""
        return ((d, s) for d in self.corpus.documents for s in d.sections)

    def paragraphs(self) -> Iterator[tuple[Document, Paragraph]]:
        """Every paragraph with its document."""
        return ((d, p) for d, s in self.sections() for p in s.paragraphs)


Rule = Callable[[Rules], Iterator[Problem]]


def check_corpus(folder: Path, max_age_months: int, today: date | None = None) -> tuple[Corpus, list[Problem]]:
    """The corpus as far as it can be read, and every problem of form and content, by file and line."""
    corpus, problems = read_corpus(folder)
    rules = Rules(corpus, folder, today or date.today(), max_age_months)
    for rule in RULES:
        problems += rule(rules)
    return corpus, sorted(set(problems), key=lambda p: (str(p.path), p.line, p.message))


def unsourced_paragraphs(r: Rules) -> Iterator[Problem]:
    """Every paragraph ends with the keys of its sources."""
    for document, paragraph in r.paragraphs():
        if not paragraph.sources:
            yield r.problem(document, paragraph.line, "paragraphe sans source : terminez-le par [^clé]")


def unknown_sources(r: Rules) -> Iterator[Problem]:
    """A key that is used is declared by the document, and described."""
    for document in r.corpus.documents:
        for section in document.sections:
            for paragraph in section.paragraphs:
                for key in paragraph.sources:
                    if key not in document.sources:
                        yield r.problem(
                            document, paragraph.line, f"source {key} absente de « sources: » dans l'en-tête"
                        )
        for key in document.sources:
            if key not in r.corpus.sources:
                yield r.problem(document, 1, f"source inconnue : {key} n'est décrite ni ici ni dans {SOURCES_FILE}")


def unused_sources(r: Rules) -> Iterator[Problem]:
    """A source that is declared is cited."""
    for document in r.corpus.documents:
        used = {key for s in document.sections for p in s.paragraphs for key in p.sources}
        for key in document.sources:
            if key not in used:
                yield r.problem(document, 1, f"source {key} déclarée mais jamais citée")


def long_openings(r: Rules) -> Iterator[Problem]:
    """The first sentence answers alone: at most 40 words, and its subject is named."""
    for document, section in r.sections():
        if not section.paragraphs:
            continue
        first = section.paragraphs[0]
        opening = sentences(first.text)[0]
        count = len(opening.split())
        if first.form != "quote" and count > MAX_OPENING_WORDS:
            yield r.problem(document, first.line, f"première phrase de {count} mots (au plus {MAX_OPENING_WORDS})")
        if _LOOSE_SUBJECT.match(fold(opening)):
            yield r.problem(
                document, first.line, "la première phrase doit nommer son sujet (pas de « il », « ce pôle »…)"
            )


def long_sections(r: Rules) -> Iterator[Problem]:
    """One need, about 150 words; verbatim law may be longer."""
    for document, section in r.sections():
        count = sum(len(p.text.split()) for p in section.paragraphs if p.form != "quote")
        if count > MAX_SECTION_WORDS:
            yield r.problem(document, section.line, f"section de {count} mots (au plus {MAX_SECTION_WORDS}) : à couper")


def markup_in_sentences(r: Rules) -> Iterator[Problem]:
    """Sentences are quoted as they stand: no Markdown, HTML or source key inside."""
    for document, paragraph in r.paragraphs():
        if _MARKDOWN.search(paragraph.text) or "[^" in paragraph.text:
            yield r.problem(document, paragraph.line, "Markdown, HTML ou clé de source à l'intérieur d'une phrase")


def foreign_addresses(r: Rules) -> Iterator[Problem]:
    """An address in the text must be, whole, one of the sources' addresses; half addresses are never shown."""
    known = {source.url for source in r.corpus.sources.values() if source.url}
    for document, paragraph in r.paragraphs():
        without_mail = _EMAIL.sub("", paragraph.text)
        for match in _ADDRESS.finditer(without_mail):
            if match[0].rstrip(".,;)»") not in known:
                yield r.problem(document, paragraph.line, f"adresse incomplète ou sans source : {match[0]}")


def stale_documents(r: Rules) -> Iterator[Problem]:
    """What is said to be in force must have been looked at recently enough."""
    for document, section in r.sections():
        if section.as_of[:10] > r.today.isoformat():
            yield r.problem(document, section.line, f"as_of dans le futur : {section.as_of}")
        elif section.status == "en_vigueur" and age_months(section.as_of, r.today) > r.max_age_months:
            yield r.problem(
                document,
                section.line,
                f"« en_vigueur » mais as_of {section.as_of} a plus de {r.max_age_months} mois : revoyez la section, "
                "ou passez-la à a_verifier ou historique",
            )


def broken_references(r: Rules) -> Iterator[Problem]:
    """`see:` names sections that exist."""
    known = {section.id for _, section in r.sections()}
    for document, section in r.sections():
        for target in section.see:
            if target not in known:
                yield r.problem(document, section.line, f"renvoi vers une section absente : {target}")


def repeated_questions(r: Rules) -> Iterator[Problem]:
    """A question leads to one section; each section has alternative questions."""
    owners: dict[str, str] = {}
    for document, section in r.sections():
        if len(section.questions) < 3:
            yield r.problem(document, section.line, f"au moins 3 questions alternatives ({len(section.questions)} ici)")
        for question in section.questions:
            owner = owners.setdefault(" ".join(fold(question).split()), section.id)
            if owner != section.id:
                yield r.problem(document, section.line, f"question déjà donnée par {owner} : « {question} »")


def duplicated_sections(r: Rules) -> Iterator[Problem]:
    """The same facts twice would be answered twice, and mended once."""
    bags = [(d, s, frozenset(terms(" ".join(p.text for p in s.paragraphs)))) for d, s in r.sections()]
    for i, (document, section, bag) in enumerate(bags):
        for _, other, other_bag in bags[:i]:
            smaller, larger = sorted((len(bag), len(other_bag)))
            if smaller < 12 or smaller < DUPLICATE_SHARE * larger:
                continue
            if len(bag & other_bag) > DUPLICATE_SHARE * len(bag | other_bag):
                yield r.problem(document, section.line, f"section presque identique à {other.id}")


def unclear_sentences(r: Rules) -> Iterator[Problem]:
    """A sentence that is cut wrongly would be quoted wrongly: quotes are closed, a sentence has words."""
    for document, paragraph in r.paragraphs():
        if paragraph.text.count("«") != paragraph.text.count("»"):
            yield r.problem(document, paragraph.line, "guillemets « » non fermés dans le paragraphe")
        if not content_words(paragraph.text):
            yield r.problem(document, paragraph.line, "paragraphe sans mots")


def disagreeing_figures(r: Rules) -> Iterator[Problem]:
    """Two figures for one named quantity, and no word about it."""
    for found in contradictory_figures(r.corpus):
        yield r.problem(found.document, found.line, found.message)


RULES: tuple[Rule, ...] = (
    unsourced_paragraphs,
    unknown_sources,
    unused_sources,
    long_openings,
    long_sections,
    markup_in_sentences,
    foreign_addresses,
    stale_documents,
    broken_references,
    repeated_questions,
    duplicated_sections,
    unclear_sentences,
    disagreeing_figures,
)
