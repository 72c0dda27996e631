"""The drawn garments: always the same, and about as hard as Fashion-MNIST."""

import numpy as np
import pytest

from npoptim.npnet import garments
from npoptim.npnet.garments import load_garments, make_garments


@pytest.fixture(scope="module")
def train():
    return make_garments("train", 5000)


@pytest.fixture(scope="module")
def test():
    return make_garments("test", 2000)


@pytest.mark.parametrize("kind", ["train", "test"])
@pytest.mark.parametrize("n", [1, 999, 1001])
def test_shapes_and_dtypes(kind, n):
    images, labels = make_garments(kind, n)
    assert images.shape == (n, 784)
    assert images.dtype == np.float32
    assert labels.shape == (n,)
    assert labels.dtype == np.int64


def test_default_number_of_test_images():
    images, labels = make_garments("test")
    assert images.shape == (10_000, 784)
    assert np.bincount(labels).tolist() == [1000] * 10


def test_default_number_of_training_images():
    images, labels = make_garments()
    assert images.shape == (60_000, 784)
    assert np.bincount(labels).tolist() == [6000] * 10


@pytest.mark.parametrize("n", [1, 1500, 2000])
def test_shorter_set_begins_longer_set(train, n):
    images, labels = make_garments("train", n)
    np.testing.assert_array_equal(images, train[0][:n])
    np.testing.assert_array_equal(labels, train[1][:n])


def test_no_image_occurs_twice(train, test):
    images = np.concatenate([train[0], test[0]])
    assert len({image.tobytes() for image in images}) == len(images)


def test_classes_are_balanced_and_mixed(train):
    labels = train[1]
    assert np.bincount(labels).tolist() == [500] * 10
    assert set(labels[:100]) == set(range(10))


def test_pixels_fit_the_constants(train):
    gray = 0.3530 * train[0].astype(np.float64) + 0.2860
    # Whole 256ths of a byte, white and black among them.
    np.testing.assert_allclose(255 * gray, np.round(255 * gray), atol=1e-3)
    assert gray.min() == pytest.approx(0, abs=1e-6)
    assert gray.max() == pytest.approx(1, abs=1e-6)
    # Fashion-MNIST: 0.286 and 0.353.
    assert gray.mean() == pytest.approx(0.286, abs=0.01)
    assert gray.std() == pytest.approx(0.353, abs=0.01)


def test_each_class_has_its_own_shape(train):
    """What a person sees at a glance, as the share of ink in parts of the image."""
    images, labels = train
    ink = (images.reshape(-1, 28, 28) > images.min()).astype(float)
    mean = np.array([ink[labels == label].mean(axis=0) for label in range(10)])
    tshirt, trouser, pullover, dress, coat, sandal, shirt, sneaker, bag, boot = mean
    # Trousers have a gap between the legs.
    assert trouser[22:26, 13:15].mean() < 0.6 < 0.9 < trouser[22:26, [9, 18]].mean()
    # Long sleeves reach further down than short ones.
    for long_sleeved in (pullover, coat):
        assert long_sleeved[17:21, 4].mean() > tshirt[17:21, 4].mean() + 0.2
    assert tshirt[17:21, 4].mean() < shirt[17:21, 4].mean() < coat[17:21, 4].mean()
    # A dress is narrower than a shirt, and widens downward.
    assert dress.sum(axis=1)[10:13].mean() < shirt.sum(axis=1)[10:13].mean()
    assert dress.sum(axis=1)[10] < dress.sum(axis=1)[25]
    # Shoes leave the top of the image empty, boots rise into it at the heel.
    for shoe in (sandal, sneaker):
        assert shoe[:4].mean() < 0.05
    assert boot[4:8, 18:22].mean() > 0.3 > boot[4:8, 2:6].mean()
    # A sandal is open above the heel, a sneaker closed.
    assert sandal[16, 18:24].mean() < 0.9 < 0.95 < sneaker[16, 18:24].mean()
    # A bag is wide below and has a handle above.
    assert bag[20, 6:22].mean() > 0.95
    assert 0.05 < bag[4:8].mean() < 0.6


def test_linear_classifier_is_about_as_good_as_on_the_real_set(train, test):
    """Softmax regression on Fashion-MNIST: 0.84."""
    (images, labels), (test_images, test_labels) = train, test
    targets = np.eye(10, dtype=np.float32)[labels]
    weights = np.zeros((784, 10), np.float32)
    for _ in range(10):
        for start in range(0, len(images), 100):
            x = images[start : start + 100]
            logits = x @ weights
            p = np.exp(logits - logits.max(axis=1, keepdims=True))
            p /= p.sum(axis=1, keepdims=True)
            weights -= 1e-4 * x.T @ (p - targets[start : start + 100])
    right = (test_images @ weights).argmax(axis=1) == test_labels
    assert 0.75 < right.mean() < 0.90
    # The tops are hard to tell apart, trousers are not.
    assert right[test_labels == 6].mean() < 0.7 < 0.9 < right[test_labels == 1].mean()


@pytest.mark.parametrize("kind", ["valid", None])
def test_bad_kind(kind):
    with pytest.raises(ValueError, match='kind must be "train" or "test"') as error:
        make_garments(kind)
    assert repr(kind) in str(error.value)


@pytest.mark.parametrize("n", [0, -1])
def test_n_below_one(n):
    with pytest.raises(ValueError, match=f"n must be at least 1, got {n}"):
        make_garments("train", n)


@pytest.mark.parametrize("n", [1.0, "10", True])
def test_n_of_another_type(n):
    with pytest.raises(TypeError, match="n must be an int"):
        make_garments("train", n)


def test_n_of_numpy():
    assert make_garments("test", np.int64(3))[0].shape == (3, 784)


def test_garments_are_drawn_where_the_real_ones_cannot_be_had(monkeypatch):
    def fail(kind):
        raise ConnectionError

    monkeypatch.setattr(garments, "load_fashion_mnist", fail)
    monkeypatch.setattr(garments, "SIZES", {"train": 30, "test": 20})
    data = load_garments()
    assert data.source == "drawn stand-in, not Fashion-MNIST"
    for kind, pair in (("train", data[:2]), ("test", data[2:4])):
        for got, expected in zip(pair, make_garments(kind), strict=True):
            np.testing.assert_array_equal(got, expected)
    assert (len(data.images), len(data.test_labels)) == (30, 20)


def test_the_real_ones_are_preferred(monkeypatch):
    sets = {"train": ("images", "labels"), "test": ("test images", "test labels")}
    monkeypatch.setattr(garments, "load_fashion_mnist", sets.get)
    assert load_garments() == (*sets["train"], *sets["test"], "Fashion-MNIST")


def test_damaged_files_are_not_replaced(monkeypatch):
    def fail(kind):
        raise ValueError("wrong SHA-256")

    monkeypatch.setattr(garments, "load_fashion_mnist", fail)
    with pytest.raises(ValueError, match="wrong SHA-256"):
        load_garments()
