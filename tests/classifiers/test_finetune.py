import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from stages.classifiers import finetune
from stages.classifiers.configs import FinetuneConfig
from stages.classifiers.finetune import Finetune
from stages.core.errors import UserError
from tests.classifiers import toy

TRAIN, VALIDATION, TEST = toy.texts(64, seed=0), toy.texts(32, seed=1), toy.texts(40, seed=2)


def config(encoder: Path, **changes: Any) -> FinetuneConfig:
    """Settings under which a tiny encoder learns the toy task in a second."""
    settings = {
        "encoder": str(encoder),
        "learning_rate": 3e-3,
        "batch_size": 16,
        "max_tokens": 16,
        "least_steps": 60,
        "precision": "fp32",
    }
    return FinetuneConfig.model_validate({"kind": "finetune", **settings, **changes})


def fitted(settings: FinetuneConfig, seed: int = 0) -> Finetune:
    """A classifier trained on the toy task."""
    classifier = Finetune(settings, toy.LABELS)
    classifier.fit(*TRAIN, *VALIDATION, seed)
    return classifier


def accuracy(classifier: Finetune) -> float:
    """On the toy task's test texts."""
    found = np.array(toy.LABELS)[classifier.predict_proba(TEST[0]).argmax(axis=1)]
    return float((found == TEST[1]).mean())


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("architecture", toy.ARCHITECTURES)
def test_learns_the_toy_task(architecture: str, precision: str, tiny: dict[str, Path]) -> None:
    """BERT and RoBERTa learn two words' meaning in both precisions."""
    classifier = fitted(config(tiny[architecture], precision=precision))
    assert accuracy(classifier) > 0.9
    probabilities = classifier.predict_proba(TEST[0])
    assert probabilities.shape == (40, 2) and probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)


def test_a_seed_is_a_model(tiny: dict[str, Path]) -> None:
    """Same seed, same curve and probabilities to the last bit; another seed, others."""
    short = config(tiny["bert"], least_steps=8, epochs=1)
    first, again, other = (fitted(short, seed) for seed in (0, 0, 1))
    expected = first.predict_proba(TEST[0])
    assert first.curve == again.curve
    assert np.array_equal(again.predict_proba(TEST[0]), expected)
    assert not np.allclose(other.predict_proba(TEST[0]), expected)


def test_curve_has_a_row_for_each_evaluation(tiny: dict[str, Path]) -> None:
    """Steps as planned, the last one included; the training loss falls."""
    curve = fitted(config(tiny["bert"], least_steps=50, eval_every=20), seed=3).curve
    assert [row.step for row in curve] == [20, 40, 50]
    assert {row.seed for row in curve} == {3}
    assert curve[-1].train_loss < curve[0].train_loss
    assert all(0 <= row.validation_macro_f1 <= 1 for row in curve)


def test_best_weights_are_restored(tiny: dict[str, Path]) -> None:
    """After training stops early, the model scores as the best row of its curve."""
    wild = config(tiny["bert"], learning_rate=0.05, warmup_share=0, eval_every=2, patience=3)
    classifier = Finetune(wild, toy.LABELS)
    classifier.fit(*TRAIN, *VALIDATION, seed=0)
    best = max(classifier.curve, key=lambda row: (row.validation_macro_f1, -row.validation_loss))
    assert best is classifier.curve[-4] and classifier.curve[-1].step < 60
    truth = [toy.LABELS.index(label) for label in VALIDATION[1]]
    kept = classifier.predict_proba(VALIDATION[0])[range(32), truth]
    assert -np.log(kept).mean() == pytest.approx(best.validation_loss, rel=1e-4)


def test_saved_model_predicts_the_same(tiny: dict[str, Path], tmp_path: Path) -> None:
    """The folder is a plain transformers model in safetensors, with the labels' names."""
    classifier = fitted(config(tiny["roberta"], least_steps=8, epochs=1))
    classifier.save(tmp_path)
    assert (tmp_path / "model.safetensors").exists()
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    model = AutoModelForSequenceClassification.from_pretrained(tmp_path).eval()
    batch = tokenizer(list(TEST[0]), padding=True, return_tensors="pt")
    with torch.inference_mode():
        logits = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits
    np.testing.assert_allclose(
        torch.softmax(logits, dim=1), classifier.predict_proba(TEST[0]), atol=1e-5
    )
    assert model.config.id2label == dict(enumerate(toy.LABELS))


def test_a_batch_in_parts_trains_as_the_whole(tiny: dict[str, Path], tmp_path: Path) -> None:
    """The token budget is about memory: without dropout it changes no loss."""
    folder = shutil.copytree(tiny["bert"], tmp_path / "bert")
    settings = json.loads((folder / "config.json").read_text())
    settings |= {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    (folder / "config.json").write_text(json.dumps(settings))
    short = {"epochs": 1, "least_steps": 4, "eval_every": 1}
    parts, whole = (fitted(config(folder, batch_tokens=n, **short)).curve for n in (16, 4096))
    np.testing.assert_allclose(parts, whole, rtol=1e-3)


def test_a_label_without_training_texts_is_possible(tiny: dict[str, Path]) -> None:
    """The head has a column for every label of the card."""
    labels = (*toy.LABELS, "meal")
    classifier = Finetune(config(tiny["bert"], least_steps=2, epochs=1), labels)
    classifier.fit(TRAIN[0][:1], TRAIN[1][:1], *VALIDATION, seed=0)
    assert classifier.predict_proba(TEST[0]).shape == (40, 3)


def test_no_validation_texts_is_told(tiny: dict[str, Path]) -> None:
    """Early stopping needs something to look at."""
    nothing = np.array([], dtype=object)
    with pytest.raises(UserError, match="finetune stops early by validation texts, found none"):
        Finetune(config(tiny["bert"]), toy.LABELS).fit(*TRAIN, nothing, nothing, seed=0)


def test_a_diverging_loss_is_told(tiny: dict[str, Path]) -> None:
    """A learning rate beyond reason ends in one line, not in NaN predictions."""
    with pytest.raises(UserError, match=r"expected a finite loss, found .*; lower learning_rate"):
        fitted(config(tiny["bert"], learning_rate=1e30, warmup_share=0))


@pytest.mark.parametrize(
    ("texts", "changes", "expected"),
    [
        (1_000, {"epochs": 3}, (189, 63, 19)),
        (20, {"epochs": 3, "least_steps": 60}, (60, 2, 6)),
        (1, {"epochs": 1, "least_steps": 0}, (1, 1, 1)),
        (1_000, {"epochs": 1, "eval_every": 50, "least_steps": 0}, (63, 63, 50)),
    ],
)
def test_plan(texts: int, changes: dict[str, int], expected: tuple[int, int, int]) -> None:
    """Epochs of batches, at least so many steps, evaluated ten times or as asked."""
    assert finetune.plan(texts, config(Path("none"), **changes)) == expected
