"""The neighbour in its own virtual environment, and what it needs to run without a network.

Curator needs neither torch nor vLLM for an OpenAI endpoint, so pip brings no CUDA.
"""

import os
import subprocess
import sys
from pathlib import Path

CURATOR = "bespokelabs-curator==0.1.31"
PATIENCE = 900.0  # seconds for pip
# LiteLLM's wheel, which curator depends on, carries the tokenizer file that curator's OpenAI
# backend would download at its first use.
TOKENIZERS = "import litellm.litellm_core_utils.tokenizers as found; print(found.__path__[0])"


class MissingPeerError(Exception):
    """The peer cannot be installed; the message says why."""


def place() -> Path:
    """Where the peer's environment lies, kept between runs."""
    base = os.environ.get("XDG_CACHE_HOME")
    cache = Path(base) if base else Path.home() / ".cache"
    return cache / "synthworth" / "benchmark" / CURATOR.replace("==", "-")


def curator_python() -> Path:
    """The interpreter of curator's environment, made now if there is none.

    Raises `MissingPeerError`.
    """
    home = place()
    python, done = home / "bin" / "python", home / "installed"
    if done.exists():
        return python
    print(f"installing {CURATOR} into {home}", flush=True)
    try:
        subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True, timeout=120)
        command = [str(python), "-m", "pip", "install", "--quiet", CURATOR]
        subprocess.run(command, check=True, timeout=PATIENCE, capture_output=True, text=True)
    except subprocess.CalledProcessError as error:
        last = (error.stderr or "").strip().splitlines()[-1:]
        raise MissingPeerError(f"pip cannot install {CURATOR}: {''.join(last)}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MissingPeerError(f"{CURATOR} cannot be installed: {error}") from error
    done.touch()
    return python


def environment(python: Path, folder: Path) -> dict[str, str]:
    """Variables for curator: no telemetry, no downloads, nothing written outside `folder`."""
    clean = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    base = clean | {
        "HOME": str(folder),
        "TELEMETRY_ENABLED": "false",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "HF_HUB_OFFLINE": "1",
    }
    found = subprocess.run(
        [python, "-c", TOKENIZERS], capture_output=True, text=True, timeout=120, env=base
    )
    return base | {"TIKTOKEN_CACHE_DIR": found.stdout.strip()}
