"""All that is wrong with params.yaml and the cards, told at once, before anything else runs.

A stage checks the params that it depends on when they change. What no stage depends on as a whole
would pass in silence: unknown sections, and entries and cards that nothing uses.

Reads:  params.yaml, data/tasks/
Writes: data/checked.json, which is the same whenever nothing is wrong, so that nothing reruns
Params: none: it reads the file
Cost:   half a second
"""

from pydantic import BaseModel

from stages.checks import project
from stages.checks.project import Classes
from stages.classifiers import configs
from stages.core import cli, files, paths
from stages.core.errors import UserError
from stages.core.params import Grid, Mixtures
from stages.corpora.cards import Card
from stages.llm.panel.questions import Labelling, Panel
from stages.llm.spending.budget import Access
from stages.llm.writing.strategy import Strategy

# The sections that no stage depends on as a whole. Their modules import little.
SECTIONS: dict[str, type[BaseModel]] = {
    "grid": Grid,
    "mixtures": Mixtures,
    "generate": Access,
    "label": Labelling,
    "annotate": Panel,
}


def main() -> None:
    """Check params.yaml and the cards."""
    found = project.read()
    classes = Classes(SECTIONS, Strategy, configs.KINDS, Card)
    if wrong := project.tell(project.problems(found, classes)):
        raise UserError(f"{wrong}, see above; fix them, and look again by `synthworth check`")
    files.write_json({"wrong": 0}, paths.CHECKED)
    print(f"params.yaml and {len(found.cards)} cards: nothing wrong", flush=True)


if __name__ == "__main__":
    cli.run(main)
