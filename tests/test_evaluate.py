"""The evaluate stage: from predictions to metrics/evaluate/<task>.json."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stages import evaluate
from stages.core import files, paths
from stages.core.errors import UserError
from tests import tiny_grid

PREDICTIONS = paths.predictions("moods", "probe", "zero_shot") / "test.parquet"
TEST = paths.real("moods") / "test.parquet"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tiny project, which is the current folder."""
    monkeypatch.chdir(tmp_path)
    tiny_grid.write(tiny_grid.params())


def scores(task: str = "moods") -> dict[str, Any]:
    """What evaluate writes."""
    evaluate.main()
    found: dict[str, Any] = json.loads(paths.evaluated(task).read_text())
    return found


def test_every_source_has_scores_and_a_gap_to_real() -> None:
    """Scores lie in their intervals; the gap is source minus real."""
    found = scores()
    for source in tiny_grid.SOURCES:
        for own in found["scores"]["probe"][source].values():
            assert own["low"] <= own["mean"] <= own["high"]
            assert own["sd"] >= 0 and own["noise"] == "test texts, training runs"
        trained = found["trained"]["probe"][source]
        assert set(trained["f1"]) == set(tiny_grid.LABELS)
        assert sum(sum(row.values()) for row in trained["confusion"].values()) == 2 * 30
        assert (trained["n_train"], trained["n_seeds"]) == (20, 2)
    real, synthetic = (found["scores"]["probe"][source] for source in ("real", "zero_shot"))
    gap = found["gaps"]["probe"]["zero_shot"]
    for metric, block in gap.items():
        difference = synthetic[metric]["mean"] - real[metric]["mean"]
        assert block["difference"] == pytest.approx(difference, abs=2e-6)
    assert gap["macro_f1"]["p"] < 0.05
    assert "real" not in found["gaps"]["probe"]


def test_the_scores_say_what_they_rest_on() -> None:
    """Counts, labels with few test texts, and a signature that changes with the test set."""
    before = scores()["basis"]
    assert (before["n_test"], before["level"]) == (30, 0.95)
    assert before["few_test_texts"] == {"bad": 15, "good": 15}
    parts = dict(part.split(":") for part in before["signature"].split("|"))
    assert parts["origin"] == "sample"
    assert parts["seeds"] == "0,1"
    table = files.read_table(TEST)
    files.write_table(table.assign(label=table["label"][::-1].to_list()), TEST)
    assert scores()["basis"]["signature"] != before["signature"]


def test_thirty_test_texts_of_a_label_are_enough() -> None:
    """Labels below are named with their number."""
    tiny_grid.write(tiny_grid.params(), items=61)
    assert scores()["basis"]["few_test_texts"] == {}
    tiny_grid.write(tiny_grid.params(), items=59)
    assert scores()["basis"]["few_test_texts"] == {"good": 29}


def test_spare_texts_narrow_the_intervals() -> None:
    """Beside the classic scores, within a point of where these go with more texts."""
    assert "powered" not in scores()
    tiny_grid.spare("moods")
    found = scores()
    sharper = found["powered"]
    assert (sharper["n"], sharper["spare"], sharper["copied"]) == (30, 120, 0)
    assert "off" not in sharper and set(sharper["alike"]) == {"embeddings", "labels"}
    for source in tiny_grid.SOURCES:
        for metric, own in sharper["scores"]["probe"][source].items():
            classic = found["scores"]["probe"][source][metric]
            assert own["low"] < own["value"] < own["high"] and own["n_eff"] > 30
            assert own["high"] - own["low"] < classic["high"] - classic["low"]
    assert set(sharper["gaps"]["probe"]) == {"zero_shot", "few_shot"}
    assert sharper["gaps"]["probe"]["zero_shot"]["accuracy"]["p"] < 0.05
    evaluate.main()
    assert scores() == found


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"labels": 31}, "30 test texts labelled by people, at least 31 needed"),
        ({"texts": 121}, "120 spare texts, at least 121 needed"),
        ({"alike": 0.9999}, "spare texts are not of the test texts' kind (p = "),
    ],
)
def test_a_condition_that_does_not_hold(change: dict[str, float], reason: str) -> None:
    """The classic scores stand alone, and the reason is said."""
    tiny_grid.spare("moods")
    settings = {"level": 0.95, "agreement": 0.9, "spare": tiny_grid.SPARE | change}
    tiny_grid.write_params(tiny_grid.params(evaluate=settings))
    found = scores()["powered"]
    assert found["off"].startswith(reason) and found["scores"] == {}


def test_spare_texts_that_cannot_be_used() -> None:
    """Training texts; test texts that the LLM was not asked about; one answer to all."""
    tiny_grid.spare("moods")
    spare = files.read_table(paths.spare("moods"))
    files.write_table(
        spare[:20].assign(label="bad", text=lambda rows: rows["text"] + " "),
        paths.sources("moods") / "real.parquet",
    )
    assert "20 of 120 spare texts are training texts, too" in scores()["powered"]["off"]
    files.write_table(spare[:2].assign(label="bad"), paths.sources("moods") / "real.parquet")
    found = scores()["powered"]
    assert (found["spare"], found["copied"]) == (118, 2) and "off" not in found
    path = paths.labelled("moods")
    lines = [line | {"label": "bad"} for line in files.read_lines(path)]
    files.write_lines(lines, path)
    assert scores()["powered"]["off"] == "the LLM labels all texts alike"
    counts = files.read_json(path.with_suffix(".json"))
    counts["labelled"]["test"] = 29
    files.write_json(counts, path.with_suffix(".json"))
    assert "the LLM was asked about 29 of 30 test texts" in scores()["powered"]["off"]


def test_unlabelled_texts_that_are_not_spare() -> None:
    """A task with unlabelled texts is told why its intervals are no narrower."""
    tiny_grid.spare("moods")
    empty = files.read_table(paths.spare("moods"))[:0]
    files.write_table(empty, paths.spare("moods"))
    assert scores()["powered"]["off"] == "no spare texts: see label"


def test_scoring_twice_writes_the_same_bytes() -> None:
    """Nothing is drawn; two tasks with the same predictions have the same scores."""
    evaluate.main()
    first = paths.evaluated("moods").read_bytes()
    evaluate.main()
    assert paths.evaluated("moods").read_bytes() == first
    assert scores("topics")["scores"] == json.loads(first)["scores"]


def test_a_mixture_is_compared_with_its_parts() -> None:
    """Those that are in the grid, and beside the gap to real."""
    sources = ["real", "few_shot", "augmented"]
    tiny_grid.write(tiny_grid.params({"sources": sources}))
    found = scores()
    assert set(found["against"]["probe"]["augmented"]) == {"few_shot"}
    mixed, part = (found["scores"]["probe"][s]["accuracy"]["mean"] for s in sources[:0:-1])
    gap = found["against"]["probe"]["augmented"]["few_shot"]["accuracy"]
    assert gap["difference"] == pytest.approx(mixed - part, abs=2e-6)
    assert set(found["gaps"]["probe"]) == {"few_shot", "augmented"}
    assert "few_shot" not in found["against"]["probe"]


def test_names_of_users_are_no_fixed_keys() -> None:
    """A model, a source and labels called like the file's own keys overwrite nothing."""
    names = {"sources": ["real", "texts"], "probes": ["basis"], "strategies": ["texts"]}
    tiny_grid.write(tiny_grid.params(names))
    found = scores()
    assert found["basis"]["n_test"] == 30
    assert set(found["scores"]) == {"basis"} and set(found["scores"]["basis"]) == {"real", "texts"}


def test_without_real_there_is_no_gap() -> None:
    """A grid of synthetic sources alone is scored."""
    tiny_grid.write(tiny_grid.params({"sources": ["zero_shot", "few_shot"]}))
    found = scores()
    assert set(found["scores"]["probe"]) == {"zero_shot", "few_shot"}
    assert found["gaps"]["probe"] == {}


def test_one_run_has_no_standard_deviation() -> None:
    """`sd` is left out, as it cannot be known; a gap holds the other side's runs all the same."""
    tiny_grid.predict("moods", "zero_shot", "probe", [5])
    found = scores()
    own = found["scores"]["probe"]["zero_shot"]["accuracy"]
    assert "sd" not in own and own["noise"] == "test texts"
    assert found["gaps"]["probe"]["zero_shot"]["accuracy"]["noise"] == "test texts, training runs"


def test_an_llm_s_labels_are_set_beside_people_s() -> None:
    """Agreement on train and test texts; the LLM scored on the test texts, paired with all."""
    assert "labelling" not in scores()
    tiny_grid.label("moods", wrong=3, model="m-2024", prompt_tokens=100, completion_tokens=10)
    found = scores()["labelling"]
    assert found["labelled"] == {"train": 10, "test": 30} and found["of_other_texts"] == 7
    overall = found["agreement"]["overall"]
    assert (overall["n"], overall["share"]) == (40, 34 / 40)
    by = found["agreement"]["of_confidence"]
    assert (by["3"]["share"], by["2"]["share"], by["2"]["n"]) == (1, 0, 6)
    people = found["agreement"]["of_people"]
    assert {label: block["n"] for label, block in people.items()} == {"bad": 20, "good": 20}
    prompted = found["prompted"]
    own, gaps = prompted["scores"]["accuracy"], prompted["gaps"]["probe"]
    assert (own["mean"], own["noise"]) == (0.9, "test texts")
    assert set(gaps) == set(tiny_grid.SOURCES) and set(gaps["real"]) == {"accuracy", "macro_f1"}
    real = scores()["scores"]["probe"]["real"]["accuracy"]["mean"]
    assert gaps["real"]["accuracy"]["difference"] == pytest.approx(0.9 - real, abs=2e-6)
    assert found["tokens"] == {
        **{"texts": 40, "prompt": 100, "completion": 10},
        "usd_per_1000": pytest.approx(1000 * (100 * 1 + 10 * 2) / 1e6),
    }


def test_too_few_labelled_test_texts_have_no_score() -> None:
    """Below thirty the number stands alone; an unknown price is no cost."""
    tiny_grid.label("moods", wrong=1, test=29, model="x", prompt_tokens=9, completion_tokens=1)
    found = scores()["labelling"]
    assert found["prompted"] == {
        "n": 29,
        "texts": {"bad": 15, "good": 14},
        "scores": {},
        "gaps": {},
    }
    assert "usd_per_1000" not in found["tokens"]
    tiny_grid.label("moods", wrong=1)
    assert "tokens" not in scores()["labelling"]


def _drop(path: Path) -> None:
    path.unlink()


def _forget_a_text(path: Path) -> None:
    table = files.read_table(path)
    files.write_table(table[table["id"] != "t3"], path)


def _strange_label(path: Path) -> None:
    files.write_table(files.read_table(path).assign(label="odd"), path)


def _empty(path: Path) -> None:
    files.write_table(files.read_table(path).head(0), path)


def _without_seed(path: Path) -> None:
    files.write_table(files.read_table(path).drop(columns="seed"), path)


def _without_probability(path: Path) -> None:
    files.write_table(files.read_table(path).drop(columns="p_bad"), path)


@pytest.mark.parametrize(
    ("path", "spoil", "message"),
    [
        (PREDICTIONS, _drop, "expected the table data/predictions/probe/moods/zero_shot/test.par"),
        (PREDICTIONS, _forget_a_text, "seed 0: expected one prediction for each of 30 test texts"),
        (PREDICTIONS, _strange_label, "labels ['odd'] are not the card's ['bad', 'good']"),
        (PREDICTIONS, _empty, "expected predictions, found none"),
        (PREDICTIONS, _without_seed, "expected columns ['seed']"),
        (PREDICTIONS, _without_probability, "expected columns ['p_bad']"),
        (TEST, _drop, "expected the table data/real/moods/test.parquet, found none"),
        (TEST, _strange_label, "labels ['odd'] are not the card's ['bad', 'good']"),
        (TEST, _empty, "expected at least two test texts, found 0"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(
    path: Path, spoil: Callable[[Path], None], message: str
) -> None:
    """The line names the file; no metrics file appears."""
    spoil(path)
    with pytest.raises(UserError) as caught:
        evaluate.main()
    assert message in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not paths.evaluated("moods").exists()


def test_settings_are_checked() -> None:
    """An unknown or impossible setting is refused by name."""
    settings = {"level": 1.5, "agreement": 0.9, "spare": tiny_grid.SPARE}
    tiny_grid.write(tiny_grid.params(evaluate=settings))
    with pytest.raises(UserError, match=r"params.yaml: evaluate: level: .*less than 1, found 1.5"):
        evaluate.main()
