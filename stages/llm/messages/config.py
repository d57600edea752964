"""Where requests go, how fast and at what price, as params.yaml says it; the endpoint's key."""

import os
import re
from typing import Any, Literal

from pydantic import Field, field_validator

from stages.core.errors import UserError
from stages.core.params import Section

OURS = {"model", "messages", "seed", "response_format", "stream", "n"}  # not for `extra`
ADDRESS = re.compile(r"https?://(\[[\da-fA-F:.]+\]|[^\s/@:\[\]]+)(:\d{1,5})?(/[^\s?#]*)?")
VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")
SECRET = 8  # characters of a key; a shorter one is a word for servers that want any
BATCH_DISCOUNT = 0.5  # of the price, at OpenAI and most that have a Batch API


class Price(Section):
    """US dollars per million tokens."""

    prompt: float = Field(ge=0, allow_inf_nan=False)
    completion: float = Field(ge=0, allow_inf_nan=False)

    def usd(self, prompt_tokens: float, completion_tokens: float) -> float:
        """What so many tokens cost."""
        return (prompt_tokens * self.prompt + completion_tokens * self.completion) / 1e6


class Endpoint(Section):
    """Where requests go, `generate.endpoint` in params.yaml; any OpenAI-compatible server."""

    model: str
    base_url: str | None  # null = OpenAI; else such as http://localhost:8000/v1
    key_env: str | None  # environment variable that holds the key; null where none is needed
    structured: Literal["json_schema", "json_object", "none"]
    send_seed: bool  # the `seed` field: not every server has it
    api: Literal["direct", "batch", "exchange"]
    # Fields of each request that have no setting, such as max_completion_tokens where a model
    # refuses max_tokens; settings of a strategy override them.
    extra: dict[str, Any] = Field(default={})

    @field_validator("base_url")
    @classmethod
    def _check_address(cls, address: str | None) -> str | None:
        if address is not None and not ADDRESS.fullmatch(address):
            raise ValueError(  # without what was found, which may hold a password
                "expected null or an address such as http://localhost:8000/v1, with no name or "
                "password before the host and no ? after it; the key goes into the variable that "
                "key_env names"
            )
        return address

    @field_validator("key_env")
    @classmethod
    def _check_variable(cls, name: str | None) -> str | None:
        if name is not None and not VARIABLE.fullmatch(name):
            raise ValueError(  # without what was found, which is often the key itself
                "expected null or the name of the variable that holds the key, in capitals such as "
                "OPENAI_API_KEY, found something else; set the key by `export OPENAI_API_KEY=...`"
            )
        return name

    @field_validator("extra")
    @classmethod
    def _check_extra(cls, extra: dict[str, Any]) -> dict[str, Any]:
        ours = sorted(OURS & extra.keys())
        if ours:
            raise ValueError(f"expected fields other than {sorted(OURS)}, found {ours}")
        return extra

    def masked(self, text: str) -> str:
        """The text without the endpoint's key, which an endpoint or a gateway may echo."""
        key = os.environ.get(self.key_env, "").strip() if self.key_env else ""
        return text.replace(key, "***") if len(key) >= SECRET else text


class Limits(Section):
    """How hard to push, `generate.limits` in params.yaml; results do not depend on it."""

    concurrency: int = Field(ge=1)
    requests_per_minute: float | None = Field(gt=0)
    tokens_per_minute: float | None = Field(gt=0)
    timeout: float = Field(gt=0)  # seconds a request may take
    attempts: int = Field(ge=1)  # of a request, before its row is given up
    patience: float = Field(gt=0)  # seconds that 429s or an outage may put a request off
    poll: float = Field(gt=0)  # seconds between looks at a batch


def key_of(endpoint: Endpoint) -> str | None:
    """The endpoint's key; a placeholder where it needs none, None where it is not set.

    Raises `UserError` for a key that no header can carry, without showing it.
    """
    if endpoint.key_env is None:
        return "none"
    key = os.environ.get(endpoint.key_env, "").strip()
    odd = [number for number, sign in enumerate(key, start=1) if not "!" <= sign <= "~"]
    if odd:
        raise UserError(
            f"{endpoint.key_env}: expected a key of printable ASCII characters without spaces, "
            f"found another as number {odd[0]} of {len(key)}; copy the key again"
        )
    return key or None
