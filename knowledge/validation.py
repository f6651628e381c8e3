"""Rules that settings share, and pydantic's errors in French, each with the nearest known key when one was misspelt."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any
from urllib.parse import SplitResult, urlsplit

from pydantic import BaseModel, ValidationError

_EXPECTED = "une adresse comme http://localhost:8000 est attendue"
_MESSAGES = {
    "missing": "champ obligatoire absent",
    "string_type": "un texte est attendu",
    "int_type": "un nombre entier est attendu",
    "int_parsing": "un nombre entier est attendu",
    "int_from_float": "un nombre entier est attendu",
    "finite_number": "un nombre fini est attendu",
    "float_parsing": "un nombre est attendu",
    "float_type": "un nombre est attendu",
    "bool_parsing": "true ou false est attendu",
    "bool_type": "true ou false est attendu",
    "list_type": "une liste est attendue",
    "dict_type": "une table est attendue",
    "model_type": "une table est attendue",
    "model_attributes_type": "une table est attendue",
    "string_pattern_mismatch": "forme inattendue",
}


def without_credentials(url: str, instead: str) -> str:
    """The address, unless it names a user or a password: it is printed in errors. `instead` says where they belong."""
    parts = _split(url)
    # « moi:secret@hôte » has no `//` to tell that an address begins.
    if "@" in (parts.netloc or parts.path):
        raise ValueError(f"une adresse sans identifiants est attendue ; {instead}")
    return url


def model_address(url: str) -> str:
    """The address of a model's server, empty where there is none; its path is the provider's business."""
    parts = _split(without_credentials(url, "la clé va dans PTCE_LLM_KEY"))
    if url and not _is_http(parts):
        raise ValueError(_EXPECTED)
    return url


def server_address(url: str) -> str:
    """The address of a server of which nothing but scheme, host and port is used; empty where there is none."""
    parts = _split(without_credentials(url, "le serveur Chroma est joint sans mot de passe"))
    if url and not _is_http(parts):
        raise ValueError(_EXPECTED)
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(f"rien n'est attendu après l'hôte et le port : {_EXPECTED}")
    return url


def _is_http(parts: SplitResult) -> bool:
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _split(url: str) -> SplitResult:
    """The parts of an address; its port is read too, for only then is it looked at."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ValueError(_EXPECTED) from None
    return parts


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """« (vouliez-vous dire … ?) » naming the closest known key, or nothing."""
    found = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f" (vouliez-vous dire « {found[0]} » ?)" if found else ""


def explain(error: ValidationError, model: type[BaseModel]) -> list[tuple[tuple[Any, ...], str]]:
    """Each fault as (path of the key, French sentence)."""
    return [(item["loc"], _sentence(dict(item), model)) for item in error.errors(include_url=False)]


def _sentence(item: dict[str, Any], model: type[BaseModel]) -> str:
    path = ".".join(str(part) for part in item["loc"])
    if item["type"] == "extra_forbidden":
        known = _fields_at(model, item["loc"][:-1])
        return f"clé inconnue « {path} »{did_you_mean(str(item['loc'][-1]), known)}"
    if item["type"] in ("literal_error", "enum"):
        expected = item["ctx"]["expected"].replace("' or '", "' ou '")
        return f"« {path} » : valeur {item['input']!r} refusée ; attendu : {expected}"
    if item["type"] == "value_error":
        return f"« {path} » : {item['ctx']['error']}"
    limits = {"greater_than_equal": "au moins {ge}", "less_than_equal": "au plus {le}", "greater_than": "plus de {gt}"}
    if item["type"] in limits:
        return f"« {path} » : {limits[item['type']].format(**item['ctx'])} (reçu : {item['input']!r})"
    reason = _MESSAGES.get(item["type"], item["msg"])
    where = f"« {path} » : " if path else ""
    return f"{where}{reason}" + ("" if item["type"] == "missing" else f" (reçu : {item['input']!r})")


def _fields_at(model: type[BaseModel], path: tuple[Any, ...]) -> list[str]:
    current: Any = model
    for part in path:
        field = getattr(current, "model_fields", {}).get(part)
        if field is None:
            return []
        current = field.annotation
    return list(current.model_fields) if hasattr(current, "model_fields") else []
