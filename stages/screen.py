"""The training texts of each source, the synthetic ones checked by a model if wanted.

Reads:  data/synthetic/<task>/<name>.parquet, data/real/<task>/ (train, pool); data/labels/ for
        the source labelled, data/edited/ for edited; for screen.judge data/prompts/annotate.yaml
Writes: data/sources/<task>/<source>.parquet, data/screened/<task>.json (what each check found),
        <task>.to_people.csv (texts whose LLM's label is too unsure to be used)
Params: screen, mixtures, grid.tasks, grid.sources, grid.sources_of, grid.models; for screen.judge
        annotate and generate
Cost:   a second; with screen.judge what the endpoint charges, at most the budget
"""

from collections.abc import Callable, Iterable
from typing import Any, Literal, NamedTuple

import pandas as pd
from pydantic import Field

from stages.core import cli, files, params, paths
from stages.core.params import Section
from stages.core.records import EDITED, LABELLED, REAL, REAL_POOL, TEXTS
from stages.core.text import inert
from stages.corpora import cards, labelled, sources
from stages.corpora.cards import Card
from stages.llm.reading import filters

Opinion = Literal["report", "drop"]  # count the texts that a check fails, or drop them too


class Screen(Section):
    """Checks that take a model, all off by default; null switches one off."""

    meaning: float | None = Field(gt=0, le=1)  # cosine of embeddings
    classifier: Opinion | None  # of labels, by a classifier of the few-shot pool
    judge: Opinion | None  # of labels, by the panel `annotate`; costs money
    least_confidence: int | None = Field(ge=1, le=3)  # of an LLM's label of a real text


class Check(NamedTuple):
    """A check of a strategy's texts (id, text, label): True for each text that passes."""

    name: str
    passed: Callable[[pd.DataFrame], list[bool]]
    drops: bool  # the texts that fail; else they are only counted


def main() -> None:
    """Check the synthetic texts of every task and put the sources together."""
    settings, grid = params.load(Screen, "screen"), params.grid()
    mixtures = params.mixtures()
    for task in grid.tasks:
        card = cards.load(task)
        checks = _checks(settings, card, task)
        tables = {
            REAL: files.read_table(paths.real(task) / "train.parquet", TEXTS),
            REAL_POOL: files.read_table(paths.real(task) / "pool.parquet", TEXTS),
        }
        record: dict[str, Any] = {}
        own = grid.of(task)
        if sources.uses(EDITED, own, mixtures):
            copies = files.read_table(paths.edited(task), TEXTS)
            tables[EDITED] = sources.mixed([tables[REAL_POOL], copies])
        if sources.uses(LABELLED, own, mixtures):
            tables[LABELLED], record[LABELLED] = _labelled(settings, task, card, tables[REAL])
        counts = {}
        for name in sources.written(own, mixtures):
            path = paths.synthetic(task) / f"{name}.parquet"
            if path.exists():  # else `assemble` says which sources there are
                tables[name], counts[name] = screen(files.read_table(path, TEXTS), checks)
        made = sources.assemble(own, tables, mixtures, tuple(card.labels))
        lacking = set(grid.sources) - set(own) if grid.models else ()  # `train` has a stage of each
        empty = dict.fromkeys(lacking, tables[REAL][:0])
        for source, table in {**made, **empty}.items():
            files.write_table(table[list(TEXTS)], paths.sources(task) / f"{source}.parquet")
        record["strategies"] = counts
        files.write_json(record, paths.screened(task))
        print(f"{task}: {_summary(made, task, record)}", flush=True)


def screen(texts: pd.DataFrame, checks: Iterable[Check]) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The texts that pass all `checks` that drop, and what each check found.

    A check sees the texts that the ones before it left.
    """
    found = {}
    for check in checks:
        passed = pd.Series(check.passed(texts), index=texts.index, dtype=bool)
        found[check.name] = {"texts": len(texts), "failed": int((~passed).sum())}
        texts = texts[passed] if check.drops else texts
    return texts.reset_index(drop=True), {"checks": found, "kept": len(texts)}


def _labelled(
    settings: Screen, task: str, card: Card, train: pd.DataFrame
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """The real texts with an LLM's labels, and what is to be known of them.

    Those whose label is too unsure go into a file for people to label.
    """
    said = labelled.read(paths.labelled(task), list(card.labels))
    texts = labelled.texts(train, paths.unlabelled(task))
    sure, unsure = labelled.sift(said, texts, settings.least_confidence)
    paths.to_people(task).unlink(missing_ok=True)  # of an earlier run
    if len(unsure):
        table = unsure.rename(columns={"label": "llm_label"})
        table["text"] = table["text"].map(inert)
        files.write_text(table.to_csv(index=False, lineterminator="\n"), paths.to_people(task))
    counts = sure["label"].value_counts()
    found = {label: int(counts.get(label, 0)) for label in card.labels}
    return sure, {"texts": found, "to_people": len(unsure)}


def _checks(settings: Screen, card: Card, task: str) -> list[Check]:
    """The checks that are switched on; the one that costs money last."""
    checks = []
    if settings.meaning is not None:
        checks.append(Check("meaning", _meaning(settings.meaning), drops=True))
    if settings.classifier:
        passed = _classifier(task, list(card.labels))
        checks.append(Check("classifier", passed, settings.classifier == "drop"))
    if settings.judge:
        checks.append(Check("judge", _judge(task, card), settings.judge == "drop"))
    return checks


def _meaning(threshold: float) -> Callable[[pd.DataFrame], list[bool]]:
    """A text passes unless an earlier one of its label has nearly its embedding."""
    from stages.classifiers import meaning

    def different(texts: list[str]) -> list[bool]:
        return meaning.not_near_earlier(meaning.embed(texts), threshold)

    return lambda frame: filters.within_labels(list(frame["text"]), list(frame["label"]), different)


def _classifier(task: str, labels: list[str]) -> Callable[[pd.DataFrame], list[bool]]:
    """A text passes unless a classifier trained on the few-shot pool doubts its label."""
    from stages.classifiers import doubt, meaning

    pool = files.read_table(paths.real(task) / "pool.parquet", TEXTS)

    def passed(frame: pd.DataFrame) -> list[bool]:
        asked, known = frame["label"].to_numpy(object), pool["label"].to_numpy(object)
        vectors, examples = meaning.embed(frame["text"]), meaning.embed(pool["text"])
        return list(~doubt.doubted(vectors, asked, examples, known, labels))

    return passed


def _judge(task: str, card: Card) -> Callable[[pd.DataFrame], list[bool]]:
    """A text passes unless more than half of the panel's answers name the same other label."""
    from stages.llm.messages.slots import read
    from stages.llm.panel.questions import Item, Panel
    from stages.llm.panel.survey import Survey
    from stages.llm.spending.budget import Access

    panel = params.load(Panel, "annotate")
    access = params.load(Access, "generate")
    path = paths.prompts("annotate")
    prompt = (read(path), str(path))
    survey = Survey.of("judge", task, panel, access, prompt, paths.DATA / "exchange" / task)

    def passed(frame: pd.DataFrame) -> list[bool]:
        rows = zip(frame["id"], frame["text"], strict=True)
        answers = survey.ask(
            [Item(name, card.labels, text, card.title, card.description) for name, text in rows]
        )
        said = answers.majority()
        print(f"{task}, judge: {answers.summary}{answers.failed()}", flush=True)
        asked = zip(frame["id"], frame["label"], strict=True)
        return [said.get(name, label) == label for name, label in asked]

    return passed


def _summary(made: dict[str, pd.DataFrame], task: str, record: dict[str, Any]) -> str:
    sizes = ", ".join(f"{source} {len(table)}" for source, table in made.items())
    failed = [
        f"{check} failed {found['failed']} of {found['texts']} {strategy} texts"
        for strategy, block in record["strategies"].items()
        for check, found in block["checks"].items()
    ]
    said = record.get(LABELLED, {"texts": {}, "to_people": 0})
    absent = [label for label, count in said["texts"].items() if not count]
    remarks = [
        f"{said['to_people']} texts with an unsure label of the LLM: {paths.to_people(task)} has "
        "them for people to label"
        if said["to_people"]
        else "",
        f"the LLM gave no train text the label {', '.join(absent)}: a classifier trained on "
        f"{LABELLED} never predicts it"
        if absent
        else "",
    ]
    return "; ".join(filter(None, [f"training texts: {sizes}", *failed, *remarks]))


if __name__ == "__main__":
    cli.run(main)
