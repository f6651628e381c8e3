"""What was done once, told as what is done: « A a cofinancé l'appel » is not « A finance les appels »."""

from typing import Any

from knowledge.claims.lexicon import groups_of
from knowledge.claims.noun_phrases import children, folded
from knowledge.claims.parser import parsed
from knowledge.claims.roles import same_verb
from knowledge.text import fold

# A text that said something says it still.
_TEXTS = frozenset(
    "loi decret article charte rapport etude enquete guide avis source page these amendement definition".split()
)
# Further from its verb, what the parser takes for its auxiliary is another verb.
MAX_BETWEEN = 3


def done_told_as_doing(claim: str, evidence: str) -> str:
    """The verb of a claim, in the present, that the evidence only has in the perfect; empty when there is none."""
    written = [(fold(token.lemma_), _is_perfect(token)) for token in _verbs(evidence)]
    for token in _verbs(claim):
        verb = fold(token.lemma_)
        same = [perfect for other, perfect in written if same_verb(verb, other)]
        # Who said something is said to say it.
        lasts = 0 in groups_of(folded(token)) or _subject(token) in _TEXTS
        if _is_present(token) and same and all(same) and not lasts:
            return verb
    return ""


def _verbs(text: str) -> list[Any]:
    return [token for token in parsed(text) if token.pos_ == "VERB" and token.dep_ != "amod"]


def _is_perfect(verb: Any) -> bool:
    """« a cofinancé »; not « a été cofinancé », which tells what is so."""
    near = any(verb.i - MAX_BETWEEN <= aux.i < verb.i for aux in children(verb, "aux:tense"))
    return near and not children(verb, "aux:pass")


def _is_present(verb: Any) -> bool:
    told = verb.morph
    return "Fin" in told.get("VerbForm") and "Pres" in told.get("Tense") and "Ind" in told.get("Mood")


def _subject(verb: Any) -> str:
    return next((folded(s) for s in children(verb, "nsubj", "nsubj:pass")), "")
