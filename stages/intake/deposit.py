"""A user's files in data/own/<task>, byte for byte, under DVC; all of them or none."""

import shutil
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

import pandas as pd

from stages.core import checksums
from stages.core.errors import UserError


@contextmanager
def undone_on_error(paths: Sequence[Path]) -> Iterator[None]:
    """Files and folders that are as they were, or gone as they were, if the block fails.

    What is there before must be small files or folders to which the block only adds files.
    """
    before = {path: _state(path) for path in paths}
    try:
        yield
    except BaseException:
        for path, state in before.items():
            _restore(path, state)
        raise


@contextmanager
def placed(
    folder: Path,
    content: Mapping[str, Path | pd.DataFrame],
    touched: Sequence[Path],
    replace: bool = False,
) -> Iterator[None]:
    """Files, and tables as CSV, in `folder`; if the block fails, it and `touched` are as before.

    Raises `UserError` for a name that is taken there, unless it is to be replaced.
    """
    taken = sorted(name for name in content if (folder / name).exists())
    if taken and not replace:
        raise UserError(
            f"expected new names for files in {folder}, found {taken[0]!r} there already; rename "
            "your file, or replace that one: --replace"
        )
    kept = {name: folder.with_name(f".{folder.name}.{name}.before") for name in taken}
    try:
        with undone_on_error([folder, *touched]):
            for name, before in kept.items():
                (folder / name).rename(before)
            for name, source in content.items():
                _place(source, folder / name)
            yield
    except BaseException:
        for name, before in kept.items():
            if before.exists():
                _gone(folder / name)
                before.rename(folder / name)
        raise
    for before in kept.values():
        _gone(before)


def _gone(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _place(source: Path | pd.DataFrame, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(source, pd.DataFrame):
        source.to_csv(target, index=False, lineterminator="\n")
    elif source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copyfile(source, target)


def original(path: Path) -> dict[str, Any]:
    """What a card says of where a file came from."""
    home = Path.home()
    # The card is in Git: others need not read a user's name there.
    shown = Path("~", path.relative_to(home)) if path.is_relative_to(home) else path
    return {
        "path": str(shown),
        "bytes": checksums.size(path),
        "sha256": checksums.sha256(path),
    }


def add(folder: Path) -> None:
    """Put a folder under DVC, as `dvc add` does.

    Raises `UserError` where there is no DVC repository, or DVC refuses.
    """
    from dvc.exceptions import DvcException
    from dvc.repo import Repo

    try:
        with Repo() as repo, redirect_stdout(sys.stderr), warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of libraries that DVC uses
            repo.add(str(folder))
    except DvcException as error:
        raise UserError(
            f"cannot put {folder} under DVC ({' '.join(str(error).split())}); run from the root of "
            "a repository in which `git init` and `dvc init` were run"
        ) from error


def _state(path: Path) -> Any:
    """What a path was: None for nothing, a file's bytes, or the names of what a folder holds."""
    if path.is_dir():
        return frozenset(path.rglob("*"))
    return path.read_bytes() if path.exists() else None


def _restore(path: Path, state: Any) -> None:
    if isinstance(state, bytes):
        path.write_bytes(state)
    elif isinstance(state, frozenset):
        for inner in sorted(path.rglob("*"), reverse=True):
            if inner not in state:
                inner.rmdir() if inner.is_dir() else inner.unlink()
    else:
        _gone(path)
