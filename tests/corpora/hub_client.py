"""Reads hub blocks of cards (JSON lines on standard input), answers what `hub.read` made of each.

A process of its own, because the hub libraries read HF_ENDPOINT and HF_HOME when imported.
"""

import json
import sys

from stages.core.errors import UserError
from stages.corpora import hub
from stages.corpora.cards import Hub


def main() -> None:
    """One JSON object per line: splits, opinions, source, dropped; or error."""
    for line in sys.stdin:
        try:
            corpus = hub.read(Hub.model_validate_json(line), "task")
            answer = {
                "splits": {s: t.to_dict("records") for s, t in corpus.splits.items()},
                "opinions": {n: t.to_dict("records") for n, t in corpus.opinions.items()},
                "source": dict(corpus.source),
                "dropped": dict(corpus.dropped),
            }
        except UserError as error:
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
