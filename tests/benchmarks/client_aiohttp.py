"""Bare aiohttp: what the endpoint and the machine can do. No retries, nothing is written."""

import asyncio
from importlib.metadata import version

import aiohttp

from tests.benchmarks.runner import MODEL, Job, Outcome, Watch, job, messages


async def ask_all(given: Job) -> Outcome:
    """Every prompt once."""
    outcome = Outcome(versions={"aiohttp": version("aiohttp")})
    free = asyncio.Semaphore(given.concurrency)
    connector = aiohttp.TCPConnector(limit=given.concurrency)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def ask(prompt: str) -> None:
            body = {"model": MODEL, "messages": messages(prompt)}
            async with free, session.post(f"{given.url}/chat/completions", json=body) as response:
                reply = await response.json()
                if response.status == 200:
                    outcome.rows += bool(reply["choices"][0]["message"]["content"])
                else:
                    outcome.failed[prompt] = str(response.status)

        await asyncio.gather(*map(ask, given.prompts()))
    return outcome


if __name__ == "__main__":
    watch = Watch()
    watch.report(asyncio.run(ask_all(job())))
