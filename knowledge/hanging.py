"""Questions about somebody whom they do not name: « où se trouve-t-il ? » out of any conversation.

Some section always fits their other words, of any pole; whoever asks must say of whom.
"""

import re

from knowledge.completion import DONE_TO, without_impersonal
from knowledge.names import typed_small

_AND = r"(?:(?:et|mais|alors|and|but)[ ,]+)*"
_BEFORE = r"(?:ne |n'|se |s'|y |en |l')*"
# What is asked, which is no subject: « combien d'emplois », « depuis quand », « dans quelle ville ».
_ASKED = (
    r"(?:(?:(?:de|a|depuis|en|dans|pour|par|sur|avec|jusqu'a) )?"
    r"(?:ou|quand|comment|pourquoi|que|qui|quoi|koi|combien|quel(?:le)?s? \w+)(?: d(?:e |')\w+)?)"
)
# « il reste », « que se passe-t-il »: nobody does it.
_NOBODY = (
    r"(?!(?:faut|faudra\w*|rest\w+|pass\w+|suffi\w+|agi\w*|exist\w+ (?:d|un)|y a|y aura|y avait|fera|aura|vaut)\b)"
)
_HANGING = re.compile(
    rf"^(?!.*\by (?:en )?a){_AND}(?:"
    # « à quoi sert-elle ? », « combien a-t-il reçu ? », « est-il lauréat ? »
    rf"(?:{_ASKED} )?{_BEFORE}{_NOBODY}\w+-(?:t-)?(?:il|elle)(?: \w+){{0,2}}"
    # « il est où ? », « est-ce qu'elle a un site ? »
    rf"|(?:est-ce qu'|{_ASKED} (?:est-ce qu')?)?(?:il|elle) {_BEFORE}{_NOBODY}\w+(?:(?: \w+){{0,2}}| {_ASKED}(?: \w+)?)"
    # « quel est son budget ? »
    r"|(?:(?:quel(?:le)?s? (?:est|sont|etait|etaient)|c'?(?:est)? ?[qk]u?oi|ou (?:est|sont)) )?(?:son|sa|ses) \w+"
    # « qui le dirige ? », « qui l'a créée ? »
    r"|(?:c'est )?qui (?:est-ce )?(?:qui )?(?:l'(?:a|avait) \w+"
    rf"|(?:le |la |l')(?:{DONE_TO}))"
    r"|what(?: is|'s) its \w+|where is it(?: based| located)?|who \w+ it|is it (?:a |an )?\w+"
    r"|how (?:much|many)(?: \w+){0,2} (?:does|did|has) (?:it|he|she)(?: \w+){0,2}|when (?:was|did) (?:it|he|she) \w+"
    r")[ ?!.]*$"
)


def hangs(question: str) -> bool:
    """Whether the question, as completed, points at something that neither it nor the conversation names."""
    return typed_small(question) and bool(_HANGING.match(without_impersonal(question)))
