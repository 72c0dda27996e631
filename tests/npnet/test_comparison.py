"""The comparison against the training loop, its failures, and what it refuses."""

import sys
from time import perf_counter

import numpy as np
import pytest

from npoptim import SGD, Adagrad, Adam, AMSGrad, L1Optimizer, Optimizer, RMSprop
from npoptim.npnet import (
    Comparison,
    Contender,
    CrossEntropy,
    Linear,
    ReLU,
    Sequential,
    accuracy,
    compare,
    train_fashion_mnist,
)
from npoptim.npnet.stack import fits_a_stack

N, FEATURES, CLASSES, EPOCH = 23, 4, 3, 4
RNG = np.random.default_rng(5)
X = RNG.normal(size=(N, FEATURES))
Y = RNG.integers(0, CLASSES, N)
TEST_X, TEST_Y = RNG.normal(size=(9, FEATURES)), RNG.integers(0, CLASSES, 9)


class L1Adam(L1Optimizer, Adam):
    pass


BUILD = {
    "SGD": lambda model: SGD(model, lr=0.05, weight_decay=0.1),
    "Nesterov": lambda model: SGD(model, lr=0.01, momentum=0.9, nesterov=True),
    "Adagrad": lambda model: Adagrad(model, lr=0.1),
    "RMSprop": lambda model: RMSprop(model, lr=0.01),
    "AMSGrad": lambda model: AMSGrad(model, lr=0.01),
    "L1": lambda model: L1Adam(model, lr=0.01, weight_decay=0.1),
}


def linear():
    return Linear(FEATURES, CLASSES, rng=1, dtype=np.float64)


def network():
    return Sequential(
        Linear(FEATURES, 5, rng=1, dtype=np.float64),
        ReLU(),
        Linear(5, CLASSES, rng=2, dtype=np.float64),
    )


def nested():
    return Sequential(Sequential(ReLU(), network()))


class Doubled(Linear):
    """A layer of one's own, which computes no stacks."""

    def forward(self, x):
        assert x.ndim == self.parameters["weight"].ndim == 2
        return 2 * super().forward(x)

    def backward(self, dy):
        return super().backward(2 * dy)

    def add_gradients(self, dy):
        super().add_gradients(2 * dy)


class Halved(CrossEntropy):
    """A loss of one's own, which computes no stacks."""

    def forward(self, logits, labels):
        assert logits.ndim == 2
        return super().forward(logits, labels) / 2

    def backward(self):
        return super().backward() / 2


def run(optimizers=BUILD, model=None, criterion=None, **arguments):
    return compare(
        model or linear(),
        criterion or CrossEntropy(),
        optimizers,
        X,
        Y,
        **{"batch_size": 5, "epoch": EPOCH, **arguments},
    )


def arrays(model):
    return [w for layer in model._parameters for w in layer.values()]


@pytest.mark.parametrize("reduction", ["sum", "mean"])
@pytest.mark.parametrize("criterion", [CrossEntropy, Halved])
@pytest.mark.parametrize(
    "make",
    [
        linear,
        network,
        nested,
        lambda: Doubled(FEATURES, CLASSES, rng=1, dtype=np.float64),
    ],
)
def test_every_contender_does_what_it_does_alone(make, criterion, reduction):
    result = run(model=make(), criterion=criterion(reduction), seeds=(3, 8))
    for label, build in BUILD.items():
        for i, seed in enumerate((3, 8)):
            model = make()
            alone = train_fashion_mnist(
                model,
                criterion(reduction),
                build(model),
                X,
                Y,
                batch_size=5,
                epoch=EPOCH,
                rng=seed,
            )
            together = result[label]
            # Products of other shapes are added up in another order.
            np.testing.assert_allclose(together.loss[i], alone.loss, rtol=1e-12)
            np.testing.assert_array_equal(together.accuracy[i], alone.accuracy)
            for a, b in zip(arrays(together.models[i]), arrays(model), strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("make", [linear, ReLU, network, nested])
def test_known_layers_fit_a_stack(make):
    assert fits_a_stack(make())


@pytest.mark.parametrize("kind", [Linear, ReLU, Sequential])
def test_subclasses_fit_no_stack(kind):
    arguments = {Linear: (1, 1), ReLU: (), Sequential: (ReLU(),)}[kind]
    own = type("Own", (kind,), {})(*arguments)
    assert not fits_a_stack(own)
    assert not fits_a_stack(Sequential(ReLU(), Sequential(own)))


def test_rows_are_seeds_and_columns_epochs():
    result = run(seeds=(0, 1, 2))
    assert [*result] == [*BUILD]
    for contender in result.values():
        for values in (contender.loss, contender.accuracy, contender.seconds):
            assert values.shape == (3, EPOCH)
            assert np.isfinite(values).all()
        assert len(contender.models) == 3
        assert contender.failures == ("", "", "")
        assert len({*contender.loss[:, 0]}) == 3
        np.testing.assert_array_equal(contender.final_loss, contender.loss[:, 3])


def test_float32_stays_float32():
    model = Linear(FEATURES, CLASSES, rng=1)
    result = compare(
        model, CrossEntropy(), BUILD, X.astype(np.float32), Y, batch_size=5, epoch=1
    )
    for contender in result.values():
        assert {w.dtype for w in arrays(contender.models[0])} == {np.dtype(np.float32)}


def test_nothing_of_the_callers_changes():
    model, images, labels = network(), X.copy(), Y.copy()
    before = [w.copy() for w in arrays(model)]
    np.random.seed(0)  # noqa: NPY002  # is the global state left alone?
    state = np.random.get_state()[1].copy()  # noqa: NPY002
    compare(model, CrossEntropy(), BUILD, images, labels, batch_size=5, epoch=2)
    for a, b in zip(arrays(model), before, strict=True):
        np.testing.assert_array_equal(a, b)
    assert not any(g.any() for layer in model._gradients for g in layer.values())
    np.testing.assert_array_equal(images, X)
    np.testing.assert_array_equal(labels, Y)
    np.testing.assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002


def test_contenders_share_no_weights():
    result = run({"a": BUILD["SGD"], "b": BUILD["SGD"], "c": BUILD["Adagrad"]})
    a, b, c = (result[label].models[0] for label in "abc")
    for x, y, z in zip(arrays(a), arrays(b), arrays(c), strict=True):
        assert not np.shares_memory(x, y)
        np.testing.assert_array_equal(x, y)
        assert not np.allclose(x, z)


def test_test_accuracy_is_that_of_the_trained_model():
    result = run(test_images=TEST_X, test_labels=TEST_Y, seeds=(0, 1))
    for contender in result.values():
        expected = [accuracy(model, TEST_X, TEST_Y) for model in contender.models]
        np.testing.assert_array_equal(contender.test_accuracy, expected)
    assert np.isnan(run()["SGD"].test_accuracy).all()


def test_seconds_are_a_share_of_the_whole():
    started = perf_counter()
    result = run(epoch=3)
    elapsed = perf_counter() - started
    seconds = [contender.seconds.sum() for contender in result.values()]
    assert min(seconds) > 0
    assert sum(seconds) <= elapsed


# What goes wrong.


class Raising(SGD):
    """Raises in the second epoch."""

    def get_updates(self):
        super().get_updates()
        if self.t == 7:
            raise ArithmeticError("seven")


def other_model(model):
    return SGD(linear())


def not_built(model):
    return SGD(model, lr=-1)


FAILING = {
    "diverges": (lambda model: SGD(model, lr=1e3), "diverged in epoch 1", 0),
    "overflows": (lambda model: SGD(model, lr=1e200), "diverged in epoch 1", 0),
    "raises": (lambda m: Raising(m, lr=0.05), "ArithmeticError: seven", 1),
    "refuses": (not_built, "ValueError: lr must be in [0, inf), got -1", 0),
    "none": (
        lambda model: None,
        "TypeError: the function must return an Optimizer, got None",
        0,
    ),
    "another": (
        other_model,
        "ValueError: the function must build the optimizer on the model it is given",
        0,
    ),
}


@pytest.mark.parametrize("make", [linear, lambda: Doubled(FEATURES, CLASSES, rng=1)])
def test_one_that_fails_says_why_and_the_others_go_on(make):
    failing = {label: build for label, (build, *_) in FAILING.items()}
    arguments = {"test_images": TEST_X, "test_labels": TEST_Y, "model": make()}
    together = run({**failing, **BUILD}, **arguments)
    alone = run(**arguments)
    for label in BUILD:
        assert together[label].failures == ("",)
        for a, b in zip(together[label][:2], alone[label][:2], strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5 if make is not linear else 1e-12)
        np.testing.assert_array_equal(
            together[label].test_accuracy, alone[label].test_accuracy
        )
    for label, (_, failure, epochs) in FAILING.items():
        contender = together[label]
        assert contender.failures == (failure,)
        for values in (contender.loss, contender.accuracy, contender.seconds):
            assert np.isfinite(values[0, :epochs]).all()
            assert np.isnan(values[0, epochs:]).all()
        assert np.isnan(contender.test_accuracy).all()


def test_all_may_fail():
    result = run({"a": FAILING["overflows"][0], "b": FAILING["none"][0]}, seeds=(0, 1))
    assert result["a"].failures == ("diverged in epoch 1",) * 2
    assert np.isnan(result["b"].loss).all()


def test_a_loss_that_only_rises_a_little_has_not_diverged():
    result = run({"still": lambda model: SGD(model, lr=0)})
    assert result["still"].failures == ("",)
    np.testing.assert_allclose(np.ptp(result["still"].loss), 0, atol=1e-12)


@pytest.mark.parametrize(("scale", "diverges"), [(1.9, False), (2.1, True)])
def test_twice_the_loss_of_the_start_is_the_limit(scale, diverges):
    # One sample that the start gets wrong by 3: its loss is log(1 + e^3), and that
    # of logits which are x times as large log(1 + e^3x).
    model = Linear(1, 2, rng=0, dtype=np.float64)
    model.parameters["weight"][...] = [[0], [3]]
    start = np.log1p(np.exp(3))
    factor = np.log(np.expm1(scale * start)) / 3

    class Scaling(Optimizer):
        def update(self, w, g):
            return (factor - 1) * w * (self.t == 1)

    result = compare(
        model,
        CrossEntropy(),
        {"scaling": lambda model: Scaling(model)},
        np.ones((1, 1)),
        np.array([0]),
        batch_size=1,
        epoch=2,
    )
    assert (result["scaling"].failures == ("diverged in epoch 2",)) == diverges


def test_guessing_is_never_worse_than_the_limit():
    # A start that is nearly right may get much worse, as long as it is no worse than
    # twice guessing, 2 log 2.
    model = Linear(1, 2, rng=0, dtype=np.float64)
    model.parameters["weight"][...] = [[9], [0]]

    class Forgetting(Optimizer):
        def update(self, w, g):
            return -w

    result = compare(
        model,
        CrossEntropy(),
        {"forgetting": lambda model: Forgetting(model)},
        np.ones((1, 1)),
        np.array([0]),
        batch_size=1,
        epoch=2,
    )
    assert result["forgetting"].failures == ("",)
    np.testing.assert_allclose(result["forgetting"].final_loss, np.log(2))


def test_an_interrupt_before_anything_is_finished_ends_all():
    def interrupt(model):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run({"interrupt": interrupt})


class Interrupting(SGD):
    """The user presses Ctrl-C at a step."""

    left = 0

    def update(self, w, g, v):
        Interrupting.left -= 1
        if Interrupting.left == 0:
            raise KeyboardInterrupt
        return super().update(w, g, v)


# A step is on two arrays, and an epoch has 5 steps.
@pytest.mark.parametrize(
    ("at", "seeds", "finished", "message"),
    [
        (25, 1, 0, "epoch 3 of seed 0: 0 of 1 "),
        (11, 2, 0, "epoch 2 of seed 0: 0 of 2 "),
        (2 * 10 * EPOCH + 35, 3, 2, "epoch 4 of seed 2: 2 of 3 "),
    ],
)
@pytest.mark.parametrize("model", [linear(), Doubled(FEATURES, CLASSES, rng=1)])
def test_interrupted_comparison_keeps_what_is_finished(
    monkeypatch, at, seeds, finished, message, model
):
    expected = run(model=model, seeds=range(seeds))
    monkeypatch.setattr(Interrupting, "left", at)
    optimizers = {
        **BUILD,
        "interrupting": lambda model: Interrupting(model, lr=0.05),
        "none": lambda model: None,
    }
    with pytest.warns(UserWarning, match=message):
        result = run(optimizers, model, seeds=range(seeds))
    assert list(result) == list(optimizers)
    epochs = (at - 1) // 10 % EPOCH
    for label, contender in result.items():
        if label == "none":
            assert all(
                failure.startswith("TypeError") for failure in contender.failures
            )
        elif finished:
            assert contender.failures == ("",) * finished
        else:
            assert contender.failures == (f"interrupted in epoch {epochs + 1}",)
            assert np.isnan(contender.loss[0]).tolist() == [
                i >= epochs for i in range(EPOCH)
            ]
        if label in BUILD:
            rows, columns = (finished, EPOCH) if finished else (1, epochs)
            np.testing.assert_array_equal(
                contender.loss[:rows, :columns],
                expected[label].loss[:rows, :columns],
            )


# What is refused, before anything is built.


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"optimizers": {}}, ValueError, "optimizers must have at least one label"),
        ({"optimizers": [SGD]}, TypeError, "optimizers must be a dict .* got list"),
        ({"optimizers": {"a": 1}}, TypeError, r"optimizers\['a'\] .* got 1"),
        (
            {"optimizers": {"a": SGD(linear())}},
            TypeError,
            r"optimizers\['a'\] must be a function that builds",
        ),
        ({"batch_size": 0}, ValueError, "batch_size must be at least 1, got 0"),
        ({"batch_size": N + 1}, ValueError, rf"batch_size must be in \[1, {N}\]"),
        ({"batch_size": 1.5}, TypeError, "batch_size"),
        ({"epoch": 0}, ValueError, "epoch must be at least 1"),
        ({"seeds": ()}, ValueError, "seeds must have at least one"),
        ({"seeds": 3}, TypeError, "seeds must be a sequence of ints, got 3"),
        ({"seeds": "1"}, TypeError, "seeds must be ints .* got '1'"),
        ({"seeds": (0, -1)}, ValueError, "seeds must be ints of at least 0, got -1"),
        ({"seeds": (0.5,)}, TypeError, "seeds must be ints .* got 0.5"),
        ({"seeds": (True,)}, TypeError, "seeds must be ints .* got True"),
        ({"seeds": (None,)}, TypeError, "seeds must be ints .* got None"),
        ({"profile": "Fashion-MNIST"}, TypeError, "profile must be True or False"),
        ({"test_images": TEST_X}, ValueError, "must be given together"),
        ({"test_labels": TEST_Y}, ValueError, "must be given together"),
        (
            {"test_images": TEST_X[:, 1:], "test_labels": TEST_Y},
            ValueError,
            r"test_images of shape \(9, 3\)",
        ),
        (
            {"test_images": TEST_X, "test_labels": TEST_Y[1:]},
            ValueError,
            "test_images and test_labels must have the shapes",
        ),
        (
            {"test_images": TEST_X, "test_labels": TEST_Y + CLASSES},
            ValueError,
            "test_labels up to 5 must fit the model",
        ),
        ({"model": Linear(3, 3, rng=0)}, ValueError, r"images of shape \(23, 4\)"),
        ({"model": Linear(4, 2, rng=0)}, ValueError, "labels up to 2 must fit"),
    ],
)
def test_bad_input_is_refused_before_anything_is_built(arguments, error, message):
    def build(model):
        pytest.fail("built")

    with pytest.raises(error, match=message):
        run(**{"optimizers": {"a": build}, **arguments})


def test_a_progress_bar_needs_tqdm(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    with pytest.raises(ImportError, match="npoptim\\[gallery\\]"):
        run(profile=True)


def test_a_progress_bar_may_be_shown(capsys):
    run(profile=True)  # not on a terminal: nothing is printed
    assert capsys.readouterr() == ("", "")


# The table.


def contender(loss, failures, test=np.nan, right=0.5):
    loss = np.array(loss, dtype=float)
    return Contender(
        loss,
        np.full(loss.shape, right),
        np.where(np.isnan(loss), np.nan, 1.25),
        np.broadcast_to(test, len(loss)).astype(float),
        (None,) * len(loss),
        failures,
    )


NAN = np.nan


def test_a_table_of_one_seed():
    result = Comparison(
        {
            "SGD": contender([[0.7, 0.4694]], ("",)),
            "Momentum": contender([[0.6, NAN]], ("diverged in epoch 2",)),
        }
    )
    assert repr(result).splitlines() == [
        "           loss  accuracy  seconds",
        "SGD       0.469     0.500      2.5",
        "Momentum                            diverged in epoch 2",
    ]


def test_a_table_of_three_seeds_has_medians_of_those_that_ended():
    result = Comparison(
        {
            "a": contender([[3], [1], [2]], ("",) * 3, test=[0.1, 0.8, 0.9]),
            "b": contender(
                [[5], [NAN], [7]], ("", "diverged in epoch 1", ""), test=[0.4, NAN, 0.6]
            ),
            "c": contender([[NAN]] * 3, ("diverged in epoch 1",) * 2 + ("E: e",)),
        }
    )
    assert repr(result).splitlines() == [
        "    loss  lowest  highest  test accuracy  seconds",
        "a  2.000   1.000    3.000          0.800      1.2",
        "b  6.000   5.000    7.000          0.500      1.2  1 of 3 diverged in epoch 1",
        "c                                                  "
        "2 of 3 diverged in epoch 1, 1 of 3 E: e",
    ]


def test_labels_need_not_be_strings():
    table = repr(Comparison({("SGD", 0.1): contender([[1.0]], ("",))}))
    assert table.splitlines()[1].startswith("('SGD', 0.1)  1.000")


def test_an_unknown_label_is_named_beside_the_known():
    with pytest.raises(KeyError, match="no contender 'Adma', only SGD, Nesterov"):
        run()["Adma"]


def test_a_function_that_replaces_arrays_is_marked():
    def build(model):
        model.parameters["bias"] = model.parameters["bias"] + 1
        return SGD(model)

    result = run({"new": build})
    message = "ValueError: the function must change the model's arrays in place alone"
    assert result["new"].failures == (message,)
