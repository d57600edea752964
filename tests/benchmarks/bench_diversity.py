"""Diversity and top-5 similarity of many embeddings: time and memory beside the products alone.

Run `python -m tests.benchmarks.bench_diversity [TEXTS]` (default 100,000; 384 dimensions) from the
repository's root. Each way runs in a process of its own, so that its peak memory is its own. Ways:

products: the blocked matrix products that the scores need, and nothing else: the bound
ours: `stages.stats`: remote-clique, Chamfer and Vendi scores of a set, its top-5 similarity
matrix: scikit-learn's whole distance matrix, at the greatest n that fits a limit of memory
brute: scikit-learn's NearestNeighbors, brute force, which works in chunks (of 1 GiB)
"""

import json
import math
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

from stages.stats.texts import diversity, neighbours, similarity
from stages.stats.texts.neighbours import Matrix

DIM = 384
GIB = 2**30
MOST = 25_000  # texts of the whole matrix: at 30,000 numpy 2.4.6's own `rows @ rows.T` crashes
BASE = 0.5  # GiB that a process holds before any matrix: imports, embeddings

Found = dict[str, float]


def cloud(n: int, seed: int) -> Matrix:
    """Random directions around the same few hundred topics, so that neighbours are near."""
    topics = np.random.default_rng(0).standard_normal((300, DIM), dtype=np.float32)
    rng = np.random.default_rng([seed, 1])
    noise = rng.standard_normal((n, DIM), dtype=np.float32)
    return neighbours.unit(topics[rng.integers(300, size=n)] + noise)


def timed(call: Callable[[], float]) -> tuple[float, float]:
    """What a call returns, and its seconds."""
    start = time.perf_counter()
    value = call()
    return value, time.perf_counter() - start


def products(rows: Matrix, others: Matrix) -> Found:
    """Each pair of blocks of one set once; each block of one with each of the other."""
    n, width = len(rows), neighbours.COLUMNS

    def within() -> float:
        for mine in range(0, n, width):
            for theirs in range(mine, n, width):
                rows[mine : mine + width] @ rows[theirs : theirs + width].T
        return 0.0

    def between() -> float:
        for mine in range(0, n, neighbours.ROWS):
            for theirs in range(0, n, width):
                rows[mine : mine + neighbours.ROWS] @ others[theirs : theirs + width].T
        return 0.0

    return {"diversity_s": timed(within)[1], "similarity_s": timed(between)[1]}


def ours(rows: Matrix, others: Matrix) -> Found:
    """The project's own."""
    clique, first = timed(lambda: diversity.remote_clique(rows))
    chamfer, second = timed(lambda: diversity.chamfer(rows))
    _, third = timed(lambda: diversity.vendi(rows))
    top, last = timed(lambda: float(similarity.closeness(rows, others).mean()))
    values = {"clique": clique, "chamfer": chamfer, "top5": top}
    return values | {"diversity_s": first + second + third, "similarity_s": last}


def matrix(rows: Matrix, others: Matrix) -> Found:
    """The whole distance matrix, then mean, minimum and partition; no Vendi score."""
    from sklearn.metrics.pairwise import cosine_distances, cosine_similarity

    n, found = len(rows), {}

    def within() -> float:
        distances = cosine_distances(rows)
        found["clique"] = float(distances.sum(dtype=np.float64) / (n * (n - 1)))
        np.fill_diagonal(distances, np.inf)
        return float(distances.min(axis=1).mean())

    def between() -> float:
        return float(np.partition(cosine_similarity(rows, others), -5, axis=1)[:, -5:].mean())

    found["chamfer"], found["diversity_s"] = timed(within)
    found["top5"], found["similarity_s"] = timed(between)
    return found


def brute(rows: Matrix, others: Matrix) -> Found:
    """Nearest neighbours by brute force; no remote-clique and no Vendi score."""
    from sklearn.neighbors import NearestNeighbors

    def within() -> float:
        search = NearestNeighbors(n_neighbors=1, algorithm="brute", metric="cosine").fit(rows)
        return float(search.kneighbors()[0].mean())

    def between() -> float:
        search = NearestNeighbors(n_neighbors=5, algorithm="brute", metric="cosine").fit(others)
        return float(1 - search.kneighbors(rows)[0].mean())

    found = dict(zip(("chamfer", "diversity_s"), timed(within), strict=True))
    return found | dict(zip(("top5", "similarity_s"), timed(between), strict=True))


WAYS = {way.__name__: way for way in (products, ours, matrix, brute)}


def fits(limit: float) -> int:
    """The greatest n, in thousands, whose matrix and its partitioned copy fit into `limit` GiB."""
    return int(math.sqrt(max(0.0, limit - BASE) * GIB / 8) // 1000 * 1000)


def measure(way: str, n: int) -> Found:
    """Run a way in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.bench_diversity", way, str(n)]
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: Found = json.loads(out)
    seconds = f"{found['diversity_s']:8.2f} s {found['similarity_s']:8.2f} s"
    values = "  ".join(f"{k} {found[k]:.4f}" for k in ("clique", "chamfer", "top5") if k in found)
    print(f"{n:>9,}  {way:9} {seconds}  peak {found['peak']:5.2f} GiB  {values}", flush=True)
    return found


def main() -> None:
    """Run each way in a process of its own, or, with its name, one way here."""
    if len(sys.argv) > 2:
        n = int(sys.argv[2])
        found = WAYS[sys.argv[1]](cloud(n, 0), cloud(n, 1))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(json.dumps(found | {"peak": peak}))
        return
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    half = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB / 2
    print(f"{DIM} dimensions, {os.cpu_count()} processors; seconds for diversity, for similarity")
    bound, own = measure("products", n), measure("ours", n)
    for key in ("diversity_s", "similarity_s"):
        print(f"           ours is {own[key] / bound[key]:.2f} x the products alone ({key[:-2]})")
    for limit in (1.0, half):
        size = min(n, MOST, fits(limit))
        print(f"greatest n of the whole matrix within {limit:.0f} GiB, up to {min(n, MOST):,}:")
        for way in ("ours", "matrix", "brute"):
            measure(way, size)


if __name__ == "__main__":
    main()
