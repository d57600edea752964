"""Fine-tuning of a pretrained encoder with a classification head."""

import math
from collections.abc import Iterator, Sequence
from itertools import count, islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import f1_score
from torch.nn.functional import cross_entropy, softmax

from stages.classifiers import batches, encoders, hardware
from stages.classifiers.configs import FinetuneConfig
from stages.classifiers.protocol import CurveRow, Features, Labels, Probabilities
from stages.core import seeds
from stages.core.arrays import Rows
from stages.core.errors import UserError
from stages.core.progress import bar

EVALUATIONS = 10  # in a run, unless params say after how many steps
MAX_NORM = 1.0  # gradients are cut to it, as BERT's authors do


class Examples(NamedTuple):
    """Tokenised texts and the places of their labels on the card, (texts,)."""

    tokens: batches.Tokens
    targets: torch.Tensor


class Plan(NamedTuple):
    """How long to train and when to look at the validation set, in steps."""

    steps: int
    steps_per_epoch: int
    eval_every: int


def plan(texts: int, config: FinetuneConfig) -> Plan:
    """The plan for a training set of `texts` texts."""
    steps_per_epoch = math.ceil(texts / config.batch_size)
    steps = max(config.epochs * steps_per_epoch, config.least_steps)
    return Plan(steps, steps_per_epoch, config.eval_every or math.ceil(steps / EVALUATIONS))


class Finetune:
    """AdamW, linear schedule with warm-up, early stopping on the validation set's macro-F1.

    Batches hold texts of like length, so that little is padded. The same seed gives the same
    model on the same machine and number of threads.
    """

    def __init__(self, config: FinetuneConfig, labels: Sequence[str]) -> None:
        self.curve: list[CurveRow] = []
        self._config = config
        self._labels = tuple(labels)
        self._device = hardware.device()
        self._bf16 = hardware.uses_bf16(config.precision, self._device)
        self._budget = hardware.batch_tokens(config.batch_tokens, self._device)
        self._tokenizer: Any = None
        self._model: Any = None

    def fit(
        self,
        features: Features,
        labels: Labels,
        validation_features: Features,
        validation_labels: Labels,
        seed: int,
    ) -> None:
        """Train on texts (n,); keep the weights that do best on the validation texts.

        Best: the highest macro-F1, among equal ones the lowest loss.

        Raises `UserError` without validation texts, and when the loss ceases to be finite.
        """
        if not len(validation_features):
            raise UserError("finetune stops early by validation texts, found none; fetch some")
        torch.manual_seed(seed)  # draws the head and the dropout
        self._tokenizer, self._model = encoders.load_classifier(
            self._config.encoder, self._config.max_tokens, self._labels
        )
        self._model.to(self._device)
        train = self._examples(features, labels)
        self._train(train, self._examples(validation_features, validation_labels), seed)

    def predict_proba(self, features: Features) -> Probabilities:
        """Probabilities (n, labels) for texts (n,)."""
        tokens = batches.tokenize(self._tokenizer, features, self._config.max_tokens)
        found: Probabilities = softmax(self._logits(tokens), dim=1).numpy()
        return found

    def save(self, folder: Path) -> None:
        """Keep the model (safetensors) and its tokenizer in `folder`."""
        self._model.save_pretrained(folder)
        self._tokenizer.save_pretrained(folder)

    def _train(self, train: Examples, validation: Examples, seed: int) -> None:
        course = plan(len(train.targets), self._config)
        best, weights, waited, losses = (-math.inf, -math.inf), {}, 0, []
        self.curve = []
        with bar(f"finetune, seed {seed}", course.steps) as show:
            for step, loss in enumerate(self._steps(train, course, seed), start=1):
                losses.append(loss)
                epoch = math.ceil(step / course.steps_per_epoch)
                show(step, f"epoch {epoch}, step {step} of {course.steps}, loss {loss:.3f}")
                if step % course.eval_every and step != course.steps:
                    continue
                row = CurveRow(seed, step, float(np.mean(losses)), *self._score(validation))
                _check(row)
                self.curve.append(row)
                losses, waited = [], waited + 1
                standing = (row.validation_macro_f1, -row.validation_loss)
                if standing > best:
                    best, waited = standing, 0
                    weights = {k: v.cpu().clone() for k, v in self._model.state_dict().items()}
                if waited == self._config.patience:
                    break
        self._model.load_state_dict(weights)

    def _steps(self, train: Examples, course: Plan, seed: int) -> Iterator[float]:
        """Train step by step; the mean loss of each step's batch."""
        from transformers import get_linear_schedule_with_warmup

        optimizer = self._optimizer()
        schedule = get_linear_schedule_with_warmup(  # type: ignore[no-untyped-call]
            optimizer, math.ceil(self._config.warmup_share * course.steps), course.steps
        )
        generator = seeds.generator(seed, "batches")
        size = self._config.batch_size
        endless = (
            batch for _ in count() for batch in batches.epoch(train.tokens.lengths, size, generator)
        )
        for batch in islice(endless, course.steps):
            loss = self._backward(train, batch)
            torch.nn.utils.clip_grad_norm_(self._model.parameters(), MAX_NORM)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            yield loss

    def _optimizer(self) -> torch.optim.Optimizer:
        weights = list(self._model.parameters())
        groups = [
            {
                "params": [w for w in weights if w.ndim > 1],
                "weight_decay": self._config.weight_decay,
            },
            {"params": [w for w in weights if w.ndim <= 1], "weight_decay": 0.0},
        ]
        return torch.optim.AdamW(groups, lr=self._config.learning_rate, fused=True)

    def _backward(self, train: Examples, batch: Rows) -> float:
        """Gradients of the batch's mean loss, in parts of at most the token budget."""
        self._model.train()
        total = torch.zeros((), device=self._device)
        for places in batches.by_budget(train.tokens.lengths[batch], self._budget):
            rows = batch[places]
            logits = self._forward(train.tokens, rows)
            targets = train.targets[rows].to(self._device)
            loss = cross_entropy(logits, targets, reduction="sum") / len(batch)
            torch.autograd.backward(loss)
            total += loss.detach()
        return total.item()

    def _forward(self, tokens: batches.Tokens, rows: Rows) -> torch.Tensor:
        ids, mask = batches.pad(tokens, rows, self._tokenizer.pad_token_id, self._device)
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self._bf16):
            logits: torch.Tensor = self._model(input_ids=ids, attention_mask=mask).logits
        return logits.float()

    def _logits(self, tokens: batches.Tokens) -> torch.Tensor:
        self._model.eval()
        found = torch.empty(len(tokens.lengths), len(self._labels))
        with torch.inference_mode():
            for rows in batches.by_budget(tokens.lengths, self._budget):
                found[rows] = self._forward(tokens, rows).cpu()
        return found

    def _score(self, validation: Examples) -> tuple[float, float]:
        """Mean loss and macro-F1 over the labels that occur."""
        logits = self._logits(validation.tokens)
        loss = cross_entropy(logits, validation.targets).item()
        return loss, _macro_f1(validation.targets.numpy(), logits.argmax(dim=1).numpy())

    def _examples(self, texts: Features, labels: Labels) -> Examples:
        tokens = batches.tokenize(self._tokenizer, texts, self._config.max_tokens)
        return Examples(tokens, torch.tensor([self._labels.index(label) for label in labels]))


def _macro_f1(truth: NDArray[np.int64], found: NDArray[np.int64]) -> float:
    return float(f1_score(truth, found, average="macro", zero_division=0.0))


def _check(row: CurveRow) -> None:
    if not math.isfinite(row.train_loss + row.validation_loss):
        raise UserError(
            f"finetune: expected a finite loss, found {row.train_loss} in training and "
            f"{row.validation_loss} in validation at step {row.step}; lower learning_rate"
        )
