"""Every sentence that users of the channels read, once. (Those inside an answer are in `knowledge.phrases`.)"""

from collections.abc import Mapping

from knowledge.model import Citation, Source
from knowledge.phrases import french_date

SOURCES_TITLE = "Sources"
SUGGESTIONS_TITLE = "Questions auxquelles je sais répondre"
CHAT_WELCOME = "Posez vos questions sur les PTCE ; je réponds en citant mes sources. « fin » (ou Ctrl-D) pour quitter."
CHAT_GOODBYE = "À bientôt !"
CHAT_EXIT_WORDS = ("fin", "quitter", "exit", "quit")
TRUNCATED = "Votre question est très longue : seuls ses {limit} premiers caractères ont été lus."
NOT_WRITTEN = "Le modèle de langue n'a pas rédigé ({reason}) : réponse extractive."
WRITTEN = "Rédigé par le modèle de langue, vérifié phrase par phrase (essais : {tries})"
CUT_SENTENCE = "  coupée ({why}) : {text}"
STALE_INDEX = "Le corpus a changé mais n'a pas pu être réindexé ; je réponds avec l'index précédent."
NOTHING_TO_ASK = 'Il manque la question. Exemple : ptce ask "Comment devenir un PTCE ?"'
TWO_QUESTIONS = "Donnez soit une question, soit --batch, pas les deux."
REPORT_WRITTEN = "Rapport écrit : {files}"
REPORT_OR_SHOW = "Donnez soit --report, soit --show, pas les deux."
FOLDER_WITHOUT_REPORT = "Un dossier ne sert qu'avec --report. Exemple : ptce sources --report rapport"
SYSTEM_REFUSAL = "Erreur : le système refuse de lire ou d'écrire {file} ({reason}).\n→ vérifiez la place et les droits"
INTERRUPTED = "Interrompu. D'un index en construction, ce qui était déjà calculé est gardé."
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
TOO_MANY = "Beaucoup de questions d'un coup ! Je vous réponds à nouveau dans {delay}."
FAILED = "Une erreur m'empêche de répondre. L'équipe qui me gère en trouvera la trace dans le journal du programme."
REINDEXING = "Une réindexation est déjà en cours."
REINDEXING_STOPPED = "Réindexation interrompue par l'arrêt du programme."
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
FORGOTTEN = "C'est fait : {count} question(s) ou avis effacé(s). Je ne garde plus rien de vous."
NOTHING_TO_FORGET = "Je ne gardais rien de vous."
NOT_FORGOTTEN = "Je n'ai pas pu effacer vos questions (journal inaccessible). Réessayez, ou signalez-le à l'équipe."
JOURNAL_DELETED = "journal.enabled = false : le journal d'avant, dans %s, est supprimé."
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
VERDICT_NAMES = {"answered": "répondue", "closest": "approchée", "refused": "refusée"}
SERVING = "Je me connecte : %s. Ctrl-C pour arrêter."
STOPPING = "Arrêt : j'envoie les réponses en cours."

# Matrix: what the operator reads, each failure with its cure; then what people read there.
MATRIX_STORE_IN_USE = (
    "Un autre processus sert déjà ce compte Matrix avec le même dossier de données.",
    "arrêtez-le d'abord : deux processus ne peuvent pas partager les clés de chiffrement",
)
MATRIX_NOT_WRITTEN = (
    "Matrix : impossible d'écrire ce qui vient d'être reçu (%s) ; libérez de la place ou rendez les droits, je réessaie"
)
MATRIX_STORE_BROKEN = (
    "Le fichier {file} est illisible ({reason}).",
    "vérifiez la place et les droits, rétablissez le dossier « matrix » d'une sauvegarde, ou supprimez ce fichier : "
    "l'assistant se connectera comme un nouvel appareil",
)
MATRIX_STRANGE_DEVICE = (
    "Le serveur Matrix montre pour cet appareil d'autres clés que les nôtres.",
    "déconnectez cet appareil depuis un autre client, supprimez le dossier « matrix » des données, puis relancez",
)
MATRIX_NO_PASSWORD_STEP = (
    "Le serveur Matrix veut une approbation avant de remplacer les clés de signature du compte.",
    "approuvez la réinitialisation sur {page}, puis relancez dans les minutes qui suivent",
)
MATRIX_NO_APPROVAL = (
    "Le serveur Matrix demande le mot de passe du compte pour publier les clés de signature de l'appareil.",
    "donnez aussi PTCE_MATRIX_PASSWORD (une fois suffit)",
)
MATRIX_NOT_SIGNED = (
    "Le serveur Matrix a refusé les signatures de l'appareil ({status} : {reason}).",
    "vérifiez les droits du compte ; les salons en clair fonctionnent en attendant",
)
MATRIX_NO_HOMESERVER = (
    "Le réglage « matrix.homeserver » manque ou n'est pas une adresse.",
    "donnez celle du serveur du compte, par exemple PTCE_MATRIX__HOMESERVER=https://matrix.exemple.org",
)
MATRIX_NO_SECRET = (
    "Rien ne permet de se connecter à Matrix.",
    "donnez « matrix.user » et PTCE_MATRIX_PASSWORD, ou le jeton d'accès d'une session dans PTCE_MATRIX_TOKEN",
)
MATRIX_REFUSED_PASSWORD = (
    "Le serveur Matrix refuse la connexion ({reason}).",
    "vérifiez « matrix.user » et PTCE_MATRIX_PASSWORD ; si ce serveur n'admet que la connexion par le navigateur, "
    "donnez un jeton d'accès dans PTCE_MATRIX_TOKEN",
)
MATRIX_REVOKED = (
    "Le serveur Matrix ne reconnaît plus cette session : elle a été déconnectée, ou le compte fermé.",
    "relancez (avec PTCE_MATRIX_PASSWORD, un nouvel appareil est fait), ou donnez un nouveau PTCE_MATRIX_TOKEN",
)
MATRIX_NOT_THE_USER = (
    "PTCE_MATRIX_TOKEN est un jeton de {user}, sans appareil ou d'un autre compte que « matrix.user ».",
    "prenez le jeton d'une session du compte de l'assistant",
)
MATRIX_TOKEN_WITHOUT_KEYS = (
    "Les clés de chiffrement de cette session ne sont pas dans le dossier de données : elle a déjà servi ailleurs.",
    "ouvrez une nouvelle session pour l'assistant et donnez son jeton, ou rétablissez le dossier « matrix »",
)
MATRIX_KEYS_REFUSED = (
    "Le serveur Matrix refuse les clés de chiffrement de cet appareil ({reason}).",
    "déconnectez cet appareil depuis un autre client, supprimez le dossier « matrix » des données, puis relancez",
)
MATRIX_STRANGE_PATTERN = (
    "Réglage refusé : « matrix.{key} » contient {pattern!r}, qui n'est ni un identifiant ni un motif.",
    "écrivez « @prenom.nom:serveur » ou un motif tel que « @*-pref:serveur »",
)
MATRIX_UNDECRYPTED = (
    "Je ne peux pas déchiffrer ce message : votre application ne m'en a pas envoyé la clé. Si elle arrive, je "
    "répondrai. Sinon, renvoyez votre question ; si cela ne suffit pas, déconnectez puis reconnectez l'application."
)
MATRIX_HELP = (
    "Dans un salon, nommez-moi (@{name}) ou écrivez !ptce suivi de la question ; en direct, écrivez, tout simplement. "
    "Dans le fil de ma réponse, continuez sans me nommer. Corrigez votre question : je corrige ma réponse ; "
    "supprimez-la : je supprime ma réponse. Un 👍 ou un 👎 sur ma réponse est noté.\n"
    "- !pole NOLA : présenter un pôle\n"
    "- !cellule Bretagne : qui contacter dans une région\n"
    "- !sources : ce que je sais, et de quand cela date\n"
    "- !confidentialite : ce que je garde\n"
    "- !oublier : effacer ce que je garde de vous"
)
MATRIX_HELP_OFFICERS = (
    "Pour les référents :\n"
    "- !sans-reponse : les dernières questions refusées ou mal notées (en direct seulement)\n"
    "- !reindexer : relire le corpus\n"
    "- !etat : comment je vais"
)
MATRIX_PRIVACY = (
    "Dans un salon chiffré, ni le serveur ni le réseau ne lisent nos messages ; moi, si, pour y répondre, et ce que je "
    "garde n'est plus protégé par ce chiffrement mais par les droits de la machine où je tourne."
)
MATRIX_UNKNOWN_COMMAND = "Je ne connais pas la commande !{name}. !aide montre celles que je connais."
MATRIX_PRIVATE_COMMAND = "Cette commande montre des questions d'autres personnes : demandez-la-moi en direct."
MATRIX_WHICH_POLE = "Quel pôle ? Par exemple : !pole {example}"
MATRIX_WHICH_REGION = "Quelle région ? Par exemple : !cellule {example}"
MATRIX_UNANSWERED_LINE = "- {date} ({why}) : {question}"


# Discord.
QUOTED_FOOTER = "Phrases citées mot pour mot ; leur source est entre crochets."
MODEL_FOOTER = "Rédigé par un modèle de langue d'après ces sources, vérifié phrase par phrase."
SUGGESTIONS_BELOW = "Choisissez-en une ci-dessous."
SOURCES_BUTTON = "Sources"
USEFUL_BUTTON = "Utile"
USELESS_BUTTON = "Pas utile"
THANKS = "Merci ! Votre avis est noté."
THANKS_FOR_COMMENT = "Merci ! Votre avis et votre remarque sont notés."
WHY_TITLE = "Pas utile : que manquait-il ?"
WHY_LABEL = "Votre remarque (facultative)"
WHY_PLACEHOLDER = "Une erreur, une information ancienne, une question mal comprise…"
ANSWER_FORGOTTEN = "Je ne garde plus cette réponse. Reposez la question pour en retrouver les sources."
ASK_AGAIN = "Je n'ai pas gardé cette question : écrivez-la-moi."
NOT_HERE = "Je ne réponds pas ici. Essayez dans un salon prévu pour moi, ou demandez aux référents."
NOT_ALLOWED = "Seuls certains rôles de ce serveur peuvent me poser des questions. Demandez aux référents."
RESTARTING = "Je redémarre : reposez votre question dans une minute."
ALREADY_TAKEN = "Cette question est déjà en cours, ou vous en posez beaucoup d'un coup. Patientez un instant."
THREAD_WITHOUT_NAME = "Question sur les PTCE"
HELP_TITLE = "Mode d'emploi"
PRIVACY_TITLE = "Confidentialité"
DISCORD_HELP = (
    "**Poser une question** : `/ptce`, une mention dans un salon, ou un message privé. Dans le fil de la réponse, "
    "continuez sans me mentionner. Supprimez votre question : je supprime ma réponse.\n"
    "`/pole` présente un pôle, `/cellule` dit qui contacter dans une région, `/sources` dit sur quoi je m'appuie, "
    "`/confidentialite` ce que je garde, et `/oublier` l'efface."
)
UNANSWERED_TITLE = "Questions refusées ou mal notées"
UNANSWERED_LINE = "<t:{at}:d> {why} : {question}"
USELESS_NAME = "pas utile"
REINDEX_PROGRESS = "Réindexation : {what} {done}/{total}"
STATE_TITLE = "État de l'assistant"
NO_VERDICTS = "aucune"
DISCORD_READY = "Discord : connecté comme %s sur %d serveur(s). Pour inviter le bot : %s"
DISCORD_RECONNECTS = "Discord : connexion perdue (%s) ; nouvel essai dans %.1f s"
DISCORD_NOT_SENT = "Discord : réponse impossible à envoyer dans le salon %s (%s)"
DISCORD_NOT_TAKEN_BACK = "Discord : réponse impossible à retirer du salon %s (%s)"
DISCORD_COMMAND_FAILED = "Discord : commande ou bouton sans réponse (%s)"
DISCORD_SYNC_NOT_KEPT = "Discord : %s ne peut pas être écrit (%s) ; les commandes seront redites au prochain démarrage"
DISCORD_MISSED_TOO_MANY = (
    "Discord : salon %s, %d messages manqués relus ; s'il en reste, ils le seront à la prochaine reconnexion."
)
DISCORD_CAUGHT_UP = "Discord : session perdue ; %d message(s) relus."
DISCORD_NO_TOKEN = (
    "Le jeton du bot Discord manque.",
    "créez un bot sur https://discord.com/developers/applications et mettez son jeton dans PTCE_DISCORD_TOKEN",
)
DISCORD_BAD_TOKEN = (
    "Discord refuse le jeton donné dans PTCE_DISCORD_TOKEN.",
    "copiez-le à nouveau (page Bot, « Reset Token ») sur https://discord.com/developers/applications",
)
DISCORD_NO_INTENT = (
    "Discord refuse au bot de lire le contenu des messages.",
    "activez « Message Content Intent » (page Bot de https://discord.com/developers/applications), ou mettez "
    "discord.threads à false et videz discord.threads_except",
)
DISCORD_CLOSED = (
    "Discord a fermé la connexion pour de bon (code {code}).",
    "vérifiez l'application sur https://discord.com/developers/applications",
)


def verdict_counts(verdicts: Mapping[str, int]) -> str:
    """« 12 répondues, 1 refusée »; empty when nothing was asked."""
    counted = sorted(verdicts.items())
    return ", ".join(f"{count} {VERDICT_NAMES[name]}{'s' if count > 1 else ''}" for name, count in counted)


def too_many(seconds: int) -> str:
    """What is told to who asks too much, the delay in the unit that one would say."""
    unit, length = next((u for u in (("h", 3600), ("min", 60)) if seconds > 2 * u[1]), ("s", 1))
    return TOO_MANY.format(delay=f"{-(-seconds // length)} {unit}")


def source_words(source: Source) -> str:
    """« éditeur, date »."""
    return f"{source.publisher}, {_when(source.date)}"


def cited_quote_head(title: str, section: str, citation: Citation, status: str) -> str:
    """« [1] Titre, « section » (décembre 2025, en vigueur) », in Markdown; title and section come escaped."""
    return f"**[{citation.n}] {title}**, « {section} » ({_when(citation.as_of)}, {status})"
