"""A commented card for a user's task, with prompts that work until better ones are written."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

LANGUAGES = {
    "ar": "Arabic", "bg": "Bulgarian", "ca": "Catalan", "cs": "Czech", "da": "Danish",
    "de": "German", "el": "Greek", "en": "English", "es": "Spanish", "et": "Estonian",
    "fa": "Persian", "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi",
    "hr": "Croatian", "hu": "Hungarian", "id": "Indonesian", "it": "Italian", "ja": "Japanese",
    "ko": "Korean", "lt": "Lithuanian", "lv": "Latvian", "nl": "Dutch", "no": "Norwegian",
    "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sk": "Slovak",
    "sl": "Slovenian", "sr": "Serbian", "sv": "Swedish", "th": "Thai", "tr": "Turkish",
    "uk": "Ukrainian", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip
HEAD = """\
# What the task `{task}` is. Made by `synthworth new`; yours to edit, then run `dvc repro`.
"""
LABELS = """\
# Each label with one line on what it means: an LLM that writes or labels texts reads it.
"""
WORDS = """\
# Words of a text, least and most (5 % of the real ones have fewer, 5 % more), as asked of an LLM.
"""
PROMPTS = """\
# What an LLM is told that writes texts; {k}, {phrase}, {definition} and {words} are filled in, and
# of {text|texts} the first is for one text. Say who writes to whom, and where: it helps.
"""
OTHERS = """\
# Rows with other labels than these are left out.
"""
OWN = """\
# Your files as they are, in data/own/{task}: in DVC's cache and on its remote, never in Git.
"""
READY = """\
# Texts that an LLM wrote already: each name is a source of this task.
"""
RIGHTS = """\
# Who may use the texts, and what to cite; shown on the pages.
"""


def language(code: str) -> str:
    """A language's name in English; its code where we know none.

    >>> language("de"), language("xx")
    ('German', 'xx')
    """
    return LANGUAGES.get(code, code)


def text(
    task: str,
    labels: Mapping[str, str | None],
    language_code: str,
    words: tuple[int, int],
    blocks: Mapping[str, Any],
    drop_others: bool = False,
) -> str:
    """The card as YAML: `labels` with definitions; its parts `own` and `ready` are `blocks`."""
    title = task.replace("_", " ").replace("-", " ").strip().capitalize()
    parts = [HEAD.format(task=task) + _dump({"title": title})]
    given = {name: said or name.replace("_", " ") for name, said in labels.items()}
    parts.append(LABELS + _dump({"labels": given}))
    if drop_others:
        parts.append(OTHERS + _dump({"other_labels": "drop"}))
    parts.append(_dump({"language": language_code}) + WORDS + _flow("words", list(words)))
    parts.append(PROMPTS + _dump({"prompts": prompts(title, language_code)}))
    for name, note in (("own", OWN.format(task=task)), ("ready", READY)):
        if blocks.get(name):
            parts.append(note + _block(name, blocks[name]))
    parts.append(RIGHTS + _dump({"licence": "own texts, not for others", "citation": "none"}))
    return "\n".join(parts)


def prompts(title: str, language_code: str) -> dict[str, str]:
    """Prompts in the paper's scheme that know of a task its title and the texts' language."""
    plain = title.replace("{", "(").replace("}", ")")
    name = language(language_code)
    return {
        "context": f'You write texts as people write them, for the task "{plain}". You are given a '
        f"label and write texts in {name} that people would give this label.",
        "generate": 'Write {k} {text that fits|texts that fit} the label "{phrase}". '
        "Length{| of each}: {words} words. Be creative and write {a unique text|unique texts}.",
    }


def entry(table: Mapping[str, Any]) -> str:
    """What a card says of one file, on one line."""
    dumped: str = yaml.safe_dump(
        dict(table),
        default_flow_style=True,
        width=float("inf"),
        allow_unicode=True,
        sort_keys=False,
    )
    return dumped.strip()


def _block(name: str, content: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    lines = [f"{name}:"]
    for key, tables in content.items():
        if len(tables) == 1:
            lines.append(f"  {_key(key)}: {entry(tables[0])}")
        else:
            lines += [f"  {_key(key)}:", *(f"  - {entry(table)}" for table in tables)]
    return "\n".join(lines) + "\n"


def _key(name: str) -> str:
    return yaml.safe_dump(name, allow_unicode=True).removesuffix("\n").removesuffix("\n...")


def _flow(name: str, value: Any) -> str:
    return f"{name}: {yaml.safe_dump(value, default_flow_style=True).strip()}\n"


def _dump(content: Mapping[str, Any]) -> str:
    dumped: str = yaml.safe_dump(
        dict(content), sort_keys=False, allow_unicode=True, width=100, default_flow_style=False
    )
    return dumped
