"""What an endpoint answered to a request, and the key under which it is known."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Completion:
    """What the endpoint answered to one request."""

    reply: str
    finish_reason: str | None
    model: str
    prompt_tokens: int
    completion_tokens: int


def request_key(body: dict[str, Any], sample: str, base_url: str | None) -> str:
    """The sha256 of all that shapes an answer: the body as it is sent, which draw it is, and where.

    The same name may be another model at another server; None is the SDK's own address.
    """
    place = [base_url.rstrip("/")] if base_url else []
    rendered = json.dumps([body, sample, *place], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(rendered.encode()).hexdigest()
