"""params.yaml edited by dotted keys; every character outside the edited values stays as it is.

The values are found by a YAML parser and replaced in the text: ruamel.yaml's round trip moves
comments to other keys, and joins lines, where an entry before them is replaced or taken out.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import yaml
from yaml.nodes import MappingNode, Node, SequenceNode

from stages.core import files
from stages.core.errors import UserError
from stages.core.params import PARAMS

GAP = 2  # blanks at least before a comment
Key = str | tuple[str, ...]  # train.seeds; with its parts, where one of them may hold a dot


class _Dumper(yaml.SafeDumper):
    """Quotes also what YAML 1.2, by which DVC reads, takes for a number: a task called 1e3."""


_Dumper.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"(?:[-+]?[\d.]+[eE][-+]?\d+|0o[0-7]+)$"),
    list("-+.0123456789"),
)


class Entry(NamedTuple):
    """A key and its value in the text, and the mapping that holds both."""

    key: Node
    value: Node
    parent: MappingNode


def edit(changes: Mapping[Key, Any], removed: Iterable[Key] = ()) -> None:
    """Set the dotted keys of params.yaml in `changes`, take out those in `removed`; all or nothing.

    A key that is not there yet is added at the end of its section. Raises `UserError` where the
    file is missing or no YAML, or where a key leads through a value that holds no keys.
    """
    files.write_text(edited(text(), changes, removed), PARAMS)


def text() -> str:
    """params.yaml as it is; `UserError` where there is none."""
    if not PARAMS.exists():
        raise UserError(f"expected {PARAMS} here, found none; run from the repository's root")
    return PARAMS.read_text(encoding="utf-8")


def edited(content: str, changes: Mapping[Key, Any], removed: Iterable[Key] = ()) -> str:
    """`content`, YAML text whose top is a mapping, after the changes that `edit` makes.

    >>> print(edited("train:\\n  seeds: [0, 1]   # runs\\n", {"train.seeds": [2]}), end="")
    train:
      seeds: [2]      # runs
    """
    for key in removed:
        content = _without(content, _parts(key))
    for key, value in changes.items():
        content = _with(content, _parts(key), value)
    return content


def _parts(key: Key) -> list[str]:
    return key.split(".") if isinstance(key, str) else list(key)


def _with(content: str, parts: list[str], value: Any) -> str:
    path = _path(content, parts)
    if len(path) == len(parts):
        return _replaced(content, path[-1], value)
    for part in reversed(parts[len(path) + 1 :]):
        value = {part: value}
    added = f"{_flow(parts[len(path)])}: {_flow(value)}"
    holder = path[-1].value if path else _tree(content)
    if not isinstance(holder, MappingNode):
        if path and holder.tag.endswith(":null"):
            return _replaced(content, path[-1], {parts[len(path)]: value})
        raise UserError(f"{PARAMS}: expected settings under {'.'.join(parts[:-1])}; fix it")
    if holder.flow_style:
        end = holder.end_mark.index
        return _inserted(content, end - 1, end, (", " if holder.value else "") + added + "}")
    indent = " " * holder.start_mark.column
    end = _line_end(content, _end(content, holder))
    while re.match(rf"\n {indent} *#", content[end:]):  # the last entry's comment goes on
        end = _line_end(content, end + 1)
    return f"{content[:end]}\n{indent}{added}{content[end:]}"


def _without(content: str, parts: list[str]) -> str:
    path = _path(content, parts)
    if len(path) < len(parts):
        return content
    key, value, parent = path[-1]
    entries = [inner for inner, _ in parent.value]
    if len(entries) == 1 and len(path) > 1:
        return _replaced(content, path[-2], {})
    start, end = key.start_mark.index, _end(content, value)
    if parent.flow_style:
        place = entries.index(key)
        if place + 1 < len(entries):
            end = entries[place + 1].start_mark.index
        elif place:
            start = _end(content, parent.value[place - 1][1])
        return content[:start] + content[end:]
    return content[: content.rfind("\n", 0, start) + 1] + content[_line_end(content, end) + 1 :]


def _replaced(content: str, entry: Entry, value: Any) -> str:
    """The text with another value, a list in blocks where the old one was."""
    old, after_key = entry.value, content.index(":", entry.key.end_mark.index) + 1
    if isinstance(old, MappingNode | SequenceNode) and not old.flow_style:
        start, end = old.start_mark.index, _end(content, old)
        if isinstance(old, SequenceNode) and isinstance(value, list | tuple) and value:
            indent = " " * old.start_mark.column
            lines = f"\n{indent}".join(f"- {_flow(item)}" for item in value)
            return content[:start] + lines + content[end:]
        content = content[: content.rfind("\n", 0, start)] + content[_line_end(content, end) :]
        return _inserted(content, after_key, after_key, f" {_flow(value)}")
    start, end = old.start_mark.index, old.end_mark.index
    blank = " " if start == end and content[start - 1] != " " else ""  # a key with no value at all
    return _inserted(content, start, end, blank + _flow(value))


def _inserted(content: str, start: int, end: int, new: str) -> str:
    """`new` in place of a stretch; a comment behind it stays in its column where it can."""
    rest = content[end:]
    if comment := re.match(r"( +)#", rest):
        room = len(comment[1]) + (end - start) - len(new)
        rest = " " * max(GAP, room) + rest[len(comment[1]) :]
    return content[:start] + new + rest


def _path(content: str, parts: list[str]) -> list[Entry]:
    """The entries that the parts of a key lead through, as far as there are any."""
    found: list[Entry] = []
    holder = _tree(content)
    for part in parts:
        if not isinstance(holder, MappingNode):
            break
        entry = next((pair for pair in holder.value if pair[0].value == part), None)
        if entry is None:
            break
        found.append(Entry(entry[0], entry[1], holder))
        holder = entry[1]
    return found


def _tree(content: str) -> Node:
    try:
        tree = yaml.compose(content, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise UserError(f"{PARAMS} is not YAML ({' '.join(str(error).split())}); fix it") from error
    if not isinstance(tree, MappingNode):
        raise UserError(f"{PARAMS}: expected settings, found none; restore it from Git")
    return tree


def _end(content: str, node: Node) -> int:
    """Where the text of a node ends; of a block, where its last value does."""
    if isinstance(node, MappingNode | SequenceNode) and not node.flow_style:
        last = node.value[-1]
        return _end(content, last[1] if isinstance(last, tuple) else last)
    return len(content[: node.end_mark.index].rstrip())


def _line_end(content: str, place: int) -> int:
    end = content.find("\n", place)
    return len(content) if end < 0 else end


def _flow(value: Any) -> str:
    """A value on one line of YAML."""
    dumped: str = yaml.dump(
        value,
        Dumper=_Dumper,
        default_flow_style=True,
        width=float("inf"),
        allow_unicode=True,
        sort_keys=False,
    )
    return dumped.removesuffix("\n").removesuffix("\n...")
