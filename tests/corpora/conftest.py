"""A small card, and frames of its texts."""

import pandas as pd
import pytest

from stages.corpora.cards import Card, Prompts


@pytest.fixture
def card() -> Card:
    """Two labels; other labels are refused."""
    return Card(
        title="Mail",
        description="Whether a mail is spam.",
        labels={"ham": "wanted mail", "spam": "unwanted mail"},
        words=(3, 9),
        prompts=Prompts(context="You write mail.", generate="Write {k} {label} mails."),
        licence="CC0",
        citation="Nobody (2026)",
    )


@pytest.fixture
def texts() -> pd.DataFrame:
    """40 ham and 20 spam, all different."""
    return pd.DataFrame(
        {
            "id": [f"m{n:02}" for n in range(60)],
            "text": [f"mail number {n}" for n in range(60)],
            "label": ["spam" if n % 3 == 0 else "ham" for n in range(60)],
        }
    )
