"""Every sentence that users of the channels read, once. (Those inside an answer are in `knowledge.phrases`.)"""

from knowledge.model import Citation
from knowledge.phrases import french_date

SOURCES_TITLE = "Sources"
SUGGESTIONS_TITLE = "Questions auxquelles je sais répondre"
CHAT_WELCOME = "Posez vos questions sur les PTCE ; je réponds en citant mes sources. « fin » (ou Ctrl-D) pour quitter."
CHAT_GOODBYE = "À bientôt !"
CHAT_EXIT_WORDS = ("fin", "quitter", "exit", "quit")
TRUNCATED = "Votre question est très longue : seuls ses {limit} premiers caractères ont été lus."
STALE_INDEX = "Le corpus a changé mais n'a pas pu être réindexé ; je réponds avec l'index précédent."
CURE = "Que faire : {cure}"
NOTHING_TO_ASK = 'Il manque la question. Exemple : ptce ask "Comment devenir un PTCE ?"'
TWO_QUESTIONS = "Donnez soit une question, soit --batch, pas les deux."
REPORT_WRITTEN = "Rapport écrit : {files}"
REPORT_OR_SHOW = "Donnez soit --report, soit --show, pas les deux."
FOLDER_WITHOUT_REPORT = "Un dossier ne sert qu'avec --report. Exemple : ptce sources --report rapport"
SYSTEM_REFUSAL = "Erreur : le système refuse de lire ou d'écrire {file} ({reason}).\n→ vérifiez la place et les droits"
INTERRUPTED = "Interrompu. Rien n'est perdu : ce qui était déjà calculé est gardé."
STATUS_NAMES = {"en_vigueur": "en vigueur", "historique": "historique", "a_verifier": "à vérifier"}


def cited_source(citation: Citation) -> str:
    """« Titre, « section » — éditeur, « titre de la source » (date), adresse ; … »."""
    sources = " ; ".join(
        ", ".join(part for part in (s.publisher, f"« {s.title} »", _when(s.date), s.url) if part)
        for s in citation.sources
    )
    return f"{citation.title}, « {citation.section} » — {sources}"


def _when(date: str | None) -> str:
    return french_date(date) if date else "sans date"
