"""A report's sections about single tasks, from the pages that are about all of them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from stages.core.records import REAL
from stages.rendering.content import run as about
from stages.rendering.content import words
from stages.rendering.content.document import Card, Explained, Looked, Part, Prompt, Story
from stages.rendering.content.page import Cell, Code, Column, Note, Page, Picture, Row, Table
from stages.rendering.content.run import Run
from stages.rendering.content.verdict import Alternative, Verdict
from stages.rendering.content.worth import PLAIN, labels
from stages.rendering.pages import datasets
from stages.rendering.pages.texts import COPIES_NOTE, EQUAL_SIZE, SIMILARITY_NOTE

METRIC = "macro_f1"  # where there is no verdict, whose metric the reader chose
TASK = "task"


def story(
    run: Run,
    task: str,
    pages: Mapping[str, Page],
    verdict: Verdict | None,
    looked: Looked | None,
    prompts: Sequence[Prompt],
    title: str,
    revision: str,
) -> Story:
    """All about a task."""
    metric = verdict.basis.metric if verdict else METRIC
    curve = run.worths[task].real.get(metric) if task in run.worths else None
    return Story(
        task,
        title or task,
        "How should the training data be made?",
        f"{about.short(run.origins[task].origin)} · {revision}",
        verdict,
        cards(run, task, verdict) if verdict else (),
        _picture(pages["cost"], f"cost_{task}"),
        tuple(curve.curve[size]["value"] for size in sorted(curve.curve)) if curve else (),
        _worth(run, task, pages["worth"], metric),
        _ways(run, task, pages, metric),
        _why(run, task, pages),
        looked,
        _trust(run, task, verdict),
        _made(run, task, pages),
        tuple(prompts),
    )


def cards(run: Run, task: str, verdict: Verdict) -> tuple[Card, ...]:
    """The three headline numbers, with what is attainable; undecided, those of the best way."""
    metric = run.explained.metrics[verdict.basis.metric].title
    beside = [f"floor {words.percent(verdict.floor)}: the most frequent label for every text"]
    if ceiling := verdict.ceiling:
        beside.append(f"{ceiling.what} {_share(ceiling.model_dump())}")
    if asked := verdict.run_time:
        beside.append(f"LLM at run time {_share(asked.model_dump())}, {asked.n:,} texts")
    beside.append(f"n = {verdict.basis.tests:,} test texts")
    best = _best(verdict)
    if best:
        score = Card(f"Best score so far: {best.way}", _points(best.score), metric, tuple(beside))
        return score, _worth_card(run, task, verdict, best.worth), _usd_card(verdict, best)
    score = Card("Score to expect", _points(verdict.score), metric, tuple(beside))
    return score, _worth_card(run, task, verdict, verdict.worth), _cost_card(verdict)


def _best(verdict: Verdict) -> Alternative | None:
    """Where there is no plan, the way with the highest score among those that may be chosen."""
    if verdict.plan:
        return None
    admissible = [way for way in verdict.alternatives if way.admissible]
    return max(admissible, key=lambda way: way.score["value"], default=None)


def _points(found: Mapping[str, float] | None) -> Cell:
    return words.estimate(found, 1, 100)


def _usd_card(verdict: Verdict, way: Alternative) -> Card:
    number = _money(way.cost) if way.cost else Cell(words.ABSENT)
    counts = f"{way.texts:,} texts, {words.counted(way.labels, 'label')} by people"
    return Card("Its cost", number, f"USD for {verdict.basis.texts:,} texts", (counts,))


def _worth_card(
    run: Run, task: str, verdict: Verdict, worth: Mapping[str, Mapping[str, float]]
) -> Card:
    own = verdict.basis.metric
    beside = [
        f"by {run.explained.metrics[name].title}: {_joined(_labels(run, task, found))}"
        for name, found in worth.items()
        if name != own
    ]
    beside.append(f"you have {words.counted(verdict.basis.labels, 'label')} by people")
    way = verdict.plan or _best(verdict)
    if not worth:
        takes = "to train on" if verdict.answer == "ask" else "but those that people label"
        beside.append(f"the way takes no texts {takes}")
    elif way and way.texts < (count := _every(run, task, way.source)):
        beside.append(f"that of all {count:,} texts; the way takes {way.texts:,}")
    unit = f"of your labels, by {run.explained.metrics[own].title}"
    number = _labels(run, task, worth.get(own, {}))
    title = "Worth of the plan's texts" if verdict.plan else "Worth of its texts"
    return Card(title, number, unit, tuple(beside))


def _every(run: Run, task: str, source: str) -> int:
    """How many texts of a source its worth is of; 0 where it has none."""
    found = run.worths[task].sources if task in run.worths else {}
    return found[source].texts if source in found else 0


def _labels(run: Run, task: str, found: Mapping[str, float]) -> Cell:
    """A number of labels; an end that is missing lies beyond the labels that there are."""
    if not found:
        return Cell(words.ABSENT)
    most = run.worths[task].basis.texts
    ends = {end: found.get(end) for end in ("value", "low", "high")}
    said = {end: f"> {most:,}" if value is None else f"{value:,.0f}" for end, value in ends.items()}
    return Cell(said["value"], f"[{said['low']}, {said['high']}]")


def _cost_card(verdict: Verdict) -> Card:
    cost = verdict.cost
    if not cost:
        return Card("Cost of the plan", Cell(words.ABSENT), "", ("no price is known",))
    beside = []
    if cost.hours:
        beside.append(f"and {words.number(cost.hours, 1)} hours of people's time")
    if cost.people:
        count = f", {cost.people_labels:,} labels" if cost.people_labels else ""
        beside.append(f"people alone, same score: {_usd(cost.people)} USD{count}")
    elif verdict.answer not in ("people", "undecided"):
        beside.append("people alone: your labels do not reach this score")
    if cost.run_time:
        beside.append(f"LLM at run time: {_usd(cost.run_time)} USD per 1,000 texts")
    number = _money(cost.usd) if cost.usd else Cell(words.ABSENT)
    return Card("Cost of the plan", number, f"USD for {verdict.basis.texts:,} texts", tuple(beside))


def _money(found: Mapping[str, float]) -> Cell:
    """US dollars, with an interval where its ends differ."""
    ends = [words.money(found[end]) for end in ("low", "high") if end in found]
    return Cell(_usd(found), f"[{', '.join(ends)}]" if len(set(ends)) == 2 else "")


def _usd(found: Mapping[str, float]) -> str:
    return words.money(found["value"])


def _share(found: Mapping[str, float]) -> str:
    return _joined(words.estimate(found, 1, 100))


def _joined(cell: Cell) -> str:
    return " ".join(part for part in cell if part)


def of_task(page: Page, task: str) -> tuple[Table, ...]:
    """What a page's tables say of one task; a single row that has several sources is turned."""
    found = []
    for table in page.tables:
        if not table.columns or table.columns[0].name != TASK:
            continue
        rows = tuple(row[1:] for row in table.rows if row[0].text == task)
        if rows:
            own = table._replace(columns=table.columns[1:], rows=rows, totals=())
            found.append(turned(own) if len(rows) == 1 else own)
    return tuple(found)


def turned(table: Table) -> Table:
    """A table of one row with a row for each source, where it has columns of several."""
    sources = list(dict.fromkeys(column.source for column in table.columns if column.source))
    if len(sources) < 2:
        return table
    (row,) = table.rows
    heads = dict.fromkeys(column.name for column in table.columns if column.source)
    cells = {(c.source, c.name): cell for c, cell in zip(table.columns, row, strict=True)}
    rows = tuple(
        (Cell(words.name(source)), *(cells.get((source, head), Cell()) for head in heads))
        for source in sources
        if any(cells[place].text.strip(words.ABSENT) for place in cells if place[0] == source)
    )
    rest = [
        f"{column.name}: {_joined(cell)}"
        for column, cell in zip(table.columns, row, strict=True)
        if not column.source and cell.text
    ]
    columns = (Column("source"), *(Column(head, numeric=True) for head in heads))
    notes = ("; ".join(rest).capitalize() + ".", *table.notes) if rest else table.notes
    return table._replace(columns=columns, rows=rows, notes=notes)


def _picture(page: Page, name: str) -> Picture | None:
    return next((picture for picture in page.pictures if picture.name == name), None)


def _worth(run: Run, task: str, page: Page, metric: str) -> Part:
    found = run.worths.get(task)
    said = []
    if found and found.real:
        for source, own in found.sources.items():
            if source in run.sources and metric in own.metrics:
                count = labels(own.metrics[metric].worth[PLAIN].mean, found.basis)
                name = f"{own.texts:,} {words.name(source)} texts"
                said.append(f"{name}: worth {_joined(count)} labels by people")
    title = run.explained.metrics[metric].title
    lead = f"By {title}, {'; '.join(said)}." if said else "No worth could be read off."
    if found and found.basis.withheld:
        lead = f"No worth: {found.basis.withheld}."
    drawn = _picture(page, f"curves_{task}")
    pictures = (drawn,) if drawn else ()
    return Part(
        "worth",
        "What are they worth, in labels by people?",
        lead,
        (),
        pictures,
        of_task(page, task),
        page.notes,
    )


def _ways(run: Run, task: str, pages: Mapping[str, Page], metric: str) -> Part:
    table = run.tables["scores"]
    own = table[(table["task"] == task) & (table["metric"] == metric)]
    own = own[own["model"] == run.models[0]].sort_values("mean", ascending=False, kind="stable")
    said = [
        f"{words.name(str(row['source']))} {words.percent(row['mean'])} "
        f"{words.interval(100 * row['low'], 100 * row['high'], 1)}"
        for row in own.to_dict("records")
    ]
    title = run.explained.metrics[metric].title
    tests, sizes = run.origins[task].texts("test"), own["n_train"].dropna().astype(int).tolist()
    lead = (
        f"{title} on {tests:,} real test texts, trained on equal numbers of texts"
        f"{f' ({words.between(sizes)})' if sizes else ''}: {'; '.join(said)}. What all of each "
        "source's texts bring, and cost, is in the first table."
    )
    names = [name for name in ("verdict", "table", "cost", "ways", "mixtures") if name in pages]
    tables = tuple(table for name in names for table in of_task(pages[name], task))
    if "verdict" in pages:  # its table of ways is the task's own
        own_ways = (t for t in pages["verdict"].tables if t.title.partition(":")[0] == task)
        tables = (*own_ways, *(t for t in tables if t.title != "Verdicts"))
    return Part("ways", "All ways side by side", lead, (), (), tables, pages["table"].notes)


def _why(run: Run, task: str, pages: Mapping[str, Page]) -> Part:
    measures = tuple(explained(run, task))
    lead = "What the texts and labels are like, beside what real ones are."
    tables = tuple(t for name in ("texts", "agreement") for t in of_task(pages[name], task))
    return Part("why", "Why?", lead, measures, (), tables)


def explained(run: Run, task: str) -> Iterator[Explained]:
    """Each measure in plain words."""
    found = run.tables["measures"]
    own = found[found["task"] == task]
    known = {(str(r["source"]), str(r["measure"])): r for r in own.to_dict("records")}
    real = known.get((REAL, "coverage"))
    for source in run.sources:
        if (row := known.get((source, "coverage"))) and source != REAL:
            beside = f", as many of your own training texts {_of(real)}" if real else ""
            yield Explained(
                f"The {words.name(source)} texts come near {_of(row)} of the real test texts"
                f"{beside}.",
                SIMILARITY_NOTE,
            )
        if (row := known.get((source, "c2st"))) and source != REAL:
            yield Explained(
                f"Told from real test texts by their nearest neighbour, {words.name(source)} texts "
                f"are recognised in {_of(row)} of the cases; 50 % would be guessing.",
                SIMILARITY_NOTE,
            )
    real = known.get((REAL, "vendi"))
    for source in run.sources:
        row = known.get((source, "vendi"))
        if row and real and source != REAL:
            count = run.analysed[task].diversity.texts
            yield Explained(
                f"{count:,} {words.name(source)} texts are as varied as "
                f"{words.number(row['value'], 1)} texts without anything in common; as many real "
                f"ones, as {words.number(real['value'], 1)}.",
                EQUAL_SIZE,
            )
    yield from _labelled(run, task)
    yield from _people(run, task)


def _of(row: Mapping[Any, Any] | None) -> str:
    return f"{100 * row['value']:.0f} %" if row else words.ABSENT


def _labelled(run: Run, task: str) -> Iterator[Explained]:
    if said := run.labels.get(task):
        overall = said.agreement.overall
        if overall.get("n"):
            ends = words.interval(100 * overall["low"], 100 * overall["high"], 0)
            share = f"{100 * overall['share']:.0f} % {ends}"
            yield Explained(
                f"The LLM gives the label that people gave to {share} of {overall['n']:,.0f} texts."
            )
        for confidence, found in sorted(said.agreement.of_confidence.items(), reverse=True):
            if found.get("n"):
                name = {"3": "is sure", "2": "calls it likely", "1": "guesses"}.get(confidence)
                if name:
                    yield Explained(
                        f"Where it says that it {name}, to {100 * found['share']:.0f} % of "
                        f"{found['n']:,.0f}."
                    )


def _people(run: Run, task: str) -> Iterator[Explained]:
    people = run.analysed[task].agreement
    who = people.by or "People"
    if people.mean_a and "value" in people.mean_a:
        yield Explained(
            f"{who[0].upper()}{who[1:]}: on the average text {_of(people.mean_a)} choose the most "
            f"frequent label; of {people.items:,} texts, all agree on "
            f"{people.unanimous_items or 0:,}."
        )
    if people.alpha and "value" in people.alpha:
        yield Explained(
            f"Their agreement beyond chance is {words.number(people.alpha['value'])}; 1 is always, "
            "0 is no more than guessing.",
            "Krippendorff's alpha.",
        )


def _trust(run: Run, task: str, verdict: Verdict | None) -> Part:
    origin = run.origins[task]
    notes: list[Note] = [about.noise(run), COPIES_NOTE]
    if origin.origin == "hub":
        notes.append(
            "A public data set: an LLM may have read these texts and their labels during its "
            "training, so that its texts and labels may look better here than on texts of yours."
        )
    rows: list[Row] = [
        (Cell("real texts"), Cell(datasets.removed(origin.dropped))),
        *(
            (Cell(words.name(name)), Cell(datasets.removed(found.dropped)))
            for name, found in run.refined[task].items()
        ),
    ]
    table = Table("Removed before training", (Column("texts"), Column("how many")), tuple(rows))
    few = run.explained.scores.few_test_texts.get(task, {})
    said = []
    if few:
        least = min(few, key=lambda name: few[name])
        said.append(f"Only {few[least]:,} test texts of {least}: scores are rough")
    tests = words.counted(origin.texts("test"), "test text")
    lead = f"All scores are on {tests} with labels by people; {about.runs(run)}."
    lead = " ".join([lead, *(f"{each}." for each in said)])
    measures = tuple(Explained(warning) for warning in (verdict.warnings if verdict else ()))
    return Part("trust", "Can I trust this?", lead, measures, (), (table,), tuple(notes))


def _made(run: Run, task: str, pages: Mapping[str, Page]) -> Part:
    origin = run.origins[task]
    names = ("datasets", "generators")
    tables = tuple(t for name in names if name in pages for t in of_task(pages[name], task))
    notes: list[Note] = [f"Licence of the texts: {origin.licence or 'not stated'}."]
    notes += [
        *pages["cost"].lead[1:],
        *pages["cost"].notes,
        ("Its files: ", Code("dvc pull"), "; to repeat it: ", Code("dvc repro"), "."),
    ]
    return Part("made", "How it was made", about.provenance(run), (), (), tables, tuple(notes))


def looked(
    run: Run,
    names: Sequence[str],
    texts: pd.DataFrame,
    pairs: pd.DataFrame,
    facts: Mapping[str, Any],
) -> Looked:
    """Texts to look at, and how they were drawn."""
    counts = texts.groupby("part", sort=False).size()
    drawn = [f"{counts.get(n, 0):,} of {of:,} {_part(n)}" for n, of in facts["of"].items()]
    said = (
        f"Drawn at random so that every label and outcome is there, whatever their shares: "
        f"{', '.join(drawn)}.",
        f"Longer texts are cut after {facts['characters']:,} characters. ✓ and ✗: what most runs "
        f"of {facts['classifier']}, trained on that source, say; in per cent the runs that are "
        "right, where they differ. A label is doubted by a classifier of other real texts "
        "(confident learning, Northcutt et al. 2021): a hint, no proof.",
    )
    sources = tuple(source for source in run.sources if f"said_{source}" in texts)
    return Looked(tuple(names), sources, texts, pairs, said, facts["classifier"])


def _part(name: str) -> str:
    """What a part's texts are called."""
    return {"test": "test texts", REAL: "training texts"}.get(name, f"{words.name(name)} texts")
