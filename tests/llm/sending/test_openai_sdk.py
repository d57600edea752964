"""The settings of an endpoint."""

from typing import Any

import pytest
from pydantic import ValidationError

from stages.core.errors import UserError
from stages.core.params import parse
from stages.llm.messages.config import Endpoint, Price
from stages.llm.messages.request import Request
from stages.llm.panel.questions import Item, Member, PanelPrompt, Questions
from stages.llm.sending.openai_sdk import (
    OpenAITransport,
    RateHeaders,
    rate_headers,
    retry_after,
)
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


def test_null_is_openai_whatever_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key goes where params.yaml says, under which the replies are filed."""
    monkeypatch.setenv("OPENAI_BASE_URL", "http://elsewhere.example/v1")
    transport = OpenAITransport(Endpoint(**small_task.ENDPOINT), lambda: "sk-x", 5.0)
    assert str(transport.client.base_url) == "https://api.openai.com/v1/"


@pytest.mark.parametrize(
    "address",
    [
        "localhost:8000/v1",
        "ftp://host/v1",
        "http:///v1",
        "http://host:port/v1",
        "https://me:secret@host/v1",
        "https://host/v1?api_key=secret",
        "http://[host/v1",
        "",
    ],
)
def test_address_that_cannot_be_asked_is_refused(address: str) -> None:
    """Before anything is tried, and counted as paid."""
    with pytest.raises(ValidationError, match="base_url"):
        Endpoint(**{**small_task.ENDPOINT, "base_url": address})


@pytest.mark.parametrize(
    "address",
    ["http://localhost:8000/v1", "https://[::1]:80/v1/", "https://a.openai.azure.com/openai/v1/"],
)
def test_address_that_can_be_asked(address: str) -> None:
    """Also one without a port, or of IPv6."""
    assert Endpoint(**{**small_task.ENDPOINT, "base_url": address}).base_url == address


@pytest.mark.parametrize("name", ["sk-proj-0aB1", "hf_aBcDeFgH", "a secret", "$KEY", "9A", ""])
def test_a_key_in_place_of_its_variable_is_refused(name: str) -> None:
    """A common mistake, and params.yaml is in Git: the line does not show it."""
    with pytest.raises(UserError, match=r"key_env: expected null or the name") as caught:
        parse(Endpoint, {**small_task.ENDPOINT, "key_env": name}, "generate.endpoint")
    assert not name or name not in str(caught.value)


@pytest.mark.parametrize("price", [-1.0, float("nan"), float("inf")])
def test_price_without_which_no_budget_holds_is_refused(price: float) -> None:
    """A negative price would earn money, and a sum with NaN is above no budget."""
    with pytest.raises(ValidationError, match="prompt"):
        Price(prompt=price, completion=1.0)


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after-ms": "1500", "retry-after": "7"}, 1.5),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Mon, 1 Jan 2020 99999999999999999999:1:1 GMT"}, None),
        ({}, None),
    ],
)
def test_retry_after_of_any_kind(given: dict[str, str], seconds: float | None) -> None:
    """Nonsense counts as none."""
    assert retry_after(given) == seconds


def test_rate_headers_that_are_no_numbers() -> None:
    """They say nothing."""
    given = {"x-ratelimit-limit-requests": "nan", "x-ratelimit-remaining-requests": "many"}
    assert rate_headers(given) == RateHeaders()


@pytest.mark.parametrize("name", ["messages", "model", "stream"])
def test_extra_field_that_has_a_setting_is_refused(name: str) -> None:
    """The client relies on these fields."""
    with pytest.raises(ValidationError, match=f"expected fields other than .*{name}"):
        asked(extra={name: 1})
