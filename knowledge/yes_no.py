"""« Oui, » and « Non, » answer the question that their section was written for, and mislead under any other.

« Faut-il payer pour signer la charte ? — Oui, il faut signer la charte » is verbatim, cited and wrong. So the word is
quoted only where a question that wants it was judged to be answered; elsewhere the quote begins after it.
"""

import re
from dataclasses import replace

from knowledge.compose import Claim, Draft
from knowledge.model import Sentence
from knowledge.text import fold

_OPENING = re.compile(r"^(?:Oui|Non|Yes|No), ")
# Words that ask for something else than yes or no; « qui », « que » and « quand » only at the head, as they also link.
_ASKS_MORE = re.compile(
    r"^(?:(?:et|mais|alors|donc|du coup|bonjour|and) )?(?:qui|que|qu'|quand|ou|who|when|where)\b"
    r"|\b(?:comment|combien|pourquoi|quoi|(?:les?|la|des?|du|aux?)?quel(?:le)?s?|what|how|why|which|c'est qui)\b"
)


def wants_yes_or_no(question: str) -> bool:
    """Whether « oui » or « non » could answer, as far as the wording tells."""
    return not _ASKS_MORE.search(fold(question).strip())


def without_yes_or_no(draft: Draft, keep_first: bool) -> Draft:
    """The draft whose sections begin after their « Oui, » or « Non, »; the lead keeps its own with `keep_first`."""
    return Draft(tuple(c if keep_first and not n else _without(c) for n, c in enumerate(draft.claims)))


def _without(claim: Claim) -> Claim:
    first, *others = claim.sentences
    return replace(claim, sentences=(_cut(first), *others))


def _cut(sentence: Sentence) -> Sentence:
    return replace(sentence, text=_OPENING.sub("", sentence.text))
