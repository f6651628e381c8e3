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


# What any channel may have to say beside an answer.
TOO_MANY = "Vous posez beaucoup de questions d'un coup ! Je vous réponds à nouveau dans {seconds} s."
FAILED = "Une erreur m'empêche de répondre. L'équipe qui me gère en trouvera la trace dans le journal du programme."
REINDEXING = "Une réindexation est déjà en cours."
SOURCES_CARD = (
    "Je réponds à partir de {documents} documents ({sections} sections), écrits d'après {sources} sources publiques. "
    "Chaque réponse nomme les siennes. Sections par statut :"
)
HELP = (
    "Je réponds, en citant mes sources, aux questions sur les pôles territoriaux de coopération économique (PTCE). "
    "Posez votre question comme à quelqu'un : « Comment devenir un PTCE ? », « Qui contacter en Bretagne ? » ; puis "
    "continuez dans le même fil : « et combien d'emplois ? ».\n"
    "Quand je ne trouve pas exactement, je le dis et je montre ce qui s'en approche ; quand je ne sais pas, je le dis "
    "aussi : demandez alors à votre CRESS."
)
PRIVACY = (
    "Ce que je garde : vos questions, mes réponses et vos notes, {days} jours, pour repérer ce que je ne sais pas "
    "encore. Votre nom n'est pas gardé : une empreinte chiffrée le remplace. {model}\n"
    "{forget} efface tout de suite ce que je garde de vous."
)
PRIVACY_NOTHING_KEPT = "Je ne garde aucune question après l'arrêt du programme. {model}"
PRIVACY_NO_MODEL = "Rien n'est envoyé à un tiers."
PRIVACY_MODEL = (
    "Un modèle de langue configuré par l'équipe ({model}) reçoit vos questions et des extraits de mes sources."
)
FORGOTTEN = "C'est fait : {count} question(s) effacée(s). Je ne garde plus rien de vous."
NOTHING_TO_FORGET = "Je ne gardais rien de vous."
NOT_FORGOTTEN = "Je n'ai pas pu effacer vos questions (journal inaccessible). Réessayez, ou signalez-le à l'équipe."
UNKNOWN_POLE = "Je ne connais pas de pôle de ce nom. J'en connais {count}, par exemple : {examples}."
UNKNOWN_REGION = "Je ne connais pas cette région. Je connais : {examples}."
OFFICERS_ONLY = "Cette commande est réservée aux référents."
NOTHING_UNANSWERED = "Aucune question refusée ou mal notée n'est gardée."
REINDEX_STARTED = "Réindexation…"
REINDEX_DONE = "Index {name} en service : {documents} documents, {passages} passages, {encoded} texte(s) encodé(s)."
REINDEX_UNCHANGED = "L'index {name} était déjà à jour."
STATE = (
    "Index {generation} : {documents} documents, {passages} passages. En service depuis le {started}. "
    "Réponses des dernières 24 h : {verdicts}. En attente : {waiting}."
)
VERDICT_NAMES = {"answered": "répondues", "closest": "approchées", "refused": "refusées"}
SERVING = "En service : %s. Ctrl-C pour arrêter."
STOPPING = "Arrêt : j'envoie les réponses en cours."
