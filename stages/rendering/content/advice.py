"""A verdict in sentences: what to do, why, what to type next, and what to be careful about."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from stages.rendering.content import words
from stages.rendering.content.costs import ALONE, RUN_TIME, WITH_REAL
from stages.rendering.content.facts import Estimate
from stages.rendering.content.verdict import Alternative, Next, Verdict

FEW = 100  # test texts; with fewer a score is known to some ten points
FEW_OF_LABEL = 10  # test texts of a label; with fewer, its F1 hardly means anything
TRIED = 400  # texts that are worth a try of a way that nobody tried
FETCH, FETCHED = "dvc repro", "after fetching more texts (params.yaml: fetch.origin, max_per_label)"
METRICS = {"accuracy": "accuracy", "macro_f1": "macro-F1"}


class Known(NamedTuple):
    """What the sentences need beside the numbers of a verdict."""

    task: str
    labels: Sequence[str]
    tests: Mapping[str, int]  # test texts by label
    own: bool  # whether the texts are the user's
    cut: int  # test texts that fetch cut from train; 0 where they were given as such
    owned: int  # labels by people that are there and cost nothing more
    ready: Sequence[str]  # sources of texts that were there already
    strategies: Sequence[str]  # sources that an LLM is asked for
    public: bool  # whether the LLM may know the texts and their labels
    assumed: bool  # whether the price of the LLM's tokens is assumed
    unpriced: Mapping[str, str]  # ways without a known cost -> why
    barred: Mapping[str, str]  # ways that must not be chosen -> why
    rising: float  # score that the last doubling of the plan's texts has brought
    unread: int = 0  # test texts for which the LLM gave no label that could be read
    possible: Sequence[str] = ("people", "label", "write", "ask", "mix")  # answers
    otherwise: Verdict | None = None  # where no LLM is to be asked at run time

    @classmethod
    def nothing(cls, task: str, labels: Sequence[str], tests: Mapping[str, int]) -> "Known":
        """Of a task of which nothing could be measured."""
        return cls(task, labels, tests, False, 0, 0, (), (), False, False, {}, {}, 0.0)


def sentence(found: Verdict, known: Known) -> str:
    """What to do."""
    plan = found.plan
    if plan is None:
        if found.alternatives and not _ways(found):
            return "No way that was tried may be chosen."
        if found.more_labels is None:
            open_still = "Too few labels to say, and no number of them is likely to settle it."
            return open_still + _behind(found)
        what = "test texts" if found.more_for == "test" else "texts, for test and training"
        more = f"Too few labels to say: label about {found.more_labels:,} more {what}."
        return more + _behind(found)
    if plan.kind == RUN_TIME:
        return "Ask the LLM for every text; train no classifier."
    if plan.source == "real":
        return f"Train on {_people(plan.labels, known)}."
    texts = _texts(plan.source, plan.texts, known)
    if plan.kind == WITH_REAL:
        return f"Train on {_people(plan.labels, known)} together with {texts}."
    shown = f", {plan.labels:,} labels by people among them or shown" if plan.labels else ""
    return f"Train on {texts}{shown}."


def _behind(found: Verdict) -> str:
    """Ways that hardly any redraw takes to be good enough, although nothing is decided.

    They are not ruled out: of 28 such ways in simulated undecided studies (60 and 100 test texts) 6
    were truly within the margin.
    """
    least = 1 - found.basis.confidence
    ways = [each.way for each in _ways(found) if each.within < least]
    return f" Behind so far: {', '.join(ways)}." if ways else ""


def reasons(found: Verdict, known: Known) -> tuple[str, ...]:
    """Why, in the order of what matters."""
    basis, lines = found.basis, []
    name, enough = METRICS[basis.metric], f"within {100 * basis.margin:g} points of the best way"
    if basis.target is not None:
        enough += f" or at {100 * basis.target:g} % of what all real labels bring"
    asked = f"{100 * basis.confidence:g} % are asked for"
    if not found.alternatives:
        return ()
    if not _ways(found):
        return tuple(f"{each.way}: {each.why}." for each in found.alternatives)
    if found.plan and found.score:
        off = f", {100 * found.optimism:.1f} points taken off for the luck of being chosen"
        lines.append(
            f"Expected {name}: {_score(found.score)}{off if found.optimism >= 0.0005 else ''}. "
            f"{_beside(found)}"
        )
        if len(_ways(found)) > 1:
            lines.append(
                f"It is {enough} in {_share(found.within)} of the redraws of test and training "
                f"texts; {asked}."
            )
        lines += [_money(found, known), *_cheaper(found)]
    else:
        best = _ways(found)[0]
        lines.append(
            f"The best so far, {best.way}, scores {_score(best.score)}, and is {enough} in "
            f"{_share(best.within)} of the redraws only; {asked}. {_beside(found)}"
        )
    if found.more_for:
        lines.append(_more_labels(found))
    if known.otherwise and known.otherwise.plan and known.otherwise.score:
        lines.append(
            f"If no LLM is to be asked at run time: {sentence(known.otherwise, known)} Expected: "
            f"{_score(known.otherwise.score)}."
        )
    if {each.source for each in found.alternatives} == {"real"}:
        lines.append("No other way than labels by people was tried.")
    return tuple(lines)


def step(found: Verdict, known: Known) -> Next:
    """The next command, and what it is for."""
    task, plan = known.task, found.plan
    if plan is None and found.alternatives and not _ways(found):
        why = "after allowing more ways, or less checked ones (params.yaml: verdict)"
        return Next(command="dvc repro", why=why)
    if plan is None:
        return _sheet(found, known)
    sources = {each.source for each in found.alternatives}
    if "labelled" not in sources and {"label", "mix"} & set(known.possible):
        return Next(
            command=f"synthworth label {task} --texts {TRIED}",
            why=f"not tried yet: labels by an LLM; {TRIED} of them show what they are worth",
        )
    people = {"real", "real_pool", "edited", "labelled", "prompted"}
    if not sources - people and {"write", "mix"} & set(known.possible):
        return Next(
            command=f"synthworth write {task} --strategy few_shot --texts 100",
            why="not tried yet: texts written by an LLM; 100 per label show what they are worth",
        )
    if known.rising >= found.basis.margin and (more := _more(found, known)):
        return more
    return Next(why=f"nothing is missing: {_there(found, task)}")


def _there(found: Verdict, task: str) -> str:
    """Where all lies that a settled plan takes."""
    if found.plan is None or found.plan.kind == RUN_TIME:
        return "ask the LLM by the prompt in data/prompts/label.yaml"
    texts = [found.plan.source] + ["real"] * (found.plan.kind == WITH_REAL)
    return "train on " + " and ".join(f"data/sources/{task}/{name}.parquet" for name in texts)


def _sheet(found: Verdict, known: Known) -> Next:
    """More labels by people, where they are wanted.

    A file of test texts takes the place of those that were cut from train.
    """
    count = max(found.more_labels or found.basis.labels, 1)
    if not known.own:
        return Next(command=FETCH, why=FETCHED)
    why = f"a sheet of texts for people to label, for {found.more_for or 'training'}"
    if found.more_for == "test":
        count += known.cut
        why += f"; to be given back by `synthworth add {known.task} FILE --test`"
        if known.cut:
            why += f", in place of the {known.cut:,} test texts cut from train"
    elif found.more_for and not known.cut:
        why += f"; a part to be given back by `synthworth add {known.task} FILE --test`"
    return Next(command=f"synthworth draw {known.task} --texts {count}", why=why)


def _more(found: Verdict, known: Known) -> Next | None:
    """More of what the plan is made of, since its curve still rises."""
    plan, why = found.plan, f"the last doubling brought {100 * known.rising:.1f} points"
    if plan is None or plan.kind == RUN_TIME:
        return None
    if plan.kind == WITH_REAL or plan.source == "real":
        if not known.own:
            return Next(command=FETCH, why=f"{why}; {FETCHED}")
        return Next(command=f"synthworth draw {known.task} --texts {plan.labels}", why=why)
    if plan.source == "labelled":
        return Next(command=f"synthworth label {known.task} --texts {2 * plan.texts}", why=why)
    if plan.source in known.strategies:
        each = -(-2 * plan.texts // len(known.labels))
        strategy = f"--strategy {plan.source}"
        return Next(command=f"synthworth write {known.task} {strategy} --texts {each}", why=why)
    return None


def warnings(found: Verdict, known: Known) -> tuple[str, ...]:
    """What a reader must not overlook."""
    lines, basis = [], found.basis
    uses_llm = found.answer in ("label", "ask", "write") or (
        found.plan is not None and found.plan.source != "real"
    )
    if basis.tests < FEW:
        lines.append(f"Only {basis.tests} test texts: scores are known to some ten points.")
    if none := [label for label in known.labels if not known.tests.get(label)]:
        lines.append(f"No test text is labelled {words.listed(none)}: nothing is known of it.")
    few = [n for n in known.labels if 0 < known.tests.get(n, 0) < FEW_OF_LABEL]
    if few and basis.metric == "macro_f1":
        lines.append(f"Fewer than {FEW_OF_LABEL} test texts of {words.listed(few)}.")
    if known.public and uses_llm:
        lines.append(
            "These texts are public: the LLM may know them, and do worse on those that are not."
        )
    if found.plan and found.held < basis.confidence:
        others = [
            f"{_answer(name)} in {_share(share)}"
            for name, share in sorted(found.again.items(), key=lambda each: -each[1])
            if name != found.answer and share >= 0.005
        ]
        lines.append(f"Another draw may say something else: {words.listed(others)}.")
    if found.run_time and found.answer == "ask":
        lines.append(f"The LLM at run time was asked for {found.run_time.n:,} test texts only.")
    if found.run_time and known.unread:
        lines.append(
            f"Of {found.run_time.n + known.unread:,} answers of the LLM about test texts "
            f"{known.unread:,} could not be read: its score at run time is that of the others."
        )
    lines += [f"Not to be chosen: {way}, {why}." for way, why in known.barred.items()]
    lines += [f"Judged by its score alone: {way}, {why}." for way, why in known.unpriced.items()]
    if known.assumed and uses_llm:
        lines.append("The price of the LLM's tokens is assumed (params.yaml: cost.tokens).")
    if known.ready:
        lines.append(
            f"Ready texts count as paid for: {words.listed([words.name(n) for n in known.ready])}."
        )
    return tuple(lines)


def _people(labels: int, known: Known) -> str:
    """Labels by people, and how many of them are there."""
    said = f"{words.counted(labels, 'label')} by people"
    if not known.owned:
        return said
    return f"your {said}" if labels <= known.owned else f"{said} ({known.owned:,} of them yours)"


def _texts(source: str, count: int, known: Known) -> str:
    if source == "labelled":
        return f"{words.counted(count, 'text')} labelled by the LLM"
    if source in known.strategies:
        return f"{words.counted(count, f'{words.name(source)} text')} written by the LLM"
    return f"{words.counted(count, 'text')} of {words.name(source)}"


def _beside(found: Verdict) -> str:
    """What can be attained, and what anybody attains."""
    parts = [f"the majority label alone has {words.percent(found.floor)}"]
    if found.ceiling:
        ceiling = f"{words.percent(found.ceiling.value)}"
        parts.append(f"{found.ceiling.what} {ceiling}")
    if found.run_time and found.answer != "ask":
        parts.append(f"the LLM at run time {words.percent(found.run_time.value)}")
    line = ", ".join(parts)
    return f"{line[0].upper()}{line[1:]}."


def _more_labels(found: Verdict) -> str:
    """How the number of labels that would settle it is computed."""
    tests, start = found.basis.tests, f"About {found.more_labels:,} more"
    if found.more_for == "test":
        return (
            f"{start}: with m in place of {tests:,} test texts the noise that they bring shrinks "
            f"by the square root of m / {tests:,}, that of training texts stays; the number is "
            "where the first way becomes sure, if scores stay as they are."
        )
    return (
        f"{start}: which training texts are drawn moves scores so much that test texts alone would "
        f"not tell. With g times {tests:,} test and {found.basis.labels:,} training texts noise "
        "shrinks by the square root of g; the number is where the first way becomes sure, if "
        "scores stay as they are."
    )


def _money(found: Verdict, known: Known) -> str:
    cost, texts = found.cost, f"{found.basis.texts:,} texts to classify"
    if cost is None or cost.usd is None:
        return "What it costs is not known."
    own = f" beyond the {known.owned:,} labels that you have" if known.owned else ""
    line = f"With {texts} it costs {words.money(cost.usd['value'])} US dollars"
    line += f" and {words.number(cost.hours, 1)} hours of people's time{own}."
    if cost.people and cost.people_labels and found.answer != "people":
        line += (
            f" Labels by people that bring the same score, {cost.people_labels:,} of them, cost "
            f"{words.money(cost.people['value'])} US dollars{own}."
        )
    elif found.answer not in ("people", "undecided"):
        line += " Labels by people alone do not reach this score here."
    return line


def _cheaper(found: Verdict) -> list[str]:
    """The best of the ways that cost less and are not sure enough."""
    if not found.cost or not found.cost.usd:
        return []
    paid = found.cost.usd["value"]
    cheaper = [
        each
        for each in found.alternatives[1:]
        if each.admissible and each.cost and each.cost["value"] < paid
    ]
    if not cheaper:
        return []
    best = max(cheaper, key=lambda each: each.within)
    money = words.money(paid - (best.cost or {})["value"])
    return [
        f"Cheaper by {money} US dollars, but within the margin in {_share(best.within)} of the "
        f"redraws only: {best.way}, {_score(best.score)}."
    ]


def withheld(draft: Verdict, known: Known, why: str) -> Verdict:
    """The verdict where nothing could be measured, with its sentences."""
    wanted = draft.more_labels
    if wanted is None:
        command = Next(command="dvc repro", why="after adding real to grid.sources")
        return draft.model_copy(update={"sentence": f"Nothing to say: {why}.", "next": command})
    basis = draft.basis
    points = f"{100 * basis.margin:g} points"
    reason = (
        f"{why[0].upper()}{why[1:]}. Of two equally good classifiers, of which only one is right "
        f"on one text in five, either falls less than {points} behind the other in "
        f"{100 * basis.confidence:g} % of the tests only with about so many more."
    )
    return draft.model_copy(
        update={
            "sentence": sentence(draft, known),
            "reasons": (reason,),
            "next": step(draft, known),
            "warnings": warnings(draft, known),
        }
    )


def headline(found: Verdict) -> str:
    """The decision in a few words, that change only when it does."""
    plan = found.plan
    if plan is None:
        return "undecided"
    if plan.kind == RUN_TIME:
        return "ask the LLM at run time"
    if plan.source == "real":
        return words.counted(plan.labels, "label") + " by people"
    texts = f"{words.counted(plan.texts, 'text')} of {words.name(plan.source)}"
    return texts if plan.kind == ALONE else f"{texts}, {words.counted(plan.labels, 'label')}"


def over(found: Sequence[Verdict]) -> str:
    """The decisions of all tasks in a few words: of one it itself, of several how often which."""
    if len(found) == 1:
        return headline(found[0])
    counts = Counter(each.answer for each in found).most_common()
    return ", ".join(f"{count} {answer}" for answer, count in counts)


def why_not(each: Alternative, found: Verdict) -> str:
    """Why a way is not the answer."""
    if each.why:
        return each.why
    within = f"within the margin in {_share(each.within)} of the redraws"
    if each.within < found.basis.confidence:
        return f"{within} only"
    return f"{within}, and costs more or brings less"


def _ways(found: Verdict) -> list[Alternative]:
    return [each for each in found.alternatives if each.admissible]


def _answer(name: str) -> str:
    names = {
        "people": "labels by people",
        "label": "labels by the LLM",
        "write": "written texts",
        "ask": "the LLM at run time",
        "mix": "a mix with labels by people",
    }
    return names.get(name, name)


def _score(found: Estimate) -> str:
    return " ".join(words.estimate(found, 1, 100))


def _share(share: float) -> str:
    return f"{100 * share:.0f} %"
