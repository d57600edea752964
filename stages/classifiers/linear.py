"""Logistic regression on embeddings (probe) and on TF-IDF (tfidf)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression

from stages.classifiers.configs import ProbeConfig, TfidfConfig
from stages.classifiers.protocol import (
    CurveRow,
    Features,
    Labels,
    Probabilities,
    in_card_order,
)

WORD = r"\w+|[^\w\s]"
# Newton's method, run until it converges, so that no processor changes a fit. L-BFGS with its usual
# tolerance takes as long, and on thousands of texts a probability is still off by up to 0.01.
SOLVER: dict[str, Any] = {"solver": "newton-cg", "tol": 1e-12, "max_iter": 10_000}


class _Linear:
    """What both kinds share: the regression and the order of its columns."""

    def __init__(self, c: float, labels: Sequence[str]) -> None:
        self.curve: list[CurveRow] = []
        self._labels = tuple(labels)
        self._c = c

    def _fit(self, matrix: Any, labels: Labels) -> None:
        # A regression needs two labels; with one there is but one answer.
        self._regression = (
            LogisticRegression(C=self._c, **SOLVER)
            if len(set(labels)) > 1
            else DummyClassifier(strategy="prior")
        )
        self._regression.fit(matrix, labels)

    def _predict(self, matrix: Any) -> Probabilities:
        probabilities = self._regression.predict_proba(matrix)
        return in_card_order(probabilities, list(self._regression.classes_), self._labels)


class Probe(_Linear):
    """Logistic regression on L2-normalised embeddings; the same for each seed."""

    def __init__(self, config: ProbeConfig, labels: Sequence[str]) -> None:
        super().__init__(config.c, labels)

    def fit(
        self,
        features: Features,
        labels: Labels,
        validation_features: Features,
        validation_labels: Labels,
        seed: int,
    ) -> None:
        """Fit on embeddings (n, dimensions); the validation set has no part in it."""
        self._fit(features.astype(np.float64), labels)

    def predict_proba(self, features: Features) -> Probabilities:
        """Probabilities (n, labels) for embeddings (n, dimensions)."""
        return self._predict(features.astype(np.float64))


class Tfidf(_Linear):
    """Logistic regression on TF-IDF of words and pairs of words; the same for each seed.

    A sign that is neither letter nor space counts as a word: emoji and `!` carry tone, and a text
    made of nothing else still has a word.
    """

    def __init__(self, config: TfidfConfig, labels: Sequence[str]) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        super().__init__(config.c, labels)
        self._vectorizer = TfidfVectorizer(
            ngram_range=(1, 2), sublinear_tf=True, token_pattern=WORD
        )

    def fit(
        self,
        features: Features,
        labels: Labels,
        validation_features: Features,
        validation_labels: Labels,
        seed: int,
    ) -> None:
        """Fit on texts (n,); the validation set has no part in it."""
        self._fit(self._vectorizer.fit_transform(features), labels)

    def predict_proba(self, features: Features) -> Probabilities:
        """Probabilities (n, labels) for texts (n,)."""
        return self._predict(self._vectorizer.transform(features))
