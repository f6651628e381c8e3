"""Whether a claim gives someone the part that its evidence gives to somebody else."""

from collections.abc import Sequence

from knowledge.claims.lexicon import groups_of, related, root
from knowledge.claims.syntax import Part, Party, Role, parts
from knowledge.completion import DEFAULT_SUBJECT

# What everything here is about, by any of its names: nobody's rival.
_SUBJECT = frozenset({DEFAULT_SUBJECT.lower(), "pole", "poles"})
# « Les sources disent… »: who says it is nobody's rival.
_SAYING = frozenset({"source", "sources", "page", "pages", "article"})
# The parts that whoever does, or undergoes, would hold if roles were exchanged.
_TURNED: dict[Role, tuple[Role, ...]] = {"does": ("undergoes", "receives"), "undergoes": ("does",)}


def exchanged_role(claim: str, evidence: str) -> str:
    """Who does in the claim what they undergo or receive in the evidence, or the reverse; empty when nobody."""
    for part, party, told in _judged(claim, evidence):
        turned = [p.party for p in told if p.role in _TURNED.get(part.role, ()) and p.party]
        if not _kept(part, party, told) and any(_named_alike(party, other) for other in turned):
            return f"{party.noun}, {part.told}"
    return ""


def usurper(claim: str, evidence: str) -> str:
    """Who does, undergoes or is in the claim what the evidence says of others only; empty when nobody."""
    for part, party, told in _judged(claim, evidence):
        others = [p.party for p in told if p.role in (part.role, "either")]
        # Of what somebody undergoes or is, many nouns may be told: names alone are surely rivals there.
        rivals = part.role == "does" or (_named(party) and all(other and _named(other) for other in others))
        if others and rivals and part.role != "receives" and not _kept(part, party, told):
            return party.noun
    return ""


def _named(party: Party) -> bool:
    return bool(party.names - _SUBJECT)


def _judged(claim: str, evidence: str) -> list[tuple[Part, Party, list[Part]]]:
    """The claim's parts that can be compared, with the evidence's parts in the same verb."""
    written = parts(evidence)
    compared = []
    for part in parts(claim):
        told = [p for p in written if _same_verb(p.told, part.told)]
        if part.party and told and _comparable(part, part.party):
            compared.append((part, part.party, told))
    return compared


def _comparable(part: Part, party: Party) -> bool:
    says = 0 in groups_of(part.told) and not party.names - _SUBJECT
    return bool(party.core) and not says and party.noun not in _SAYING and not party.noun.isdigit()


def _same_verb(verb: str, other: str) -> bool:
    return verb == other or root(verb) == root(other) or related(verb, other)


def _kept(part: Part, party: Party, told: Sequence[Part]) -> bool:
    """Whether the evidence gives the party this part, or may: a pronoun stands for anyone, « le pôle » for a name."""
    same = [p.party for p in told if p.role in (part.role, "either")]
    return any(other is None or (_named(party) and other.bare) or _alike(party, other) for other in same)


def _alike(party: Party, other: Party) -> bool:
    mine, theirs = party.names - _SUBJECT, other.names - _SUBJECT
    if mine and theirs:
        return bool(mine & theirs)
    if party.core & _SUBJECT and other.core & _SUBJECT:
        return True
    inside = any(related(a, b) for a in party.core for b in other.whole)
    return inside or any(related(a, other.noun) for a in party.whole)


def _named_alike(party: Party, other: Party) -> bool:
    """The same, by what names them alone: « le directeur de NOLA » is not NOLA."""
    mine, theirs = party.names & party.core - _SUBJECT, other.names & other.core - _SUBJECT
    if mine and theirs:
        return bool(mine & theirs)
    return any(related(a, b) for a in party.core for b in other.core)
