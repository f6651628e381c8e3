"""Where settings come from: defaults, `config.toml`, environment, in that order; unknown keys are refused.

A file is named by `--config` or `PTCE_CONFIG`; without one, `config.toml` in the user's configuration
folder is read when it exists. `PTCE_SECTION__KEY` overrides any key.
"""

import os
import tomllib
from pathlib import Path
from typing import Any

from platformdirs import user_config_path
from pydantic import BaseModel, ValidationError

from knowledge.errors import SettingsError
from knowledge.settings import APP_NAME, ENV_DELIMITER, ENV_PREFIX, Settings
from knowledge.validation import did_you_mean, explain

# Read from the environment where they are needed, and never printed (as are the keys that providers name themselves).
DISCORD_TOKEN = "PTCE_DISCORD_TOKEN"  # noqa: S105 - the variable's name, as in the next two
MATRIX_PASSWORD = "PTCE_MATRIX_PASSWORD"  # noqa: S105
MATRIX_TOKEN = "PTCE_MATRIX_TOKEN"  # noqa: S105
LLM_KEY = "PTCE_LLM_KEY"
SECRETS = (DISCORD_TOKEN, MATRIX_PASSWORD, MATRIX_TOKEN, LLM_KEY)
CONFIG_VARIABLE = "PTCE_CONFIG"


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
                f"Variable d'environnement inconnue : {name}{did_you_mean(name.upper(), known)}.",
                "corrigez ou retirez cette variable",
            )


def _variables() -> list[str]:
    names = []
    for section, field in Settings.model_fields.items():
        part = field.annotation
        keys = part.model_fields if isinstance(part, type) and issubclass(part, BaseModel) else {}
        names += [f"{ENV_PREFIX}{section}{ENV_DELIMITER}{key}".upper() for key in keys]
    return names
