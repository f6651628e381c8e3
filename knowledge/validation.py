"""Pydantic's errors in French, each with the nearest known key when one was misspelt."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError

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


def nearest(name: str, known: Iterable[str]) -> str:
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
        return f"clé inconnue « {path} »{nearest(str(item['loc'][-1]), known)}"
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
