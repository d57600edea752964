import pytest
import torch

from stages.classifiers import hardware

CPU = torch.device("cpu")


def test_precision_is_as_asked() -> None:
    """Only `auto` looks at the hardware."""
    assert hardware.uses_bf16("bf16", CPU) and not hardware.uses_bf16("fp32", CPU)


@pytest.mark.parametrize(
    ("abilities", "expected"),
    [({"avx512_bf16": True}, True), ({"amx_bf16": True}, True), ({"avx2": True}, False)],
)
def test_auto_follows_the_processor(
    abilities: dict[str, bool], expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """bfloat16 only where the processor computes in it."""
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: abilities)
    assert hardware.uses_bf16("auto", CPU) is expected


def test_batches_are_larger_on_a_gpu() -> None:
    """The token budget is the asked one, else by device."""
    assert hardware.batch_tokens(7, CPU) == 7
    assert hardware.batch_tokens(None, CPU) < hardware.batch_tokens(None, torch.device("cuda"))
