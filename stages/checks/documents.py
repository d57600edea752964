"""YAML files that know the line of each of their keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from pydantic import BaseModel

from stages.checks.problems import Problem
from stages.core.params import wrong


class Document(NamedTuple):
    """A YAML file: its content, and the nodes that it was made from."""

    path: Path
    content: Any
    node: yaml.Node | None

    def line(self, *keys: object) -> int | None:
        """The line of the entry that `keys` lead to, or of the last of them that is there."""
        node, line = self.node, None
        for key in keys:
            found = _inner(node, key)
            if found is None:
                break
            line, node = found
        return line

    def problem(self, said: str, *keys: object, serious: bool = True) -> Problem:
        """A problem at the line that `keys` lead to."""
        return Problem(self.path, self.line(*keys), said, serious)

    def get(self, *keys: object, default: Any = None) -> Any:
        """What stands under `keys`, or `default` where that is nothing."""
        found = self.content
        for key in keys:
            if not isinstance(found, dict) or key not in found:
                return default
            found = found[key]
        return default if found is None else found


def read(path: Path) -> tuple[Document | None, list[Problem]]:
    """The file, where it can be read, and what is wrong with it as YAML."""
    try:
        text = path.read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
        content = yaml.load(text, Loader=yaml.CSafeLoader)
    except FileNotFoundError:
        return None, [Problem(path, None, "expected this file, found none; add it")]
    except (OSError, UnicodeDecodeError) as error:
        return None, [Problem(path, None, f"cannot be read as UTF-8 ({error}); save it anew")]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        said = f"no YAML: {error.problem}; fix the line"
        return None, [Problem(path, mark.line + 1 if mark else None, said)]
    except yaml.YAMLError as error:
        return None, [Problem(path, None, f"no YAML: {error}; fix it")]
    if not isinstance(content, dict):
        said = f"expected keys with values, found {content!r:.60}; fix it"
        return None, [Problem(path, 1, said)]
    return Document(path, content, node), list(_twice(path, node))


def fitted(document: Document, model: type[BaseModel], *keys: str) -> Iterator[Problem]:
    """Where the part of a document under `keys` does not fit its class."""
    content = document.content
    for key in keys:
        content = content[key]
    for places, said in wrong(model, content):
        where = ".".join(map(str, (*keys, *places)))
        yield document.problem(f"{where}: {said}" if where else said, *keys, *places)


def choice(name: object, known: Iterable[str]) -> str:
    """What may have been meant: the known name that is close to this one, else all that are known.

    >>> choice("tweet_irnoy", ["tweet_irony", "imdb"])
    "did you mean 'tweet_irony'?"
    >>> choice("cats", ["tweet_irony", "imdb"])
    "known are ['tweet_irony', 'imdb']"
    """
    names = list(known)
    close = get_close_matches(str(name), names, n=1)
    return f"did you mean {close[0]!r}?" if close else f"known are {names}"


def _inner(node: yaml.Node | None, key: object) -> tuple[int, yaml.Node] | None:
    """The line of an entry of a mapping or list, and the entry's own node."""
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == str(key):
                return name.start_mark.line + 1, value
    elif isinstance(node, yaml.SequenceNode):
        if isinstance(key, int) and key < len(node.value):
            return node.value[key].start_mark.line + 1, node.value[key]
        for item in node.value:  # a list of names: the entry that is the name
            if isinstance(item, yaml.ScalarNode) and item.value == key:
                return item.start_mark.line + 1, item
    return None


def _twice(path: Path, node: yaml.Node | None) -> Iterator[Problem]:
    """Keys that stand twice in a mapping: YAML takes the last one without a word."""
    if isinstance(node, yaml.MappingNode):
        lines: dict[str, int] = {}
        for name, value in node.value:
            line = name.start_mark.line + 1
            if name.value in lines:
                said = (
                    f"expected each key once, found {name.value!r} in line {lines[name.value]}, "
                    "too; the last one would count: remove one"
                )
                yield Problem(path, line, said)
            lines[name.value] = line
            yield from _twice(path, value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _twice(path, item)
