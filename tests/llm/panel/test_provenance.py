"""What a panel's files are called."""

import pytest

from stages.llm.panel.survey import name_of


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("gpt-4o-mini", "panel-gpt-4o-mini"),
        ("org/big:7b", "panel-org-big-7b"),
        ("../../etc/x", "panel-etc-x"),
        ("..", "panel-model"),
    ],
)
def test_model_is_never_a_path(model: str, name: str) -> None:
    """Whatever a model is called, the file stays in its folder."""
    assert name_of(model) == name
