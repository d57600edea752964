"""Numbers and names as people read them."""

from collections.abc import Mapping, Sequence
from typing import Any

from stages.rendering.content.page import Cell

ABSENT = "–"


def name(source: str) -> str:
    """A source's or strategy's name as shown to people. Tasks and models keep theirs.

    >>> name("zero_shot"), name("real_pool")
    ('zero-shot', 'real pool')
    """
    return source.replace("_shot", "-shot").replace("_", " ")


def number(value: float, digits: int = 2, sign: bool = False) -> str:
    """A number with a fixed count of decimals.

    >>> number(-0.25, 1, sign=True), number(0.04, 1, sign=True), number(-0.04, 1)
    ('−0.2', '0.0', '0.0')
    """
    rounded = round(value, digits) + 0.0  # no negative zero
    shown = f"{rounded:+.{digits}f}" if sign and rounded else f"{rounded:.{digits}f}"
    return shown.replace("-", "−")


def percent(share: float) -> str:
    """A share in per cent, without the unit.

    >>> percent(0.6789)
    '67.9'
    """
    return number(100 * share, 1)


def money(usd: float) -> str:
    """US dollars without the unit: two digits of small sums, cents of larger ones.

    >>> money(0.01234), money(0.999), money(123.4), money(20500), money(0)
    ('0.012', '1.00', '123', '20,500', '0')
    """
    if usd >= 100 or usd == 0:
        return f"{usd:,.0f}"
    return f"{usd:.2f}" if usd >= 0.995 else f"{usd:.2g}"


def points(difference: float) -> str:
    """A difference of two shares in percentage points, without the unit.

    >>> points(-0.0312), points(0.02)
    ('−3.1', '+2.0')
    """
    return number(100 * difference, 1, sign=True)


def interval(low: float, high: float, digits: int = 2, sign: bool = False) -> str:
    """The ends of an interval.

    >>> interval(-0.1, 0.25)
    '[−0.10, 0.25]'
    """
    return f"[{number(low, digits, sign)}, {number(high, digits, sign)}]"


def estimate(
    found: Mapping[Any, Any] | None, digits: int = 2, factor: float = 1.0, sign: bool = False
) -> Cell:
    """`value` with the ends `low` and `high`, and `p`, as far as they are there; else a dash.

    >>> " ".join(estimate({"value": 0.123, "low": 0.03, "high": 0.2, "p": 0.04}))
    '0.12 [0.03, 0.20], p 0.040'
    """
    if not found or not {"value", "low"} & set(found):
        return Cell(ABSENT)
    value = number(factor * found["value"], digits, sign) if "value" in found else ""
    ends = ""
    if "low" in found and "high" in found:
        ends = interval(factor * found["low"], factor * found["high"], digits, sign)
    tested = f"p {found['p']:.3f}" if "p" in found else ""
    return Cell(value or ends, ", ".join(filter(None, [ends if value else "", tested])))


def counted(count: int, what: str) -> str:
    """A number of things.

    >>> counted(1, "disputed item"), counted(1200, "seed")
    ('1 disputed item', '1,200 seeds')
    """
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def between(counts: Sequence[int]) -> str:
    """The least and the greatest of some counts.

    >>> between([60, 60]), between([168, 2119, 820])
    ('60', '168 to 2,119')
    """
    return " to ".join(f"{count:,}" for count in sorted({min(counts), max(counts)}))


def listed(names: Sequence[str], most: int = 12) -> str:
    """Names with commas between them; of many, the first ones and how many more.

    >>> listed(["a", "b", "c"], most=2)
    'a, b and 1 more'
    """
    if len(names) <= most:
        return ", ".join(names)
    return f"{', '.join(names[:most])} and {len(names) - most:,} more"
