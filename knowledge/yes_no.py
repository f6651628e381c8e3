"""« Oui, » and « Non, » answer the question that their section was written for, and mislead under any other.

« Faut-il payer pour signer la charte ? — Oui, il faut signer la charte » is verbatim, cited and wrong. So the word is
quoted only to a question that wants it, was judged to be answered, and says nothing that the section does not hold;
elsewhere the quote begins after it, and says the same without it.
"""

import re
from dataclasses import replace

from knowledge.compose import Claim, Draft
from knowledge.text import fold

_OPENING = re.compile(r"^(?:Oui|Non|Yes|No), ")
# However a language model says yes or no before its sentence; « non seulement » and « non lauréat » are not that.
_OWN = re.compile(
    r"^(?:oui\b(?! *-)|non\b(?=(?: bien sûr)?\s*[,:;.!–—]|\s+(?:il|elle|on|ce|un|une|le|la|les|aucune?)\b|\s+[cl]['’]))"
    r"(?: bien sûr)?[\s,:;.!–—]*",
    re.IGNORECASE,
)
# Words that ask for something else than yes or no; « qui », « que » and « quand » only at the head, as they also link.
_HEAD = r"(?:(?:et|mais|alors|donc|du coup|bonjour|salut|slt|and)[, ]+)*"
_BEFORE = r"(?:(?:a|de|depuis|avec|pour|par|chez|jusqu'a|vers) )?"
_ASKS_MORE = re.compile(
    rf"^{_HEAD}{_BEFORE}(?:qui|que|qu'|quand|ou|d'ou|who|when|where)\b|\bc'(?:est|etait) (?:ou|quand|qui)\b"
    r"|\b(?:comment|combien|pourquoi|quoi|(?:les?|la|des?|du|aux?)?quel(?:le)?s?|what|how|why|which)\b"
    r"|\b(?:savez|sais|savoir|dire|dites?|dis|know|tell)\b[^?]*\b(?:qui|ou|quand|ce qu[ei']|who|when|where)"
)

# What turns a question round, each time once: « sans aucun », « ne … jamais », « n'aide que », « hors de », « pas de »,
# and the words that say the contrary of « permis », « obligatoire », « payant ».
_CONTRARY = re.compile(
    r"\bsans\b(?: (?:aucune?s?|rien|jamais|plus)\b)*|\bhors (?:de|du|des|d')|"
    r"\b(?:ne |n')[^,;.?!]{1,40}?\b(?:(?:pas|jamais|aucune?s?|rien|plus|guere|personne|que|ni)\b|qu')|"
    r"\b(?:pas|jamais|aucune?s?|rien)\b|\b(?:without|not|never|no|none)\b|n't\b|"
    r"\b(?:interdi\w*|impossib\w*|exclu(?:e?s?|re|ons|ez)|refus\w*|inutiles?|facultati\w*|gratuit\w*|"
    r"forbidden|impossible|excluded|optional|free)\b"
)
# « Oui, on peut » answers neither « faut-il ? » nor « est-ce que tous … ? »: what is asked for has to be the same.
_ASKED_FOR = tuple(
    re.compile(rf"\b(?:{pattern})\b")
    for pattern in (
        r"faut|faudra\w*|doi[st]|doivent|dev[or]\w*|obligat\w*|oblige\w*|exig\w*|impos\w*|necessaires?|requi[st]\w*|"
        r"indispensables?|imperati\w*|facultati\w*|besoin|must|has to|have to|needs?|required|mandatory|optional|"
        r"should",
        r"peu[xt]|peuvent|pouv\w*|pourr\w*|permet\w*|permis\w*|possibles?|possibilite|impossib\w*|autoris\w*|interdi\w*|"
        r"le droit|can|can't|cannot|may|could|allowed|forbidden",
        r"tou(?:s|tes)|toujours|chaque|chacune?s?|systemati\w*|all|every|each|always",
        r"seule?s?|seulement|uniquement|exclusiv\w*|only",
        r"plusieurs|several",
    )
)
# What only asks for assent turns nothing round.
_TAG = re.compile(r"\bn'est-ce pas\b|\bou (?:pas|non)\b|\bor not\b")


def wants_yes_or_no(question: str) -> bool:
    """Whether « oui » or « non » could answer, as far as the wording tells."""
    return not _ASKS_MORE.search(fold(question).strip())


def same_sense(question: str, foreseen: str) -> bool:
    """Whether one yes answers both: not « faut-il signer ? » and « sans signer ? », « peut-on ? » or « tous ? »."""
    alike = all(bool(p.search(fold(question))) == bool(p.search(fold(foreseen))) for p in _ASKED_FOR)
    return alike and _turns(question) % 2 == _turns(foreseen) % 2


def _turns(question: str) -> int:
    return len(_CONTRARY.findall(_TAG.sub(" ", fold(question))))


def without_yes_or_no(draft: Draft, keep_first: bool) -> Draft:
    """The draft whose sections begin after their « Oui, » or « Non, »; the lead keeps its own with `keep_first`."""
    return Draft(tuple(c if keep_first and not n else _without(c) for n, c in enumerate(draft.claims)))


def _without(claim: Claim) -> Claim:
    first, *others = claim.sentences
    return replace(claim, sentences=(replace(first, text=after_yes_or_no(first.text)), *others))


def after_yes_or_no(sentence: str) -> str:
    """What follows « Oui, » or « Non, »; the whole sentence when it opens otherwise."""
    return _OPENING.sub("", sentence)


def without_own_yes_or_no(statement: str) -> str:
    """A sentence that a language model wrote, from after its « oui » or « non », however it put it."""
    rest = _OWN.sub("", statement)
    return statement if rest in (statement, "") else rest[:1].upper() + rest[1:]
