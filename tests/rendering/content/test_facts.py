"""What the pages are told of each task."""

from stages.rendering.content.facts import Origin


def test_rows_dropped_by_split_are_one_number() -> None:
    """fetch counts near-copies of test texts by split, other reasons as one number."""
    content = {
        "origin": "folder",
        "title": "Mail",
        "rows": {},
        "dropped": {"near_copies_of_test": {"train": 27, "validation": 4}, "empty": 2},
    }
    assert Origin.model_validate(content).dropped == {"near_copies_of_test": 31, "empty": 2}
