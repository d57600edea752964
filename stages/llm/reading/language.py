"""Whether a text is in a language, as far as a detector can be sure."""

from functools import cache
from typing import Annotated, Any

from pydantic import Field

from stages.core.errors import UserError

Threshold = Annotated[float, Field(gt=0, lt=1)] | None  # null: any language will do
LOOKED_AT = 120  # characters from a text's start: they suffice, more would only take longer
NONE = "zxx"  # py3langid's name for numbers, links and other signs that are in no language


class Detector:
    """Whether texts are in `language` (ISO 639-1).

    py3langid (Lui & Baldwin 2012) gives each text a probability of being in the language, tempered
    by its length: of a few words nothing is sure. Only a text whose probability is below
    `threshold` counts as one in another language.

    Loading takes 0.7 s and 120 MB, a text at most 0.1 ms.

    Raises `UserError` for a language that the detector does not know.
    """

    def __init__(self, language: str, threshold: float) -> None:
        self._identifier = _identifier()
        self._language, self._threshold = language, threshold
        known = sorted(code for code in self._identifier.labels if len(code) == 2)
        if language not in known:
            raise UserError(
                f"expected a card's language as one of {' '.join(known)}, found {language!r}; fix "
                "it, or set refine.language to null"
            )

    def __call__(self, text: str) -> bool:
        """False for a text that is surely in another language."""
        start = text[:LOOKED_AT]
        if self._identifier.classify(start)[0] in (self._language, NONE):
            return True
        found = dict(self._identifier.rank(start))
        return bool(found[self._language] + found[NONE] >= self._threshold)


def likeliest(text: str) -> str:
    """The language that a text is most probably in (ISO 639-1), or NONE.

    >>> likeliest("Wo ist die nächste Bäckerei?")
    'de'
    """
    return str(_identifier().classify(text[:LOOKED_AT])[0])


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
