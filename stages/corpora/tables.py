"""Tables in a folder or behind a URL: parquet, CSV or JSON lines, by any fsspec file system."""

import json
import warnings
from collections.abc import Callable
from typing import IO, Any

import pandas as pd
from fsspec.core import url_to_fs  # type: ignore[import-untyped]

from stages.core.errors import UserError


def locate(place: str) -> tuple[Any, str]:
    """The file system of a folder or URL, and the folder's path in it; `UserError` for neither."""
    try:
        system, folder = url_to_fs(place)
    except (ImportError, ValueError) as error:  # no such protocol, or its package is not installed
        raise UserError(
            f"cannot open {place} ({error}); install what its protocol needs (such as `pip install "
            "'synthworth[s3]'`) or name a folder"
        ) from error
    return system, folder.rstrip("/")


def find(system: Any, folder: str, stem: str, where: str) -> str | None:
    """The path of `<folder>/<stem>` with a known suffix; None when there is none.

    Raises `UserError` when there are several, since one of them must be out of date.
    """
    paths = [f"{folder}/{stem}{suffix}" for suffix in READERS]
    found = [path for path in paths if system.exists(path)]
    if len(found) > 1:
        names = [path.rpartition("/")[2] for path in found]
        raise UserError(f"{where}: expected one file of {names}, found them all; remove the others")
    return found[0] if found else None


def read(system: Any, path: str, where: str) -> pd.DataFrame:
    """The table at `path`, CSV values as strings.

    Raises `UserError` when the file is damaged or not UTF-8, and when the disk or the connection
    fails.
    """
    suffix = path[path.rindex(".") :]
    try:
        with system.open(path, "rb") as file:
            return READERS[suffix](file)
    except UnicodeDecodeError as error:
        found = f"byte 0x{error.object[error.start]:02x} ({error.reason})"
        raise UserError(f"{where}: expected UTF-8, found {found}; save it as UTF-8") from error
    except (OSError, ValueError) as error:
        if _is_of_the_system(error):
            raise UserError(
                f"{where}: cannot be read ({type(error).__name__}: {error}); check the disk, the "
                "connection and the access rights, and repeat"
            ) from error
        raise UserError(
            f"{where}: expected a whole {suffix} file, found a damaged one ({error}); replace it"
        ) from error


def _is_of_the_system(error: Exception) -> bool:
    """Whether the disk or the network failed: pyarrow's errors on damaged files have no number."""
    if isinstance(error, OSError):
        return error.errno is not None or isinstance(error, ConnectionError | TimeoutError)
    return False


def _parquet(file: IO[bytes]) -> pd.DataFrame:
    return pd.read_parquet(file)


def _csv(file: IO[bytes]) -> pd.DataFrame:
    with warnings.catch_warnings():
        # Rows longer than the header: pandas would shift the columns or drop the rest.
        warnings.simplefilter("error", pd.errors.ParserWarning)
        try:
            return pd.read_csv(
                file, dtype=str, keep_default_na=False, encoding="utf-8-sig", index_col=False
            )
        except pd.errors.ParserWarning as error:
            raise ValueError(
                "a row has more fields than the header; a text with a comma needs quotes"
            ) from error


def _jsonl(file: IO[bytes]) -> pd.DataFrame:
    records = []
    for number, line in enumerate(file, start=1):
        try:
            record = json.loads(line.decode("utf-8"))
            if b"\\ud" in line.lower():  # half a surrogate pair is no text
                json.dumps(record, ensure_ascii=False).encode()
        except UnicodeDecodeError:
            raise
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from error
        if not isinstance(record, dict):
            raise ValueError(f"line {number} is no JSON object")
        records.append(record)
    return pd.DataFrame(records)


READERS: dict[str, Callable[[IO[bytes]], pd.DataFrame]] = {
    ".parquet": _parquet,
    ".csv": _csv,
    ".jsonl": _jsonl,
}
