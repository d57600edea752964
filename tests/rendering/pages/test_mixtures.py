"""What the page on mixtures says."""

from stages.rendering.content.combination import (
    Combination,
    Found,
    Gap,
    Mean,
    Named,
    Over,
    Score,
    Share,
)
from stages.rendering.content.page import plain
from stages.rendering.pages import mixtures
from tests.rendering.pages import toy
from tests.rendering.pages.toy import TASKS, words

WAYS = {"human": "people's labels", "llm": "LLM labels"}
METRICS = ("accuracy", "macro_f1")


def found(n_llm: int, mean: float, below: bool = False) -> Found:
    """A way with this score, below real texts and people's labels or not."""
    difference = -0.2 if below else 0.1
    gap = Gap(difference=difference, low=difference - 0.05, high=difference + 0.05)
    return Found(
        n_human=0 if n_llm else 50,
        n_llm=n_llm,
        n_written=0,
        n_unlabelled=0,
        scores=dict.fromkeys(METRICS, score(mean)),
        to_real=dict.fromkeys(METRICS, gap),
        to_human=dict.fromkeys(METRICS, gap),
    )


def score(mean: float) -> Score:
    return Score(mean=mean, low=mean - 0.05, high=mean + 0.05)


def task(numbers: tuple[int, ...]) -> Combination:
    """A task with so many LLM labels; its people's labels are below chance's reach."""
    ways = {
        str(n): {"human": found(0, 0.6, below=True), "llm": found(n, 0.8)}
        if n
        else {"human": found(0, 0.6)}
        for n in numbers
    }
    ends = {
        source: dict.fromkeys(METRICS, score(m))
        for source, m in (("zero_shot", 0.5), ("real", 0.9))
    }
    skipped = {} if all(numbers) else {"llm": "0 real texts with a label by the LLM"}
    return Combination(level=0.95, n_test=60, ends=ends, ways=ways, skipped=skipped)


def over(share: Share | None) -> Over:
    mean = Mean(tasks=2, score=0.8, share=share, better=1, worse=0)
    means = {n: {way: dict.fromkeys(METRICS, mean) for way in WAYS} for n in ("1000", "260")}
    named = {way: Named(title=t, place=p) for p, (way, t) in enumerate(WAYS.items())}
    return Over(ways=named, means=means)


FOUND = {TASKS[0]: task((1000, 260)), TASKS[1]: task((0,))}
SHARE = Share(value=0.9, low=0.8, high=0.97)


def test_each_way_over_all_tasks() -> None:
    """How many texts it has, its score, the share of the way, and wins over people's labels."""
    first, second = mixtures.means(FOUND, over(SHARE))
    assert first.title == "Mean over tasks, at most 1,000 LLM labels"
    assert words(first)[1] == [
        *("LLM labels", "0", "1,000", "0", "0", "2"),
        *["80.0", "90 [80, 97]"] * 2,
        *("1 / 0", "1 / 0"),
    ]
    assert "260" in second.title


def test_each_way_on_each_task() -> None:
    """Marks where it is below; a dash where a task does not have it; the ends beside."""
    tables = list(mixtures.scores(FOUND, over(SHARE)))
    assert [table.title for table in tables[:2]] == [
        "accuracy, at most 1,000 LLM labels",
        "macro-F1, at most 1,000 LLM labels",
    ]
    first, second = words(tables[0])
    ends = ["50.0 [45.0, 55.0]", "90.0 [85.0, 95.0]"]
    assert first == [TASKS[0], *ends, "60.0 [55.0, 65.0]†‡", "80.0 [75.0, 85.0]"]
    assert second == [TASKS[1], *ends, "60.0 [55.0, 65.0]", "–"]


def test_what_is_left_out_is_said() -> None:
    """Which ways, why and of which task."""
    said = " ".join(plain(note) for note in mixtures.page(toy.run(), FOUND, over(SHARE)).notes)
    assert "Left out (0 real texts with a label by the LLM; moods): LLM labels." in said


def test_the_figure_shows_shares_of_the_way() -> None:
    """A panel per number of labels; none where there is no way to go."""
    (picture,) = mixtures.pictures(FOUND, over(SHARE))
    assert len(picture.series) == 8 and set(picture.series["value"]) == {90.0}
    assert "90 % [80, 97]" in picture.alternative
    assert list(mixtures.pictures(FOUND, over(None))) == []


def test_nothing_to_combine() -> None:
    """A page without tables says so."""
    bare = Combination(level=0.95, n_test=9, ends={}, ways={}, skipped={"llm": "no real texts"})
    nothing = over(None).model_copy(update={"means": {}})
    page = mixtures.page(toy.run(), {TASKS[0]: bare}, nothing)
    assert page.tables == () and "No way to combine" in plain(page.notes[0])


def test_what_the_weights_and_labels_rest_on() -> None:
    """Weights set on tasks like these are no blind choice, and the examples are labels, too."""
    said = " ".join(plain(note) for note in mixtures.page(toy.run(), FOUND, over(SHARE)).lead)
    assert "set after trials on nine public sets" in said
    assert "beside the labels counted here" in said


def test_labels_that_save_none_do_not_lead() -> None:
    """People's labels of the same texts are a reference, however far they go."""
    mean = dict.fromkeys(METRICS, Mean(tasks=2, score=0.9, share=SHARE, better=1, worse=0))
    best = SHARE.model_copy(update={"value": 0.95})
    gold = {name: one.model_copy(update={"share": best}) for name, one in mean.items()}
    both = Over(
        ways={"llm": Named(title="LLM labels", place=0), "gold": Named(title="gold", place=1)},
        means={"260": {"llm": mean, "gold": gold}},
    )
    (picture,) = mixtures.pictures(FOUND, both)
    assert "largest for LLM labels" in picture.alternative


def test_a_share_is_one_of_these_tasks() -> None:
    """No interval here holds the choice of tasks."""
    said = " ".join(plain(note) for note in mixtures.page(toy.run(), FOUND, over(SHARE)).notes)
    assert "the tasks are taken as they are" in said
