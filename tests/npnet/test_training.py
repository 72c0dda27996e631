"""The training loop against a loop of a few lines, and what it refuses."""

import sys

import numpy as np
import pytest

from npoptim import LBFGS, SGD, Adam
from npoptim.npnet import (
    CrossEntropy,
    History,
    Linear,
    ReLU,
    Sequential,
    accuracy,
    train_fashion_mnist,
)

N, FEATURES, CLASSES = 23, 4, 3


def samples(seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(N, FEATURES)), rng.integers(0, CLASSES, N)


X, Y = samples()


def linear(seed=1):
    return Linear(FEATURES, CLASSES, rng=seed, dtype=np.float64)


def train(model, lr=0.05, reduction="sum", optimizer=SGD, **arguments):
    images, labels = samples()
    return train_fashion_mnist(
        model,
        CrossEntropy(reduction),
        optimizer(model, lr=lr),
        images,
        labels,
        **{"batch_size": 5, "epoch": 4, **arguments},
    )


def softmax_regression(lr, batch_size, epochs, orders=None):
    """Train by plain descent, one sample and one class at a time."""
    images, labels = samples()
    w = linear().parameters["weight"].copy()
    b = np.zeros(CLASSES)
    losses, shares = [], []
    for epoch in range(epochs):
        order = range(N) if orders is None else orders[epoch]
        loss, right = 0.0, 0
        for start in range(0, N, batch_size):
            dw, db = np.zeros_like(w), np.zeros_like(b)
            for i in order[start : start + batch_size]:
                z = [w[j] @ images[i] + b[j] for j in range(CLASSES)]
                p = np.exp(z) / np.exp(z).sum()
                loss -= np.log(p[labels[i]])
                right += np.argmax(z) == labels[i]
                for j in range(CLASSES):
                    error = p[j] - (j == labels[i])
                    dw[j] += error * images[i]
                    db[j] += error
            w -= lr * dw
            b -= lr * db
        losses.append(loss / N)
        shares.append(right / N)
    return w, b, losses, shares


# Numbers of size 1, summed over 23 samples in another order, through 20 steps.
ROUNDING = 1e-12


# 5 leaves a last batch of 3, 22 one of 1; 23 is one batch.
@pytest.mark.parametrize("batch_size", [1, 5, 22, 23])
def test_equals_a_loop_of_a_few_lines(batch_size):
    model = linear()
    history = train(model, batch_size=batch_size)
    w, b, losses, shares = softmax_regression(0.05, batch_size, 4)
    np.testing.assert_allclose(history.loss, losses, rtol=0, atol=ROUNDING)
    np.testing.assert_allclose(history.accuracy, shares, rtol=0, atol=ROUNDING)
    np.testing.assert_allclose(model.parameters["weight"], w, rtol=0, atol=ROUNDING)
    np.testing.assert_allclose(model.parameters["bias"], b, rtol=0, atol=ROUNDING)
    assert history.loss[-1] < history.loss[0]


def test_shuffled_equals_a_loop_in_that_order():
    rng = np.random.default_rng(7)
    orders = [rng.permutation(N) for _ in range(4)]
    model = linear()
    history = train(model, rng=7)
    w, _, losses, _ = softmax_regression(0.05, 5, 4, orders)
    np.testing.assert_allclose(history.loss, losses, rtol=0, atol=ROUNDING)
    np.testing.assert_allclose(model.parameters["weight"], w, rtol=0, atol=ROUNDING)


def test_mean_equals_sum_with_another_rate():
    # 23 is one batch, so every batch has the same size.
    by_sum, by_mean = linear(), linear()
    total = train(by_sum, lr=0.05, batch_size=23)
    mean = train(by_mean, lr=0.05 * 23, batch_size=23, reduction="mean")
    np.testing.assert_allclose(mean.loss, total.loss, rtol=0, atol=ROUNDING)
    np.testing.assert_allclose(
        by_mean.parameters["weight"],
        by_sum.parameters["weight"],
        rtol=0,
        atol=ROUNDING,
    )


def test_mean_loss_weighs_each_sample_the_same():
    # Without steps, the loss is the mean over all samples, short batch or not.
    images, labels = samples()
    expected = CrossEntropy("mean").forward(linear().forward(images), labels)
    for reduction in ("sum", "mean"):
        history = train(linear(), lr=0, reduction=reduction)
        np.testing.assert_allclose(history.loss, expected, rtol=1e-14)


def test_shuffling_is_reproducible():
    runs = []
    for rng in (3, 3, np.random.default_rng(3), 4, None):
        model = linear()
        train(model, rng=rng)
        runs.append(model.parameters["weight"])
    first, same, generator, other, unshuffled = runs
    np.testing.assert_array_equal(same, first)
    np.testing.assert_array_equal(generator, first)
    assert (other != first).any()
    assert (unshuffled != first).any()


def test_every_epoch_has_an_order_of_its_own():
    seen = []

    class Watching(Linear):
        def forward(self, x):
            seen.append(x[:, 0].tolist())
            return super().forward(x)

    train(Watching(FEATURES, CLASSES, rng=0, dtype=np.float64), epoch=3, rng=0)
    sizes = [5, 5, 5, 5, 3]
    assert [len(batch) for batch in seen] == 3 * sizes
    epochs = [sum(seen[i : i + 5], []) for i in (0, 5, 10)]  # noqa: RUF017
    expected = sorted(samples()[0][:, 0].tolist())
    assert [sorted(epoch) for epoch in epochs] == 3 * [expected]
    assert epochs[0] != epochs[1] != epochs[2]


@pytest.mark.parametrize("rng", [None, 0])
def test_global_state_is_neither_used_nor_changed(rng):
    np.random.seed(0)  # noqa: NPY002
    before = np.random.get_state()  # noqa: NPY002
    train(linear(), rng=rng)
    np.testing.assert_equal(np.random.get_state(), before)  # noqa: NPY002


def test_samples_are_not_changed():
    images, labels = samples()
    model = linear()
    train_fashion_mnist(
        model, CrossEntropy(), SGD(model), images, labels, 5, 2, rng=0
    )  # fmt: skip
    np.testing.assert_array_equal(images, samples()[0])
    np.testing.assert_array_equal(labels, samples()[1])


def test_history():
    history = train(linear(), epoch=6)
    assert type(history) is History
    assert history._fields == ("loss", "accuracy", "seconds")
    assert [array.shape for array in history] == [(6,)] * 3
    assert (history.seconds > 0).all()
    loss, *_ = history
    assert loss is history.loss


def test_defaults():
    rng = np.random.default_rng(0)
    images, labels = rng.normal(size=(201, FEATURES)), rng.integers(0, CLASSES, 201)
    model = linear()
    optimizer = SGD(model)
    history = train_fashion_mnist(model, CrossEntropy(), optimizer, images, labels)
    assert history.loss.shape == (25,)
    # Batches of 100, 100 and 1.
    assert optimizer.t == 25 * 3


def test_gradients_of_before_do_not_count():
    fresh, used = linear(), linear()
    used.gradients["weight"][...] = 1e6
    train(fresh)
    train(used)
    np.testing.assert_array_equal(used.parameters["weight"], fresh.parameters["weight"])


def test_learns_what_no_line_separates():
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float)
    labels = np.array([0, 1, 1, 0])
    model = Sequential(
        Linear(2, 8, rng=0, dtype=np.float64),
        ReLU(),
        Linear(8, 2, rng=1, dtype=np.float64),
    )
    assert accuracy(model, x, labels) < 1
    history = train_fashion_mnist(
        model, CrossEntropy(), Adam(model, lr=0.02), x, labels, 4, 200
    )
    assert accuracy(model, x, labels) == history.accuracy[-1] == 1
    assert history.loss[-1] < 0.05


def refuse(error, text, model=None, optimizer=None, samples=None, **arguments):
    model = linear() if model is None else model
    optimizer = SGD(model, lr=0.1) if optimizer is None else optimizer
    before = model.parameters["weight"].copy()
    with pytest.raises(error, match=text):
        train_fashion_mnist(
            model,
            CrossEntropy(),
            optimizer,
            *((X, Y) if samples is None else samples),
            **{"batch_size": 5, "epoch": 2, **arguments},
        )
    np.testing.assert_array_equal(model.parameters["weight"], before)


@pytest.mark.parametrize(
    ("name", "value", "error", "text"),
    [
        ("batch_size", 0, ValueError, "at least 1, got 0"),
        ("batch_size", -5, ValueError, "at least 1, got -5"),
        ("batch_size", 24, ValueError, r"in \[1, 23\], got 24"),
        ("batch_size", 5.0, TypeError, "an int of at least 1, got 5.0"),
        ("batch_size", True, TypeError, "got True"),
        ("batch_size", None, TypeError, "got None"),
        ("epoch", 0, ValueError, "at least 1, got 0"),
        ("epoch", -1, ValueError, "at least 1, got -1"),
        ("epoch", 2.0, TypeError, "an int of at least 1, got 2.0"),
        ("epoch", "2", TypeError, "got '2'"),
    ],
)
def test_bad_numbers(name, value, error, text):
    refuse(
        error, f"{name} must be {text}".replace("be got", "be .*got"), **{name: value}
    )


BAD_SAMPLES = {
    "int-images": ((X.astype(int), Y), TypeError, "images.*floats, got int64"),
    "byte-images": ((X.astype(np.uint8), Y), TypeError, "images.*got uint8"),
    "list-of-images": ((X.tolist(), Y), TypeError, "images.*got list"),
    "flat-images": ((X[:, 0], Y), ValueError, r"got \(23,\) and \(23,\)"),
    "square-images": ((X.reshape(N, 2, 2), Y), ValueError, r"got \(23, 2, 2\)"),
    "float-labels": ((X, Y.astype(float)), TypeError, "labels.*ints, got float64"),
    "bool-labels": ((X, Y > 0), TypeError, "labels.*got bool"),
    "list-of-labels": ((X, Y.tolist()), TypeError, "labels.*got list"),
    "fewer-labels": ((X, Y[1:]), ValueError, r"got \(23, 4\) and \(22,\)"),
    "one-hot-labels": ((X, np.eye(3, dtype=int)[Y]), ValueError, r"and \(23, 3\)"),
    "negative-labels": ((X, Y - 1), ValueError, "labels must be at least 0, got -1"),
    "none": ((X[:0], Y[:0]), ValueError, "n at least 1"),
}
each_bad = pytest.mark.parametrize(
    ("bad", "error", "text"), BAD_SAMPLES.values(), ids=BAD_SAMPLES.keys()
)


@each_bad
def test_bad_samples(bad, error, text):
    refuse(error, text, samples=bad)


@each_bad
def test_accuracy_of_bad_samples(bad, error, text):
    with pytest.raises(error, match=text):
        accuracy(linear(), *bad)


def test_label_beyond_the_classes():
    refuse(ValueError, r"labels must be in \[0, 3\)", samples=(X, Y + 3))


@pytest.mark.parametrize("other", ["same-shapes", "more-layers", "same-shapes-inside"])
def test_optimizer_of_another_model(other):
    model = linear()
    others = {
        "same-shapes": linear(),
        "more-layers": Sequential(linear(), ReLU()),
        "same-shapes-inside": Sequential(linear()),
    }
    refuse(
        ValueError,
        "optim must be built on the model",
        model=model,
        optimizer=SGD(others[other]),
    )


def test_optimizer_of_a_part_of_the_model():
    first = Linear(FEATURES, CLASSES, rng=0, dtype=np.float64)
    model = Sequential(first, Linear(CLASSES, CLASSES, rng=1, dtype=np.float64))
    before = first.parameters["weight"].copy()
    with pytest.raises(ValueError, match="optim must be built on the model"):
        train_fashion_mnist(
            model, CrossEntropy(), SGD(first), X, Y, batch_size=5, epoch=1
        )
    np.testing.assert_array_equal(first.parameters["weight"], before)


def test_optimizer_of_the_same_layers():
    # A Sequential of one layer has that layer's arrays.
    model = linear()
    history = train_fashion_mnist(
        Sequential(model), CrossEntropy(), SGD(model, lr=0.05), X, Y, 5, 4
    )
    np.testing.assert_array_equal(history.loss, train(linear()).loss)


def test_profile_without_tqdm(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    model = linear()
    before = model.parameters["weight"].copy()
    with pytest.raises(ImportError, match=r'pip install "npoptim\[gallery\]"'):
        train(model, profile=True)
    np.testing.assert_array_equal(model.parameters["weight"], before)
    train(model, profile=False)
    assert (model.parameters["weight"] != before).any()


def test_profile_changes_nothing_and_is_silent_without_a_terminal(capfd):
    pytest.importorskip("tqdm")
    watched, unwatched = linear(), linear()
    train(watched, profile=True)
    train(unwatched)
    np.testing.assert_array_equal(
        watched.parameters["weight"], unwatched.parameters["weight"]
    )
    assert capfd.readouterr() == ("", "")


def test_accuracy():
    model = Linear(2, 2, dtype=np.float64)
    model.parameters["weight"][...] = np.eye(2)
    # The larger feature wins; of equal ones, the first.
    x = np.array([[1, 0], [0, 1], [3, 2], [1, 1]], float)
    assert accuracy(model, x, np.array([0, 1, 0, 0])) == 1
    assert accuracy(model, x, np.array([0, 0, 0, 1])) == 0.5
    assert type(accuracy(model, x, np.array([1, 0, 1, 1]))) is float
    assert accuracy(model, x, np.array([1, 0, 1, 1])) == 0


@pytest.mark.parametrize("batch_size", [1, 3, 10, 49])
def test_all_right_is_exactly_one(batch_size):
    x = np.linspace(-1, 1, 49)[:, None] + 1e-3
    labels = (x[:, 0] > 0).astype(int)
    model = Linear(1, 2, dtype=np.float64)
    model.parameters["weight"][...] = [[-1], [1]]
    history = train_fashion_mnist(
        model, CrossEntropy(), SGD(model, lr=0), x, labels, batch_size, 1
    )
    assert history.accuracy[0] == accuracy(model, x, labels) == 1


def test_images_that_are_not_finite():
    images, labels = samples()
    images[7, 2] = np.nan
    model = linear()
    before = model.parameters["weight"].copy()
    with pytest.raises(ValueError, match=r"images must be finite, but images\[7\]"):
        train_fashion_mnist(model, CrossEntropy(), SGD(model), images, labels)
    np.testing.assert_array_equal(model.parameters["weight"], before)


def generator(kind="PCG64", seed=3):
    return np.random.Generator(getattr(np.random, kind)(seed))


@pytest.mark.parametrize("rng", [None, 3, "PCG64", "MT19937", "SFC64"])
@pytest.mark.parametrize("optimizer", [Adam, LBFGS])
@pytest.mark.parametrize("stops", [(1, 4), (2, 3, 4), (4, 4)])
def test_going_on_is_not_stopping(rng, optimizer, stops, tmp_path):
    def start():
        return generator(rng) if isinstance(rng, str) else rng

    model = linear()
    history = train(model, optimizer=optimizer, rng=start())
    for stop in stops:
        other = linear()
        resumed = train(
            other,
            optimizer=optimizer,
            rng=start(),
            epoch=stop,
            file=tmp_path / "training",
        )
        assert len(resumed.loss) == stop
    for name in ("loss", "accuracy"):
        np.testing.assert_array_equal(getattr(resumed, name), getattr(history, name))
    for name, w in model.parameters.items():
        np.testing.assert_array_equal(other.parameters[name], w)


def test_a_run_that_breaks_in_an_epoch_goes_on_from_the_last(tmp_path):
    model, other = linear(), linear()
    history = train(model, rng=3)
    calls = iter(range(100))

    class Breaking(SGD):
        def prepare(self):
            if next(calls) == 12:  # in the third epoch, of 5 batches each
                raise KeyboardInterrupt

    Breaking.__name__ = "SGD"
    file = tmp_path / "training"
    with pytest.raises(KeyboardInterrupt):
        train(other, optimizer=Breaking, rng=3, file=file)
    resumed = train(other, optimizer=Breaking, rng=3, file=file)
    np.testing.assert_array_equal(resumed.loss, history.loss)
    for name, w in model.parameters.items():
        np.testing.assert_array_equal(other.parameters[name], w)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"batch_size": 6}, "with batch_size 5, here 6"),
        ({"reduction": "mean"}, "with reduction sum, here mean"),
        ({"rng": None}, "with rng PCG64, here None"),
        ({"rng": generator("SFC64")}, "with rng PCG64, here SFC64"),
        ({"epoch": 1}, "epoch must be at least 2, as many as"),
        ({"optimizer": Adam}, r"\['class'\]"),
    ],
)
def test_file_of_another_training(arguments, message, tmp_path):
    file = tmp_path / "training"
    train(linear(), epoch=2, rng=3, file=file)
    data = file.read_bytes()
    model = linear()
    before = model.parameters["weight"].copy()
    with pytest.raises(ValueError, match=message):
        train(model, **{"epoch": 3, "rng": 3, "file": file, **arguments})
    np.testing.assert_array_equal(model.parameters["weight"], before)
    assert file.read_bytes() == data


def test_damaged_file(tmp_path):
    file = tmp_path / "training"
    train(linear(), epoch=1, file=file)
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(ValueError, match="is damaged"):
        train(linear(), epoch=2, file=file)
