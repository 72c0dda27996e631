"""Models of plain arrays, parts of a model, and several optimizers as one."""

import pickle

import numpy as np
import pytest

from npoptim import (
    SGD,
    Adam,
    AdamW,
    Arrays,
    ExponentialAverage,
    Groups,
    L1Optimizer,
    Optimizer,
    Part,
    RMSprop,
)
from npoptim.npnet import (
    CrossEntropy,
    Linear,
    ReLU,
    Sequential,
    compare,
    make_garments,
    sweep,
    train_fashion_mnist,
)
from npoptim.optimizer import is_built_on


def is_bias(layer, name):
    return name == "bias"


def is_weight(layer, name):
    return name == "weight"


def network(seed=0, dtype=np.float64):
    return Sequential(
        Linear(784, 8, rng=seed, dtype=dtype), ReLU(), Linear(8, 10, rng=1, dtype=dtype)
    )


def parameters(model):
    return [w.copy() for layer in model._parameters for w in layer.values()]


@pytest.fixture(scope="module")
def garments():
    images, labels = make_garments("train", 300)
    return images.astype(np.float64), labels


# Arrays


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_arrays_of_floats_are_kept(dtype):
    w = np.ones((2, 3), dtype)
    model = Arrays(w=w)
    assert model.parameters["w"] is w
    assert model.gradients["w"].dtype == dtype
    assert model.gradients["w"].shape == (2, 3)
    assert not model.gradients["w"].any()


@pytest.mark.parametrize("value", [3, [1, 2], np.arange(3), np.True_, 0.5])
def test_anything_else_becomes_float64(value):
    model = Arrays(w=value)
    assert model.parameters["w"].dtype == np.float64
    np.testing.assert_array_equal(model.parameters["w"], value)
    SGD(model).step()


def test_several_arrays_and_none():
    assert [*Arrays(b=1, a=2).parameters] == ["b", "a"]
    assert Arrays()._parameters == [{}]
    SGD(Arrays()).step()


@pytest.mark.parametrize("value", ["one", None, 1j, [1, "one"]])
def test_what_is_no_number(value):
    with pytest.raises(TypeError, match="w must hold real numbers, got"):
        Arrays(w=value)


# Part


def test_part_is_read_anew():
    model = network()
    part = Part(model, is_bias)
    assert [[*layer] for layer in part._parameters] == [["bias"], [], ["bias"]]
    assert part._parameters[2]["bias"] is model._parameters[2]["bias"]
    assert part._gradients[0]["bias"] is model._gradients[0]["bias"]
    model._parameters[0]["bias"] = new = np.ones(8)
    assert part._parameters[0]["bias"] is new


def test_part_by_layer():
    part = Part(network(), lambda layer, name: layer == 2)
    assert [[*layer] for layer in part._parameters] == [[], [], ["weight", "bias"]]


def test_part_needs_a_function():
    with pytest.raises(TypeError, match=r"chosen must be a function .* got 'bias'"):
        Part(network(), "bias")


def test_optimizer_on_a_part_leaves_the_rest():
    model = network()
    optimizer = SGD(Part(model, is_bias), lr=0.5)
    for layer in model._gradients:
        for g in layer.values():
            g[...] = 1
    before = parameters(model)
    optimizer.step()
    after = parameters(model)
    np.testing.assert_array_equal(after[0], before[0])
    np.testing.assert_array_equal(after[1], before[1] - 0.5)
    assert not is_built_on(optimizer, model)
    optimizer.zero_grad()
    assert not model._gradients[0]["bias"].any()
    assert model._gradients[0]["weight"].all()


# Groups


def group(model, lr=1e-3):
    """Adam with decay for the weights, momentum for the biases."""
    return Groups(
        AdamW(Part(model, is_weight), lr, weight_decay=0.1),
        SGD(Part(model, is_bias), lr, momentum=0.9),
    )


def fill(model, seed):
    rng = np.random.default_rng(seed)
    for layer in model._gradients:
        for g in layer.values():
            g[...] = rng.normal(size=g.shape)


def test_groups_equal_optimizers_on_models_of_their_own():
    together, apart = network(), network()
    optimizer = group(together)
    weights = Arrays(**{f"w{i}": apart._parameters[i]["weight"] for i in (0, 2)})
    biases = Arrays(**{f"b{i}": apart._parameters[i]["bias"] for i in (0, 2)})
    first = AdamW(weights, 1e-3, weight_decay=0.1)
    second = SGD(biases, 1e-3, momentum=0.9)
    for t in range(5):
        fill(together, t)
        for i in (0, 2):
            weights.gradients[f"w{i}"][...] = together._gradients[i]["weight"]
            biases.gradients[f"b{i}"][...] = together._gradients[i]["bias"]
        optimizer.step()
        first.step()
        second.step()
    assert optimizer.t == optimizer.optimizers[1].t == 5
    for w, expected in zip(parameters(together), parameters(apart), strict=True):
        np.testing.assert_array_equal(w, expected)


def test_groups_have_the_structure_of_the_model():
    model = network()
    optimizer = group(model)
    assert is_built_on(optimizer, model)
    assert [[*layer] for layer in optimizer.updates] == [
        [*layer] for layer in model._parameters
    ] or [sorted(layer) for layer in optimizer.updates] == [
        sorted(layer) for layer in model._parameters
    ]
    assert [[*layer] for layer in optimizer.state["m"]] == [["weight"], [], ["weight"]]
    assert [sorted(layer) for layer in optimizer.state["v"]] == [
        ["bias", "weight"], [], ["bias", "weight"],
    ]  # fmt: skip
    assert (
        repr(optimizer)
        == f"Groups({optimizer.optimizers[0]!r}, {optimizer.optimizers[1]!r})"
    )


def test_clear_and_pickle():
    model = network()
    optimizer = group(model)
    start = parameters(model)

    def run(optimizer):
        for t in range(3):
            fill(optimizer.model, t)
            optimizer.step()
        return parameters(optimizer.model)

    first = run(optimizer)
    loaded = pickle.loads(pickle.dumps(optimizer))
    for w, expected in zip(run(loaded), run(optimizer), strict=True):
        np.testing.assert_array_equal(w, expected)
    for w, old in zip(
        (w for layer in model._parameters for w in layer.values()), start, strict=True
    ):
        w[...] = old
    optimizer.clear()
    assert optimizer.t == optimizer.optimizers[0].t == 0
    for w, expected in zip(run(optimizer), first, strict=True):
        np.testing.assert_array_equal(w, expected)


def test_array_in_no_part_or_in_two():
    model = network()
    with pytest.raises(
        ValueError, match=r"layer 0, key 'bias' must be in one.*in none"
    ):
        Groups(SGD(Part(model, is_weight)))
    with pytest.raises(ValueError, match=r"key 'bias'.*those of optimizers \[0, 2\]"):
        Groups(
            SGD(Part(model, is_bias)),
            SGD(Part(model, is_weight)),
            SGD(Part(model, is_bias)),
        )


def test_parts_of_different_models():
    with pytest.raises(ValueError, match=r"optimizers\[1\] must be on a part of the"):
        Groups(SGD(Part(network(), is_bias)), SGD(Part(network(), is_weight)))


@pytest.mark.parametrize("wrong", [None, SGD, SGD(Arrays(w=1))], ids=repr)
def test_what_is_no_optimizer_on_a_part(wrong):
    with pytest.raises(TypeError, match=r"optimizers\[0\] must be an optimizer on a"):
        Groups(wrong)
    with pytest.raises(TypeError, match="at least one"):
        Groups()


def test_groups_have_no_rate():
    optimizer = group(network())
    for use in (lambda: optimizer.lr, lambda: setattr(optimizer, "lr", 0.5)):
        with pytest.raises(AttributeError, match=r"those of each .* optimizers\[i\]"):
            use()
    optimizer.optimizers[0].lr = 0.5
    assert optimizer.optimizers[0].lr == 0.5


def test_nothing_changes_where_one_group_is_wrong():
    model = network()
    optimizer = group(model)
    before = parameters(model)
    model._parameters[0]["bias"] = np.ones(3)
    model._gradients[0]["bias"] = np.ones(3)
    with pytest.raises(ValueError, match=r"layer 0, key 'bias'.*build a new one"):
        optimizer.step()
    np.testing.assert_array_equal(parameters(model)[0], before[0])
    assert optimizer.t == optimizer.optimizers[0].t == 0


def test_schedule_of_one_group():
    model = Arrays(a=1.0, b=1.0)
    optimizer = Groups(
        SGD(Part(model, lambda layer, name: name == "a"), lr=lambda t: 1 / t),
        SGD(Part(model, lambda layer, name: name == "b"), lr=1),
    )
    for g in model.gradients.values():
        g[...] = 1
    optimizer.step()
    optimizer.step()
    assert model.parameters["a"] == 1 - 1 - 0.5
    assert model.parameters["b"] == 1 - 1 - 1


def test_evaluation_of_one_group():
    class Averaged(ExponentialAverage, SGD):
        pass

    model = Arrays(weight=1.0, bias=1.0)
    optimizer = Groups(
        Averaged(Part(model, is_weight), lr=1, average_decay=0.5),
        SGD(Part(model, is_bias), lr=1),
    )
    for g in model.gradients.values():
        g[...] = 1
    optimizer.step()
    with optimizer.evaluation():
        # (1 + 0) / 2 for the average.
        assert [w.item() for w in model.parameters.values()] == [0.5, 0]
    assert [w.item() for w in model.parameters.values()] == [0, 0]


def test_wrappers_work_over_groups():
    class Averaged(ExponentialAverage, Groups):
        pass

    class Penalized(L1Optimizer, Groups):
        pass

    model = Arrays(weight=2.0, bias=2.0)
    parts = [Part(model, is_weight), Part(model, is_bias)]
    optimizer = Averaged(*(SGD(part, lr=1) for part in parts), average_decay=0.5)
    for g in model.gradients.values():
        g[...] = 1
    optimizer.step()
    assert [a.item() for a in optimizer.state["average"][0].values()] == [1.5, 1.5]
    optimizer = Penalized(*(SGD(part, lr=1) for part in parts), weight_decay=0.25)
    optimizer.step()
    assert [w.item() for w in model.parameters.values()] == [-0.25, -0.25]


def test_closure_reaches_the_group_that_needs_it():
    class Second(Optimizer):
        needs_closure = True

        def prepare(self):
            self.closure()

        def update(self, w, g):
            return -self.lr * g

    model = Arrays(weight=1.0, bias=1.0)
    optimizer = Groups(Second(Part(model, is_weight), lr=1), SGD(Part(model, is_bias)))
    with pytest.raises(TypeError, match="closure"):
        optimizer.step()

    def closure():
        model.gradients["weight"][...] = 3

    optimizer.step(closure)
    assert model.parameters["weight"] == -2


# In training and comparing


def test_training_takes_groups(garments):
    ends = []
    for build in (group, lambda model: two_steps(model)):
        model = network()
        train_fashion_mnist(
            model, CrossEntropy("mean"), build(model), *garments, epoch=2
        )
        ends.append(parameters(model))
    for w, expected in zip(*ends, strict=True):
        np.testing.assert_allclose(w, expected, rtol=0, atol=1e-12)


def two_steps(model):
    """Do what group() does with an optimizer of one's own."""
    first = AdamW(Part(model, is_weight), 1e-3, weight_decay=0.1)
    second = SGD(Part(model, is_bias), 1e-3, momentum=0.9)

    class Both(Optimizer):
        def get_updates(self):
            before = parameters(model)
            first.step()
            second.step()
            after = parameters(model)
            whole = [w for layer in model._parameters for w in layer.values()]
            us = [u for layer in self.updates for u in layer.values()]
            for w, u, old, new in zip(whole, us, before, after, strict=True):
                u[...] = new - old
                w[...] = old

    return Both(model)


def test_comparing_and_sweeping_take_groups(garments):
    result = compare(
        network(),
        CrossEntropy("mean"),
        {"groups": group, "Adam": lambda model: Adam(model)},
        *garments,
        epoch=2,
    )
    model = network()
    history = train_fashion_mnist(
        model, CrossEntropy("mean"), group(model), *garments, epoch=2, rng=0
    )
    assert result["groups"].failures == ("",)
    np.testing.assert_allclose(result["groups"].loss[0], history.loss, rtol=1e-12)
    swept = sweep(
        network(),
        CrossEntropy("mean"),
        {"groups": group},
        *garments,
        rates=[1e-3],
        epoch=2,
    )
    np.testing.assert_allclose(
        swept["groups"][1e-3].loss, result["groups"].loss, rtol=1e-12
    )


class Ascending(Optimizer):
    """Extragradient: step by the gradient at the point to which a step would lead."""

    needs_closure = True

    def prepare(self):
        ahead = [
            {name: w - self.lr * its[name] for name, w in layer.items()}
            for layer, its in zip(self.parameters, self.gradients, strict=True)
        ]
        with self.standing_at(ahead):
            self.loss = self.closure()

    def update(self, w, g):
        return -self.lr * g


def test_training_and_comparing_hand_the_closure(garments):
    criterion = CrossEntropy("mean")
    model = network()
    optimizer = Ascending(model, lr=0.1)
    history = train_fashion_mnist(
        model, criterion, optimizer, *garments, epoch=2, rng=0
    )
    # The same by hand.
    other = network()
    rng = np.random.default_rng(0)
    for _ in range(2):
        order = rng.permutation(300)
        for start in range(0, 300, 100):
            x, y = (a[order[start : start + 100]] for a in garments)
            points = parameters(other)
            arrays = [w for layer in other._parameters for w in layer.values()]
            for _ in range(2):
                criterion.forward(other.forward(x), y)
                SGD(other).zero_grad()
                other.backward(criterion.backward())
                gs = [g for layer in other._gradients for g in layer.values()]
                for w, point, g in zip(arrays, points, gs, strict=True):
                    w[...] = point - 0.1 * g
    for w, expected in zip(parameters(model), parameters(other), strict=True):
        np.testing.assert_allclose(w, expected, rtol=0, atol=1e-12)
    result = compare(
        network(),
        criterion,
        {"ahead": lambda model: Ascending(model, lr=0.1), "SGD": SGD},
        *garments,
        epoch=2,
    )
    np.testing.assert_allclose(result["ahead"].loss[0], history.loss, rtol=1e-12)
    rates = sweep(
        network(), criterion, {"ahead": Ascending}, *garments, rates=[0.1], epoch=2
    )
    np.testing.assert_allclose(rates["ahead"][0.1].loss[0], history.loss, rtol=1e-12)


def test_comparing_evaluates_at_the_average(garments):
    class Averaged(ExponentialAverage, RMSprop):
        pass

    images, labels = garments
    result = compare(
        network(),
        CrossEntropy("mean"),
        {
            "start": lambda model: Averaged(model, lr=1e-3, average_decay=0.999999),
            "end": lambda model: Averaged(model, lr=1e-3, average_decay=0),
        },
        *garments,
        epoch=10,
        test_images=images,
        test_labels=labels,
    )
    # The one average hardly leaves the start, the other is where the model stands.
    untrained = (network().forward(images).argmax(axis=1) == labels).mean()
    assert abs(result["start"].test_accuracy[0] - untrained) < 0.05
    trained = result["end"].models[0].forward(images).argmax(axis=1) == labels
    assert result["end"].test_accuracy[0] == trained.mean() > 0.4
    for one, other in zip(
        *(parameters(result[k].models[0]) for k in result), strict=True
    ):
        np.testing.assert_array_equal(one, other)
