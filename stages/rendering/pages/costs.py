"""What does a score cost, and which way to it is the cheapest?"""

import math
from collections.abc import Mapping

import pandas as pd

from stages.rendering.content import run as about
from stages.rendering.content import words
from stages.rendering.content.costs import (
    ALONE,
    RUN_TIME,
    WITH_REAL,
    Costs,
    MeanCosts,
    MeanPoint,
    OnFrontier,
    name,
)
from stages.rendering.content.facts import Estimate
from stages.rendering.content.page import Cell, Code, Column, Note, Page, Picture, Row, Table
from stages.rendering.content.run import Run
from stages.rendering.figures import frontier

PROMPTED = "prompted"
KINDS = (ALONE, WITH_REAL, RUN_TIME)
MARKS = (
    "per task: training, and {texts:,} texts to classify; bands: {level} % intervals\n"
    "lines: a way's sizes; dashed: real texts added to all of the source\n"
    "markers: the frontier, which no other point beats in both; hollow: its gain over the cheaper\n"
    "marker before is within noise"
)


def page(run: Run, tasks: Mapping[str, Costs], mean: MeanCosts) -> Page:
    """Costs of every way of each task, and of their mean."""
    priced = {task: found for task, found in tasks.items() if not found.basis.withheld}
    withheld = tuple(withheld_notes(tasks))
    if not priced:
        return Page("cost", "What does a score cost?", (about.provenance(run),), notes=withheld)
    metric = run.explained.metrics[mean.basis.metric].title
    tables = (
        cheapest(priced, metric),
        at_run_time(priced, metric),
        on_frontier(mean),
        ways(priced),
    )
    return Page(
        "cost",
        "What does a score cost?",
        (about.provenance(run), *assumed(priced)),
        about.warnings(run),
        tuple(pictures(run, priced, mean, metric)),
        tuple(table for table in tables if table.rows),
        (*notes(priced), *withheld),
    )


def cheapest(tasks: Mapping[str, Costs], metric: str) -> Table:
    """The cheapest way of each task to each score."""
    shares = list(_first(tasks).targets[_metric(tasks)])
    rows: list[Row] = []
    for task, found in tasks.items():
        cells = []
        for target in (found.targets[_metric(tasks)][share] for share in shares):
            score = words.percent(target.score["value"])
            if not target.cheapest:
                cells.append(Cell(f"{score}: no way"))
                continue
            way = target.cheapest
            needed = target.ways[way.kind][way.source]
            money, count = _money(needed.total), math.ceil(needed.labels["value"])
            people = f"{words.counted(count, 'label')} by people" if count else ""
            sure = f"the cheapest in {100 * way.share:.0f} %"
            detail = ", ".join(filter(None, [money.detail, people, sure]))
            cells.append(Cell(f"{score}: {name(way.kind, way.source)}, {money.text}", detail))
        rows.append((Cell(task), *cells))
    heads = (Column(f"{100 * float(share):g} % of real's {metric}") for share in shares)
    note = (
        "In each cell the score, the cheapest way to it (the LLM at run time among them), its US "
        "dollars with their interval, labels by people among them, and in which share of the "
        "resamples no other way was cheaper. No upper end: in some resamples the way does not get "
        "there. Between the sizes of a learning curve costs are read off it, made monotone."
    )
    return Table("The cheapest way to a score", (Column("task"), *heads), tuple(rows), (), (note,))


def at_run_time(tasks: Mapping[str, Costs], metric: str) -> Table:
    """The LLM at run time, and from how many texts on a classifier is cheaper."""
    shares = list(_first(tasks).targets[_metric(tasks)])
    rows: list[Row] = []
    for task, found in tasks.items():
        if PROMPTED not in found.prices:
            continue
        (asked,) = found.ways[RUN_TIME][PROMPTED].values()
        price = found.prices[PROMPTED]
        score = _score(asked.scores[_metric(tasks)])
        cells = [Cell(f"{price.replies:,}"), score, _money(price.usd_per_1000), _money(asked.total)]
        for target in (found.targets[_metric(tasks)][share] for share in shares):
            best = target.classifier
            if not best or "value" not in (best.break_even or {}):
                cells.append(Cell("never" if best else "no classifier"))
                continue
            found_at = best.break_even or {}
            ends = [f"{found_at[end]:,.0f}" for end in ("low", "high") if end in found_at]
            detail = f"[{', '.join(ends)}]" if len(ends) == 2 else ""
            said = f"{found_at['value']:,.0f}: {name(best.kind, best.source)}"
            cells.append(Cell(said, detail))
        rows.append((Cell(task), *cells))
    texts = _first(tasks).basis.texts
    numbers = ("texts labelled", metric, "US dollars per 1,000 texts", f"for {texts:,} texts")
    heads = (Column(number, numeric=True) for number in numbers)
    targets = (Column(f"texts to break even at {100 * float(share):g} %") for share in shares)
    note = (
        "Its score is on the test texts that it has labelled; without an interval where it was "
        "right on all of them. Texts to break even: from so many "
        "on, the cheapest classifier that reaches the share of real's score has cost less than "
        "asking the LLM for each text."
    )
    columns = (Column("task"), *heads, *targets)
    return Table("The LLM at run time, or a classifier", columns, tuple(rows), (), (note,))


def on_frontier(mean: MeanCosts) -> Table:
    """The frontier of the mean over tasks."""
    rows = []
    for point, kind, source in _frontier_points(mean):
        place = point.frontier
        gain = words.estimate(place.gain if place else None, 1, 100, sign=True)
        money, score = Cell(words.money(point.usd)), words.estimate(point.score, 1, 100)
        noise = Cell("" if place and place.sure else "within noise")
        rows.append((money, Cell(name(kind, source)), score, gain, noise))
    heads = (
        Column("US dollars per task", numeric=True),
        Column("way"),
        Column("score", numeric=True),
        Column("gain", numeric=True),
        Column(""),
    )
    note = (
        f"Mean of {words.counted(mean.basis.tasks, 'task')}, each with so much money, for ways "
        "that every task has. Gain: over "
        "the row above, in points; its interval takes the frontier as given, which the same "
        "scores have chosen, so that gains are a little too large."
    )
    return Table("The frontier in the mean over tasks", heads, tuple(rows), (), (note,))


def ways(tasks: Mapping[str, Costs]) -> Table:
    """Each way with all the texts that it has."""
    rows: list[Row] = []
    for task, found in tasks.items():
        full = {(kind, source): (size, point) for kind, source, size, point in found.points()}
        for (kind, source), (size, point) in sorted(
            full.items(), key=lambda each: KINDS.index(each[0][0])
        ):
            texts = words.ABSENT if kind == RUN_TIME else f"{size:,}"
            people = f"{point.labels:,.0f}", words.number(point.hours, 1)
            per_1000 = found.prices[source].usd_per_1000 if kind == RUN_TIME else None
            each = _money(per_1000 or {"value": found.basis.classified})
            score = _score(point.scores[_metric(tasks)])
            money = _money(point.training), each, _money(point.total)
            cells = (task, name(kind, source), texts, *people)
            rows.append((*map(Cell, cells), *money, score))
    numbers = (
        *("texts", "labels by people", "their hours", "US dollars before the first text"),
        *("per 1,000 texts classified", "in all", "score"),
    )
    heads = (Column(number, numeric=True) for number in numbers)
    note = "Texts: of the source; of a way with real texts, so many real ones beside all of it."
    columns = (Column("task"), Column("way"), *heads)
    return Table("Every way with all its texts", columns, tuple(rows), (), (note,))


def assumed(tasks: Mapping[str, Costs]) -> tuple[Note, ...]:
    """The prices that are assumed, and what is not counted."""
    basis = _first(tasks).basis
    priced = [price for found in tasks.values() for price in found.prices.values()]
    tests = [found.basis.tests for found in tasks.values()]
    reading = f", and {100 * basis.read:g} % of the LLM's texts are read" if basis.read else ""
    lines: list[Note] = [
        f"Assumed: a label by a person costs {basis.label.usd:g} US dollars and takes "
        f"{basis.label.seconds:g} seconds{reading}; {basis.texts:,} texts are classified over the "
        f"classifier's life, at {basis.classified:g} US dollars per 1,000 for its machine.",
        "Not counted: real texts, as far as nobody labels them, and the labels of the test texts, "
        f"which every way needs to be measured ({words.between(tests)} per task).",
    ]
    if basis.tokens and any(price.price == "assumed" for price in priced):
        lines.append(
            f"No price is listed for the model of some replies: {basis.tokens['prompt']:g} US "
            f"dollars per million prompt tokens and {basis.tokens['completion']:g} per million "
            "written ones are assumed."
        )
    if any(price.tokens == "estimated" for price in priced):
        lines.append(
            "Nobody counted the tokens of some replies, as of recorded ones: they are estimated, "
            f"one per 4 characters and {basis.uncounted['prompt']:g} for each prompt."
        )
    lines.append(("All of these are in ", Code("params.yaml: cost"), "."))
    return tuple(lines)


def notes(tasks: Mapping[str, Costs]) -> list[Note]:
    """Which noise the intervals hold, and which ways are left out."""
    level = 100 * _first(tasks).basis.level
    lines: list[Note] = [
        f"In brackets: {level:g} % intervals. Those of scores hold test texts and training texts, "
        "those of money the tokens of the replies, drawn again: the mean price of a text. Assumed "
        "prices are taken as given. Examples that an LLM is shown count as labels by people, each "
        "once."
    ]
    reasons: dict[tuple[str, str], list[str]] = {}
    for task, found in tasks.items():
        for source, why in found.left_out.items():
            kind = RUN_TIME if source == PROMPTED else ALONE
            reasons.setdefault((name(kind, source), why), []).append(task)
    lines += [
        f"Left out: {way} ({why}): {words.listed(own)}." for (way, why), own in reasons.items()
    ]
    return lines


def withheld_notes(tasks: Mapping[str, Costs]) -> list[Note]:
    """Why nothing is said of a task."""
    reasons: dict[str, list[str]] = {}
    for task, found in tasks.items():
        if found.basis.withheld:
            reasons.setdefault(found.basis.withheld, []).append(task)
    return [f"No costs ({why}): {words.listed(own)}." for why, own in reasons.items()]


def pictures(run: Run, tasks: Mapping[str, Costs], mean: MeanCosts, metric: str) -> list[Picture]:
    """Score against cost: in the mean over several tasks, and of each."""
    level, texts = f"{100 * mean.basis.level:g}", _first(tasks).basis.texts
    note = f"{MARKS.format(texts=texts, level=level)}\n{about.real_texts(run)}"
    drawn = {}
    if len(tasks) > 1:
        title = f"Score against cost, mean of {mean.basis.tasks} tasks"
        drawn["cost"] = (title, _said(mean), mean_series(mean))
    for task, found in tasks.items():
        message = "The numbers are in the tables below."
        drawn[f"cost_{task}"] = (f"Score against cost, {task}", message, task_series(found))
    pictures = []
    for file, (title, message, table) in drawn.items():
        figure = frontier.draw(table, (*run.sources, PROMPTED), metric, note)
        alternative = f"{title}, by way; {metric}. {message}"
        pictures.append(Picture(file, title, alternative, figure, frontier.series(table)))
    return pictures


def task_series(found: Costs) -> pd.DataFrame:
    """The points of a task: kind, source, usd, value, low, high, order, sure."""
    metric = found.basis.metric
    rows = []
    for kind, source, _, point in found.points():
        place = point.frontier.get(metric)
        rows.append(_row(kind, source, point.total["value"], point.scores[metric], place))
    return pd.DataFrame(rows)


def mean_series(mean: MeanCosts) -> pd.DataFrame:
    """The points of the mean over tasks, likewise."""
    rows = [
        _row(kind, source, point.usd, point.score, point.frontier)
        for kind, sources in mean.means[mean.basis.metric].items()
        for source, points in sources.items()
        for _, point in sorted(points.items())
    ]
    return pd.DataFrame(rows)


def _row(
    kind: str, source: str, usd: float, score: Estimate, place: OnFrontier | None
) -> dict[str, object]:
    stub = {"kind": kind, "source": source, "usd": usd}
    ends = {end: 100 * score[end] for end in ("value", "low", "high")}
    order = float(place.order) if place else float("nan")
    return {**stub, **ends, "order": order, "sure": bool(place and place.sure)}


def _frontier_points(mean: MeanCosts) -> list[tuple[MeanPoint, str, str]]:
    """The points on the frontier by rising cost, with kind and source."""
    found = [
        (point.frontier.order, (point, kind, source))
        for kind, sources in mean.means.get(mean.basis.metric, {}).items()
        for source, points in sources.items()
        for point in points.values()
        if point.frontier
    ]
    return [each for _, each in sorted(found, key=lambda one: one[0])]


def _said(mean: MeanCosts) -> str:
    """What the most money buys, in a sentence."""
    point, kind, source = _frontier_points(mean)[-1]
    score, money = words.percent(point.score["value"]), words.money(point.usd)
    return f"The highest, {score} per cent: {name(kind, source)} for {money} US dollars per task."


def _score(found: Estimate) -> Cell:
    """A score in per cent; without an interval where all resamples are alike."""
    cell = words.estimate(found, 1, 100)
    return cell._replace(detail="") if found["high"] - found["low"] < 1e-9 else cell


def _money(found: Estimate) -> Cell:
    """A sum with its interval, as far as it is known."""
    ends = [words.money(found[end]) for end in ("low", "high") if end in found]
    same = set(ends) == {words.money(found["value"])}
    if "low" in found and "high" not in found:
        ends.append("…")
    return Cell(words.money(found["value"]), "" if same or not ends else f"[{', '.join(ends)}]")


def _first(tasks: Mapping[str, Costs]) -> Costs:
    """What is the same for all tasks can be read off any."""
    return next(iter(tasks.values()))


def _metric(tasks: Mapping[str, Costs]) -> str:
    return _first(tasks).basis.metric
