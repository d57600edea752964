"""What a run says when it ends: what came out, and which file to open."""

from collections import Counter
from collections.abc import Iterable, Mapping

from stages.rendering.content.verdict import ANSWERS, Verdict


def lines(verdicts: Mapping[str, Verdict], warned: Iterable[str], report: str) -> list[str]:
    """At most five lines: the verdict or how many there are of each, what next, what to open.

    `warned` are the warnings of all pages, of which each counts once.
    """
    said = dict.fromkeys([*warned, *(w for each in verdicts.values() for w in each.warnings)])
    told = [*_decided(verdicts), f"read: {report} (in a browser; it needs no network)"]
    if said:
        told.append(f"mind: {len(said)} warnings, at the top of the pages that they are about")
    return [*told, "compare: `dvc metrics diff`, `synthworth compare`; share: `dvc push`"]


def _decided(verdicts: Mapping[str, Verdict]) -> list[str]:
    if len(verdicts) == 1:
        ((task, found),) = verdicts.items()
        return [f"{task}: {found.sentence}", f"next: {found.next.said}"]
    counts = Counter(ANSWERS[found.answer] for found in verdicts.values())
    answers = "; ".join(f"{answer}: {number}" for answer, number in counts.most_common())
    return [f"verdicts of {len(verdicts)} tasks: {answers}"]
