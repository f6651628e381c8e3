"""Whether a claim gives someone the part that its evidence gives to somebody else."""

from collections.abc import Sequence

from knowledge.claims.lexicon import MIN_COMMON, groups_of, related
from knowledge.claims.noun_phrases import Party
from knowledge.claims.syntax import Part, Role, parts
from knowledge.completion import SUBJECT_WORDS

# « Les sources disent… »: who says it is nobody's rival.
_SAYING = frozenset({"source", "sources", "page", "pages", "article"})
_WITH = "co"
# The parts that whoever does, or undergoes, would hold if roles were exchanged.
_TURNED: dict[Role, tuple[Role, ...]] = {"does": ("undergoes", "receives"), "undergoes": ("does",)}


def exchanged_role(claim: str, evidence: str) -> str:
    """Who does in the claim what they undergo or receive in the evidence, or the reverse; empty when nobody."""
    for part, party, told in _judged(claim, evidence):
        turned = [p.party for p in told if p.role in _TURNED.get(part.role, ()) and p.party]
        if not _kept(party, _same_part(part, told)) and any(_named_alike(party, other) for other in turned):
            return f"{party.noun}, {part.told}"
    return ""


def usurper(claim: str, evidence: str) -> str:
    """Who does, undergoes or is in the claim what the evidence says of others only; empty when nobody."""
    for part, party, told in _judged(claim, evidence):
        others = _same_part(part, told)
        # Of what somebody undergoes or is, many nouns may be told: names alone are surely rivals there.
        rivals = part.role == "does" or (_names(party) and all(other and _names(other) for other in others))
        if others and rivals and part.role != "receives" and not _kept(party, others):
            return party.noun
    return ""


def _judged(claim: str, evidence: str) -> list[tuple[Part, Party, list[Part]]]:
    """The claim's parts that can be compared, with the evidence's parts in the same verb."""
    written = parts(evidence)
    compared = []
    for part in parts(claim):
        told = [p for p in written if same_verb(p.told, part.told)]
        if part.party and told and _comparable(part, part.party):
            compared.append((part, part.party, told))
    return compared


def _comparable(part: Part, party: Party) -> bool:
    says = 0 in groups_of(part.told) and not _names(party)
    return bool(party.core) and not says and party.noun not in _SAYING and not party.noun.isdigit()


def same_verb(verb: str, other: str) -> bool:
    """Whether two verbs tell the same: « cofinancer » is to finance."""
    one, two = (v.removeprefix(_WITH) if len(v) > MIN_COMMON + len(_WITH) else v for v in (verb, other))
    return related(verb, other) or related(one, two)


def _names(party: Party) -> frozenset[str]:
    """The words with a capital that tell a party from others."""
    return party.names - SUBJECT_WORDS


def _same_part(part: Part, told: Sequence[Part]) -> list[Party | None]:
    """Who has, or may have, that part in the evidence."""
    return [p.party for p in told if p.role in (part.role, "either")]


def _kept(party: Party, others: Sequence[Party | None]) -> bool:
    """Whether the party is one of those, or may be: a pronoun stands for anyone, « le pôle » for a name."""
    return any(other is None or (_names(party) and other.bare) or _alike(party, other) for other in others)


def _alike(party: Party, other: Party) -> bool:
    mine, theirs = _names(party), _names(other)
    if mine and theirs:
        return bool(mine & theirs)
    if party.core & SUBJECT_WORDS and other.core & SUBJECT_WORDS:
        return True
    inside = any(related(a, b) for a in party.core for b in other.whole)
    return inside or any(related(a, other.noun) for a in party.whole)


def _named_alike(party: Party, other: Party) -> bool:
    """The same, by what names them alone: « le directeur de NOLA » is not NOLA."""
    mine, theirs = _names(party) & party.core, _names(other) & other.core
    if mine and theirs:
        return bool(mine & theirs)
    return any(related(a, b) for a in party.core for b in other.core)
