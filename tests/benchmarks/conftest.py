"""Time two sides in turn, print one table, and write what the documentation shows.

Nothing here asserts anything about time. The tests assert that both sides compute the
same, and leave the judging to who reads the table.
"""

import csv
import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

import pytest

RESULTS = Path(__file__).parents[2] / "docs" / "performance"
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
# fmt: off
TABLES: dict[str, list[tuple[str, ...]]] = {
    "ratios": [("", "against", "ratio", "aim", "80 % of the ratios", "here", "there")],
    "footprint": [("", "measured", "aim")],
    "cost": [("parameters", "ns an element", "fastest", "slowest")],
    "blocks": [],
    "limits": [
        ("", "a step", "the equations in the cache", "reading and writing alone")
    ],
    "parts": [
        (
            "", "together", "forward", "loss", "zero_grad", "backward", "step",
            "matrix products alone",
        )
    ],
}
# fmt: on


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """Keep every side to one thread, and this process to one core."""
    import torch

    for name in ONE_THREAD:
        assert os.environ.get(name) == "1", f"set {name}=1"
    flags = os.environ.get("XLA_FLAGS", "")
    assert "--xla_cpu_multi_thread_eigen=false" in flags, "set XLA_FLAGS as in tox.ini"
    torch.set_num_threads(1)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


@pytest.fixture
def table():
    """Return a function that adds a row to one of the tables."""
    return lambda name, *cells: TABLES[name].append(cells)


@pytest.fixture
def side_by_side(benchmark, table):
    """Return a function that times two sides in turn and adds a row of ratios.

    The peer is timed in the setup of each of the benchmark's rounds. So whatever
    slows the machine down for a while slows down both, and the ratio of a round is
    of two times that were measured one right after the other.
    """

    def measure(row, against, ours, peer, aim="", rounds=15, calls=1, warmup=1):
        peers = []

        def time_peer():
            started = perf_counter()
            for _ in range(calls):
                peer()
            peers.append((perf_counter() - started) / calls)

        def ours_repeated():
            for _ in range(calls):
                ours()

        benchmark.pedantic(
            ours_repeated, setup=time_peer, rounds=rounds, warmup_rounds=warmup
        )
        here = [seconds / calls for seconds in benchmark.stats.stats.data]
        there = peers[-rounds:]
        ratios = [a / b for a, b in zip(here, there, strict=True)]
        benchmark.extra_info.update(against=against, there=there, ratios=ratios)
        tenths = quantiles(ratios, n=10, method="inclusive")
        table(
            "ratios",
            row,
            against,
            f"{median(ratios):.2f}",
            str(aim),
            f"{tenths[0]:.2f} to {tenths[-1]:.2f}",
            duration(median(here)),
            duration(median(there)),
        )

    return measure


def duration(seconds):
    """Return a time with its unit, three digits long."""
    unit, size = next(
        (unit, size)
        for unit, size in (("s", 1), ("ms", 1e-3), ("µs", 1e-6))
        if seconds >= size or unit == "µs"
    )
    space = "\N{NO-BREAK SPACE}"
    return f"{seconds / size:#.3g}".rstrip(".") + space + unit


def machine():
    """Return what the numbers depend on, in a paragraph."""
    import cpuinfo
    import numpy as np

    cpu = cpuinfo.get_cpu_info()
    blas = np.show_config("dicts")["Build Dependencies"]["blas"]
    peers = ", ".join(
        f"{title} {version(name)}"
        for title, name in (("PyTorch", "torch"), ("JAX", "jax"), ("Optax", "optax"))
    )
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d}, on one core of an "
        f"{cpu['brand_raw']} with {cpu.get('l2_cache_size', 0) / 2**20:g} MiB of "
        f"level 2 cache in all, under {platform.system()}, with Python "
        f"{platform.python_version()}, NumPy {version('numpy')} ({blas['name']} "
        f"{blas['version']}), {peers}. Everything is float32, with one thread on each "
        "side."
    )


def pytest_terminal_summary(terminalreporter, exitstatus, config):
    filled = {name: rows for name, rows in TABLES.items() if len(rows) > 1}
    if not filled:
        return
    for name, rows in filled.items():
        terminalreporter.section(name)
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = map(str.ljust, row, widths)
            terminalreporter.write_line("  ".join(cells).rstrip())
    if config.getoption("write_results") and exitstatus == 0:
        RESULTS.mkdir(exist_ok=True)
        for name, rows in filled.items():
            path = RESULTS / f"{name}.csv"
            with path.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file, lineterminator="\n").writerows(rows)
        (RESULTS / "machine.txt").write_text(machine() + "\n", encoding="utf-8")
        terminalreporter.write_line(f"written to {RESULTS}")
