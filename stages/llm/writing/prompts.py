"""What is asked: a strategy's settings and its prompt file, filled in for a task and label."""

import hashlib
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from stages.core import seeds
from stages.core.errors import UserError
from stages.llm.messages.config import Endpoint
from stages.llm.messages.request import Request, estimated_tokens
from stages.llm.messages.slots import check_slots, slots
from stages.llm.writing.attributes import drawn
from stages.llm.writing.strategy import Attributes, PromptFile, Strategy, Task

TEXTS_SCHEMA = {
    "type": "object",
    "properties": {"texts": {"type": "array", "items": {"type": "string"}}},
    "required": ["texts"],
    "additionalProperties": False,
}
NESTED = ("context", "generate", "format")  # texts with slots of their own
SLOTS = (*NESTED, "k", "label", "phrase", "definition", "words")
DRAWN = ("examples", "attributes")  # in requests only
# A slot's name, or {one|many}: the words for one text, and for several.
SLOT = re.compile(rf"\{{(?:({'|'.join((*SLOTS, *DRAWN))})|([^{{}}|]*)\|([^{{}}|]*))\}}")
PROPOSED = (50, (2, 6))  # values in a proposal and words in each, for estimates


class First(NamedTuple):
    """A prompt, and what was drawn for it."""

    prompt: str
    examples: tuple[str, ...]
    attributes: dict[str, str]


class Writer:
    """Requests of one strategy for one task."""

    def __init__(
        self, task: Task, strategy: Strategy, prompts: PromptFile, endpoint: Endpoint
    ) -> None:
        self.task, self.strategy, self.prompts = task, strategy, prompts
        # By label; what the card does not have is asked for before the first request.
        self.attributes: dict[str, Attributes] = dict(task.attributes)
        self.model = strategy.model or endpoint.model
        self._endpoint = endpoint
        self._check()

    def request(
        self, label: str, turn: int, index: int, number: int, history: Sequence[str] = ()
    ) -> Request:
        """The request for `number` texts; `history` holds the replies of the earlier rounds.

        A conversation repeats its first prompt, then as many of the last rounds as it may; these
        asked for `texts_per_request`.
        """
        usual = self.strategy.texts_per_request if history else number
        conversation = self.strategy.mode == "conversation"
        first, examples, drawn = self._first(label, 0 if conversation else turn, index, usual)
        messages = [self._message("system", self._fill(self.prompts.system, label, usual))]
        messages.append(self._message("user", first))
        shown = history[max(0, len(history) - self.strategy.history) :]
        for reply in shown:
            messages.append(self._message("assistant", reply))
            messages.append(self._message("user", self._fill(self.prompts.next, label, usual)))
        if history:
            last = self._message("user", self._fill(self.prompts.next, label, number))
            messages[len(messages) - bool(shown) :] = [last]
        body = self._body(messages, label, turn, index)
        tokens = estimated_tokens(body, number, self.task.words)
        url = self._endpoint.base_url
        return Request(label, turn, index, body, examples, number, tokens, url, drawn)

    def proposal(self, label: str, attempt: int = 0) -> Request:
        """The request for a label's attribute dimensions and values."""
        usual = self.strategy.texts_per_request
        prompt = self._fill(self.prompts.propose, label, usual)
        system = self._message("system", self._fill(self.prompts.system, label, usual))
        body = self._body([system, self._message("user", prompt)], label, -1, attempt)
        if "response_format" in body:  # keys of the dimensions are open: no strict schema
            body["response_format"] = {"type": "json_object"}
        tokens = estimated_tokens(body, *PROPOSED)
        url = self._endpoint.base_url
        return Request(label, -1, attempt, body, tokens=tokens, base_url=url)

    def without_attributes(self) -> list[str]:
        """The labels whose attributes have not been asked for yet."""
        wanted = self.task.labels if self.prompts.propose else ()
        return [label for label in wanted if not self.attributes.get(label)]

    def _first(self, label: str, turn: int, index: int, number: int) -> First:
        seed = f"{self.strategy.seed}/{label}/{turn}"
        draw = seeds.choices(seed, index)
        pool = self.task.pool.get(label, ())
        examples = draw.sample(list(pool), min(self.strategy.examples, len(pool)))
        attributes = drawn(self.attributes.get(label, {}), seed, index)
        prompt = self._fill(
            self.prompts.request,
            label,
            number,
            examples="\n".join(f"- {text}" for _, text in examples),
            attributes="\n".join(f"- {name}: {value}" for name, value in attributes.items()),
        )
        return First(prompt, tuple(identity for identity, _ in examples), attributes)

    def _fill(self, template: str, label: str, number: int, **more: str) -> str:
        least, most = self.task.words
        values = {
            "context": self.task.context,
            "generate": self.task.generate,
            "format": self.prompts.format,
            "k": str(number),
            "label": label,
            "phrase": self.task.phrases.get(label, label),
            "definition": self.task.labels[label],
            "words": f"{least}-{most}",
            **more,
        }

        def value(match: re.Match[str], depth: int = 0) -> str:
            if not match[1]:
                return match[2] if number == 1 else match[3]
            text = values.get(match[1], "")
            # The card's prompts have slots of their own; examples and attributes are data.
            return (
                SLOT.sub(lambda m: value(m, 1), text) if match[1] in NESTED and not depth else text
            )

        return SLOT.sub(value, template)

    def _body(
        self, messages: list[dict[str, str]], label: str, turn: int, index: int
    ) -> dict[str, Any]:
        strategy = self.strategy
        body: dict[str, Any] = {"model": self.model, "messages": messages}
        body |= self._endpoint.extra
        for name in ("temperature", "top_p", "max_tokens"):
            if getattr(strategy, name) is not None:
                body[name] = getattr(strategy, name)
        if self._endpoint.send_seed:
            draw = f"{strategy.seed}/{label}/{turn}/{index}".encode()
            body["seed"] = int.from_bytes(hashlib.sha256(draw).digest()[:4]) >> 1
        if self._endpoint.structured == "json_schema":
            schema = {"name": "texts", "strict": True, "schema": TEXTS_SCHEMA}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        elif self._endpoint.structured == "json_object":
            body["response_format"] = {"type": "json_object"}
        return body

    @staticmethod
    def _message(role: str, content: str) -> dict[str, str]:
        return {"role": role, "content": content}

    def _check(self) -> None:
        strategy, prompts = self.strategy, self.prompts
        if strategy.mode == "conversation" and self._endpoint.api != "direct":
            raise UserError(
                "a strategy of mode 'conversation' cannot be asked in bulk, each round needs the "
                "reply to the one before; set its mode to independent, or generate.endpoint.api to "
                "direct"
            )
        if strategy.mode == "conversation" and not prompts.next:
            raise UserError("a conversation needs `next` in its prompt file; add it")
        self._check_slots()
        given = all(map(self.attributes.get, self.task.labels))
        if "attributes" in self._asked() and not (prompts.propose or given):
            raise UserError(
                "the prompt has {attributes}: expected `propose` in its file, or attributes of "
                "every label in the task's card; add either"
            )
        short = [label for label in self.task.labels if len(self.task.pool.get(label, ())) == 0]
        if strategy.examples and short:
            raise UserError(f"the few-shot pool has no text of {short}; raise fetch.pool_share")

    def _asked(self) -> set[str]:
        """The slots that a request fills, those within other slots included."""
        texts = {"context": self.task.context, "generate": self.task.generate}
        texts["format"] = self.prompts.format
        asked = slots(self.prompts.system) | slots(self.prompts.request)
        return asked.union(*(slots(text) for name, text in texts.items() if name in asked))

    def _check_slots(self) -> None:
        """Raise `UserError` where prompts would be sent that say less than they are meant to."""
        strategy, prompts, asked = self.strategy, self.prompts, self._asked()
        for name in PromptFile.model_fields:
            more = DRAWN if name in ("request", "format") else ()
            check_slots(getattr(prompts, name), (*SLOTS, *more), f"`{name}` of the prompt file")
        for name in ("context", "generate"):
            where = f"`{name}` of the task {self.task.name}"
            check_slots(getattr(self.task, name), (*SLOTS, *DRAWN), where)
        if "examples" in asked and not strategy.examples:
            raise UserError("the prompt has {examples}: expected examples > 0 in params; set it")
        if strategy.examples and "examples" not in asked:
            raise UserError(
                f"examples: {strategy.examples} in params, and no {{examples}} in the prompt's "
                "`request`; add it, or set examples to 0"
            )
        if prompts.propose and "attributes" not in asked:
            raise UserError(
                "the prompt file has `propose`, and no {attributes} in its `request`; add it, or "
                "leave propose out"
            )
        if strategy.texts_per_request > 1 and "k" not in asked:
            raise UserError(
                "no {k}, the number of texts, in the prompt file's `request` or what it shows of "
                "the task; add it, or set texts_per_request to 1"
            )
        if len(self.task.labels) > 1 and not asked & {"label", "phrase", "definition", *DRAWN}:
            raise UserError(
                "every label would get the same prompt: expected {phrase} or {definition} in the "
                "prompt file's `request` or what it shows of the task; add it"
            )
