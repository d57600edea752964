"""One text of a reply: what is not its own taken off, and a name for what makes it unusable."""

import re
from functools import cache

SPECIAL = re.compile(
    r"<\|[\w -]{1,40}\|>|</s>\s*$"  # tokens of chat templates
    r"|\x1b\[[0-9;]*[A-Za-z]"  # colours of a terminal
    # Control and format characters, white space and the joiners of emoji and scripts left out.
    r"|[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e"
    r"\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0001-\U000e007f]"
)
SURROGATE = re.compile(r"[\ud800-\udfff]")
REFUSAL = re.compile(
    r"as an ai\b"
    r"|^(?:i['’]?m|i am) (?:very |really |so )?sorry,? (?:but )?i (?:can|won|am|do)"
    r"|^sorry,? (?:but )?i (?:can|won|am)"
    r"|^(?:(?:i (?:do )?apologi[sz]e|my apologies|unfortunately|i regret)[^\w]+(?:but )?)?"
    r"i (?:cannot|can['’]?t|can not|won['’]t|am unable to|am not able to) "
    r"(?:help|assist|fulfil|comply|create|write|generate|provide|produce)\b",
    re.IGNORECASE,
)
NOUN = (
    r"(?:sms|texts?|messages?|tweets?|headlines?|reviews?|sentences?|examples?|jokes?|comments?"
    r"|posts?|articles?|snippets?|statements?|samples?)"
)
ASIDE = r"(?:sure(?: thing)?|certainly|of course|absolutely|okay|no problem|got it)[,.!]+ "
ANNOUNCEMENT = re.compile(
    rf"^{ASIDE}.{{0,80}}:"
    r"|^here(?:['’]s| is| are) .{0,80}:\s"
    rf"|^(?:below|the following) (?:is|are) .{{0,80}}\b{NOUN}\b.{{0,40}}:"
    rf"|^(?:{ASIDE})?(?:here|below) (?:is|are) (?:an?|\w+|your|the) .{{0,60}}\b{NOUN}\W*$",
    re.IGNORECASE,
)
LEAKS = (  # {label} with "_" as anything between words; {noun} as above
    r"label\s*[:=]",
    r"[*_\[(<\"']*{label}(?:\s+{noun})?(?:\s*#?\d{{1,3}})?[*_\])>\"']*\s*:[*_]*\s",
    r"[*_\[(<\"']*{label}(?:\s+{noun})?[*_\])>\"']*\s+(?:[-–—]|[-=]>)\s",
    r"(?:this|that|it) is (?:an? |the )?(?:\w+ )?{label}\s+{noun}\b[^:]{{0,40}}:\s",
    r".*[\[(]\s*(?:label\s*[:=]\s*)?{label}(?:\s+{noun})?\s*[\])]\s*[.!]?\s*\Z",
)
TEXT_PROBLEMS = ("empty", "announcement", "label_leak", "refusal")


def clean(text: str) -> str:
    """The text on one line, without control characters, unpaired surrogates and tokens of chats."""
    if SURROGATE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return " ".join(SPECIAL.sub("", text).split())


def problem(text: str, label: str, phrase: str = "") -> str | None:
    """Which of TEXT_PROBLEMS a clean text has: it is empty, names its label or talks to the asker.

    `phrase` is how the prompt said the label, where that differs from the label itself.
    """
    if not re.search(r"[^\W_]", text):
        return "empty"
    if ANNOUNCEMENT.match(text):
        return "announcement"
    if _leaks(label).match(text) or (phrase and _leaks(phrase).match(text)):
        return "label_leak"
    return "refusal" if REFUSAL.search(text) else None


@cache
def _leaks(label: str) -> re.Pattern[str]:
    words = re.findall(r"[^\W_]+", label) or [label]
    name = r"[\W_]+".join(map(re.escape, words))
    return re.compile("|".join(leak.format(label=name, noun=NOUN) for leak in LEAKS), re.IGNORECASE)
