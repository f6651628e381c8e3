"""The assistant as the configuration wants it: with a language model that writes, or without."""

from knowledge.assistant import Assistant
from knowledge.embeddings import Encoder, open_encoder
from knowledge.errors import SettingsError
from knowledge.model import Mode
from knowledge.settings import Settings
from knowledge.writing.contract import AnswerWriter


def open_assistant(settings: Settings, encoder: Encoder | None = None, mode: Mode | None = None) -> Assistant:
    """The assistant in the mode asked for, else in the configured one; without a model it quotes."""
    encoder = encoder or open_encoder(settings.embedding)
    return Assistant(settings, encoder, open_writer(settings, encoder, mode))


def open_writer(settings: Settings, encoder: Encoder, mode: Mode | None = None) -> AnswerWriter | None:
    """The writer, or None for quotes; a mode that nobody configured is a `SettingsError`."""
    if mode == "generative" and not settings.llm.model:
        raise SettingsError(
            "Aucun modèle de langue n'est configuré.",
            'donnez-en un : [llm] model = "mistralai:…", "openai:…" ou "ollama:…" dans config.toml (voir le README)',
        )
    if (mode or settings.llm.mode) == "extractive" or not settings.llm.model:
        return None
    provider, colon, name = settings.llm.model.partition(":")
    if not (provider and colon and name):
        raise SettingsError(
            f"« llm.model » : « fournisseur:modèle » est attendu (reçu : {settings.llm.model!r}).",
            "exemples : mistralai:mistral-small-latest, openai:gpt-4.1-mini, ollama:mistral-nemo",
        )
    # Only who has a model pays for what it takes to use one.
    from knowledge.writing.chat_model import ChatModel
    from knowledge.writing.writer import Writer
    from prompts import render

    return Writer(ChatModel(settings.llm), render, settings.llm, encoder)
