"""Stage fetch: from an origin to data/real, whole or not at all."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from stages import fetch
from stages.core import records
from stages.core.errors import UserError

ROOT = Path(__file__).parents[1]
REAL = Path("data/real/mail")
CARD = {
    "title": "Mail",
    "description": "Whether a mail is spam.",
    "labels": {"ham": "wanted mail", "spam": "unwanted mail"},
    "words": [3, 9],
    "prompts": {"context": "You write mail.", "generate": "Write {k} {label} mails."},
    "licence": "CC0",
    "citation": "Nobody (2026)",
}
PARAMS: dict[str, Any] = {
    "origin": "own",
    "watch": "own",
    "validation_share": 0.1,
    "test_share": 0.2,
    "pool_share": 0.1,
    "pool_min_per_label": 2,
    "max_per_label": None,
    "max_per_label_of": {},
    "longest": None,
    "seed": 0,
}


def texts(rows: int = 60) -> pd.DataFrame:
    """Twice as many ham as spam, all different."""
    return pd.DataFrame(
        {
            "id": [f"m{n:03}" for n in range(rows)],
            "text": [f"mail number {n}" for n in range(rows)],
            "label": ["spam" if n % 3 == 0 else "ham" for n in range(rows)],
        }
    )


def write(card: dict[str, Any] = CARD, copies: float | None = 0.8, **settings: Any) -> None:
    """The card of `mail` and a params.yaml with other settings."""
    Path("data/tasks").mkdir(parents=True, exist_ok=True)
    Path("data/tasks/mail.yaml").write_text(yaml.safe_dump(card, sort_keys=False))
    Path("params.yaml").write_text(
        yaml.safe_dump({"fetch": {**PARAMS, **settings}, "refine": {"copies": copies}})
    )


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to run in, with the user's data of the task `mail`: a single split."""
    monkeypatch.chdir(tmp_path)
    write()
    folder = tmp_path / "own" / "mail"
    folder.mkdir(parents=True)
    texts().to_parquet(folder / "train.parquet")
    return folder


def fetched() -> dict[str, pd.DataFrame]:
    """The tables that the stage wrote, by name."""
    return {path.stem: pd.read_parquet(path) for path in sorted(REAL.glob("*.parquet"))}


def source() -> dict[str, Any]:
    """What the stage wrote about the texts' origin."""
    record: dict[str, Any] = json.loads((REAL / "source.json").read_text())
    return record


def test_one_split_becomes_four_tables() -> None:
    """Splits in order of their ids, the pool within train, and a record of where they are from."""
    fetch.main("mail")
    tables = fetched()
    assert {name: len(table) for name, table in tables.items()} == {
        "pool": 5,
        "test": 12,
        "train": 42,
        "validation": 6,
    }
    for table in tables.values():
        assert list(table) == ["id", "text", "label"]
        assert table["id"].is_monotonic_increasing and table["id"].is_unique
    assert set(tables["pool"]["id"]) < set(tables["train"]["id"])
    assert records.read_labels(REAL / "labels.jsonl") == ("ham", "spam")
    assert source() == {
        "origin": "own",
        "title": "Mail",
        "licence": "CC0",
        "citation": "Nobody (2026)",
        "drawn_from": {"test": "train", "validation": "train"},
        "dropped": {},
        "opinions": {},
        "rows": {
            "pool": {"ham": 3, "spam": 2},
            "test": {"ham": 8, "spam": 4},
            "train": {"ham": 28, "spam": 14},
            "validation": {"ham": 4, "spam": 2},
        },
    }


def test_the_same_texts_give_the_same_bytes(own: Path) -> None:
    """Whatever order the source has them in."""
    fetch.main("mail")
    first = {path.name: path.read_bytes() for path in REAL.iterdir()}
    texts().sample(frac=1, random_state=5).to_parquet(own / "train.parquet")
    fetch.main("mail")
    assert {path.name: path.read_bytes() for path in REAL.iterdir()} == first


def test_texts_of_the_test_split_leave_train(own: Path) -> None:
    """The source's own splits are kept, but for the texts that they share."""
    test = texts().head(9).assign(id=lambda t: "t" + t["id"], text=lambda t: t["text"].str.upper())
    test.to_csv(own / "test.csv", index=False)
    fetch.main("mail")
    tables = fetched()
    assert len(tables["test"]) == 9
    learnt = pd.concat([tables["train"], tables["validation"]])["text"].str.upper()
    assert len(learnt) == 51 and not learnt.isin(tables["test"]["text"]).any()
    assert source()["dropped"] == {"shared_between_splits": {"train": 9}}
    assert source()["drawn_from"] == {"validation": "train"}


def test_near_copies_of_test_texts_leave_train(own: Path) -> None:
    """By refine's rule for synthetic texts: the same threshold, and none where that is null."""
    mails = [f"please send report number {n} of this long week to me" for n in range(60)]
    texts().assign(text=mails).to_csv(own / "train.csv", index=False)
    (own / "train.parquet").unlink()
    near = texts().head(3).assign(text=[f"{mail} now" for mail in mails[:3]])
    near.assign(id=["t0", "t1", "t2"]).to_csv(own / "test.csv", index=False)
    fetch.main("mail")
    read = fetched()
    assert len(read["train"]) + len(read["validation"]) == 57
    (lost,) = source()["dropped"].values()
    assert sum(lost.values()) == 3
    write(copies=None)
    fetch.main("mail")
    assert source()["dropped"] == {}
    assert len(fetched()["train"]) + len(fetched()["validation"]) == 60


OWN = {
    "own": {
        "train": {"file": "mails.csv", "separator": ";", "text": "body", "label": "kind"},
        "unlabelled": {"file": "more.txt", "header": False, "quotes": False, "text": 1},
    },
    "ready": {"vendor": {"file": "vendor.csv", "by": "A vendor, 2026"}},
}


def give_files() -> None:
    """The files that OWN names, 40 rows; two of the texts without a label are in them already."""
    folder = Path("data/own/mail")
    folder.mkdir(parents=True)
    mails = texts(40).rename(columns={"text": "body", "label": "kind"})
    mails.to_csv(folder / "mails.csv", sep=";", index=False)
    (folder / "more.txt").write_text("Mail number 3\nmail number 4\nnew one\nNew  one\nnew two\n")
    texts(10).assign(text=lambda t: "written " + t["text"]).to_csv(folder / "vendor.csv")


def test_own_files_win_over_the_origin(capsys: pytest.CaptureFixture[str]) -> None:
    """Splits, unlabelled texts that no split knows, ready texts, and who wrote those."""
    give_files()
    write(CARD | OWN)
    fetch.main("mail")
    tables, record = fetched(), source()
    assert sum(len(tables[split]) for split in records.SPLITS) == 40
    assert list(tables["unlabelled"]["text"]) == ["new one", "new two"]
    assert list(tables["unlabelled"]) == ["id", "text"]
    assert record["dropped"] == {"unlabelled_twice": 1, "unlabelled_with_labels": 2}
    assert record["ready"] == {"vendor": {"by": "A vendor, 2026", "texts": 10}}
    assert list(pd.read_parquet("data/ready/mail/vendor.parquet")) == ["id", "text", "label"]
    said = capsys.readouterr().out
    assert (
        "28 train, 4 validation, 8 test, 4 of train as few-shot examples; 2 unlabelled, 10 of"
        in said
    )
    assert "test cut from train, validation cut from train" in said
    assert "only 8 test texts: a score is known to ± 35 points" in said


def test_what_is_no_longer_given_goes(own: Path) -> None:
    """Unlabelled and ready texts of an earlier card do not stay."""
    give_files()
    write(CARD | OWN)
    fetch.main("mail")
    write()
    fetch.main("mail")
    assert "unlabelled" not in fetched()
    assert [path.name for path in Path("data/ready/mail").iterdir()] == ["counts.json"]


def test_test_texts_in_train_are_said(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In the terminal, not in source.json alone."""
    texts().head(9).assign(id=lambda t: "t" + t["id"]).to_csv(own / "test.csv", index=False)
    fetch.main("mail")
    assert "9 texts of train were test or validation texts too" in capsys.readouterr().out


def test_caps_hold_in_every_split() -> None:
    """The task's own cap comes before the common one."""
    write(max_per_label=100, max_per_label_of={"mail": 3})
    fetch.main("mail")
    rows = source()["rows"]
    assert rows["train"] == rows["test"] == {"ham": 3, "spam": 3}
    assert rows["validation"] == {"ham": 3, "spam": 2}


def test_annotations_of_kept_texts_come_along(own: Path) -> None:
    """Those of texts that a cap left out do not; without a source they go from the folder."""
    said = pd.DataFrame({"id": texts()["id"], "annotator": "a", "label": "ham"})
    said.to_csv(own / "annotations.csv", index=False)
    write(max_per_label=4)
    fetch.main("mail")
    tables = fetched()
    kept = pd.concat(tables[split] for split in ("train", "validation", "test"))
    assert sorted(tables["annotations"]["item"]) == sorted(kept["id"])
    (own / "annotations.csv").unlink()
    fetch.main("mail")
    assert "annotations" not in fetched()


def test_annotations_of_unknown_texts_are_counted(own: Path) -> None:
    """Texts left out by a cap are known; others are counted in source.json."""
    write(max_per_label=2)
    said = pd.DataFrame({"item": [*texts()["id"], "x", "y"], "annotator": "a", "label": "ham"})
    said.to_csv(own / "annotations.csv", index=False)
    fetch.main("mail")
    record = json.loads((REAL / "source.json").read_text())
    assert record["dropped"]["annotations_of_unknown_texts"] == 2


def test_annotations_of_other_texts_are_refused(own: Path) -> None:
    """Ids that match no text are a mistake: both kinds of id are shown."""
    said = pd.DataFrame({"id": ["7"], "annotator": "a", "label": "ham"})
    said.to_csv(own / "annotations.csv", index=False)
    with pytest.raises(UserError, match=r"the annotations .* name '7' .* no ids .*'m000' is one"):
        fetch.main("mail")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"origin": "elsewhere"},
            r"expected elsewhere/mail/train.parquet, .csv or .jsonl, found n",
        ),
        (
            {"origin": "sample"},
            r"no sample texts of 'mail': data/sample has \[\]; set fetch.origin",
        ),
        ({"origin": "hub"}, r"data/tasks/mail.yaml names no hub data set; add `hub` to the card"),
        ({"max_per_label_of": {"mial": 3}}, r"expected tasks with a card \['mail'\], found \['mia"),
        ({"max_per_label": 1}, r"max_per_label: .* greater than or equal to 2, found 1"),
        ({"test_share": 0.6}, r"test_share: .* less than 0.5, found 0.6"),
        ({"sed": 1}, r"fetch: sed: unknown key, .* known keys: \['longest'"),
    ],
)
def test_wrong_settings_are_refused(change: dict[str, Any], message: str) -> None:
    """Each names the setting, and nothing is written."""
    write(**change)
    with pytest.raises(UserError, match=message):
        fetch.main("mail")
    assert not REAL.exists()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (texts(4).assign(label="ham"), r"'spam' in train, found 0; add texts of it or take the"),
        (texts(7), r"mail: expected 2 or more texts labelled 'spam' in train, found 1; add"),
        (
            texts().replace("spam", "Spam"),
            r"own/mail/train.parquet: .* found 'Spam' in 20 rows",
        ),
        (texts().assign(id="1"), r"own/mail/train.parquet: expected each id once, found '1' again"),
        (texts().assign(text=""), r"own/mail/train.parquet: expected a text .* row 1 and 59 more;"),
        (texts().drop(columns="label"), r"expected columns \['label'\], found \['id', 'text'\]; "),
    ],
)
def test_wrong_texts_are_refused(own: Path, rows: pd.DataFrame, message: str) -> None:
    """Each is one line with the file, and the texts of an earlier fetch stay as they were."""
    fetch.main("mail")
    before = {path.name: path.read_bytes() for path in REAL.iterdir()}
    rows.to_parquet(own / "train.parquet")
    with pytest.raises(UserError, match=message) as caught:
        fetch.main("mail")
    assert "\n" not in str(caught.value)
    assert {path.name: path.read_bytes() for path in REAL.iterdir()} == before


def test_an_unknown_task_is_refused() -> None:
    """The tasks with a card are named."""
    with pytest.raises(UserError, match=r"no task 'chat'"):
        fetch.main("chat")


def test_a_hub_out_of_reach_is_one_line_and_status_1(tmp_path: Path) -> None:
    """As a command: no traceback, nothing written."""
    hub = {"id": "o/n", "splits": {"train": "train"}, "text": "text", "label": "label"}
    write(card={**CARD, "hub": hub}, origin="hub")
    run = command("mail", tmp_path, HF_ENDPOINT="http://127.0.0.1:9")
    assert run.returncode == 1
    assert run.stderr.startswith("error: cannot reach http://127.0.0.1:9/datasets/o/n (ConnectErr")
    assert run.stderr.count("\n") == 1
    assert not REAL.exists()


def test_a_revision_that_may_move_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """One line with the commit to pin; none for a card that pins one, or another origin."""
    commit = "c0ffee" * 6 + "c0ff"
    fetch._say_unpinned({"id": "o/n", "revision": "main", "commit": commit}, "mail")
    assert capsys.readouterr().out == (
        f"mail: o/n at 'main', which may move, is commit {commit} now; to pin it, set hub.revision "
        "to that in data/tasks/mail.yaml\n"
    )
    fetch._say_unpinned({"id": "o/n", "revision": commit, "commit": commit}, "mail")
    fetch._say_unpinned({"origin": "own"}, "mail")
    assert capsys.readouterr().out == ""


def test_the_default_origin_loads_no_heavy_library(tmp_path: Path) -> None:
    """Texts in Git are fetched without the hub's libraries, torch or scikit-learn."""
    write(origin="sample")
    sample = Path("data/sample")
    sample.mkdir()
    lines = [json.dumps({**row, "split": "train"}) for row in texts().to_dict("records")]
    (sample / "mail.jsonl").write_text("\n".join(lines))
    (sample / "annotations.csv").write_text("item,annotator,label\nm000,a,ham\n")
    code = (
        "import sys; from stages import fetch; fetch.main('mail');"
        "print({'datasets', 'huggingface_hub', 'sklearn', 'torch', 'scipy'} & set(sys.modules))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        text=True,
        capture_output=True,
        check=True,
    )
    assert run.stdout.endswith("\nset()\n")


def test_emotions_of_the_mirror(datasets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 28 emotions the card's five are kept, and no text is in two splits."""
    card = yaml.safe_load((ROOT / "data/tasks/reddit_emotion.yaml").read_text())
    write(card, origin=str(datasets))
    Path("data/tasks/mail.yaml").rename("data/tasks/reddit_emotion.yaml")
    fetch.main("reddit_emotion")
    folder = Path("data/real/reddit_emotion")
    tables = [pd.read_parquet(folder / f"{s}.parquet") for s in ("train", "validation", "test")]
    rows = pd.concat(tables)
    assert set(rows["label"]) == set(card["labels"])
    assert sum(table["text"].str.casefold().nunique() for table in tables) == (
        rows["text"].str.casefold().nunique()
    )


def command(task: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """`python -m stages.fetch TASK` in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "stages.fetch", task],
        env={**os.environ, "PYTHONPATH": str(ROOT), "HF_HOME": str(home / "hf"), **environment},
        cwd=home,
        text=True,
        capture_output=True,
        check=False,
    )
