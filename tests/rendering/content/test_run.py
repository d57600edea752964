"""What every page says about the run: where texts come from, and what to beware of."""

import pytest

from stages.rendering.content import run as about
from stages.rendering.content.run import Author, Run
from stages.rendering.pages import agreement, subjectivity, texts
from tests.rendering.pages import toy


def test_the_origin_is_named_without_its_folder() -> None:
    """A folder of the user's, the sample, and the hub."""
    assert about.real_texts(toy.run()) == "real texts: mirror"
    found = toy.run(origins={"topics": toy.origin("sample"), "moods": toy.origin("hub")})
    said = "real texts: the sample corpus, written by a language model, public data sets"
    assert about.real_texts(found) == said


def test_who_wrote_the_synthetic_texts() -> None:
    """Strategies of one writer stand together; recorded replies are called so."""
    writers = {
        "zero_shot": {Author("recorded", "some model"): 2},
        "few_shot": {Author("recorded", "some model"): 2},
        "mine": {Author("openai", "gpt"): 2},
        "gpt4": {Author(about.READY, "GPT-4, our vendor"): 1},
    }
    assert about.provenance(toy.run(writers=writers)) == (
        "Real texts: mirror. Synthetic texts (zero-shot, few-shot): recorded replies of some "
        "model. Synthetic texts (mine): replies of gpt. Synthetic texts (gpt4): given as a file, "
        "written by GPT-4, our vendor."
    )


def test_a_test_set_cut_from_train_is_warned_of() -> None:
    """With the tasks and how many texts; a validation split that was cut is no matter."""
    cut = toy.origin(drawn_from={"test": "train", "validation": "train"})
    given = toy.origin(drawn_from={"validation": "train"})
    (warning,) = about.warnings(toy.run(origins={"topics": cut, "moods": given}))
    assert str(warning).startswith(
        "Test texts cut from train, for want of a test split: topics (60)"
    )


def test_a_figure_says_what_it_rests_on() -> None:
    """Test texts, seeds and origin in a line."""
    origins = {"topics": toy.origin(per_label=20), "moods": toy.origin()}
    said = "40 to 60 test texts per task, 3 training runs per source; real texts: mirror"
    assert about.basis(toy.run(origins=origins)) == said


def test_the_sample_is_no_evidence() -> None:
    """A warning says so wherever it is used."""
    (warning,) = about.warnings(toy.run(origins={"topics": toy.origin("sample")}))
    assert "no evidence about texts that people write" in str(warning)


def scored(**few: dict[str, int]) -> Run:
    """A run of which some tasks have few test texts of some labels."""
    facts = toy.run().explained
    scoring = facts.scores.model_copy(update={"few_test_texts": few})
    return toy.run(explained=facts.model_copy(update={"scores": scoring}))


def test_few_test_texts_per_label_are_warned_of() -> None:
    """With the task, the rarest label and its number; without such labels there is no warning."""
    (warning,) = about.warnings(scored(topics={"rare": 9, "seldom": 29}, moods={}))
    assert str(warning).startswith("Few test texts of a label: topics (9 of rare).")
    assert about.warnings(scored(topics={}, moods={})) == ()
    assert about.warnings(scored(topics={"rare": 9}), scores=False) == ()


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ((1, 1), "hold the noise of test texts: 1 training run per source. Not held: what another"),
        ((10, 10), "of test texts and training runs: 10 training runs per source. Each run draws"),
        ((1, 10), "1 to 10 training runs per source."),
    ],
)
def test_what_an_interval_holds_is_said(counts: tuple[int, int], said: str) -> None:
    """Of a model that takes all texts without chance there is one run: it is named."""
    table = toy.scores()
    runs = {"real": counts[0], "zero_shot": counts[1]}
    note = about.noise(toy.run(table.assign(n_seeds=table["source"].map(runs))))
    assert said in note and note.endswith("and which tasks were chosen.")
    assert "which real texts there are to train on" in note
    single = "Of a single run, test texts alone: probe on real."
    assert (single in note) == (counts == (1, 10))


def test_a_run_that_another_would_repeat_is_no_sample_of_runs() -> None:
    """It is named, and the noise of another run is not said to be missing."""
    table = toy.scores().assign(n_seeds=1, identical=True)
    note = about.noise(toy.run(table))
    assert "no noise of training: probe on real, probe on zero-shot." in note
    assert "Not held: which real texts there are to train on" in note


def test_labels_short_of_training_texts_are_warned_of() -> None:
    """With task, source, and the label of which there are fewest."""
    facts = toy.run().explained
    short = {"topics": {"zero_shot": {"rare": 4, "seldom": 8}}, "moods": {}}
    scoring = facts.scores.model_copy(update={"short": short})
    run = toy.run(explained=facts.model_copy(update={"scores": scoring}))
    (warning,) = about.warnings(run)
    assert "of a label than asked for: topics, zero-shot (4 of rare)." in str(warning)
    assert about.warnings(run, scores=False) == ()


def test_a_task_with_few_test_texts_is_warned_of_beside_others() -> None:
    """It counts in means; of a task alone there is no mean, and its labels are warned of."""
    origins = {"topics": toy.origin(per_label=4), "moods": toy.origin()}
    (warning,) = about.warnings(toy.run(origins=origins))
    assert str(warning).startswith("Few test texts: topics (8). Such a task counts in a mean")
    assert about.warnings(toy.run(tasks=("topics",), origins={"topics": origins["topics"]})) == ()


def test_pages_say_how_wide_intervals_are() -> None:
    """Those of `analyze` may be of another level than those of scores."""
    run = toy.run()
    assert all("In brackets: 90 %" in page(run).lead[0] for page in (agreement.page, texts.page))
    assert "In brackets: 95 %" in subjectivity.page(run).lead[0]


def test_why_there_is_no_gap() -> None:
    """Either there is nothing else than real texts, or there are none."""
    assert "the only source" in about.no_gaps(("real",))
    assert "not among the sources" in about.no_gaps(("zero_shot",))
