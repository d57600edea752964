"""Fine-tuning of MiniLM beside transformers.Trainer with its defaults, and encoding, in texts/s.

Run `python -m tests.benchmarks.bench_finetune [FOLDER] [TEXTS]` from the repository's root. FOLDER
holds train.parquet and test.parquet of one task; without it the sample corpus is used, its 60
training texts repeated up to TEXTS (default 2,000). Both train on the same texts with the same
epochs, batch size and learning rate; times include reading the weights and tokenising.
"""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from transformers import AutoTokenizer, PrinterCallback, Trainer, TrainingArguments
from transformers.utils import logging

from stages.classifiers import batches, encoders, forward, hardware
from stages.classifiers.configs import EmbedConfig, FinetuneConfig
from stages.classifiers.finetune import Finetune
from stages.classifiers.hardware import Precision
from stages.classifiers.protocol import Features, Labels, Probabilities

SAMPLE = Path("data/sample/tweet_emotion.jsonl")
EPOCHS, BATCH, RATE, MAX_TOKENS, SEED = 3, 64, 5e-5, 256, 0
TESTED = 1_000  # test texts, for the accuracy that tells whether both learned the same


class Task(NamedTuple):
    """Training and test texts with their labels."""

    texts: Features
    truth: Labels
    test_texts: Features
    test_truth: Labels
    labels: list[str]


def read(folder: Path | None, count: int) -> Task:
    """The first `count` training texts in a seeded order, repeated where there are fewer."""
    if folder:
        train, test = (pd.read_parquet(folder / f"{name}.parquet") for name in ("train", "test"))
    else:
        rows = pd.read_json(SAMPLE, lines=True)
        train, test = rows[rows["split"] == "train"], rows[rows["split"] == "test"]
    train = train.sample(frac=1, random_state=SEED)
    train = train.iloc[np.arange(count) % len(train)]
    test = test.sample(min(TESTED, len(test)), random_state=SEED)
    return Task(*_columns(train), *_columns(test), sorted(set(train["label"])))


def _columns(frame: pd.DataFrame) -> tuple[Features, Labels]:
    return frame["text"].to_numpy(object), frame["label"].to_numpy(object)


def ours(precision: Precision) -> Callable[[Task], Probabilities]:
    """Our classifier, which evaluates only after the last step, on two texts."""

    def run(task: Task) -> Probabilities:
        config = FinetuneConfig(
            kind="finetune",
            encoder="minilm",
            epochs=EPOCHS,
            least_steps=0,
            learning_rate=RATE,
            batch_size=BATCH,
            max_tokens=MAX_TOKENS,
            eval_every=10**9,
            precision=precision,
        )
        classifier = Finetune(config, task.labels)
        classifier.fit(task.texts, task.truth, task.texts[:2], task.truth[:2], SEED)
        watch.stop()
        return classifier.predict_proba(task.test_texts)

    return run


def trainer(task: Task) -> Probabilities:
    """transformers.Trainer: dynamic padding of shuffled batches, float32 on a processor."""
    torch.manual_seed(SEED)
    tokenizer, model = encoders.load_classifier("minilm", MAX_TOKENS, task.labels)

    def rows(texts: Features, truth: Labels) -> Any:
        ids = tokenizer(list(texts), truncation=True, max_length=MAX_TOKENS)["input_ids"]
        places = [task.labels.index(label) for label in truth]
        return [{"input_ids": i, "labels": p} for i, p in zip(ids, places, strict=True)]

    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            output_dir=folder,
            num_train_epochs=EPOCHS,
            per_device_train_batch_size=BATCH,
            learning_rate=RATE,
            seed=SEED,
            report_to="none",
            save_strategy="no",
            disable_tqdm=True,
            dataloader_pin_memory=torch.cuda.is_available(),  # else it warns and does nothing
        )
        trained = Trainer(
            model, arguments, train_dataset=rows(task.texts, task.truth), processing_class=tokenizer
        )
        trained.remove_callback(PrinterCallback)
        trained.train()
        watch.stop()
        logits = trained.predict(rows(task.test_texts, task.test_truth)).predictions
    return torch.softmax(torch.from_numpy(logits), dim=1).numpy()


class Watch:
    """Seconds from its start to its stop: by the clock, and of processors at work.

    On a machine that others use too, the latter says more.
    """

    def __init__(self) -> None:
        self.start()

    def start(self) -> None:
        self._begin, self._begin_cpu = time.perf_counter(), time.process_time()

    def stop(self) -> None:
        self.seconds = time.perf_counter() - self._begin
        self.cpu = time.process_time() - self._begin_cpu


watch = Watch()


def padding(task: Task) -> tuple[float, float]:
    """Share of the tokens that are padding: in shuffled batches, in ours."""
    tokenizer = AutoTokenizer.from_pretrained(encoders.find("minilm"))
    lengths = batches.tokenize(tokenizer, task.texts, MAX_TOKENS).lengths
    generator = np.random.default_rng(SEED)
    order = generator.permutation(len(lengths))
    shuffled = [order[start : start + BATCH] for start in range(0, len(order), BATCH)]
    grouped = batches.epoch(lengths, BATCH, generator)
    shuffled_share, grouped_share = (
        1 - lengths.sum() / sum(len(rows) * lengths[rows].max() for rows in groups)
        for groups in (shuffled, grouped)
    )
    return float(shuffled_share), float(grouped_share)


def main() -> None:
    """Print one table for fine-tuning and one for encoding."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 2_000
    task = read(folder, count)
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    device = hardware.device()
    shuffled, grouped = padding(task)
    print(
        f"{folder or SAMPLE}: {count:,} texts, {EPOCHS} epochs, batches of {BATCH}; {device}, "
        f"{torch.get_num_threads()} threads of {os.cpu_count()} cores, torch {torch.__version__}, "
        f"bfloat16 by `auto`: {hardware.uses_bf16('auto', device)}; "
        f"padding {shuffled:.0%} in shuffled batches, {grouped:.0%} grouped by length"
    )
    print("\n| fine-tuning | seconds | CPU seconds | texts/s | factor | test accuracy |")
    print("|---|---|---|---|---|---|")
    ways = {
        "transformers.Trainer, defaults": trainer,
        "ours, fp32": ours("fp32"),
        "ours, auto": ours("auto"),
    }
    warm = task._replace(texts=task.texts[:BATCH], truth=task.truth[:BATCH])
    first = 0.0
    for name, run in ways.items():
        run(warm)
        watch.start()
        guesses = np.array(task.labels)[run(task).argmax(axis=1)]
        first = first or watch.seconds
        print(
            f"| {name} | {watch.seconds:.1f} | {watch.cpu:.1f} "
            f"| {count * EPOCHS / watch.seconds:.0f} | {first / watch.seconds:.1f} "
            f"| {(guesses == task.test_truth).mean():.3f} |",
            flush=True,
        )
    print("\n| encoding | seconds | CPU seconds | different texts/s |\n|---|---|---|---|")
    texts = np.array(sorted(set(task.texts)), dtype=object)
    for precision in ("exact", "fast"):
        config = EmbedConfig.model_validate({"precision": precision})
        watch.start()
        for _ in forward.run(texts, config, precision):
            pass
        watch.stop()
        print(
            f"| {precision} | {watch.seconds:.1f} | {watch.cpu:.1f} "
            f"| {len(texts) / watch.seconds:.0f} |"
        )


if __name__ == "__main__":
    main()
