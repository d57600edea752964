"""The stage generate with files that a user carries to an endpoint and back."""

import json
from pathlib import Path
from typing import Any

import pytest

from stages import generate
from stages.core import cli
from stages.core.errors import UserError, WaitingError
from tests.llm.chat_server import Server
from tests.llm.conftest import KEY
from tests.llm.stage import replies, spent, start
from tests.small_task import use

FOLDER = Path("data/exchange/sms")
REQUESTS, REPLIES = FOLDER / "few_shot.requests.jsonl", FOLDER / "few_shot.replies.jsonl"
pytestmark = pytest.mark.usefixtures("params")


def test_exchange_by_files(params: dict[str, Any], server: Server) -> None:
    """Requests go out as batch lines, replies come back in any order, a bad line is located."""
    params["generate"]["endpoint"]["api"] = "exchange"
    use(params)
    with pytest.raises(
        WaitingError, match=r"round 1: 8 requests written to .*, about 0\.0017 USD\."
    ):
        generate.main("sms", "few_shot")
    lines = [json.loads(line) for line in REQUESTS.read_text().splitlines()]
    out = answer(server, lines[::-1], status_code=200)
    REPLIES.write_text("\n".join([*out, "{oops"]))
    with pytest.raises(UserError, match=r"few_shot\.replies\.jsonl, line 9 is no batch reply"):
        generate.main("sms", "few_shot")
    REPLIES.write_text("\n".join(out))
    generate.main("sms", "few_shot")
    assert len(replies("few_shot")) == 8 and server.stats()["received"] == 0
    assert not REQUESTS.exists()  # nobody is to have them answered again
    counted, paid = spent()
    generate.main("sms", "few_shot")
    assert spent() == (counted, paid) and counted == pytest.approx(paid)


def test_waiting_is_no_error(params: dict[str, Any], server: Server) -> None:
    """The process says what to do next, and its status keeps DVC from going on."""
    params["generate"]["endpoint"]["api"] = "exchange"
    use(params)
    process = start("few_shot")
    out, errors = process.communicate(timeout=60)
    assert process.returncode == cli.WAITING and not out and "error" not in errors
    assert errors.startswith("sms, few_shot, round 1: 8 requests") and errors.count("\n") == 1
    for words in (
        f"written to {REQUESTS}, about 0.0017 USD. Next: ",
        f"put the answers into {REPLIES} and run",
    ):
        assert words in errors


def test_budget_holds_before_requests_are_written(params: dict[str, Any]) -> None:
    """Requests that would cost more than is left are not written."""
    params["generate"]["endpoint"]["api"] = "exchange"
    params["generate"]["budget_usd"] = 1e-6
    use(params)
    with pytest.raises(UserError, match=r"8 requests would cost about 0.0017 USD, 0.0017 more"):
        generate.main("sms", "few_shot")
    assert not REQUESTS.exists()


@pytest.fixture
def requested(params: dict[str, Any]) -> list[dict[str, Any]]:
    """The request lines of a run in the exchange mode."""
    params["generate"]["endpoint"]["api"] = "exchange"
    use(params)
    with pytest.raises(WaitingError, match=r"8 requests written to"):
        generate.main("sms", "few_shot")
    lines = REQUESTS.read_text().splitlines()
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
    """A status that is text or left out is no failure where the body has choices."""
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
    with pytest.raises(WaitingError, match=r"7 requests written to"):
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
    """A byte order mark does not matter; for what is not UTF-8 one line names the file."""
    REPLIES.write_text("\n".join(answer(server, requested)), encoding=encoding)
    if fits:
        generate.main("sms", "few_shot")
        assert len(replies("few_shot")) == 8
    else:
        with pytest.raises(UserError, match=r"few_shot\.replies\.jsonl is not UTF-8"):
            generate.main("sms", "few_shot")


def test_every_line_is_accounted_for(
    requested: list[dict[str, Any]], server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """Accepted, known, to be answered again, given up, of others: counts and money agree."""
    lines = answer(server, requested)
    failures: list[Any] = [
        {"status_code": 500, "body": {"error": {"message": "oops"}}},
        {"status_code": 429, "body": "slow down"},
        {"status_code": 422, "body": {"error": f"bad field {KEY}"}},
    ]
    for place, response in enumerate(failures):
        name = requested[place]["custom_id"]
        lines[place] = json.dumps({"custom_id": name, "response": response})
    other = answer(server, [{**requested[0], "custom_id": "of another run"}])
    REPLIES.write_text("\n".join([*lines, *other]))
    with pytest.raises(WaitingError, match=r"sms, few_shot, round 1: 2 requests written to"):
        generate.main("sms", "few_shot")
    assert capsys.readouterr().err == (
        f"sms, few_shot, round 1: lines of {REPLIES}: 5 accepted, 1 of other requests skipped\n"
        "  1 to be answered again: 500 oops\n"
        "  1 to be answered again: 429 slow down\n"
        "  1 given up, unless you remove the line: 422 bad field ***\n"
    )
    waiting = [json.loads(line) for line in REQUESTS.read_text().splitlines()]
    assert [line["custom_id"] for line in waiting] == [line["custom_id"] for line in requested[:2]]
    REPLIES.write_text("\n".join([*lines, *answer(server, waiting)]))
    with pytest.raises(WaitingError, match=r"sms, few_shot, round 2: 1 request written to"):
        generate.main("sms", "few_shot")  # in place of the one that was given up
    assert "2 accepted, 5 known already\n  1 given up" in capsys.readouterr().err
    (last,) = [json.loads(line) for line in REQUESTS.read_text().splitlines()]
    with REPLIES.open("a") as file:
        file.write("\n" + answer(server, [last])[0])
    generate.main("sms", "few_shot")
    out = capsys.readouterr().out
    assert "sms, few_shot: done, data/replies/sms/few_shot.jsonl has 9 replies with 40 texts" in out
    assert "1 paid, 7 from cache, 1 failed" in out and KEY not in out
    counted, paid = spent()
    assert counted == pytest.approx(paid)
    assert KEY not in Path("data/replies/sms/few_shot.jsonl").read_text()


def test_replies_without_usage_or_model(requested: list[dict[str, Any]], server: Server) -> None:
    """They cost what was estimated, and are filed under the model that was asked."""
    server.settings.usage, server.settings.name_model = None, False
    REPLIES.write_text("\n".join(answer(server, requested)))
    generate.main("sms", "few_shot")
    assert {reply["model"] for reply in replies("few_shot")} == {"m"}
    assert 0.0016 < spent()[0] < 0.004
