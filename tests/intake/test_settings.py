"""params.yaml edited by dotted keys."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from ruamel.yaml import YAML

from stages.core.errors import UserError
from stages.intake import settings
from tests.pipeline import ROOT

COMMITTED = (ROOT / "params.yaml").read_text()
TOY = """\
# top
grid:
  tasks:                # all
  - a
  - b
  sources: [real, gpt4] # of
                        # texts

mixtures:               # none
  one: [a, b]
empty:
text:
  long: >-
    folded
    lines
  short: "x"  # y
"""


def lines_changed(old: str, new: str) -> tuple[list[str], list[str]]:
    """The lines that only one of two texts has, in order."""
    before, after = old.splitlines(), new.splitlines()
    gone = [line for line in before if line not in after]
    return gone, [line for line in after if line not in before]


@pytest.mark.parametrize(
    ("key", "value", "line"),
    [
        ("train.texts_per_label", None, "  texts_per_label: null   # drawn again for each"),
        ("train.seeds", [0, 1], "  seeds: [0, 1]                           # one training run"),
        ("refine.copies", 0.25, "  copies: 0.25            # the same Jaccard"),
        ("fetch.max_per_label_of", {"a": 9}, "  max_per_label_of: {a: 9}  # the same for single"),
        ("fetch.max_per_label_of.a", 9, "  max_per_label_of: {a: 9}  # the same for single"),
        ("generate.endpoint.base_url", "http://x/v1", "    base_url: http://x/v1  # null = OpenAI"),
        ("embed.least", 2, "  least: 2"),
    ],
)
def test_one_line_of_the_committed_file_changes(key: str, value: Any, line: str) -> None:
    """Its comment stays, in its column where there is room; all other lines are untouched."""
    new = settings.edited(COMMITTED, {key: value})
    gone, added = lines_changed(COMMITTED, new)
    assert len(added) == 1 and added[0].startswith(line) and len(gone) == (key != "embed.least")
    found = yaml.safe_load(new)
    for part in key.split("."):
        found = found[part]
    assert found == value


@pytest.mark.parametrize(
    ("changes", "removed", "gone", "added"),
    [
        ({"grid.tasks": ["c"]}, (), ["  - a", "  - b"], ["  - c"]),
        ({"grid.tasks": []}, (), ["  tasks:                # all", "  - a", "  - b"],
         ["  tasks: []             # all"]),
        ({"grid.own.a": [1]}, (), [], ["  own: {a: [1]}"]),
        ({"empty.a": 1}, (), ["empty:"], ["empty: {a: 1}"]),
        ({"empty": 1}, (), ["empty:"], ["empty: 1"]),
        ({"text.short": "a: b"}, (), ['  short: "x"  # y'], ["  short: 'a: b'  # y"]),
        ({("grid", "v.2"): "x"}, (), [], ["  v.2: x"]),
        ({}, ["mixtures.one"], ["mixtures:               # none", "  one: [a, b]"],
         ["mixtures: {}            # none"]),
        ({}, ["text.long"], ["  long: >-", "    folded", "    lines"], []),
        ({}, ["grid.nothing", "nowhere.at.all"], [], []),
    ],
)  # fmt: skip
def test_only_what_is_edited_changes(
    changes: dict[settings.Key, Any], removed: list[str], gone: list[str], added: list[str]
) -> None:
    """Blocks stay blocks, comments and other lines stay, new keys close their section."""
    new = settings.edited(TOY, changes, removed)
    assert lines_changed(TOY, new) == (gone, added)
    yaml.safe_load(new)


@pytest.mark.parametrize("name", ["1e3", "1E3", "12e5", "0o17", "no", "null", "007", "a: b", "#"])
def test_names_stay_names(name: str) -> None:
    """DVC reads YAML 1.2, which has other numbers than PyYAML's 1.1: 1e3 was the task 1000.0."""
    new = settings.edited(TOY, {"grid.tasks": [name], "grid.sources": [name, "real"]})
    for typ in ("safe", "rt"):
        assert YAML(typ=typ).load(new)["grid"] == {"tasks": [name], "sources": [name, "real"]}
    assert yaml.safe_load(new)["grid"]["tasks"] == [name]
    assert settings.edited("a: 1\n", {"a": 0.00001}) == "a: 1.0e-05\n"


def test_entries_of_a_flow_mapping_come_and_go() -> None:
    """First, middle and last, until none is left."""
    shown = "a: {b: 1, c: 2, d: 3}  # x\n"
    for key, left in (("a.b", "{c: 2, d: 3}"), ("a.d", "{c: 2}"), ("a.c", "{}")):
        shown = settings.edited(shown, {}, [key])
        assert shown.startswith(f"a: {left} ") and shown.endswith("  # x\n")


def test_every_key_can_be_replaced_by_itself() -> None:
    """The values of the committed file stay what they are, whichever is written again."""
    content = yaml.safe_load(COMMITTED)
    for section, entries in content.items():
        for key in entries:
            new = settings.edited(COMMITTED, {(section, key): content[section][key]})
            assert yaml.safe_load(new) == content


def test_errors_leave_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file, no YAML, a value where settings are expected: one line each, nothing written."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="run from the repository's root"):
        settings.edit({"a": 1})
    for content, message in (("a: [", "is not YAML"), ("a: 1", "expected settings under a")):
        Path("params.yaml").write_text(content)
        with pytest.raises(UserError, match=message):
            settings.edit({"a.b": 1})
        assert Path("params.yaml").read_text() == content
    assert [path.name for path in tmp_path.iterdir()] == ["params.yaml"]
