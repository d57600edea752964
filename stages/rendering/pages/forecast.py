"""What would each way lose, before money is spent? And which of a task's sets is the best?"""

from collections.abc import Mapping

import pandas as pd

from stages.core.records import PROMPTED
from stages.rendering.content import run as about
from stages.rendering.content import words
from stages.rendering.content.facts import MetricFact
from stages.rendering.content.forecasts import Forecasted, Forecasts
from stages.rendering.content.page import Cell, Column, Note, Page, Picture, Row, Table
from stages.rendering.content.run import Run
from stages.rendering.figures import dots

DRAWN = "accuracy"
BY_PEOPLE = "own_labels"  # the signal that needs labels
_HEAD = (Column("way"), Column("score"))
SIGNALS = {
    "llm_labels": "score against the LLM's labels of real texts",
    "cosine": "mean cosine with unlabelled real texts",
    "medoid": "mean cosine with their medoid",
    "mmd": "small maximum mean discrepancy (MMD)",
    "pad": "small proxy A-distance (PAD)",
    "confidence": "the classifier's confidence on them",
    "own_labels": "score on own labels by people",
}
PREDICTORS = {
    "pilot": "pilot's score",
    "pad": "PAD",
    "subjectivity": "subjectivity",
    "agreement": "agreement",
    "confidence": "confidence",
    "texts_per_label": "texts per label",
}


def page(run: Run, found: Forecasts, table: pd.DataFrame) -> Page:
    """What the forecasts are worth, each task's, and what orders sets."""
    metrics = run.explained.metrics
    order = (*run.sources, PROMPTED)
    ways = dict(sorted(found.ways.items(), key=lambda item: order.index(item[0])))
    found = found.model_copy(update={"ways": ways})
    tables = (worth(found, metrics), alone(found, metrics), ordering(found, metrics))
    return Page(
        "forecast",
        "What would each way lose? Forecasts before money is spent",
        (
            verdict(found, metrics),
            *leading(found, metrics),
            f"Gaps of {found.model}. {about.provenance(run)}",
        ),
        about.warnings(run),
        tuple(pictures(run, found, table)),
        tuple(table for table in tables if table.rows),
        tuple(notes(found)),
    )


def better(found: Forecasted) -> bool:
    """Whether the skill's whole interval lies above 0."""
    return not found.withheld and found.skill["all"]["low"] > 0


def verdict(found: Forecasts, metrics: Mapping[str, MetricFact]) -> str:
    """Which forecasts are better than the mean of the other tasks, and which are not."""
    told: dict[bool, list[str]] = {True: [], False: []}
    for way, by_metric in found.ways.items():
        for metric, one in by_metric.items():
            if not one.withheld:
                told[better(one)].append(f"{words.name(way)} ({metrics[metric].title})")
    if not (told[True] or told[False]):
        return "No forecast: too few tasks have a gap and what it would be forecast from."
    said = "A new task's gap is forecast better than by the mean of the other tasks: "
    said += f"{words.listed(told[True])}." if told[True] else "for no way."
    if told[False]:
        said += f" No better than the mean: {words.listed(told[False])}."
    return said


def leading(found: Forecasts, metrics: Mapping[str, MetricFact]) -> list[Note]:
    """Which signal without labels by people orders a task's sets best, and how surely."""
    said: list[Note] = []
    for metric, by_signal in found.sets.items():
        free = {n: one.rho for n, one in by_signal.items() if one.rho and n != BY_PEOPLE}
        if not free:
            continue
        name = max(free, key=lambda signal: free[signal]["value"])
        rho = free[name]
        ends = words.interval(rho["low"], rho["high"])
        sure = "lies above 0, but" if rho["low"] > 0 else "reaches 0, and"
        said.append(
            f"Sets of one task, by {metrics[metric].title}: ordered best without labels by "
            f"{SIGNALS[name]} (rho {words.number(rho['value'])} {ends}). This interval "
            f"{sure} does not allow for the choice among {len(free)} signals."
        )
    return said


def worth(found: Forecasts, metrics: Mapping[str, MetricFact]) -> Table:
    """Errors, skill and intervals of the forecasts by all predictors, tasks left out in turn."""
    lines: list[Row] = []
    for way, by_metric in found.ways.items():
        for metric, one in by_metric.items():
            head = (Cell(words.name(way)), Cell(metrics[metric].title))
            if one.withheld:
                lines.append((*head, Cell(f"none: {one.withheld}"), *[Cell()] * 6))
                continue
            ours, plain = one.by_all, one.by_mean
            lines.append(
                (
                    *head,
                    Cell(str(one.tasks)),
                    Cell(words.percent(ours["error"]), f"mean {words.percent(plain['error'])}"),
                    words.estimate(one.skill["all"]),
                    Cell("yes" if better(one) else "no"),
                    Cell(words.percent(one.level)),
                    Cell(words.percent(ours["coverage"])),
                    Cell(words.percent(ours["width"]), f"mean {words.percent(plain['width'])}"),
                )
            )
    names = ("tasks", "error, points", "skill", "better than the mean?", "level, %", "covered, %")
    columns = [Column(name, numeric=name != "better than the mean?") for name in names]
    columns.append(Column("interval's width, points", numeric=True))
    return Table("Forecasts of the gap to real", (*_HEAD, *columns), tuple(lines))


def alone(found: Forecasts, metrics: Mapping[str, MetricFact]) -> Table:
    """The skill of each predictor by itself."""
    lines = [
        (
            Cell(words.name(way)),
            Cell(metrics[metric].title),
            *(words.estimate(one.skill.get(name)) for name in PREDICTORS),
        )
        for way, by_metric in found.ways.items()
        for metric, one in by_metric.items()
        if not one.withheld
    ]
    columns = [Column(title, numeric=True) for title in PREDICTORS.values()]
    return Table("Skill of each predictor by itself", (*_HEAD, *columns), tuple(lines))


def ordering(found: Forecasts, metrics: Mapping[str, MetricFact]) -> Table:
    """How well each signal orders the sets of a task, and what choosing by it loses."""
    lines: list[Row] = []
    for metric, by_signal in found.sets.items():
        for signal, title in SIGNALS.items():
            one = by_signal[signal]
            head = (Cell(title), Cell(metrics[metric].title), Cell(str(one.tasks)))
            lost = words.estimate(one.lost, 1, 100)
            chance = words.estimate(one.by_chance, 1, 100)
            lines.append((*head, words.estimate(one.rho), lost, chance))
    names = ("tasks", "Spearman's rho within a task", "points lost", "lost by chance")
    columns = (*map(Column, ("signal", "score")), *(Column(n, numeric=True) for n in names))
    return Table("Which set of one task is best?", columns, tuple(lines))


def notes(found: Forecasts) -> list[Note]:
    """What everything is, and what is missing."""
    basis, level = found.basis, words.number(100 * found.basis.level, 0)
    told = [one for by in found.ways.values() for one in by.values() if not one.withheld]
    tried = sum(len(one.skill) for one in told)
    said: list[Note] = [
        "Forecast: ridge regression on all predictors, fitted to the other tasks; its penalty is "
        "their number, as if they explained half of the variance. The predictors were named "
        "beforehand; none was chosen by its result. Skill: share of the squared error of the other "
        "tasks' mean that a forecast saves; below 0 the mean does better. Its intervals "
        f"({level} %) come from resampled tasks, p from permuted ones, corrected for the number of "
        f"forecasts tried for the same way and score ({tried} in all), not for the {len(told)} "
        "pairs of way and score.",
        f"Pilot: a probe on the first {basis.pilot} texts of each label, at most half of what was "
        f"written, scored on {basis.own_labels} own labels. PAD: how surely a classifier tells "
        f"these texts from at most {basis.unlabelled} unlabelled real ones (2: always, 0: never). "
        "Agreement: of the LLM's labels with the same own labels. Confidence: the mean of what the "
        "LLM states. Texts per label: as many as the LLM labelled, on a log scale. "
        f"{words.counted(basis.draws, 'draw')} of the own labels; errors are means over them.",
        "Intervals of forecasts are conformal (jackknife+, Barber et al. 2021): where tasks are "
        f"exchangeable, a new one lies inside with about {level} %, and with "
        f"{words.number(max(0.0, 200 * basis.level - 100), 0)} % whatever the distribution. From n "
        "other tasks no level above n / (n + 1) is attainable. A task of another kind than these "
        "is not covered: on sets that the LLM does not know, its labels can be far worse.",
        "Sets of a task: the first and the second half of each strategy's texts. Points lost: "
        "score of the best set less that of the set with the best signal; by chance: less that of "
        "a set drawn at random. All signals but the score on own labels need no label by people.",
    ]
    return said + gaps_in(found)


def gaps_in(found: Forecasts) -> list[Note]:
    """Tasks that lack a predictor, and predictors that too few tasks have."""
    lacking: dict[str, str] = {}
    unknown: dict[str, int] = {}
    for by_metric in found.ways.values():
        for one in by_metric.values():
            lacking |= one.lacking
            unknown |= one.unknown
    said: list[Note] = []
    if lacking:
        parts = (f"{task} ({_titles(names)})" for task, names in lacking.items())
        said.append(f"Not forecast, since something is not known of them: {'; '.join(parts)}.")
    if unknown:
        said.append(f"Left out, known of too few tasks: {_titles(', '.join(unknown))}.")
    return said


def _titles(names: str) -> str:
    return ", ".join(PREDICTORS.get(name, name) for name in names.split(", "))


def pictures(run: Run, found: Forecasts, table: pd.DataFrame) -> list[Picture]:
    """Each task's forecast with its interval beside the gap that was measured."""
    rows = table[table["metric"] == DRAWN] if len(table) else table
    if rows.empty:
        return []
    forecast = rows.rename(columns={"forecast": "value"})[["task", "way", "value", "low", "high"]]
    measured = rows[["task", "way", "gap", "gap_low", "gap_high"]].dropna()
    measured.columns = forecast.columns
    both = pd.concat([forecast.assign(source="forecast"), measured.assign(source="measured")])
    ends = ["value", "low", "high"]
    drawn = both.assign(panel=both["way"].map(words.name), **{n: 100 * both[n] for n in ends})
    levels = {one[DRAWN].level for one in found.ways.values() if DRAWN in one}
    level = " to ".join(f"{100 * one:g}" for one in sorted(levels) if one)
    note = (
        "accuracy: way minus real, points\n"
        f"bars: forecast {level} %, conformal, from the other tasks (first draw of own labels); "
        f"measured {100 * run.explained.scores.level:g} %, held: {about.held(run)}"
    )
    figure = dots.draw(drawn.drop(columns="way"), ("forecast", "measured"), note, zero=True)
    message = f"{verdict(found, run.explained.metrics)} The figure shows {DRAWN}."
    return [
        Picture(
            "forecast", "Gap to real, forecast and measured", message, figure, dots.series(drawn)
        )
    ]
