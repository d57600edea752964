"""YAML files that know the line of each key."""

from pathlib import Path

import pytest

from stages.checks import documents
from stages.checks.documents import Document, fitted
from stages.core.params import Section


class Inner(Section):
    """A part of a toy section."""

    size: int


class Toy(Section):
    """A toy section."""

    inner: Inner
    names: tuple[str, ...] = ()


def document(tmp_path: Path, text: str) -> Document:
    """The document of a text that can be read."""
    path = tmp_path / "x.yaml"
    path.write_text(text)
    found, problems = documents.read(path)
    assert found and not problems
    return found


def test_lines_of_keys_and_list_entries(tmp_path: Path) -> None:
    """A key's line, a list entry's by number or name, and that of the last one that is there."""
    found = document(tmp_path, "a:\n  b: 1\n  c:\n  - x\n  - y\nd: {e: 2}\n")
    assert [found.line("a", "b"), found.line("a", "c", 1), found.line("a", "c", "y")] == [2, 5, 5]
    assert [found.line("d", "e"), found.line("a", "none"), found.line("none")] == [6, 1, None]


def test_every_misfit_has_its_line(tmp_path: Path) -> None:
    """All wrong keys of a section are told, not the first alone."""
    found = document(tmp_path, "t:\n  inner:\n    size: many\n    sise: 3\n  names: [1]\n")
    problems = {(p.line, p.said.split(":")[0]) for p in fitted(found, Toy, "t")}
    assert problems == {(3, "t.inner.size"), (4, "t.inner.sise"), (5, "t.names.0")}


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a: [1\nb: 2\n", 2, "no YAML"),
        ("a: 1\nb:\n  c: 1\n  c: 2\n", 4, "'c' in line 3, too"),
        ("- a\n", 1, "expected keys"),
    ],
)
def test_damage_has_its_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    """What is no YAML, and a key that stands twice, are found with their lines."""
    path = tmp_path / "x.yaml"
    path.write_text(text)
    (problem,) = documents.read(path)[1]
    assert problem.line == line and said in problem.said


def test_a_missing_file_is_one_problem(tmp_path: Path) -> None:
    """Without a line."""
    found, (problem,) = documents.read(tmp_path / "x.yaml")
    assert found is None and problem.line is None
