"""What is told of a user's texts: aligned lines, counts and no texts."""

from collections.abc import Iterable, Mapping, Sequence

from stages.intake import findings
from stages.intake.card import language
from stages.intake.findings import FEW, Findings

SHOWN = 8  # labels named with their counts
SURE = 0.9  # share of texts in the main language from which it is not worth a word
WIDTH = 12  # columns of the first word
EACH = {"validation": 0.1, "test": 0.2}  # of train, as fetch cuts missing splits by default


def lines(found: Findings) -> list[str]:
    """The findings, most important first, warnings last."""
    rows = [(split, _labels(counts)) for split, counts in found.rows.items()]
    least, middle, most, longest = found.words
    rows.append(
        ("words", f"{least} to {most} in 90 % of the texts, median {middle}, longest {longest:,}")
    )
    share = f" ({100 * found.language_share:.0f} % of the texts drawn)"
    rows.append(
        ("language", language(found.language) + (share if found.language_share < SURE else ""))
    )
    return [*aligned(rows), *aligned(_warned(found))]


def aligned(rows: Iterable[tuple[str, str]]) -> list[str]:
    """Lines of a word and what it says, one below the other."""
    return [f"  {name:<{WIDTH}}{said}" for name, said in rows]


def test_texts(found: Findings) -> int:
    """How many test texts there are, or will be cut from train."""
    if "test" in found.rows:
        return sum(found.rows["test"].values())
    return round(EACH["test"] * sum(found.rows["train"].values()))


def duration(seconds: float) -> str:
    """A rough time in words.

    >>> duration(50), duration(200)
    ('about 1 minute', 'about 3 minutes')
    """
    minutes = max(1, round(seconds / 60))
    return f"about {minutes} minute{'s' if minutes > 1 else ''}"


def counted(number: int, what: str) -> str:
    """A number of things.

    >>> counted(1, "row"), counted(1200, "row")
    ('1 row', '1,200 rows')
    """
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _labels(counts: Mapping[str, int]) -> str:
    """The rows, and the labels with theirs, most frequent first."""
    total = sum(counts.values())
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    shown = ", ".join(f"{label} {rows:,}" for label, rows in ordered[:SHOWN])
    more = f" and {len(ordered) - SHOWN} more labels" if len(ordered) > SHOWN else ""
    return f"{counted(total, 'row')}: {shown}{more}"


def _warned(found: Findings) -> list[tuple[str, str]]:
    """What is not as one would expect it, and what becomes of it."""
    rare = [label for label, rows in found.labels.items() if rows < FEW]
    cut = [split for split in EACH if split not in found.rows]
    number = all(label.lstrip("+-").isdigit() for label in found.labels)
    twice = counted(found.repeated, "row")
    shared = ", ".join(counted(rows, f"{split} row") for split, rows in found.shared.items())
    personal = [
        counted(found.mails, "text") + " with an e-mail address" if found.mails else "",
        counted(found.phones, "text") + " with a phone number" if found.phones else "",
    ]
    said: Sequence[tuple[str, str, object]] = (
        ("cut", f"{' and '.join(_share(split) for split in cut)} of train, since there is no file "
         "of them", cut),
        ("labels", "; ".join(f"{_some(others)} count{'s' * (len(others) == 1)} as {label!r}"
                             for label, others in found.spelt.items()), found.spelt),
        ("labels", "are numbers: say in the card what each means, an LLM reads it", number),
        ("few", f"{_some(rare)} {'have' if len(rare) > 1 else 'has'} fewer than {FEW} rows: little "
         "can be said of such labels", rare),
        ("empty", f"{', '.join(f'{counted(rows, what)}' for what, rows in found.empty.items())} "
         "left out", found.empty),
        ("duplicates", f"{twice} {_repeat(found.repeated)} an earlier text"
         + (f", {found.contradicted:,} of them with another label" if found.contradicted else "")
         + "; equal texts never end up in two splits", found.repeated),
        ("leaks", f"{shared} also in a later split; the earlier split will go without them",
         found.shared),
        ("copies", f"{found.near:,} of {found.searched:,} different texts are near-copies of "
         f"another (Jaccard {findings.NEAR}); those of test texts are left out of train",
         found.near),
        ("personal", f"{' and '.join(filter(None, personal))}, by their looks: mind who may read "
         "the report, and that an LLM you ask is sent texts", found.mails or found.phones),
        ("markup", f"{counted(found.markup, 'text')} with tags: kept; pages show them as text",
         found.markup),
        ("huge", f"{counted(found.huge, 'text')} of more than {findings.HUGE:,} characters: an "
         "encoder reads only their beginning", found.huge),
    )  # fmt: skip
    return [(name, text) for name, text, happened in said if happened]


def _share(split: str) -> str:
    return f"{100 * EACH[split]:.0f} % for {split}"


def _repeat(rows: int) -> str:
    return "repeats" if rows == 1 else "repeat"


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(map(repr, names[:SHOWN]))
    return shown + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
