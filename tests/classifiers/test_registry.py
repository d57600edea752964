import subprocess
import sys

import pytest

from stages.classifiers import configs, registry
from stages.classifiers.protocol import Classifier, Saveable


@pytest.mark.parametrize("kind", configs.KINDS)
def test_each_kind_is_its_own_classifier(kind: str) -> None:
    """A config becomes the classifier that its kind names; only a fine-tuned one can be saved."""
    encoder = {"encoder": "minilm"} if kind == "finetune" else {}
    made: Classifier = registry.build(configs.model({"kind": kind, **encoder}, "x"), ["a", "b"])
    assert type(made).__name__.lower() == kind
    assert isinstance(made, Saveable) == (kind == "finetune")


def test_a_probe_starts_without_the_heavy_libraries() -> None:
    """The train stage of a probe imports neither torch, transformers nor matplotlib."""
    code = (
        "import sys; import stages.train; from stages.classifiers import configs, registry;"
        "registry.build(configs.ProbeConfig(kind='probe'), ['a', 'b']);"
        "print(sorted({'torch', 'transformers', 'matplotlib'} & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
