"""A panel of LLM annotators: how its members are asked to choose, and how an answer is read.

Always a proxy for people. A question shows options (labels, tasks) in a random order of its own for
each request, since language models favour positions (Zheng et al. 2023, "Judging LLM-as-a-judge").
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Self

import yaml
from pydantic import Field, model_validator

from stages.core import seeds
from stages.core.errors import UserError
from stages.core.params import Section, parse
from stages.llm.messages.config import Endpoint
from stages.llm.messages.request import Request, estimated_tokens, request_key
from stages.llm.messages.slots import check_slots
from stages.llm.reading.cleaning import REFUSAL
from stages.llm.reading.parsing import FENCE, without_thoughts

FORMAT = 'Answer with a JSON object {"answer": "..."} that holds one of these names, nothing else.'
SLOTS = ("persona", "title", "description", "options", "examples", "text", "format")
SLOT = re.compile(rf"\{{({'|'.join(SLOTS)})\}}")
QUOTES = " \t\r\n\"'`*“”‘’.:"
ANSWER_PROBLEMS = (
    "empty_reply",
    "filtered",
    "refusal",
    "unknown_answer",
    "unparsed",
    "failed_request",
)
WORDS = (1, 5)  # of an answer, for estimates
FINAL = ("filtered", "failed_request")  # asking again would give the same
CONFIDENCES = (1, 2, 3)  # a guess, likely, sure


class Member(Section):
    """One annotator of the panel."""

    name: str = Field(pattern=r"^[\w.-]+$")
    persona: str = ""  # whose part it plays
    model: str | None = None  # null = the endpoint's
    temperature: float | None = Field(default=None, ge=0)


class Members(Section):
    """Who is asked, and how; where and how fast is set in `generate`."""

    attempts: int = Field(ge=1)  # of a question, while its answer cannot be read
    seed: int  # of the drawn texts, the order of options and, where there is one, the sampling
    members: tuple[Member, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _check_names(self) -> Self:
        names = [member.name for member in self.members]
        if len(set(names)) < len(names):
            raise ValueError(f"expected each member's name once, found {names}")
        return self


class Panel(Members):
    """Who annotates what: `annotate` in params.yaml."""

    split: Literal["train", "validation", "test", "pool"]  # of the real texts
    texts: int | None = Field(ge=1)  # at most, drawn from the split; null: all


class Labelling(Members):
    """How many real texts an LLM labels: `label` in params.yaml."""

    train: int | None = Field(ge=0)  # texts at most, drawn at random; null: all
    test: int | None = Field(ge=0)
    spare: int = Field(ge=0)  # unlabelled ones, at most half of them
    examples: int = Field(ge=0)  # of the pool, per label, shown with their labels


class PanelPrompt(Section):
    """`data/prompts/annotate.yaml`, `label.yaml` or `vote.yaml`: texts with slots.

    Braces that are no slot stay. `examples` stands for {examples} where there are some.
    """

    system: str
    request: str
    examples: str = ""
    format: str = FORMAT
    confidence: bool = False  # whether `format` asks for one of CONFIDENCES, too


def prompt_of(content: str, where: str) -> PanelPrompt:
    """A prompt file's content; `UserError` names `where` and what is wrong."""
    try:
        prompt = parse(PanelPrompt, yaml.safe_load(content), where)
    except yaml.YAMLError as error:
        raise UserError(f"{where} is not YAML ({error}); fix it") from error
    for name in ("system", "request", "examples", "format"):
        check_slots(getattr(prompt, name), SLOTS, f"{where}: `{name}`")
    if "{options}" not in prompt.request + prompt.system:
        raise UserError(f"{where}: expected {{options}}, what may be answered; add it to `request`")
    return prompt


@dataclass(frozen=True)
class Item:
    """What every member is asked about. `options`: name -> what the prompt says of it."""

    id: str
    options: Mapping[str, Any]
    text: str = ""
    title: str = ""
    description: str = ""
    examples: Sequence[tuple[str, str]] = ()  # text and option


@dataclass(frozen=True)
class Question(Request):
    """A request to one member; `label` is the item's id, `round` the attempt."""

    member: str = ""
    options: tuple[str, ...] = field(default=())  # in the order in which they are shown

    @property
    def key(self) -> str:
        """Its key in the request cache: members of one model and persona answer separately."""
        return request_key(self.body, f"annotate/{self.member}/{self.round}", self.base_url)


class Choice(NamedTuple):
    """The option that was chosen, or one of ANSWER_PROBLEMS."""

    option: str | None
    problem: str = ""
    confidence: int | None = None  # one of CONFIDENCES, where the reply says so


class Questions:
    """The questions of one prompt file for an endpoint."""

    def __init__(self, prompt: PanelPrompt, endpoint: Endpoint, seed: int) -> None:
        self._prompt, self._endpoint, self._seed = prompt, endpoint, seed

    def ask(self, item: Item, member: Member, attempt: int) -> Question:
        """The question about `item`; every attempt has an order and a sampling seed of its own."""
        draw = seeds.choices(self._seed, member.name, item.id, attempt)
        names = draw.sample(list(item.options), len(item.options))
        messages = [
            {"role": role, "content": self._fill(template, item, member, names)}
            for role, template in (("system", self._prompt.system), ("user", self._prompt.request))
        ]
        body: dict[str, Any] = {"model": self.model(member), "messages": messages}
        body |= self._endpoint.extra
        if member.temperature is not None:
            body["temperature"] = member.temperature
        if self._endpoint.send_seed:
            body["seed"] = draw.randrange(2**31)
        form = _response_format(self._endpoint.structured, names, self._prompt.confidence)
        if form:
            body["response_format"] = form
        tokens = estimated_tokens(body, 1, WORDS)
        options = tuple(names)
        return Question(
            item.id,
            attempt,
            0,
            body,
            tokens=tokens,
            base_url=self._endpoint.base_url,
            member=member.name,
            options=options,
        )

    def model(self, member: Member) -> str:
        """The model that answers for a member."""
        return member.model or self._endpoint.model

    def _fill(self, template: str, item: Item, member: Member, names: list[str]) -> str:
        shown = {name: item.options[name] for name in names}
        pairs = [{"text": text, "answer": option} for text, option in item.examples]
        lines = "\n".join(json.dumps(pair, ensure_ascii=False) for pair in pairs)
        values = {
            "examples": self._prompt.examples.replace("{examples}", lines) if lines else "",
            "persona": member.persona,
            "title": item.title,
            "description": item.description,
            "options": json.dumps(shown, ensure_ascii=False, indent=1),
            "text": json.dumps(item.text, ensure_ascii=False),
            "format": self._prompt.format,
        }
        # In one pass: a text that holds `{format}` is not filled in again.
        return SLOT.sub(lambda match: values[match[1]], template).strip()


def read_choice(reply: str, options: Iterable[str], finish_reason: str | None = None) -> Choice:
    """The option that a reply names, whatever its case, quotes, code fence or JSON.

    >>> read_choice('{"answer": "Ham", "confidence": 3}', ["ham", "spam"])
    Choice(option='ham', problem='', confidence=3)
    >>> read_choice("It might be ham.", ["ham", "spam"]).problem
    'unparsed'
    """
    if finish_reason == "content_filter":
        return Choice(None, "filtered")
    if not reply.strip():
        return Choice(None, "empty_reply")
    reply = without_thoughts(reply)
    fenced = FENCE.search(reply)
    content = (fenced.group(1) if fenced else reply).strip()
    found = _parsed(content)
    named = _named(found)
    options = list(options)
    matches = [name for name in options if name == named]
    matches = matches or [name for name in options if _plain(name) == _plain(named)]
    if len(matches) == 1:
        return Choice(matches[0], confidence=_confidence(found))
    if found is not content:
        return Choice(None, "unknown_answer")
    return Choice(None, "refusal" if REFUSAL.search(content) else "unparsed")


def _parsed(content: str) -> Any:
    """The JSON of a reply; `content` itself where there is none."""
    start, end = content.find("{"), content.rfind("}")
    try:
        return json.loads(content[start : end + 1] if 0 <= start < end else content, strict=False)
    except (ValueError, RecursionError):
        return content


def _named(found: Any) -> str:
    """What a reply names: its answer, or the only thing it says. Reasons are not looked at."""
    if isinstance(found, dict):
        only = next(iter(found.values())) if len(found) == 1 else None
        found = found.get("answer", found.get("label", only))
    if isinstance(found, int | float):  # a label such as 1 or true, without its quotes
        return json.dumps(found)
    return found if isinstance(found, str) else ""


def _confidence(found: Any) -> int | None:
    stated = str(found.get("confidence", "")) if isinstance(found, dict) else ""
    return next((known for known in CONFIDENCES if stated in (str(known), f"{known}.0")), None)


def _plain(name: str) -> str:
    return " ".join(name.split()).strip(QUOTES).casefold()


def _response_format(structured: str, names: list[str], confidence: bool) -> dict[str, Any] | None:
    if structured == "json_object":
        return {"type": "json_object"}
    if structured == "none":
        return None
    properties: dict[str, Any] = {"answer": {"type": "string", "enum": names}}
    if confidence:
        properties["confidence"] = {"type": "integer", "enum": list(CONFIDENCES)}
    schema = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    named = {"name": "answer", "strict": True, "schema": schema}
    return {"type": "json_schema", "json_schema": named}
