"""Origin `hub`: the card's Hugging Face data set, through `datasets`, at the commit it resolves."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pandas as pd

from stages.core.errors import UserError, causes, is_disk_full
from stages.corpora import mapping
from stages.corpora.cards import Hub
from stages.corpora.corpus import Corpus

if TYPE_CHECKING:
    from datasets import Dataset

TIMEOUT = 30.0  # seconds for the hub's answer to the first question


def read(hub: Hub, task: str) -> Corpus:
    """The splits of a hub data set, with raters' labels or brackets where the card names them.

    Raises `UserError` when the hub is out of reach, or has no such data set, revision, split or
    column, or does not grant access.
    """
    commit = resolve(hub)
    splits: dict[str, pd.DataFrame] = {}
    dropped = Counter[str]()
    for ours, theirs in hub.splits.items():
        data = load(hub, hub.config, theirs, commit)
        columns = _columns(data, mapping.needed(hub), hub)
        classes = _classes(data.features[hub.label])
        splits[ours], lost = mapping.texts(columns, hub, classes, f"{task}-{ours}")
        dropped.update(lost)
    source = {"origin": "hub", "id": hub.id, "revision": hub.revision, "commit": commit}
    return Corpus(
        splits=splits,
        places={ours: f"{hub.id} {theirs}" for ours, theirs in hub.splits.items()},
        source=source | ({"config": hub.config} if hub.config else {}),
        opinions=_opinions(hub, commit, splits),
        dropped={reason: rows for reason, rows in dropped.items() if rows},
    )


def resolve(hub: Hub) -> str:
    """The commit that the card's revision stands for now.

    Raises `UserError` where the revision is a commit and the hub answers with another.
    """
    from huggingface_hub import HfApi

    with _explained(hub, hub.revision):
        commit = str(HfApi().dataset_info(hub.id, revision=hub.revision, timeout=TIMEOUT).sha)
    if pinned(hub.revision) and commit != hub.revision:
        raise UserError(
            f"{hub.id}: expected the commit {hub.revision}, the hub answered with {commit}; set "
            "HF_ENDPOINT to a mirror that keeps commits, or hub.revision in the card to that one"
        )
    return commit


def pinned(revision: str) -> bool:
    """Whether a revision is a commit: branches, tags and references can be moved."""
    return re.fullmatch("[0-9a-f]{40}", revision) is not None


def load(hub: Hub, config: str | None, split: str, commit: str) -> "Dataset":
    """A split of the data set by its name; or the files that match a pattern, one with a slash."""
    from datasets import load_dataset

    with _explained(hub, split):
        if "/" in split:
            files = {"train": split}
            data = load_dataset(hub.id, data_files=files, split="train", revision=commit)
        else:
            data = load_dataset(hub.id, config, split=split, revision=commit)
        # Out of reach of the hub, datasets falls back to whatever commit its cache holds.
        if not all(commit in file["filename"] for file in data.cache_files):
            raise ConnectionError("the connection broke, and the cache holds another commit")
        return data


def _opinions(hub: Hub, commit: str, splits: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    given = {}
    if raters := hub.raters:
        wanted = [raters.item, raters.annotator, *raters.labels]
        data = load(hub, raters.config, raters.split, commit)
        given["annotations"] = mapping.annotations(_columns(data, wanted, hub), raters)
    if hub.brackets:
        agreed = {
            share: _columns(load(hub, None, pattern, commit), [hub.text], hub)[hub.text]
            for pattern, share in hub.brackets.items()
        }
        given["agreement"] = mapping.agreement(pd.concat(splits.values()), agreed)
    return given


def _columns(data: "Dataset", wanted: list[str], hub: Hub) -> dict[str, list[Any]]:
    missing = [column for column in wanted if column not in data.column_names]
    if missing:
        raise UserError(
            f"{hub.id}: expected columns {missing}, found {data.column_names}; fix `hub` in the "
            "card"
        )
    columns: dict[str, list[Any]] = data.select_columns(wanted).to_dict()
    return columns


def _classes(feature: Any) -> Sequence[str]:
    """The class names of a label column, or of the lists in it; none for plain values."""
    names: Sequence[str] = getattr(getattr(feature, "feature", feature), "names", None) or ()
    return names


@contextmanager
def _explained(hub: Hub, wanted: str) -> Iterator[None]:
    """Whatever goes wrong between us and the hub, as a `UserError`."""
    try:
        yield
    except Exception as error:  # of huggingface_hub, its HTTP library, datasets, pyarrow, pandas
        raise UserError(_line(error, hub, wanted)) from error


def _line(error: Exception, hub: Hub, wanted: str) -> str:
    from huggingface_hub import constants

    where = f"{constants.ENDPOINT}/datasets/{hub.id}"
    # `datasets` wraps what went wrong in errors of its own.
    known = (_known(cause, hub, where) for cause in causes(error))
    return next(filter(None, known), None) or (
        f"cannot read {wanted} of {where} ({error}); fix `hub` in the card, or clear the download "
        "cache (HF_HOME) if a file in it is damaged"
    )


def _known(error: BaseException, hub: Hub, where: str) -> str | None:
    from huggingface_hub import errors
    from huggingface_hub.utils import httpx  # type: ignore[attr-defined]  # as datasets does

    match error:
        case errors.RevisionNotFoundError():
            return (
                f"{where}: expected the revision {hub.revision!r}, found none; fix hub.revision "
                "in the card (`main`, `refs/convert/parquet` or a commit)"
            )
        case _ if isinstance(error, errors.GatedRepoError) or "is a gated dataset" in str(error):
            return (
                f"{where} is gated; ask for access on that page, then log in with `hf auth login` "
                "or set HF_TOKEN"
            )
        case errors.RepositoryNotFoundError():
            return (
                f"expected a data set at {where}, found none (or it is private and you are not "
                "logged in); fix hub.id in the card, or log in with `hf auth login`"
            )
        case _ if is_disk_full(error):
            return (
                f"cannot keep {where}: the disk is full ({error}); free some space, or set HF_HOME "
                "to a folder on another disk"
            )
        case httpx.TransportError() | errors.OfflineModeIsEnabled() | ConnectionError():
            return (
                f"cannot reach {where} ({type(error).__name__}: {error}); check the connection, "
                "set HF_ENDPOINT to a mirror, or fetch.origin to a folder or `sample`"
            )
        case errors.HfHubHTTPError() if error.response.status_code >= 500:
            return f"{where}: the hub fails ({error}); try again later"
        case _:
            return None
