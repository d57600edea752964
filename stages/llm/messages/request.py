"""A request, the key under which its answer is stored, and the tokens that it will take."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

CHARACTERS = 4  # per token of English, roughly, where the endpoint does not count


@dataclass(frozen=True)
class Request:
    """One request and what its reply will be filed under."""

    label: str
    round: int
    index: int
    body: dict[str, Any]
    examples: tuple[str, ...] = ()
    texts: int = 0  # asked for
    tokens: tuple[int, int] = (0, 0)  # of the prompt and the completion, estimated
    base_url: str | None = None  # where it is sent; None = OpenAI
    attributes: Mapping[str, str] = field(default_factory=dict)  # dimension -> value, as drawn

    @cached_property
    def key(self) -> str:
        """Its key in the request cache."""
        return request_key(self.body, f"{self.round}/{self.index}", self.base_url)


def request_key(body: dict[str, Any], sample: str, base_url: str | None) -> str:
    """The sha256 of all that shapes an answer: the body as it is sent, which draw it is, and where.

    The same name may be another model at another server; None is the SDK's own address.
    """
    place = [base_url.rstrip("/")] if base_url else []
    rendered = json.dumps([body, sample, *place], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(rendered.encode()).hexdigest()


def estimated_tokens(body: dict[str, Any], texts: int, words: tuple[int, int]) -> tuple[int, int]:
    """Prompt and completion tokens that a request will need, from its length and the word range."""
    prompt = sum(len(message["content"]) for message in body["messages"]) // CHARACTERS + 8
    completion = round(texts * (sum(words) / 2 * 1.4 + 4)) + 8
    return prompt, min(completion, body.get("max_tokens", completion))
