"""The key is in no file that a run writes or sends, whatever an endpoint echoes."""

import json
from pathlib import Path
from typing import Any

import pytest

from stages import generate, refine
from stages.core.errors import UserError
from tests.llm.chat_server import Server, Settings
from tests.llm.conftest import KEY
from tests.small_task import use

pytestmark = pytest.mark.usefixtures("params")


def check(tmp_path: Path, least: int) -> None:
    """At least so many files, and the key in none of them."""
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > least
    assert not [path for path in files if KEY.encode() in path.read_bytes()]


@pytest.mark.parametrize("api", ["direct", "batch"])
def test_key_is_in_no_reply_or_metric(
    api: str, params: dict[str, Any], server: Server, tmp_path: Path
) -> None:
    """An endpoint that echoes it in an error: neither replies, cache nor metrics have it."""
    echo = {"error": f"rejected for {KEY}"}
    server.reset(Settings(script=["400-key"], batch_lines=[echo] if api == "batch" else []))
    params["grid"]["strategies"] = ["zero_shot"]
    params["strategies"]["zero_shot"]["mode"] = "independent"
    params["generate"]["endpoint"]["api"] = api
    use(params)
    generate.main("sms", "zero_shot")
    assert "***" in Path("data/replies/sms/zero_shot.jsonl").read_text()
    refine.main()
    assert Path("data/synthetic/sms/counts.json").exists()
    check(tmp_path, 5)
    assert KEY not in server.files.get("file-0", "")  # the requests; errors are the server's


def test_key_of_a_failed_batch(params: dict[str, Any], server: Server, tmp_path: Path) -> None:
    """Nor does the line that ends a run have it."""
    server.reset(Settings(batch_failed=f"bad {KEY}"))
    params["generate"]["endpoint"]["api"] = "batch"
    use(params)
    with pytest.raises(UserError, match=r"batch-0 failed \(bad \*\*\*: oops\)") as stopped:
        generate.main("sms", "few_shot")
    assert KEY not in str(stopped.value)
    check(tmp_path, 3)


def test_key_is_in_no_carried_file(params: dict[str, Any], server: Server, tmp_path: Path) -> None:
    """A set key stays out of the files that go to a gateway."""
    params["generate"]["endpoint"]["api"] = "exchange"
    use(params)
    with pytest.raises(UserError, match=r"8 requests written to"):
        generate.main("sms", "few_shot")
    lines = Path("data/exchange/sms/few_shot.requests.jsonl").read_text().splitlines()
    assert len([json.loads(line) for line in lines]) == 8
    check(tmp_path, 3)
