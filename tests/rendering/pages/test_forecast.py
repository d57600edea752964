"""The page on forecasts: what it claims, and where it has nothing to say."""

from typing import Any

import pandas as pd

from stages.rendering.content.forecasts import Beforehand, Forecasted, Forecasts, Ordered
from stages.rendering.content.page import plain
from stages.rendering.pages import forecast
from tests.rendering.pages import toy
from tests.rendering.pages.toy import words


def way(low: float, **changes: Any) -> Forecasted:
    """A way whose forecasts' skill is 0.4 and has this lower end."""
    skill = {"value": 0.4, "low": low, "high": 0.6, "p": 0.01}
    known = {"error": 0.05, "coverage": 0.9, "width": 0.3}
    fields: dict[str, Any] = {
        "tasks": 12,
        "level": 0.9,
        "skill": {"pad": skill, "all": skill},
        "by_all": known,
        "by_mean": known | {"error": 0.07},
    }
    return Forecasted(**(fields | changes))


def signal(value: float, low: float) -> Ordered:
    """A signal with this rho."""
    rho = {"value": value, "low": low, "high": value + 0.2, "p": 0.01}
    lost = {"value": 0.01, "low": 0.0, "high": 0.02}
    return Ordered(tasks=12, rho=rho, lost=lost, by_chance=lost)


EMPTY = Forecasts(
    basis=Beforehand(pilot=20, own_labels=50, unlabelled=500, draws=20, level=0.9),
    model="probe",
    ways={},
    sets={},
)
FOUND = EMPTY.model_copy(
    update={
        "ways": {
            "prompted": {"accuracy": way(-0.1)},
            "zero_shot": {
                "accuracy": way(0.1),
                "macro_f1": Forecasted(withheld="5 tasks are too few"),
            },
        },
        "sets": {
            "accuracy": dict.fromkeys(forecast.SIGNALS, signal(0.1, -0.1))
            | {"cosine": signal(0.6, 0.4), "own_labels": signal(0.9, 0.8)}
        },
    }
)


def page(found: Forecasts = FOUND, table: pd.DataFrame | None = None) -> Any:
    """The page of a toy run with these forecasts."""
    return forecast.page(toy.run(), found, pd.DataFrame() if table is None else table)


def test_only_an_interval_above_zero_is_better() -> None:
    """The first sentence names what is better than the mean, the second what is not."""
    said = plain(page().lead[0])
    assert "mean of the other tasks: zero-shot (accuracy)." in said
    assert said.endswith("No better than the mean: prompted (accuracy).")
    none = FOUND.model_copy(update={"ways": {"zero_shot": {"accuracy": way(-0.1)}}})
    assert "for no way. No better than the mean: zero-shot" in plain(page(none).lead[0])


def test_the_best_signal_needs_no_label() -> None:
    """Own labels order better here, and are a reference only; the best of six is called that."""
    said = plain(page().lead[1])
    assert "by mean cosine with unlabelled real texts (rho 0.60 [0.40, 0.80])" in said
    assert "This interval lies above 0, but does not allow for the choice among 6 signals" in said
    assert "better than chance" not in said


def test_ways_in_the_run_s_order_and_what_is_withheld() -> None:
    """Sources first, the LLM at run time last; a reason stands in place of numbers."""
    worth, alone, ordering = page().tables
    rows = words(worth)
    assert [row[0] for row in rows] == ["zero-shot", "zero-shot", "prompted"]
    assert rows[0][2:6] == ["12", "5.0 mean 7.0", "0.40 [0.10, 0.60], p 0.010", "yes"]
    assert rows[1][2] == "none: 5 tasks are too few" and rows[2][5] == "no"
    assert all(len(row) == len(worth.columns) for row in worth.rows)
    assert words(alone)[0][2:4] == ["–", "0.40 [0.10, 0.60], p 0.010"]
    assert len(ordering.rows) == len(forecast.SIGNALS)


def test_what_is_missing_is_named() -> None:
    """Tasks that lack a predictor, and predictors that nearly no task has."""
    lacking = way(0.1, lacking={"imdb": "agreement, texts_per_label"}, unknown={"confidence": 0})
    found = FOUND.model_copy(update={"ways": {"labelled": {"accuracy": lacking}}})
    first, second = map(plain, forecast.gaps_in(found))
    assert "imdb (agreement, texts per label)" in first and "confidence" in second
    assert forecast.gaps_in(EMPTY) == []


def test_nothing_forecast() -> None:
    """No table and no figure, and a sentence that says why."""
    empty = page(EMPTY)
    assert plain(empty.lead[0]).startswith("No forecast: too few tasks")
    assert (empty.tables, empty.pictures) == ((), ())


def test_the_figure_shows_forecast_and_measured() -> None:
    """In points; a task without a gap has its forecast alone."""
    table = pd.DataFrame(
        {
            "task": ["topics", "moods"],
            "way": "zero_shot",
            "metric": "accuracy",
            "forecast": [-0.1, -0.2],
            "low": [-0.2, -0.3],
            "high": [0.0, 0.0],
            "gap": [-0.12, None],
            "gap_low": [-0.15, None],
            "gap_high": [-0.1, None],
        }
    )
    (picture,) = page(table=table).pictures
    shown = picture.series.set_index("row")["value"].to_dict()
    assert shown == {"topics, forecast": -10, "moods, forecast": -20, "topics, measured": -12}


def test_what_p_is_corrected_for() -> None:
    """For the forecasts of a way and score; not for the pairs, two of them not withheld here."""
    said = " ".join(plain(note) for note in page().notes)
    assert "not for the 2 pairs of way and score" in said
