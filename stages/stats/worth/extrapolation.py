"""Learning curves carried beyond their largest size, on request only, by two forms side by side.

POW4: a - b (n + d)^-c, and MMF4: (a b + c n^d) / (b + n^d), found best of sixteen on the Learning
Curve Database (Mohr, Viering, Loog & van Rijn, ECML 2022; Yan et al., NeurIPS 2025). Points are
weighted by their size (Figueroa et al. 2012): the end of a curve says most about what follows.
About one curve in seven has another shape, so that only what both forms say is to be believed.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq, least_squares

from stages.core.arrays import Floats, Ints
from stages.stats.worth.worth import Labels, interval

FARTHEST = 2  # times the largest measured size
FEWEST = 5  # sizes: one more than a form's parameters
REPLICATES = 200  # that are fitted for an interval, some 5 ms each


def pow4(n: Floats, a: float, b: float, c: float, d: float) -> Floats:
    """a - b (n + d)^-c: a power law towards a."""
    values: Floats = a - b * (n + d) ** -c
    return values


def mmf4(n: Floats, a: float, b: float, c: float, d: float) -> Floats:
    """(a b + c n^d) / (b + n^d), after Morgan, Mercer and Flodin: from a towards c."""
    rest = b / (b + n**d)
    values: Floats = a * rest + c * (1 - rest)
    return values


class Form(NamedTuple):
    """A form of curve, where the search for its parameters begins, and what they can be."""

    value: Callable[..., Floats]
    starts: tuple[tuple[float, ...], ...]  # n in multiples of the smallest size
    low: tuple[float, ...]
    high: tuple[float, ...]


# Scores lie in [0, 1] and never fall with n: b and c of POW4 and d of MMF4 are not below 0.
FORMS = {
    "pow4": Form(
        pow4,
        tuple((0.9, 0.4, c, d) for c in (0.2, 0.5, 1.0) for d in (0.0, 5.0)),
        (0.0, 0.0, 1e-3, -0.99),
        (1.0, 1e3, 5.0, 1e3),
    ),
    "mmf4": Form(
        mmf4,
        tuple((0.3, b, 0.9, d) for b in (1.0, 10.0) for d in (0.3, 0.7, 1.5)),
        (-1.0, 1e-3, 0.0, 1e-2),
        (1.0, 1e4, 1.0, 5.0),
    ),
}


class Fitted(NamedTuple):
    """One form fitted to a curve."""

    form: str
    parameters: tuple[float, ...]
    smallest: int  # the unit of n
    largest: int
    rmse: float  # weighted as the fit is

    def __call__(self, sizes: Ints | Floats) -> Floats:
        """The curve's score at these sizes."""
        return FORMS[self.form].value(np.asarray(sizes) / self.smallest, *self.parameters)


def carried_on(sizes: Ints, means: Floats) -> dict[str, list["Fitted"]]:
    """By each form, the fits of a curve's mean scores (sizes, 1 + resamples): REPLICATES of these.

    Raises `ValueError` for fewer than FEWEST sizes.
    """
    return {
        name: [
            curve,
            *(_fitted(name, sizes, m, (curve.parameters,)) for m in means[:, 1 : 1 + REPLICATES].T),
        ]
        for name, curve in fitted(sizes, means[:, 0]).items()
    }


def worth(curves: dict[str, list["Fitted"]], targets: Floats, level: float) -> dict[str, Labels]:
    """By each form, the size at which a curve reaches the source's scores (1 + resamples,).

    For a source that is worth more than the curve's largest size; inf stands for more than FARTHEST
    times that. The interval takes the form for true, so that it is too narrow.
    """
    return {
        name: interval(np.array([reached(*p) for p in zip(fits, targets, strict=False)]), level)
        for name, fits in curves.items()
    }


def fitted(sizes: Ints, means: Floats) -> dict[str, Fitted]:
    """Both forms fitted to the mean scores (sizes,) of a curve.

    Raises `ValueError` for fewer than FEWEST sizes.
    """
    if len(sizes) < FEWEST:
        raise ValueError(f"expected at least {FEWEST} sizes to extrapolate, found {len(sizes)}")
    return {name: _fitted(name, sizes, means, form.starts) for name, form in FORMS.items()}


def reached(curve: Fitted, target: float) -> float:
    """The size beyond the largest measured one at which the curve is at `target`.

    inf where that is more than FARTHEST times the largest; the largest where it is there already.
    """
    last = float(curve.largest * FARTHEST)
    if target <= float(curve(np.array(curve.largest))):
        return float(curve.largest)
    if target > float(curve(np.array(last))):
        return np.inf
    return float(brentq(lambda n: float(curve(np.array(n))) - target, curve.largest, last))


def _fitted(name: str, sizes: Ints, means: Floats, starts: tuple[tuple[float, ...], ...]) -> Fitted:
    form, units = FORMS[name], sizes / sizes[0]
    weights = np.sqrt(sizes / sizes.sum())  # of residuals: their squares weigh as the sizes do

    def residuals(parameters: Floats) -> Floats:
        differences: Floats = weights * (form.value(units, *parameters) - means)
        return differences

    tried = [
        least_squares(residuals, start, bounds=(form.low, form.high), x_scale="jac")
        for start in starts
    ]
    best = min(tried, key=lambda found: found.cost)
    rmse = float(np.sqrt(2 * best.cost))
    parameters = tuple(map(float, best.x))
    return Fitted(name, parameters, int(sizes[0]), int(sizes[-1]), rmse)
