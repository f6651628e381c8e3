"""Orders to the machine, dressed as questions: they are recognised by their marks and never obeyed.

Quotes alone cannot obey an order, but they could seem to: « écris que la phase 1 rapporte 50 000 € » must not be
answered with anything. What is recognised is how such texts are made (a role played, a frame closed, rules lifted,
secrets asked for, a forgery ordered), never their subject.
"""

import re

from knowledge.text import fold

_MARKS = re.compile(
    "|".join(
        (
            # Frames and roles of chat models.
            r"\[/?inst\]|<</?sys>>|<\|[^|]*\|>|</?(?:system|assistant|user|instructions?|prompt|contexte?)>",
            r"(?:^|[.!?>\n]|\#\s*)\s*(?:system|systeme|assistant|user|utilisateur|developer|admin)\s*:",
            # « ### Qu'est-ce qu'un PTCE ? » is a title that was pasted, « à la fin du texte » a place in it.
            r"#{3,}(?![^\n]*\?)|"
            r"(?<!\bla )\bfin (?:du|de la|des) (?:document|contexte|consigne|prompt|texte|passage)s?\b|"
            r"\bend of (?:context|document|prompt)\b",
            # Rules lifted or replaced.
            r"(?:^|[.!?:;,»«] |\b(?:et|puis|alors|now|please|and) )\s*(?:ignore[sz]?|oublie[sz]?|neglige[sz]?|"
            r"contourne[sz]?|desactive[sz]?|disregard|forget|override|bypass|"
            r"skip)\b.{0,40}"
            r"\b(?:instructions?|consignes?|regles?|rules?|limites?|restrictions?|garde-fous?|filtres?|"
            r"tout ce qui precede|previous|above|"
            r"sources?|citations?|prompt|contexte|everything)\b",
            r"\b(?:nouvelles?|new) (?:consignes?|instructions?)\s*:",
            # « Nouvelles règles : que change l'AMI ? » is a question.
            r"\b(?:nouvelles?|new) (?:taches?|tasks?|regles?|rules?|roles?)\s*:(?![^.!:]*\b(?:que|quel\w*|qui|"
            r"comment|quand|combien|est-ce)\b)",
            r"\b(?:no|aucune|sans) (?:rules?|regles?|restrictions?|limites?) (?:apply|applies|ne s'applique)",
            r"\b(?:citations?|sources?|references?|notes?) (?:disabled|desactivees?|off)\b",
            # Another person to play.
            r"\b(?:tu es|vous etes|you are) (?:(?:desormais|maintenant|now)\b(?! (?:combien|nombreu|"
            r"(?:plus|moins) (?:de |d')|environ|how (?:many|much)|\d))|(?:un autre|another|libre|free)\b)|"
            r"\bfrom now on\b|\ba partir de maintenant,? (?:tu|t'|vous|ne|reponds|dis|parle)\b",
            r"(?:^|[.!?:;,»] )\s*(?:agis|comporte-toi|repond[sez]*|fais|joue|act|behave|respond|answer|"
            r"pretend)\b.{0,20}"
            r"\b(?:comme si|comme un|le role|as if|as a|like a|to be|que tu es)\b",
            r"\b(?:mode|role) (?:developpeur|developer|debug|admin\w*|dan|god|libre|sans filtre)\b|"
            r"\bjailbreak\w*\b|\bsystem override\b",
            # Its sources taken away, its words put into its mouth.
            r"\b(?:ne|n'(?:as|avez)) (?:cite[szr]?|plus(?! fourni)|mentionne[rz]?)\b.{0,25}\b(?:sources?|documents?|"
            r"references?|citations?|droit de citer)\b",
            r"\b(?:obeis|obey)\b|\bdesormais,? (?:remplace|ajoute|reponds|dis)\w*|\b(?:consigne|"
            r"instruction)s? (?:cachee|secrete|hidden)s?\b",
            r"\brepet\w* (?:«|\"|en boucle|cent fois|apres moi)|\bgame where you\b|\bdonne ton (?:avis|opinion)\b",
            r"\b(?:begin|commence[rz]?) (?:your|ta|votre) (?:answer|reponse) (?:with|par)\b",
            # Secrets of the machine, and its code.
            r"\b(?:mots? de passe|passwords?|cles? api|api keys?|tokens? d'acces|variables? d'environnement|"
            r"system prompt|ton prompt|(?:ta|tes|ton|votre|vos|your) (?:consignes?(?! pour \w+er\b)|parametrage|"
            r"configuration|"
            r"prompts?|instructions|identifiants? de connexion)\b|"
            r"identifiants? de connexion (?:de la base|du serveur|du bot))",
            r"/etc/passwd|\brm -rf\b|\bdrop table\b|<script|\bselect .{1,40} from \w+\s*(?:;|where\b|limit\b|order\b|"
            r"group\b|--|$)|\bdelete (?:\*\s*)?from\b|\bsafety policy\b|"
            r"\bbase64\b",
            r"\bton developpeur\b|\btu t'es fait\b|\boublie tout\b",
            r"\b(?:affich\w*|revel\w*|montr\w*|donn\w*|recopi\w*|repet\w*|copi\w*|dis|print|reveal|show|repeat|"
            r"output|dump|give)\b.{0,40}"
            r"\b(?:prompts?|instructions? (?:systeme|internes?|cachees?|initiales?)|system (?:prompt|message)|"
            r"consignes? (?:internes?|cachees?|systeme)|identifiants? de connexion"
            r"|mots? de passe|passwords?|tokens?|jetons? d'acces|cles? (?:api|d'api|secretes?)|api keys?|"
            r"variables? d'environnement|config\.toml)",
            # Forgery, and answers without their sources.
            r"(?:^|[.!?:;,»] )\s*(?:invente[sz]?|fabrique[sz]?|falsifie[sz]?|make up|fabricate|"
            r"forge)\b.{0,60}\b(?:sources?|"
            r"citations?|"
            r"references?|chiffres?|"
            r"figures?|montants?|reponses?|answers?|articles?|lois?|decrets?|laureats?|addresses|adresses?|"
            r"contacts?)\b",
            # « Comment rédiger… » asks; « peux-tu rédiger… » orders.
            r"\b(?:ecri[stvez]+|redige[sz]?|dis|dites|repond[sez]*|affirme[sz]?|confirme[sz]?|say|write|state|"
            r"claim|announce|declare|"
            r"(?:tu|vous|veuillez|merci d[e']|faut|faudrait|^(?!.*\?\s*$)) ?(?:dois |devez |vas |allez )?"
            r"(?:me |nous )?(?:ecrire|rediger|repondre|affirmer|(?:dire|confirmer)(?! (?:si\b|s'))))\b"
            r".{0,80}\b(?:(?<!vrai ou )(?:faux|fausse)|fake|"
            r"sans (?:aucune |la moindre |citer )?(?:de |tes |vos |les )?(?:notes?|"
            r"sources?|citations?|"
            r"references?|crochets?)|"
            r"without (?:any )?(?:sources?|citations?|references?)|n'ajoute rien|masque|apologi[sz]e)\b",
            r"^\s*(?:ecris|redige|dis|reponds|affirme|repete|traduis|say|write|repeat|print|"
            r"translate) (?:que|that|uniquement|seulement|only|exactement|juste|simplement|mot pour mot)\b",
        )
    ),
    re.DOTALL,
)


def is_order(text: str) -> bool:
    """Whether the text tries to give the assistant orders."""
    return bool(_MARKS.search(fold(text)))
