"""Does a sentence that a model wrote stand in the passages it points to? Decided by rules, without a language model.

A claim is held against single sentences of the corpus (each with those it leans on), by the checks of `checks`: every
figure, date, address and name stands there; every word that says something is there, or one that may stand for it;
figures stay with what they counted; nothing is denied, required or allowed that was not; nobody takes another's place;
the meaning is near enough. A claim of several clauses may take each from another sentence of one section. What can't
be decided is cut.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.claims.anatomy import Said, capitalised, name_parts
from knowledge.claims.checks import CHECKS, WHOLE, of_another_number
from knowledge.claims.ignorance import unknown
from knowledge.claims.lexicon import Acronyms, Held
from knowledge.claims.sense import TURNED, scope
from knowledge.claims.syntax import first_name, tells
from knowledge.claims.unit import Rejected, Unit
from knowledge.completion import SUBJECT_WORDS
from knowledge.compose import LOOSE_START, with_antecedent
from knowledge.index import Index
from knowledge.model import Document, Section, Sentence
from knowledge.text import STOP_WORDS, clean, fold, is_question, words
from knowledge.vectors import Vector
from knowledge.yes_no import after_yes_or_no

# A claim farther than this from its evidence says something else, whatever its words (see tests/test_claims.py).
MIN_COSINE = 0.86
MAX_CHARACTERS = 600
# Evidence that takes more sentences than this is a composition of the model's own.
MAX_SENTENCES = 3
# Words of a pole's names that every pole has.
GENERIC = SUBJECT_WORDS | {"les", "le", "la"}
_ODD = re.compile(r"[\[\]{}<>|\\`#*_~=^]|\.{4,}|\?")
# Compared whole, by another check; their own signs are no fault of form.
_ADDRESS = re.compile(r"\S+@\S+|(?:https?://|www\.)\S+", re.IGNORECASE)
_RELATIVE = re.compile(r"(?:dont|qui|qu[e']|ou|ce qui|lequel|laquelle|lesquel\w+|auquel|duquel)\b")
# « AMI 2023 : »
_LABEL = re.compile(r"([^.;:,]{2,40}?) : ")
_POINTING = re.compile(r"^(?:leurs?|son|sa|ses|lui|on|nous|je|tu|vous)\b")
_DEFINITE = re.compile(
    r"^(?:le|la|l'|ce|cet|cette|les|ces) ?(?:pole|collectif|groupe|structure|association|cooperative|reseau|projet|"
    r"entreprise|equipe|dispositif|programme|demarche|directeur|directrice|presidente?|coordinateur|coordinatrice)s?\b"
)


@dataclass(frozen=True, slots=True)
class Given:
    """A passage as the model was given it: under an opaque key, with the titles it stands under."""

    key: str
    document: Document
    section: Section
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Supported:
    """The sentences of one section that say what the claim says."""

    section: Section
    sentences: tuple[Sentence, ...]


class Checker:
    """Checks claims against the sentences of one index. Takes each sentence apart once; safe between threads."""

    def __init__(self, index: Index) -> None:
        self._index = index
        contents = index.contents
        spelt = [s.text for group in contents.sentences.values() for s in group]
        # « CRA : cellule régionale d'animation » is how a glossary spells an acronym.
        spelt += [re.sub(r"^(\S+) : (.+)$", r"\1 (\2)", s.title) for s in contents.sections.values()]
        self._acronyms = Acronyms(spelt)
        self._units: dict[int, Unit] = {}

    def check(self, text: str, given: Sequence[Given]) -> Supported | Rejected:
        """What supports a claim, by its words; `near` looks at its meaning."""
        if verbatim := _verbatim(text, given):
            return verbatim
        if rejected := _misshapen(text):
            return rejected
        claim = Said(text, self._name_first(text))
        if not claim.words:
            return Rejected("phrase vide")
        units = self._nearest(claim, given)
        faults: list[Rejected] = []
        for unit in units:
            fault = _fault(claim, unit) or scope(claim, unit)
            if fault is None:
                return Supported(unit.section, unit.sentences)
            faults.append(fault)
        # Where all its words are in one sentence that says the opposite, no pieces of others make it true.
        turned = next((fault for fault in faults if fault.what == TURNED), None)
        return turned or _pieced(claim, units) or next(iter(faults), Rejected("passage vide"))

    def near(self, support: Supported, vector: Vector) -> Supported | Rejected:
        """The support, unless the claim's vector (encoded as the corpus's sentences are) is far from all of it."""
        nearest = float((self._index.sentences[[s.row for s in support.sentences]] @ vector).max())
        return support if nearest >= MIN_COSINE else Rejected("sens trop éloigné du passage")

    def leans(self, text: str, document: Document) -> bool:
        """Whether a claim on this document would be read as being about whatever was named before it."""
        folded = fold(text)
        if LOOSE_START.match(folded) or _POINTING.match(folded):
            return True
        claim = Said(text, self._name_first(text))
        named = {n for n in claim.names if not self._acronyms.spelt(n)}
        if document.region is None:
            return bool(_DEFINITE.match(folded)) and not named
        # What is so of one pole is not so of « un pôle »: who speaks of a place's document must name it.
        called = {w for label in _labels(document) for token, _ in capitalised(label) for w in name_parts(token)}
        distinct = {w for w in called if not self._acronyms.spelt(w) and w not in GENERIC}
        return not (named or distinct & set(claim.words))

    def _name_first(self, text: str) -> bool:
        """Whether the first word can only be a name: it has capitals inside, or French has no such word."""
        token = next((token for token, _ in capitalised(text) if fold(text).lstrip(" «").startswith(fold(token))), "")
        unknown = (w not in self._index.dictionary and w not in STOP_WORDS for w in name_parts(token))
        return any(ch.isupper() for ch in token[1:]) or any(unknown)

    def _nearest(self, claim: Said, given: Sequence[Given]) -> list[Unit]:
        """The sentences given, those that hold most of the claim's words first."""
        units = {s.row: self._unit(g, s) for g in given for s in g.sentences}
        order = sorted(units, key=lambda row: (-sum(units[row].held.licenses(w) for w in claim.words), row))
        return [units[row] for row in order]

    def _unit(self, given: Given, sentence: Sentence) -> Unit:
        found = self._units.get(sentence.row)
        if found is None:
            group = self._index.contents.sentences[given.section.id]
            sentences = tuple(group[n] for n in sorted(with_antecedent(group, sentence.row - group[0].row)))
            said = Said(" ".join(s.text for s in sentences), first_is_name=True)
            # A title that is a question (« est-ce une faiblesse ? »), or tells what nobody indicates, says nothing.
            told = (t for t in (given.document.title, given.section.title) if not is_question(t))
            titles = " ; ".join(t for t in told if not unknown(fold(t)))
            held = Held.of(said.read.rest, self._acronyms)
            titled = Held.of(f"{titles} ; {said.read.rest}", self._acronyms)
            own = Said(sentence.text, first_is_name=True)
            found = Unit(given.document, given.section, sentences, said, own, Said(titles, True), held, titled)
            self._units[sentence.row] = found
        return found


def _verbatim(text: str, given: Sequence[Given]) -> Supported | None:
    """The sentence itself, when the model copied it, with or without its « Oui, »."""
    for one in given:
        for sentence in one.sentences:
            whole = clean(sentence.text)
            if text == whole or _uncapitalised(text) == _uncapitalised(after_yes_or_no(whole)):
                return Supported(one.section, (sentence,))
    return None


def _uncapitalised(text: str) -> str:
    return text[:1].lower() + text[1:]


def _fault(claim: Said, unit: Unit) -> Rejected | None:
    """The first check that this claim fails against this sentence; None when it stands."""
    return next((fault for check in CHECKS if (fault := check(claim, unit))), None)


def _pieced(claim: Said, units: Sequence[Unit]) -> Supported | None:
    """Each clause from one sentence, two at least, all of one section, and none about somebody the claim leaves out."""
    pieces = _pieces(claim)
    for section in dict.fromkeys(unit.section.id for unit in units):
        near = [u for u in units if u.section.id == section and _about(claim, u)]
        chosen = [_taken(piece, near) for piece in pieces]
        whole = [u for u in chosen if u is not None and not any(check(claim, u) for check in WHOLE)]
        sentences = {s.row: s for u in whole for s in u.sentences}
        complete = len(whole) == len(pieces) and 1 < len(sentences) <= MAX_SENTENCES
        if complete and not of_another_number(claim, tuple(sentences.values())):
            return Supported(whole[0].section, tuple(sentences[row] for row in sorted(sentences)))
    return None


def _pieces(claim: Said) -> list[Said]:
    """What a claim says piece by piece, as it writes them; what it begins with before a colon is said of each."""
    written = _sayings([_written(claim.text, part.text) for part in claim.clauses])
    label = _LABEL.match(claim.text)
    if label and len(written) > 1 and fold(label[1]) == fold(written[0]):
        written = [f"{label[0]}{text}" for text in written[1:]]
    return [Said(text, claim.first_is_name) for text in written]


def _sayings(clauses: Sequence[str]) -> list[str]:
    """Clauses, those that tell nothing by themselves (« en Corse », « lauréat 2021 ») with the one they complete."""
    said: list[str] = []
    waiting: list[str] = []
    for clause in clauses:
        completes = not tells(clause) or _RELATIVE.match(fold(clause))
        if completes and said:
            said[-1] = f"{said[-1]}, {clause}"
        elif completes:
            waiting.append(clause)
        else:
            said.append(", ".join([*waiting, clause]))
            waiting = []
    return said or [", ".join(waiting)]


def _taken(piece: Said, units: Sequence[Unit]) -> Unit | None:
    """The first sentence in which a piece stands, unless one before says the opposite."""
    for unit in units:
        fault = _fault(piece, unit)
        if fault is None:
            return unit
        if fault.what == TURNED:
            return None
    return None


def _about(claim: Said, unit: Unit) -> bool:
    """Whether the claim, or a title, names what a sentence is about."""
    return set(words(first_name(unit.own.text))) <= claim.all_words | unit.titles.all_words


def _labels(document: Document) -> tuple[str, ...]:
    places = [place for place in (document.region, document.departement) if place]
    return (document.title, *document.aliases, *document.places, *places)


def _misshapen(text: str) -> Rejected | None:
    if text != clean(text) or _ODD.search(_ADDRESS.sub("", text)):
        return Rejected("forme", "caractères ou balises qui n'ont rien à faire dans une phrase")
    if len(text) > MAX_CHARACTERS:
        return Rejected("forme", "phrase trop longue")
    return None


def _written(text: str, folded_part: str) -> str:
    """The slice of `text` that became this folded clause, where lengths allow; the clause itself otherwise."""
    whole = fold(text)
    start = whole.find(folded_part)
    return text[start : start + len(folded_part)] if start >= 0 and len(whole) == len(text) else folded_part
