"""What `label` and `write` share: params that have an LLM asked, and what that will cost."""

import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml

from stages.core import files, params
from stages.core.errors import UserError
from stages.core.params import PARAMS
from stages.corpora import cards
from stages.intake import plan, settings
from stages.llm.messages.config import key_of
from stages.llm.spending.budget import Access


def endpoint(
    base_url: str | None, model: str | None, key_env: str | None, price: str | None
) -> plan.Changes:
    """The changes of params that options of an endpoint ask for; none without options."""
    for option in (base_url, model, key_env, price):
        if option == "":  # such as "$URL" of a variable that is not set: texts would go elsewhere
            raise UserError("expected a value after each option, found an empty one; fill it in")
    changes: plan.Changes = {}
    if base_url:
        changes["generate.endpoint.base_url"] = base_url
    if model:
        changes["generate.endpoint.model"] = model
    if key_env:
        changes["generate.endpoint.key_env"] = None if key_env.lower() == "none" else key_env
    if price:
        prompt, sign, completion = price.partition("/")
        try:
            usd = {"prompt": float(prompt), "completion": float(completion if sign else "no")}
        except ValueError as error:
            raise UserError(
                f"--price {price}: expected PROMPT/COMPLETION in US dollars per million tokens, "
                "such as 0.15/0.6; fix it"
            ) from error
        name = model or params.value("generate.endpoint.model")
        changes["generate", "price", str(name)] = usd
    return changes


def ask_llm(
    task: str,
    planned: Callable[[Any], plan.Changes],
    asked: plan.Changes,
    recorded: Path,
    *estimates: Sequence[str],
) -> None:
    """Change params so that an LLM is asked, and say what that costs; unchanged where it fails.

    Replies that are `recorded` are taken, unless an endpoint is `asked` for. The `estimates` are
    those of stages, which need the task's texts fetched.
    """
    cards.load(task)
    before = settings.text()
    content = yaml.safe_load(before)
    if task not in content["grid"]["tasks"]:
        raise UserError(
            f"expected a task of grid.tasks, found {task!r} beside {content['grid']['tasks']}; add "
            "it there"
        )
    changes = {**planned(content), **asked}
    replayed = recorded.exists() and not asked and content["generate"]["provider"] == "recorded"
    if not replayed:
        changes["generate.provider"] = "openai"
    changed = settings.edited(before, changes)
    params.parse(Access, yaml.safe_load(changed)["generate"], f"{PARAMS}: generate")
    files.write_text(changed, PARAMS)
    try:
        params.grid()
        said_by = "replies are recorded, 0 USD" if replayed else _estimated(task, estimates)
    except BaseException:
        files.write_text(before, PARAMS)
        raise
    print(said_by)
    others = [name for name in content["grid"]["tasks"] if name != task]
    if others and not replayed:
        print(
            f"The endpoint and how many texts hold for {', '.join(others)}, too, and may have "
            "requests of theirs sent, and paid: `synthworth estimate` says which."
        )
    print(f"\nWritten: {PARAMS}")
    if not replayed and key_of(access := params.load(Access, "generate").endpoint) is None:
        print(f"The key is not there yet: set {access.key_env} before the run.")
    sent = "replays them" if replayed else "sends these requests; each is paid once"
    print(f"\nNext: `dvc repro` ({sent})")


def _estimated(task: str, stages: Iterable[Sequence[str]]) -> str:
    """What each stage says that it would ask, the texts fetched by DVC if they are not."""
    _call(["dvc", "repro", "--quiet", f"fetch@{task}", "grid"])
    return "\n".join(_call([*stage, "--estimate"]) for stage in stages)


def _call(command: Sequence[str]) -> str:
    """What a module prints; its last line of complaint as `UserError`."""
    whole = [sys.executable, "-m", *command]
    done = subprocess.run(whole, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        found = next((line for line in lines if line.startswith("error: ")), (lines or ["?"])[-1])
        raise UserError(found.removeprefix("error: "))
    return done.stdout.strip()
