"""What this machine computes on, and in which precision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    import torch

# auto: bfloat16 where the processor or GPU computes in it, else float32.
Precision: TypeAlias = Literal["auto", "fp32", "bf16"]

CPU_TOKENS = 4_096  # beyond it a batch leaves the processor's cache and slows down (measured)
GPU_TOKENS = 16_384  # some 5 GiB when an encoder of BERT's base size is trained (estimated)


def device() -> torch.device:
    """The first accelerator, else the processor."""
    import torch

    return torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")


def uses_bf16(precision: Precision, device: torch.device) -> bool:
    """Whether to compute in bfloat16: as asked, or if `auto`, where the hardware has it."""
    import torch

    if precision != "auto":
        return precision == "bf16"
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type != "cpu":
        return False
    abilities = torch.cpu.get_capabilities()
    return bool(abilities.get("avx512_bf16") or abilities.get("amx_bf16"))


def batch_tokens(asked: int | None, device: torch.device) -> int:
    """Tokens, padding included, that go through the network at once."""
    return asked or (CPU_TOKENS if device.type == "cpu" else GPU_TOKENS)
