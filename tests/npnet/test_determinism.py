"""The same bits from the same seeds, wherever they are computed, in the same memory."""

import gc
import os
import subprocess
import sys
import tracemalloc
from code import InteractiveInterpreter

import numpy as np
import pytest
from contract.public import OPTIMIZERS

from npoptim import SGD
from npoptim.npnet import CrossEntropy, Linear, compare

# In cells, as a notebook has them.
CELLS = (
    """\
import hashlib
from npoptim import SGD, Muon, PaperAdam
from npoptim.npnet import (
    CrossEntropy, Linear, ReLU, Sequential, compare, make_garments, train_fashion_mnist,
)
images, labels = make_garments("train", n=500)
model = Sequential(Linear(784, 20, rng=1), ReLU(), Linear(20, 10, rng=2))
rules = {"SGD": lambda m: SGD(m, lr=1e-4), "Muon": lambda m: Muon(m, lr=1e-3)}
""",
    """\
found = compare(model, CrossEntropy(), rules, images, labels, epoch=2, seeds=(0, 1))
""",
    """\
history = train_fashion_mnist(
    model, CrossEntropy(), PaperAdam(model), images, labels, epoch=2, rng=3
)
""",
    """\
digest = hashlib.sha256(images.tobytes() + labels.tobytes())
digest.update(history.loss.tobytes())
for contender in found.values():
    digest.update(contender.loss.tobytes())
for trained in (model, *(m for contender in found.values() for m in contender.models)):
    for layer in trained._parameters:
        for array in layer.values():
            digest.update(array.tobytes())
""",
)


def test_bits_are_the_same_everywhere(tmp_path):
    script = tmp_path / "script.py"
    script.write_text("".join(CELLS) + "print(digest.hexdigest())\n")
    first, second = (
        subprocess.check_output(
            [sys.executable, script],
            env=os.environ | {"PYTHONHASHSEED": seed},
            text=True,
        ).strip()
        for seed in ("1", "2")
    )
    assert first == second
    # A kernel runs the cells so, in a process that has done other things.
    notebook = InteractiveInterpreter()
    for cell in CELLS:
        notebook.runcode(compile(cell, "cell", "exec"))
    assert notebook.locals["digest"].hexdigest() == first


@pytest.mark.fuzz
def test_memory_does_not_grow_over_a_thousand_epochs():
    rng = np.random.default_rng(0)
    images, labels = rng.normal(size=(8, 3)), np.arange(8) % 2
    held = {}

    class Watching(SGD):
        def finish(self):
            super().finish()
            if self.t in (100, 1000):
                gc.collect()
                held[self.t] = tracemalloc.get_traced_memory()[0]

    contenders = {cls.__name__: cls for cls in OPTIMIZERS} | {"watching": Watching}
    tracemalloc.start()
    try:
        compare(
            Linear(3, 2, rng=0, dtype=np.float64),
            CrossEntropy(),
            contenders,
            images,
            labels,
            batch_size=8,
            epoch=1000,
        )
    finally:
        tracemalloc.stop()
    # An array that is kept in every step would be 900 times 48 bytes and its head.
    assert held[1000] - held[100] < 20_000
