"""YAML that knows the line of each of its keys, so that a fault can be told as `file:line`.

Dates stay texts (a corpus dates things to the year or the month too), and a key given twice is refused: PyYAML would
keep the last one and lose the first without a word.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

# The C parser where PyYAML was built with it: ten times faster.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TIMESTAMP = "tag:yaml.org,2002:timestamp"
_TEXT = "tag:yaml.org,2002:str"
# Where PyYAML converts, Python's own errors come through.
_CONVERTED = {f"tag:yaml.org,2002:{kind}" for kind in ("bool", "int", "float")}


class MarkedYamlError(ValueError):
    """What is wrong, and the line, counted from 1."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class MarkedYaml:
    """What a text says (`data`), and where."""

    data: Any
    root: yaml.Node | None

    def line(self, *path: str | int) -> int:
        """The line, counted from 1, of the deepest key or element of `path` that is there."""
        node = self.root
        line = node.start_mark.line if node else 0
        for part in path:
            if isinstance(node, yaml.MappingNode):
                found = next(((key, value) for key, value in node.value if key.value == str(part)), None)
                # A part that is not there is missing, or names a choice of types: the rest may still be below.
                if found:
                    line, node = found[0].start_mark.line, found[1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
                node = node.value[part]
                line = node.start_mark.line
        return line + 1


def read_yaml(text: str) -> MarkedYaml:
    """The one document of `text`, or a `MarkedYamlError`."""
    loader = _Loader(text)
    try:
        root = loader.get_single_node()
        for node in _nodes(root, set()):
            _prepare(node)
            _refuse_unconvertible(loader, node)
        return MarkedYaml(loader.construct_document(root) if root else None, root)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise MarkedYamlError((mark.line if mark else 0) + 1, f"YAML invalide : {error.problem or error}") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise MarkedYamlError(1, f"YAML invalide : {error}") from None
    finally:
        loader.dispose()


def _nodes(node: yaml.Node | None, seen: set[int]) -> Iterator[yaml.Node]:
    if node is None or id(node) in seen:
        return
    seen.add(id(node))
    yield node
    children = node.value if isinstance(node, yaml.CollectionNode) else []
    for child in children:
        for part in child if isinstance(child, tuple) else (child,):
            yield from _nodes(part, seen)


def _refuse_unconvertible(loader: Any, node: yaml.Node) -> None:
    if node.tag in _CONVERTED:
        try:
            loader.construct_object(node)
        except (ValueError, LookupError):
            wrong = f"YAML invalide : « {node.value} » n'est pas de type {node.tag.rpartition(':')[2]}"
            cure = "un texte s'écrit entre guillemets, sans type"
            raise MarkedYamlError(node.start_mark.line + 1, f"{wrong} ; {cure}") from None


def _prepare(node: yaml.Node) -> None:
    if node.tag == _TIMESTAMP:
        node.tag = _TEXT
    if isinstance(node, yaml.MappingNode):
        names = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        for number, (key, _) in enumerate(node.value):
            if isinstance(key, yaml.ScalarNode) and key.value in names[:number]:
                raise MarkedYamlError(key.start_mark.line + 1, f"clé en double : {key.value}")
