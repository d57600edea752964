"""Where each stage writes; dvc.yaml says the same, and a test holds the two together."""

import os
from pathlib import Path

DATA = Path("data")
CARDS = DATA / "tasks"
PAPER = DATA / "paper.yaml"  # what the reproduced paper reports, written by hand
OWN = DATA / "own"  # users' files as they were given, under DVC
SAMPLE = DATA / "sample"  # the sample corpus, in Git
EXPLAINED = DATA / "explained"  # explain: facts and tables about all tasks together
FORECAST = DATA / "forecast"  # forecast: facts and tables about all tasks together
METRICS = Path("metrics")
DETAILS = METRICS / "details"  # summarize: all numbers of a run, in Git and no DVC metrics
CHECKED = DATA / "checked.json"  # check: nothing but that nothing is wrong
KEPT = METRICS / "kept"  # details, params and pages of runs that README shows
VERDICT = METRICS / "verdict.json"  # verdict: the decision in a few words, of all tasks
PLOTS = Path("plots")
PAGES = PLOTS / "pages"  # report: Markdown, one file per question
FIGURES = PLOTS / "figures"  # report: SVG
REPORT = PLOTS / "report.html"  # report: one file with all of it; holds texts, so not in Git
SERIES = PLOTS / "series"  # report: the numbers behind figures, for `dvc plots`


def user_cache() -> Path:
    """What a user's projects share: SYNTHWORTH_CACHE, else `synthworth` in the cache folder."""
    chosen = os.environ.get("SYNTHWORTH_CACHE")
    if chosen:
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "synthworth"


def card(task: str) -> Path:
    """The task's card, written by hand."""
    return CARDS / f"{task}.yaml"


def grid(task: str) -> Path:
    """grid: the task's sources and what each is made of, for those who need only this task's."""
    return DATA / "grid" / f"{task}.jsonl"


def own(task: str) -> Path:
    """The user's files of a task as they were given, put there by hand and kept by DVC."""
    return OWN / task


def ready(task: str) -> Path:
    """fetch: texts that an LLM wrote already, one parquet table per source."""
    return DATA / "ready" / task


def real(task: str) -> Path:
    """fetch: train, validation, test and pool as parquet; annotations where the source has them."""
    return DATA / "real" / task


def labels(task: str) -> Path:
    """fetch: the card's labels in its order, for those who need nothing else of the card."""
    return real(task) / "labels.jsonl"


def recorded(task: str, strategy: str) -> Path:
    """Replies given once and kept in Git, for generate's provider `recorded`."""
    return DATA / "recorded" / task / f"{strategy}.jsonl"


def prompts(strategy: str) -> Path:
    """A strategy's prompt file, written by hand."""
    return DATA / "prompts" / f"{strategy}.yaml"


def replies(task: str, strategy: str) -> Path:
    """generate: the LLM's raw answers."""
    return DATA / "replies" / task / f"{strategy}.jsonl"


def labelled(task: str) -> Path:
    """label: what an LLM said of real texts, one a line; the counts lie beside."""
    return DATA / "labels" / f"{task}.jsonl"


def unlabelled(task: str) -> Path:
    """fetch: real texts without a label (id, text); only where the task has some."""
    return real(task) / "unlabelled.parquet"


def spare(task: str) -> Path:
    """label: unlabelled texts to test with, never trained on (id, text); often none."""
    return DATA / "spare" / f"{task}.parquet"


def edited(task: str) -> Path:
    """edit: copies of the few-shot examples, edited without an LLM."""
    return DATA / "edited" / f"{task}.parquet"


def synthetic(task: str) -> Path:
    """refine: one parquet table per strategy and ready source."""
    return DATA / "synthetic" / task


def refined(task: str) -> Path:
    """refine: how many texts each filter dropped."""
    return synthetic(task) / "counts.json"


def dropped(task: str) -> Path:
    """refine: the texts that a filter dropped, each with the reason."""
    return synthetic(task) / "dropped.jsonl"


def screened(task: str) -> Path:
    """screen: how many texts each check failed."""
    return DATA / "screened" / f"{task}.json"


def to_people(task: str) -> Path:
    """screen: texts whose LLM's label is too unsure to be used."""
    return DATA / "screened" / f"{task}.to_people.csv"


def sources(task: str) -> Path:
    """screen: the training texts of each source, one parquet table per source."""
    return DATA / "sources" / task


def embeddings(task: str) -> Path:
    """embed: one array for validation, test and each source, rows as in their tables."""
    return DATA / "embeddings" / task


def predictions(task: str, model: str, source: str) -> Path:
    """train: test.parquet (predictions), runs.json, curve.parquet (training curves), models."""
    return DATA / "predictions" / model / task / source


def curves(task: str) -> Path:
    """curves: label codes predicted by classifiers trained on ever more texts of each source."""
    return DATA / "curves" / f"{task}.npz"


def worth(task: str) -> Path:
    """worth: learning curves, and how many real labels each source is worth."""
    return DATA / "worth" / f"{task}.json"


def evaluated(task: str) -> Path:
    """evaluate: scores with intervals and gaps to real of every model and source."""
    return DATA / "evaluated" / f"{task}.json"


def combined(task: str) -> Path:
    """combine: every way to combine labels and written texts, scored."""
    return DATA / "combined" / f"{task}.json"


def combined_over() -> Path:
    """combine: the same over all tasks; in a folder, so that no task's file has its name."""
    return DATA / "combined" / "over" / "tasks.json"


def costs(task: str) -> Path:
    """cost: what every way to a classifier costs, and the score that it brings."""
    return DATA / "costs" / f"{task}.json"


def redraws(task: str) -> Path:
    """cost: every point of every way in each redraw, for verdict."""
    return DATA / "costs" / f"{task}.npz"


def verdict(task: str) -> Path:
    """verdict: what to do, and why."""
    return DATA / "verdicts" / f"{task}.json"


def costs_over() -> Path:
    """cost: the same in the mean over tasks; in a folder likewise."""
    return DATA / "costs" / "over" / "tasks.json"


def analyzed(task: str) -> Path:
    """analyze: what a task's annotators and its sources' texts are like."""
    return analysis(task) / "facts.json"


def analysis(task: str) -> Path:
    """analyze: the facts, and the rows behind them."""
    return DATA / "analysis" / task


def browsed(task: str) -> Path:
    """browse: texts to look at, pairs of near ones, and what they were drawn from."""
    return DATA / "browsed" / task


def explained() -> Path:
    """explain: the facts about all tasks together; its tables lie beside."""
    return EXPLAINED / "facts.json"


def forecast() -> Path:
    """forecast: what the forecasts are worth; its tables lie beside."""
    return FORECAST / "facts.json"


def votes(name: str) -> Path:
    """Votes on which of two tasks is the more objective, collected by hand; provenance beside."""
    return DATA / "votes" / f"{name}.csv"


def annotations(task: str, name: str) -> Path:
    """Labels that a panel of LLM annotators gave a task's real texts; provenance beside."""
    return DATA / "annotations" / task / f"{name}.csv"
