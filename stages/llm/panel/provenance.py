"""What stands beside a panel's answers, so that nobody takes them for people's."""

import hashlib
import re
from collections import Counter
from typing import Any

from stages.llm.panel.survey import Answers, Survey

NOTE = (
    "A language model played the annotators: a proxy for people, whose disagreement it predicts "
    "badly (arXiv 2506.19467)."
)


def name_of(model: str) -> str:
    """`panel-<model>` as a file name, whatever the model is called."""
    return "panel-" + ("-".join(re.findall(r"\w[\w.-]*", model, re.ASCII)) or "model")


def record(survey: Survey, prompt: str, answers: Answers) -> dict[str, Any]:
    """Who was asked what, and what came back; no date, so that the same answers give the same.

    `prompt` is the text of the prompt file.
    """
    panel, endpoint = survey.panel, survey.access.endpoint
    return {
        "kind": "panel",
        "note": NOTE,
        "members": {
            member.name: {
                "model": survey.questions.model(member),
                "persona": member.persona,
                "temperature": member.temperature,
            }
            for member in panel.members
        },
        "answered_by": dict(Counter(answer.model for answer in answers.last.values())),
        "settings": {
            **panel.model_dump(exclude={"members"}),
            "structured": endpoint.structured,
            "send_seed": endpoint.send_seed,
            "option_order": "drawn anew for each request with the seed; see the answers",
        },
        "prompt_sha256": hashlib.sha256(prompt.encode()).hexdigest(),
        "answers": answers.counts(panel.members),
        "attempts": len(answers.attempts),
    }
