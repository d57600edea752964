"""README.md says what the files say."""

from tests import readme


def test_generated_parts_are_current() -> None:
    """Stage table, graph and results are current; to regenerate them: python -m tests.readme."""
    text = readme.README.read_text(encoding="utf-8")
    assert readme.current(text) == text


def test_commands_set_up_what_they_need() -> None:
    """Both README commands make their own virtual environment and install into it."""
    text = readme.README.read_text(encoding="utf-8")
    blocks = text.split("```bash\n")[1:3]
    assert all("-m venv" in block and "pip install" in block for block in blocks)
