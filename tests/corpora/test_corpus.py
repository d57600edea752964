"""What every reader's texts must be before they are divided."""

import pandas as pd
import pytest

from stages.core.errors import UserError
from stages.corpora.cards import Card
from stages.corpora.corpus import Corpus, fit, tidy


def corpus(texts: pd.DataFrame, **opinions: pd.DataFrame) -> Corpus:
    """The texts as the train split of a file."""
    return Corpus({"train": texts}, {"train": "mail/train.csv"}, {}, opinions)


def test_tidy_makes_ids_and_strings() -> None:
    """Without a column of ids they are numbered; numbers and booleans become strings."""
    tidied = tidy(pd.DataFrame({"text": [" a ", 7], "label": [True, 1]}), "mail-train", "x")
    assert tidied.to_dict("list") == {
        "id": ["mail-train-00000", "mail-train-00001"],
        "text": ["a", "7"],
        "label": ["True", "1"],
    }


def test_tidy_names_missing_columns() -> None:
    """The message has what was expected, what was found, and what to do."""
    with pytest.raises(UserError, match=r"x: expected columns \['label'\], found \['text', 'y'\]"):
        tidy(pd.DataFrame({"text": ["a"], "y": ["b"]}), "t", "x")


@pytest.mark.parametrize("nothing", ["", " \t", None, float("nan")])
def test_tidy_refuses_an_empty_text_by_its_row(nothing: object) -> None:
    """An empty text is named by file and row, and how many more there are."""
    frame = pd.DataFrame({"text": ["a", nothing, nothing], "label": "ham"})
    with pytest.raises(UserError, match=r"x: expected a text in every row.* row 2 and 1 more; "):
        tidy(frame, "t", "x")


def test_fit_names_an_unknown_label(card: Card, texts: pd.DataFrame) -> None:
    """The commonest unknown label is named with its count, the known ones and two remedies."""
    texts.loc[:2, "label"] = "phish"
    texts.loc[3, "label"] = "scam"
    with pytest.raises(UserError) as caught:
        fit(corpus(texts), card, "mail")
    message = str(caught.value)
    assert "mail/train.csv: expected the labels ['ham', 'spam'], found 'phish' in 3 rows" in message
    assert "(and 1 more labels)" in message
    assert "data/tasks/mail.yaml" in message and "other_labels: drop" in message


def test_fit_drops_other_labels_where_the_card_says_so(card: Card, texts: pd.DataFrame) -> None:
    """They are left out and counted, of the texts and of what annotators said alike."""
    texts.loc[:2, "label"] = "phish"
    said = pd.DataFrame({"item": ["m00", "m05"], "annotator": "x", "label": ["phish", "ham"]})
    share = pd.DataFrame({"item": ["m05"], "low": [0.5], "high": [1.0]})
    lenient = card.model_copy(update={"other_labels": "drop"})
    fitted = fit(corpus(texts, annotations=said, agreement=share), lenient, "mail")
    assert len(fitted.splits["train"]) == 57
    assert fitted.dropped == {"other_labels": 3, "annotations_with_other_labels": 1}
    assert list(fitted.opinions["annotations"]["item"]) == ["m05"]
    assert fitted.opinions["agreement"] is share


def test_fit_checks_annotators_labels(card: Card, texts: pd.DataFrame) -> None:
    """An annotation outside the card is named."""
    said = pd.DataFrame({"item": ["m00"], "annotator": ["x"], "label": ["phish"]})
    with pytest.raises(UserError, match=r"annotations of mail: expected .* found 'phish'"):
        fit(corpus(texts, annotations=said), card, "mail")


def test_fit_refuses_an_id_that_occurs_twice(card: Card, texts: pd.DataFrame) -> None:
    """The id and the files that hold it are named."""
    both = Corpus({"train": texts, "test": texts.tail(1)}, {"train": "a.csv", "test": "b.csv"}, {})
    with pytest.raises(UserError, match=r"a.csv and b.csv: expected each id once, found 'm59'"):
        fit(both, card, "mail")
