"""What every optimizer promises, alone and under each mixin."""

from copy import deepcopy
from types import SimpleNamespace

import numpy as np
import pytest
from contract.public import (
    CHANGING,
    MIXINS,
    OPTIMIZERS,
    inner,
    is_joint,
    options,
    step,
)

from npoptim import (
    SGD,
    Arrays,
    DecoupledWeightDecay,
    ElasticNet,
    L1Optimizer,
    Number,
    Optimizer,
)


class Cubic(Optimizer):
    """A user's own rule: one equation with a slot of its own."""

    slots = ("memory",)

    def update(self, w, g, memory):
        memory[...] = 0.5 * memory + g**3
        return -self.lr * np.cbrt(memory)


class OwnLoops(Optimizer):
    """A user's own rule over all layers, with state of its own: heavy ball."""

    def __init__(self, model, lr=1e-3, weight_decay=0.0):
        super().__init__(model, lr, weight_decay)
        self.velocity = [
            {k: np.zeros_like(w) for k, w in layer.items()} for layer in self.parameters
        ]

    def get_updates(self):
        for velocity, gradients, updates in zip(
            self.velocity, self.gradients, self.updates, strict=True
        ):
            for k, g in gradients.items():
                velocity[k][...] = 0.9 * velocity[k] - self.lr * g
                self.write(updates, k, velocity[k])

    def write(self, updates, k, increment):
        updates[k][...] = increment


class Rebinding(OwnLoops):
    def write(self, updates, k, increment):
        # Of an array without dimensions, that is a number.
        updates[k] = 1 * increment


class Sharing(OwnLoops):
    def write(self, updates, k, increment):
        updates[k] = increment


OWN_LOOPS = pytest.mark.parametrize("own", [OwnLoops, Rebinding, Sharing])


def join(*parts):
    return "-".join(part for part in parts if part)


# Every optimizer, each way that it can go, and a user's own.
RULES = {
    **{
        join(cls.__name__, name): (cls, arguments)
        for cls in OPTIMIZERS
        for name, arguments in options(cls)
    },
    "own-rule": (Cubic, {}),
    "own-loops": (OwnLoops, {}),
}


def under(mixin, cls):
    """Return the class of both, or None where the two do not go together."""
    try:
        return type(cls.__name__, (mixin, cls), {})
    except TypeError:
        return None


# Under a mixin, as they are by default.
CASES = RULES | {
    join(mixin.__name__, name): (combined, {})
    for mixin in MIXINS
    for name, (cls, arguments) in RULES.items()
    if not arguments and (combined := under(mixin, cls))
}
all_rules = pytest.mark.parametrize(
    ("cls", "arguments"), RULES.values(), ids=RULES.keys()
)
all_cases = pytest.mark.parametrize(
    ("cls", "arguments"), CASES.values(), ids=CASES.keys()
)


def copy(arrays):
    return [array.copy() for array in arrays]


def run(optimizer, leaves, steps, seed=1):
    """Step through random gradients and return all parameters and increments."""
    rng = np.random.default_rng(seed)
    records = []
    for _ in range(steps):
        for g in leaves(optimizer.gradients):
            g[...] = rng.normal(size=g.shape)
        step(optimizer)
        records += copy(leaves(optimizer.parameters))
        records += copy(leaves(optimizer.updates))
    return records


def everything(optimizer, leaves):
    """Return copies of all arrays of the state."""
    return copy(a for structure in optimizer.state.values() for a in leaves(structure))


def assert_same(arrays, expected):
    """Assert that two lists of arrays are equal to the last bit, dtype included."""
    assert len(arrays) == len(expected)
    for array, other in zip(arrays, expected, strict=True):
        np.testing.assert_array_equal(array, other, strict=True)


# Under the mixins float32 alone: what would widen it leaves float64 as it is.
each_dtype = pytest.mark.parametrize(
    ("cls", "arguments", "dtype"),
    [
        pytest.param(*case, dtype, id=f"{name}-{dtype.__name__}")
        for cases, dtype in ((CASES, np.float32), (RULES, np.float64))
        for name, case in cases.items()
    ],
)


@each_dtype
def test_arrays_keep_identity_and_dtype(cls, arguments, dtype, make_model, leaves):
    model = make_model(dtype)
    optimizer = cls(model, weight_decay=0.01, **arguments)
    structures = [
        model._parameters,
        model._gradients,
        optimizer.updates,
        *optimizer.state.values(),
    ]
    before = [array for structure in structures for array in leaves(structure)]
    start = copy(leaves(model._parameters))
    rng = np.random.default_rng(0)
    for t in range(60):
        if t == 30:
            optimizer.lr = np.float64(0.01)
        for g in leaves(model._gradients):
            # Cheaper than a fresh draw at each step, and as random as it must be.
            g *= -0.5
            g += rng.random() - 0.5
        step(optimizer)
    after = [array for structure in structures for array in leaves(structure)]
    assert all(a is b for a, b in zip(before, after, strict=True))
    assert {array.dtype for array in after} == {np.dtype(dtype)}
    assert all(np.isfinite(array).all() for array in after)
    assert not any(map(np.array_equal, start, leaves(model._parameters)))
    assert optimizer.t == 60


@all_cases
def test_float64_learning_rate_does_not_widen(cls, arguments, make_model, leaves):
    # If a float64 scalar widened the arithmetic, the float32 results would round
    # differently.
    plain = cls(make_model(np.float32), weight_decay=0.1, **arguments)
    plain.lr = 0.1
    numpy = cls(make_model(np.float32), weight_decay=np.float64(0.1), **arguments)
    numpy.lr = np.float64(0.1)
    assert_same(run(numpy, leaves, 5), run(plain, leaves, 5))


@all_cases
def test_parameters_move_by_exactly_the_updates(cls, arguments, make_model, leaves):
    optimizer = cls(make_model(), lr=0.1, weight_decay=0.1, **arguments)
    for seed in range(5):
        before = copy(leaves(optimizer.parameters))
        run(optimizer, leaves, 1, seed)
        expected = map(np.add, before, leaves(optimizer.updates))
        assert_same(leaves(optimizer.parameters), [np.asarray(w) for w in expected])


@all_cases
def test_step_leaves_gradients_that_need_no_penalty(cls, arguments, make_model, leaves):
    model = make_model()
    gradients = copy(leaves(model._gradients))
    if issubclass(cls, (*CHANGING,)):
        return
    step(cls(model, weight_decay=0.0, **arguments))
    assert_same(leaves(model._gradients), gradients)


@all_rules
def test_zero_grad_in_place(cls, arguments, make_model, leaves):
    model = make_model()
    arrays = leaves(model._gradients)
    assert all(array.all() for array in arrays)
    parameters = copy(leaves(model._parameters))
    cls(model, **arguments).zero_grad()
    assert all(a is b for a, b in zip(leaves(model._gradients), arrays, strict=True))
    assert not any(array.any() for array in arrays)
    assert_same(leaves(model._parameters), parameters)


@all_cases
def test_run_after_clear_repeats_the_first(cls, arguments, make_model, leaves):
    model = make_model()
    optimizer = cls(model, lr=0.1, weight_decay=0.1, **arguments)
    start = copy(leaves(model._parameters))
    first_state = everything(optimizer, leaves)
    first = run(optimizer, leaves, 10)
    arrays = leaves(optimizer.updates)
    for slot in optimizer.state.values():
        arrays += leaves(slot)

    for w, w_start in zip(leaves(model._parameters), start, strict=True):
        w[...] = w_start
    optimizer.clear()
    assert optimizer.t == 0
    kept = leaves(optimizer.updates)
    assert not any(array.any() for array in kept)
    for slot in optimizer.state.values():
        kept += leaves(slot)
    assert all(a is b for a, b in zip(kept, arrays, strict=True))
    assert_same(everything(optimizer, leaves), first_state)
    assert_same(leaves(model._parameters), start)
    if not isinstance(optimizer, OwnLoops):  # whose state is its own
        assert_same(run(optimizer, leaves, 10), first)


def assert_slots_change(cls, arguments, make_model, leaves):
    """Assert that a rule writes into its slots: a forgotten [...] would not."""
    optimizer = cls(make_model(), lr=0.1, **arguments)
    before = {s: copy(leaves(arrays)) for s, arrays in optimizer.state.items()}
    run(optimizer, leaves, 10)
    for slot, arrays in optimizer.state.items():
        for array, old in zip(leaves(arrays), before[slot], strict=True):
            stays = slot == "first"  # where the weights began
            assert array.size == 0 or np.array_equal(array, old) == stays, slot


@all_cases
def test_slots_change(cls, arguments, make_model, leaves):
    assert_slots_change(cls, arguments, make_model, leaves)


def test_forgotten_write_is_noticed(make_model, leaves):
    class Forgetful(Optimizer):
        slots = ("m",)

        def update(self, w, g, m):
            m = 0.5 * m + g
            return -self.lr * m

    with pytest.raises(AssertionError, match="m"):
        assert_slots_change(Forgetful, {}, make_model, leaves)


@pytest.mark.parametrize("cls", [*OPTIMIZERS, Cubic])
@pytest.mark.parametrize("bases", [(), *((mixin,) for mixin in MIXINS)], ids=str)
def test_repr_shows_all_hyperparameters(cls, bases, make_model):
    if bases and under(*bases, cls) is None:
        return
    cls = type("Own" + cls.__name__, (*bases, cls), {})
    model = make_model()
    # None is at its default.
    arguments = {
        name: inner(h, 0.3) if isinstance(h, Number) else not h.default
        for name, h in cls.hyperparameters.items()
    }
    text = repr(cls(model, **arguments))
    shown = ", ".join(f"{name}={value!r}" for name, value in arguments.items())
    assert text == f"{cls.__name__}({shown})"
    again = eval(text.replace("(", "(model, "), {cls.__name__: cls, "model": model})
    assert repr(again) == text


def test_repr_shows_a_changed_value(make_model):
    optimizer = SGD(make_model())
    optimizer.lr = 0.25
    assert repr(optimizer) == (
        "SGD(lr=0.25, momentum=0.0, nesterov=False, weight_decay=0.0)"
    )


LARGE = 100_003  # three blocks and a rest


def large_model(w, g):
    model = Arrays(w=w)
    model.gradients["w"] = g
    return model


def assert_blocks_change_nothing(cls, arguments, dtype):
    whole = type(cls.__name__, (cls,), {"elementwise": False})
    rng = np.random.default_rng(0)
    w = rng.normal(size=LARGE).astype(dtype)
    gradients = rng.normal(size=(3, LARGE)).astype(dtype)
    ends = []
    for kind in (cls, whole):
        model = large_model(w.copy(), np.zeros_like(w))
        optimizer = kind(model, lr=0.1, weight_decay=0.1, **arguments)
        for g in gradients:
            model._gradients[0]["w"][...] = g
            step(optimizer)
        ends.append(
            [
                model._parameters[0]["w"],
                model._gradients[0]["w"],
                optimizer.updates[0]["w"],
                *(a for slot in optimizer.state.values() for a in slot[0].values()),
            ]
        )
    # In float32, some weights are too large for the first steps of a rule, and Cautious
    # holds some back.
    assert np.count_nonzero((ends[0][0] != w) | (ends[0][2] != 0)) > 0.8 * LARGE
    assert_same(*ends)


@each_dtype
def test_blocks_change_nothing(cls, arguments, dtype):
    if cls.elementwise:  # others have no blocks
        assert_blocks_change_nothing(cls, arguments, dtype)


def test_norm_of_a_block_is_noticed():
    class Normalized(Optimizer):
        def update(self, w, g):
            return -self.lr * g / np.sqrt(np.sum(g**2))

    with pytest.raises(AssertionError):
        assert_blocks_change_nothing(Normalized, {}, np.float64)
    Normalized.elementwise = False
    assert_blocks_change_nothing(Normalized, {}, np.float64)


BLOCK = 32_768


def watch_sizes(w, g, elementwise=True):
    """Take a step, and return the sizes of the pieces that the rule sees."""
    seen = []

    class Watching(SGD):
        def update(self, w, g, v):
            assert w.shape == g.shape == v.shape
            seen.append(w.size)
            return super().update(w, g, v)

    Watching.elementwise = elementwise
    Watching(large_model(w, g), lr=0.5).step()
    np.testing.assert_array_equal(w, 1 - 0.5 * g)
    return seen


@pytest.mark.parametrize(
    ("elementwise", "sizes"), [(True, [BLOCK] * 3 + [1699]), (False, [LARGE])]
)
def test_update_sees_blocks_or_the_whole(elementwise, sizes):
    assert watch_sizes(np.ones(LARGE), np.ones(LARGE), elementwise) == sizes


@pytest.mark.parametrize(
    "shape",
    [
        (BLOCK + 1,),
        (1, LARGE),
        (LARGE, 1),
        (3, LARGE),
        (LARGE, 3),
        (2, 3, 20_000),
        (33_000, 2, 1, 2),
    ],
    ids=str,
)
@pytest.mark.parametrize("lay_g", ["C", "F"])
@pytest.mark.parametrize("lay_w", ["C", "F", "strided"])
def test_large_arrays_come_in_blocks(shape, lay_w, lay_g):
    values = np.arange(np.prod(shape)).reshape(shape) % 7
    g = values.astype(float, order=lay_g)
    if lay_w == "strided":
        w = np.ones((*shape[:-1], 2 * shape[-1]))[..., ::2]
    else:
        w = np.ones(shape, order=lay_w)
    sizes = watch_sizes(w, g)
    assert sum(sizes) == w.size
    assert max(sizes) <= BLOCK
    # No layout comes in many pieces that are much smaller than they might be.
    assert len(sizes) <= 2 * w.size / BLOCK + 3


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("shape", [(3, LARGE), (LARGE, 3), (300, 20, 30)], ids=str)
def test_blocks_of_contiguous_arrays_are_contiguous(shape, order):
    seen = []

    class Watching(Optimizer):
        def update(self, w, g):
            seen.extend(a.flags.c_contiguous for a in (w, g))
            return -g

    w, g = np.ones(shape, order=order), np.ones(shape, order=order)
    Watching(large_model(w, g)).step()
    assert len(seen) > 4
    assert all(seen)


@pytest.mark.parametrize("shape", [(), (1,), (BLOCK,), (128, 256)])
def test_small_arrays_come_whole(shape):
    assert watch_sizes(np.ones(shape), np.ones(shape)) == [np.ones(shape).size]


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0)])
@pytest.mark.parametrize("elementwise", [True, False])
def test_empty_arrays_do_not_come(shape, elementwise):
    assert watch_sizes(np.ones(shape), np.ones(shape), elementwise) == []


def test_update_may_read_the_parameter():
    class ToZero(Optimizer):
        def update(self, w, g):
            return -w

    w = np.arange(1.0, LARGE + 1)
    ToZero(large_model(w, np.ones(LARGE))).step()
    assert not w.any()


def strided(a):
    return np.repeat(a, 2, axis=-1)[..., ::2]


def reversed_(a):
    return np.ascontiguousarray(a[::-1])[::-1]


LAYOUTS = {
    "strided": (strided, strided),
    "transposed": (lambda a: a.T.copy().T, lambda a: a.T.copy().T),
    "Fortran": (np.asfortranarray, np.asfortranarray),
    "reversed": (reversed_, reversed_),
    "Fortran-parameter": (np.asfortranarray, np.ascontiguousarray),
    "Fortran-gradient": (np.ascontiguousarray, np.asfortranarray),
}


@pytest.mark.parametrize("shape", [(3, 5), (200, 300)], ids=["small", "large"])
@pytest.mark.parametrize(("lay_w", "lay_g"), LAYOUTS.values(), ids=LAYOUTS.keys())
@pytest.mark.parametrize(
    ("cls", "arguments"),
    [
        *RULES.values(),
        *((under(mixin, SGD), {"momentum": 0.9}) for mixin in MIXINS),
    ],
    ids=[*RULES, *(f"{mixin.__name__}-momentum" for mixin in MIXINS)],
)
def test_layout_in_memory_changes_nothing(cls, arguments, lay_w, lay_g, shape):
    rng = np.random.default_rng(0)
    w, first, second = rng.normal(size=(3, *shape)).astype(np.float32)
    ends = []
    for lay_one, lay_other in ((np.ascontiguousarray,) * 2, (lay_w, lay_g)):
        model = large_model(lay_one(w.copy()), lay_other(np.zeros_like(w)))
        optimizer = cls(model, lr=0.1, weight_decay=0.1, **arguments)
        for g in (first, second):
            model._gradients[0]["w"][...] = g
            step(optimizer)
        ends.append([model._parameters[0]["w"], model._gradients[0]["w"]])
    contiguous = [array.flags.c_contiguous for array in ends[1]]
    assert not all(contiguous)
    if cls.elementwise:
        assert_same(*ends)
    else:
        # Sums over an array are taken in another order, to the precision of float32.
        for array, expected in zip(*ends, strict=True):
            np.testing.assert_allclose(array, expected, rtol=1e-5, atol=1e-6)


@all_cases
def test_array_without_dimensions(cls, arguments):
    ends = []
    for shape in ((), (1,)):
        model = large_model(np.full(shape, 0.7), np.zeros(shape))
        optimizer = cls(model, lr=0.1, weight_decay=0.1, **arguments)
        for g in (0.3, -1.7, -0.2):
            model._gradients[0]["w"][...] = g
            step(optimizer)
        w = model._parameters[0]["w"]
        assert w.shape == optimizer.updates[0]["w"].shape == shape
        ends.append(w)
    assert ends[0] == ends[1][0] != 0.7


@pytest.mark.parametrize("shape", [(0,), (3, 0)])
@all_cases
def test_empty_array_beside_another(cls, arguments, shape):
    model = Arrays(empty=np.zeros(shape), full=np.ones(2))
    optimizer = cls(model, lr=0.1, weight_decay=0.1, **arguments)
    for _ in range(2):  # a rule's first step may be 0
        model.gradients["full"][...] = 1
        step(optimizer)
    assert model.parameters["empty"].shape == shape
    assert (model.parameters["full"] < 1).all()


@all_cases
def test_model_without_parameters(cls, arguments):
    optimizer = cls(SimpleNamespace(_parameters=[], _gradients=[]), **arguments)
    step(optimizer)
    optimizer.zero_grad()
    optimizer.clear()
    step(optimizer)
    assert optimizer.t == 1


@all_cases
def test_optimizers_share_no_state(cls, arguments, make_model, leaves):
    alone = run(cls(make_model(), **arguments), leaves, 6)
    # Interleaved with another, the first walks as if it were alone.
    together = []
    first, second = (cls(make_model(), **arguments) for _ in range(2))
    rng = np.random.default_rng(1)
    for seed in range(6):
        run(second, leaves, 1, 10 + seed)
        if seed == 3:
            second.clear()
        for g in leaves(first.gradients):
            g[...] = rng.normal(size=g.shape)
        step(first)
        together += copy(leaves(first.parameters)) + copy(leaves(first.updates))
    assert_same(together, alone)


@all_cases
def test_state_has_the_structure_of_the_model(cls, arguments, make_model):
    model = make_model(np.float32)
    optimizer = cls(model, **arguments)
    assert optimizer.parameters is model._parameters
    assert optimizer.gradients is model._gradients
    assert tuple(optimizer.state) == cls.slots
    for structure in (optimizer.updates, *optimizer.state.values()):
        assert len(structure) == len(model._parameters)
        for layer, parameters in zip(structure, model._parameters, strict=True):
            assert layer.keys() <= parameters.keys()
            assert {array.dtype for array in layer.values()} <= {np.dtype(np.float32)}
        if cls.elementwise:
            shapes = [{k: a.shape for k, a in layer.items()} for layer in structure]
            assert shapes == [
                {k: w.shape for k, w in layer.items()} for layer in model._parameters
            ]


@pytest.mark.parametrize(
    ("cls", "arguments"),
    [
        pytest.param(*rule, id=name)
        for name, rule in RULES.items()
        if not is_joint(rule[0])
    ],
)
def test_layers_are_independent(cls, arguments):
    # Eight layers, every other one empty, are as good as four models.
    rng = np.random.default_rng(0)
    shapes = [{"a": (2,)}, {}, {"b": (2, 3), "c": ()}, {}, {"a": (4,)}, {}, {"d": (1,)}]
    ws = [{k: np.array(rng.normal(size=s)) for k, s in x.items()} for x in shapes]
    gs = [{k: np.array(rng.normal(size=s)) for k, s in x.items()} for x in shapes]
    singles = []
    for w, g in zip(ws, gs, strict=True):
        for k in w:
            single = large_model(w[k].copy(), g[k].copy())
            optimizer = cls(single, lr=0.1, weight_decay=0.1, **arguments)
            step(optimizer)
            step(optimizer)
            singles.append(single._parameters[0]["w"])
    optimizer = cls(
        SimpleNamespace(_parameters=ws, _gradients=gs),
        lr=0.1, weight_decay=0.1, **arguments,
    )  # fmt: skip
    step(optimizer)
    step(optimizer)
    assert_same([w for layer in ws for w in layer.values()], singles)


@OWN_LOOPS
@pytest.mark.parametrize(
    "penalty", [None, L1Optimizer, ElasticNet, DecoupledWeightDecay]
)
def test_own_get_updates(own, penalty, make_model, leaves):
    cls = type("Own", (penalty, own), {}) if penalty else own
    optimizer = cls(make_model(), lr=0.1, weight_decay=0.1)
    ws = copy(leaves(optimizer.parameters))
    vs = [np.zeros_like(w) for w in ws]
    rng = np.random.default_rng(3)
    for _ in range(10):
        for g, w, v in zip(leaves(optimizer.gradients), ws, vs, strict=True):
            g[...] = rng.normal(size=g.shape)
            added = {
                None: w,
                L1Optimizer: np.sign(w),
                ElasticNet: (np.sign(w) + w) / 2,
                DecoupledWeightDecay: 0,
            }[penalty]
            v[...] = 0.9 * v - 0.1 * (g + 0.1 * added)
            shrinkage = 0.1 * 0.1 * w * (penalty is DecoupledWeightDecay)
            w[...] = w + v - shrinkage
        optimizer.step()
    # Ten steps of numbers of size 1, in another order of operations.
    for w, expected in zip(leaves(optimizer.parameters), ws, strict=True):
        np.testing.assert_allclose(w, expected, rtol=0, atol=1e-14)


@OWN_LOOPS
@pytest.mark.parametrize("mixin", [None, *MIXINS])
@pytest.mark.parametrize("weight_decay", [0, 0.1])
def test_own_get_updates_equals_slots(own, mixin, weight_decay, make_model, leaves):
    bases = (mixin,) if mixin else ()
    ours, theirs = (type(rule.__name__, (*bases, rule), {}) for rule in (SGD, own))
    arguments = {"lr": 0.1, "weight_decay": weight_decay}
    expected = run(ours(make_model(), momentum=0.9, **arguments), leaves, 20)
    assert_same(run(theirs(make_model(), **arguments), leaves, 20), expected)


@OWN_LOOPS
def test_own_get_updates_then_clear(own, make_model, leaves):
    optimizer = own(make_model(), lr=0.1)
    run(optimizer, leaves, 3)
    velocity = copy(leaves(optimizer.velocity))
    optimizer.clear()
    assert not any(u.any() for u in leaves(optimizer.updates))
    # What is the subclass's own stays: clear() knows nothing of it.
    assert_same(leaves(optimizer.velocity), velocity)


@all_rules
def test_deep_copy_walks_on_by_itself(cls, arguments, make_model, leaves):
    optimizer = cls(make_model(), lr=0.1, weight_decay=0.1, **arguments)
    run(optimizer, leaves, 3)
    copied = deepcopy(optimizer)
    assert repr(copied) == repr(optimizer)
    first = run(optimizer, leaves, 3, seed=5)
    assert_same(run(copied, leaves, 3, seed=5), first)


@pytest.mark.parametrize("cls", [Optimizer, L1Optimizer])
def test_optimizer_without_a_rule(cls, make_model, leaves):
    model = make_model()
    optimizer = cls(model, weight_decay=0.1)
    before = copy(leaves(model._parameters) + leaves(model._gradients))
    with pytest.raises(NotImplementedError, match=f"{cls.__name__} must define update"):
        optimizer.step()
    assert_same(leaves(model._parameters) + leaves(model._gradients), before)
    assert optimizer.t == 0


@pytest.mark.parametrize("mixin", MIXINS)
def test_mixin_without_a_rule(mixin, make_model, leaves):
    optimizer = mixin(make_model())
    before = everything(optimizer, leaves) + copy(leaves(optimizer.parameters))
    with pytest.raises(NotImplementedError, match=mixin.__name__):
        optimizer.step()
    assert optimizer.t == 0
    after = everything(optimizer, leaves) + copy(leaves(optimizer.parameters))
    assert_same(after, before)


def test_hooks_run_in_order(make_model, leaves):
    events = []

    class Watching(SGD):
        def note(self, name):
            events.append(
                (
                    name,
                    self.t,
                    leaves(self.parameters)[1][0],
                    leaves(self.gradients)[1][0],
                    leaves(self.updates)[1][0],
                )
            )

        def regularize(self):
            self.note("regularize")
            super().regularize()

        def get_updates(self):
            self.note("get_updates")
            super().get_updates()
            self.note("apply")

    model = make_model()
    optimizer = Watching(model, lr=0.5, weight_decay=2)
    model._parameters[0]["bias"][...] = 1
    model._gradients[0]["bias"][...] = 4
    optimizer.step()
    optimizer.note("done")
    assert events == [
        ("regularize", 1, 1, 4, 0),
        ("get_updates", 1, 1, 6, 0),
        ("apply", 1, 1, 6, -3),
        ("done", 1, -2, 6, -3),
    ]


@all_rules
def test_learning_rate_of_zero_stands_still(cls, arguments, make_model, leaves):
    if not cls.hyperparameters["lr"].has_low:  # or is none
        with pytest.raises(ValueError, match=r"lr must be in \(0, inf\), got 0"):
            cls(make_model(), lr=0)
        return
    optimizer = cls(make_model(), lr=0, weight_decay=0.1, **arguments)
    before = copy(leaves(optimizer.parameters))
    run(optimizer, leaves, 3)
    assert_same(leaves(optimizer.parameters), before)


@pytest.mark.parametrize(
    "cls",
    [c for c in OPTIMIZERS if "eps_in_sqrt" in c.hyperparameters],
)
@pytest.mark.parametrize("inside", [True, False])
def test_zero_gradients_stand_still(cls, inside, make_model, leaves):
    # 0 / 0 is what eps is there for.
    optimizer = cls(make_model(), eps_in_sqrt=inside, weight_decay=0)
    before = copy(leaves(optimizer.parameters))
    optimizer.zero_grad()
    step(optimizer)
    assert_same(leaves(optimizer.parameters), before)
