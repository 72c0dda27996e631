"""The sweep against the comparison, what it says of hand-made losses, and refusals."""

import numpy as np
import pytest

from npoptim import SGD, Adam
from npoptim.npnet import (
    Contender,
    CrossEntropy,
    Linear,
    Sweep,
    compare,
    recommend,
    sweep,
)

RNG = np.random.default_rng(6)
X, Y = RNG.normal(size=(17, 4)), RNG.integers(0, 3, 17)
BUILD = {
    "SGD": lambda model, lr: SGD(model, lr),
    "Adam": lambda model, lr: Adam(model, lr),
}
NAN = np.nan


def linear():
    return Linear(4, 3, rng=1, dtype=np.float64)


def run(optimizers=BUILD, rates=(0.01, 0.1, 1e3), **arguments):
    return sweep(
        linear(),
        CrossEntropy(),
        optimizers,
        X,
        Y,
        rates,
        **{"batch_size": 5, "epoch": 2, **arguments},
    )


def swept(losses, rates=(0.001, 0.01, 0.1, 1.0)):
    """Make a sweep of final losses: for each label, rates by seeds."""
    return Sweep(
        {
            label: {
                rate: Contender(
                    np.array([[9.0, value] for value in row], dtype=float),
                    *[np.full((len(row), 2), 0.5)] * 2,
                    np.full(len(row), NAN),
                    (None,) * len(row),
                    tuple(
                        "diverged in epoch 2" if np.isnan(value) else ""
                        for value in row
                    ),
                )
                for rate, row in zip(rates, rows, strict=True)
            }
            for label, rows in losses.items()
        }
    )


def test_every_rate_is_a_contender_of_one_comparison():
    result = run(seeds=(3, 4))
    assert [*result] == ["SGD", "Adam"]
    np.testing.assert_array_equal(result.rates, [0.01, 0.1, 1e3])
    for label, build in BUILD.items():
        for rate in (0.01, 0.1):
            alone = compare(
                linear(),
                CrossEntropy(),
                {"alone": lambda model, build=build, rate=rate: build(model, rate)},
                X,
                Y,
                batch_size=5,
                epoch=2,
                seeds=(3, 4),
            )["alone"]
            np.testing.assert_allclose(result[label][rate].loss, alone.loss, rtol=1e-12)
    assert result.diverges_from("SGD") == 1e3


def test_losses_have_a_row_for_each_rate():
    result = swept({"a": [(4, 5), (3, NAN), (2, 1), (NAN, NAN)]})
    np.testing.assert_array_equal(
        result.loss("a"), [(4, 5), (3, NAN), (2, 1), (NAN, NAN)]
    )


def test_the_best_rate_has_the_lowest_median_and_no_failure():
    # Medians 5, 2, 3, and at 1.0 the low ones do not count: one seed failed.
    losses = [(5, 5, 5), (9, 1, 2), (3, 3, 3), (0.1, 0.1, NAN)]
    result = swept({"a": losses})
    assert result.best("a") == 0.01
    assert result.diverges_from("a") == 1.0


def test_without_an_end_there_is_no_best_rate():
    result = swept({"a": [(NAN,)] * 4})
    assert result.best("a") is None
    assert result.safe_range("a") is None
    assert result.diverges_from("a") == 0.001
    assert repr(result).splitlines()[1] == "a                               0.001"


@pytest.mark.parametrize(
    ("losses", "expected"),
    [
        ((1.0, 1.09, 1.2, 1.0), (0.001, 0.01)),  # the last is beyond an unsafe one
        ((1.11, 1.0, 1.09, 1.09), (0.01, 1.0)),
        ((1.11, 1.0, 1.11, 1.0), (0.01, 0.01)),
        ((1.09, 1.0, NAN, 1.0), (0.001, 0.01)),
        ((1.05, 1.05, 1.0, 1.05), (0.001, 1.0)),
    ],
)
def test_safe_rates_lie_about_the_best(losses, expected):
    result = swept({"a": [(loss,) for loss in losses]})
    assert result.safe_range("a") == expected


def test_what_raises_has_not_diverged():
    def refuse(model, lr):
        if lr > 0.05:
            raise ArithmeticError("too large")
        return SGD(model, lr)

    result = run({"a": refuse})
    assert result.best("a") == 0.01
    assert result.diverges_from("a") is None
    assert result["a"][0.1].failures == ("ArithmeticError: too large",)


def test_the_table():
    result = swept(
        {
            "SGD": [(4, 5), (3, 3), (1.0, 1.1), (NAN, 2)],
            "Adagrad": [(4, 5), (3, 3), (2, 2), (2.1, 2.1)],
        },
        rates=(0.0003162, 0.01, 0.1, 1e3),
    )
    assert repr(result).splitlines() == [
        "         best rate   loss   safe rates  diverges",
        "SGD            0.1  1.050   0.1 to 0.1  1000",
        "Adagrad        0.1  2.000  0.1 to 1000",
    ]


def test_the_lowest_safe_rate_of_the_lowest_loss_is_recommended():
    choice = recommend(
        swept(
            {
                "SGD": [(4, 4, 4), (3, 3, 3), (1.6, 1.5, 1.7), (NAN, 2, 2)],
                "Adam": [(2, 2, 2), (1.05, 1.06, 1.04), (1, 1.3, 0.9), (3, 3, 3)],
            }
        )
    )
    assert (choice.label, choice.lr) == ("Adam", 0.01)
    assert repr(choice) == choice.reason
    assert choice.reason == (
        "Adam at 0.01: the lowest loss, 1.000, was that of Adam at 0.1, and 0.01 is "
        "the lowest rate that comes within 10 % of it. "
        "Over 3 seeds the loss was 0.900 to 1.300."
    )


def test_a_contender_within_the_range_of_the_seeds_is_no_worse():
    choice = recommend(
        swept(
            {
                "Adam": [(9, 9), (1.0, 1.2), (9, 9), (9, 9)],
                "SGD": [(9, 9), (9, 9), (1.2, 1.3), (9, 9)],
                "Adagrad": [(1.21, 1.22), (9, 9), (9, 9), (9, 9)],
            }
        )
    )
    assert choice.reason == (
        "Adam at 0.01: the lowest loss, 1.100. Over 2 seeds the loss was 1.000 to "
        "1.200. Not told apart from it: SGD at 0.1 (1.200 to 1.300)."
    )


@pytest.mark.parametrize(
    ("losses", "says"),
    [
        ((1, 2, 3, 4), "0.001 was the lowest rate: the best may be below it."),
        ((4, 3, 2, 1), "1 was the highest rate: the best may be above it."),
    ],
)
def test_an_end_of_the_rates_is_no_optimum(losses, says):
    choice = recommend(swept({"a": [(loss,) for loss in losses]}))
    assert choice.reason.endswith(
        f"One seed: no telling how much of the difference is chance. {says}"
    )


def test_nothing_is_recommended_if_all_failed():
    with pytest.raises(ValueError, match="swept must have a run that came to its end"):
        recommend(swept({"a": [(NAN,)] * 4}))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"rates": ()}, ValueError, "rates must have at least one, got none"),
        ({"rates": 0.1}, TypeError, "rates must be a sequence of numbers, got 0.1"),
        ({"rates": ("a",)}, TypeError, "rates must be numbers above 0, got 'a'"),
        ({"rates": (True,)}, TypeError, "rates must be numbers above 0, got True"),
        ({"rates": (0, 1)}, ValueError, "rates must rise, above 0 and finite"),
        ({"rates": (-1,)}, ValueError, "rates must rise, above 0 and finite"),
        ({"rates": (1, 1)}, ValueError, "rates must rise, above 0 and finite"),
        ({"rates": (2, 1)}, ValueError, "rates must rise, above 0 and finite"),
        ({"rates": (1, np.inf)}, ValueError, "rates must rise, above 0 and finite"),
        ({"rates": (np.nan,)}, ValueError, "rates must rise, above 0 and finite"),
        ({"optimizers": {}}, ValueError, "optimizers must have at least one label"),
        ({"optimizers": {"a": 1}}, TypeError, r"optimizers\['a'\]"),
        ({"batch_size": 99}, ValueError, r"batch_size must be in \[1, 17\]"),
        ({"seeds": ()}, ValueError, "seeds must have at least one"),
    ],
)
def test_bad_input_is_refused_before_anything_is_built(arguments, error, message):
    def build(model, lr):
        pytest.fail("built")

    with pytest.raises(error, match=message):
        run(**{"optimizers": {"a": build}, **arguments})


def test_an_unknown_label_is_named_beside_the_known():
    with pytest.raises(KeyError, match="no optimizer 'Adma', only SGD, Adam"):
        run().best("Adma")
