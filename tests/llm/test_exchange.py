"""The stage generate with files that a user carries to an endpoint and back."""

import json
from pathlib import Path
from typing import Any

import pytest

from stages import generate
from stages.core.errors import UserError
from tests.llm.chat_server import Server
from tests.llm.stage import replies, spent, use

pytestmark = pytest.mark.usefixtures("params")


def test_exchange_by_files(params: dict[str, Any], server: Server) -> None:
    """Requests go out as batch lines, replies come back in any order, a bad line is located."""
    params["endpoint"]["api"] = "exchange"
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
