"""What a card says of the user's own files: which they are, and how their columns map to ours."""

from pathlib import PurePosixPath
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from stages.core.params import Name, Section
from stages.core.records import OPINIONS, RESERVED, SPLITS

T = TypeVar("T")


def _file(name: str) -> str:
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise ValueError(
            f"expected the name of a file in data/own/<task>, found {name!r}; put it there"
        )
    return str(path)


def _name(value: Any) -> Any:
    """A name that YAML took for a number, as written; `ValueError` where that is not known."""
    if isinstance(value, bool | float):
        read = "truth value" if isinstance(value, bool) else "number"
        raise ValueError(f"expected a name, found the {read} {value}; put it in quotes")
    return str(value) if isinstance(value, int) else value


def _named(value: Any) -> Any:
    """The keys of a mapping as names: YAML reads a bare 1 as a number and a bare `no` as false."""
    return {_name(k): said for k, said in value.items()} if isinstance(value, dict) else value


def _renamed(value: Any) -> Any:
    return {k: _name(v) for k, v in _named(value).items()} if isinstance(value, dict) else value


def _listed(value: Any) -> Any:
    """One file is a list of one."""
    return [value] if isinstance(value, dict | Section) else value


Named = BeforeValidator(_named)  # a mapping whose keys are names
Column = Annotated[str, BeforeValidator(_name)]
Several = Annotated[tuple[T, ...], BeforeValidator(_listed), Field(min_length=1)]
Renamed = Annotated[dict[str, str], BeforeValidator(_renamed)]  # file's value -> our label


class Original(Section):
    """Where `synthworth new` took a file from, and what it held then."""

    path: str
    bytes: int
    sha256: str  # of a folder: of its files' names and contents, in order


class Table(Section):
    """A file in data/own/<task>, as it is: .csv, .tsv, .txt, .jsonl, .parquet, .xlsx, or a folder
    that Hugging Face's `datasets` saved.
    """

    file: Annotated[str, AfterValidator(_file)]
    encoding: str | None = None  # of a file of text; null: UTF-8, or what its first bytes say
    separator: str | None = Field(
        default=None, min_length=1, max_length=1
    )  # null: , or in .tsv a tab
    quotes: bool = True  # false: quotation marks are part of the cells, as in many .tsv files
    header: bool = True  # false: no line with names; the columns are called 1, 2, 3 ...
    sheet: str | None = None  # of .xlsx; null: the first
    split: str | None = None  # of a folder of `datasets`; null: the only one
    only: Renamed = Field(default={})  # column -> value of the rows that count; none: all of them
    original: Original | None = None  # so that `synthworth check` sees whether it has changed


class Unlabelled(Table):
    """A file of texts."""

    text: Column = "text"  # the name of its column, as of the others
    key: Column | None = None  # ids; null: the file's name and the line


class Labelled(Unlabelled):
    """A file of texts with labels. A value of the label that `names` lacks is its own label."""

    label: Column = "label"
    names: Renamed = Field(default={})


class Ready(Labelled):
    """A file of texts that an LLM wrote already."""

    by: str | None = None  # who wrote them, as the pages say it


class Votes(Table):
    """A file of what each of several people said: one row per text and person."""

    item: Column = "item"  # the id that `key` of the texts' files holds
    annotator: Column = "annotator"
    label: Column = "label"
    names: Renamed = Field(default={})


class Own(Section):
    """The user's real texts; a split that is not here is cut from train."""

    train: Several[Labelled] | None = None
    validation: Several[Labelled] | None = None
    test: Several[Labelled] | None = None
    unlabelled: Several[Unlabelled] | None = None
    annotations: Several[Votes] | None = None

    @model_validator(mode="after")
    def _check_train(self) -> "Own":
        if not (self.train or self.validation):
            raise ValueError("expected a file of labelled texts as `train`, found none; add it")
        if self.annotations and not any(
            table.key for split in SPLITS for table in getattr(self, split) or ()
        ):
            raise ValueError(
                "expected `key`, the column of the texts' ids that the annotations name, in the "
                "files of texts, found none; add it"
            )
        return self


def _sources(value: dict[str, Any]) -> dict[str, Any]:
    if taken := sorted(set(value) & {*RESERVED, *SPLITS, *OPINIONS, "error"}):
        raise ValueError(f"expected names of their own for sources, found {taken}; rename them")
    return value


Sources = Annotated[dict[Name, Several[Ready]], Named, AfterValidator(_sources)]
