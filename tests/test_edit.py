"""The stage edit, and the source edited."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from stages import edit, screen
from stages.core.errors import UserError
from tests import small_task


@pytest.fixture(autouse=True)
def content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The small task; params' content, for `use`."""
    monkeypatch.chdir(tmp_path)
    small_task.write({})
    found = small_task.params()
    found["grid"] |= {"sources": ["edited"], "strategies": []}
    small_task.use(found)
    return found


def edited() -> pd.DataFrame:
    """What the stage writes."""
    edit.main()
    return pd.read_parquet("data/edited/sms.parquet")


def test_copies_of_each_label_are_written() -> None:
    """With labels and ids of their originals; the same bytes twice."""
    found = edited()
    assert found["label"].value_counts().to_dict() == {"ham": 5, "spam": 5}
    assert found["id"].is_unique
    assert set(found["id"].str.partition("/")[0]) == {"r0", "r1"}
    first = Path("data/edited/sms.parquet").read_bytes()
    edit.main()
    assert Path("data/edited/sms.parquet").read_bytes() == first


def test_the_source_holds_examples_and_copies() -> None:
    """Screen puts them together."""
    found = edited()
    screen.main()
    table = pd.read_parquet("data/sources/sms/edited.parquet")
    assert list(table["id"]) == ["r0", "r1", *found["id"]]


def test_switched_off_there_is_no_copy(content: dict[str, Any]) -> None:
    """The source is the pool then."""
    content["edit"] |= {"swapped": 0, "deleted": 0, "replaced": 0}
    small_task.use(content)
    assert edited().empty
    screen.main()
    assert len(pd.read_parquet("data/sources/sms/edited.parquet")) == 2


def test_settings_are_checked(content: dict[str, Any]) -> None:
    """Deleting all words is refused by name."""
    content["edit"]["deleted"] = 1
    small_task.use(content)
    with pytest.raises(UserError, match=r"params.yaml: edit: deleted: .*less than 1, found 1"):
        edit.main()


def test_editing_starts_light() -> None:
    """No model and no client is loaded."""
    assert small_task.imported_by("edit") == []
