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
from knowledge.claims.parser import parsed
from knowledge.completion import DEFAULT_SUBJECT
from knowledge.text import fold, words

# « either »: a subject that may do or undergo (« la cité a ouvert », « le dossier se dépose »); « is »: of a noun.
Role = Literal["does", "undergoes", "receives", "either", "is"]
_SUBJECTS = ("nsubj", "nsubj:pass")
# « Il peut financer »: the subject of one is the subject of the other.
_MODAL = frozenset("pouvoir devoir vouloir aller venir savoir".split())
# What belongs to a noun itself, rather than telling more of it.
_NAMING = ("flat:name", "flat:foreign", "appos", "amod", "fixed", "nummod")
_DEFINITE = frozenset("le la l ce cet cette".split())
_HELPERS = frozenset({"aux:tense", "aux:pass", "aux", "cop", "case", "fixed", "mark"})
_CLAUSES = frozenset({"acl", "acl:relcl", "advcl", "parataxis"})
# Their participle is not passive: « un pôle né en 2014 ».
_GOING = frozenset(
    "naitre venir aller devenir partir rester arriver entrer sortir mourir passer tomber parvenir revenir".split()
)


@dataclass(frozen=True, slots=True)
class Party:
    """A noun phrase, as folded words: its noun, the noun with what names it, all of it, its words with a capital.

    `bare`: « le pôle », « cette coopérative », which stand for whoever was named before.
    """

    noun: str
    core: frozenset[str]
    whole: frozenset[str]
    names: frozenset[str]
    bare: bool


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
        elif _children(token, "cop"):
            antecedent = _antecedent(token)
            found += (p for s in _children(token, *_SUBJECTS) for p in _played(token, "is", s, antecedent))
    return tuple(found)


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
    head = token.head if token.dep_ in _NAMING else token
    return any(_children(t, "case") for t in (token, head))


def _of_verb(verb: Any) -> Iterator[Part]:
    arguments = list(verb.children)
    alone = not any(a.dep_.startswith(("obl", "obj")) for a in arguments)
    # « le caractère ascendant »: a participle that nothing completes is an adjective.
    if (verb.dep_ == "acl" and alone) or _children(verb, "csubj"):
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
    beside = [n for o in objects for n in _children(o, "nmod") if _leading(n) == "avec"]
    for argument in [a for a in arguments if a not in agents[1:]]:
        yield from _of_argument(verb, sharing, argument)
    for one in beside:
        yield from _played(verb, "either", one, None)


def _sharing(verb: Any) -> Any:
    """The verb itself, or the one it shares the subject of: « A porte et anime B », « A peut animer B »."""
    first = verb
    while not _children(first, *_SUBJECTS) and (first.dep_ == "conj" or _is_modal(first)):
        first = first.head
    return first


def _is_modal(infinitive: Any) -> bool:
    return infinitive.dep_ == "xcomp" and _lemma(infinitive.head) in _MODAL


def _subjects_and_objects(verb: Any, sharing: Any) -> tuple[list[Any], list[Any]]:
    subjects, objects = _children(sharing, *_SUBJECTS), _children(verb, "obj")
    relative = next((c for c in verb.children if _folded(c) in ("que", "qu") and _adjoins(c, verb)), None)
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
    shared_voice = sharing != verb and _is_past_participle(verb) and not _children(verb, "aux:tense", "aux:pass")
    if _lemma(verb) not in _GOING and _is_passive(sharing if shared_voice else verb):
        return "undergoes"
    reflexive = any(c.dep_.startswith("expl") or _folded(c) in ("se", "s") for c in verb.children)
    complete = _children(verb, "obj", "xcomp", "ccomp", "obl:arg")
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
    relative = _folded(token) in ("qui", "que", "qu")
    if relative and antecedent is None:
        antecedent = next((t for t in reversed(token.doc[: token.i]) if t.pos_ != "PUNCT"), None)
    if relative and antecedent is not None and antecedent.pos_ in ("NOUN", "PROPN"):
        yield from _played(told, role, antecedent, None)
        return
    if token.pos_ == "PRON" or relative:
        yield Part(_lemma(told), role, None)
        return
    for one in _joined(token):
        yield Part(_lemma(told), role, _party(one))


def _joined(token: Any) -> Iterator[Any]:
    """The noun and those that « et », « ou » or a comma join to it."""
    yield token
    for other in _children(token, "conj"):
        if other.pos_ not in ("VERB", "AUX"):
            yield from _joined(other)


def _party(noun: Any) -> Party | None:
    if noun.pos_ == "PRON":
        return None
    phrase = list(_phrase(noun))
    core, whole = _said([noun, *_named_by(noun)]), _said(phrase)
    names = _said([t for t in phrase if any(ch.isupper() for ch in t.text)])
    definite = any(d.pos_ == "DET" and _folded(d) in _DEFINITE for d in noun.children)
    bare = definite and len(whole) == 1 and not names - {DEFAULT_SUBJECT.lower()}
    return Party((words(noun.text) or [""])[-1], core, whole, names, bare)


def _named_by(noun: Any) -> Iterator[Any]:
    for child in noun.children:
        if child.dep_ in _NAMING or (child.dep_ == "nmod" and child.pos_ == "PROPN"):
            yield child
            yield from _children(child, *_NAMING)


def _phrase(noun: Any) -> Iterator[Any]:
    """The words of a noun phrase, the clauses that hang on it left out."""
    yield noun
    for child in noun.children:
        if child.dep_ not in _CLAUSES:
            yield from _phrase(child)


def _said(tokens: list[Any]) -> frozenset[str]:
    return frozenset(w for token in tokens for w in name_parts(token.text))


def _stranger_between(first: Any, second: Any) -> bool:
    """Whether a name stands right before the second verb: its own subject, that the parser gave to another word."""
    marks = [t.i for t in first.doc[first.i : second.i] if t.dep_ in ("cc", "punct")]
    return bool(marks) and any(t.pos_ == "PROPN" for t in first.doc[marks[-1] : second.i])


def _antecedent(verb: Any) -> Any:
    return verb.head if verb.dep_ in ("acl", "acl:relcl") else None


def _is_passive(verb: Any) -> bool:
    return bool(_children(verb, "aux:pass", "nsubj:pass"))


def _is_past_participle(verb: Any) -> bool:
    return "Part" in verb.morph.get("VerbForm") and "Past" in verb.morph.get("Tense")


def _children(token: Any, *relations: str) -> list[Any]:
    return [child for child in token.children if child.dep_ in relations]


def _leading(token: Any) -> str:
    """The preposition that leads to a noun, folded; empty when there is none."""
    return next((_folded(c) for c in _children(token, "case")), "")


def _folded(token: Any) -> str:
    return fold(token.text).rstrip("'’")


def _lemma(token: Any) -> str:
    return fold(token.lemma_)
