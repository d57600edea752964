"""Ways to combine texts over all tasks."""

from stages.stats.scoring import combined
from stages.stats.scoring.closed import Way
from stages.stats.scoring.combined import METRICS, Combined, Found
from stages.stats.scoring.evaluated import Gap, Score

TITLES = {"human": "people's labels", "llm": "LLM labels"}


def found(mean: float, less: float | None = None) -> Found:
    """A way with this score, so much better than people's few labels."""
    score = Score(mean=mean, se=0.01, df=9, low=mean - 0.02, high=mean + 0.02, noise="test texts")
    way = Way(gone=mean - 0.5, whole=0.4, variance_gone=0, variance_whole=0, covariance=0, df=9)
    gaps = {}
    if less is not None:
        low, high = less - 0.02, less + 0.02
        gap = Gap(difference=less, se=0.01, df=9, low=low, high=high, p=0, noise="test texts")
        gaps = dict.fromkeys(METRICS, gap)
    return Found(
        n_human=0,
        n_llm=0,
        n_written=0,
        n_unlabelled=0,
        scores=dict.fromkeys(METRICS, score),
        to_human=gaps,
        way=dict.fromkeys(METRICS, way),
    )


def task(**numbers: dict[str, Found]) -> Combined:
    """A task with ways by number of LLM labels, such as n100."""
    ways = {number[1:]: own for number, own in numbers.items()}
    return Combined(level=0.95, n_test=50, ends={}, ways=ways, skipped={})


def test_numbers_of_labels_are_matched_by_rank() -> None:
    """The largest of each task are averaged together; a task with one number has it twice."""
    many = task(n100={"llm": found(0.8)}, n20={"llm": found(0.6)})
    few = task(n60={"llm": found(0.7)})
    means = combined.over({"a": many, "b": few}, TITLES, 0.95).means
    assert {n: round(m["llm"]["accuracy"].score, 6) for n, m in means.items()} == {
        "100": 0.75,
        "60": 0.65,
    }
    share = means["100"]["llm"]["macro_f1"].share
    assert share and round(share.value, 6) == 0.625


def test_means_are_over_the_same_tasks() -> None:
    """A task that lacks a way is in no mean; wins and losses are counted."""
    first = task(n9={"human": found(0.5), "llm": found(0.7, 0.2)})
    second = task(n9={"human": found(0.6), "llm": found(0.5, -0.1)})
    third = task(n0={"human": found(0.7)})
    over = combined.over({"a": first, "b": second, "c": third}, TITLES, 0.95)
    llm, human = (over.means["9"][way]["accuracy"] for way in ("llm", "human"))
    assert (llm.tasks, llm.better, llm.worse) == (2, 1, 1)
    assert (human.tasks, human.better, round(human.score, 6)) == (2, 0, 0.55)
    assert [over.ways[way].place for way in TITLES] == [0, 1]


def test_no_way_at_all() -> None:
    """Without ways there are no means."""
    assert combined.over({"a": task()}, TITLES, 0.95).means == {}
