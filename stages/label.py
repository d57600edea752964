"""An LLM's labels of real texts: a sample of train for the source `labelled`, one of test.

Train texts are labelled only where `labelled` is a source of the task, or a part of one. An
endpoint is asked only about tasks with a source that an LLM makes: of others it gets no text.

Reads:  data/tasks/<task>.yaml, data/grid/<task>.jsonl, data/real/<task>/ (train, test, pool);
        data/recorded/ (recorded); data/prompts/label.yaml (openai)
Writes: data/labels/<task>.jsonl (a text's id, split, label, confidence; what it took),
        <task>.json (the counts)
Params: label, generate
Cost:   none with provider recorded; with openai what the endpoint charges, at most budget_usd
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from itertools import chain
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import pandas as pd
import typer

from stages.core import cli, files, params, paths, seeds
from stages.core.errors import UserError
from stages.core.params import Section
from stages.core.records import EDITED, LABELLED, REAL, REAL_POOL, TEXTS, read_sources
from stages.corpora import cards
from stages.corpora.cards import Card
from stages.llm.messages.slots import read
from stages.llm.panel import labels, recorded
from stages.llm.panel.answers import Answers
from stages.llm.panel.questions import Item, Labelling
from stages.llm.spending.budget import Access

if TYPE_CHECKING:
    from stages.llm.panel.survey import Survey

Texts = list[tuple[str, str, str]]  # id, text, label
SAMPLES = ("train", "test")
CHECKED = 100  # train texts at least, or half, so that combine can see how the LLM errs
MORE = ("unlabelled", "spare")  # where the task has unlabelled texts: to train on, and to test with
WITHOUT_LLM = {REAL, REAL_POOL, EDITED}
APART = "nothing is sent: none of the task's sources is made by an LLM"
WITHOUT = (
    f"take {LABELLED!r} out of the task's sources (grid.sources_of, else grid.sources) and mixtures"
)


class Rule(Section):
    """What refine drops of written texts, so that unlabelled ones are treated alike."""

    copies: float | None


class Asked(NamedTuple):
    """What came back, about which texts of each split, and what else is to be told."""

    answers: Answers
    drawn: Mapping[str, Texts]
    facts: Mapping[str, Any]
    remarks: str


def main(
    task: cli.Task,
    estimate: Annotated[
        bool, typer.Option("--estimate", help="print requests, tokens and cost; call nothing")
    ] = False,
) -> None:
    """Have an LLM label real texts of TASK."""
    access, card = params.load(Access, "generate"), cards.load(task)
    settings = params.load(Labelling, "label")
    parts = set(chain.from_iterable(read_sources(paths.grid(task)).values()))
    if LABELLED not in parts:
        settings = settings.model_copy(update={"train": 0})
    apart = access.provider == "openai" and not parts - WITHOUT_LLM - card.ready.keys()
    if apart:
        settings = settings.model_copy(update={"test": 0, "spare": 0})
    if access.provider == "recorded" and not estimate:
        _keep(task, card, _replay(task, card, settings))
        return
    shown = _examples(task, settings)
    hidden = {identity for identity, _, _ in shown}
    tables = {
        split: [row for row in rows if row[0] not in hidden]
        for split, rows in _tables(task, settings).items()
    }
    drawn = _samples(task, settings, tables)
    survey, items, prompt = _survey(task, card, settings, access, drawn, shown)
    if estimate:
        counts = ", ".join(f"{len(rows)} {split}" for split, rows in drawn.items() if rows)
        print(f"{task}: {survey.estimate(items)}; texts: {counts or 'none'}")
    elif items:
        _keep(task, card, _ask(survey, items, prompt, drawn))
    else:
        _keep(task, card, Asked(Answers([]), drawn, {"provider": access.provider}, APART * apart))


def _table(task: str, name: str) -> Texts:
    frame = files.read_table(paths.real(task) / f"{name}.parquet", TEXTS)
    return list(zip(frame["id"], frame["text"], frame["label"], strict=True))


def _tables(task: str, settings: Labelling) -> dict[str, Texts]:
    """All texts that may be labelled, in the order in which they are drawn.

    Of unlabelled texts one half may be spare, the other never is.
    """
    tables = {split: _mixed(_table(task, split), settings, split) for split in SAMPLES}
    path = paths.unlabelled(task)
    if path.exists():
        frame = files.read_table(path, ("id", "text"))
        rows = [(*row, "") for row in zip(frame["id"], frame["text"], strict=True)]
        if taken := {row[0] for row in chain(*tables.values())} & set(frame["id"]):
            raise UserError(
                f"{path}: expected ids that no labelled text has, found {sorted(taken)[:3]} in "
                "train or test, too; rename them"
            )
        mixed = _mixed(rows, settings, "spare")
        half = len(mixed) // 2
        tables |= {"spare": mixed[:half], "unlabelled": mixed[half:]}
    return tables


def _samples(task: str, settings: Labelling, tables: Mapping[str, Texts]) -> dict[str, Texts]:
    """Which of the `tables` are labelled: at most as many as the settings say of each kind.

    A larger draw holds a smaller one. No spare ones where some test texts are not labelled. To
    train on, unlabelled texts come first, but for some that people labelled, too (`CHECKED`).
    """
    drawn = {"test": tables["test"][: settings.test]}
    left = settings.train
    if "spare" in tables:
        copies = params.pick(Rule, "refine.copies").copies
        seen = [
            row for name in ("train", "validation", "test", "pool") for row in _table(task, name)
        ]
        wanted = settings.spare if len(drawn["test"]) == len(tables["test"]) else 0
        drawn["spare"] = _apart(tables["spare"], seen, wanted, copies)
        spare = {row[0] for row in drawn["spare"]}
        rest = [row for row in tables["spare"] if row[0] not in spare]
        tests = [*_table(task, "test"), *drawn["spare"]]
        most = None if left is None else left - min(CHECKED, left // 2, len(tables["train"]))
        drawn["unlabelled"] = _apart([*tables["unlabelled"], *rest], tests, most, copies)
        left = left if left is None else left - len(drawn["unlabelled"])
    return {"train": tables["train"][:left], **drawn}


def _apart(rows: Texts, others: Texts, count: int | None, copies: float | None) -> Texts:
    """The first `count` rows (None: all) whose texts are near-copies of none of `others`."""
    count = len(rows) if count is None else count
    if copies is None or not count:
        return rows[:count]
    from stages.core import near

    found: Texts = []
    texts = [text for _, text, _ in others]
    for start in range(0, len(rows), count):
        some = rows[start : start + count]
        copied = near.copied([text for _, text, _ in some], texts, copies)
        found += [row for row, twice in zip(some, copied, strict=True) if not twice]
        if len(found) >= count:
            break
    return found[:count]


def _mixed(rows: Texts, settings: Labelling, purpose: str) -> Texts:
    return sorted(rows, key=lambda row: seeds.place(row[0], settings.seed, f"label {purpose}"))


def _examples(task: str, settings: Labelling) -> Texts:
    """The few-shot examples, the same for each text: of each label as many, in mixed order."""
    if not settings.examples:
        return []
    chosen: dict[str, Texts] = defaultdict(list)
    for row in _mixed(_table(task, "pool"), settings, "examples"):
        chosen[row[2]].append(row)
    shown = chain.from_iterable(rows[: settings.examples] for rows in chosen.values())
    return _mixed(list(shown), settings, "shown")


def _replay(task: str, card: Card, settings: Labelling) -> Asked:
    """The recorded answers about texts of the task, at most as many as the settings say."""
    path = paths.recorded(task, "labels")
    if not path.exists():
        if settings.train == 0:
            nothing: dict[str, Texts] = {split: [] for split in SAMPLES}
            return Asked(Answers([]), nothing, {"provider": "recorded"}, "none are recorded")
        raise UserError(
            f"no labels recorded for {task!r}: expected {path}, found none; set generate.provider "
            f"to openai, or {WITHOUT}"
        )
    tables = _tables(task, settings)
    texts = [(identity, text) for rows in tables.values() for identity, text, _ in rows]
    found = recorded.replay(files.read_lines(path), texts, list(card.labels), str(path))
    known = {answer.item for answer in found.answers}
    there = {split: [row for row in rows if row[0] in known] for split, rows in tables.items()}
    others = found.of_other_texts
    if settings.train != 0 and not there["train"] and not there.get("unlabelled"):
        raise UserError(
            f"{path}: expected labels of the train texts in {paths.real(task)}, found "
            f"{len(there['test'])} of its test texts and {others} of other texts; fetch the texts "
            f"that were labelled, set generate.provider to openai, or {WITHOUT}"
        )
    drawn = _samples(task, settings, there)
    kept = {row[0] for row in chain.from_iterable(drawn.values())}
    answers = Answers([answer for answer in found.answers if answer.item in kept])
    model = files.read_json(paths.DATA / "recorded" / "manifest.json")["model"]
    by = Counter(answer.model or model for answer in answers.last.values())
    facts = {"provider": "recorded", "of_other_texts": others, "answered_by": dict(by)}
    return Asked(
        answers, drawn, facts, f"{others} recorded labels are of other texts" * (others > 0)
    )


def _survey(
    task: str,
    card: Card,
    settings: Labelling,
    access: Access,
    drawn: Mapping[str, Texts],
    shown: Texts,
) -> "tuple[Survey, list[Item], str]":
    """The LLM, what it is asked about, and by which prompt."""
    from stages.llm.panel.survey import Survey

    path = paths.prompts("label")
    prompt = read(path)
    folder = paths.DATA / "exchange" / task
    survey = Survey.of("label", task, settings, access, (prompt, str(path)), folder)
    examples = [(text, label) for _, text, label in shown]
    items = [
        Item(identity, card.labels, text, card.title, card.description, examples)
        for identity, text, _ in chain.from_iterable(drawn.values())
    ]
    return survey, items, prompt


def _ask(survey: "Survey", items: list[Item], prompt: str, drawn: Mapping[str, Texts]) -> Asked:
    """The endpoint's answers."""
    from stages.llm.panel.survey import record

    answers = survey.ask(items)
    facts = {"provider": "openai", **record(survey, prompt, answers)}
    return Asked(answers, drawn, facts, f"{answers.summary}{answers.failed()}")


def _keep(task: str, card: Card, asked: Asked) -> None:
    """Write the labels and their counts, and say what was found."""
    found = labels.lines(asked.answers.attempts, list(card.labels))
    ids = {split: sorted(row[0] for row in rows) for split, rows in asked.drawn.items()}
    rows = [
        {"split": split, "id": identity, **found[identity]}
        for split in (*SAMPLES, *MORE)
        for identity in ids.get(split, ())
        if identity in found
    ]
    unread = Counter(answer.problem for answer in asked.answers.last.values() if answer.problem)
    known = {identity for identity, line in found.items() if line["label"]}
    labelled = {split: sum(identity in known for identity in own) for split, own in ids.items()}
    without = {split: len(own) - labelled[split] for split, own in ids.items()}
    counts = {"labelled": labelled, "without_label": without, "unread": dict(unread)}
    files.write_lines(rows, paths.labelled(task))
    files.write_json({**asked.facts, **counts}, paths.labelled(task).with_suffix(".json"))
    spare = pd.DataFrame(sorted(asked.drawn.get("spare", ())), columns=list(TEXTS))
    files.write_table(spare[["id", "text"]].astype(str), paths.spare(task))
    problems = ", ".join(f"{name} {n}" for name, n in unread.items())
    parts = [
        f"{labelled['train']} train and {labelled['test']} test texts labelled by an LLM",
        _of_unlabelled(labelled, asked.drawn),
        f"answers that cannot be read: {problems}" if problems else "",
        asked.remarks,
    ]
    print(f"{task}: {'; '.join(filter(None, parts))}", flush=True)


def _of_unlabelled(labelled: Mapping[str, int], drawn: Mapping[str, Texts]) -> str:
    """What became of unlabelled texts; "" where there are none."""
    if "spare" not in labelled:
        return ""
    return (
        f"of unlabelled texts {labelled['unlabelled']} to train on and {labelled['spare']} spare "
        f"ones to sharpen the scores on {len(drawn['test'])} test texts"
    )


if __name__ == "__main__":
    cli.run(main)
