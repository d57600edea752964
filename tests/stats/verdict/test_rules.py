"""Verdicts on ways whose true scores are known."""

import numpy as np
import pytest

from stages.stats.money.ways import ALONE, RUN_TIME, WITH_REAL, Name
from stages.stats.verdict import options, rules
from tests.stats.verdict import toy
from tests.stats.verdict.toy import ASKED, answer, decided, made, real, way

WRITTEN = way(ALONE, "zero_shot", (0.5, 0.55, 0.6), usd=0.001)
LABELLED = way(ALONE, "labelled", (0.6, 0.69, 0.79), usd=0.001)
PROMPTED = way(RUN_TIME, "prompted", (0.78,), usd=0.01)


def test_labels_by_people_are_best_where_nothing_else_comes_near() -> None:
    """Written texts end twenty points below."""
    assert answer(made(real(), WRITTEN)) == ("people", "real", 1000)


def test_labels_by_an_llm_will_do_within_the_margin() -> None:
    """One point below people's, at a hundredth of the money."""
    assert answer(made(real(), WRITTEN, LABELLED)) == ("label", "labelled", 1000)


def test_as_few_written_texts_as_will_do() -> None:
    """A hundred are half a point below a thousand."""
    good = way(ALONE, "few_shot", (0.7, 0.805, 0.81), usd=0.001)
    assert answer(made(real(), LABELLED, good)) == ("write", "few_shot", 100)


def test_the_llm_at_run_time_is_paid_for_every_text() -> None:
    """It is best by far, or as good as labels that cost a hundred dollars where it takes 1,000."""
    best = way(RUN_TIME, "prompted", (0.95,), usd=0.01)
    assert answer(made(real(), best))[0] == "ask"
    assert answer(made(real(), PROMPTED))[0] == "people"
    cheap = way(RUN_TIME, "prompted", (0.79,), usd=0.0001)
    assert answer(made(real(), cheap))[0] == "ask"


def test_a_mix_where_both_are_needed() -> None:
    """Written texts with 100 labels are as good as 1,000 labels."""
    both = way(WITH_REAL, "zero_shot", (0.7, 0.8), usd=0.001)
    found = made(real(), WRITTEN, both)
    chosen = decided(found).chosen
    assert chosen is not None and found.answers[chosen] == "mix"
    assert found.labels[chosen] == 100 and found.texts[chosen] == 1000


def test_labels_that_are_there_cost_nothing() -> None:
    """Of ways that cost nothing more, the best."""
    found = made(real(), LABELLED, owned=1000)
    assert answer(found) == ("people", "real", 1000)
    free = way(WITH_REAL, "gpt4", (0.7, 0.75, 0.815))
    assert answer(made(real(), free, owned=1000))[0] == "mix"


def test_labels_that_are_there_are_all_used() -> None:
    """A hundred score higher than a thousand by luck, and cost nothing either."""
    found = made(real(0.6, 0.805, 0.8), owned=1000)
    assert answer(found) == ("people", "real", 1000)
    assert answer(made(real(0.6, 0.805, 0.8))) == ("people", "real", 100)  # to be paid for


def test_noise_beyond_the_margin_is_undecided_until_there_are_more_test_texts() -> None:
    """With noise of 3 points no way is sure; k more texts bring it down, as the formula says."""
    noisy = [real(noise=0.03), way(ALONE, "labelled", (0.6, 0.7, 0.8), 0.001, noise=0.03)]
    found = made(*noisy)
    assert answer(found)[0] == rules.UNDECIDED
    more = rules.more(found, options.real(found), ASKED, tests=200, train=1000)
    # Two equal ways: P(difference < 2 points) = 0.9 at sd 2 / 1.28 = 1.56 points in place of 4.2.
    wanted = 200 * ((0.03 * np.sqrt(2)) / (0.02 / 1.2816)) ** 2 - 200
    assert more is not None and more.train == 0
    assert more.tests == pytest.approx(wanted, rel=0.2)


def test_what_training_texts_leave_open_takes_more_of_them() -> None:
    """Test texts alone would not settle it; with very much noise nothing would."""

    def more(noise: float) -> rules.More | None:
        ways = [
            way(ALONE, source, (0.6, 0.7, 0.8), 0.001, training=noise)
            for source in ("zero_shot", "few_shot")
        ]
        found = made(real(training=noise), *ways)
        assert answer(found)[0] == rules.UNDECIDED
        return rules.more(found, options.real(found), ASKED, tests=200, train=1000)

    some = more(0.03)
    assert some is not None and some.train == pytest.approx(5 * some.tests, abs=5)
    assert more(1.0) is None


def test_a_share_of_the_score_of_all_real_labels_may_be_enough() -> None:
    """Three quarters of 80 %: a thousand zero-shot texts reach 60 %."""
    target = ASKED._replace(target=0.74)
    assert answer(made(real(), WRITTEN), target)[0] == "write"


def test_a_barred_way_neither_wins_nor_sets_the_mark() -> None:
    """An LLM that nobody checked may be right on all of the texts."""
    unchecked = way(RUN_TIME, "prompted", (0.99,), usd=0.0001)
    found = made(real(), WRITTEN, unchecked, barred={Name(RUN_TIME, "prompted"): "not checked"})
    assert answer(found) == ("people", "real", 1000)
    assert decided(found).sure[-1] == 1  # it is good enough, and said to be


def test_a_way_without_a_price_is_not_chosen() -> None:
    """Whatever it scores."""
    unknown = way(ALONE, "gpt4", (0.9, 0.9, 0.9))
    found = made(real(), unknown._replace(bought=unknown.bought * np.nan))
    assert answer(found)[0] == "people"


def test_a_sure_verdict_holds_and_a_close_one_flips() -> None:
    """In nearly all redraws, or in some: the rest is said by answer."""
    sure = decided(made(real(), WRITTEN))
    assert sure.again == {"people": 1.0}
    close = decided(made(real(noise=0.008), way(ALONE, "labelled", (0.6, 0.7, 0.79), 0.001, 0.008)))
    assert 0.2 < max(close.again.values()) < 1
    assert sum(close.again.values()) == pytest.approx(1)


def test_choosing_among_equals_is_luck_that_is_taken_off() -> None:
    """Ten equally good free ways look better than they are; one way alone does not."""
    ways = [way(ALONE, f"w{n}", (0.8,), noise=0.01) for n in range(10)]
    found = made(real(0.8, noise=0.01), *ways, owned=1000)
    assert decided(found).optimism > 0.004
    assert decided(made(real(0.8, noise=0.01), owned=1000)).optimism < 0.002


def test_nothing_is_allowed() -> None:
    """Undecided for certain, and no number of labels would help."""
    found = made(real(), barred={Name(ALONE, "real"): "left out"})
    assert toy.decided(found).chosen is None and toy.decided(found).again == {rules.UNDECIDED: 1}
    assert rules.more(found, options.real(found), ASKED, tests=200, train=1000) is None


def test_labels_by_people_that_bring_the_same_score() -> None:
    """Half way between 100 and 1,000 on the log scale; none beyond the curve."""
    found = made(real(), way(ALONE, "zero_shot", (0.75, 0.9), usd=0.001))
    labels = [rules.people_for(found, place)[0] for place in found.of(Name(ALONE, "zero_shot"))]
    assert labels[0] == pytest.approx(316, rel=0.01) and labels[1] == np.inf


def test_a_curve_that_still_rises() -> None:
    """The last doubling or more; nothing of a way that is not at its end."""
    found = made(real(), WRITTEN)
    ends = [found.of(name)[-1] for name in dict.fromkeys(found.ways)]
    assert rules.rising(found, int(ends[0])) == pytest.approx(0.1)
    assert rules.rising(found, 0) == rules.rising(found, None) == 0


def test_mixtures_are_what_their_parts_are() -> None:
    """Two written parts are written; with people's labels, or the LLM's, it is a mix."""
    name = Name(ALONE, "both")
    assert options.answer(name, ["zero_shot", "few_shot"]) == "write"
    assert options.answer(name, ["real_pool", "few_shot"]) == "mix"
    assert options.answer(name, ["real_pool", "edited"]) == "people"
