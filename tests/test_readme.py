"""The README files say what the files say."""

import re
from pathlib import Path

import pytest
import yaml

from tests import pipeline, readme

LINES = 250


@pytest.mark.parametrize("document", readme.DOCUMENTS, ids=str)
def test_generated_parts_are_current(document: Path) -> None:
    """Reference, graph and results are current; to regenerate them: python -m tests.readme."""
    assert readme.current(document) == readme.read(document)


@pytest.mark.parametrize("document", readme.DOCUMENTS, ids=str)
def test_links_lead_somewhere(document: Path) -> None:
    """Every link to a file of the repository finds one."""
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", readme.read(document))
    folder = pipeline.ROOT / document.parent
    assert [link for link in links if not (folder / link).exists()] == []


def test_the_tour_is_short() -> None:
    """README stays a tour; results and details have files of their own."""
    assert len(readme.read(readme.README).splitlines()) <= LINES


def test_commands_set_up_what_they_need() -> None:
    """Both README commands make their own virtual environment and install into it."""
    blocks = readme.read(readme.README).split("```bash\n")[1:3]
    assert all("-m venv" in block and "pip install" in block for block in blocks)


def test_settings_of_commands_are_params() -> None:
    """Every key after `-S` is one of params.yaml; one that is added (`+`) has its section there."""
    params = yaml.safe_load((pipeline.ROOT / "params.yaml").read_text(encoding="utf-8"))
    text = "".join(map(readme.read, readme.DOCUMENTS))
    settings = re.findall(r"-S '?(\+?)([\w.]+)=", text)
    assert len(settings) > 10
    for added, key in settings:
        *sections, last = key.split(".")
        found = params
        for section in sections:
            found = found[section]
        assert (last in found) != bool(added), key
