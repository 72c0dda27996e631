"""The loss by hand, its gradient by differences, and numbers that overflow."""

import numpy as np
import pytest

from npoptim.npnet import CrossEntropy

LABELS = np.array([2, 0, 1, 2])


def logits(dtype=np.float64):
    return np.random.default_rng(0).normal(size=(4, 3)).astype(dtype)


def test_by_hand():
    # Odds 1 : 2 : 1 and 3 : 1 : 0+, so the probabilities are 1/2 and 3/4.
    z = np.log([[1.0, 2, 1], [3, 1, 1e-300]])
    criterion = CrossEntropy()
    loss = criterion.forward(z, np.array([1, 0]))
    assert type(loss) is float
    assert loss == pytest.approx(np.log(2) + np.log(4 / 3), rel=1e-15)
    expected = [[0.25, -0.5, 0.25], [-0.25, 0.25, 0]]
    np.testing.assert_allclose(criterion.backward(), expected, rtol=0, atol=1e-15)


@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_gradient_is_that_of_the_loss(reduction):
    z, h = logits(), 1e-5
    criterion = CrossEntropy(reduction)
    expected = np.zeros_like(z)
    for i in np.ndindex(z.shape):
        above, below = z.copy(), z.copy()
        above[i] += h
        below[i] -= h
        expected[i] = (
            criterion.forward(above, LABELS) - criterion.forward(below, LABELS)
        ) / (2 * h)
    criterion.forward(z, LABELS)
    # Rounding is 1e-15 / 1e-5, and what the difference leaves out is below h^2 / 6.
    np.testing.assert_allclose(criterion.backward(), expected, rtol=0, atol=1e-9)


def test_mean_is_the_sum_by_the_number_of_samples():
    total, mean = CrossEntropy("sum"), CrossEntropy("mean")
    loss = total.forward(logits(), LABELS)
    assert mean.forward(logits(), LABELS) == pytest.approx(loss / 4, rel=1e-15)
    np.testing.assert_allclose(mean.backward(), total.backward() / 4, rtol=1e-15)


def test_the_default_is_the_sum():
    expected = CrossEntropy("sum").forward(logits(), LABELS)
    assert CrossEntropy().forward(logits(), LABELS) == expected
    assert CrossEntropy().reduction == "sum"


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_huge_logits(dtype, reduction):
    z = np.array([[1e4, -1e4, 0], [1e4, -1e4, -1e4], [-1e4, -1e4, -1e4]], dtype)
    criterion = CrossEntropy(reduction)
    n = 3 if reduction == "mean" else 1
    with np.errstate(divide="raise", over="raise", invalid="raise"):
        loss = criterion.forward(z, np.array([1, 0, 2]))
    # 20,000 for the label that lies 20,000 below; 0; log 3 for equal logits.
    rounding = 1e-7 if dtype is np.float32 else 1e-15
    assert loss == pytest.approx((20_000 + np.log(3)) / n, rel=rounding)
    expected = np.array([[1, -1, 0], [0, 0, 0], [1 / 3, 1 / 3, -2 / 3]]) / n
    assert criterion.backward().dtype == dtype
    np.testing.assert_allclose(criterion.backward(), expected, rtol=0, atol=rounding)


def test_shift_of_all_logits_changes_nothing():
    criterion = CrossEntropy()
    # Quarters up to 1000 are exact, and so are their differences.
    z = np.array([[0.25, 1, -3], [2, 0.5, 0.75]])
    labels = np.array([0, 2])
    loss, dz = criterion.forward(z, labels), criterion.backward()
    assert criterion.forward(z + 1000, labels) == loss
    np.testing.assert_array_equal(criterion.backward(), dz)


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64])
def test_labels_of_any_ints(dtype):
    loss = CrossEntropy().forward(logits(), LABELS)
    assert CrossEntropy().forward(logits(), LABELS.astype(dtype)) == loss


def test_order_in_memory_changes_nothing():
    one, other = CrossEntropy(), CrossEntropy()
    loss = one.forward(np.ascontiguousarray(logits()), LABELS)
    assert other.forward(np.asfortranarray(logits()), LABELS) == loss
    np.testing.assert_array_equal(one.backward(), other.backward())


@pytest.mark.parametrize("order", ["C", "F"])
def test_arguments_are_not_changed(order):
    z, labels = logits().copy(order), LABELS.copy()
    CrossEntropy("mean").forward(z, labels)
    np.testing.assert_array_equal(z, logits())
    np.testing.assert_array_equal(labels, LABELS)


@pytest.mark.parametrize(
    ("labels", "text"), [([2, 0, 1, 3], "0 to 3"), ([2, 0, -1, 1], "-1 to 2")]
)
def test_labels_out_of_range(labels, text):
    with pytest.raises(ValueError, match=rf"labels must be in \[0, 3\), got {text}"):
        CrossEntropy().forward(logits(), np.array(labels))


@pytest.mark.parametrize("shape", [(3,), (5,), (4, 1), ()])
def test_labels_of_another_shape(shape):
    with pytest.raises(ValueError, match=r"labels must have shape \(4,\)"):
        CrossEntropy().forward(logits(), np.zeros(shape, int))


@pytest.mark.parametrize("dtype", [float, bool])
def test_labels_of_another_type(dtype):
    with pytest.raises(ValueError, match=f"be ints, got .* of {np.dtype(dtype)}"):
        CrossEntropy().forward(logits(), LABELS.astype(dtype))


@pytest.mark.parametrize("shape", [(4,), (4, 3, 1)])
def test_logits_of_another_shape(shape):
    with pytest.raises(ValueError):  # noqa: PT011  # the message is Python's
        CrossEntropy().forward(np.zeros(shape), LABELS)


@pytest.mark.parametrize("reduction", ["none", "SUM", None, 1], ids=repr)
def test_unknown_reduction(reduction):
    with pytest.raises(ValueError, match=f'"sum" or "mean", got {reduction!r}'):
        CrossEntropy(reduction)
