"""What do a few labels by people, an LLM's labels and written texts give together?"""

from collections.abc import Iterator, Mapping

import pandas as pd

from stages.rendering.content import run as about
from stages.rendering.content import words
from stages.rendering.content.combination import METRICS, Combination, Found, Mean, Over
from stages.rendering.content.page import Cell, Code, Column, Note, Page, Picture, Row, Table
from stages.rendering.content.run import Run
from stages.rendering.figures import dots

BELOW, WORSE = "†", "‡"
REFERENCE = "gold"  # people's labels of what the LLM labelled: saves none
SHARE = "share of the way"
KINDS = {
    "n_human": "texts labelled by people",
    "n_llm": "by the LLM",
    "n_written": "written texts",
    "n_unlabelled": "unlabelled texts",
}
ENDS = {"zero_shot": "zero-shot, probe", "real": "all real, probe"}
CLASSIFIER = (
    "All ways train the same classifier, kernel ridge regression on the frozen embeddings, and "
    "differ only in how much each text counts for each label. Weights are the same for all tasks, "
    "except where cross-validation on people's labels is named; they were set after trials on nine "
    "public sets, so that on such a set they are no blind choice. Everything: people's and the "
    "LLM's labels, few-shot and zero-shot texts. People's labels of the same texts save no label: "
    "they show what labels by an LLM without an error would be worth. The two ends of the way are "
    "the probe's, trained on all zero-shot texts and on all real ones with people's labels: a way "
    "can lie above 100 %. Few-shot texts were written with real examples, which people labelled, "
    "too: they come beside the labels counted here."
)


def page(run: Run, found: Mapping[str, Combination], over: Over) -> Page:
    """Every way over all tasks, and on each."""
    tables = [*means(found, over), *scores(found, over)]
    return Page(
        "mixtures",
        "Few labels, an LLM's labels and written texts together",
        (about.provenance(run), CLASSIFIER),
        about.warnings(run),
        tuple(pictures(found, over)),
        tuple(table for table in tables if table.rows),
        tuple(notes(found, over)),
    )


def _numbers(means: Mapping[str, object]) -> list[str]:
    return sorted(means, key=int, reverse=True)


def _labels(number: str) -> str:
    """How many LLM labels there are.

    >>> _labels("1000"), _labels("0")
    ('1,000 LLM labels', 'no LLM labels')
    """
    return f"{int(number):,} LLM labels" if int(number) else "no LLM labels"


def means(found: Mapping[str, Combination], over: Over) -> Iterator[Table]:
    """Each way in the mean over tasks, and how many texts it has."""
    heads = [*KINDS.values(), "tasks"]
    heads += [f"{title}{part}" for title in METRICS.values() for part in ("", f", {SHARE}")]
    heads += [f"beats / loses to people's few labels, {title}" for title in METRICS.values()]
    columns = (Column("way"), *(Column(head, "", True) for head in heads))
    for rank, number in enumerate(_numbers(over.means)):
        rows = []
        for way, title in over.titles().items():
            if mean := over.means[number].get(way):
                own = [ways[way] for ways in _at(found, rank).values() if way in ways]
                counts = [words.between([getattr(each, kind) for each in own]) for kind in KINDS]
                cells = (*counts, str(mean["accuracy"].tasks))
                rows.append((Cell(title), *map(Cell, cells), *_mean_cells(mean)))
        yield Table(f"Mean over tasks, at most {_labels(number)}", columns, tuple(rows))


def _mean_cells(found: Mapping[str, Mean]) -> Iterator[Cell]:
    for metric in METRICS:
        yield Cell(words.percent(found[metric].score))
        share = found[metric].share
        yield words.estimate(share.model_dump() if share else None, 0, 100)
    for metric in METRICS:
        yield Cell(f"{found[metric].better} / {found[metric].worse}")


def scores(found: Mapping[str, Combination], over: Over) -> Iterator[Table]:
    """Each way on each task, a table per metric and number of LLM labels."""
    for rank, number in enumerate(_numbers(over.means)):
        tasks = _at(found, rank)
        ways = {way: t for way, t in over.titles().items() if way in over.means[number]}
        heads = [*ENDS.values(), *ways.values()]
        columns = (Column("task"), *(Column(name, "", True) for name in heads))
        for metric, title in METRICS.items():
            rows = [_row(task, found[task], own, ways, metric) for task, own in tasks.items()]
            yield Table(f"{title}, at most {_labels(number)}", columns, tuple(rows))


def _at(found: Mapping[str, Combination], rank: int) -> dict[str, Mapping[str, Found]]:
    """Each task's ways with its `rank`-th largest number of LLM labels, or the smallest it has."""
    numbers = {task: _numbers(each.ways) for task, each in found.items() if each.ways}
    return {t: found[t].ways[own[min(rank, len(own) - 1)]] for t, own in numbers.items()}


def _row(
    task: str,
    found: Combination,
    own: Mapping[str, Found],
    ways: Mapping[str, str],
    metric: str,
) -> Row:
    ends = (found.ends.get(source, {}).get(metric) for source in ENDS)
    shown = [_score(end.mean, end.low, end.high) if end else Cell(words.ABSENT) for end in ends]
    return (Cell(task), *shown, *(_cell(own.get(way), metric) for way in ways))


def _cell(found: Found | None, metric: str) -> Cell:
    if found is None:
        return Cell(words.ABSENT)
    own, real = found.scores[metric], found.to_real.get(metric)
    human = found.to_human.get(metric)
    marks = BELOW if real and real.high < 0 else ""
    marks += WORSE if human and human.high < 0 else ""
    shown = _score(own.mean, own.low, own.high)
    return Cell(shown.text, f"{shown.detail}{marks}")


def _score(mean: float, low: float, high: float) -> Cell:
    return words.estimate({"value": mean, "low": low, "high": high}, 1, 100)


def notes(found: Mapping[str, Combination], over: Over) -> Iterator[Note]:
    """What the numbers are, how many texts each way has, and which ways are missing."""
    if not over.means:
        yield "No way to combine texts has what it needs."
    level = next(iter(found.values())).level
    yield (
        f"Per cent; in brackets {100 * level:.4g} % intervals, which hold test texts and the draws "
        "of the labelled texts, not which texts the LLM wrote or labelled. "
        f"{BELOW} below the probe on all real texts, {WORSE} below people's few labels alone, "
        "beyond chance, each by itself.",
    )
    yield (
        "Share of the way: the mean score less the zero-shot one, over the mean score on all real "
        "texts less the zero-shot one; the tasks are taken as they are, so that its interval says "
        "little of another choice of tasks. Ways that correct the LLM's labels also use its labels "
        "of the texts that people labelled. People label texts drawn at random; how many is set "
        "by ",
        Code("combine.human"),
        ".",
    )
    titles = over.titles()
    reasons: dict[str, dict[str, list[str]]] = {}
    for task, each in found.items():
        for way, why in each.skipped.items():
            reasons.setdefault(why, {}).setdefault(titles[way], []).append(task)
    for why, ways in reasons.items():
        tasks = words.listed(list(dict.fromkeys(t for some in ways.values() for t in some)))
        yield f"Left out ({why}; {tasks}): {'; '.join(ways)}."


def pictures(found: Mapping[str, Combination], over: Over) -> Iterator[Picture]:
    """The share of the way that each goes."""
    titles = over.titles()
    rows = [
        (_labels(number), titles[way], title, share)
        for number in _numbers(over.means)
        for way in titles
        for metric, title in METRICS.items()
        if way in over.means[number] and (share := over.means[number][way][metric].share)
    ]
    if not rows:
        return
    columns = ["panel", "task", "source", "value", "low", "high"]
    ends = [[100 * s.value, 100 * s.low, 100 * s.high] for *_, s in rows]
    table = pd.DataFrame(
        [[*row[:3], *end] for row, end in zip(rows, ends, strict=True)], columns=columns
    )
    level = next(iter(found.values())).level
    tasks = words.between([m["accuracy"].tasks for n in over.means.values() for m in n.values()])
    note = (
        "per cent of the way from zero-shot (0) to all real texts with people's labels (100), both "
        f"of the probe\nmean of {tasks} tasks; whiskers: {100 * level:.4g} %, hold test texts "
        "and draws of the labelled texts"
    )
    saving = [row for row in rows if row[1] != titles.get(REFERENCE)]
    panel, title, metric, share = max(saving or rows, key=lambda row: row[3].value)
    between = words.interval(100 * share.low, 100 * share.high, 0)
    message = f"The share is largest for {title}: {100 * share.value:.0f} % {between} "
    message += f"({panel}, {metric})."
    figure = dots.draw(table, tuple(METRICS.values()), note, zero=True)
    yield Picture("mixtures", "How far each way goes", message, figure, dots.series(table))
