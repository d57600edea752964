"""A sheet of texts for people to label.

Reads:  the task's card and files, params.yaml (cost.label); sheets drawn before
Writes: <task>.to_label.csv, then <task>.to_label.2.csv and so on; Git ignores them
Cost:   seconds; the people's time is told
"""

from itertools import chain, count
from pathlib import Path
from typing import Annotated

import typer

from stages.core import cli


def main(
    task: cli.Task,
    texts: Annotated[int, typer.Option(min=1, help="how many, drawn at random")],
) -> None:
    """Draw texts of TASK that nobody has labelled yet into a CSV file with an empty column."""
    from stages.core import params, paths, seeds
    from stages.core.errors import UserError
    from stages.core.text import inert
    from stages.corpora import cards
    from stages.intake import gather, more, said

    card = cards.load(task)
    found = more.without_label(card, paths.own(task))
    sheets = sorted(Path().glob(f"{task}.to_label*.csv"))
    read = (gather.read(sheet, "text", None, None, labelled=False) for sheet in sheets)
    drawn = {text for each in chain.from_iterable(read) for text in each.texts["text"]}
    left = found[~found["text"].isin(drawn)]
    if left.empty:
        raise UserError(
            f"expected texts of {task!r} without a label, found none"
            f"{f' beside those of {sheets[-1]}' if sheets else ''}; give some by "
            f"`synthworth add {task} FILE --unlabelled`"
        )
    place = [seeds.place(text, 0, "draw") for text in left["text"]]
    sheet = left.assign(place=place).sort_values("place").head(texts)
    names = chain([f"{task}.to_label.csv"], (f"{task}.to_label.{n}.csv" for n in count(2)))
    target = next(path for path in map(Path, names) if not path.exists())
    sheet["text"] = sheet["text"].map(inert)
    # With the mark that makes spreadsheets read UTF-8.
    sheet.assign(label="")[["id", "text", "label"]].to_csv(
        target, index=False, encoding="utf-8-sig"
    )
    each = params.value("cost.label")
    took = said.duration(len(sheet) * each["seconds"])
    print(f"{target}: {len(sheet):,} of {len(left):,} texts that nobody has labelled")
    print(f"Labels: {', '.join(card.labels)}. Leave out what cannot be told.")
    print(
        f"\nNext: fill in its column label ({took} of a person, {len(sheet) * each['usd']:.2f} USD "
        f"by cost.label), then `synthworth add {task} {target}`, with --test if they "
        "are to be tested on"
    )


if __name__ == "__main__":
    cli.run(main)
