"""Which sources each task has, and what they are made of.

Stages of one task read its file, so that they do not run again when other tasks' sources change.

Reads:  nothing
Writes: data/grid/<task>.jsonl, a source and its parts a line
Params: grid.tasks, grid.sources, grid.sources_of, mixtures
Cost:   none
"""

from stages.core import cli, files, params, paths


def main() -> None:
    """Write each task's sources."""
    grid, mixtures = params.grid(), params.mixtures()
    for task in grid.tasks:
        rows = [{"source": s, "parts": list(mixtures.get(s, (s,)))} for s in grid.of(task)]
        files.write_lines(rows, paths.grid(task))
    own = [f"{t}: {', '.join(grid.of(t))}" for t in grid.tasks if grid.of(t) != grid.sources]
    print("; ".join([f"{len(grid.tasks)} tasks: {', '.join(grid.sources)}", *own]), flush=True)


if __name__ == "__main__":
    cli.run(main)
