import numpy as np
import pytest

from stages.classifiers import draws
from stages.stats.worth import extrapolation

SIZES = np.array(draws.sizes(1_000, 10, 11))
UNITS = SIZES / 10
TRUE = {
    "pow4": extrapolation.pow4(UNITS, 0.9, 0.4, 0.5, 1.0),
    "mmf4": extrapolation.mmf4(UNITS, 0.4, 3.0, 0.9, 0.7),
}


@pytest.mark.parametrize("form", ["pow4", "mmf4"])
def test_a_form_finds_its_own_curve(form: str) -> None:
    """Without noise the fit is exact, and so is the place where a score is reached."""
    curve = extrapolation.fitted(SIZES, TRUE[form])[form]
    assert curve.rmse < 1e-4
    np.testing.assert_allclose(curve(SIZES), TRUE[form], atol=1e-3)
    goal = float(curve(np.array(1_600)))
    assert extrapolation.reached(curve, goal) == pytest.approx(1_600, rel=1e-3)


def test_twice_the_largest_size_and_no_farther() -> None:
    """Beyond twice the largest size nothing is said; below the largest nothing is extrapolated."""
    curve = extrapolation.fitted(SIZES, TRUE["pow4"])["pow4"]
    assert extrapolation.reached(curve, float(curve(np.array(2_001)))) == np.inf
    assert extrapolation.reached(curve, 0.999) == np.inf
    assert extrapolation.reached(curve, 0.5) == 1_000


def test_large_sizes_count_most() -> None:
    """A first size off its form moves the end of the fit less than a last one off it."""
    first, last = TRUE["pow4"].copy(), TRUE["pow4"].copy()
    first[0] += 0.05
    last[-1] += 0.05
    end = [
        float(extrapolation.fitted(SIZES, means)["pow4"](np.array(2_000)))
        for means in (TRUE["pow4"], first, last)
    ]
    assert abs(end[1] - end[0]) < 0.2 * abs(end[2] - end[0])


def test_too_few_sizes() -> None:
    """Four parameters need five sizes."""
    with pytest.raises(ValueError, match="at least 5 sizes to extrapolate, found 4"):
        extrapolation.fitted(SIZES[:4], TRUE["pow4"][:4])
