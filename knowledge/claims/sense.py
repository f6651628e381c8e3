"""Whether a claim turns round what its evidence says: denies, requires, allows, moves in time, makes surer, widens."""

from collections.abc import Callable

from knowledge.claims.anatomy import Said
from knowledge.claims.denial import turned_denial
from knowledge.claims.figures import same
from knowledge.claims.ignorance import told_as_known
from knowledge.claims.lexicon import Held, groups_of
from knowledge.claims.limits import (
    beyond_sources,
    disowned,
    disputed,
    generalises,
    made_sure,
    other_lone,
    part_for_whole,
    ranked,
    repeated,
    strengthened,
    widened,
)
from knowledge.claims.polarity import asserted, generalised, modal_exchanged, out_of_order, overstated, turned_round
from knowledge.claims.tenses import brought_to_now, reordered, said_of_today, said_of_tomorrow, said_since
from knowledge.claims.unit import Rejected, Unit
from knowledge.claims.unrealised import either, joined, unlimited, unrealised

TURNED = "sens retourné"
# What a claim may add to its evidence, on folded texts.
_ADDED: tuple[tuple[str, Callable[[str, str], bool]], ...] = (
    ("dit de demain", said_of_tomorrow),
    ("« depuis » ajouté", said_since),
    ("ordre", reordered),
    ("certitude ajoutée", made_sure),
    ("périodicité", repeated),
    ("rang", ranked),
    ("partie donnée pour le tout", part_for_whole),
)


def sense(claim: Said, unit: Unit) -> Rejected | None:
    """What is denied, required, allowed or counted is so there; each clause is held against its nearest."""
    fault = (
        _of_whole(claim, unit)
        or next(filter(None, (_of_clause(part, claim, unit) for part in claim.clauses)), "")
        or out_of_order(claim.read.plain, unit.said.read.plain)
        or _moved(claim, unit)
        or ("quantité" if overstated(claim.polarity, unit.said.polarity) or _of_another(claim, unit) else "")
    )
    return Rejected(TURNED, fault) if fault else None


def _of_another(claim: Said, unit: Unit) -> bool:
    return other_lone(claim.read.plain, unit.said.read.plain)


def scope(claim: Said, unit: Unit) -> Rejected | None:
    """What is so « à NOLA » is not told without NOLA, nor what is only known to the sources as all there is."""
    if widened(claim.text, unit.own.text):
        return Rejected(TURNED, "portée perdue")
    if disowned(claim.read.plain, unit.said.read.plain):
        return Rejected(TURNED, "déduction donnée pour un fait")
    beyond = beyond_sources(claim.read.plain, unit.said.read.plain)
    return Rejected(TURNED, "au-delà des sources") if beyond else None


def _of_whole(claim: Said, unit: Unit) -> str:
    """What only the whole claim shows, held against the whole sentence."""
    if fault := turned_denial(claim, unit.said, unit.held.acronyms):
        return fault
    if told_as_known(claim.read.plain, [part.read.plain for part in claim.clauses], unit.said.read.plain):
        return "inconnu donné pour un fait"
    if fault := unrealised(claim.read.plain, unit.own.read.plain):
        return fault
    if modal_exchanged(claim.read.plain, unit.said.read.plain):
        return "obligation"
    required = claim.polarity.stances & {"must", "asks"} or not either(unit.said.read.plain)
    return "« ou » devenu « et »" if required and joined(claim.text.lower(), unit.said.text.lower()) else ""


def _of_clause(part: Said, claim: Said, unit: Unit) -> str:
    """What one clause of the claim turns round in all the clauses that are nearest to it."""
    nearest = _nearest(part, unit)
    if not nearest:
        return ""
    if all(_unlimited(claim, unit, piece) for piece in nearest):
        return "condition ou exception perdue"
    if all(disputed(claim.read.plain, piece.read.plain) for piece in nearest):
        return "contestation perdue"
    if all(strengthened(claim.read.plain, piece.read.plain) for piece in nearest):
        return "nuance perdue"
    written = [piece.polarity for piece in nearest]
    turned = [turned_round(part.polarity, one, claim.polarity) for one in written]
    if all(turned):
        return turned[0] or ""
    if all(asserted(claim.polarity, one) for one in written):
        return "possibilité donnée pour un fait"
    return "généralisation" if all(generalised(claim.polarity, one) for one in written) else ""


def _nearest(part: Said, unit: Unit) -> list[Said]:
    """The clauses of the evidence that share most words and figures with this one; none that shares nothing."""
    shared = [_shared(part, piece, unit) for piece in unit.said.clauses]
    most = max(shared, default=0)
    return [piece for piece, count in zip(unit.said.clauses, shared, strict=True) if count == most and most]


def _shared(part: Said, piece: Said, unit: Unit) -> int:
    held = Held.of(piece.read.rest, unit.held.acronyms)
    values = {f.value for f in part.read.figures if any(same(f, other) for other in piece.read.figures)}
    return len({w for w in part.words if held.licenses(w) and 0 not in groups_of(w)} | values)


def _unlimited(claim: Said, unit: Unit, piece: Said) -> bool:
    pieces = [one.read.plain for one in unit.said.clauses]
    following = [*pieces, ""][pieces.index(piece.read.plain) + 1]
    return unlimited(claim.read.plain, piece.read.plain, following)


def _moved(claim: Said, unit: Unit) -> str:
    """What a claim moves in time, makes surer, or widens."""
    if brought_to_now(claim.text, unit.own.text):
        return "passé donné pour présent"
    if said_of_today([c.read.plain for c in claim.clauses], [c.read.plain for c in unit.said.clauses]):
        return "dit d'aujourd'hui"
    if generalises(claim.read.plain, unit.own.read.plain):
        return "généralisation"
    return next((fault for fault, adds in _ADDED if adds(claim.read.plain, unit.said.read.plain)), "")
