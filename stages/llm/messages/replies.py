"""Raw answers of an LLM, as they lie in data/replies."""

import json
import tempfile
from collections.abc import Iterator, Mapping
from typing import IO, Any, TypedDict, cast

from stages.core.errors import UserError


class Usage(TypedDict):
    """Tokens that the endpoint counted and charged."""

    prompt_tokens: int
    completion_tokens: int


class Reply(TypedDict):
    """A line of data/replies/<task>/<strategy>.jsonl: all that says where a text is from."""

    key: str
    task: str
    strategy: str
    label: str
    round: int  # turn of a conversation, or top-up wave of independent requests
    index: int  # conversation, or request within its wave
    reply: str
    model: str
    finish_reason: str | None  # stop, length, content_filter; "error: ..." where none came
    usage: Usage | None
    examples: list[str]  # ids of the real texts that the prompt showed
    provider: str
    attributes: dict[str, str]  # dimension -> value, as drawn for the request
    request: str  # its key in the request cache, "" where recorded
    doubts: str  # how the prompts of now differ from those it answered, as far as that is known


def key(task: str, strategy: str, label: str, turn: int, index: int) -> str:
    """The reply's name, the same in every run; names sort as labels, then turns, then indices."""
    return f"{task}/{strategy}/{label}/{turn:05d}/{index:06d}"


def from_line(line: Mapping[str, Any], where: str) -> Reply:
    """A parsed line as a `Reply`; `UserError` names `where` and the fields that it lacks."""
    missing = [field for field in Reply.__annotations__ if field not in line]
    if missing:
        raise UserError(f"{where}: a reply lacks {missing}; run generate again")
    return cast(Reply, dict(line))


class Spool:
    """Replies on disk in the order of arrival, read back sorted by key: memory stays flat."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._places: list[tuple[str, int]] = []

    def add(self, reply: Reply) -> None:
        """Append a reply."""
        self._places.append((reply["key"], self._file.tell()))
        self._file.write(json.dumps(reply).encode() + b"\n")

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Reply]:
        for _, place in sorted(self._places):
            self._file.seek(place)
            yield json.loads(self._file.readline())

    @staticmethod
    def file() -> IO[bytes]:
        """A file that vanishes when closed."""
        return tempfile.TemporaryFile(prefix="synthworth-replies-")
