"""Prompts filled in."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stages.core.errors import UserError
from stages.llm.messages.config import Endpoint
from stages.llm.messages.slots import read
from stages.llm.writing.prompts import Writer
from stages.llm.writing.strategy import PromptFile, Strategy, Task
from tests import small_task

TASK = Task(
    name="sms",
    labels={"ham": "normal", "spam": "unwanted"},
    words=(2, 6),
    context="You write messages.",
    generate='Write {k} {label} ({definition}) of {words} words, {"a": 1}.',
    pool={"ham": [("r0", "see {k} you"), ("r1", "hi")], "spam": [("r2", "win")]},
)
SETTINGS = {"texts_per_label": 10, "texts_per_request": 5, "mode": "independent"}


def writer(
    strategy: dict[str, Any], prompts: dict[str, Any], task: Task = TASK, **endpoint: Any
) -> Writer:
    """A writer for the small task."""
    return Writer(
        task,
        Strategy(**{**SETTINGS, **strategy}),
        PromptFile(**{"system": "{context}", **prompts}),
        Endpoint(**{**small_task.ENDPOINT, **endpoint}),
    )


def content(made: Writer, *arguments: Any) -> list[str]:
    """The messages of a request."""
    return [message["content"] for message in made.request(*arguments).body["messages"]]


def test_slots_are_filled_and_other_braces_stay() -> None:
    """The card's prompts may have slots of their own; other braces are text."""
    made = writer({}, {"request": "{generate} { x } {}", "format": ""})
    assert content(made, "spam", 0, 0, 5) == [
        "You write messages.",
        'Write 5 spam (unwanted) of 2-6 words, {"a": 1}. { x } {}',
    ]


def test_a_label_is_said_in_its_phrase_and_numbers_agree() -> None:
    """The phrase stands for the label's name; {one|many} follows the number of texts."""
    task = replace(
        TASK,
        phrases={"spam": "not wanted"},
        generate="Write {k} {text that is|texts that are} {phrase}. Length{| of each}: short.",
    )
    made = writer({}, {"request": "{generate} {{a|b}}", "format": "{k} {text|texts}"}, task)
    assert content(made, "spam", 0, 0, 5)[1] == (
        "Write 5 texts that are not wanted. Length of each: short. {b}"
    )
    assert content(made, "spam", 0, 0, 1)[1] == (
        "Write 1 text that is not wanted. Length: short. {a}"
    )
    assert "texts that are ham." in content(made, "ham", 0, 0, 2)[1]


def test_examples_are_data() -> None:
    """A slot inside a real text is not filled; examples have the label and differ by request."""
    made = writer({"examples": 1}, {"request": "{k}\n{examples}"})
    shown = {content(made, "ham", 0, index, 5)[1] for index in range(20)}
    assert shown == {"5\n- see {k} you", "5\n- hi"}
    assert made.request("ham", 0, 3, 5) == made.request("ham", 0, 3, 5)


def test_conversation_repeats_its_first_prompt_and_the_last_rounds() -> None:
    """With a history of two, the fourth round shows rounds two and three."""
    made = writer(
        {"mode": "conversation", "history": 2}, {"request": "{k} {label}", "next": "more {k}"}
    )
    assert content(made, "ham", 3, 0, 5, ["one", "two", "three"])[1:] == [
        "5 ham",
        "two",
        "more 5",
        "three",
        "more 5",
    ]


def test_earlier_rounds_are_shown_as_they_were_asked() -> None:
    """A last round that asks for one text does not say that the earlier ones did."""
    made = writer({"mode": "conversation"}, {"request": "{k} {label}", "next": "more {k}"})
    said = content(made, "ham", 2, 0, 1, ["one", "two"])[1:]
    assert said == ["5 ham", "one", "more 5", "two", "more 1"]
    blind = writer(
        {"mode": "conversation", "history": 0}, {"request": "{k} {label}", "next": "more {k}"}
    )
    assert content(blind, "ham", 2, 0, 1, ["one", "two"])[1:] == ["5 ham", "more 1"]


def test_sampling_settings_are_sent() -> None:
    """What is null is left out; seeds differ by request; the schema is strict."""
    asked = {"request": "{generate}"}
    made = writer({"temperature": 0.7}, asked, structured="json_schema")
    body, other = made.request("ham", 0, 0, 5).body, made.request("ham", 0, 1, 5).body
    assert body["temperature"] == 0.7 and "top_p" not in body and body["seed"] != other["seed"]
    assert body["response_format"]["json_schema"]["strict"] is True
    plain = writer({}, asked, structured="none", send_seed=False).request("ham", 0, 0, 5)
    assert set(plain.body) == {"model", "messages"}


@pytest.mark.parametrize(
    ("strategy", "prompts", "message"),
    [
        ({"mode": "conversation"}, {"request": "x"}, "needs `next`"),
        ({}, {"request": "{examples}"}, "expected examples > 0"),
        ({}, {"request": "{k} {attributes}"}, "expected `propose`"),
        ({}, {"request": "{generte} {k}"}, r"`request` .* slot \{generte\}: expected context,"),
        ({}, {"request": "{generate}", "system": "{examples}"}, "`system` of the prompt file"),
        ({"examples": 1}, {"request": "{generate}"}, r"no \{examples\} in the prompt"),
        ({}, {"request": "{generate}", "propose": "x"}, r"no \{attributes\} in its"),
        ({}, {"request": "Write some {label}."}, r"no \{k\}, the number"),
        ({}, {"request": "Write {k}."}, "every label would get the same prompt"),
    ],
)
def test_prompts_and_params_must_agree(
    strategy: dict[str, Any], prompts: dict[str, Any], message: str
) -> None:
    """What is missing is named."""
    with pytest.raises(UserError, match=message):
        writer(strategy, prompts)


def test_attributes_written_by_hand_are_drawn() -> None:
    """The card's values are used as they are; each request draws its own; others are asked for."""
    task = replace(TASK, attributes={"spam": {"tone": ["dry", "warm"]}})
    made = writer({}, {"request": "{k}\n{attributes}", "propose": "x"}, task)
    assert made.without_attributes() == ["ham"]
    drawn = {content(made, "spam", 0, index, 5)[1] for index in range(20)}
    assert drawn == {"5\n- tone: dry", "5\n- tone: warm"}
    assert made.request("spam", 0, 0, 5).attributes["tone"] in content(made, "spam", 0, 0, 5)[1]


def test_slot_that_the_card_misspells_is_named() -> None:
    """The card's prompts are sent as well."""
    with pytest.raises(UserError, match=r"`generate` of the task sms has .* \{lable\}"):
        writer({}, {"request": "{generate}"}, replace(TASK, generate="{k} {lable}"))
    writer({"texts_per_request": 1}, {"request": "Write one {label} message."})


def test_prompt_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """Missing or in another encoding: one line, no traceback."""
    path = tmp_path / "annotate.yaml"
    with pytest.raises(UserError, match=r"expected the prompts in .*annotate\.yaml"):
        read(path)
    path.write_bytes("system: caf\u00e9".encode("latin-1"))
    with pytest.raises(UserError, match=r"annotate\.yaml is not UTF-8"):
        read(path)
