"""params.yaml: sections, single values, the grid."""

from functools import partial
from pathlib import Path

import pytest

from stages.core import params
from stages.core.errors import UserError

YAML = """
tasks: [a, b]
sources: [real]
train:
  models: [tfidf]
  probes: [probe]
mail: {size: 3, name: x}
"""


class Mail(params.Section):
    """A section."""

    size: int
    name: str


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a params.yaml to run in."""
    (tmp_path / "params.yaml").write_text(YAML)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_section_is_loaded_and_frozen(home: Path) -> None:
    """Values are typed and cannot be changed."""
    section = params.load(Mail, "mail")
    assert section == Mail(size=3, name="x")
    with pytest.raises(ValueError, match="frozen"):
        section.size = 4


def test_a_dotted_key_names_a_value(home: Path) -> None:
    """`value` reads one key without its section's class."""
    assert params.value("train.models") == ["tfidf"]


def test_a_section_is_picked_from_single_keys(home: Path) -> None:
    """What else stands beside the keys does no harm; a wrong value is named with its section."""
    (home / "params.yaml").write_text("mail: {size: 3, name: x, other: 1}")
    assert params.pick(Mail, "mail.size", "mail.name") == Mail(size=3, name="x")
    (home / "params.yaml").write_text("mail: {size: many, name: x}")
    with pytest.raises(UserError, match=r"params.yaml: mail: size: Input should be"):
        params.pick(Mail, "mail.size", "mail.name")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("mail: {size: 3}", r"params.yaml: mail: name: Field required$"),
        ("mail: {size: 3, name: x, sizes: 4}", r"sizes: Extra .* found 4; known keys: \['name', "),
        ("mail: {size: many, name: x}", r"mail: size: Input should be .* found 'many'"),
        ("mail: {}", r"mail: size: Field required \(and 1 more\)"),
        ("mails: {}", r"has no 'mail' \('mail' is none of \['mails'\]\); add it"),
        ("mail: [", r"params.yaml is not YAML"),
        ("", r"has no 'mail'"),
    ],
)
def test_a_wrong_section_is_named(home: Path, text: str, message: str) -> None:
    """The first wrong key is named with what was found."""
    (home / "params.yaml").write_text(text)
    with pytest.raises(UserError, match=message):
        params.load(Mail, "mail")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "nmae: x",
            r"mails: 'nmae' is neither a setting, those are \['name', 'size'\], nor .* 'x'",
        ),
        ("own: {size: 1}", r"params.yaml: mails.own: name: Field required"),
        ("own: {size: 1, name: y, szie: 2}", r"mails.own: szie: Extra .* known keys: \['name', "),
    ],
)
def test_a_misspelt_setting_is_not_taken_for_an_entry(home: Path, text: str, message: str) -> None:
    """Beside its settings a section may hold entries, which are parsed; nothing else."""
    entry = partial(params.parse, Mail)
    (home / "params.yaml").write_text("mails: {size: 3, own: {size: 1, name: y}}")
    params.check("mails", ("size", "name"), entry)
    (home / "params.yaml").write_text(f"mails: {{size: 3, {text}}}")
    with pytest.raises(UserError, match=message):
        params.check("mails", ("size", "name"), entry)


def test_outside_the_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a params.yaml the message says where to run."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="run from the repository's root"):
        params.value("mail")


def test_the_grid_has_every_model(home: Path) -> None:
    """Models that read texts come before those that read embeddings."""
    grid = params.grid()
    assert (grid.tasks, grid.sources, grid.models) == (("a", "b"), ("real",), ("tfidf", "probe"))


@pytest.mark.parametrize("tasks", ["[]", "[a, a]"])
def test_a_grid_that_is_empty_or_double_is_refused(home: Path, tasks: str) -> None:
    """Each entry stands once, and there is one."""
    (home / "params.yaml").write_text(YAML.replace("[a, b]", tasks))
    with pytest.raises(UserError, match=r"tasks must name each entry once, found \["):
        params.grid()


@pytest.mark.parametrize(("listed", "found"), [("[a, b]", ("a", "b")), ("[none]", ())])
def test_strategies(home: Path, listed: str, found: tuple[str, ...]) -> None:
    """`none` alone stands for no strategy."""
    (home / "params.yaml").write_text(f"generate: {{strategies: {listed}}}")
    assert params.strategies() == found


@pytest.mark.parametrize(
    ("listed", "message"),
    [
        ("[]", r"found \[\]; write \[none\] for a run without synthetic texts"),
        ("[a, a]", "must name each strategy once"),
        ("[none, a]", r"'none' asks for nothing and stands alone, found \['none', 'a'\]"),
    ],
)
def test_strategies_that_are_none_or_double_are_refused(
    home: Path, listed: str, message: str
) -> None:
    """Without a strategy DVC would have no stage to run; `none` beside others means nothing."""
    (home / "params.yaml").write_text(f"generate: {{strategies: {listed}}}")
    with pytest.raises(UserError, match=message):
        params.strategies()
