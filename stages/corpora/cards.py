"""Task cards: what a task is, how it is asked for, where its real texts come from."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator

from stages.core import files
from stages.core.errors import UserError
from stages.core.params import Section, parse
from stages.core.paths import CARDS
from stages.corpora.given import Named, Own, Renamed, Sources


class Prompts(Section):
    """The task's part of the paper's three-part prompt scheme (Li et al. 2023, section 3).

    `{k}`, `{label}`, `{phrase}`, `{definition}` and `{words}` are filled in; of `{tweet|tweets}`
    the first is for one text and the second for several. Other braces stay as they are.
    """

    context: str
    generate: str


class Raters(Section):
    """A part of the data set: one row per item and annotator, one 0/1 column per label."""

    config: str
    split: str
    item: str  # column of the ids that `Hub.key` names
    annotator: str
    labels: tuple[str, ...]


class Hub(Section):
    """Where a Hugging Face data set holds the task, and how its columns map to ours.

    The source's value of a label is looked up in `names`, by its number first and then by its class
    name; what `names` lacks keeps its own name. Of a list of labels, a single one counts; rows with
    none or several are dropped.
    """

    id: str
    config: str | None = None
    revision: str = "main"
    # Our split -> the source's split; or a pattern of files, where the revision has no configs.
    splits: dict[Literal["train", "validation", "test"], str] = Field(min_length=1)
    reader: Literal["plain", "few_rel"] = "plain"
    key: str | None = None  # column of ids
    text: str
    label: str
    names: Renamed = Field(default={})  # source's value (as text) -> card's label
    raters: Raters | None = None
    # Pattern of files -> least share of annotators who agreed on each text in them; ascending.
    brackets: dict[str, float] = Field(default={})


Attributes = dict[str, Annotated[list[str], Field(min_length=1)]]  # dimension -> values


def _defined(value: Any) -> Any:
    """Labels without a definition, be it a list or nothing after the colon, are their own."""
    if isinstance(value, list):
        value = dict.fromkeys(value)
    if isinstance(value, dict):
        value = {
            name: str(name).replace("_", " ") if said is None else said
            for name, said in value.items()
        }
    return value


def _two(value: dict[str, str]) -> dict[str, str]:
    if len(value) < 2:
        raise ValueError(
            f"expected two or more labels to tell apart, found {list(value)}; add the others"
        )
    if blank := [name for name in value if not name.strip() or name != name.strip()]:
        raise ValueError(f"expected names without blanks around them, found {blank}; fix them")
    return value


Labels = Annotated[
    dict[str, str], Named, BeforeValidator(_defined), AfterValidator(_two)
]  # name -> one-line definition


class Card(Section):
    """One task. `labels` maps each label to its one-line definition; order is the table's order.

    `phrases` says each label in plain English, as prompts need it ("not ironic" for `not_irony`);
    where the card says none, it is the label with blanks for "_".
    """

    title: str = ""
    labels: Labels
    description: str = Field(default="", validate_default=True)
    phrases: Annotated[dict[str, str], Named] = Field(default_factory=dict, validate_default=True)
    other_labels: Literal["refuse", "drop"] = "refuse"  # rows of the source with other labels
    language: str = Field(default="en", pattern="^[a-z]{2}$")  # of the texts, ISO 639-1
    words: tuple[int, int] | None = None  # a text's least and most words, as asked of the LLM
    prompts: Prompts | None = None  # needed where an LLM is to write
    # By strategy and label; for labels that are not here the LLM proposes them, and
    # `python -m stages.generate TASK STRATEGY --propose` prints what it proposed.
    attributes: dict[str, dict[str, Attributes]] = Field(default_factory=dict)
    hub: Hub | None = None
    own: Own | None = None  # the user's files in data/own/<task>; they win over fetch.origin
    ready: Sources = Field(default_factory=dict)  # source -> files of texts that an LLM wrote
    licence: str = "not stated"
    citation: str = "not stated"

    @field_validator("description")
    @classmethod
    def _describe(cls, value: str, info: ValidationInfo) -> str:
        return value or f"Which of these fits a text: {', '.join(info.data.get('labels', ()))}."

    @field_validator("phrases")
    @classmethod
    def _complete_phrases(cls, value: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        _check_labels(value, info)
        return {
            name: value.get(name, name.replace("_", " ")) for name in info.data.get("labels", ())
        }

    @field_validator("attributes")
    @classmethod
    def _check_attributes(
        cls, value: dict[str, dict[str, Attributes]], info: ValidationInfo
    ) -> dict[str, dict[str, Attributes]]:
        _check_labels({label for given in value.values() for label in given}, info)
        return value


class Writing(Section):
    """What of a card an LLM that writes texts is told."""

    prompts: Prompts
    words: tuple[int, int]


def writing(card: Card, task: str) -> Writing:
    """What an LLM that writes is told; `UserError` where the card leaves it out."""
    if card.prompts is None or card.words is None:
        raise UserError(
            f"{CARDS / task}.yaml: expected `prompts` and `words` to have an LLM write texts, "
            f"found no {'words' if card.prompts else 'prompts'}; add them, "
            "or use no strategy for this task"
        )
    return Writing(prompts=card.prompts, words=card.words)


def _check_labels(found: Iterable[str], info: ValidationInfo) -> None:
    """Raise `ValueError` for a label that the card's `labels` lack."""
    labels = info.data.get("labels")  # absent where they are wrong themselves
    unknown = sorted(set(found) - set(labels or ()))
    if labels and unknown:
        raise ValueError(f"expected labels of {list(labels)}, found {unknown}; fix them")


def names() -> list[str]:
    """The tasks that have a card."""
    return sorted(path.stem for path in CARDS.glob("*.yaml"))


def load(task: str) -> Card:
    """The card of `task`; `UserError` when there is none or it does not fit the schema."""
    path: Path = CARDS / f"{task}.yaml"
    if task not in names():
        raise UserError(f"no task {task!r}: {CARDS} has cards for {names()}; add {path}")
    content = files.read_yaml(path)
    if isinstance(content, dict):
        content = {"title": task.replace("_", " ").capitalize()} | content
    return parse(Card, content, str(path))
