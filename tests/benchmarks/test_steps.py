"""One step of a rule: against PyTorch's, a copy, other sizes and other blocks."""

from statistics import median
from time import perf_counter

import numpy as np
import pytest
import torch

import npoptim.optimizer
from npoptim import SGD, Adagrad, Adam, Arrays, PaperAdam, RMSprop

pytestmark = pytest.mark.bench

SIZE = 10_000_000
OUTSIDE = {"eps_in_sqrt": False}
TORCH = torch.optim
MOMENTUM = {"momentum": 0.9}
# Row, its rule and arguments, the peer's, what it is called, the ratio aimed at.
STEPS = [
    ("Adam", PaperAdam, {}, TORCH.Adam, {}, "its default", 0.6),
    ("Adam", PaperAdam, {}, TORCH.Adam, {"foreach": True}, "foreach", 0.8),
    ("Adam", PaperAdam, {}, TORCH.Adam, {"fused": True}, "fused", ""),
    ("Adagrad", Adagrad, OUTSIDE, TORCH.Adagrad, {}, "its default", 0.75),
    ("RMSprop", RMSprop, OUTSIDE, TORCH.RMSprop, {"alpha": 0.9}, "its default", 0.75),
    ("momentum", SGD, MOMENTUM, TORCH.SGD, MOMENTUM, "its default", 1.3),
    ("plain descent", SGD, {}, TORCH.SGD, {}, "its default", ""),
]


def draw(size, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((2, size), dtype=np.float32)


def build(cls, w, g, **arguments):
    model = Arrays(w=w)
    model.gradients["w"] = g
    return cls(model, lr=1e-3, **arguments)


def build_torch(cls, w, g, **arguments):
    parameter = torch.nn.Parameter(torch.from_numpy(w))
    parameter.grad = torch.from_numpy(g)
    if cls in (TORCH.Adagrad, TORCH.RMSprop):
        arguments["eps"] = 1e-8
    return cls([parameter], lr=1e-3, **arguments)


@pytest.mark.parametrize(
    ("row", "cls", "arguments", "peer", "peer_arguments", "mode", "aim"),
    STEPS,
    ids=[f"{step[0]}-{step[5]}".replace(" ", "-") for step in STEPS],
)
def test_step(side_by_side, row, cls, arguments, peer, peer_arguments, mode, aim):
    (w, g), theirs = draw(SIZE), draw(SIZE)
    ours = build(cls, w, g, **arguments)
    other = build_torch(peer, *theirs, **peer_arguments)
    for _ in range(3):
        ours.step()
        other.step()
    # Three steps of 1e-3 or less, in arithmetic that is good to 1e-7.
    np.testing.assert_allclose(w, theirs[0], rtol=1e-6, atol=1e-6)
    side_by_side(
        f"{row}, one step, 10M parameters",
        f"torch.optim, {mode}",
        ours.step,
        other.step,
        aim,
    )


@pytest.mark.parametrize("cls", [PaperAdam, Adam])
def test_step_against_a_copy(side_by_side, cls):
    optimizer = build(cls, *draw(SIZE))
    # A step reads parameters, gradients and two slots; it writes parameters, two
    # slots and increments.
    sources, targets = (np.ones((4, SIZE), np.float32) * i for i in (1, 2))

    def copy():
        for source, target in zip(sources, targets, strict=True):
            target[...] = source

    copy()
    np.testing.assert_array_equal(sources, targets)
    side_by_side(
        f"Adam{' with its defaults' if cls is Adam else ''}, one step, 10M parameters",
        "a copy of the bytes",
        optimizer.step,
        copy,
        3,
    )


@pytest.mark.parametrize("shapes", [((10, 784), (10,)), ((SIZE,),)], ids=len)
@pytest.mark.parametrize("cls", [SGD, Adam])
def test_look_for_what_is_not_finite(side_by_side, cls, shapes):
    size = sum(map(np.prod, shapes))
    optimizers = []
    for _ in range(2):
        rng = np.random.default_rng(0)
        arrays = [rng.standard_normal(shape, np.float32) for shape in shapes]
        model = Arrays(**{f"w{i}": w for i, w in enumerate(arrays)})
        for name, g in model.gradients.items():
            g[...] = model.parameters[name]
        optimizers.append(cls(model, lr=1e-3))
    ours, ignoring = optimizers

    def told_to_ignore_it():
        with np.errstate(all="ignore"):
            ignoring.step()

    calls = 1 if size == SIZE else 500
    row = f"{cls.__name__}, {size:,} weights"
    side_by_side(row, "without the check", ours.step, told_to_ignore_it, calls=calls)
    for w, other in zip(ours.parameters, ignoring.parameters, strict=True):
        for name in w:
            np.testing.assert_array_equal(w[name], other[name])


def test_cost(table):
    sizes = [10**k for k in range(3, 9)]
    optimizers = [build(PaperAdam, *draw(size)) for size in sizes]
    seconds = {size: [] for size in sizes}
    for optimizer in optimizers:
        optimizer.step()
    for _ in range(9):
        for size, optimizer in zip(sizes, optimizers, strict=True):
            calls = max(1, 10**6 // size)
            started = perf_counter()
            for _ in range(calls):
                optimizer.step()
            seconds[size].append((perf_counter() - started) / calls)
    for size, optimizer in zip(sizes, optimizers, strict=True):
        assert optimizer.t == 1 + 9 * max(1, 10**6 // size)
        times = [1e9 * t / size for t in seconds[size]]
        cells = (f"{f(times):.2f}" for f in (median, min, max))
        table("cost", f"{size:,}", *cells)


def test_block_sizes(table, monkeypatch):
    rules = {
        "momentum": (SGD, MOMENTUM),
        "RMSprop": (RMSprop, {}),
        "Adam": (Adam, {}),
        "Adam of the paper": (PaperAdam, {}),
    }
    blocks = [2**k for k in range(11, 20)] + [SIZE]
    rows = {block: [f"{block:,}"] for block in blocks}
    start, g = draw(SIZE)
    for cls, arguments in rules.values():
        w = start.copy()
        optimizer = build(cls, w, g, **arguments)
        seconds = {block: [] for block in blocks}
        optimizer.step()
        for _ in range(5):
            for block in blocks:
                monkeypatch.setattr(npoptim.optimizer, "BLOCK", block)
                started = perf_counter()
                optimizer.step()
                seconds[block].append(perf_counter() - started)
        ends = []
        for block in blocks:
            monkeypatch.setattr(npoptim.optimizer, "BLOCK", block)
            w[...] = start
            optimizer.clear()
            optimizer.step()
            optimizer.step()
            ends.append(w.copy())
        for block, end in zip(blocks, ends, strict=True):
            np.testing.assert_array_equal(end, ends[-1])
            rows[block].append(f"{1e9 * median(seconds[block]) / SIZE:.2f}")
    table("blocks", "elements in a block", *rules)
    for block in blocks:
        table("blocks", *rows[block])


@pytest.mark.parametrize(
    ("row", "cls", "arguments"),
    [
        ("momentum", SGD, MOMENTUM),
        ("RMSprop", RMSprop, OUTSIDE),
        ("Adam", PaperAdam, {}),
    ],
)
def test_limits(table, row, cls, arguments):
    block = npoptim.optimizer.BLOCK
    times = SIZE // block
    w, g = draw(times * block)
    optimizer = build(cls, w, g, **arguments)
    u, *slots = (
        structure[0]["w"]
        for structure in (optimizer.updates, *optimizer.state.values())
    )
    in_cache = build(cls, *draw(block), **arguments)
    in_cache.step()
    w_in_cache, g_in_cache, u_in_cache, *slots_in_cache = (
        structure[0]["w"]
        for structure in (
            in_cache.parameters,
            in_cache.gradients,
            in_cache.updates,
            *in_cache.state.values(),
        )
    )

    def pass_through():
        for start in range(0, w.size, block):
            part = slice(start, start + block)
            for array in (w, *slots):
                array[part] += 1
            u[part] = g[part]

    def compute():
        for _ in range(times):
            u_in_cache[...] = in_cache.update(w_in_cache, g_in_cache, *slots_in_cache)
            np.add(w_in_cache, u_in_cache, out=w_in_cache)

    sides = (optimizer.step, compute, pass_through)
    seconds = {side: [] for side in sides}
    for _ in range(9):
        for side in sides:
            started = perf_counter()
            side()
            seconds[side].append(1e9 * (perf_counter() - started) / w.size)
    assert optimizer.t == 9
    table("limits", row, *(f"{median(seconds[side]):.2f}" for side in sides))
