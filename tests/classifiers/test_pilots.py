"""What a pilot tells: its rows, and how surely it is told from real texts."""

import numpy as np

from stages.classifiers import pilots


def test_a_pilot_is_at_most_half() -> None:
    """The first texts of each label, so that something is left to be forecast; at least one."""
    codes = np.array([0] * 10 + [1] * 3 + [2])
    assert pilots.first(codes, 4).tolist() == [0, 1, 2, 3, 10, 13]


def test_parts_hold_every_row_once() -> None:
    """As many of each label as can be."""
    codes = np.random.default_rng(0).integers(3, size=31)
    found = pilots.parts(codes, 2)
    assert sorted(np.concatenate(found)) == list(range(31))
    for code in range(3):
        first, second = (int((codes[rows] == code).sum()) for rows in found)
        assert 0 <= first - second <= 1


def test_texts_from_elsewhere_are_told_apart() -> None:
    """2 where every text is told apart, whatever the sizes."""
    rng = np.random.default_rng(1)
    near, far = rng.normal(size=(20, 4)), rng.normal(size=(90, 4)) + 20
    assert pilots.proxy_a_distance(near, far, 1.0, 0) == 2


def test_texts_of_one_population_are_not() -> None:
    """About 0 in the mean, whichever set is larger."""
    rng = np.random.default_rng(2)
    for sizes in ((20, 90), (60, 20)):
        found = [
            pilots.proxy_a_distance(
                rng.normal(size=(sizes[0], 4)), rng.normal(size=(sizes[1], 4)), 1.0, seed
            )
            for seed in range(40)
        ]
        assert abs(np.mean(found)) < 0.25


def test_fit_is_the_probe_s() -> None:
    """Two labels far apart are predicted."""
    rng = np.random.default_rng(3)
    codes = np.repeat([0, 2], 10)
    features = rng.normal(size=(20, 4)) + 10 * codes[:, None]
    assert (pilots.fit(features, codes, 3, 1.0).predict(features)[0] == codes).all()
