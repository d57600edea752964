"""Canonical files: what is written is whole, sorted, rounded, and the same for the same content."""

from __future__ import annotations

import json
import math
import numbers
import os
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from stages.core.errors import UserError

if TYPE_CHECKING:  # pandas takes most of a second to import; not every stage has tables
    import pandas as pd
    from numpy.typing import NDArray

METRIC_DIGITS = 4  # decimals of a metric: enough for a score, short enough to diff
DETAIL_DIGITS = 10  # decimals of a number that others are computed from


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary file beside `path` that takes its place when the block ends without an error.

    Until then, and after any error, the old file stays whole.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame as parquet, without its index, double precision to `DETAIL_DIGITS` decimals.

    So the last bits of a sum, which depend on the processor, do not make another file.
    """
    rounded = frame.round(dict.fromkeys(frame.select_dtypes("float64"), DETAIL_DIGITS))
    with replacing(path) as temporary:
        rounded.to_parquet(temporary, index=False, compression="zstd")


def read_table(path: Path, columns: Iterable[str] = ()) -> pd.DataFrame:
    """Read a parquet table that must have `columns`.

    Raises `UserError` when the file is absent, damaged or lacks one of them.
    """
    if not path.exists():
        raise UserError(f"expected the table {path}, found none; run `dvc repro`")
    import pandas as pd

    try:
        frame = pd.read_parquet(path)
    except (OSError, ValueError) as error:  # pyarrow's ArrowInvalid is a ValueError
        raise UserError(
            f"{path} is not a readable parquet file ({error}); run `dvc repro`"
        ) from error
    missing = [column for column in columns if column not in frame]
    if missing:
        raise UserError(f"{path}: expected columns {missing}, found {list(frame)}; run `dvc repro`")
    return frame


def write_array(array: NDArray[Any], path: Path) -> None:
    """Write an array as .npy (readable by memory map)."""
    import numpy as np

    with replacing(path) as temporary, temporary.open("wb") as file:
        np.save(file, array, allow_pickle=False)


def read_array(path: Path) -> NDArray[Any]:
    """Map a .npy file into memory, read-only."""
    if not path.exists():
        raise UserError(f"expected the array {path}, found none; run `dvc repro`")
    import numpy as np

    try:
        array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise UserError(f"{path} is not a readable array ({error}); run `dvc repro`") from error
    return array


def write_arrays(arrays: Mapping[str, NDArray[Any]], path: Path) -> None:
    """Write named arrays as one compressed .npz."""
    import numpy as np

    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """The named arrays of a .npz file; `UserError` when it is absent or damaged."""
    if not path.exists():
        raise UserError(f"expected the arrays {path}, found none; run `dvc repro`")
    import numpy as np

    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise UserError(f"{path} holds no readable arrays ({error}); run `dvc repro`") from error


def write_text(text: str, path: Path) -> None:
    """Write UTF-8 text with `\\n` line ends."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_json(content: Mapping[str, Any], path: Path, digits: int = METRIC_DIGITS) -> None:
    """Write a metrics object: sorted keys, floats rounded to `digits` decimals.

    Raises `ValueError` on a list, NaN or infinity, which `dvc metrics diff` cannot show.
    """
    write_record(_rounded(content, path.name, digits), path, digits)


def write_record(content: Mapping[str, Any], path: Path, digits: int) -> None:
    """The same for an object that is no metric and may hold lists."""
    rounded = _rounded(content, path.name, digits, lists=True)
    write_text(json.dumps(rounded, indent=2, sort_keys=True, ensure_ascii=False) + "\n", path)


def write_series(frame: pd.DataFrame, path: Path) -> None:
    """Write the rows of a frame as a JSON list of objects, the form of a `dvc plots` series."""
    rows = [_rounded(row, path.name, METRIC_DIGITS) for row in frame.to_dict("records")]
    write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", path)


def read_json(path: Path) -> Any:
    """Read a JSON file; `UserError` when it is absent or damaged."""
    if not path.exists():
        raise UserError(f"expected {path}, found none; run `dvc repro`")
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UserError(f"{path} is not JSON ({error}); run `dvc repro`") from error


def read_yaml(path: Path) -> Any:
    """Read a YAML file; `UserError` when it is absent or damaged."""
    if not path.exists():
        raise UserError(f"expected {path}, found none; add it")
    try:
        # The C parser takes a tenth of the time of Python's.
        return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{path} is not YAML ({error}); fix it") from error


def write_lines(records: Iterable[Mapping[str, Any]], path: Path) -> None:
    """Write records as JSON lines, keys sorted, in the order given."""
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as file:
        for record in records:
            file.write(json.dumps(record, sort_keys=True, ensure_ascii=False) + "\n")


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSON lines file; `UserError` names the first line that is none."""
    if not path.exists():
        raise UserError(f"expected {path}, found none; run `dvc repro`")
    with path.open("rb") as file:  # a line that is no UTF-8 is named like one that is no JSON
        for number, line in enumerate(file, start=1):
            try:
                record = json.loads(line.decode("utf-8"))
            except ValueError as error:
                raise UserError(f"{path}, line {number} is not JSON ({error}); fix it") from error
            if not isinstance(record, dict):
                raise UserError(f"{path}, line {number}: expected a JSON object; fix it")
            yield record


def _rounded(value: Any, where: str, digits: int, lists: bool = False) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _rounded(v, f"{where}: {k}", digits, lists) for k, v in value.items()}
    if lists and isinstance(value, list | tuple):
        return [_rounded(v, f"{where}: {n}", digits, lists) for n, v in enumerate(value)]
    if isinstance(value, bool | str | int | None):
        return value
    if isinstance(value, numbers.Integral):  # numpy's integers too
        return int(value)
    if isinstance(value, numbers.Real):
        if not math.isfinite(value):
            raise ValueError(f"{where} is {value}; leave it out and say why in its place")
        return round(float(value), digits) + 0.0  # no negative zero
    raise ValueError(f"{where} is a {type(value).__name__}; metrics hold numbers, text, objects")
