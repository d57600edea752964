"""The bare loop: asyncio and the openai SDK on its aiohttp transport, the SDK's own retries.

Nothing is written; a row whose retries are spent is lost, as with any script that gathers
exceptions.
"""

import asyncio
from importlib.metadata import version

import openai

from tests.benchmarks.runner import KEY, MODEL, Job, Outcome, Watch, job, messages


async def ask_all(given: Job) -> Outcome:
    """Every prompt once."""
    outcome = Outcome(versions={"openai": version("openai"), "aiohttp": version("aiohttp")})
    free = asyncio.Semaphore(given.concurrency)
    http = openai.DefaultAioHttpClient()
    async with openai.AsyncOpenAI(base_url=given.url, api_key=KEY, http_client=http) as client:

        async def ask(prompt: str) -> None:
            async with free:
                reply = await client.chat.completions.create(
                    model=MODEL,
                    messages=messages(prompt),  # type: ignore[arg-type]
                )
            outcome.rows += bool(reply.choices[0].message.content)

        prompts = given.prompts()
        ends = await asyncio.gather(*map(ask, prompts), return_exceptions=True)
    for prompt, end in zip(prompts, ends, strict=True):
        if isinstance(end, openai.APIError):
            outcome.failed[prompt] = str(end)
        elif end is not None:
            raise end
    return outcome


if __name__ == "__main__":
    watch = Watch()
    watch.report(asyncio.run(ask_all(job())))
