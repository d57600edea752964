"""How long each DVC stage took on this machine the last time; in .dvc/tmp, which Git ignores."""

import os
import time
from pathlib import Path

FOLDER = Path(".dvc/tmp/durations")
STARTED = time.monotonic()


def note() -> None:
    """Write down the seconds since the start of the process, where DVC runs it as a stage."""
    stage, root = os.environ.get("DVC_STAGE"), os.environ.get("DVC_ROOT")
    if stage and root:
        path = Path(root, FOLDER, stage)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{time.monotonic() - STARTED:.1f}\n")


def known() -> dict[str, float]:
    """Seconds by stage; empty where nothing ran here yet."""
    found = {}
    for path in FOLDER.glob("*"):
        try:
            found[path.name] = float(path.read_text())
        except ValueError:  # cut short by a crash
            continue
    return found
