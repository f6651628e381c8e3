"""What people are told of what is kept of them, and when they have it erased."""

import logging
import sqlite3

from bot.messages import FORGOTTEN, NOT_FORGOTTEN, NOTHING_TO_FORGET
from bot.service import Service
from knowledge.settings import Settings

logger = logging.getLogger(__name__)
# Who may no longer ask, or asks too much, may still know what is kept of them, and have it erased.
ALWAYS = frozenset({"confidentialite", "oublier"})
_KEPT = (
    "Ce que je garde : vos questions, mes réponses et vos avis, {days} jours, pour repérer ce que je ne sais pas "
    "encore. Les référents lisent les questions refusées ou mal notées, sans savoir de qui elles sont. Votre nom n'est "
    "pas gardé : une empreinte calculée avec un secret de cette machine le remplace. {model}\n"
    "{forget} efface tout de suite ce que je garde de vous."
)
_NOTHING_KEPT = (
    "Je ne garde aucune question après l'arrêt du programme. Jusque-là, les référents lisent celles qui sont refusées "
    "ou mal notées, sans savoir de qui elles sont. {model}"
)
_NO_MODEL = "Rien n'est envoyé à un tiers."
_MODEL = "Un modèle de langue configuré par l'équipe ({model}) reçoit vos questions et des extraits de mes sources."


def privacy_text(settings: Settings, forget: str) -> str:
    """What is kept of people and who else reads it; `forget` is the command that erases it."""
    llm = settings.llm
    writes = llm.model and llm.mode == "generative"
    model = _MODEL.format(model=llm.model) if writes else _NO_MODEL
    text = _KEPT if settings.journal.enabled else _NOTHING_KEPT
    return text.format(days=settings.journal.retention_days, model=model, forget=forget)


async def forget(service: Service, channel: str, user: str) -> str:
    """Erase all that is kept of a person; what to tell them."""
    try:
        count = await service.forget(channel, user)
    except (sqlite3.Error, OSError) as error:
        logger.error("Effacement impossible : %s", error)
        return NOT_FORGOTTEN
    return FORGOTTEN.format(count=count) if count else NOTHING_TO_FORGET
