"""Our Discord client with the real service and corpus, to be run in process; its answers can be bent by a test."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from conftest import Bundled

from bot.discord.asking import Asking
from bot.discord.client import AssistantClient
from bot.journal import Journal
from bot.service import Service
from knowledge.assistant import Assistant, Explanation
from knowledge.completion import Turn
from knowledge.model import Answer, Citation, Source
from knowledge.settings import DiscordSettings, LimitSettings, Settings

Bend = Callable[[Answer], Answer]


@dataclass
class BentAssistant:
    """The real assistant, except that every answer goes through `bend`."""

    real: Assistant
    bend: Bend

    def explain(self, text: str, last: Turn | None = None) -> Explanation:
        explanation = self.real.explain(text, last)
        return replace(explanation, answer=self.bend(explanation.answer))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


def bot_settings(bundled: Bundled, folder: Any, limits: LimitSettings | None = None, **discord: Any) -> Settings:
    """Settings with the bundled index; the bot's own files go to `folder`."""
    free = LimitSettings(per_user="1000/second", per_room="1000/second")
    update = {"discord": DiscordSettings(**discord), "limits": limits or free}
    update["data"] = bundled.settings.data.model_copy(update={"dir": str(folder)})
    return bundled.settings.model_copy(update=update)


def open_service(bundled: Bundled, settings: Settings, bend: Bend = lambda answer: answer) -> Service:
    return Service(settings, BentAssistant(bundled.assistant, bend), Journal(None, 90))  # type: ignore[arg-type]


def open_client(settings: Settings, service: Service) -> AssistantClient:
    return AssistantClient(Asking(settings, service))


def citation(n: int = 1, quote: str = "Une phrase citée.", **source: Any) -> Citation:
    """A citation with one source."""
    given = {"key": f"S{n}", "title": f"Titre {n}", "publisher": "Éditeur", "date": "2025-12", "url": None} | source
    return Citation(
        n, f"p{n}", "faq/x", "Un document", "Une section ?", quote, None, (Source(**given),), "2025-12", "en_vigueur"
    )
