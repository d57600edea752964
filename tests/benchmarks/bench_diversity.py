"""Diversity and top-5 similarity of many embeddings: time and memory beside the products alone.

Run `python -m tests.benchmarks.bench_diversity [TEXTS]` (default 100,000; 384 dimensions) from the
repository's root. Each way runs in a process of its own, so that its peak memory is its own.
"""

import resource
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

from stages.stats import diversity, neighbours, similarity
from stages.stats.neighbours import Matrix

DIM = 384
NAIVE = 20_000  # n of the naive way: an n x n matrix of double precision, 3.2 GB


def cloud(n: int, seed: int) -> Matrix:
    """Random directions with a few hundred topics, so that neighbours are near."""
    rng = np.random.default_rng(seed)
    topics = rng.standard_normal((300, DIM), dtype=np.float32)
    noise = rng.standard_normal((n, DIM), dtype=np.float32)
    return neighbours.unit(topics[rng.integers(300, size=n)] + noise)


def products(n: int) -> None:
    """The bound: the blocked products of every block that the scores need, and nothing else."""
    rows, others = cloud(n, 0), cloud(n, 1)
    start = time.perf_counter()
    size, width = neighbours.COLUMNS, neighbours.COLUMNS
    for mine in range(0, n, size):
        for theirs in range(mine, n, width):
            rows[mine : mine + size] @ rows[theirs : theirs + width].T
    half = time.perf_counter() - start
    start = time.perf_counter()
    for mine in range(0, n, neighbours.ROWS):
        for theirs in range(0, n, width):
            rows[mine : mine + neighbours.ROWS] @ others[theirs : theirs + width].T
    whole = time.perf_counter() - start
    print(f"products alone: {half:.2f} s within a set, {whole:.2f} s between sets")


def ours(n: int) -> None:
    """Remote-clique, Chamfer and Vendi scores of a set; top-5 similarity of it to another."""
    rows, others = cloud(n, 0), cloud(n, 1)
    scores: dict[str, Callable[[], float]] = {
        "remote-clique": lambda: diversity.remote_clique(rows),
        "Vendi": lambda: diversity.vendi(rows),
        "Chamfer": lambda: diversity.chamfer(rows),
        "top-5 similarity": lambda: float(similarity.closeness(rows, others).mean()),
    }
    for name, call in scores.items():
        start = time.perf_counter()
        value = call()
        print(f"{name}: {time.perf_counter() - start:.2f} s (value {value:.4f})")


def naive(n: int) -> None:
    """scikit-learn's whole distance matrix, then mean, minimum and partition."""
    from sklearn.metrics.pairwise import cosine_distances, cosine_similarity

    rows, others = cloud(n, 0), cloud(n, 1)
    start = time.perf_counter()
    distances = cosine_distances(rows)
    clique = distances.sum() / (n * (n - 1))
    np.fill_diagonal(distances, np.inf)
    chamfer = distances.min(axis=1).mean()
    middle = time.perf_counter()
    del distances
    top = np.partition(cosine_similarity(rows, others), -5, axis=1)[:, -5:].mean()
    end = time.perf_counter()
    print(f"remote-clique and Chamfer: {middle - start:.2f} s (values {clique:.4f}, {chamfer:.4f})")
    print(f"top-5 similarity: {end - middle:.2f} s (value {top:.4f})")


def main() -> None:
    """Run each way in a process of its own, or, with its name, one way here."""
    if len(sys.argv) > 2:
        {"products": products, "ours": ours, "naive": naive}[sys.argv[1]](int(sys.argv[2]))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(f"peak memory: {peak:.2f} GiB")
        return
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    for way, count in (
        ("products", n),
        ("ours", n),
        ("ours", min(n, NAIVE)),
        ("naive", min(n, NAIVE)),
    ):
        print(f"\n{way}, {count:,} x {DIM}", flush=True)
        command = [sys.executable, "-m", "tests.benchmarks.bench_diversity", way, str(count)]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
