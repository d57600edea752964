"""Each source of the grid becomes one table of training texts."""

import pandas as pd
import pytest

from stages.core.errors import UserError
from stages.corpora import sources

LABELS = ("tool", "fruit")


def table(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """A table of id, text and label, with a column more as refine's tables have."""
    return pd.DataFrame(rows, columns=["id", "text", "label"]).assign(reply="key")


SIMPLE = {
    "real": table(("1", "x", "tool"), ("2", "y", "fruit"), ("3", "z", "tool")),
    "real_pool": table(("1", "x", "tool"), ("2", "y", "fruit")),
    "zero_shot": table(("z1", "v", "fruit"), ("z2", "w", "tool")),
}


def test_each_source_has_its_table() -> None:
    """Real and synthetic texts as they are, a mixture's parts in the declared order."""
    mixtures = {"both": ["real_pool", "zero_shot"]}
    found = sources.assemble(["real", "both"], SIMPLE, mixtures, LABELS)
    assert list(found) == ["real", "both"]
    assert found["real"]["id"].tolist() == ["1", "2", "3"]
    assert found["both"]["id"].tolist() == ["1", "2", "z1", "z2"]
    assert all(list(frame) == ["id", "text", "label"] for frame in found.values())


def test_a_row_in_two_parts_is_taken_once() -> None:
    """real and real_pool share rows; equal ids of different texts are different rows."""
    first = table(("1", "x", "a"), ("2", "y", "b"))
    second = table(("2", "y", "b"), ("1", "z", "a"))
    assert sources.mixed([first, second])["text"].tolist() == ["x", "y", "z"]


@pytest.mark.parametrize(
    ("source", "mixtures", "message"),
    [
        ("news", {}, "no source 'news': expected one of ['real', 'real_pool', 'zero_shot']; add"),
        ("test", {"test": ("real",)}, "grid.sources: 'test' is the name of a split"),
        ("prompted", {"prompted": ("real",)}, "grid.sources: 'prompted' is no source"),
        ("m", {"m": ("real", "web")}, "mixtures.m: expected parts out of"),
        ("m", {"m": ()}, "mixtures.m: expected parts out of"),
        ("m", {"m": ("m",)}, "mixtures.m: expected parts out of"),
        ("real", {"real": ("zero_shot",)}, "mixtures: ['real'] name sources that exist"),
    ],
)
def test_a_wrong_source_is_named(
    source: str, mixtures: dict[str, tuple[str, ...]], message: str
) -> None:
    """Unknown sources and parts, empty mixtures and taken names are refused."""
    with pytest.raises(UserError) as raised:
        sources.parts(source, SIMPLE, mixtures)
    assert str(raised.value).startswith(message)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (["tool", "tool"], "expected texts of every label, found none of ['fruit']"),
        (["tool", "meal"], "labels ['meal'] are not the card's ['tool', 'fruit']"),
    ],
)
def test_a_table_with_other_labels_is_named(labels: list[str], message: str) -> None:
    """A label without texts and an unknown label are told with the source's name."""
    wrong = table(("1", "x", labels[0]), ("2", "y", labels[1]))
    with pytest.raises(UserError) as raised:
        sources.assemble(["web"], {"web": wrong}, {}, LABELS)
    assert str(raised.value).startswith("source 'web'") and message in str(raised.value)
