"""Runs in which requests failed: what they leave, and whether the next one goes on."""

import json
from pathlib import Path
from typing import Any

import pytest

from stages import generate
from stages.core.errors import UserError
from tests.llm.chat_server import Server, Settings
from tests.llm.stage import replies
from tests.small_task import use

pytestmark = pytest.mark.usefixtures("params")
OUTPUT = Path("data/replies/sms/few_shot.jsonl")


def test_lost_texts_are_an_error(params: dict[str, Any], server: Server) -> None:
    """Nothing is written over good replies; the next run asks for what was lost alone."""
    generate.main("sms", "few_shot")
    before = OUTPUT.read_bytes()
    params["strategies"]["few_shot"] |= {"texts_per_label": 40, "most_requests": 1}
    use(params)
    server.reset(Settings(script=["400"] * 2))
    message = r"texts are missing, .*, and 2 requests for them failed, the last: 400 .*; run again"
    with pytest.raises(UserError, match=message):
        generate.main("sms", "few_shot")
    assert OUTPUT.read_bytes() == before
    generate.main("sms", "few_shot")
    assert len(replies("few_shot")) == 16 and server.stats()["received"] == 8 + 2
    assert server.stats()["paid_twice"] == 0


def test_filtered_rows_are_no_error(
    params: dict[str, Any], server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """A content filter would stop them again: they are counted and the run goes on."""
    params["strategies"]["few_shot"]["most_requests"] = 1
    use(params)
    server.reset(Settings(script=["400-filter"] * 2))
    generate.main("sms", "few_shot")
    assert len(replies("few_shot")) == 8
    out = capsys.readouterr().out
    assert "filtered 2" in out and "missing after most_requests" in out


def test_failure_of_one_label_and_lack_of_another(params: dict[str, Any], server: Server) -> None:
    """A label that the model never fills is no error because a request for another failed."""
    server.reset(
        Settings(
            script=["400"],
            answers={"spam": json.dumps({"texts": ["one prize"]})},
        )
    )
    params["generate"]["limits"]["concurrency"] = 1  # so that one for ham fails
    use(params)
    generate.main("sms", "few_shot")
    (failed,) = [r for r in replies("few_shot") if r["finish_reason"] != "stop"]
    assert failed["label"] == "ham"
