from pathlib import Path
from typing import Any

import pytest
import yaml

from stages.classifiers import configs
from stages.core.errors import UserError

PARAMS = Path(__file__).parent.parent.parent / "params.yaml"


def test_every_model_of_the_committed_params_is_well_formed() -> None:
    """Each named model of params.yaml parses as its kind."""
    named = yaml.safe_load(PARAMS.read_text())["models"]
    assert {configs.model(value, key).kind for key, value in named.items()} == set(configs.KINDS)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"kind": "svm"}, "x: expected kind, one of ['finetune', 'probe', 'tfidf'], found 'svm'"),
        (None, "x: expected kind, one of ['finetune', 'probe', 'tfidf'], found None"),
        ({"kind": "probe", "C": 1}, "x: C: unknown key, found 1; known keys: "),
        ({"kind": "probe", "c": 0}, "x: c: expected greater than 0, found 0"),
        ({"kind": "finetune"}, "x: encoder: expected a value"),
        ({"kind": "finetune", "encoder": "e", "precision": "fp8"}, "x: precision: expected"),
    ],
)
def test_a_wrong_model_is_named(content: Any, message: str) -> None:
    """A wrong kind, key or value is told with where it stands and what is known."""
    with pytest.raises(UserError) as raised:
        configs.model(content, "x")
    assert str(raised.value).startswith(message)
