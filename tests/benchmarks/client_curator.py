"""Bespoke curator, with its defaults but for the concurrency; runs in its own environment.

Requests and tokens per minute are declared so high that they never bind.
"""

from importlib.metadata import version

# Found in curator's own environment only (tests/benchmarks/peers.py).
from bespokelabs import curator  # type: ignore[import-not-found]
from datasets import Dataset

from tests.benchmarks.runner import CONTEXT, KEY, MODEL, Job, Outcome, Watch, job

UNBOUND = 10**9


class Writer(curator.LLM):  # type: ignore[misc]
    """One text for each prompt."""

    def prompt(self, row: dict[str, str]) -> list[dict[str, str]]:
        """The messages of a row; curator hashes this source, so it calls nothing of ours."""
        return [
            {"role": "system", "content": CONTEXT},
            {"role": "user", "content": row["prompt"]},
        ]

    def parse(self, row: dict[str, str], reply: str) -> dict[str, str]:
        """The row that is kept."""
        return {"prompt": row["prompt"], "text": reply}


def ask_all(given: Job) -> Outcome:
    """Every prompt, and every retry that curator likes."""
    writer = Writer(
        model_name=MODEL,
        backend="openai",
        backend_params={
            "base_url": given.url,
            "api_key": KEY,
            "max_requests_per_minute": UNBOUND,
            "max_tokens_per_minute": UNBOUND,
            "max_concurrent_requests": given.concurrency,
            "require_all_responses": False,
        },
    )
    prompts = given.prompts()
    table = writer(Dataset.from_dict({"prompt": prompts}), working_dir=given.folder).dataset
    kept = set(table["prompt"])
    return Outcome(
        rows=len(kept),
        failed={prompt: "" for prompt in prompts if prompt not in kept},
        versions={"curator": version("bespokelabs-curator")},
    )


if __name__ == "__main__":
    watch = Watch()
    watch.report(ask_all(job()))
