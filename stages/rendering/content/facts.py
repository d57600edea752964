"""What pages read of the JSON files that other stages write, as typed records.

An estimate is a mapping with `value`, and `low`, `high`, `p` where they are known.
"""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, field_validator

Estimate = Mapping[str, float]


class Fact(BaseModel):
    """A frozen part of a file; what no page reads is skipped."""

    model_config = ConfigDict(frozen=True)


class Agreement(Fact):
    """Of `analyze`: how a task's annotators agree."""

    kind: Literal["annotations", "votes", "brackets", "none"]
    by: str | None = None  # who stood in for people
    items: int = 0
    annotators_per_item: float | None = None
    mean_a: Estimate | None = None
    alpha: Estimate | None = None
    entropy_bits: Estimate | None = None
    unanimous_items: int | None = None
    withheld: str | None = None
    alpha_withheld: str | None = None
    intervals_withheld: str | None = None
    single_annotator_items: int = 0
    items_labelled_twice: int = 0
    repeated_annotations: int = 0
    unknown_annotations: int = 0
    unknown_items: int = 0


class Annotators(Fact):
    """Of `analyze`: single annotators against the others."""

    annotators: int = 0
    biased_annotators: int = 0
    greatest_bias: float = 0.0


class Slopes(Fact):
    """Of `analyze`: how accuracy rises with agreement, of one model and source."""

    slope: Estimate | None = None
    r2: Estimate | None = None
    spearman: Estimate | None = None
    item_slope: Estimate | None = None
    label_slope: Estimate | None = None
    difference: Mapping[str, Estimate] = {}


class Thresholds(Fact):
    """Of `analyze`: accuracy against agreement."""

    items: int
    thresholds: int = 0
    unanimous_items: int = 0
    withheld: str | None = None
    slopes: Mapping[str, Mapping[str, Slopes]] = {}  # model -> source


class Gold(Fact):
    """Of `analyze`: accuracy against aggregated labels."""

    withheld: str | None = None
    method: str = ""
    items: int = 0
    differs_from_label: float = 0.0
    accuracy: Mapping[str, Mapping[str, float]] = {}  # model -> source


class Replacement(Fact):
    """Of `analyze`: whether an LLM's labels may stand for an annotator's."""

    withheld: str | None = None
    items: int = 0
    annotators: int = 0
    margin: float = 0.0
    advantage: Estimate | None = None
    unanimous: Estimate = {}  # with `items`
    disputed: Estimate = {}
    tested: int = 0  # annotators
    winning_rate: float | None = None
    passed: bool = False


class Sample(Fact):
    """Of `analyze`: how many texts diversity or similarity is about."""

    texts: int = 0
    reference_texts: int = 0
    withheld: str | None = None


class Copies(Fact):
    """Of `analyze`: texts that nearly repeat a test text, or a few-shot example (`pool`)."""

    overlap: float  # from which a text counts
    sources: Mapping[str, Mapping[str, Estimate]]


class Intervals(Fact):
    """How a stage's own intervals are made."""

    level: float


class Analysis(Fact):
    """facts.json of `analyze`."""

    basis: Intervals
    agreement: Agreement
    annotators: Annotators
    thresholds: Thresholds
    gold: Gold
    replacement: Replacement
    diversity: Sample
    similarity: Sample
    copies: Copies


class Votes(Fact):
    """Of `explain`: who voted on the tasks' subjectivity, and how far they agree."""

    votes: int
    voters: int
    who: str
    note: str
    ties: int
    contradictions: int
    triples: int
    circular_triples: int
    agreement: float | None = None
    kendall_u: float | None = None


class MetricFact(Fact):
    """Of `explain`: a metric of predictions."""

    title: str
    better: Literal["higher", "lower"]
    needs: Literal["labels", "probabilities"]
    scale: Literal["share", "positive", "error"]

    @property
    def factor(self) -> int:
        """Shares, and errors of shares, are shown in per cent."""
        return 1 if self.scale == "positive" else 100

    @property
    def digits(self) -> int:
        """Decimals that are shown."""
        return 3 if self.scale == "positive" else 1

    @property
    def unit(self) -> str:
        """The unit, for a note."""
        return " (nats)" if self.scale == "positive" else " (per cent)"


class Scoring(Fact):
    """Of `explain`: what every score and gap rests on."""

    level: float
    few_test_texts: Mapping[str, Mapping[str, int]]  # task -> label -> texts, where they are few
    # Task -> source -> label -> training texts, where they are fewer than were asked for.
    short: Mapping[str, Mapping[str, Mapping[str, int]]] = {}


class Explained(Fact):
    """facts.json of `explain`."""

    basis: Intervals
    votes: Votes
    scores: Scoring
    metrics: Mapping[str, MetricFact]
    correlations_tried: int


class Reported(Fact):
    """An accuracy that the reproduced paper reports."""

    task: str
    model: str
    accuracy: Mapping[str, float]  # by source


class Paper(Fact):
    """paper.yaml: what is known of the reproduced paper's numbers."""

    citation: str
    accuracies: tuple[Reported, ...]


class Given(Fact):
    """Of `fetch`: texts that an LLM wrote already."""

    by: str  # as the task's card says it; may be empty
    texts: int


class Origin(Fact):
    """source.json of `fetch`: where a task's real texts come from."""

    origin: str
    licence: str = ""
    rows: Mapping[str, Mapping[str, int]]  # split -> label -> texts
    dropped: Mapping[str, int] = {}  # reason -> rows
    drawn_from: Mapping[str, str] = {}  # split -> the one that it was cut from
    unlabelled: int = 0
    ready: Mapping[str, Given] = {}  # source -> its texts

    @field_validator("dropped", mode="before")
    @classmethod
    def _over_splits(cls, dropped: Mapping[str, Any]) -> dict[str, Any]:
        # What fetch counts by split is shown as one number.
        return {
            reason: sum(rows.values()) if isinstance(rows, Mapping) else rows
            for reason, rows in dropped.items()
        }

    def texts(self, split: str) -> int:
        """How many texts a split holds."""
        return sum(self.rows.get(split, {}).values())


class Refined(Fact):
    """Of `refine`: what became of a written source's texts."""

    replies: int | None = None  # none where the texts came ready
    texts: int
    kept: int
    dropped: Mapping[str, int]


class LabelAgreementFact(Fact):
    """Of `evaluate`: shares of texts (`n`, `share`, `low`, `high`) that an LLM labels as people."""

    overall: Mapping[str, float]
    of_people: Mapping[str, Mapping[str, float]]  # label -> share of those that people gave it
    of_llm: Mapping[str, Mapping[str, float]]
    of_confidence: Mapping[str, Mapping[str, float]]
    enough: float
    labels_for_width: int
    labels_to_tell: int | None = None


class PromptedFact(Fact):
    """Of `evaluate`: the LLM as a classifier of `n` test texts; no scores where they are few."""

    n: int
    scores: Mapping[str, Mapping[str, Any]] = {}
    gaps: Mapping[str, Mapping[str, Mapping[str, Mapping[str, Any]]]] = {}  # model, source, metric


class LlmLabels(Fact):
    """Of `evaluate` and `screen`: an LLM's labels of a task's real texts."""

    labelled: Mapping[str, int]  # texts by split
    without_label: Mapping[str, int]  # answers that cannot be read, by split
    of_other_texts: int
    agreement: LabelAgreementFact
    prompted: PromptedFact
    tokens: Mapping[str, float] | None = None
    to_people: int = 0  # train texts whose label is too unsure to be used


class SharperFact(Fact):
    """Of `evaluate`: a score or gap narrowed by an LLM's labels of spare texts."""

    value: float
    low: float
    high: float
    weight: float  # lambda
    n_eff: float  # labels by people that would tell as much


class PoweredFact(Fact):
    """Of `evaluate`: a task's scores narrowed so, or why they are not."""

    n: int  # test texts
    spare: int
    copied: int = 0
    off: str | None = None
    without: Mapping[str, str] = {}  # metric -> why it has none
    scores: Mapping[str, Mapping[str, Mapping[str, SharperFact]]] = {}  # model -> source -> metric
    gaps: Mapping[str, Mapping[str, Mapping[str, SharperFact]]] = {}  # to real, likewise


def block(row: Mapping[Any, Any], name: str) -> dict[str, float]:
    """The estimate whose numbers stand in a table's columns `<name>_value`, `<name>_low`, ..."""
    ends = ("value", "low", "high", "p")
    found = {end: row.get(f"{name}_{end}") for end in ends}
    return {end: value for end, value in found.items() if value is not None and value == value}
