"""Figures of what the optimizers do, drawn by Matplotlib into Axes that it returns.

Every function draws into the Axes that it is given, or into a new figure's, and
changes nothing else: no settings of Matplotlib, and not its current figure.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from math import isqrt
from typing import Any

import numpy as np

from npoptim.hyperparameters import check_count
from npoptim.npnet import GARMENTS, Comparison, Sweep
from npoptim.problems import Problem

try:
    import matplotlib.pyplot as plt
    from matplotlib.axes import Axes
    from matplotlib.colors import to_hex, to_rgb
    from matplotlib.ticker import MaxNLocator
    from matplotlib.transforms import ScaledTranslation
except ImportError as error:
    raise ImportError(
        'npoptim.plotting needs Matplotlib: pip install "npoptim[gallery]"'
    ) from error

__all__ = [
    "COLORS",
    "loss_curves",
    "shades",
    "styles",
    "sweep_curves",
    "trajectories",
    "weight_images",
]

# Their contrast to white is at least 3, and to dark paper where the site's figures are
# darkened. They are told apart by those who do not see red or green, too.
COLORS = ("#0062a1", "#df6215", "#009d5a", "#951f3a", "#7573ff", "#000000")
"""Blue, orange, green, wine, violet and black."""

# Where the shades of a parameter begin and end. The way between them keeps the same
# contrasts, and far from COLORS.
LIGHTEST, DARKEST = "#c37ab0", "#430b39"
MOST_SHADES = 6  # more are not told apart

# For each name the place of its color, and the number of its dashes. A variant has the
# color of the rule that it changes.
NAMES = {
    "SGD": (0, 0),
    "Momentum": (1, 0),
    "Nesterov": (2, 0),
    "Adagrad": (3, 0),
    "RMSprop": (4, 0),
    "Adam": (5, 0),
    "AdamW": (5, 1),
    "AMSGrad": (5, 2),
    "PaperAdam": (5, 3),
}
GRAY = "#767676"  # of what is no contender
BEST: dict[str, Any] = {"color": GRAY, "linestyle": "", "marker": "o", "markersize": 9}
MINIMUM: dict[str, Any] = {
    "color": "white",
    "linestyle": "",
    "marker": "*",
    "markersize": 14,
    "markeredgecolor": GRAY,
}
LOST: dict[str, Any] = {"color": GRAY, "linestyle": "", "marker": "x"}
POINTS_PER_INCH = 72
PER_ROW = 5  # pictures
GAP = 0.25  # between pictures, for their names, as a share of a picture


def styles(labels: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the color and the line style of each label of a figure.

    SGD, Momentum, Nesterov, Adagrad, RMSprop, Adam, AdamW, AMSGrad and PaperAdam look
    the same in every figure. A label that starts with such a name, as "Adam, lr 0.1"
    does, has its color, with other dashes where the look is taken. Other labels share
    the :data:`COLORS` that are left, or all if none is, and are dashed where a color
    comes round again. No two labels look alike.

    Parameters
    ----------
    labels : iterable of str
        All that the figure shows: the order decides where the name does not.

    Returns
    -------
    dict
        For each label a dict of ``color`` and ``linestyle``, as
        :meth:`matplotlib.axes.Axes.plot` takes them.

    Examples
    --------
    Both rates of Adam are black, one solid and one dashed. SGD is blue, so that what
    has no such name gets the next color, orange:

    >>> from npoptim.plotting import styles
    >>> for label, style in styles(["mine", "Adam", "Adam, lr 0.1", "SGD"]).items():
    ...     print(label, style["color"], style["linestyle"])
    mine #df6215 solid
    Adam #000000 solid
    Adam, lr 0.1 #000000 (0, (5, 1.5))
    SGD #0062a1 solid
    """
    names = {label: _name(label) for label in labels}
    dashes = range(len(names) + 1)
    reserved = {NAMES[name][0] for name in names.values() if name}
    everyone = range(len(COLORS))
    others = [color for color in everyone if color not in reserved] or everyone
    looks: dict[str, tuple[int, int]] = {}
    # Who has a name of its own goes first, then who has it in the label.
    for label in sorted(
        names, key=lambda label: (label not in NAMES, not names[label])
    ):
        if name := names[label]:
            color, dash = NAMES[name]
            wanted = [(color, dash), *((color, dash) for dash in dashes)]
        else:
            wanted = [(color, dash) for dash, color in product(dashes, others)]
        looks[label] = next(look for look in wanted if look not in looks.values())
    return {
        label: {"color": COLORS[looks[label][0]], "linestyle": _dashes(looks[label][1])}
        for label in names
    }


def _name(label: str) -> str:
    """Return the longest name that the label starts with, "" if there is none."""
    return max((name for name in NAMES if label.startswith(name)), key=len, default="")


def _dashes(number: int) -> Any:
    """Return solid, dashed, dotted, then dashes with 1, 2, ... dots between them."""
    if number == 0:
        return "solid"
    if number == 2:
        return (0, (1, 1.5))
    return (0, (5, 1.5) + (1, 1.5) * max(0, number - 2))


def shades(n: int) -> list[str]:
    """Return a color for each of n increasing values of one parameter.

    For curves that differ by a momentum, a rate, a batch size or a penalty, not by
    their rule. They go from light pink to dark plum, and none is like one of the
    :data:`COLORS`, so that a rule's color never stands for a value. On dark pages,
    where light and dark are exchanged, they go from dark to light.

    Parameters
    ----------
    n : int
        How many values there are, from 1 to 6.

    Returns
    -------
    list of str
        Colors in hexadecimal notation, the lightest first.

    Raises
    ------
    TypeError
        If ``n`` is not an int.
    ValueError
        If it is less than 1 or more than 6.

    Examples
    --------
    Three momenta, the largest the darkest:

    >>> from npoptim.plotting import shades
    >>> for momentum, color in zip((0, 0.5, 0.9), shades(3)):
    ...     print(momentum, color)
    0 #c37ab0
    0.5 #834274
    0.9 #430b39
    """
    n = check_count("n", n)
    if n > MOST_SHADES:
        raise ValueError(f"n must be at most {MOST_SHADES}, got {n}")
    return [
        to_hex(color) for color in np.linspace(to_rgb(LIGHTEST), to_rgb(DARKEST), n)
    ]


def loss_curves(
    comparison: Comparison, axes: Axes | None = None, quantity: str = "loss"
) -> Axes:
    """Draw the loss or the accuracy of each contender by epoch.

    A line is the median over the seeds that came to the end, a band around it their
    range. It ends with a dot, or with a cross where no seed came to the end: then it
    is the median over those still running. The legend says how many seeds diverged
    or failed.

    Parameters
    ----------
    comparison : Comparison
        What :func:`npoptim.npnet.compare` returned.
    axes : matplotlib.axes.Axes, optional
        Where to draw; a new figure's by default.
    quantity : {"loss", "accuracy"}, default "loss"
        What to draw, as it was measured during training.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    TypeError
        If ``axes`` is not an Axes.
    ValueError
        If ``quantity`` is neither "loss" nor "accuracy".

    Examples
    --------
    Epochs count from 1:

    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> from npoptim import SGD
    >>> from npoptim.npnet import CrossEntropy, Linear, compare
    >>> from npoptim.plotting import loss_curves
    >>> images, labels = np.array([[-1.0], [1.0]]), np.array([0, 1])
    >>> optimizers = {"SGD": lambda model: SGD(model, lr=1)}
    >>> result = compare(
    ...     Linear(1, 2), CrossEntropy(), optimizers, images, labels,
    ...     batch_size=2, epoch=3,
    ... )
    >>> axes = loss_curves(result, Figure().subplots())
    >>> (line,) = axes.lines
    >>> line.get_xdata().tolist()
    [1, 2, 3]
    >>> bool((line.get_ydata() == result["SGD"].loss[0]).all())
    True
    """
    if quantity not in ("loss", "accuracy"):
        raise ValueError(f'quantity must be "loss" or "accuracy", got {quantity!r}')
    axes = _check_axes(axes)
    looks = styles(comparison)
    for label, contender in comparison.items():
        values = contender.loss if quantity == "loss" else contender.accuracy
        ended = [not failure for failure in contender.failures]
        if any(ended):
            values = values[ended]
        # Without those epochs that no seed has finished.
        values = values[:, np.isfinite(values).any(axis=0)]
        x = np.arange(1, values.shape[1] + 1)
        axes.plot(
            x,
            np.nanmedian(values, axis=0),
            **looks[label],
            **_end("o" if any(ended) else "x", len(x)),
            label=label + _fate(contender.failures),
        )
        if len(values) > 1:
            axes.fill_between(
                x,
                np.nanmin(values, axis=0),
                np.nanmax(values, axis=0),
                color=looks[label]["color"],
                alpha=0.2,
                linewidth=0,
            )
    unit = "loss per image" if quantity == "loss" else "accuracy, share of images"
    axes.set(xlabel="epoch", ylabel=unit)
    # Epochs are counted in ones, twos and fives, not in threes.
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    axes.legend()
    return axes


def sweep_curves(swept: Sweep, axes: Axes | None = None) -> Axes:
    """Draw the final loss of each optimizer by learning rate.

    A line is the median over the seeds, a band around it their range, and a large dot
    the best rate. Where the run of a seed diverged or failed, the line is interrupted,
    and a cross stands at the upper edge, in a row for each such optimizer.

    Parameters
    ----------
    swept : Sweep
        What :func:`npoptim.npnet.sweep` returned.
    axes : matplotlib.axes.Axes, optional
        Where to draw; a new figure's by default. The horizontal axis gets
        logarithmic.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    TypeError
        If ``axes`` is not an Axes.

    Examples
    --------
    One sample of three is labeled as none of the others is. At the highest rate the
    loss ends above where it began, and there is a cross:

    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> from npoptim import SGD
    >>> from npoptim.npnet import CrossEntropy, Linear, sweep
    >>> from npoptim.plotting import sweep_curves
    >>> images, labels = np.array([[-1.0], [1.0], [1.0]]), np.array([0, 1, 0])
    >>> swept = sweep(
    ...     Linear(1, 2, rng=0, dtype=np.float64),
    ...     CrossEntropy(),
    ...     {"SGD": lambda model, lr: SGD(model, lr)},
    ...     images, labels, rates=[0.01, 0.1, 1000], batch_size=3, epoch=100,
    ... )
    >>> axes = sweep_curves(swept, Figure().subplots())
    >>> curve, best, crosses, *legend = axes.lines
    >>> best.get_xdata().tolist(), crosses.get_xdata().tolist()
    ([0.1], [1000.0])
    """
    axes = _check_axes(axes)
    axes.set_xscale("log")
    looks = styles(swept)
    rows = 0
    for label in swept:
        rates, loss, look = swept.rates, swept.loss(label), looks[label]
        # With NaN where a seed has none: a line ends there, and the band as well.
        median = np.median(loss, axis=1)
        axes.plot(rates, median, **look, marker="o", markersize=4, label=label)
        if loss.shape[1] > 1:
            axes.fill_between(
                rates,
                loss.min(axis=1),
                loss.max(axis=1),
                color=look["color"],
                alpha=0.2,
                linewidth=0,
            )
        best = rates == swept.best(label)
        axes.plot(rates[best], median[best], **{**BEST, "color": look["color"]})
        lost = rates[np.isnan(median)]
        if len(lost):
            # In fractions of the height, so it is the edge whatever the losses are.
            down = ScaledTranslation(
                0, -(6 + 9 * rows) / POINTS_PER_INCH, axes.figure.dpi_scale_trans
            )
            edge = axes.get_xaxis_transform() + down
            top = np.ones(len(lost))
            axes.plot(lost, top, **{**LOST, "color": look["color"]}, transform=edge)
            # Matplotlib does not see that these, moved down, have rates to be shown.
            axes.update_datalim(np.column_stack((lost, top)), updatey=False)
            rows += 1
    axes.autoscale_view()
    axes.plot([], [], **BEST, label="best rate")
    if rows:
        axes.plot([], [], **LOST, label="diverged or failed")
    axes.set(xlabel="learning rate", ylabel="final loss per image")
    axes.legend()
    return axes


def trajectories(
    problem: Problem,
    paths: Mapping[str, np.ndarray],
    axes: Axes | None = None,
    levels: int | Sequence[float] = 20,
) -> Axes:
    """Draw the paths of some descents over the contours of a problem in two dimensions.

    A path ends with a dot, or with a cross where it left the finite numbers. What is
    outside of the problem's limits is not shown. Stars mark the minimizers, squares the
    starts.

    Parameters
    ----------
    problem : Problem
        Of two dimensions.
    paths : dict of np.ndarray of float, shape (points, 2)
        For each label the points of its path, such as
        :func:`npoptim.problems.descend` returns.
    axes : matplotlib.axes.Axes, optional
        Where to draw; a new figure's by default.
    levels : int or sequence of float, default 20
        The values at which contours are drawn, increasing; or their number, at least
        1. They are then spaced logarithmically above the minimum, so that the floor of
        a valley shows.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    TypeError
        If ``axes`` is not an Axes.
    ValueError
        If the problem has not two dimensions, a path is empty or has not two columns,
        or ``levels`` is a number below 1.

    Examples
    --------
    With the curvatures 1 and 3 and lr = 0.5, each step multiplies by 0.5 and -0.5:

    >>> from matplotlib.figure import Figure
    >>> from npoptim import SGD
    >>> from npoptim.plotting import trajectories
    >>> from npoptim.problems import Quadratic, descend
    >>> problem = Quadratic([1, 3])
    >>> paths = {"SGD": descend(problem, SGD(problem, lr=0.5), 2)}
    >>> axes = trajectories(problem, paths, Figure().subplots())
    >>> axes.lines[0].get_xydata().tolist()
    [[1.0, 1.0], [0.5, -0.5], [0.25, 0.25]]
    """
    if len(problem.limits) != 2:
        raise ValueError(
            f"problem must have 2 dimensions to be drawn, got {len(problem.limits)}"
        )
    for label, path in paths.items():
        if np.ndim(path) != 2 or not len(path) or np.shape(path)[1] != 2:
            raise ValueError(
                f"paths[{label!r}] must have the shape (points, 2), "
                f"got {np.shape(path)}"
            )
    axes = _check_axes(axes)
    horizontal, vertical = problem.limits
    grid = np.array(
        np.meshgrid(np.linspace(*horizontal, 201), np.linspace(*vertical, 201))
    )
    values = problem.value(grid)
    if np.ndim(levels) == 0:
        lowest = min(np.nanmin(values), *problem.value(problem.minimizers.T))
        above = values - lowest
        # The very least would be that of a few points beside the floor.
        low, high = np.quantile(above[(above > 0) & np.isfinite(above)], [0.001, 1])
        number = check_count("levels", levels)
        levels = lowest + np.geomspace(float(low), float(high), number)
    axes.contour(
        *grid, values, levels=levels, colors=GRAY, linewidths=0.5, linestyles="solid"
    )
    looks = styles(paths)
    for label, path in paths.items():
        finite = np.isfinite(path).all(axis=1)
        shown = path if finite.all() else path[: finite.argmin()]
        axes.plot(
            *shown.T,
            **looks[label],
            **_end("o" if finite.all() else "x", len(shown)),
            label=label if finite.all() else f"{label} (diverged)",
        )
    if paths:
        starts = np.unique([path[0] for path in paths.values()], axis=0)
        axes.plot(*starts.T, "s", color=GRAY, label="start")
    axes.plot(*problem.minimizers.T, **MINIMUM, label="minimum")
    axes.set(xlim=horizontal, ylim=vertical, xlabel="$w_1$", ylabel="$w_2$", aspect=1)
    axes.legend()
    return axes


def weight_images(
    weights: np.ndarray, axes: Axes | None = None, names: Sequence[str] = GARMENTS
) -> Axes:
    """Draw the rows of a weight matrix as pictures, one for each class.

    Zero is white, positive weights are red and negative ones blue, all on one scale.
    There are five pictures to a row, with their names above.

    Parameters
    ----------
    weights : np.ndarray of float, shape (classes, side * side)
        Such as the weight of a :class:`~npoptim.npnet.Linear` layer on images.
    axes : matplotlib.axes.Axes, optional
        Where to draw; a new figure's by default.
    names : sequence of str, default GARMENTS
        A name for each class.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    TypeError
        If ``axes`` is not an Axes.
    ValueError
        If ``weights`` is not a finite matrix whose rows have a square number of
        elements, or the number of ``names`` is not that of the rows.

    Examples
    --------
    Two classes of 2 x 2 pixels. The strongest weight, -3, sets the scale:

    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> from npoptim.plotting import weight_images
    >>> weights = np.array([[1.0, 0, 0, 2], [0, 0, -3, 0]])
    >>> axes = weight_images(weights, Figure().subplots(), names=["left", "right"])
    >>> axes.images[0].get_array().tolist()
    [[1.0, 0.0], [0.0, 2.0]]
    >>> axes.images[0].get_clim()
    (-3.0, 3.0)
    """
    weights = np.asarray(weights)
    if weights.ndim != 2 or isqrt(weights.shape[1]) ** 2 != weights.shape[1]:
        raise ValueError(
            "weights must have the shape (classes, side * side), a square number of "
            f"columns, got {weights.shape}"
        )
    if not weights.size or not np.isfinite(weights).all():
        raise ValueError("weights must be finite, and at least one")
    if len(names) != len(weights):
        raise ValueError(
            f"names must have one name for each of the {len(weights)} rows of weights, "
            f"got {len(names)}"
        )
    axes = _check_axes(axes)
    side = isqrt(weights.shape[1])
    largest = float(abs(weights).max())
    for i, (row, name) in enumerate(zip(weights, names, strict=True)):
        down, right = divmod(i, PER_ROW)
        left, top = right * (1 + GAP / 2), down * (1 + GAP)
        axes.imshow(
            row.reshape(side, side),
            cmap="RdBu_r",
            # With all weights zero, any scale will do.
            vmin=-(largest or 1),
            vmax=largest or 1,
            extent=(left, left + 1, top + 1, top),
        )
        axes.text(left + 0.5, top - 0.03, name, ha="center", va="bottom", size="small")
    columns, rows = min(len(weights), PER_ROW), -(-len(weights) // PER_ROW)
    axes.set(
        xlim=(0, columns * (1 + GAP / 2) - GAP / 2),
        ylim=(rows * (1 + GAP) - GAP, -GAP),
        xticks=[],
        yticks=[],
        xlabel=f"weights from {-largest:.2g} (blue) to {largest:.2g} (red)",
    )
    axes.spines[:].set_visible(False)
    return axes


def _end(marker: str, points: int) -> dict[str, Any]:
    """Return the arguments that mark the last of a line's points, if there is one."""
    return {"marker": marker, "markevery": [points - 1] if points else None}


def _fate(failures: Sequence[str]) -> str:
    """Return what became of the seeds, for the legend: "" if all came to the end."""
    failed = [failure for failure in failures if failure]
    if not failed:
        return ""
    diverged = all(failure.startswith("diverged") for failure in failed)
    share = "" if len(failures) == 1 else f"{len(failed)} of {len(failures)} "
    return f" ({share}{'diverged' if diverged else 'failed'})"


def _check_axes(axes: Axes | None) -> Axes:
    """Return the Axes to draw into, a new figure's if there is none."""
    if axes is None:
        return plt.subplots(layout="constrained")[1]
    if not isinstance(axes, Axes):
        raise TypeError(
            f"axes must be one matplotlib.axes.Axes, got {type(axes).__name__}"
        )
    return axes
