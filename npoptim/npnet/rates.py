"""The same comparison over learning rates, and what it recommends."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from math import inf
from numbers import Real
from typing import Any, NamedTuple

import numpy as np

from npoptim.npnet.comparison import (
    Contender,
    check_optimizers,
    compare,
    format_table,
)
from npoptim.npnet.layers import Layer
from npoptim.npnet.loss import CrossEntropy
from npoptim.optimizer import Optimizer

SAFE = 1.1  # a rate is safe if its loss is at most so many times the best one


class Sweep(dict[str, dict[float, Contender]]):
    """The contenders of a sweep by label and learning rate; prints as a table.

    A row has an optimizer's best rate, the loss there, the rates around it that are
    safe, and the rate from which on a run diverged.

    Attributes
    ----------
    rates : np.ndarray of float, shape (rates,)
        The learning rates, from low to high.
    """

    def __missing__(self, label: str) -> dict[float, Contender]:
        raise KeyError(f"no optimizer {label!r}, only {', '.join(self)}")

    @property
    def rates(self) -> np.ndarray:
        return np.array([*next(iter(self.values()))])

    def loss(self, label: str) -> np.ndarray:
        """Return the loss of the last epoch at every rate.

        Parameters
        ----------
        label : str
            Names the optimizer.

        Returns
        -------
        np.ndarray of float, shape (rates, seeds)
            NaN where the run ended early.
        """
        return np.array([c.final_loss for c in self[label].values()])

    def best(self, label: str) -> float | None:
        """Return the rate with the lowest loss, by the median over the seeds.

        A rate at which one of the seeds failed does not count.

        Parameters
        ----------
        label : str
            Names the optimizer.

        Returns
        -------
        float or None
            None if no rate counts.
        """
        loss = np.median(self.loss(label), axis=1)
        return None if np.isnan(loss).all() else float(self.rates[np.nanargmin(loss)])

    def safe_range(self, label: str) -> tuple[float, float] | None:
        """Return the ends of the widest range about the best rate that is safe.

        That is: at every rate that was tried in it, no seed failed, and the median
        loss is at most 1.1 times the best.

        Parameters
        ----------
        label : str
            Names the optimizer.

        Returns
        -------
        tuple of float, or None
            The lowest and the highest rate, None if there is no best one.
        """
        loss = np.median(self.loss(label), axis=1)
        if np.isnan(loss).all():
            return None
        best = low = high = int(np.nanargmin(loss))
        while low > 0 and loss[low - 1] <= SAFE * loss[best]:
            low -= 1
        while high < len(loss) - 1 and loss[high + 1] <= SAFE * loss[best]:
            high += 1
        return float(self.rates[low]), float(self.rates[high])

    def diverges_from(self, label: str) -> float | None:
        """Return the lowest rate at which the run of a seed diverged.

        Parameters
        ----------
        label : str
            Names the optimizer.

        Returns
        -------
        float or None
            None if none diverged.
        """
        for rate, contender in self[label].items():
            if any(failure.startswith("diverged") for failure in contender.failures):
                return rate
        return None

    def __repr__(self) -> str:
        rows = [["", "best rate", "loss", "safe rates", "diverges"]]
        for label, contenders in self.items():
            cells = [""] * 3
            best, safe = self.best(label), self.safe_range(label)
            if best is not None and safe is not None:
                loss = np.median(contenders[best].final_loss)
                safe_rates = f"{_show(safe[0])} to {_show(safe[1])}"
                cells = [_show(best), f"{loss:.3f}", safe_rates]
            limit = self.diverges_from(label)
            rows.append([label, *cells, "" if limit is None else _show(limit)])
        return format_table(rows)


class Recommendation(NamedTuple):
    """What to try first in a longer run; prints as its reason."""

    label: str
    """Names the optimizer."""

    lr: float
    """The learning rate."""

    reason: str
    """Why, and how sure that is."""

    def __repr__(self) -> str:
        return self.reason


def sweep(
    model: Layer,
    criterion: CrossEntropy,
    optimizers: Mapping[str, Callable[[Layer, float], Optimizer]],
    images: np.ndarray,
    labels: np.ndarray,
    rates: Sequence[float],
    batch_size: int = 100,
    epoch: int = 3,
    seeds: Sequence[int] = (0,),
    profile: bool = False,
) -> Sweep:
    """Compare optimizers at several learning rates each.

    All of them start from the same weights and see the same batches: see
    :func:`compare`, from which the other arguments are.

    Parameters
    ----------
    model : Layer
        The start. It is copied and stays as it is.
    criterion : CrossEntropy
        The loss.
    optimizers : dict
        For each label a function that builds an optimizer on the model, with the
        learning rate, that it is given, such as ``lambda model, lr: Adam(model, lr)``.
    images : np.ndarray of float, shape (n, features)
        The samples. Some thousands are often enough to choose by.
    labels : np.ndarray of int, shape (n,)
        Their classes, from 0.
    rates : sequence of float
        Learning rates above 0, from low to high.
    batch_size : int, default 100
        Samples in a batch, from 1 to n.
    epoch : int, default 3
        How often to go through all samples, at least once.
    seeds : sequence of int, default (0,)
        Of the generators that shuffle the samples. Without several of them there is
        no telling how much of a difference is chance.
    profile : bool, default False
        Whether to show a progress bar.

    Returns
    -------
    Sweep
        A dict with a dict for each label, with a :class:`Contender` for each rate,
        which prints as a table.

    Raises
    ------
    TypeError, ValueError
        As for :func:`compare`, and if ``rates`` is empty, or not of rising numbers
        above 0.

    Examples
    --------
    The samples of :func:`compare`. The highest rate is far too large:

    >>> import numpy as np
    >>> from npoptim import SGD
    >>> from npoptim.npnet import CrossEntropy, Linear, recommend, sweep
    >>> images, labels = np.array([[-1.0], [1.0], [1.0]]), np.array([0, 1, 0])
    >>> swept = sweep(
    ...     Linear(1, 2, rng=0, dtype=np.float64),
    ...     CrossEntropy(),
    ...     {"SGD": lambda model, lr: SGD(model, lr)},
    ...     images, labels, rates=[0.01, 0.1, 1000], batch_size=3, epoch=100,
    ... )
    >>> swept.best("SGD"), swept.diverges_from("SGD")
    (0.1, 1000.0)
    >>> swept
         best rate   loss  safe rates  diverges
    SGD        0.1  0.471  0.1 to 0.1  1000
    >>> recommend(swept)
    SGD at 0.1: the lowest loss, 0.471. One seed: no telling how much of the difference
    is chance.
    """
    check_optimizers(optimizers)
    rates = _check_rates(rates)
    contenders: dict[Any, Callable[[Layer], Optimizer]] = {
        (label, rate): partial(_with_rate, build, rate)
        for label, build in optimizers.items()
        for rate in rates
    }
    result = compare(
        model,
        criterion,
        contenders,
        images,
        labels,
        batch_size,
        epoch,
        seeds,
        profile=profile,
    )
    return Sweep(
        {label: {rate: result[label, rate] for rate in rates} for label in optimizers}
    )


def recommend(swept: Sweep) -> Recommendation:
    """Say which optimizer, at which rate, to try first in a longer run.

    It is the optimizer with the lowest loss, by the median over the seeds, at the
    lowest rate of its safe range.

    Parameters
    ----------
    swept : Sweep
        What :func:`sweep` has found.

    Returns
    -------
    Recommendation
        The optimizer, the rate, and the reason, which names whatever makes the choice
        uncertain.

    Raises
    ------
    ValueError
        If every run of the sweep ended early.

    Notes
    -----
    Why not the best rate? Gradients of batches are noisy, and under a constant rate
    the weights end up scattered about the minimum, the further the larger the rate. A
    short run is over before that shows: what helps it most is to get on. In a longer
    run a smaller rate has the time to get there, too, and then mostly ends closer. Not
    always: Adagrad's rates fall by themselves, and it may end lower with the larger
    one. Rates that do about as well in a short run are therefore not equal, and the
    lowest is the one to take along.
    """
    found = {label: rate for label in swept if (rate := swept.best(label)) is not None}
    if not found:
        raise ValueError("swept must have a run that came to its end, got none")
    loss = {label: swept[label][rate].final_loss for label, rate in found.items()}
    label = min(loss, key=lambda label: float(np.median(loss[label])))
    best, seeds = found[label], len(loss[label])
    lr, _ = swept.safe_range(label) or (best, best)
    lowest = f"the lowest loss, {np.median(loss[label]):.3f}"
    if lr == best:
        reason = [f"{label} at {_show(lr)}: {lowest}."]
    else:
        reason = [
            f"{label} at {_show(lr)}: {lowest}, was that of {label} at {_show(best)}, "
            f"and {_show(lr)} is the lowest rate that comes within 10 % of it."
        ]
    if seeds == 1:
        reason += ["One seed: no telling how much of the difference is chance."]
    else:
        low, high = loss[label].min(), loss[label].max()
        reason += [f"Over {seeds} seeds the loss was {low:.3f} to {high:.3f}."]
        equals = [
            f"{other} at {_show(found[other])} ({values.min():.3f} to "
            f"{values.max():.3f})"
            for other, values in loss.items()
            if other != label and values.min() <= high
        ]
        if equals:
            reason += [f"Not told apart from it: {', '.join(equals)}."]
    if best == swept.rates[-1]:
        reason += [f"{_show(best)} was the highest rate: the best may be above it."]
    if lr == swept.rates[0]:
        reason += [f"{_show(lr)} was the lowest rate: the best may be below it."]
    return Recommendation(label, lr, " ".join(reason))


def _with_rate(
    build: Callable[[Layer, float], Optimizer], rate: float, model: Layer
) -> Optimizer:
    return build(model, rate)


def _check_rates(rates: Iterable[float]) -> list[float]:
    if not isinstance(rates, Iterable):
        raise TypeError(f"rates must be a sequence of numbers, got {rates!r}")
    checked: list[float] = []
    for rate in rates:
        if not isinstance(rate, Real) or isinstance(rate, bool):
            raise TypeError(f"rates must be numbers above 0, got {rate!r}")
        checked.append(float(rate))
    if not checked:
        raise ValueError("rates must have at least one, got none")
    for low, high in zip([0.0, *checked], [*checked, inf], strict=True):
        if not low < high:
            raise ValueError(f"rates must rise, above 0 and finite, got {checked}")
    return checked


def _show(rate: float) -> str:
    """Round a learning rate to two digits."""
    return f"{float(f'{rate:.2g}'):g}"
