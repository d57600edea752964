"""A real server, `transformers serve`, with a model that knows nothing: refused politely."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from stages import generate, refine
from stages.core.errors import UserError
from tests import small_task

ROOT = Path(generate.__file__).parents[1]
TEMPLATE = "{% for message in messages %}{{ message['content'] }}\n{% endfor %}"
TOKENS = 24  # of a reply
REQUESTS = 8  # two labels, two requests each, and as many again to top up
STARTING = 60.0  # seconds


def save_model(folder: Path) -> None:
    """A one-layer Llama of random weights whose tokens are bytes."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: number for number, token in enumerate(["<pad>", "<s>", "</s>", *alphabet])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer,
        pad_token="<pad>",  # noqa: S106
        bos_token="<s>",  # noqa: S106
        eos_token="</s>",  # noqa: S106
        chat_template=TEMPLATE,
    ).save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=4096,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
    )
    LlamaForCausalLM(config).save_pretrained(folder)


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The model's name and the address of a server that has it loaded."""
    folder = tmp_path_factory.mktemp("served")
    save_model(folder / "model")
    port, log = free_port(), folder / "log"
    command = [str(Path(sys.executable).parent / "transformers"), "serve", str(folder / "model")]
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"],
            stdout=out,
            stderr=out,
            env={**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(folder / "hub")},
        )
        try:
            wait(f"http://127.0.0.1:{port}/health", process, log)
            yield str(folder / "model"), f"http://127.0.0.1:{port}/v1"
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait until the server answers; fail with its log when it ends or takes too long."""
    until = time.monotonic() + STARTING
    while process.poll() is None and time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310
                if json.load(answer) == {"status": "ok"}:
                    return
        except OSError:  # not yet
            time.sleep(0.1)
    pytest.fail(f"the server did not start: {log.read_text()}")


@pytest.fixture
def params(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, served: tuple[str, str]) -> None:
    """The small task, asked of the server: no key, no price, no structured replies."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SYNTHWORTH_CACHE", str(tmp_path / "requests"))
    content = small_task.params()
    content["grid"]["strategies"] = ["zero_shot", "few_shot"]
    settings = content["generate"]
    settings["provider"] = "openai"
    model, url = served
    settings["endpoint"] |= {"model": model, "base_url": url, "key_env": None}
    settings["endpoint"] |= {"structured": "none"}
    settings["price"] = {}
    settings["limits"]["timeout"] = 60.0
    for strategy in content["strategies"].values():
        strategy |= {"texts_per_label": 4, "texts_per_request": 2, "max_tokens": TOKENS}
    small_task.write({})
    small_task.use(content)
    Path("data/prompts").symlink_to(ROOT / "data" / "prompts")


@pytest.mark.usefixtures("params")
def test_garbage_of_a_real_server_is_refused_politely(
    served: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Every request is answered and counted, no text is usable, the labels are named as short."""
    for strategy in ("zero_shot", "few_shot"):
        generate.main("sms", strategy)
        lines = Path(f"data/replies/sms/{strategy}.jsonl").read_text().splitlines()
        replies = [json.loads(line) for line in lines]
        assert len(replies) == REQUESTS
        for reply in replies:
            assert reply["model"].startswith(served[0]) and reply["reply"]
            assert reply["finish_reason"] in ("length", "stop")
            assert reply["usage"]["prompt_tokens"] > 50
            assert 0 < reply["usage"]["completion_tokens"] <= TOKENS
        said = capsys.readouterr().out
        assert f"{REQUESTS} paid, 0 from cache" in said and "failed" not in said
        (problems,) = re.findall(r"problems: ([^;]+);", said)
        assert sum(int(number) for number in re.findall(r"\d+", problems)) == REQUESTS
        assert "missing after most_requests: {'ham': 4, 'spam': 4}" in said
    with pytest.raises(UserError, match=r"texts for every label, found \{'ham': 0, 'spam': 0\}"):
        refine.main()
    assert not Path("data/synthetic").exists()
