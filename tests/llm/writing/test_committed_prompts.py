"""The committed cards with the committed prompt files: requests that read as English."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from stages.corpora import cards
from stages.llm.messages.config import Endpoint
from stages.llm.writing.prompts import Writer
from stages.llm.writing.strategy import PromptFile, Strategy, Task
from tests import small_task

ROOT = Path(__file__).parents[3]
TASKS = sorted(path.stem for path in (ROOT / "data" / "tasks").glob("*.yaml"))
STRATEGIES: dict[str, dict[str, Any]] = {
    "zero_shot": {"mode": "conversation"},
    "few_shot": {"mode": "independent", "examples": 1},
    "attributed": {"mode": "independent"},
    "persona": {"mode": "independent"},
}


def writer(task: str, strategy: str) -> Writer:
    """What asks for the texts of a committed task by a committed strategy."""
    card = cards.load(task)
    told = cards.writing(card, task)
    content = yaml.safe_load((ROOT / "data" / "prompts" / f"{strategy}.yaml").read_text())
    settings = {"texts_per_label": 10, "texts_per_request": 5, **STRATEGIES[strategy]}
    prompts = PromptFile(**content)
    return Writer(
        Task(
            name=task,
            labels=card.labels,
            words=told.words,
            context=told.prompts.context,
            generate=told.prompts.generate,
            phrases=card.phrases,
            pool={label: [("r0", "A real text.")] for label in card.labels},
            attributes={label: {"tone": ["dry"]} for label in card.labels if prompts.propose},
        ),
        Strategy.model_validate(settings),
        prompts,
        Endpoint(**{**small_task.ENDPOINT, "structured": "none"}),
    )


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("task", TASKS)
def test_requests_read_as_english(
    task: str, strategy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has the label's phrase and definition, no label's bare name, and no open slot."""
    monkeypatch.chdir(ROOT)
    made, card = writer(task, strategy), cards.load(task)
    for label in card.labels:
        for number in (1, 5):
            asked = made.request(label, 0, 0, number).body["messages"][1]["content"]
            assert f'What "{card.phrases[label]}" means here: {card.labels[label]}.' in asked
            assert asked.count(card.phrases[label]) >= 2  # in what is asked for, and explained
            assert not re.search(r"\{[a-z_]+\}|\|", asked)
            assert not set(re.findall(r"\w+_\w+|\w+:\w+", asked))
            plural = re.search(r"\b(?:texts|of each)\b", asked.replace('"texts"', ""))
            assert bool(plural) == (number > 1)
            assert re.search(rf"\b{number} ", asked)


def test_a_whole_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the writer of tweets that are not ironic is told, for five and for one."""
    monkeypatch.chdir(ROOT)
    made = writer("tweet_irony", "attributed")
    five, one = (made.request("not_irony", 0, 0, n).body["messages"][1]["content"] for n in (5, 1))
    assert five == (
        "Write 5 tweets that are not ironic. Length of each: 8-25 words. Be creative and write "
        "unique tweets.\n"
        'What "not ironic" means here: the tweet means what it says.\n'
        "Each text has these attributes:\n"
        "- tone: dry\n"
        "Where these contradict each other, the meaning or the length, keep the meaning and the "
        "length, and as many of the attributes as fit.\n"
        'Answer with a JSON object {"texts": ["...", ...]} that holds exactly 5 texts.'
    )
    assert one.startswith("Write 1 tweet that is not ironic. Length: 8-25 words. Be creative and")
    assert one.endswith("that holds exactly 1 text.")


def test_the_papers_wording_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """The diversity prompt and the imitate prompt are those of Li et al. (2023), section 3."""
    monkeypatch.chdir(ROOT)
    later = writer("tweet_irony", "zero_shot").request("irony", 1, 0, 5, ["{}"]).body["messages"]
    diverse = "Can you provide something more diverse compared to the previously generated data?"
    assert later[-1]["content"].startswith(diverse)
    shown = writer("tweet_irony", "few_shot").request("irony", 0, 0, 5).body["messages"]
    imitate = "but you cannot simply modify or rewrite the examples I have given."
    assert imitate in shown[-1]["content"]
