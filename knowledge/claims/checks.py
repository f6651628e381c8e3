"""The checks that a claim must pass against one sentence of the corpus; each gives the fault it finds, or None."""

import re
from collections.abc import Sequence

from knowledge.claims.anatomy import Said
from knowledge.claims.complements import other_complement
from knowledge.claims.figures import Figure, Read, numbered, same, with_dates
from knowledge.claims.identity import other_identity
from knowledge.claims.lexicon import related, root
from knowledge.claims.limits import is_about
from knowledge.claims.links import exchanged, mirrored, misplaced, regrouped
from knowledge.claims.perfect import done_told_as_doing
from knowledge.claims.roles import exchanged_role, usurper
from knowledge.claims.sense import TURNED, scope, sense
from knowledge.claims.swaps import swapped
from knowledge.claims.syntax import first_name
from knowledge.claims.unit import Check, Rejected, Unit
from knowledge.completion import DEFAULT_SUBJECT
from knowledge.model import Sentence
from knowledge.text import words

# « Noémie PTCE »: not what the corpus is about, but a name put together.
_AFTER_NAME = re.compile(rf"\b[A-ZÉ][\w'’-]+ {DEFAULT_SUBJECT}\b")

# « phase 2 », « article 9 »: the number of a thing, not how many there are.
_NUMBERED = re.compile(
    r"\b(?P<noun>[a-z]{4,}) (?P<number>\d{1,2})"
    r"(?= ?(?:[,.;:)]|$)| (?:de|du|des|d'|est|sont|a|ont|et|ou|en|pour|qui|peut)\b)"
)


def addresses(claim: Said, unit: Unit) -> Rejected | None:
    """E-mails, URLs and telephone numbers stand there whole."""
    missing = claim.read.addresses - unit.said.read.addresses
    return Rejected("adresse absente du passage", ", ".join(sorted(missing))) if missing else None


def figures(claim: Said, unit: Unit) -> Rejected | None:
    """Every figure stands there, and counts what it counts there."""
    written = unit.said.read.figures
    # A title may date what stands under it, or hold a number that is part of a name.
    titled = tuple(f for f in unit.titles.read.figures if f.kind in ("date", "number", "reference"))
    dates = any(f.kind == "date" for f in written)
    for figure in claim.read.figures:
        here = written if dates and figure.kind == "date" else (*written, *titled)
        found = [f for f in here if same(figure, f)]
        if not found:
            return Rejected("chiffre ou date absent du passage", figure.value.strip("|"))
        if _rough(unit.said, found) and not _rough(claim, [figure]):
            return Rejected("chiffre approché donné pour exact", figure.value)
        # « 56 des 74 PTCE » counts PTCE twice.
        uncounted = {f.value for f in claim.read.figures if not f.noun}
        counts = figure.noun and not any(f.noun in ("", figure.noun) for f in found)
        if counts and any(f.noun == figure.noun and f.value not in {figure.value} | uncounted for f in written):
            return Rejected("chiffre attaché à autre chose", figure.value)
    return None


def _rough(said: Said, figures: Sequence[Figure]) -> bool:
    """Whether all of these figures are only about right."""
    return all(f.kind != "date" and is_about(said.read.plain[: f.start]) for f in figures)


def names(claim: Said, unit: Unit) -> Rejected | None:
    """Every name stands there, or in the titles, or is the acronym of words that do."""
    held = unit.said.all_words | unit.titles.all_words
    for name in claim.names:
        # What the whole corpus is about may be named anywhere.
        subject = name == DEFAULT_SUBJECT.lower() and not _AFTER_NAME.search(claim.text)
        known = subject or name in held or name.isdigit() or root(name) in unit.titled.roots
        if not known and not any(reading <= unit.titled.roots for reading in unit.titled.acronyms.spelt(name)):
            return Rejected("nom absent du passage", name)
    return None


def vocabulary(claim: Said, unit: Unit) -> Rejected | None:
    """Every word that says something is there, or one that may stand for it."""
    missing = [w for w in dict.fromkeys(claim.words) if w != DEFAULT_SUBJECT.lower() and not unit.titled.licenses(w)]
    return Rejected("mots sans appui dans le passage", ", ".join(missing)) if missing else None


def bindings(claim: Said, unit: Unit) -> Rejected | None:
    """A figure stays with what it was said of, where the sentence says the like of something else."""
    pieces = unit.said.clauses
    for part in claim.clauses:
        for figure in part.read.figures:
            own = [p for p in pieces if any(same(figure, f) for f in p.read.figures)]
            if not own or any(p.roots <= part.roots for p in own):
                continue
            home = {r for p in own for r in p.roots}
            for word in part.roots - home:
                others = [p for p in pieces if word in p.roots]
                if others and all(_rival(figure, p, part) for p in others):
                    return Rejected("chiffre attaché à autre chose", figure.value.strip("|"))
    return _attached(claim.read, unit.said.read) or of_another_number(claim, unit.sentences)


def _rival(figure: Figure, clause: Said, part: Said) -> bool:
    """Whether a clause gives a figure of the same kind, neither this one nor one that the claim gives with it."""
    rivals = [f for f in clause.read.figures if f.kind == figure.kind]
    given = part.read.figures
    return bool(rivals) and not any(same(other, f) or same(f, other) for f in rivals for other in given)


def _attached(claim: Read, written: Read) -> Rejected | None:
    """« 300 PTCE en 2024 » keeps its date, « lauréat de la phase 1 » its number."""
    theirs = list(with_dates(written.figures, written.plain))
    for figure, date in with_dates(claim.figures, claim.plain):
        dates = [d for f, d in theirs if same(figure, f)]
        if dates and not any(same(date, d) for d in dates):
            return Rejected("chiffre attaché à autre chose", figure.value)
    labels = set(numbered(written.figures, written.plain))
    for leader, noun, number in numbered(claim.figures, claim.plain):
        rivals = {n for other, name, n in labels if (other, name) == (leader, noun)}
        if rivals and number not in rivals:
            return Rejected("chiffre attaché à autre chose", number)
    return None


def of_another_number(claim: Said, sentences: Sequence[Sentence]) -> Rejected | None:
    """« Pour la phase 1 » is not told what one sentence says of phase 2, where another one speaks of phase 1."""
    pieces = [(_numbers(said), said.roots) for said in (Said(s.text) for s in sentences)]
    for noun, number in _numbers(claim):
        rivals = [roots for labels, roots in pieces if {n for name, n in labels if name == noun} - {number}]
        others = [roots for labels, roots in pieces if (noun, number) in labels or all(n != noun for n, _ in labels)]
        if rivals and any((noun, number) in labels for labels, _ in pieces):
            elsewhere = set().union(*rivals) - set().union(*others)
            if taken := claim.roots & elsewhere:
                return Rejected("chiffre attaché à autre chose", f"{number}, {min(taken)}")
    return None


def _numbers(said: Said) -> set[tuple[str, str]]:
    return {(match["noun"], match["number"]) for match in _NUMBERED.finditer(said.read.plain)}


def subject(claim: Said, unit: Unit) -> Rejected | None:
    """Nobody takes the place of the one of whom the sentence says this."""
    taker = usurper(claim.text, unit.said.text)
    if taker and any(related(taker, w) for w in unit.said.all_words):
        return Rejected("attribué à un autre", taker)
    # What only a title names must not replace what the sentence itself is about.
    actor = set(words(first_name(unit.own.text)))
    borrowed = [n for n in claim.names if n not in unit.said.all_words and n in unit.titles.all_words]
    if borrowed and actor and not actor <= unit.titles.all_words | claim.all_words:
        return Rejected("attribué à un autre", borrowed[0])
    return None


def places(claim: Said, unit: Unit) -> Rejected | None:
    """« A soutient B » is not « B soutient A », nor « A est soutenu par B » told the other way round."""
    turned = exchanged_role(claim.text, unit.said.text)
    return Rejected("rôles échangés", turned) if turned else None


def identity(claim: Said, unit: Unit) -> Rejected | None:
    """Nobody is made what the sentence names apart from them."""
    made = other_identity(claim.text, unit.said.text)
    return Rejected("attribué à un autre", made) if made else None


def lasting(claim: Said, unit: Unit) -> Rejected | None:
    """What was done is not told, undated, as being done."""
    dated = any(figure.kind == "date" for figure in claim.read.figures)
    verb = "" if dated else done_told_as_doing(claim.text, unit.said.text)
    return Rejected(TURNED, f"passé donné pour présent, {verb}") if verb else None


def ties(claim: Said, unit: Unit) -> Rejected | None:
    """« Sous l'impulsion de A » is not made « sous l'impulsion de B »."""
    tied = other_complement(claim.text, unit.said.text, unit.held.acronyms)
    return Rejected("attribué à un autre", tied) if tied else None


def neighbours(claim: Said, unit: Unit) -> Rejected | None:
    """No name or figure stands where the sentence has another one, and no two words took each other's place."""
    texts = claim.text, unit.said.text
    if moved := exchanged(*texts) or mirrored(*texts) or misplaced(*texts) or regrouped(*texts):
        return Rejected("noms ou chiffres échangés", moved)
    turned = swapped(*texts)
    return Rejected("mots échangés", turned) if turned else None


# Those of a clause; a whole claim also has to say where it holds.
CHECKS: tuple[Check, ...] = (
    addresses,
    figures,
    names,
    vocabulary,
    bindings,
    subject,
    sense,
    lasting,
    places,
    identity,
    ties,
    neighbours,
)
# Those that look at a whole claim even when its clauses were taken from several sentences.
WHOLE: tuple[Check, ...] = (subject, places, neighbours, scope)
