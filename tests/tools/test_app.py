"""The console script."""

import ast
import subprocess
import sys
from importlib import import_module

import pytest

from stages.tools import app
from tests.pipeline import ROOT

HEAVY = ("pandas", "pydantic", "torch", "dvc", "yaml")


def call(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The script, run with these arguments."""
    command = [sys.executable, "-m", "stages.tools.app", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)


@pytest.mark.parametrize("name", app.COMMANDS)
def test_a_command_is_the_module_of_its_name(name: str) -> None:
    """And is said in a line that the list of commands shows whole."""
    assert callable(import_module(f"stages.tools.{name}").main)
    assert f"{name} " in call("--help").stdout and app.COMMANDS[name] in call("--help").stdout


def test_help_loads_nothing_heavy() -> None:
    """So that it is there at once."""
    code = (
        "import sys; from stages.tools import app; app.app(); "
        f"print(sorted({{*{HEAVY}}} & {{*sys.modules}}))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert ast.literal_eval(shown.stdout) == []


def test_a_user_error_is_one_line() -> None:
    """Status 1, no traceback."""
    done = call("compare", "nowhere")
    assert done.returncode == 1 and done.stderr.startswith("error: unknown Git revision 'nowhere'")
    assert done.stderr.count("\n") == 1


def test_a_misspelt_command_is_told_the_right_one() -> None:
    """Status 2, as of any wrong use."""
    done = call("compar")
    assert done.returncode == 2 and "Did you mean 'compare'?" in done.stderr
