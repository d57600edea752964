"""A report as one HTML file that needs nothing else: neither network, nor fonts, nor scripts.

It reads well without JavaScript; a script of its own adds search, filters and order. All text is
escaped, and a content security policy lets nothing else run and nothing be fetched.
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from typing import Any, NamedTuple

import pandas as pd

from stages.core.records import LABELLED, REAL
from stages.rendering.content import words
from stages.rendering.content.document import Document, Looked, Story
from stages.rendering.content.page import Column, Picture, parts
from stages.rendering.writers import inline

TEST = "test"
REAL_PARTS = (TEST, REAL, LABELLED)
CONFIDENCE = ("a guess", "likely", "sure")  # 1 to 3, as stage label has it
SHOWN = 6  # texts of a list, and of a column where no script runs
TEMPLATES = "templates"


class Fact(NamedTuple):
    """What is said of a text; `mark` is the class of the style sheet."""

    text: str
    mark: str = ""


class Shown(NamedTuple):
    """A text with what is said of it."""

    text: str
    cut: int
    said: list[Fact]


class List(NamedTuple):
    """Texts, or pairs, that are worth a look."""

    title: str
    said: str
    rows: list[Any]
    pairs: bool = False


def render(document: Document, drawn: Mapping[str, str]) -> str:
    """The whole file; `drawn` holds an `<svg>` element of each picture by its name."""
    import jinja2
    from markupsafe import Markup

    plot_style, drawn = inline.shared(drawn)
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.update(
        draw=lambda picture: Markup(drawn[picture.name]),
        head=head,
        numbers=lambda picture: Markup(_numbers(picture)),
        parts=parts,
        sparkline=lambda curve, title: Markup(sparkline(curve, title)),
    )
    script = _read("script.js")
    names = [story.title for story in document.stories]
    return environment.from_string(_read("report.html.j2")).render(
        title=names[0] if len(names) == 1 else f"{len(names)} tasks",
        script=Markup(script),
        script_hash=Markup(integrity(script)),
        style=Markup(_read("style.css")),
        plot_style=Markup(plot_style),
        stories=[_prepared(story) for story in document.stories],
        warnings=document.warnings,
        pages=document.pages,
        settings=document.settings,
        versions=document.versions,
        own_version=dict(document.versions).get("synthworth", ""),
        citation=document.citation,
    )


def integrity(script: str) -> str:
    """The script's hash, as a content security policy names it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}"


def embedded(content: Any) -> str:
    r"""JSON for a script block, which nothing in it can end.

    >>> embedded({"a": "</script><!--"})
    '{"a":"\\u003c/script>\\u003c!--"}'
    """
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    for letter in "<\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


def head(column: Column) -> str:
    """A column's name, its source first."""
    return f"{words.name(column.source)} {column.name}".strip()


def sparkline(curve: tuple[float, ...], title: str) -> str:
    """A curve without axes, from the first to the last value."""
    from markupsafe import escape

    if len(curve) < 2:
        return ""
    low, high = min(curve), max(curve)
    span = (high - low) or 1
    points = [
        f"{100 * place / (len(curve) - 1):.0f} {24 - 22 * (value - low) / span:.1f}"
        for place, value in enumerate(curve)
    ]
    label = escape(f"{title}: {100 * curve[0]:.0f} to {100 * curve[-1]:.0f} per cent")
    return (
        f'<svg class="spark" role="img" aria-label="{label}" viewBox="0 0 100 26" '
        f'preserveAspectRatio="none"><path d="M{"L".join(points)}"/></svg>'
    )


def _read(name: str) -> str:
    folder = resources.files("stages.rendering.writers") / TEMPLATES
    return folder.joinpath(name).read_text(encoding="utf-8")


def _numbers(picture: Picture) -> str:
    """A figure's numbers as a table."""
    from markupsafe import escape

    if picture.series.empty:
        return "<p>None.</p>"
    heads = "".join(f"<th>{escape(str(name))}</th>" for name in picture.series)
    rows = (
        "".join(f"<td>{escape(_shown(value))}" for value in row)
        for row in picture.series.itertuples(index=False)
    )
    body = "".join(f"<tr>{row}" for row in rows)
    return f'<div class="wide" tabindex="0"><table><tr>{heads}</tr>{body}</table></div>'


def _shown(value: Any) -> str:
    if value is None or value != value:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _prepared(story: Story) -> Mapping[str, Any]:
    """A story as the template takes it."""
    from markupsafe import Markup

    content = story._asdict()
    if looked := story.looked:
        content["looked"] = {**_lists(looked), "data": Markup(embedded(payload(looked)))}
    return content


def payload(looked: Looked) -> dict[str, Any]:
    """What the script shows: names once, and a row per text."""
    names = list(dict.fromkeys(looked.texts["part"]))
    label = {name: place for place, name in enumerate(looked.labels)}
    rows = [
        [
            names.index(row["part"]),
            label[row["label"]],
            row["text"],
            int(row["text_cut"]),
            *_answers(row, looked.sources, label),
            label.get(row["llm"], -1),
            0 if row["confidence"] != row["confidence"] else int(row["confidence"]),
            label.get(row["instead"], -1) if row["doubted"] else -1,
        ]
        for row in _rows(looked.texts)
    ]
    return {
        "parts": [_part(name) for name in names],
        "labels": looked.labels,
        "sources": [words.name(source) for source in looked.sources],
        "confidence": CONFIDENCE,
        "rows": rows,
    }


def _rows(table: pd.DataFrame) -> Iterator[Mapping[str, Any]]:
    for row in table.to_dict("records"):
        yield {str(key): value for key, value in row.items()}


def _answers(
    row: Mapping[str, Any], sources: Iterable[str], label: Mapping[str, int]
) -> tuple[Any, Any]:
    """Each source's answer, and its share of right runs in per cent; zeros for training texts."""
    if row["part"] != TEST:
        return 0, 0
    asked = [source for source in sources if row[f"said_{source}"] in label]
    if not asked:
        return 0, 0
    said = [label[row[f"said_{source}"]] for source in asked]
    return said, [round(100 * row[f"right_{source}"]) for source in asked]


def _part(name: str) -> str:
    return {TEST: "real, test", REAL: "real, training"}.get(name, words.name(name))


def shown(row: Mapping[str, Any], looked: Looked) -> Shown:
    """A text and what is said of it, as the script shows it."""
    said = [Fact(_part(row["part"])), Fact(row["label"], "label")]
    if row["part"] == TEST:
        for source in looked.sources:
            answer, right = row[f"said_{source}"], row[f"right_{source}"]
            good, runs = answer == row["label"], round(100 * right) if right == right else 0
            named = "" if good or len(looked.labels) < 3 else f": {answer}"
            share = f" {runs} %" if 0 < runs < 100 else ""
            mark = "✓" if good else "✗"
            fact = f"{mark} {words.name(source)}{named}{share}"
            said.append(Fact(fact, "good" if good else "bad"))
    if isinstance(row["llm"], str):
        sure = row["confidence"]
        confidence = f", {CONFIDENCE[int(sure) - 1]}" if sure == sure and sure else ""
        mark = "" if row["llm"] == row["label"] else "bad"
        said.append(Fact(f"LLM: {row['llm']}{confidence}", mark))
    if row["doubted"]:
        said.append(Fact(f"label doubted: rather {row['instead']}", "doubt"))
    return Shown(row["text"], int(row["text_cut"]), said)


def _lists(looked: Looked) -> dict[str, Any]:
    texts, pairs = looked.texts, looked.pairs
    test = texts[texts["part"] == TEST]
    hard = test.sort_values("sure", kind="stable").head(SHOWN)
    odd = texts[texts["part"].isin(REAL_PARTS) & texts["doubted"]].head(SHOWN)
    names = list(dict.fromkeys(texts["part"]))
    left = [name for name in names if name in REAL_PARTS]
    right = [name for name in names if name not in REAL_PARTS]
    choose = {
        side: [
            {"name": "all", "places": " ".join(str(names.index(name)) for name in own)},
            *({"name": _part(name), "places": str(names.index(name))} for name in own),
        ]
        for side, own in (("left", left), ("right", right))
        if own
    }
    near, far = (_pairs(pairs[pairs["end"] == end]) for end in ("nearest", "farthest"))
    lists = [
        List(
            "The most confusing texts",
            "Real test texts whose label the classifiers, over all sources, find least likely.",
            [shown(row, looked) for row in _rows(hard)],
        ),
        List(
            "Real texts that nothing written comes near",
            "Real test texts whose nearest written text is far; what the written ones lack.",
            far,
            True,
        ),
        List(
            "Nearest pairs",
            "Real test texts and the written texts nearest to them: copies would stand here.",
            near,
            True,
        ),
        List(
            "Labels to check",
            "Real texts whose label a classifier of other real texts doubts.",
            [shown(row, looked) for row in _rows(odd)],
        ),
    ]
    first = {
        f"first_{side}": [
            shown(row, looked) for row in _rows(texts[texts["part"].isin(own)].head(SHOWN))
        ]
        for side, own in (("left", left), ("right", right))
    }
    return {
        "labels": looked.labels,
        "said": looked.said,
        "lists": lists,
        "left": choose.get("left", []),
        "right": choose.get("right", []),
        **first,
    }


def _pairs(pairs: pd.DataFrame) -> list[dict[str, Any]]:
    """Some pairs of every source, in turns."""
    turn = pairs.groupby("source", sort=False).cumcount()
    chosen = pairs.assign(turn=turn).sort_values("turn", kind="stable").head(SHOWN)
    return [
        dict(row) | {"source": words.name(row["source"]), "cosine": words.number(row["cosine"])}
        for row in _rows(chosen)
    ]
