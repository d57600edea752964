"""Every text through the frozen encoder, each different text once.

What any run embedded before with the same encoder and settings comes from a store in the user's
cache folder, so that new texts cost only themselves.

Reads:  data/real/<task>/validation.parquet and test.parquet, data/sources/<task>/<source>.parquet,
        data/spare/<task>.parquet
Writes: data/embeddings/<task>/<name>.npy, rows as in the table of that name (no spare.npy where
        there are no spare texts)
Params: embed, grid.tasks, grid.sources, grid.sources_of
Cost:   5 s to start; then on two cores some 4,000 tokens a second (MiniLM), five times as many
        with precision fast and bfloat16; what is stored costs milliseconds
"""

import numpy as np

from stages.classifiers.configs import EmbedConfig
from stages.classifiers.encode import encode
from stages.core import cli, files, params, paths, records


def main() -> None:
    """Embed the validation, test, training and spare texts of every task."""
    config, grid = params.load(EmbedConfig, "embed"), params.grid()
    tables = {}
    for task in grid.tasks:
        folder = paths.embeddings(task)
        for split in ("validation", "test"):
            tables[folder / f"{split}.npy"] = paths.real(task) / f"{split}.parquet"
        for source in grid.of(task):
            tables[folder / f"{source}.npy"] = paths.sources(task) / f"{source}.parquet"
        if records.read_spare(paths.spare(task)) is not None:
            tables[folder / "spare.npy"] = paths.spare(task)
    texts = [files.read_table(path, ("text",))["text"].to_numpy(object) for path in tables.values()]
    vectors = encode(np.concatenate(texts), config)
    ends = np.cumsum([len(part) for part in texts])
    for path, rows in zip(tables, np.split(vectors, ends[:-1]), strict=True):
        files.write_array(rows, path)
    print(f"{len(vectors)} texts of {len(grid.tasks)} tasks embedded", flush=True)


if __name__ == "__main__":
    cli.run(main)
