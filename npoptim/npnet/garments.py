"""Drawn garments: a stand-in for Fashion-MNIST that needs no download."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from npoptim.hyperparameters import check_count
from npoptim.npnet.fashion_mnist import (
    check_kind,
    load_fashion_mnist,
    standardize,
)

SIZES = {"train": 60_000, "test": 10_000}
SEEDS = {"train": 0, "test": 1}
CHUNK = 1000  # images drawn at a time, a hundred of each class
SIDE = 28


class Garments(NamedTuple):
    """Images of garments to train and to test on, and where they are from."""

    images: np.ndarray
    """Training images, np.ndarray of float32, of shape (60000, 784)."""

    labels: np.ndarray
    """Their classes from 0 to 9, np.ndarray of int64, of shape (60000,)."""

    test_images: np.ndarray
    """Test images, np.ndarray of float32, of shape (10000, 784)."""

    test_labels: np.ndarray
    """Their classes, np.ndarray of int64, of shape (10000,)."""

    source: str
    """What they are, "Fashion-MNIST" or "drawn stand-in, not Fashion-MNIST"."""


def load_garments() -> Garments:
    """Load Fashion-MNIST, or draw garments where it cannot be had.

    Returns
    -------
    Garments
        Training and test set, and which of the two they are: to be printed with
        whatever comes out of them.

    Raises
    ------
    ValueError
        If the SHA-256 of a file is wrong: see
        :func:`~npoptim.npnet.load_fashion_mnist`.
    OSError
        If a file cannot be read, or kept in the cache.
    ImportError
        If Fashion-MNIST is to be downloaded and pooch is not installed.
    """
    try:
        train, test = load_fashion_mnist("train"), load_fashion_mnist("test")
    except ConnectionError:
        train, test = make_garments("train"), make_garments("test")
        return Garments(*train, *test, "drawn stand-in, not Fashion-MNIST")
    return Garments(*train, *test, "Fashion-MNIST")


Draw = Callable[[float, float], np.ndarray]
Range = tuple[float, float]


def make_garments(
    kind: str = "train", n: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Draw gray silhouettes of garments in the ten classes of Fashion-MNIST.

    A stand-in where Fashion-MNIST cannot be had: shapes, dtypes and classes are the
    same, pixels have nearly the same mean and standard deviation, and classes overlap
    so that a linear classifier gets about as many right, five in six. Results on it
    are not results on Fashion-MNIST.

    The images are the same at every call: each set has its own fixed seed. A shorter
    set is the beginning of a longer one.

    Parameters
    ----------
    kind : {"train", "test"}, default "train"
        The set to draw.
    n : int, optional
        The number of images, at least 1; 60,000 for "train" and 10,000 for "test"
        by default. Each thousand holds a hundred images of each class.

    Returns
    -------
    images : np.ndarray of float32, shape (n, 784)
        One image of 28 x 28 pixels per row, standardized as
        :func:`~npoptim.npnet.load_fashion_mnist` does.
    labels : np.ndarray of int64, shape (n,)
        The class of each image, 0 to 9, an index into :data:`~npoptim.npnet.GARMENTS`.

    Raises
    ------
    ValueError
        If ``kind`` is neither "train" nor "test", or if ``n`` is below 1.
    TypeError
        If ``n`` is not an integer.
    """
    check_kind(kind)
    n = SIZES[kind] if n is None else check_count("n", n)
    pixels = np.empty((n, SIDE * SIDE), np.uint8)
    labels = np.empty(n, np.int64)
    for start in range(0, n, CHUNK):
        rng = np.random.default_rng([SEEDS[kind], start // CHUNK])
        chunk, classes = _draw_chunk(rng)
        # The last chunk may be cut short by the end of the arrays.
        pixels[start : start + CHUNK] = chunk[: n - start]
        labels[start : start + CHUNK] = classes[: n - start]
    return standardize(pixels), labels


def _draw_chunk(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw ``CHUNK`` images, as bytes, and their labels, in random order."""
    labels = rng.permutation(np.arange(CHUNK) % len(DRAWERS))
    pixels = np.empty((CHUNK, SIDE * SIDE), np.uint8)
    for label, drawer in enumerate(DRAWERS):
        mine = labels == label
        count = int(mine.sum())

        def draw(low: float, high: float, count: int = count) -> np.ndarray:
            """Draw one number per image, uniform, to broadcast over its pixels."""
            return rng.uniform(low, high, (count, 1, 1)).astype(np.float32)

        x, y = _frame(draw)
        ink = drawer(x, y, draw) * _cloth(x, y, draw, rng)
        pixels[mine] = np.clip(255 * ink, 0, 255).reshape(count, -1)
    return pixels, labels


# Geometry. An image is the square from -1 to 1, x to the right and y down. A shape is
# an array of distances to its edge, positive inside: np.minimum is intersection,
# np.maximum union, and a minus sign the complement. x, y and shapes are of shape
# (count, 28, 28), a measure drawn for each image of shape (count, 1, 1).


def _frame(draw: Draw) -> tuple[np.ndarray, np.ndarray]:
    """Return the pixels' x and y, a little shifted, scaled, turned and sheared."""
    line = ((np.arange(SIDE) - (SIDE - 1) / 2) / (SIDE / 2)).astype(np.float32)
    x = (line - draw(-0.06, 0.06)) * draw(0.9, 1.1)
    y = (line[:, None] - draw(-0.06, 0.06)) * draw(0.95, 1.08)
    return x + draw(-0.06, 0.06) * y, y + draw(-0.04, 0.04) * x


def _cover(shape: np.ndarray) -> np.ndarray:
    """Return the share of each pixel that a shape covers."""
    return np.clip(shape * (SIDE / 2) + 0.5, 0, 1)


def _fade(ink: np.ndarray, share: np.ndarray, shape: np.ndarray) -> np.ndarray:
    """Return ``ink`` with a share of it taken away inside a shape."""
    return ink * (1 - share * _cover(shape))


def _disc(
    x: np.ndarray, y: np.ndarray, radius_x: np.ndarray, radius_y: np.ndarray
) -> np.ndarray:
    """Return an ellipse about the origin."""
    u, v = x / radius_x, y / radius_y
    return (1 - np.sqrt(u * u + v * v)) * np.minimum(radius_x, radius_y)


def _band(
    x: np.ndarray, y: np.ndarray, u: np.ndarray, v: np.ndarray, radius: np.ndarray
) -> np.ndarray:
    """Return a stroke with round ends from the origin to (u, v)."""
    t = np.clip((x * u + y * v) / (u * u + v * v), 0, 1)
    x, y = x - t * u, y - t * v
    return radius - np.sqrt(x * x + y * y)


def _cloth(
    x: np.ndarray, y: np.ndarray, draw: Draw, rng: np.random.Generator
) -> np.ndarray:
    """Return the brightness of the cloth."""
    tone = 1 - 0.7 * draw(0, 1) ** 2
    light = 1 + draw(-0.2, 0.2) * x + draw(-0.2, 0.2) * y
    wave = np.abs(np.where(draw(-1, 1) < 0, x, y) * draw(2, 5) % 1 - 0.5)
    stripes = 1 - np.maximum(draw(-1.6, 1), 0) * 2 * wave
    grain = 1 + draw(0, 0.5) * (rng.random(x.shape, np.float32) - 0.5)
    spot = _disc(x, y - draw(-0.4, 0.2), draw(0.15, 0.35), draw(0.1, 0.3))
    return _fade(tone * light * stripes * grain, np.maximum(draw(-2, 0.8), 0), spot)


def _top(
    x: np.ndarray,
    y: np.ndarray,
    draw: Draw,
    width: Range,
    sleeve: Range,
    reach: Range,
    neck: Range,
    front: float,
) -> np.ndarray:
    """Return a garment for the trunk, its measures drawn from the given ranges.

    ``width`` is half the width of the body, ``sleeve`` the length of the sleeves,
    ``reach`` how far they stand off, ``neck`` the depth of the neckline, and ``front``
    the greatest contrast of a line down the front.
    """
    arm, half, length = np.abs(x), draw(*width), draw(*sleeve)
    body = np.minimum(half + draw(-0.03, 0.08) * y - arm, draw(0.8, 1.02) - y)
    body = np.minimum(body, y + 1.02 - 0.35 * arm)
    sleeves = _band(
        arm - half + 0.1, y + 0.66, draw(*reach) * length, 1.5 * length, draw(0.12, 0.2)
    )
    collar = _disc(x, y + 1, draw(0.15, 0.28), draw(*neck))
    ink = _cover(np.minimum(np.maximum(body, sleeves), -collar))
    seams = np.minimum(0.03 - np.abs(body), y + 0.5)
    line = draw(0.01, 0.05) - np.abs(x - draw(-0.05, 0.05))
    return _fade(_fade(ink, draw(0, 0.5), seams), draw(0, front), line)


def _tshirt(x: np.ndarray, y: np.ndarray, draw: Draw) -> np.ndarray:
    return _top(x, y, draw, (0.32, 0.56), (0.02, 0.6), (0.3, 1.1), (0.08, 0.35), 0.1)


def _pullover(x: np.ndarray, y: np.ndarray, draw: Draw) -> np.ndarray:
    return _top(x, y, draw, (0.4, 0.58), (0.75, 1.05), (0.1, 0.45), (0.05, 0.25), 0.2)


def _coat(x: np.ndarray, y: np.ndarray, draw: Draw) -> np.ndarray:
    return _top(x, y, draw, (0.44, 0.6), (0.8, 1.1), (0.1, 0.35), (0.02, 0.25), 0.7)


def _shirt(x: np.ndarray, y: np.ndarray, draw: Draw) -> np.ndarray:
    return _top(x, y, draw, (0.38, 0.56), (0.1, 1.2), (0.1, 0.6), (0.05, 0.3), 0.5)


def _trouser(x: np.ndarray, y: np.ndarray, draw: Draw) -> np.ndarray:
    down = (y + 1) / 2
    hip, spread = draw(0.28, 0.46), draw(0.02, 0.12)
    thick = hip / 2 * (1 - draw(0, 0.4) * down)
    legs = thick - np.abs(np.abs(x) - hip / 2 - spread * down)
    seat = np.minimum(hip + 0.05 * down - np.abs(x), draw(-0.7, -0.3) - y)
    ends = np.minimum(y + draw(0.95, 1.05), draw(0.9, 1.05) - y)
    return _cover(np.minimum(np.maximum(legs, seat), ends))


def _dress(x: np.ndarray, y: np.ndarray, draw: Draw) -> np.ndarray:
    arm, waist, length = np.abs(x), draw(0.18, 0.4), draw(0.02, 0.8)
    half = waist + np.maximum((y + 0.25) * draw(0, 0.4), (y + 0.25) * -0.1)
    body = np.minimum(half - arm, y + 1.02 - 0.3 * arm)
    sleeves = _band(
        arm - waist, y + 0.7, draw(0, 0.5) * length, 1.5 * length, draw(0.06, 0.12)
    )
    collar = _disc(x, y + 1, draw(0.1, 0.2), draw(0.05, 0.4))
    cut = np.minimum(draw(0.85, 1.05) - y, -collar)
    return _cover(np.minimum(np.maximum(body, sleeves), cut))


# Footwear points to the left and stands on the floor.


def _sandal(x: np.ndarray, y: np.ndarray, draw: Draw) -> np.ndarray:
    floor, heel, strap = draw(0.3, 0.65), draw(0, 0.7), draw(0.02, 0.15)
    sole = floor - heel * np.clip(x * 0.8 + 0.3, 0, 1)
    bed = np.minimum(draw(0.05, 0.2) - np.abs(y - sole), 0.92 - np.abs(x))
    post = np.minimum(np.minimum(x - draw(0.2, 0.85), 0.92 - x), y - sole)
    toes = _disc(x + draw(0.3, 0.6), y - sole, draw(0.2, 0.4), draw(0.2, 0.6))
    ankle = _disc(x - 0.55, y - sole, draw(0.25, 0.35), draw(0.2, 0.9))
    across = _band(x + 0.4, y - floor + 0.2, draw(0.6, 1), -heel - draw(0, 0.3), strap)
    straps = np.maximum(strap - np.minimum(np.abs(toes), np.abs(ankle)), across)
    upper = np.minimum(straps, sole - y)
    shape = np.maximum(np.maximum(bed, post), upper)
    return _cover(np.minimum(shape, floor - y))


def _sneaker(x: np.ndarray, y: np.ndarray, draw: Draw) -> np.ndarray:
    floor, height = draw(0.3, 0.6), draw(0.5, 1.0)
    toe = _disc(x + 0.42, y - floor, draw(0.5, 0.58), draw(0.25, 0.5))
    slope = y - floor + height - draw(0.5, 0.9) * np.maximum(0.35 - x, 0)
    heel = np.minimum(slope * 0.8, np.minimum(x + 0.8, 0.93 - 0.05 * y - x))
    mouth = _disc(x - 0.6, y - floor + height, draw(0.2, 0.35), draw(0.05, 0.2))
    ink = _cover(np.minimum(np.maximum(toe, np.minimum(heel, -mouth)), floor - y))
    return _fade(ink, draw(-0.4, 0.9), y - floor + draw(0.06, 0.2))


def _boot(x: np.ndarray, y: np.ndarray, draw: Draw) -> np.ndarray:
    floor, height, shin = draw(0.55, 1), draw(0.9, 2), draw(-0.3, 0.15)
    toe = _disc(x + 0.42, y - floor, draw(0.5, 0.58), draw(0.3, 0.6))
    slope = y - floor + draw(0.6, 0.9) - draw(0.5, 0.9) * (shin - x)
    foot = np.minimum(slope * 0.8, np.minimum(x + 0.8, shin + 0.1 - x))
    shaft = np.minimum(np.minimum(x - shin, draw(0.7, 0.95) - x), y - floor + height)
    arch = _disc(x - draw(0, 0.3), y - floor, draw(0.1, 0.4), draw(0.02, 0.3))
    shape = np.maximum(np.maximum(toe, foot), shaft)
    return _cover(np.minimum(shape, np.minimum(floor - y, -arch)))


def _bag(x: np.ndarray, y: np.ndarray, draw: Draw) -> np.ndarray:
    top, bottom = draw(-0.9, 0), draw(0.6, 1)
    half = draw(0.6, 0.98) + draw(-0.15, 0.15) * y
    body = np.minimum(half - np.abs(x), np.minimum(y - top, bottom - y))
    ring = draw(0.03, 0.1) - np.abs(_disc(x, y - top, draw(0.2, 0.7), draw(0.05, 0.9)))
    flap = 0.03 - np.abs(y - top - draw(0.1, 0.5))
    ink = _cover(np.maximum(body, np.minimum(ring, top - y)))
    return _fade(ink, draw(0, 0.6), flap)


# In the order of the labels.
DRAWERS = (
    _tshirt,
    _trouser,
    _pullover,
    _dress,
    _coat,
    _sandal,
    _shirt,
    _sneaker,
    _bag,
    _boot,
)
