"""What an endpoint's answer says: JSON, and in it a chat completion."""

import json
from typing import Any

from stages.llm.messages.completion import Completion


def json_of(response: Any) -> Any:
    """The content of a response; `ValueError` says what it is instead."""
    try:
        return json.loads(response.content)
    except ValueError as error:
        kind = response.headers.get("content-type", "no type")
        shown = response.content[:100].decode(errors="replace")
        raise ValueError(f"expected JSON, found {kind}: {shown}") from error


def completion_of(content: Any, body: dict[str, Any]) -> Completion:
    """A chat completion's JSON as a `Completion`; `ValueError` where it is none."""
    if isinstance(content, dict) and content.get("error") and not content.get("choices"):
        raise ValueError(f"an error in place of a completion: {json.dumps(content['error']):.200}")
    try:
        choice = content["choices"][0]
        message = choice["message"]
        usage = content.get("usage")
        refusal = message.get("refusal")
        return Completion(
            reply=storable(str(message.get("content") or refusal or "")),
            finish_reason=choice.get("finish_reason"),
            model=storable(str(content.get("model") or body["model"])),
            prompt_tokens=_tokens(usage, "prompt_tokens"),
            completion_tokens=_tokens(usage, "completion_tokens"),
        )
    except (LookupError, TypeError, AttributeError) as error:
        raise ValueError(f"no chat completion but {json.dumps(content):.200}") from error


def storable(text: str) -> str:
    """The text with its unpaired surrogates, which no file can hold, replaced by U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _tokens(usage: Any, name: str) -> int:
    """A count of tokens; 0 where there is none or nonsense: the reply is worth more."""
    try:
        return max(0, int(usage[name]))
    except (LookupError, TypeError, ValueError, OverflowError):
        return 0
