"""params.yaml: sections, entries, single values, the grid."""

from functools import partial
from pathlib import Path

import pytest

from stages.core import params
from stages.core.errors import UserError

GRID = "grid: {tasks: [a, b], sources: [real], strategies: [], models: [tfidf], probes: [probe]}"


class Mail(params.Section):
    """A section."""

    size: int
    name: str


class Mails(params.Section):
    """A section in a section."""

    first: Mail


mail = partial(params.parse, Mail)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to run in, where params.yaml may have the sections `mail` and `mails`."""
    monkeypatch.setattr(params, "SECTIONS", ("grid", "mixtures", "mail", "mails"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(text: str) -> None:
    """Write params.yaml."""
    Path("params.yaml").write_text(text)


def test_a_section_is_loaded_and_frozen() -> None:
    """Values are typed and cannot be changed."""
    write("mail: {size: 3, name: x}")
    section = params.load(Mail, "mail")
    assert section == Mail(size=3, name="x")
    with pytest.raises(ValueError, match="frozen"):
        section.size = 4


def test_a_section_is_picked_from_single_keys() -> None:
    """Other keys beside them are ignored; a wrong value is named with its section."""
    write("mail: {size: 3, name: x, other: 1}")
    assert params.pick(Mail, "mail.size", "mail.name") == Mail(size=3, name="x")
    write("mail: {size: many, name: x}")
    with pytest.raises(UserError, match=r"params.yaml: mail: size: expected"):
        params.pick(Mail, "mail.size", "mail.name")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mail: {size: 3}", r"params.yaml: mail: name: expected a value, found none$"),
        (
            "mail: {size: 3, name: x, sizes: 4}",
            r"mail: sizes: unknown key, found 4; known keys: \['na",
        ),
        ("mail: {size: many, name: x}", r"mail: size: expected .* found 'many'"),
        ("mail: {}", r"mail: size: expected a value, found none \(and 1 more\)"),
        ("mail:", r"params.yaml: mail: expected settings, found None$"),
        ("mails: {}", r"has no 'mail' \('mail' is none of \['mails'\]\); add it"),
        ("mail: {}\nmial: {}", r"unknown sections \['mial'\]; known are \['grid', 'mixtures', "),
        ("mail: [", r"params.yaml is not YAML"),
        ("", r"has no 'mail'"),
    ],
)
def test_a_wrong_section_is_named(text: str, message: str) -> None:
    """The first wrong key is named with what was found, on one line."""
    write(text)
    with pytest.raises(UserError, match=message):
        params.load(Mail, "mail")


def test_keys_of_an_inner_section_are_named() -> None:
    """The known keys are those of the section that has the unknown one."""
    write("mails: {first: {size: 1, name: y, szie: 2}}")
    with pytest.raises(UserError, match=r"mails: first.szie: .* known keys: \['name', 'size'\]$"):
        params.load(Mails, "mails")


def test_an_entry_is_read() -> None:
    """A section may hold one entry per name that the user chose."""
    write("mails: {own: {size: 1, name: y}, other: {size: 2, name: z}}")
    assert params.entry("mails", "other", mail) == Mail(size=2, name="z")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mails: {mine: {size: 1, name: y}}", r"mails: expected an entry 'own', found \['mine'\]"),
        ("mails:", r"mails: expected an entry 'own', found \[\]; add it"),
        ("mails: {own: }", r"mails.own: expected settings, found None"),
        ("mails: {own: {size: 1}}", r"params.yaml: mails.own: name: expected a value"),
        ("mails: {own: {size: 1, name: y}, two: 2}", r"mails.two: expected settings, found 2"),
        (
            "mails: {own: {size: 1, name: y, szie: 2}}",
            r"mails.own: szie: unknown key",
        ),
    ],
)
def test_a_wrong_entry_is_named(text: str, message: str) -> None:
    """Every entry is read, be it the one asked for or not."""
    write(text)
    with pytest.raises(UserError, match=message):
        params.entry("mails", "own", mail)


def test_outside_the_repository() -> None:
    """Without a params.yaml the message says where to run."""
    with pytest.raises(UserError, match="run from the repository's root"):
        params.value("mail")


def test_the_grid_has_every_classifier() -> None:
    """Models that read texts come before those that read embeddings."""
    write(GRID)
    grid = params.grid()
    assert (grid.tasks, grid.sources, grid.strategies) == (("a", "b"), ("real",), ())
    assert grid.classifiers == ("tfidf", "probe")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[a, b]", "[]", r"grid: tasks: expected 1 or more entries"),
        ("[a, b]", "[a, a]", r"grid: tasks: expected each entry once, found \['a', 'a'\]$"),
        ("[a, b]", "", r"grid: tasks: expected a valid tuple, found None"),
        ("[a, b]", "[../a]", r"grid: tasks.0: String should match pattern"),
        ("[real]", "[no]", r"grid: sources.0: expected a valid string, found False"),
        (
            "models: [tfidf]",
            "models: [probe]",
            r"models or in probes, found \['probe'\] in both",
        ),
        (
            "probes: [probe]",
            "prboes: []",
            r"grid: prboes: unknown key, found \[\]; .* \(and 1",
        ),
        ("[real]", "[real, error]", r"a source named error for a damaged file"),
        ("strategies: []", "strategies: [edited]", r"names of their own, found \['edited'\]"),
    ],
)
def test_a_wrong_grid_is_refused(old: str, new: str, message: str) -> None:
    """Each entry is listed once, and there is one where one is needed."""
    write(GRID.replace(old, new))
    with pytest.raises(UserError, match=message):
        params.grid()


def test_mixtures_are_lists_of_parts() -> None:
    """Each mixture has its parts in order; a part without a list is refused."""
    write("mixtures: {both: [real_pool, few_shot]}")
    assert params.mixtures() == {"both": ("real_pool", "few_shot")}
    write("mixtures: {both: few_shot}")
    with pytest.raises(UserError, match=r"mixtures: both: expected a valid tuple"):
        params.mixtures()
