"""The stage generate with files that a user carries to an endpoint and back."""

import json
from pathlib import Path
from typing import Any

import pytest

from stages import generate
from stages.core.errors import UserError
from tests.llm.chat_server import Server
from tests.llm.stage import replies, spent
from tests.small_task import use

FOLDER = Path("data/exchange/sms")
REPLIES = FOLDER / "few_shot.replies.jsonl"
pytestmark = pytest.mark.usefixtures("params")


def test_exchange_by_files(params: dict[str, Any], server: Server) -> None:
    """Requests go out as batch lines, replies come back in any order, a bad line is located."""
    params["generate"]["endpoint"]["api"] = "exchange"
    use(params)
    with pytest.raises(UserError, match="8 requests wait for their replies"):
        generate.main("sms", "few_shot")
    folder = Path("data/exchange/sms")
    lines = (folder / "few_shot.requests.jsonl").read_text().splitlines()
    out = []
    for line in reversed([json.loads(line) for line in lines]):
        body = server._completion(line["body"])
        response = {"status_code": 200, "body": body}
        out.append(json.dumps({"custom_id": line["custom_id"], "response": response}))
    (folder / "few_shot.replies.jsonl").write_text("\n".join([*out, "{oops"]))
    with pytest.raises(UserError, match=r"few_shot\.replies\.jsonl, line 9 is no batch reply"):
        generate.main("sms", "few_shot")
    (folder / "few_shot.replies.jsonl").write_text("\n".join(out))
    generate.main("sms", "few_shot")
    assert len(replies("few_shot")) == 8 and server.stats()["received"] == 0
    counted, paid = spent()
    generate.main("sms", "few_shot")
    assert spent() == (counted, paid) and counted == pytest.approx(paid)


@pytest.fixture
def requested(params: dict[str, Any]) -> list[dict[str, Any]]:
    """The request lines of a run in the exchange mode."""
    params["generate"]["endpoint"]["api"] = "exchange"
    use(params)
    with pytest.raises(UserError, match="8 requests wait for their replies"):
        generate.main("sms", "few_shot")
    lines = (FOLDER / "few_shot.requests.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def answer(server: Server, requested: list[dict[str, Any]], **more: Any) -> list[str]:
    """Reply lines whose responses hold `more` beside their bodies."""
    return [
        json.dumps(
            {
                "custom_id": line["custom_id"],
                "response": {"body": server._completion(line["body"]), **more},
            }
        )
        for line in requested
    ]


@pytest.mark.parametrize("more", [{}, {"status_code": "200"}, {"status_code": None}])
def test_status_of_gateways(
    more: dict[str, Any], requested: list[dict[str, Any]], server: Server
) -> None:
    """A status that is text or left out is none of failure where the body has choices."""
    REPLIES.write_text("\n".join(answer(server, requested, **more)))
    generate.main("sms", "few_shot")
    assert len(replies("few_shot")) == 8


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ({}, "neither response nor error"),
        ({"response": [1]}, "response is no object"),
        ({"response": {"body": {}}}, "no status_code, and no choices"),
        ({"response": {"body": [1]}}, "no status_code, and no choices"),
        ({"response": {"status_code": "ok"}}, "status_code 'ok'"),
    ],
)
def test_line_that_says_nothing_is_located(
    line: dict[str, Any], reason: str, requested: list[dict[str, Any]], server: Server
) -> None:
    """It gives up no request; the good lines before it are kept."""
    good, *_, last = answer(server, requested)
    REPLIES.write_text(
        f"{good}\n" + json.dumps({"custom_id": json.loads(last)["custom_id"], **line})
    )
    with pytest.raises(UserError, match=rf"replies.jsonl, line 2 is no .* \({reason}"):
        generate.main("sms", "few_shot")
    REPLIES.unlink()
    with pytest.raises(UserError, match="7 requests wait for their replies"):
        generate.main("sms", "few_shot")


def test_requests_in_place_of_replies(requested: list[dict[str, Any]]) -> None:
    """The requests file put back by mistake is refused, and no others are asked for."""
    REPLIES.write_text("\n".join(map(json.dumps, requested)))
    with pytest.raises(UserError, match=r"line 1 is no batch reply \(neither response"):
        generate.main("sms", "few_shot")


@pytest.mark.parametrize(("encoding", "fits"), [("utf-8-sig", True), ("utf-16", False)])
def test_encodings(
    encoding: str, fits: bool, requested: list[dict[str, Any]], server: Server
) -> None:
    """A byte order mark is no matter; what is not UTF-8 is a line with the file's name."""
    REPLIES.write_text("\n".join(answer(server, requested)), encoding=encoding)
    if fits:
        generate.main("sms", "few_shot")
        assert len(replies("few_shot")) == 8
    else:
        with pytest.raises(UserError, match=r"few_shot\.replies\.jsonl is not UTF-8"):
            generate.main("sms", "few_shot")


def test_failed_lines_are_shown_and_busy_ones_asked_again(
    requested: list[dict[str, Any]], server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """429 and 5xx wait again under their own names; other failures are shown with their reason."""
    lines = answer(server, requested)
    failures: list[Any] = [
        {"status_code": 500, "body": {"error": {"message": "oops"}}},
        {"status_code": 429, "body": "slow down"},
        {"status_code": 422, "body": {"error": "bad field"}},
    ]
    for place, response in enumerate(failures):
        name = requested[place]["custom_id"]
        lines[place] = json.dumps({"custom_id": name, "response": response})
    REPLIES.write_text("\n".join(lines))
    with pytest.raises(UserError, match="2 requests wait for their replies"):
        generate.main("sms", "few_shot")
    said = capsys.readouterr().err
    for reason in ("500 oops", "429 slow down", "422 bad field"):
        assert f"few_shot.replies.jsonl: 1 failed: {reason}\n" in said
    waiting = (FOLDER / "few_shot.requests.jsonl").read_text().splitlines()
    asked = {json.loads(line)["custom_id"] for line in waiting}
    assert asked == {line["custom_id"] for line in requested[:2]}
