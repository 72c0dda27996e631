"""What it costs to import the package, and the memory that a step takes."""

import subprocess
import sys
from pathlib import Path
from statistics import median

import pytest

pytestmark = pytest.mark.bench

PEAK = """
import sys
import numpy as np
import npoptim

def status(name):
    with open("/proc/self/status") as file:
        return next(int(x.split()[1]) for x in file if x.startswith(name)) / 1024

shape = (100, 1_000_000)
w = np.ones(shape, np.float32)
if sys.argv[2] == "strided":
    w = np.ones((100, 2_000_000), np.float32)[:, ::2]
model = npoptim.Arrays(w=w)
model.gradients["w"] = np.ones(shape, np.float32)
optimizer = getattr(npoptim, sys.argv[1])(model, weight_decay=0.1)
optimizer.clear()  # writes every page of the increments and the slots
optimizer.parameters[0]["w"][:1, :1] = 2
with open("/proc/self/clear_refs", "w") as file:
    file.write("5")  # the peak starts anew
before = status("VmRSS")
optimizer.step()
assert float(w.min()) < 1
print(status("VmHWM") - before)
"""


def run(*arguments):
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=True
    )


def test_import_time(table):
    differences = []
    for _ in range(11):
        lines = run("-X", "importtime", "-c", "import npoptim").stderr.splitlines()
        total = {}
        for line in lines[1:]:
            _, cumulative, name = line.removeprefix("import time:").split("|")
            total[name.strip()] = int(cumulative) / 1000
        differences.append(total["npoptim"] - total["numpy"])
    assert min(differences) > 0
    table(
        "footprint",
        "`import npoptim`, beyond NumPy's own import",
        f"{median(differences):.1f} ms",
        "under 30 ms",
    )


@pytest.mark.skipif(
    not Path("/proc/self/clear_refs").exists(), reason="only Linux tells the peak"
)
@pytest.mark.parametrize(
    ("rule", "layout"),
    [("SGD", "plain"), ("Adam", "plain"), ("AdamW", "plain"), ("Adam", "strided")],
)
def test_peak_memory(table, rule, layout):
    peak = float(run("-c", PEAK, rule, layout).stdout)
    view = ", of a view that is not contiguous" if layout == "strided" else ""
    table(
        "footprint",
        f"peak memory of a step of {rule} on 1e8 parameters{view}",
        f"{peak:.1f} MiB",
        "under 5 MB",
    )
