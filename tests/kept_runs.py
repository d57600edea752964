"""The tables of results in the README files, from the committed numbers of the runs that made them.

The default run's are in metrics/, the others in metrics/kept/, where `stages.tools.keep` puts them.
"""

import json
import math
import statistics
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from stages.core import paths
from stages.core.records import LABELLED, PROMPTED
from stages.rendering.content import words
from stages.rendering.content.combination import Mean, Over
from stages.rendering.content.worth import Worth, labels
from stages.stats.scoring import evaluated, headline, rollup
from tests.pipeline import ROOT

METRICS = {"accuracy": "accuracy", "macro_f1": "macro-F1"}
BASE = "real"
WAYS = {"zero-shot": "zero_shot", "few-shot": "few_shot"}
WORTH = (*WAYS, "LLM labels")
SLOPES = ("item_slope", "label_slope")  # over single texts, and within labels
NONE = "*No such run is kept yet.*"


class Run(NamedTuple):
    """A run that README shows."""

    title: str
    folder: Path  # of details/; relative to the repository's root
    params: Path
    pages: Path

    def details(self, *names: str) -> Any:
        """What a file of its details holds."""
        path = ROOT.joinpath(self.folder, "details", *names)
        return json.loads(path.read_text(encoding="utf-8"))

    def settings(self) -> dict[str, Any]:
        """Its params."""
        content: dict[str, Any] = yaml.safe_load((ROOT / self.params).read_text(encoding="utf-8"))
        return content

    def page(self, name: str, text: str) -> str:
        """A link to one of its pages."""
        return f"[{text}]({(self.pages / name).as_posix()}.md)"

    @property
    def exists(self) -> bool:
        """Whether it has been kept."""
        return (ROOT / self.folder / "details").exists()


def kept(name: str, title: str) -> Run:
    """A run of metrics/kept."""
    folder = Path("metrics") / "kept" / name
    return Run(title, folder, folder / "params.yaml", folder)


SIXTEEN = kept("sixteen", "sixteen public sets")
GRIDS = (
    Run("the sample corpus", Path("metrics"), Path("params.yaml"), paths.PAGES),
    SIXTEEN,
    kept("public", "ten public sets"),
    kept("public_equal", "ten public sets"),
)
ANNOTATED = kept("annotated", "sets with known annotators")
WRITTEN = kept("annotated_synthetic", "the same with synthetic texts")


def study() -> str:
    """The sixteen sets in one short table: each source's score and gap, and what it is worth."""
    if not SIXTEEN.exists:
        return NONE
    heads = ["trained on", "macro-F1", "gap to real", "worth in labels: median", "range"]
    rows = []
    for row, source in zip(_means(SIXTEEN), SIXTEEN.settings()["grid"]["sources"], strict=True):
        who, score, gap, tasks = row[1], *row[4:]
        rows.append([who, score, gap, *_worths(source), tasks])
    return _table([*heads, "tasks"], rows)


def _worths(source: str) -> list[str]:
    """What a source is worth on its middle task, and the least and most that can be read off."""
    if source == BASE:
        return ["", ""]
    found = []
    for task in SIXTEEN.settings()["grid"]["tasks"]:
        worth = Worth.model_validate(SIXTEEN.details("worth", f"{task}.json"))
        count = worth.sources[source].metrics["macro_f1"].worth["plain"].mean.labels
        found.append({"below": -math.inf, "above": math.inf}.get(str(count)) or float(count))
    known = [count for count in found if math.isfinite(count)]
    beyond = len(found) - len(known)
    ends = f"{min(known):,.0f} to {max(known):,.0f}"
    return [f"{statistics.median(found):,.0f}", ends + f" ({beyond} not read off)" * bool(beyond)]


def results() -> str:
    """Mean scores and gaps of every run, and on how many tasks a source wins or loses."""
    heads = ["run", "trained on"]
    heads += [head for name in METRICS.values() for head in (name, "gap to real")]
    return _table([*heads, "tasks"], (row for run in GRIDS if run.exists for row in _means(run)))


def _means(run: Run) -> Iterator[list[str]]:
    settings = run.settings()
    grid, level = settings["grid"], settings["evaluate"]["level"]
    models = [*grid["models"], *grid["probes"]]
    found = {
        task: evaluated.parse(run.details("scores", f"{task}.json"), f"{run.folder}: {task}")
        for task in grid["tasks"]
    }
    scores = rollup.score_table(found, models, grid["sources"])
    means = rollup.mean_table(scores, level)
    metric = settings["summarize"]["metric"]
    outcomes = headline.headline(scores, means, metric, 1 - level).outcomes
    size = settings["train"]["texts_per_label"] or "all"
    label = run.page("table", f"{run.title}, {size} texts per label")
    for keys, rows in means.groupby(["model", "source"], sort=False):
        model, source = map(str, keys)
        by_metric = rows.set_index("metric").to_dict("index")
        cells = [cell for name in METRICS for cell in _score_and_gap(by_metric[name])]
        who = words.name(source) if len(models) == 1 else f"{words.name(source)}, {model}"
        yield [label, who, *cells, outcomes[model].get(source, "")]
        label = ""


def _score_and_gap(row: Mapping[Any, Any]) -> list[str]:
    ends = words.interval(100 * row["low"], 100 * row["high"], 1)
    score = f"{words.percent(row['mean'])} {ends}"
    if row["gap"] != row["gap"]:  # NaN: real itself
        return [score, ""]
    ends = words.interval(100 * row["gap_low"], 100 * row["gap_high"], 1, sign=True)
    return [score, f"{words.points(row['gap'])} {ends}"]


def subjectivity() -> str:
    """The gap's correlation with subjectivity in every run on real texts."""
    found = {run: _correlations(run) for run in GRIDS[1:] if run.exists}
    heads = ["source", "score", "gap"]
    for run in found:
        size = run.settings()["train"]["texts_per_label"] or "all"
        title = f"{run.title}, {size} texts per label"
        heads += [run.page("subjectivity", title) + ": rho", "skill"]
    keys = dict.fromkeys(key for blocks in found.values() for key in blocks)
    rows = []
    for key in keys:
        source, metric, scale = key
        cells = [cell for blocks in found.values() for cell in _correlation(blocks.get(key))]
        rows.append([words.name(source), METRICS[metric], scale, *cells])
    return _table(heads, rows)


def _correlations(run: Run) -> dict[tuple[str, str, str], Mapping[str, Any]]:
    """Of the first model: source, metric, scale -> its numbers."""
    sources = _of_first(run.details("correlations.json").get("subjectivity", {}))
    return {
        (source, metric, scale): block
        for source in (*run.settings()["grid"]["sources"], PROMPTED)
        for metric, scales in sources.get(source, {}).items()
        for scale, block in scales.items()
    }


def _correlation(block: Mapping[str, Any] | None) -> list[str]:
    if not block or "spearman_value" not in block:
        return [words.ABSENT, words.ABSENT]
    rho = {end: block[f"spearman_{end}"] for end in ("value", "low", "high", "p")}
    return [_joined(rho), words.number(block["leave_one_out_skill"])]


def ways() -> str:
    """Every way to get training data on one scale, by macro-F1: its score, its worth in labels."""
    if not SIXTEEN.exists:
        return NONE
    heads = ["task", "real, all", *WAYS, "LLM labels", "texts", "agree with people's"]
    heads = [head for way in heads for head in ([way, "worth"] if way in WORTH else [way])]
    rows = []
    for task in SIXTEEN.settings()["grid"]["tasks"]:
        scores = evaluated.parse(SIXTEEN.details("scores", f"{task}.json"), task)
        worth = Worth.model_validate(SIXTEEN.details("worth", f"{task}.json"))
        own = _of_first(scores.scores)
        cells = [f"{words.percent(own[BASE]['macro_f1'].mean)} ({worth.basis.texts:,})"]
        for source in (*WAYS.values(), LABELLED):
            reading = worth.sources[source].metrics["macro_f1"].worth["plain"]
            shown = " ".join(labels(reading.mean, worth.basis))
            cells += [words.percent(own[source]["macro_f1"].mean), shown]
        rows.append([task, *cells, f"{worth.sources[LABELLED].texts:,}", *_llm(scores)])
    return _table([*heads, "LLM at run time"], rows)


def _llm(found: evaluated.Evaluated) -> tuple[str, str]:
    """The share of an LLM's labels that are people's, and its own score on the test sample."""
    said = found.labelling
    if said is None:
        return words.ABSENT, words.ABSENT
    score = said.prompted.scores.get("macro_f1")
    asked = f"{words.percent(score.mean)} ({said.prompted.n:,})" if score else words.ABSENT
    return f"{words.percent(said.agreement.overall.share)} %", asked


def mixtures() -> str:
    """Ways to combine few labels by people, an LLM's labels and written texts."""
    if not SIXTEEN.exists:
        return NONE
    over = Over.model_validate(SIXTEEN.details("combined.json"))
    counts = sorted(over.means, key=int, reverse=True)
    heads = ["what the classifier is trained on"]
    heads += [f"{name}, {int(n):,} LLM labels" for n in counts for name in METRICS.values()]
    rows = []
    for way, title in over.titles().items():
        means = [over.means[n].get(way, {}).get(metric) for n in counts for metric in METRICS]
        rows.append([title, *(_share(mean) for mean in means)])
    return _table(heads, rows)


def _share(mean: Mean | None) -> str:
    if mean is None or mean.share is None:
        return words.ABSENT
    ends = words.interval(100 * mean.share.low, 100 * mean.share.high, 0)
    return f"{words.number(100 * mean.share.value, 0)} {ends}"


def agreement() -> str:
    """How annotators agree, and how accuracy on real texts rises with it."""
    known, others = _analysed(ANNOTATED), _analysed(WRITTEN)
    analysed = {**known, **others, **known}
    heads = ["set", "items", "alpha", "mean a", "test texts", "slope", "slope within labels"]
    rows = []
    for task, facts in analysed.items():
        slopes = _of_first(facts["thresholds"].get("slopes", {})).get(BASE, {})
        people = facts["agreement"]
        cells = [f"{people['items']:,}", *map(_joined, map(people.get, ("alpha", "mean_a")))]
        cells += [f"{facts['thresholds']['items']:,}"]
        cells += map(_joined, map(slopes.get, SLOPES))
        rows.append([task, *cells])
    return _table(heads, rows)


def agreement_of_sources() -> str:
    """The same slopes of classifiers trained on synthetic texts, beside real's."""
    heads = ["set", "source", "slope", "minus real's", "slope within labels", "minus real's"]
    rows = []
    for task, facts in _analysed(WRITTEN).items():
        sources = _of_first(facts["thresholds"].get("slopes", {}))
        for source in WRITTEN.settings()["grid"]["sources"]:
            slopes = sources.get(source, {})
            if "difference" in slopes:
                pairs = [(slopes.get(n), slopes["difference"].get(n)) for n in SLOPES]
                cells = [_joined(estimate) for pair in pairs for estimate in pair]
                rows.append([task, words.name(source), *cells])
    return _table(heads, rows)


def replacement() -> str:
    """Whether an LLM's labels may stand for an annotator's."""
    heads = ["set", "texts", "LLM at least as close as an annotator, %"]
    heads += ["agrees with unanimous, %", "with disputed, %", "annotators beaten"]
    rows = []
    for task, facts in _analysed(ANNOTATED).items():
        found = facts.get("replacement", {})
        if not found.get("items"):
            continue
        parts = (found["advantage"], found["unanimous"], found["disputed"])
        shares = [" ".join(words.estimate(part, 1, 100)).strip() for part in parts]
        beaten = "too few texts each"
        if "winning_rate" in found:
            beaten = f"{round(found['winning_rate'] * found['tested'])} of {found['tested']}"
        rows.append([task, f"{found['items']:,}", *shares, beaten])
    return _table(heads, rows)


def _analysed(run: Run) -> dict[str, Any]:
    """What analyze found of its tasks."""
    if not run.exists:
        return {}
    tasks = run.settings()["grid"]["tasks"]
    return {task: run.details("analysis", f"{task}.json") for task in tasks}


def _of_first(models: Mapping[str, Any]) -> Mapping[str, Any]:
    """By source, of the first model: README shows one."""
    return next(iter(models.values()), {})


def commands() -> str:
    """How to repeat every kept run."""
    lines = []
    for folder in sorted((ROOT / "metrics" / "kept").glob("*/run.json")):
        record = json.loads(folder.read_text(encoding="utf-8"))
        lines += [f"# {folder.parent.name}, {record['date']}", record["command"]]
    return "\n".join(["```bash", *lines, "```"])


def _joined(found: Mapping[str, float] | None) -> str:
    return " ".join(words.estimate(found)).strip()


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(cells)} |" for cells in (heads, ["---"] * len(heads), *rows)]
    return "\n".join(lines) if len(lines) > 2 else NONE


BLOCKS: dict[str, Callable[[], str]] = {
    "results": results,
    "ways": ways,
    "mixtures": mixtures,
    "subjectivity": subjectivity,
    "agreement": agreement,
    "agreement-sources": agreement_of_sources,
    "replacement": replacement,
    "kept-runs": commands,
}
