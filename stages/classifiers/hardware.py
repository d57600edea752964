"""What this machine computes on, and in which precision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    import torch

# auto: bfloat16 where the processor or GPU computes in it, else float32.
Precision: TypeAlias = Literal["auto", "fp32", "bf16"]

CPU_TOKENS = 4_096  # beyond it a batch leaves the processor's cache and slows down (measured)
GPU_TOKENS = 16_384  # some 5 GiB when an encoder of BERT's base size is trained (estimated)


def device(double: bool = False) -> torch.device:
    """The first accelerator, else the processor; only what computes in `double` if asked."""
    import torch

    found = torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")
    return torch.device("cpu") if double and found.type == "mps" else found


def describe() -> str:
    """What tells machines apart whose results in `fast` precision differ."""
    import torch

    here = device()
    if here.type != "cpu":
        return f"{here.type} {torch.accelerator.current_accelerator()}"
    return f"cpu {torch.backends.cpu.get_cpu_capability()} bf16 {uses_bf16('auto', here)}"


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
