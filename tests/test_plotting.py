import importlib.util
import sys
from itertools import combinations, pairwise, product
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from npoptim.npnet import Comparison, Contender, Sweep
from npoptim.plotting import (
    COLORS,
    loss_curves,
    shades,
    styles,
    sweep_curves,
    trajectories,
    weight_images,
)
from npoptim.problems import AdamCounterexample, Quadratic, Rosenbrock

NAN = float("nan")
NAMES = ["SGD", "Momentum", "Nesterov", "Adagrad", "RMSprop", "Adam", "AdamW"]
NAMES += ["AMSGrad", "PaperAdam"]


@pytest.fixture(autouse=True)
def agg():
    with mpl.rc_context():
        plt.switch_backend("agg")
        yield
    plt.close("all")


@pytest.fixture
def axes():
    return Figure().subplots()


def contender(*losses, failures=None):
    """Return a contender whose accuracies are a tenth of its losses."""
    loss = np.array(losses, float)
    unknown = np.full(len(loss), NAN)
    failures = failures or ("",) * len(loss)
    return Contender(loss, loss / 10, loss, unknown, (), failures)


def band(axes):
    """Return the lower and the upper edge of the one band, by x."""
    (collection,) = axes.collections
    points = collection.get_paths()[0].vertices
    return [
        [edge(points[points[:, 0] == x, 1]) for x in np.unique(points[:, 0])]
        for edge in (min, max)
    ]


def legend(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


COMPARISON = Comparison(
    {
        "SGD": contender([5, 4, 3], [3, 2, 1], [4, 2.5, 2]),
        "Adam": contender([4, NAN, NAN], failures=("diverged in epoch 2",)),
        "mine": contender([NAN, NAN, NAN], failures=("ValueError: no",)),
    }
)
SWEPT = Sweep(
    {
        "SGD": {
            0.1: contender([5, 4], [7, 6], [6, 5]),
            1: contender([3, 2], [2, 1], [5, 4]),
            10: contender([NAN, NAN], [3, 2], [3, 2], failures=("diverged", "", "")),
        },
        "Adam": {
            rate: contender([NAN, NAN], failures=("diverged in epoch 1",))
            for rate in (0.1, 1, 10)
        },
    }
)


# What all have in common

DRAWINGS = {
    "loss_curves": lambda axes=None: loss_curves(COMPARISON, axes),
    "sweep_curves": lambda axes=None: sweep_curves(SWEPT, axes),
    "trajectories": lambda axes=None: trajectories(Rosenbrock(), {}, axes),
    "weight_images": lambda axes=None: weight_images(np.eye(10, 784), axes),
}


@pytest.mark.parametrize("draw", DRAWINGS.values(), ids=DRAWINGS)
def test_given_axes_are_used_and_nothing_else(draw, axes):
    settings = mpl.rcParams.copy()
    before = plt.get_fignums()
    assert draw(axes) is axes
    assert axes.figure.axes == [axes]
    assert plt.get_fignums() == before
    assert mpl.rcParams == settings
    axes.figure.savefig("/dev/null", format="png")


@pytest.mark.parametrize("draw", DRAWINGS.values(), ids=DRAWINGS)
def test_without_axes_there_is_a_new_figure(draw):
    other = plt.figure()
    axes = draw()
    assert axes.figure is not other
    assert len(plt.get_fignums()) == 2
    assert not other.axes


@pytest.mark.parametrize("draw", DRAWINGS.values(), ids=DRAWINGS)
def test_what_is_no_axes_is_refused(draw):
    with pytest.raises(TypeError, match=r"axes must be .* got ndarray"):
        draw(Figure().subplots(2))


# Loss curves


def test_lines_are_medians_and_bands_ranges(axes):
    loss_curves(COMPARISON, axes)
    assert axes.lines[0].get_xdata().tolist() == [1, 2, 3]
    assert axes.lines[0].get_ydata().tolist() == [4, 2.5, 2]
    assert band(axes) == [[3, 2, 1], [5, 4, 3]]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("epoch", "loss per image")


@pytest.mark.parametrize(
    ("epochs", "ticks"),
    [(3, [1, 2, 3]), (15, [2, 4, 6, 8, 10, 12, 14]), (25, [5, 10, 15, 20, 25])],
)
def test_ticks_are_round_epochs(epochs, ticks, axes):
    loss_curves(Comparison({"SGD": contender(range(epochs))}), axes)
    low, high = axes.get_xlim()
    assert [t for t in axes.get_xticks() if max(low, 1) <= t <= high] == ticks


def test_accuracy(axes):
    loss_curves(COMPARISON, axes, quantity="accuracy")
    assert axes.lines[0].get_ydata().tolist() == [0.4, 0.25, 0.2]
    assert axes.get_ylabel() == "accuracy, share of images"


def test_what_ended_early_ends_there_with_a_cross(axes):
    loss_curves(COMPARISON, axes)
    sgd, adam, mine = axes.lines
    assert adam.get_xydata().tolist() == [[1, 4]]
    assert len(mine.get_xydata()) == 0
    assert [line.get_marker() for line in axes.lines] == ["o", "x", "x"]
    assert (sgd.get_markevery(), adam.get_markevery()) == ([2], [0])
    assert legend(axes) == ["SGD", "Adam (diverged)", "mine (failed)"]


def test_seeds_that_ended_early_are_counted_and_left_out(axes):
    failures = ("", "diverged in epoch 2", "")
    result = Comparison({"a": contender([3, 2], [9, NAN], [5, 4], failures=failures)})
    loss_curves(result, axes)
    assert axes.lines[0].get_ydata().tolist() == [4, 3]
    assert band(axes) == [[3, 2], [5, 4]]
    assert legend(axes) == ["a (1 of 3 diverged)"]


def test_all_seeds_ended_early(axes):
    failures = ("diverged in epoch 3", "diverged in epoch 2")
    result = Comparison({"a": contender([3, 2, NAN], [5, NAN, NAN], failures=failures)})
    loss_curves(result, axes)
    assert axes.lines[0].get_xydata().tolist() == [[1, 4], [2, 2]]
    assert legend(axes) == ["a (2 of 2 diverged)"]


def test_unknown_quantity(axes):
    with pytest.raises(ValueError, match=r"quantity must be .* got 'seconds'"):
        loss_curves(COMPARISON, axes, quantity="seconds")
    assert not axes.lines


# Sweeps


def test_sweep_has_final_losses_by_rate(axes):
    sweep_curves(SWEPT, axes)
    assert axes.get_xscale() == "log"
    curve = axes.lines[0]
    assert curve.get_xdata().tolist() == [0.1, 1, 10]
    np.testing.assert_array_equal(curve.get_ydata(), [5, 2, NAN])
    assert band(axes) == [[4, 1], [6, 4]]
    assert axes.lines[1].get_xydata().tolist() == [[1, 2]]
    low, high = axes.get_xlim()
    assert low <= 0.1
    assert high >= 10


def test_lost_rates_are_at_the_upper_edge(axes):
    sweep_curves(SWEPT, axes)
    crosses = [
        line
        for line in axes.lines
        if line.get_marker() == "x" and len(line.get_xdata())
    ]
    assert [line.get_xdata().tolist() for line in crosses] == [[10], [0.1, 1, 10]]
    assert [line.get_color() for line in crosses] == [COLORS[0], COLORS[5]]
    left, bottom, width, height = axes.bbox.bounds
    shares = []
    for line in crosses:
        x, y = line.get_transform().transform(line.get_xydata())[-1]
        assert left <= x <= left + width
        shares.append((y - bottom) / height)
    # Below the edge, and one row below the other.
    assert 1 > shares[0] > shares[1] > 0.9
    assert legend(axes) == ["SGD", "Adam", "best rate", "diverged or failed"]


# Trajectories


def test_paths_and_minimizers_are_drawn(axes):
    path = np.array([[-1.2, 1.0], [0, 0], [5, 5]])
    trajectories(Rosenbrock(), {"SGD": path}, axes)
    line, start, minimum = axes.lines
    assert line.get_xydata().tolist() == path.tolist()
    assert line.get_markevery() == [2]
    assert start.get_xydata().tolist() == [[-1.2, 1.0]]
    assert minimum.get_xydata().tolist() == [[1, 1]]
    # The point (5, 5) is outside.
    assert axes.get_xlim() == (-2, 2)
    assert axes.get_ylim() == (-1, 3)
    assert legend(axes) == ["SGD", "start", "minimum"]


def test_path_that_diverges_ends_with_a_cross(axes):
    path = np.array([[1, 1], [1e300, -1e300], [np.inf, NAN], [NAN, NAN]])
    trajectories(Quadratic([1, 2]), {"SGD": path}, axes)
    assert axes.lines[0].get_xydata().tolist() == path[:2].tolist()
    assert axes.lines[0].get_marker() == "x"
    assert legend(axes)[0] == "SGD (diverged)"
    axes.figure.savefig("/dev/null", format="png")


def test_levels_are_dense_at_the_floor(axes):
    trajectories(Rosenbrock(), {}, axes, levels=12)
    levels = axes.collections[0].levels
    assert len(levels) == 12
    # The value at the corner (-2, -1): (1 + 2)^2 + 100 (-1 - 4)^2
    assert levels[-1] == pytest.approx(2509)
    # The middle one is less than a hundredth of that, and above the minimum's 0.
    assert 0 < levels[0] < levels[6] < 25


def test_given_levels_are_used(axes):
    trajectories(Rosenbrock(), {}, axes, levels=[1, 10, 100])
    assert axes.collections[0].levels.tolist() == [1, 10, 100]


@pytest.mark.parametrize("problem", [AdamCounterexample(), Quadratic([1, 2, 3])])
def test_other_than_two_dimensions_are_refused(problem, axes):
    with pytest.raises(ValueError, match=r"problem must have 2 dimensions.*got [13]"):
        trajectories(problem, {}, axes)


@pytest.mark.parametrize("path", [np.zeros((4, 3)), np.zeros(4), np.zeros((0, 2))])
def test_path_of_another_shape_is_refused(path, axes):
    with pytest.raises(ValueError, match=r"paths\['a'\] must have the shape"):
        trajectories(Rosenbrock(), {"a": path}, axes)
    assert not axes.lines


def test_levels_are_checked(axes):
    with pytest.raises(ValueError, match="levels must be at least 1, got 0"):
        trajectories(Rosenbrock(), {}, axes, levels=0)


# Weights


def test_pictures_stand_in_rows_of_five_under_their_names(axes):
    weights = np.random.default_rng(0).normal(size=(10, 784))
    weight_images(weights, axes)
    shown = [np.asarray(image.get_array()) for image in axes.images]
    np.testing.assert_array_equal(shown, weights.reshape(10, 28, 28))
    limit = abs(weights).max()
    assert {image.get_clim() for image in axes.images} == {(-limit, limit)}
    tops = [image.get_extent()[3] for image in axes.images]
    assert tops == [tops[0]] * 5 + [tops[5]] * 5
    # Rows count downward.
    assert tops[5] > tops[0]
    assert axes.get_ylim()[0] > axes.get_ylim()[1]
    names = [text.get_text() for text in axes.texts]
    assert names[:2] == ["T-shirt/top", "trouser"]
    for text, image in zip(axes.texts, axes.images, strict=True):
        left, right, _, top = image.get_extent()
        assert text.get_position()[0] == (left + right) / 2
        assert text.get_position()[1] < top


def test_zero_is_white(axes):
    weight_images(np.zeros((1, 4)), axes, names=["nothing"])
    (image,) = axes.images
    assert image.cmap(image.norm(0.0))[:3] == pytest.approx((1, 1, 1), abs=0.04)


@pytest.mark.parametrize(
    ("weights", "names", "message"),
    [
        (np.zeros((2, 5)), "ab", r"square number of columns, got \(2, 5\)"),
        (np.zeros(4), "a", r"square number of columns, got \(4,\)"),
        (np.full((1, 4), NAN), "a", "finite"),
        (np.zeros((2, 4)), "a", "names must have one name for each of the 2 rows"),
    ],
)
def test_weights_are_checked(weights, names, message, axes):
    with pytest.raises(ValueError, match=message):
        weight_images(weights, axes, names=names)
    assert not axes.images


# Colors


def test_names_look_the_same_in_every_figure():
    everywhere = styles(NAMES)
    for name in NAMES:
        assert styles([name]) == {name: everywhere[name]}
        assert styles(["mine", name, "other"])[name] == everywhere[name]
    # The hue of a variant is that of its rule.
    assert {everywhere[name]["color"] for name in NAMES[5:]} == {COLORS[5]}


def test_no_two_labels_look_alike():
    labels = [*NAMES, "Adam, lr 1", "Adam, lr 2", "AdamW, lr 1", *"abcdefghijklmnopq"]
    looks = [(style["color"], style["linestyle"]) for style in styles(labels).values()]
    assert len(set(looks)) == len(labels)


def test_name_in_a_label_decides_its_color():
    found = styles(["AdamW, lr 1", "Adam, lr 1", "Adam", "Nesterov 0.9", "my SGD"])
    assert found["Adam, lr 1"]["color"] == COLORS[5]
    assert found["AdamW, lr 1"] == styles(["AdamW"])["AdamW"]
    both = styles(["Adam", "PaperAdam, lr 1"])
    assert both["PaperAdam, lr 1"] == styles(["PaperAdam"])["PaperAdam"]
    assert both["PaperAdam, lr 1"]["color"] == both["Adam"]["color"]
    assert found["Nesterov 0.9"] == styles(["Nesterov"])["Nesterov"]
    # The name with the exact look is the rule itself.
    assert found["Adam"]["linestyle"] == "solid"
    assert found["Adam, lr 1"]["linestyle"] != "solid"
    assert found["my SGD"]["color"] == COLORS[0]  # as the first that is left


def test_labels_without_a_name_get_colors_in_order():
    found = styles(["x", "Momentum", "y"])
    assert [found["x"]["color"], found["y"]["color"]] == [COLORS[0], COLORS[2]]


def to_linear(color):
    """Undo the gamma of sRGB."""
    color = np.array(to_rgb(color))
    return np.where(color <= 0.04045, color / 12.92, ((color + 0.055) / 1.055) ** 2.4)


def luminance(color):
    return to_linear(color) @ [0.2126, 0.7152, 0.0722]


def lab(linear):
    """Convert linear sRGB to CIE L*a*b*, with the white of daylight, D65."""
    to_xyz = [
        [0.4124, 0.3576, 0.1805],
        [0.2126, 0.7152, 0.0722],
        [0.0193, 0.1192, 0.9505],
    ]
    x, y, z = np.cbrt(to_xyz @ linear / [0.9505, 1, 1.089])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


# Machado, Oliveira and Fernandes (2009), table 1, severity 1: for linear sRGB.
SIGHT = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "normal": np.eye(3),
}


@pytest.fixture(scope="module")
def darkened():
    """Return what makes the color of a dark page from that of a light one."""
    path = Path(__file__).parents[1] / "docs" / "_ext" / "darken.py"
    spec = importlib.util.spec_from_file_location("darken", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return lambda color: module.darken(np.array([[to_rgb(color)]]), Figure())[0, 0]


@pytest.mark.parametrize("color", [*COLORS, *shades(6)])
def test_colors_stand_out_from_the_page(color, darkened):
    # 3 is what WCAG 2.1 asks of graphical objects, 1.4.11.
    assert 1.05 / (luminance(color) + 0.05) >= 3
    paper = luminance("#131416")  # of the theme's dark pages
    assert (luminance(darkened(color)) + 0.05) / (paper + 0.05) >= 3


# A difference of 2.3 is just noticeable side by side (Mahy et al., 1994). Lines are
# thin and apart from one another, so several times that is asked for.
NOTICEABLE = 2.3


def see(colors, sight):
    return [lab((SIGHT[sight] @ to_linear(color)).clip(0, 1)) for color in colors]


def nearest(pairs):
    return min(np.linalg.norm(a - b) for a, b in pairs)


@pytest.mark.parametrize("sight", SIGHT)
def test_colors_are_told_apart(sight):
    assert nearest(combinations(see(COLORS, sight), 2)) > 5 * NOTICEABLE


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("page", ["light", "dark"])
def test_shades_are_told_apart_from_rules_and_neighbors(page, sight, darkened):
    on_page = darkened if page == "dark" else to_rgb
    values = see(map(on_page, shades(6)), sight)
    rules = see(map(on_page, COLORS), sight)
    many = 10 if sight == "normal" else 5
    assert nearest(product(values, rules)) > many * NOTICEABLE
    # Neighbors stand next to one another in the legend, too.
    assert nearest(pairwise(values)) > 2.5 * NOTICEABLE


@pytest.mark.parametrize("n", range(1, 7))
def test_shades_go_from_light_to_dark(n):
    found = shades(n)
    assert len(found) == n
    brightness = [luminance(color) for color in found]
    assert brightness == sorted(brightness, reverse=True)


@pytest.mark.parametrize(
    ("n", "error", "message"),
    [
        (0, ValueError, "n must be at least 1, got 0"),
        (7, ValueError, "n must be at most 6, got 7"),
        (2.0, TypeError, "n must be an int of at least 1, got 2.0"),
    ],
)
def test_number_of_shades_is_checked(n, error, message):
    with pytest.raises(error, match=message):
        shades(n)


def test_needs_matplotlib(monkeypatch):
    import npoptim.plotting as plotting

    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    spec = importlib.util.spec_from_file_location("again", plotting.__file__)
    with pytest.raises(ImportError, match=r'pip install "npoptim\[gallery\]"'):
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
