"""What the commands that set a task up share: arguments read, files put in place, the next step."""

import dataclasses
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from math import sqrt
from pathlib import Path
from typing import Any

import yaml

from stages.core import files, params, paths
from stages.core.errors import UserError
from stages.core.params import PARAMS, Grid
from stages.corpora import cards
from stages.intake import card, deposit, gather, more, plan, said, settings
from stages.intake import task as intake
from stages.intake.more import More
from stages.intake.task import Asked, Task
from stages.llm.reading import language

ENOUGH_TESTED = 100  # test texts from which a score is known to 10 points at worst
LONGEST = 60  # characters of a task's name: files have it in theirs
SHARED = (
    "Under DVC: {folder}. Git gets its checksum only; the texts lie in DVC's cache, and on your "
    "remote after `dvc push`."
)

NO_TEXTS = """\
{task}: a card without texts, {card}; not in the grid yet (grid.tasks), since nothing can be run.
  can be said   nothing yet: what a way to get training data is worth shows on real texts alone
  needed        texts as your users write them, labelled by people: with 100 of them to test on, a
                score is known to ± 10 points at worst (95 %)
  by hand       how an LLM would be asked: read and edit the prompts, language and words in the card

Next: put some of your texts, with their labels, into a file and give it by
`synthworth add {task} FILE` (seconds, 0 USD)"""


def check_name(task: str) -> None:
    """Raise `UserError` for a name that cannot be a task's, or is one already."""
    known = task.replace("_", "a").replace("-", "a").isalnum() and task[0].isalnum()
    if not known or len(task) > LONGEST or task == "error":  # to `dvc metrics` a damaged file
        raise UserError(
            f"expected a name of letters, digits, - and _ for the task, at most {LONGEST} "
            f"characters and not 'error', found {task[: LONGEST + 1]!r}; the files "
            "come after the name: synthworth new reviews path/to/file.csv"
        )
    if task in cards.names():
        raise UserError(
            f"the task {task!r} exists ({paths.card(task)}); choose another name, add files by "
            f"`synthworth add {task} FILE`, or take it out by `synthworth remove {task}`"
        )


def ready(texts: Sequence[str], by: Sequence[str]) -> list[tuple[str, Path, str | None]]:
    """Each source's name, file and who wrote it; `UserError` for more or fewer writers."""
    if len(by) not in (0, 1, len(texts)):
        raise UserError(
            f"expected one --by for all --texts, or as many as these ({len(texts)}), found "
            f"{len(by)}; leave some out or add some"
        )
    writers: Sequence[str | None] = by if len(by) == len(texts) else [*by, None][:1] * len(texts)
    found = [
        (*gather.source_of(argument), who) for argument, who in zip(texts, writers, strict=True)
    ]
    names = [name for name, _, _ in found]
    taken = {*params.value("strategies"), *params.mixtures()}
    for name in names:
        if name in taken or names.count(name) > 1:
            raise UserError(
                f"--texts: {name!r} is the name of another source; choose one: --texts my_name=FILE"
            )
    return found


def definitions(given: Iterable[str]) -> dict[str, str]:
    """Labels and what they mean, from LABEL=MEANING; `UserError` for another form."""
    found = {}
    for argument in given:
        label, sign, meaning = argument.partition("=")
        if not sign or not label.strip() or not meaning.strip():
            raise UserError(
                f'--define {argument}: expected LABEL="what it means", found no '
                f"{'meaning' if sign else '='}; add it"
            )
        found[label.strip()] = meaning.strip()
    return found


def own_tasks(content: Mapping[str, Any]) -> list[str]:
    """The tasks of the grid that a new one stands beside: all but those of the sample corpus."""
    tasks = content["grid"]["tasks"]
    if content["fetch"]["origin"] != "sample":
        return list(tasks)
    return [task for task in tasks if task in cards.names() and cards.load(task).own]


def install(task: Task) -> None:
    """Write a task's card and params, put its files under DVC, and say so; all or nothing."""
    text = settings.text()
    content = yaml.safe_load(text)
    others = own_tasks(content)
    gone = [name for name in content["grid"]["tasks"] if name not in others]
    changes = plan.new_task(content, task.name, task.ready, task.found.rows, others)
    changed = settings.edited(text, changes)
    params.parse(Grid, yaml.safe_load(changed)["grid"], f"{PARAMS}: grid")
    with placed(task.name, task.files):
        files.write_text(task.card, paths.card(task.name))
        deposit.add(paths.own(task.name))
        files.write_text(changed, PARAMS)
    _say_found(task)
    if gone:
        print(
            f"\nIn place of {said.counted(len(gone), 'task')} of the sample corpus, which "
            f"{'leave' if len(gone) > 1 else 'leaves'} grid.tasks: {', '.join(gone)}"
        )
    warn_of_git(path for path in task.files.values() if isinstance(path, Path))
    _say_next(task)


def placed(task: str, content: Mapping[str, Any], replace: bool = False) -> Any:
    """Files in the task's folder while the block runs; if it fails all is as it was before."""
    touched = [Path(f"{paths.own(task)}.dvc"), paths.OWN / ".gitignore", paths.card(task), PARAMS]
    return deposit.placed(paths.own(task), content, touched, replace)


def add(task: str, asked: More, replace: bool) -> None:
    """Add a file to a task, say what it holds and what comes next; all or nothing."""
    known = cards.load(task)
    if known.own is None:
        _add_first(task, asked, known)
        return
    text = settings.text()
    found = more.read(asked, task, paths.card(task).read_text("utf-8"), paths.own(task), replace)
    changes: plan.Changes = {}
    if asked.part == "ready":
        changes = plan.more_sources(yaml.safe_load(text), task, [asked.source])
    changed = settings.edited(text, changes)
    with placed(task, {found.path.name: found.path}, replace):
        files.write_text(found.card, paths.card(task))
        deposit.add(paths.own(task))
        files.write_text(changed, PARAMS)
    print("\n".join([f"{task}: one more file", *said.aligned(found.said)]))
    print(f"\nWritten: {paths.card(task)}, {paths.own(task)}.dvc{', params.yaml' * bool(changes)}")
    warn_of_git([found.path])
    cost = "0 USD"
    if params.value("generate.provider") == "openai":
        cost = "what an LLM is asked about it, and for how much: `synthworth estimate`"
    print(f"\nNext: `dvc repro` (what depends on the file runs again; {cost})")


def _add_first(task: str, asked: More, known: cards.Card) -> None:
    """The first file of a task that had labels alone."""
    if asked.part != "train" or known.hub:
        raise UserError(
            f"expected the task {task!r} to have labelled texts of yours, found none; add a file "
            "of these first"
        )
    request = Asked(
        task,
        [asked.path],
        text=asked.text,
        label=asked.label,
        definitions=known.labels,
        encoding=asked.encoding,
    )
    made = intake.read(request, detector())
    parts = yaml.safe_load(made.card)
    before = paths.card(task).read_text("utf-8")
    blocks: plan.Changes = {key: parts[key] for key in ("own", "language", "words")}
    install(dataclasses.replace(made, card=settings.edited(before, blocks)))


def warn_of_git(given: Iterable[Path]) -> None:
    """Say which of a user's files Git would take with the next `git add`."""
    asked = ["git", "check-ignore", "--quiet", "--"]  # 0: ignored; 128: outside of the repository
    found = []
    for path in map(str, given):
        done = subprocess.run([*asked, path], capture_output=True, check=False)  # noqa: S603
        found += [path] if done.returncode == 1 else []
    if found:
        print(
            f"In this repository, and not ignored by Git: {', '.join(found)}. `git add` would take "
            "the texts in: move them out, or add them to .gitignore."
        )


def _say_found(task: Task) -> None:
    """Print what the files were taken for and what is in them."""
    labels = len(task.found.labels)
    print(f"{task.name}: {said.counted(task.found.total, 'text')} with {labels} labels")
    print("\n".join([*said.aligned(task.said), *said.lines(task.found)]))


def _say_next(task: Task) -> None:
    """Print what was written, and the one next command with what it costs."""
    found = task.found
    limit = plan.cap(found.rows)
    print(
        f"\nWritten: {paths.card(task.name)} (yours to edit), {PARAMS}, {paths.own(task.name)}.dvc"
    )
    print(SHARED.format(folder=paths.own(task.name)))
    if limit:
        print(
            f"Of each label at most {limit:,} texts of a split are used (params: "
            f"fetch.max_per_label_of.{task.name})."
        )
    tested = said.test_texts(found)
    if tested < ENOUGH_TESTED:
        get = (
            f"draw some to label by `synthworth draw {task.name} --texts {ENOUGH_TESTED}`"
            if task.unlabelled
            else f"give more labelled ones by `synthworth add {task.name} FILE`"
        )
        print(
            f"Only {said.counted(tested, 'text')} to test on: a score is known to ± "
            f"{98 / sqrt(max(1, tested)):.0f} points at worst (95 %); {get}."
        )
    texts = min(found.total, 3 * plan.TEXTS) + min(task.unlabelled, plan.TEXTS)
    took = said.duration(plan.seconds(texts, found.words[1]))
    print(f"\nNext: `dvc repro` ({took}, 0 USD: nothing is sent to an LLM)")


def label_only(asked: Asked) -> None:
    """Write a card of labels alone, and say what that is good for."""
    if len(asked.definitions) < 2:
        raise UserError(
            "expected a file of labelled texts, or two labels or more with their meaning "
            '(--define spam="unwanted advertising" --define ham="anything else"), found neither; '
            "add one"
        )
    if any((asked.tests, asked.ready, asked.unlabelled, asked.annotations)):
        raise UserError(
            "expected labelled texts beside other files, found none; give a file of them, or only "
            "the labels"
        )
    text = card.text(asked.name, asked.definitions, "en", (10, 40), {})
    files.write_text(text, paths.card(asked.name))
    print(NO_TEXTS.format(task=asked.name, card=paths.card(asked.name)))


def detector() -> Any:
    """Tells a text's language."""
    return language.likeliest
