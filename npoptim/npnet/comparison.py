"""Fair comparisons: one start, the same batches, every contender its own rule."""

import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from functools import partial
from math import log
from numbers import Integral
from operator import is_
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from npoptim.npnet.layers import Layer
from npoptim.npnet.loss import CrossEntropy
from npoptim.npnet.stack import CrossEntropyStack, fits_a_stack, stack_models
from npoptim.npnet.training import (
    accuracy,
    batches,
    check_samples,
    check_training,
    find_gradients,
    find_loss,
    progress,
)
from npoptim.optimizer import Optimizer, is_built_on, take_step

DIVERGED = 2  # so many times the loss of one who guesses, or of the untrained model


class Contender(NamedTuple):
    """How one optimizer did: arrays with a row for each seed."""

    loss: np.ndarray
    """Mean loss of a sample, over an epoch's batches, as they were trained on, of
    shape (seeds, epoch). NaN from the epoch on in which the run ended early."""

    accuracy: np.ndarray
    """Share of the samples that were classified correctly, measured likewise."""

    seconds: np.ndarray
    """Seconds that an epoch took, of shape (seeds, epoch). They are those of the
    contender's own steps and its share of what the contenders did together."""

    test_accuracy: np.ndarray
    """Share of the test samples that the trained model classifies correctly, of shape
    (seeds,), with the weights that the optimizer would have evaluated. NaN if the run
    ended early or there are no test samples."""

    models: tuple[Layer, ...]
    """The model of each seed, as it was trained."""

    failures: tuple[str, ...]
    """Why the run of each seed ended early, or "" if it did not."""

    @property
    def final_loss(self) -> np.ndarray:
        """Loss of the last epoch, of shape (seeds,). NaN if the run ended early."""
        return self.loss[:, -1]


class Comparison(dict[Any, Contender]):
    """The contenders of a comparison by their labels; prints as a table.

    A row has the loss of the last epoch and its range over the seeds, the accuracy,
    on the test samples if there are any, and the seconds of the run: medians over the
    seeds that came to the end. What became of the others stands beside it.
    """

    def __missing__(self, label: object) -> Contender:
        raise KeyError(f"no contender {label!r}, only {', '.join(map(str, self))}")

    def __repr__(self) -> str:
        seeds = max(len(contender.failures) for contender in self.values())
        tested = any(np.isfinite(c.test_accuracy).any() for c in self.values())
        head = ["", "loss", *(["lowest", "highest"] if seeds > 1 else [])]
        rows = [[*head, "test accuracy" if tested else "accuracy", "seconds", ""]]
        for label, contender in self.items():
            ended = [not failure for failure in contender.failures]
            cells = [""] * (len(head) + 1)
            if any(ended):
                loss = contender.final_loss[ended]
                right = contender.test_accuracy if tested else contender.accuracy[:, -1]
                spread = (loss.min(), loss.max()) if seeds > 1 else ()
                values = (np.median(loss), *spread, np.median(right[ended]))
                seconds = np.median(contender.seconds[ended].sum(axis=1))
                cells = [*(f"{value:.3f}" for value in values), f"{seconds:.1f}"]
            rows.append([str(label), *cells, _summarize(contender.failures)])
        return format_table(rows)


def compare(
    model: Layer,
    criterion: CrossEntropy,
    optimizers: Mapping[str, Callable[[Layer], Optimizer]],
    images: np.ndarray,
    labels: np.ndarray,
    batch_size: int = 100,
    epoch: int = 25,
    seeds: Sequence[int] = (0,),
    test_images: np.ndarray | None = None,
    test_labels: np.ndarray | None = None,
    profile: bool = False,
) -> Comparison:
    """Train copies of one model, each with another optimizer.

    Every contender starts from the same weights and sees the same batches in the same
    order. One that diverges or raises an error ends there, and the others go on.

    Parameters
    ----------
    model : Layer
        The start. It is copied and stays as it is.
    criterion : CrossEntropy
        The loss.
    optimizers : dict
        For each label a function that builds an optimizer on the model that it is
        given, such as ``lambda model: Adam(model, lr=1e-3)``.
    images : np.ndarray of float, shape (n, features)
        The samples.
    labels : np.ndarray of int, shape (n,)
        Their classes, from 0.
    batch_size : int, default 100
        Samples in a batch, from 1 to n; the last batch has what is left.
    epoch : int, default 25
        How often to go through all samples, at least once.
    seeds : sequence of int, default (0,)
        Of the generators that shuffle the samples before every epoch, each at least
        0. All contenders are run once for each.
    test_images, test_labels : np.ndarray, optional
        Samples and classes on which the trained models are tested.
    profile : bool, default False
        Whether to show a progress bar, if standard error is a terminal. Needs tqdm:
        ``pip install "npoptim[gallery]"``.

    Returns
    -------
    Comparison
        A dict with a :class:`Contender` for each label, which prints as a table.

    Raises
    ------
    TypeError
        If images or labels are not arrays of floats and ints, a number is not an int,
        or ``optimizers`` is not a dict of functions.
    ValueError
        If ``optimizers`` or ``seeds`` is empty, shapes do not fit, a number is out of
        its range, an image is not finite, or a label is not one of the model's classes.

    Notes
    -----
    A run has diverged when the loss of a batch is infinite or not a number, or when
    the mean loss of an epoch is more than twice that of the model before training and
    more than twice that of guessing, the log of the number of classes.

    Ctrl-C, or Stop in a notebook, ends a comparison with a warning, and what is
    finished is returned: the seeds that have come to their end, or the epochs of the
    first one. Where nothing is finished, it ends the program as anywhere.

    The same arguments give the same numbers to the last bit, in another process, too.
    Another number of threads in NumPy's matrix products may change the last bits, and
    so may another machine or another release of NumPy.

    Examples
    --------
    Three samples, two of them alike and of different classes. The third contender's
    rate is far too large, the fourth is no optimizer:

    >>> import numpy as np
    >>> from npoptim import SGD, Adagrad
    >>> from npoptim.npnet import CrossEntropy, Linear, compare
    >>> images, labels = np.array([[-1.0], [1.0], [1.0]]), np.array([0, 1, 0])
    >>> result = compare(
    ...     Linear(1, 2, rng=0, dtype=np.float64),
    ...     CrossEntropy(),
    ...     {
    ...         "SGD": lambda model: SGD(model, lr=0.1),
    ...         "Adagrad": lambda model: Adagrad(model, lr=0.1),
    ...         "too fast": lambda model: SGD(model, lr=1000),
    ...         "none": lambda model: None,
    ...     },
    ...     images, labels, batch_size=3, epoch=100,
    ... )
    >>> result["too fast"].failures
    ('diverged in epoch 2',)
    >>> result["none"].failures
    ('TypeError: the function must return an Optimizer, got None',)

    The two that are alike cost log 2 each at best, the other one nothing, so the loss
    falls toward 2/3 · log 2 = 0.462:

    >>> bool(0.462 < result["SGD"].final_loss[0] < 0.48)
    True
    """
    check_training(images, labels, batch_size, epoch)
    check_optimizers(optimizers)
    seeds = _check_seeds(seeds)
    limit = DIVERGED * _worst_loss(model, criterion, images, labels)
    if test_images is not None and test_labels is not None:
        check_samples(test_images, test_labels, "test_")
        _worst_loss(model, criterion, test_images, test_labels, "test_")
    elif test_images is not None or test_labels is not None:
        raise ValueError("test_images and test_labels must be given together")

    races: list[list[_Run]] = []
    epochs = iter(progress(len(seeds) * epoch, profile))
    for seed in seeds:
        rng = np.random.default_rng(seed)
        racing = [_Run(model, criterion, epoch) for _ in optimizers]
        races.append(racing)
        i = 0
        try:
            stacks = _stack(criterion, racing)
            for run, build in zip(racing, optimizers.values(), strict=True):
                run.build(build)
            for i in range(epoch):
                next(epochs)
                order = rng.permutation(len(images))
                started = perf_counter()
                # A contender that overflows is marked; a warning would add nothing.
                with np.errstate(all="ignore"):
                    for x, y in batches(images, labels, batch_size, order):
                        for stack in stacks:
                            stack.train(x, y)
                seconds = perf_counter() - started
                own_seconds = sum(run.own_seconds for run in racing)
                shared = (seconds - own_seconds) / len(racing)
                for stack in stacks:
                    stack.record(i, len(images), shared, limit)
                if all(run.failure for run in racing):
                    break
            if test_images is not None and test_labels is not None:
                for run in racing:
                    if not run.failure:
                        with run.optimizer.evaluation():
                            run.test_accuracy = accuracy(
                                run.model, test_images, test_labels
                            )
        except KeyboardInterrupt:
            when = f"interrupted in epoch {i + 1}"
            finished = len(races) - 1
            if finished:
                races.pop()
            elif not i:
                raise
            for run in racing:
                run.failure = run.failure or when
            warnings.warn(
                f"{when} of seed {seed}: {finished} of {len(seeds)} seeds are finished",
                stacklevel=2,
            )
            break
    return Comparison(
        {
            label: _gather(runs)
            for label, runs in zip(optimizers, zip(*races, strict=True), strict=True)
        }
    )


class _Run:
    """The run of a contender with one seed."""

    def __init__(self, model: Layer, criterion: CrossEntropy, epoch: int) -> None:
        self.model = deepcopy(model)
        self.criterion = criterion
        self.loss, self.accuracy, self.seconds = np.full((3, epoch), np.nan)
        self.test_accuracy = np.nan
        self.failure = ""
        self.own_seconds = 0.0  # of the steps of the present epoch

    def build(self, build: Callable[[Layer], Optimizer]) -> None:
        """Have the optimizer built, or note why it was not."""
        try:
            before = _arrays(self.model)
            self.optimizer = build(self.model)
            if not isinstance(self.optimizer, Optimizer):
                raise TypeError(
                    f"the function must return an Optimizer, got {self.optimizer!r}"
                )
            if not is_built_on(self.optimizer, self.model):
                raise ValueError(
                    "the function must build the optimizer on the model it is given"
                )
            # Others compute with these very arrays.
            if not all(map(is_, before, _arrays(self.model))):
                raise ValueError(
                    "the function must change the model's arrays in place alone"
                )
        except Exception as error:
            self.failure = _name(error)

    def step(self, x: np.ndarray, y: np.ndarray) -> None:
        """Take a step on a batch, its gradients at hand, unless the run has ended."""
        if self.failure:
            return
        started = perf_counter()
        try:
            closure = partial(find_loss, self.model, self.criterion, x, y)
            take_step(self.optimizer, closure)
        except Exception as error:
            self.failure = _name(error)
        self.own_seconds += perf_counter() - started


class _Stack:
    """Runs that are computed together: one model, arrays with an axis more in front.

    The arrays of the runs' own models are views of the stack's. Where layers or loss
    cannot compute so, each run is a stack of its own, without that axis.
    """

    def __init__(
        self, model: Layer, criterion: CrossEntropy, runs: Sequence[_Run]
    ) -> None:
        self.model = model
        self.criterion = criterion
        self.runs = runs
        self.loss, self.right = np.zeros((2, len(runs)))

    def train(self, x: np.ndarray, y: np.ndarray) -> None:
        """Take a step on a batch."""
        logits, loss = find_gradients(self.model, self.criterion, x, y)
        self.loss += loss * (len(y) if self.criterion.reduction == "mean" else 1)
        self.right += np.count_nonzero(logits.argmax(axis=-1) == y, axis=-1)
        for run in self.runs:
            run.step(x, y)

    def record(self, i: int, n: int, seconds: float, limit: float) -> None:
        """Write down epoch i, of n samples and as many shared seconds for each run."""
        for run, loss, right in zip(self.runs, self.loss, self.right, strict=True):
            if not run.failure and not loss / n <= limit:  # NaN is not, either
                run.failure = f"diverged in epoch {i + 1}"
            if not run.failure:
                run.loss[i], run.accuracy[i] = loss / n, right / n
                run.seconds[i] = run.own_seconds + seconds
            run.own_seconds = 0.0
        self.loss[...] = self.right[...] = 0


def _stack(criterion: CrossEntropy, runs: Sequence[_Run]) -> list[_Stack]:
    """Put runs into one stack if layers and loss allow it."""
    models = [run.model for run in runs]
    if fits_a_stack(models[0]) and type(criterion) is CrossEntropy:
        losses = CrossEntropyStack(criterion.reduction)
        return [_Stack(stack_models(models), losses, runs)]
    return [_Stack(run.model, criterion, [run]) for run in runs]


def _arrays(model: Layer) -> list[np.ndarray]:
    lists = (model._parameters, model._gradients)
    return [a for layers in lists for layer in layers for a in layer.values()]


def _gather(runs: Sequence[_Run]) -> Contender:
    return Contender(
        np.array([run.loss for run in runs]),
        np.array([run.accuracy for run in runs]),
        np.array([run.seconds for run in runs]),
        np.array([run.test_accuracy for run in runs]),
        tuple(run.model for run in runs),
        tuple(run.failure for run in runs),
    )


def _worst_loss(
    model: Layer,
    criterion: CrossEntropy,
    images: np.ndarray,
    labels: np.ndarray,
    prefix: str = "",
) -> float:
    """Return a sample's loss untrained or by guessing; say what does not fit."""
    try:
        logits = deepcopy(model).forward(images)
        loss = criterion.forward(logits, labels)
    except ValueError as error:
        raise ValueError(
            f"{prefix}images of shape {images.shape} and {prefix}labels up to "
            f"{labels.max()} must fit the model: {error}"
        ) from error
    if criterion.reduction == "sum":
        loss /= len(images)
    return max(loss, log(logits.shape[-1]))


def check_optimizers(optimizers: Mapping[Any, Callable[..., Optimizer]]) -> None:
    """Raise a TypeError or a ValueError unless these are functions by label."""
    if not isinstance(optimizers, Mapping):
        raise TypeError(
            "optimizers must be a dict with a function for each label, "
            f"got {type(optimizers).__name__}"
        )
    if not optimizers:
        raise ValueError("optimizers must have at least one label, got none")
    for label, build in optimizers.items():
        if not callable(build) or isinstance(build, Optimizer):
            raise TypeError(
                f"optimizers[{label!r}] must be a function that builds an optimizer, "
                f"got {build!r}"
            )


def _check_seeds(seeds: Iterable[int]) -> list[int]:
    if not isinstance(seeds, Iterable):
        raise TypeError(f"seeds must be a sequence of ints, got {seeds!r}")
    checked = [*seeds]
    if not checked:
        raise ValueError("seeds must have at least one, got none")
    for seed in checked:
        if not isinstance(seed, Integral) or isinstance(seed, bool):
            raise TypeError(f"seeds must be ints of at least 0, got {seed!r}")
        if seed < 0:
            raise ValueError(f"seeds must be ints of at least 0, got {seed!r}")
    return checked


def _name(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _summarize(failures: Sequence[str]) -> str:
    """Say what became of the runs that ended early."""
    counts = Counter(failure for failure in failures if failure)
    if len(failures) == 1:
        return failures[0]
    return ", ".join(f"{n} of {len(failures)} {what}" for what, n in counts.items())


def format_table(rows: Sequence[Sequence[str]]) -> str:
    """Align cells: the first and the last column left, the others right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (
        [row[0].ljust(widths[0]), *map(str.rjust, row[1:-1], widths[1:-1]), row[-1]]
        for row in rows
    )
    return "\n".join("  ".join(line).rstrip() for line in lines)
