"""Who takes what part in what a French sentence tells, read off the dependency tree that spaCy makes of it.

Relations are those of Universal Dependencies (https://universaldependencies.org/fr/). Active and passive voice,
relative clauses, participles and shared subjects all come down to the same few parts: who does, who undergoes, who
receives.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from knowledge.claims.anatomy import name_parts
from knowledge.claims.noun_phrases import NAMING, Party, children, folded, joined, party
from knowledge.claims.parser import parsed
from knowledge.text import fold

# « either »: a subject that may do or undergo (« la cité a ouvert », « le dossier se dépose »); « is »: of a noun.
Role = Literal["does", "undergoes", "receives", "either", "is"]
_SUBJECTS = ("nsubj", "nsubj:pass")
# « Il peut financer »: the subject of one is the subject of the other.
_MODAL = frozenset("pouvoir devoir vouloir aller venir savoir".split())
_HELPERS = frozenset({"aux:tense", "aux:pass", "aux", "cop", "case", "fixed", "mark"})
# Their participle is not passive: « un pôle né en 2014 ».
_GOING = frozenset(
    "naitre venir aller devenir partir rester arriver entrer sortir mourir passer tomber parvenir revenir".split()
)


@dataclass(frozen=True, slots=True)
class Part:
    """A party's part in what a verb (or, for « is », a noun) tells; None for a pronoun, which may be anyone."""

    told: str
    role: Role
    party: Party | None


@lru_cache(maxsize=4096)
def parts(text: str) -> tuple[Part, ...]:
    """Every part that a noun or a pronoun takes in the sentence."""
    found: list[Part] = []
    for token in parsed(text):
        if token.pos_ in ("VERB", "AUX") and token.dep_ not in _HELPERS:
            found += _of_verb(token)
        elif children(token, "cop"):
            antecedent = _antecedent(token)
            found += (p for s in children(token, *_SUBJECTS) for p in _played(token, "is", s, antecedent))
    return tuple(found)


@lru_cache(maxsize=4096)
def tells(text: str) -> bool:
    """Whether a text has a verb that tells something, neither an infinitive nor a participle."""
    return any("Fin" in token.morph.get("VerbForm") for token in parsed(text))


@lru_cache(maxsize=4096)
def first_name(text: str) -> str:
    """The first word with a capital, folded, that no preposition leads to; empty when there is none."""
    return next((fold(t.text) for t in parsed(text) if _is_name(t) and not _is_led(t)), "")


def _is_name(token: Any) -> bool:
    if not name_parts(token.text) or token.pos_ in ("ADP", "DET", "PRON", "ADV", "CCONJ", "SCONJ"):
        return False
    opens = token.i == 0 and token.pos_ != "PROPN"
    return any(ch.isupper() for ch in (token.text[1:] if opens else token.text))


def _is_led(token: Any) -> bool:
    head = token.head if token.dep_ in NAMING else token
    return any(children(t, "case") for t in (token, head))


def _of_verb(verb: Any) -> Iterator[Part]:
    arguments = list(verb.children)
    alone = not any(a.dep_.startswith(("obl", "obj")) for a in arguments)
    # « le caractère ascendant »: a participle that nothing completes is an adjective.
    if (verb.dep_ == "acl" and alone) or children(verb, "csubj"):
        return
    sharing = _sharing(verb)
    antecedent = _antecedent(sharing)
    subjects, objects = _subjects_and_objects(verb, sharing)
    for subject in subjects:
        if sharing != verb and not _is_modal(verb) and _stranger_between(sharing, verb):
            yield Part(_lemma(verb), "either", None)
        else:
            yield from _played(verb, _role_of_subject(verb, sharing), subject, antecedent)
    made_to = verb.dep_ in ("xcomp", "ccomp") and _lemma(verb.head) == "faire"
    for one in objects:
        yield from _played(verb, "either" if made_to else "undergoes", one, antecedent)
    if verb.dep_ == "acl" and not subjects:
        yield from _played(verb, _role_of_described(verb), verb.head, None)
    agents = [a for a in arguments if _leading(a) == "par"]
    beside = [n for o in objects for n in children(o, "nmod") if _leading(n) == "avec"]
    for argument in [a for a in arguments if a not in agents[1:]]:
        yield from _of_argument(verb, sharing, argument)
    for one in beside:
        yield from _played(verb, "either", one, None)


def _sharing(verb: Any) -> Any:
    """The verb itself, or the one it shares the subject of: « A porte et anime B », « A peut animer B »."""
    first = verb
    while not children(first, *_SUBJECTS) and (first.dep_ == "conj" or _is_modal(first)):
        first = first.head
    return first


def _is_modal(infinitive: Any) -> bool:
    return infinitive.dep_ == "xcomp" and _lemma(infinitive.head) in _MODAL


def _subjects_and_objects(verb: Any, sharing: Any) -> tuple[list[Any], list[Any]]:
    subjects, objects = children(sharing, *_SUBJECTS), children(verb, "obj")
    relative = next((c for c in verb.children if folded(c) in ("que", "qu") and _adjoins(c, verb)), None)
    if relative is None:
        return subjects, objects
    # « l'innovation que porte le PTCE »: what follows the verb is its subject, which the parser often misses.
    before = [s for s in subjects if s.i < relative.i]
    after = [o for o in [*subjects, *objects] if o.i > verb.i]
    return after, before or [relative]


def _adjoins(token: Any, verb: Any) -> bool:
    """Whether nothing but « ne », « a », « y »… stands between a word and the verb after it."""
    return bool(token.i < verb.i) and all(t.dep_ in _HELPERS or t.pos_ == "ADV" for t in verb.doc[token.i + 1 : verb.i])


def _role_of_subject(verb: Any, sharing: Any) -> Role:
    shared_voice = sharing != verb and _is_past_participle(verb) and not children(verb, "aux:tense", "aux:pass")
    if _lemma(verb) not in _GOING and _is_passive(sharing if shared_voice else verb):
        return "undergoes"
    reflexive = any(c.dep_.startswith("expl") or folded(c) in ("se", "s") for c in verb.children)
    complete = children(verb, "obj", "xcomp", "ccomp", "obl:arg")
    return "either" if reflexive or not complete or _lemma(verb) in _GOING else "does"


def _role_of_described(participle: Any) -> Role:
    if _lemma(participle) in _GOING:
        return "either"
    return "undergoes" if _is_past_participle(participle) else "does"


def _of_argument(verb: Any, sharing: Any, argument: Any) -> Iterator[Part]:
    leading = _leading(argument)
    if not argument.dep_.startswith("obl") or not leading:
        return
    described = verb.dep_ == "acl" and _is_past_participle(verb)
    if leading == "par":
        if argument.dep_ == "obl:agent" or _is_passive(verb) or _is_passive(sharing) or described:
            yield from _played(verb, "does", argument, None)
    elif leading == "avec":
        yield from _played(verb, "either", argument, None)
    elif argument.dep_ == "obl:arg":
        yield from _played(verb, "receives", argument, None)


def _played(told: Any, role: Role, token: Any, antecedent: Any) -> Iterator[Part]:
    relative = folded(token) in ("qui", "que", "qu")
    if relative and antecedent is None:
        antecedent = next((t for t in reversed(token.doc[: token.i]) if t.pos_ != "PUNCT"), None)
    if relative and antecedent is not None and antecedent.pos_ in ("NOUN", "PROPN"):
        yield from _played(told, role, antecedent, None)
        return
    if token.pos_ == "PRON" or relative:
        yield Part(_lemma(told), role, None)
        return
    for one in joined(token):
        yield Part(_lemma(told), role, party(one))


def _stranger_between(first: Any, second: Any) -> bool:
    """Whether a name stands right before the second verb: its own subject, that the parser gave to another word."""
    marks = [t.i for t in first.doc[first.i : second.i] if t.dep_ in ("cc", "punct")]
    return bool(marks) and any(t.pos_ == "PROPN" for t in first.doc[marks[-1] : second.i])


def _antecedent(verb: Any) -> Any:
    return verb.head if verb.dep_ in ("acl", "acl:relcl") else None


def _is_passive(verb: Any) -> bool:
    return bool(children(verb, "aux:pass", "nsubj:pass"))


def _is_past_participle(verb: Any) -> bool:
    return "Part" in verb.morph.get("VerbForm") and "Past" in verb.morph.get("Tense")


def _leading(token: Any) -> str:
    """The preposition that leads to a noun, folded; empty when there is none."""
    return next((folded(c) for c in children(token, "case")), "")


def _lemma(token: Any) -> str:
    return fold(token.lemma_)
