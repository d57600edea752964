"""The classifier of a config; only the module of its kind is imported."""

from collections.abc import Sequence

from stages.classifiers.configs import ModelConfig, ProbeConfig, TfidfConfig
from stages.classifiers.protocol import Classifier


def build(config: ModelConfig, labels: Sequence[str]) -> Classifier:
    """An unfitted classifier for the card's `labels`."""
    if isinstance(config, ProbeConfig):
        from stages.classifiers.linear import Probe

        return Probe(config, labels)
    if isinstance(config, TfidfConfig):
        from stages.classifiers.linear import Tfidf

        return Tfidf(config, labels)
    from stages.classifiers.finetune import Finetune

    return Finetune(config, labels)
