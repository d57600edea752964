"""What evaluate finds of a task, as typed records: written by it, read by all that comes after.

Names that users choose (models, sources, labels) are keys below fixed ones, never beside them.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from stages.core import files
from stages.core.errors import UserError

DIGITS = 6  # decimals in the file: enough to compute with

# What an interval holds: the texts, and the draws of training texts with the training itself.
Noise = Literal["test texts", "test texts, training runs"]


class Record(BaseModel):
    """A frozen part of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Score(Record):
    """A metric of one model trained on one source: the mean over its training runs."""

    mean: float
    sd: float | None = None  # between runs; None of a single one
    se: float
    df: float
    low: float
    high: float
    noise: Noise


class Gap(Record):
    """A source's score less another's, on the same test texts; p is two-sided."""

    difference: float
    se: float
    df: float
    low: float
    high: float
    p: float
    noise: Noise


class Trained(Record):
    """What the scores of one model and source come from, and its confusion."""

    n_seeds: int  # training runs
    n_train: int  # training texts of a run, the mean over runs
    identical: bool = False  # further runs would be the same: without chance, on all texts
    short: Mapping[str, int] = {}  # labels with fewer texts than were asked for
    f1: Mapping[str, float]  # by label, the mean over runs
    confusion: Mapping[str, Mapping[str, int]]  # truth -> predicted, the sum over runs


Scores = Mapping[str, Mapping[str, Mapping[str, Score]]]  # model -> source -> metric
Gaps = Mapping[str, Mapping[str, Mapping[str, Gap]]]  # likewise


class Share(Record):
    """A share of `n` texts with its interval."""

    n: int
    share: float
    low: float
    high: float


class LabelAgreement(Record):
    """How often an LLM's label of a real text is people's, and how many labels it takes to know."""

    overall: Share
    of_people: Mapping[str, Share]  # among the texts that people gave the label
    of_llm: Mapping[str, Share]  # among those that the LLM gave it
    of_confidence: Mapping[str, Share]  # 3 sure, 2 likely, 1 a guess
    enough: float  # agreement from which the LLM's labels will do
    labels_for_width: int  # by people, until the interval is 5 points wide to either side
    labels_to_tell: int | None = None  # by people, to see on which side of `enough` it lies


class Prompted(Record):
    """The LLM asked at run time, on `n` test texts; nothing more where they are too few.

    No training, so no seeds: `noise` is that of the test texts, and in gaps the other side's.
    """

    n: int
    texts: Mapping[str, int] = {}  # of them, by people's label
    scores: Mapping[str, Score] = {}  # by metric; macro-F1 over the labels that they have
    gaps: Gaps = {}  # its score less that of a model and source on the same texts


class Tokens(Record):
    """What a text's label took, in the mean over the texts whose tokens the endpoint counted."""

    texts: int
    prompt: float
    completion: float
    usd_per_1000: float | None = None  # texts; None where a price is not known


class Labelling(Record):
    """What an LLM's labels of real texts are worth."""

    labelled: Mapping[str, int]  # texts by split
    without_label: Mapping[str, int]  # asked about, with no readable answer
    of_other_texts: int  # recorded labels of texts that are not there
    agreement: LabelAgreement
    prompted: Prompted
    tokens: Tokens | None = None


class Sharper(Record):
    """A score or gap sharpened by an LLM's labels of spare texts (`powered`); p of a gap."""

    value: float
    low: float
    high: float
    p: float | None = None
    weight: float  # lambda: 0 leaves the LLM's labels out, 1 takes them as they are
    n_eff: float  # labels by people that would tell as much without the LLM's


class Powered(Record):
    """Prediction-powered scores (PPI++) of the task, or why there are none."""

    n: int  # test texts labelled by people
    spare: int  # texts labelled by the LLM alone
    copied: int = 0  # spare texts left out, being training texts
    alike: Mapping[str, float] = {}  # test of two samples -> p
    off: str | None = None  # why there are no scores
    without: Mapping[str, str] = {}  # metric -> why it has none
    scores: Mapping[str, Mapping[str, Mapping[str, Sharper]]] = {}  # model -> source -> metric
    gaps: Mapping[str, Mapping[str, Mapping[str, Sharper]]] = {}  # to real, likewise


class Basis(Record):
    """What all scores of the task rest on."""

    n_test: int
    few_test_texts: Mapping[str, int]  # labels with fewer test texts than an interval should have
    level: float
    signature: str  # two scores are comparable only if theirs are equal


class Evaluated(Record):
    """A task's scores, the gaps to real texts and of mixtures to their parts; an LLM's labels."""

    basis: Basis
    scores: Scores
    gaps: Gaps
    against: Mapping[str, Gaps]  # model -> mixture -> part -> metric
    trained: Mapping[str, Mapping[str, Trained]]  # model -> source
    labelling: Labelling | None = None  # None where no text was labelled
    powered: Powered | None = None  # None where the task has no unlabelled texts


def parse(content: Any, where: str) -> Evaluated:
    """The record of a file's content; `UserError` names `where` it has another form."""
    try:
        return Evaluated.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise UserError(
            f"{where}: {place}: {first['msg']}; it is of another version, run `dvc repro`"
        ) from error


def read(path: Path, models: Iterable[str] = (), sources: Sequence[str] = ()) -> Evaluated:
    """The record at `path`, which must hold scores of these models and sources."""
    record = parse(files.read_json(path), str(path))
    wanted = [(model, source) for model in models for source in sources]
    missing = [pair for pair in wanted if pair[1] not in record.scores.get(pair[0], {})]
    if missing:
        raise UserError(
            f"{path}: expected scores of {len(wanted)} pairs of model and source, "
            f"{len(missing)} are missing, first {missing[0]}; run `dvc repro` to compute them"
        )
    return record


def write(record: Evaluated, path: Path) -> None:
    """Write the record as JSON."""
    files.write_json(record.model_dump(exclude_none=True), path, DIGITS)
