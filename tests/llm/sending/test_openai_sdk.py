"""The settings of an endpoint."""

from typing import Any

import pytest
from pydantic import ValidationError

from stages.llm.messages.config import Endpoint
from stages.llm.messages.request import Request
from stages.llm.panel.questions import Item, Member, PanelPrompt, Questions
from stages.llm.writing.prompts import Writer
from stages.llm.writing.strategy import PromptFile, Strategy, Task
from tests import small_task


def asked(**endpoint: Any) -> tuple[Request, Request]:
    """A request for texts and a question to an annotator."""
    place = Endpoint(**{**small_task.ENDPOINT, **endpoint})
    settings: dict[str, Any] = {**small_task.FEW_SHOT, "examples": 0, "temperature": 0.5}
    strategy = Strategy(**settings)
    task = Task("sms", {"ham": "normal", "spam": "unwanted"}, (2, 6), "You write.", "Write.")
    prompts = PromptFile(system="{context}", request="{generate} {k} {label}")
    question = Questions(PanelPrompt(system="", request="{text} {options}"), place, 0).ask(
        Item("1", {"ham": "normal", "spam": "unwanted"}, "hello"), Member(name="plain"), 0
    )
    return Writer(task, strategy, prompts, place).request("ham", 0, 0, 5), question


def test_extra_fields_go_with_each_request_and_into_its_key() -> None:
    """Those of a strategy come first; without extra fields nothing changes."""
    extra = {"max_completion_tokens": 800, "temperature": 1.0}
    for plain, same, more in zip(asked(), asked(extra={}), asked(extra=extra), strict=True):
        assert plain.key == same.key != more.key
        assert more.body == extra | plain.body
    assert asked(extra=extra)[0].body["temperature"] == 0.5


@pytest.mark.parametrize("name", ["messages", "model", "stream"])
def test_extra_field_that_has_a_setting_is_refused(name: str) -> None:
    """The client relies on these fields."""
    with pytest.raises(ValidationError, match=f"expected fields other than .*{name}"):
        asked(extra={name: 1})
