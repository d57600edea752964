"""Prompt files, and the slots in their texts."""

import re
from collections.abc import Sequence
from pathlib import Path

from stages.core.errors import UserError


def read(path: Path) -> str:
    """A prompt file's content; `UserError` where it is missing or not UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise UserError(f"expected the prompts in {path}, found none; write them") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not UTF-8 ({error}); save it as UTF-8") from error


def slots(text: str) -> set[str]:
    """The names in braces, lower case and nothing else within: other braces are text."""
    return set(re.findall(r"\{([a-z_]+)\}", text))


def check_slots(text: str, known: Sequence[str], where: str) -> None:
    """Raise `UserError` naming `where` and a slot that is not `known`: it would be sent as is."""
    unknown = sorted(slots(text) - set(known))
    if unknown:
        raise UserError(
            f"{where} has the unknown slot {{{unknown[0]}}}: expected {', '.join(known)}; fix it, "
            f"or write {{ {unknown[0]} }} where the braces are text"
        )
