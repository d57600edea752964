"""What a made-up task's ways cost, as the stage writes it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stages import cost
from stages.core import files, paths
from stages.core.errors import UserError
from stages.llm.messages.replies import Reply
from stages.stats.money import redraws
from tests import toy_task
from tests.toy_task import TASK

SIZES = np.array([10, 20, 40])
WRITTEN = np.array([10, 30])


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The toy task, 60 test texts: curves, 3 replies with tokens, labels of 40 test texts."""
    monkeypatch.chdir(tmp_path)
    toy_task.write_params()
    toy_task.write_texts(tests=60)
    name_replies()
    write_curves()
    write_replies()
    write_labels(40)


def name_replies() -> None:
    """Let the ids of written texts begin with their replies' keys: 10 of each of three."""
    for source in ("zero_shot", "both"):
        path = paths.sources(TASK) / f"{source}.parquet"
        table = files.read_table(path)
        numbers = table["id"].str.extract(r"^zero_shot-(\d+)$")[0].astype(float)
        keys = [f"{TASK}/zero_shot/tool/{n // 10:05.0f}/000000/{n % 10:03.0f}" for n in numbers]
        table["id"] = table["id"].where(numbers.isna(), keys)
        files.write_table(table, path)


def write_curves() -> None:
    """Real texts are right about n + 15 test texts, written ones n + 20, of 60; three draws."""
    labels = [line["label"] for line in files.read_lines(paths.labels(TASK))]
    test = files.read_table(paths.real(TASK) / "test.parquet")
    truth = np.array([labels.index(label) for label in test["label"]])
    arrays = dict[str, Any]()
    lines = {"real": SIZES, "zero_shot": WRITTEN, "both": SIZES, "zero_shot/added": SIZES[:1]}
    for line, sizes in lines.items():
        codes = np.repeat(truth[None, None], len(sizes), axis=0).repeat(3, axis=1)
        for (place, draw), size in np.ndenumerate(np.tile(sizes, (3, 1)).T):
            right = size + (15 if line == "real" else 20)
            wrong = np.random.default_rng([draw, len(line)]).permutation(60)[right:]
            codes[place, draw, wrong] = 1 - truth[wrong]
        arrays |= {f"{line}/sizes": sizes, f"{line}/codes": codes.astype(np.uint8)}
    files.write_arrays(arrays, paths.curves(TASK))


def write_replies(model: str = "m", **fields: Any) -> None:
    """Three replies that brought 10 texts each; of a million prompt tokens the first two."""
    lines = []
    for turn, prompt in enumerate((10**6, 10**6, 0)):
        usage = {"prompt_tokens": prompt, "completion_tokens": 500_000}
        reply: dict[str, Any] = dict.fromkeys(Reply.__annotations__, "")
        reply |= {
            "examples": [],
            "label": "tool",
            "key": f"{TASK}/zero_shot/tool/{turn:05d}/000000",
            "round": turn,
            "index": 0,
        }
        lines.append(reply | {"model": model, "usage": usage, "reply": "x" * 400} | fields)
    files.write_lines(lines, paths.replies(TASK, "zero_shot"))


def write_labels(tests: int, **fields: Any) -> None:
    """An LLM's labels of so many test texts, all right."""
    table = files.read_table(paths.real(TASK) / "test.parquet").head(tests)
    lines = [
        {"split": "test", "id": row["id"], "label": row["label"], "confidence": 3, **fields}
        for row in table.to_dict("records")
    ]
    files.write_lines(lines, paths.labelled(TASK))


def found() -> Any:
    """What the stage writes of the task."""
    cost.main()
    return json.loads(paths.costs(TASK).read_text())


def test_money_and_people_s_time_by_hand() -> None:
    """Labels at a dime and 36 seconds; 5 dollars for 30 texts, from replies of 2, 2 and 1."""
    ways = found()["ways"]
    real = ways["alone"]["real"]
    assert list(real) == ["10", "20", "40"]
    assert (real["40"]["labels"], real["40"]["hours"]) == (40, 0.4)
    assert real["40"]["total"] == {"value": 4, "low": 4, "high": 4}
    written = ways["alone"]["zero_shot"]["30"]
    assert written["labels"] == 0
    assert written["training"] == {"value": 5, "low": 4, "high": 6}
    added = ways["with_real"]["zero_shot"]["10"]
    assert added["labels"] == 10 and added["total"]["value"] == pytest.approx(6)
    both = ways["alone"]["both"]["40"]  # the pool's 10 texts, and these 30
    assert both["labels"] == 10 and both["training"]["value"] == pytest.approx(6)
    assert real["40"]["scores"]["accuracy"]["value"] == pytest.approx(55 / 60)


def test_the_llm_at_run_time_costs_as_long_as_it_is_used() -> None:
    """Its price times the texts of the classifier's life; it is right, as far as it was asked."""
    write_labels(40, model="m", prompt_tokens=100, completion_tokens=50)
    content = found()
    (asked,) = content["ways"]["run_time"]["prompted"].values()
    assert asked["training"]["value"] == asked["labels"] == 0
    assert asked["total"]["value"] == pytest.approx(1000 * (100 + 2 * 50) / 1e6)
    assert asked["scores"]["macro_f1"] == {"value": 1, "low": 1, "high": 1}
    assert content["prices"]["prompted"]["tokens"] == "counted"
    assert content["targets"]["accuracy"]["1"]["cheapest"]["source"] == "prompted"


def test_answers_that_could_not_be_read_are_paid_for() -> None:
    """Five of 40 texts took three attempts each, and have no label to be right."""
    write_labels(40, model="m", prompt_tokens=100, completion_tokens=50)
    lines = list(files.read_lines(paths.labelled(TASK)))
    for line in lines[:5]:
        line |= {"label": None, "prompt_tokens": 300, "completion_tokens": 150}
    files.write_lines(lines, paths.labelled(TASK))
    (asked,) = found()["ways"]["run_time"]["prompted"].values()
    each = (100 + 2 * 50) / 1e6
    assert asked["total"]["value"] == pytest.approx(1000 * each * (35 + 3 * 5) / 40)
    assert asked["scores"]["accuracy"]["value"] == 1


def test_tokens_that_nobody_counted_are_estimated() -> None:
    """A hundred and one per reply, and what a conversation shows again; it is said."""
    write_replies(usage=None)
    content = found()
    assert content["prices"]["zero_shot"]["tokens"] == "estimated"
    prompt, written = 3 * 200, 3 * 101
    paid = content["ways"]["alone"]["zero_shot"]["30"]["training"]["value"]
    assert paid == pytest.approx((prompt + 2 * written) / 1e6)


def test_a_price_that_nobody_lists_is_assumed_or_leaves_ways_out() -> None:
    """Ten times the listed price; without one the ways that need it are named with the reason."""
    write_replies(model="other")
    content = found()
    assert content["prices"]["zero_shot"]["price"] == "assumed"
    assert content["ways"]["alone"]["zero_shot"]["30"]["training"]["value"] == pytest.approx(50)
    toy_task.write_params(cost={"tokens": None})
    left = found()
    assert set(left["left_out"]) == {"zero_shot", "both", "prompted"}
    assert "no price" in left["left_out"]["both"] and list(left["ways"]["alone"]) == ["real"]


def test_few_labelled_test_texts() -> None:
    """Below 30 the LLM at run time is left out, with the reason."""
    write_labels(29)
    content = found()
    assert content["left_out"] == {"prompted": "expected at least 30 labelled test texts, found 29"}
    assert "run_time" not in content["ways"]


def test_few_test_texts() -> None:
    """Below 30 a statement stands in the place of numbers; there is no mean either."""
    toy_task.write_texts(tests=29)
    content = found()
    assert content["basis"]["withheld"] == "expected at least 30 test texts, found 29"
    assert set(content) == {"basis"}
    assert json.loads(paths.costs_over().read_text())["basis"]["tasks"] == 0


def test_no_real_texts() -> None:
    """Without them there is no score to reach."""
    toy_task.write_params(grid={"sources": ["zero_shot"]})
    assert "real texts are not among the sources" in found()["basis"]["withheld"]


def test_curves_of_another_grid() -> None:
    """One line says which source has none."""
    toy_task.write_params(grid={"sources": ["real", "real_pool"]})
    with pytest.raises(UserError, match=r"things\.npz: expected a curve of 'real_pool'.*dvc repro"):
        cost.main()


def test_a_missing_price_of_labels() -> None:
    """One line names the setting."""
    toy_task.write_params(cost={"label": {"seconds": 15}})
    with pytest.raises(UserError, match=r"cost: label\.usd: expected a value, found none"):
        cost.main()


def test_writing_twice_the_same_bytes() -> None:
    """Resamples have a seed."""
    found()
    first = paths.costs(TASK).read_bytes()
    found()
    assert paths.costs(TASK).read_bytes() == first


def test_every_way_is_kept_with_its_redraws_priced_or_not() -> None:
    """Who chooses among ways sees those without a price, too, and their scores."""
    toy_task.write_params(cost={"tokens": None})
    write_replies(model="other")
    found()
    ways = {way.name.source: way for way in redraws.read(files.read_arrays(paths.redraws(TASK)))}
    assert set(ways) == {"real", "zero_shot", "both", "prompted"}
    assert np.isnan(ways["zero_shot"].bought).all() and np.isfinite(ways["real"].bought).all()
    assert ways["real"].scores["accuracy"].shape == (3, 101)


def test_ready_texts_are_paid_for_unless_a_price_is_given() -> None:
    """Nobody knows a vendor's price: nothing more is to be paid, or what the setting says."""
    toy_task.write_params(grid={"strategies": []})
    said = found()
    assert said["prices"]["zero_shot"]["price"] == "paid already"
    assert said["ways"]["alone"]["zero_shot"]["30"]["total"]["value"] == 0
    toy_task.write_params(grid={"strategies": []}, cost={"ready": {"zero_shot": 200}})
    assert found()["ways"]["alone"]["zero_shot"]["30"]["total"]["value"] == pytest.approx(6)


def test_labels_of_unlabelled_texts_are_paid_for() -> None:
    """Like those of train texts, which they join in the source; spare texts are for testing."""
    toy_task.write_params(grid={"sources": ["real", "labelled"], "strategies": []})
    texts = files.read_table(paths.sources(TASK) / "zero_shot.parquet")
    files.write_table(texts[["id", "text"]], paths.unlabelled(TASK))
    files.write_table(texts[:20], paths.sources(TASK) / "labelled.parquet")
    spent = {"confidence": 3, "model": "m", "prompt_tokens": 10**6, "completion_tokens": 0}
    lines = [
        {"split": "unlabelled" if place < 20 else "spare", "id": row["id"], "label": "tool"} | spent
        for place, row in enumerate(texts.to_dict("records"))
    ]
    files.write_lines(lines, paths.labelled(TASK))
    arrays = files.read_arrays(paths.curves(TASK))
    more = {f"labelled/{name}": arrays[f"zero_shot/{name}"] for name in ("sizes", "codes")}
    files.write_arrays({**arrays, **more}, paths.curves(TASK))
    price = found()["prices"]["labelled"]
    assert price["replies"] == 20 and price["usd_per_1000"]["value"] == pytest.approx(1000)
