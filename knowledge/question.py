"""What is asked: the question cleaned, its language, its words corrected against the corpus's vocabulary."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from knowledge.model import Reason
from knowledge.orders import is_order
from knowledge.text import STOP_WORDS, clean, content_words, fold, straight, words

# Function words that hardly occur in the other languages of this table; `fr` wins a tie.
_MARKERS = {
    "fr": "est les des une que qui quel quelle quels quelles comment combien pourquoi quand dans pour avec sur du au "
    "aux nous vous ils sont peut faut il elle mon ma notre son sa ses leur leurs ou et en le la un c'est qu quoi",
    "en": "what how is are the who which where does do can of for many much when why there to we our should and it",
    "es": "que es como cuanto cuantos cuantas donde quien puede el los las del para una con por cual son",
    "de": "was wie ist sind der die das wer wo kann ein eine fur und von mit nicht werden man",
    "it": "che cosa come quanto quanti dove chi puo il gli della per una con sono di",
    "pt": "que como quanto quantos onde quem pode os das para uma com por sao um",
}
_LANGUAGES = {lang: frozenset(markers.split()) for lang, markers in _MARKERS.items()}

# The spelling of text messages, for the words that French questions are made of.
_SMS = {
    "c": "c'est", "cki": "c'est qui", "ckoi": "c'est quoi", "cb": "combien", "combi1": "combien", "dc": "donc",
    "ds": "dans", "g": "j'ai", "jpeu": "je peux", "ke": "que", "kel": "quel", "kels": "quels", "kelle": "quelle",
    "ki": "qui", "kan": "quand", "kand": "quand", "koi": "quoi", "komen": "comment", "koment": "comment",
    "kom": "comme", "kwa": "quoi", "mtn": "maintenant", "ns": "nous", "pk": "pourquoi", "pkoi": "pourquoi",
    "pr": "pour",
    "pq": "pourquoi", "qd": "quand", "qq": "quelque", "qqn": "quelqu'un", "slt": "salut",
    "svp": "s'il vous plait", "stp": "s'il te plait", "tt": "tout", "vs": "vous", "keski": "qu'est-ce qui",
    "keske": "qu'est-ce que", "kesk": "qu'est-ce que", "cmt": "comment", "cmb": "combien", "bcp": "beaucoup",
    "fo": "faut", "jvx": "je veux", "jve": "je veux",
}  # fmt: skip

_COURTESY = frozenset(
    """
    bonjour bonsoir salut hello hi hey coucou merci thanks thank thx beaucoup bye revoir bientot bonne journee
    soiree ok okay super parfait genial cool nickel stp svp plait s'il slt cordialement ravi enchante allo
    test ping
    """.split()
)
_ABOUT_THE_BOT = re.compile(
    r"^(?:bonjour |salut |hello )?(?:qui (?:es|etes)[ -](?:tu|vous)\b.*"
    r"|(?:que|quoi) (?:sais|savez|fais|faites|peux|pouvez)[ -](?:tu|vous)"
    r"(?: (?:faire|dire|me|m|nous|aider|savoir|d|autre|ici|pour (?:moi|nous)))*"
    r"|(?:tu es|vous etes|t es) (?:qui|quoi|un robot|une? ia|humaine?)\b.*|(?:who|what) are you\b.*"
    r"|(?:comment|ca|comment ca) (?:vas?|allez)(?:[ -](?:tu|vous))?(?: bien)?|tu vas bien|how are you\b.*"
    r"|(?:a|de) quoi (?:sers|servez|es)[ -](?:tu|vous).*|(?:es|etes)[ -](?:tu|vous) (?:un robot|une? ia|humaine?).*)$"
)
# Names and acronyms that nobody writes in lower case by mistake are still words: correction needs this length.
_MIN_CORRECTED = 4
# Within a sentence a capital makes a name: « Durey » is not « durée » misspelt.
_CAPITAL_WITHIN = re.compile(r"(?<=[\w,;])[\s'’-]+([A-ZÀ-ÖØ-Þ][a-zà-öø-ÿ][^\W_]*)")
# Among acronyms as short as this, one letter makes another one.
_SHORT_ACRONYM = 4


@dataclass(frozen=True, slots=True)
class Question:
    """A question ready to be searched.

    `text` is `original` cleaned and cut, `completed` what the conversation made of it, `corrected` that with its
    spelling repaired: the form that is searched.
    """

    original: str
    text: str
    completed: str
    corrected: str
    lang: str
    truncated: bool
    corrections: tuple[tuple[str, str], ...]


def read_question(
    original: str,
    vocabulary: frozenset[str],
    max_characters: int,
    complete: Callable[[str], str] = lambda text: text,
    is_word: Callable[[str], bool] = lambda word: False,  # noqa: ARG005
) -> Question:
    """Clean, cut at a word, complete, recognise the language, repair spelling against the corpus's own words.

    A word for which `is_word` holds is a word of the language: « réparer » is not « repérer » misspelt.
    """
    # Cleaning is linear but not free: far more than any question's length is thrown away first.
    text = clean(original[: 4 * max_characters])
    truncated = len(text) > max_characters or len(original) > 4 * max_characters
    if len(text) > max_characters:
        text = text[:max_characters].rsplit(" ", 1)[0]
    completed = complete(text)
    expanded = _expand_sms(straight(completed))
    corrected, corrections = _repair(expanded, vocabulary, is_word)
    return Question(original, text, completed, corrected, language(expanded), truncated, corrections)


def not_a_question(text: str) -> Reason | None:
    """`question_vide` without any letter or figure, `conversation` for manners, `consigne` for orders."""
    found = words(text)
    if not found:
        # Other scripts have no words of ours, but they are not empty.
        return None if any(ch.isalnum() for ch in text) else "question_vide"
    if all(w in _COURTESY or w in STOP_WORDS for w in found) and any(w in _COURTESY for w in found):
        return "conversation"
    if _ABOUT_THE_BOT.match(" ".join(found)):
        return "conversation"
    return "consigne" if is_order(text) else None


@lru_cache(maxsize=1024)
def language(text: str) -> str:
    """`fr`, `en`, another code of the table, or `xx` for a text without Latin letters; `fr` when in doubt."""
    found = words(text)
    if not found:
        return "xx" if any(ch.isalpha() for ch in text) else "fr"
    votes = {lang: sum(w in markers for w in found) for lang, markers in _LANGUAGES.items()}
    best = max(votes, key=lambda lang: (votes[lang], lang == "fr", lang == "en"))
    return best if votes[best] else "fr"


def _expand_sms(text: str) -> str:
    return re.sub(r"[\w']+", lambda m: _SMS.get(fold(m[0]), m[0]) if m[0].islower() else m[0], text)


def _repair(
    text: str, vocabulary: frozenset[str], is_word: Callable[[str], bool]
) -> tuple[str, tuple[tuple[str, str], ...]]:
    corrections = []
    tokens = re.findall(r"[^\W_]+", text)
    shouted = text.isupper() and len(tokens) > 1
    acronyms = {fold(token) for token in tokens if token.isupper() and len(token) <= _SHORT_ACRONYM and not shouted}
    names = set() if shouted else {fold(match[1]) for match in _CAPITAL_WITHIN.finditer(text)}
    for word in dict.fromkeys(content_words(text)):
        if word not in vocabulary and len(word) >= _MIN_CORRECTED and not word.isdigit():
            found = _closest(word, vocabulary)
            if not found or is_word(word) or (word in names and is_word(found)):
                continue
            # « AMAP » is not « ASAP » misspelt, but « PTEC » is PTCE, and « PTCEE » too.
            if word not in acronyms or sorted(found) == sorted(word):
                corrections.append((word, found))
    repaired = text
    for wrong, right in corrections:
        repaired = _replace_word(repaired, wrong, right)
    return repaired, tuple(corrections)


def _closest(word: str, vocabulary: frozenset[str]) -> str | None:
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    # One slip in a short word, two from eight letters on; the first letter is rarely the wrong one.
    allowed = 1 if len(word) < 8 else 2
    # Sorted: among equally near words the choice must not depend on the order of a set.
    near = (w for w in vocabulary if w[0] == word[0] and abs(len(w) - len(word)) <= allowed)
    candidates = sorted(w for w in near if len(w) >= _MIN_CORRECTED)
    best = process.extractOne(word, candidates, scorer=OSA.distance, score_cutoff=allowed)
    return best[0] if best else None


def _replace_word(text: str, wrong: str, right: str) -> str:
    return re.sub(r"[^\W_]+", lambda m: right if fold(m[0]) == wrong else m[0], text)
