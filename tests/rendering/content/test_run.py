"""What every page says about the run: where texts come from, and what to beware of."""

from stages.rendering.content import run as about
from stages.rendering.content.run import Writer
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
        "zero_shot": {Writer("recorded", "some model"): 2},
        "few_shot": {Writer("recorded", "some model"): 2},
        "mine": {Writer("openai", "gpt"): 2},
    }
    assert about.provenance(toy.run(writers=writers)) == (
        "Real texts: mirror. Synthetic texts (zero-shot, few-shot): recorded replies of some "
        "model. Synthetic texts (mine): replies of gpt."
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


def test_few_test_texts_per_label_are_warned_of() -> None:
    """Below 30 of the rarest label, with the task and the number; not from 30 on."""
    rows = {"test": {"rare": 29, "common": 500}}
    origins = {"topics": toy.origin(rows=rows), "moods": toy.origin()}
    (warning,) = about.warnings(toy.run(origins=origins))
    assert str(warning).startswith("Fewer than 30 test texts of a label: topics (29).")
    assert about.warnings(toy.run()) == ()


def test_why_there_is_no_gap() -> None:
    """Either there is nothing else than real texts, or there are none."""
    assert "the only source" in about.no_gaps(("real",))
    assert "not among the sources" in about.no_gaps(("zero_shot",))
