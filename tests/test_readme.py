"""README.md says what the files say."""

import re

import yaml

from tests import readme


def test_generated_parts_are_current() -> None:
    """Stage table, graph and results are current; to regenerate them: python -m tests.readme."""
    text = readme.README.read_text(encoding="utf-8")
    assert readme.current(text) == text


def test_commands_set_up_what_they_need() -> None:
    """Both README commands make their own virtual environment and install into it."""
    text = readme.README.read_text(encoding="utf-8")
    blocks = text.split("```bash\n")[1:3]
    assert all("-m venv" in block and "pip install" in block for block in blocks)


def test_settings_of_commands_are_params() -> None:
    """Every key after `-S` is one of params.yaml; one that is added (`+`) has its section there."""
    params = yaml.safe_load((readme.README.parent / "params.yaml").read_text(encoding="utf-8"))
    settings = re.findall(r"-S '?(\+?)([\w.]+)=", readme.README.read_text(encoding="utf-8"))
    assert len(settings) > 10
    for added, key in settings:
        *sections, last = key.split(".")
        found = params
        for section in sections:
            found = found[section]
        assert (last in found) != bool(added), key
