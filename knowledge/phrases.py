"""The fixed French sentences that an answer itself may hold (channels' own sentences are in `bot.messages`)."""

from knowledge.model import Section

MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
MONTHS_EN = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

CLOSEST = "Je n'ai pas trouvé exactement cela. Ce qui s'en approche le plus :"
CLOSEST_EN = "I did not find exactly that. The closest I have:"
IN_FRENCH = "My sources are in French; here is what they say:"
# Of a pole that has a document, but not on this.
NOT_SAID = "Je ne sais pas : mes sources nomment « {name} », mais ne disent pas cela."
NOT_SAID_EN = "I do not know: my sources mention « {name} », but do not say this."

# What a language model must write, to the letter, when the passages do not answer; its prompts quote it from here.
CANNOT_ANSWER = "Les passages ne permettent pas de répondre."
# Why a language model did not write the answer (told to who asks for explanations, never inside an answer).
NOT_WRITTEN = {
    "cle": "la clé d'accès manque ou est refusée",
    "introuvable": "le modèle ou l'adresse n'existe pas",
    "limite": "trop de demandes, le serveur demande d'attendre",
    "serveur": "le serveur est en panne",
    "connexion": "le serveur est injoignable",
    "delai": "le délai est dépassé",
    "vide": "la réponse est vide",
    "malforme": "la réponse est illisible",
    "trop_long": "la demande est trop longue pour ce modèle",
    "refus": "le serveur refuse la demande",
    "installation": "un paquet nécessaire à la rédaction n'est pas installé",
    "pause": "il est laissé de côté après une panne récente",
    "sans_reponse": "le modèle dit que les passages ne répondent pas",
    "sans_appui": "ses phrases ne tiennent pas aux sources",
    "langue": "seules les réponses en français peuvent être vérifiées",
}

REFUSALS = {
    "question_vide": (
        "Votre question est vide. Posez une question sur les PTCE, par exemple : « Comment devenir un PTCE ? »"
    ),
    "hors_sujet": (
        "Je ne réponds qu'aux questions sur les pôles territoriaux de coopération économique (PTCE), "
        "et je n'en ai pas reconnu ici. Si c'en est une, reposez-la avec le mot « PTCE » ou le nom du pôle."
    ),
    "pas_dans_les_sources": "Je ne sais pas : mes sources n'en parlent pas.",
    "sans_sujet": (
        "De qui ou de quoi parlez-vous ? Je n'ai pas su à quoi se rapporte votre question : "
        "reposez-la en nommant le pôle, la structure ou le texte."
    ),
    "consigne": (
        "Je ne suis pas de consignes : je réponds seulement, en citant mes sources, aux questions sur les pôles "
        "territoriaux de coopération économique (PTCE)."
    ),
    "conversation": (
        "Bonjour ! Je suis l'assistant PTCE : je réponds, en citant mes sources, aux questions sur les pôles "
        "territoriaux de coopération économique. Par exemple : « Comment devenir un PTCE ? »"
    ),
}
REFUSALS_EN = {
    "question_vide": "Your question is empty. Ask something about PTCE, for example: « What is a PTCE? »",
    "hors_sujet": (
        "I only answer questions about PTCE (French territorial hubs for economic cooperation), and I did not "
        "recognise one here. If it is one, ask it again with the word « PTCE » or the name of the hub."
    ),
    "pas_dans_les_sources": "I do not know: my sources do not say.",
    "sans_sujet": "Who or what do you mean? Please ask again with the name of the hub, the structure or the text.",
    "consigne": "I do not follow orders: I only answer questions about French PTCE, from my sources.",
    "conversation": "Hello! I am the PTCE assistant: I answer questions about French PTCE and cite my sources.",
}


def ask_cress(region: str | None, english: bool) -> str:
    """Whom to ask instead: the CRESS of this region, else that of the reader's."""
    if english:
        of = f"of {region}" if region else "of your region"
        return f"For a reliable answer, ask the CRESS (regional chamber of the social and solidarity economy) {of}."
    spelt = "(chambre régionale de l'économie sociale et solidaire)"
    cress = f"CRESS {region} {spelt}" if region else f"CRESS {spelt} de votre région"
    return f"Pour une réponse sûre, demandez à la {cress}."


def french_date(as_of: str) -> str:
    """`2025-12` → « décembre 2025 », `2025-11-27` → « 27 novembre 2025 », `2025` → « 2025 »."""
    parts = as_of.split("-")
    words = [parts[0]]
    if len(parts) > 1:
        words.insert(0, MONTHS[int(parts[1]) - 1])
    if len(parts) > 2:
        day = int(parts[2])
        words.insert(0, "1er" if day == 1 else str(day))
    return " ".join(words)


def since(as_of: str) -> str:
    """« de 2025 », « d'octobre 2024 », « du 1er janvier 2020 »: a day has an article, a month or a year has none."""
    date = french_date(as_of)
    if as_of.count("-") == 2:
        return f"du {date}"
    return f"d'{date}" if date.startswith(("a", "o")) else f"de {date}"


def until(as_of: str) -> str:
    """« à 2025 », « à octobre 2024 », « au 1er janvier 2020 »."""
    return f"au {french_date(as_of)}" if as_of.count("-") == 2 else f"à {french_date(as_of)}"


def english_date(as_of: str) -> str:
    """`2025-11-27` → « 27 November 2025 », `2025-12` → « December 2025 », `2025` → « 2025 »."""
    year, *rest = as_of.split("-")
    month = [MONTHS_EN[int(rest[0]) - 1]] if rest else []
    return " ".join([*(str(int(day)) for day in rest[1:]), *month, year])


def caution_of(section: Section, english: bool = False) -> str:
    """The caution that an answer built on this section carries, or nothing when the section holds today."""
    if section.status == "historique":
        date = english_date(section.as_of) if english else french_date(section.as_of)
        return f"(historical information, {date})" if english else f"(information historique, {date})"
    if section.status == "a_verifier":
        if english:
            return f"(information from {english_date(section.as_of)}, to be checked)"
        return f"(information {since(section.as_of)}, à vérifier)"
    return ""
