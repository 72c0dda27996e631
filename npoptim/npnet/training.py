"""The training loop."""

import os
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from npoptim.hyperparameters import check_count
from npoptim.npnet.layers import Layer
from npoptim.npnet.loss import CrossEntropy
from npoptim.optimizer import Optimizer, fill_with_zeros, is_built_on, take_step
from npoptim.saving import identity, read, write


class History(NamedTuple):
    """How a training went, with one value for each epoch."""

    loss: np.ndarray
    """Mean loss of a sample, over the epoch's batches, as they were trained on."""

    accuracy: np.ndarray
    """Share of the samples that were classified correctly, measured likewise."""

    seconds: np.ndarray
    """Seconds that the epoch took."""


def train_fashion_mnist(
    model: Layer,
    criterion: CrossEntropy,
    optim: Optimizer,
    train_images: np.ndarray,
    train_labels: np.ndarray,
    batch_size: int = 100,
    epoch: int = 25,
    profile: bool = False,
    rng: np.random.Generator | int | None = None,
    file: str | os.PathLike[str] | None = None,
) -> History:
    """Train a classifier, batch by batch.

    Parameters
    ----------
    model : Layer
        Changed in place.
    criterion : CrossEntropy
        The loss.
    optim : Optimizer
        Built on ``model``.
    train_images : np.ndarray of float, shape (n, features)
        The samples.
    train_labels : np.ndarray of int, shape (n,)
        Their classes, from 0.
    batch_size : int, default 100
        Samples in a batch, from 1 to n; the last batch has what is left.
    epoch : int, default 25
        How often to go through all samples, at least once.
    profile : bool, default False
        Whether to show a progress bar, if standard error is a terminal. Needs tqdm:
        ``pip install "npoptim[gallery]"``.
    rng : np.random.Generator or int, optional
        Shuffles the samples before every epoch; an int seeds a new generator. By
        default they keep their order.
    file : str or path, optional
        Holds the training: it is written after every epoch, and if it is there at the
        start, the training goes on from it, as if it had not stopped. A larger
        ``epoch`` makes it longer.

    Returns
    -------
    History
        The loss, the accuracy and the seconds of each epoch.

    Raises
    ------
    TypeError
        If images or labels are not arrays of floats and ints, or a number is not an
        int.
    ValueError
        If shapes do not fit, a number is out of its range, an image is not finite, a
        label is negative, or ``optim`` was built on another model; if ``file`` is
        damaged, or of another training. Nothing has changed then.
    FloatingPointError
        If the training diverges until a gradient is not finite: see
        :meth:`Optimizer.step <npoptim.Optimizer.step>`.

    Examples
    --------
    Two samples that a line separates, learned in ten epochs:

    >>> import numpy as np
    >>> from npoptim import Adagrad
    >>> from npoptim.npnet import CrossEntropy, Linear, train_fashion_mnist
    >>> images, labels = np.array([[-1.0], [1.0]]), np.array([0, 1])
    >>> model = Linear(1, 2, rng=0, dtype=np.float64)
    >>> loss, accuracy, seconds = train_fashion_mnist(
    ...     model, CrossEntropy(), Adagrad(model, lr=1), images, labels,
    ...     batch_size=2, epoch=10,
    ... )
    >>> bool(loss[-1] < 0.1), float(accuracy[-1])
    (True, 1.0)

    The same in two parts:

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     for epoch in (4, 10):
    ...         model = Linear(1, 2, rng=0, dtype=np.float64)
    ...         history = train_fashion_mnist(
    ...             model, CrossEntropy(), Adagrad(model, lr=1), images, labels,
    ...             batch_size=2, epoch=epoch, file=Path(folder) / "training",
    ...         )
    >>> np.array_equal(history.loss, loss)
    True
    """
    check_training(train_images, train_labels, batch_size, epoch)
    if not is_built_on(optim, model):
        raise ValueError("optim must be built on the model that is trained")

    n = len(train_images)
    generator = None if rng is None else np.random.default_rng(rng)
    history = History(np.zeros(epoch), np.zeros(epoch), np.zeros(epoch))
    done = 0
    kind = "None" if generator is None else type(generator.bit_generator).__name__
    settings = {
        **identity("train_fashion_mnist"),
        "images": list(train_images.shape),
        "batch_size": batch_size,
        "reduction": criterion.reduction,
        "rng": kind,
    }
    if file is not None and Path(file).exists():
        done = _go_on(file, settings, optim, generator, history)
    for i in (done + k for k in progress(epoch - done, profile)):
        started = perf_counter()
        order = None if generator is None else generator.permutation(n)
        total, right = 0.0, 0
        for images, labels in batches(train_images, train_labels, batch_size, order):
            logits, loss = find_gradients(model, criterion, images, labels)
            take_step(optim, partial(find_loss, model, criterion, images, labels))
            total += loss * (len(labels) if criterion.reduction == "mean" else 1)
            right += int(np.count_nonzero(logits.argmax(axis=1) == labels))
        history.loss[i] = total / n
        history.accuracy[i] = right / n
        history.seconds[i] = perf_counter() - started
        if file is not None:
            state = {
                "settings": settings,
                "optim": optim.state_dict(),
                "rng": None if generator is None else generator.bit_generator.state,
                "history": [values[: i + 1] for values in history],
            }
            write(file, state)
    return history


def _go_on(
    file: str | os.PathLike[str],
    settings: dict[str, Any],
    optim: Optimizer,
    generator: np.random.Generator | None,
    history: History,
) -> int:
    """Go to where a file's training is, and return how many epochs it has."""
    state = read(file)
    there = state.get("settings", {})
    for name, here in settings.items():
        if there.get(name) != here:
            raise ValueError(
                f"{os.fspath(file)} is of a training with {name} {there.get(name)}, "
                f"here {here}: nothing was changed"
            )
    done = len(state["history"][0])
    if done > len(history.loss):
        raise ValueError(
            f"epoch must be at least {done}, as many as {os.fspath(file)} has, got "
            f"{len(history.loss)}"
        )
    optim.load_state_dict(state["optim"])
    if generator is not None:
        generator.bit_generator.state = state["rng"]
    for values, its in zip(history, state["history"], strict=True):
        values[:done] = its
    return done


def find_gradients(
    model: Layer, criterion: CrossEntropy, images: np.ndarray, labels: np.ndarray
) -> tuple[np.ndarray, Any]:
    """Fill the gradients with those of a batch.

    Parameters
    ----------
    model : Layer
        The model.
    criterion : CrossEntropy
        The loss.
    images, labels : np.ndarray
        The batch.

    Returns
    -------
    logits : np.ndarray
        The outputs of the model.
    loss : float
        The loss of the batch.
    """
    logits = model.forward(images)
    loss = criterion.forward(logits, labels)
    fill_with_zeros(model._gradients)
    model.add_gradients(criterion.backward())
    return logits, loss


def find_loss(
    model: Layer, criterion: CrossEntropy, images: np.ndarray, labels: np.ndarray
) -> Any:
    """Fill the gradients with those of a batch, and return its loss: a closure."""
    return find_gradients(model, criterion, images, labels)[1]


def accuracy(model: Layer, images: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of samples whose largest logit is that of their label.

    Of an optimizer that keeps weights to evaluate, such as an average, those are meant
    inside of ``with optimizer.evaluation():``.

    Parameters
    ----------
    model : Layer
        The classifier.
    images : np.ndarray of float, shape (n, features)
        The samples.
    labels : np.ndarray of int, shape (n,)
        Their classes, from 0.

    Returns
    -------
    float
        In [0, 1].

    Raises
    ------
    TypeError, ValueError
        If images and labels do not fit, as for :func:`train_fashion_mnist`.
    """
    check_samples(images, labels)
    return float((model.forward(images).argmax(axis=1) == labels).mean())


def batches(
    images: np.ndarray, labels: np.ndarray, batch_size: int, order: np.ndarray | None
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Go through all samples once.

    Parameters
    ----------
    images, labels : np.ndarray
        The samples and their classes.
    batch_size : int
        Samples in a batch; the last one has what is left.
    order : np.ndarray of int, optional
        The samples' order. By default they keep their own, and nothing is copied.

    Yields
    ------
    images, labels : np.ndarray
        Those of a batch.
    """
    for start in range(0, len(images), batch_size):
        batch = slice(start, start + batch_size)
        chosen = batch if order is None else order[batch]
        yield images[chosen], labels[chosen]


def check_training(
    images: np.ndarray, labels: np.ndarray, batch_size: int, epoch: int
) -> None:
    """Raise a TypeError or a ValueError unless one can train so."""
    check_samples(images, labels)
    n = len(images)
    if check_count("batch_size", batch_size) > n:
        raise ValueError(f"batch_size must be in [1, {n}], got {batch_size}")
    check_count("epoch", epoch)


def check_samples(images: np.ndarray, labels: np.ndarray, prefix: str = "") -> None:
    """Raise a TypeError or a ValueError unless these are samples and classes."""
    for name, array, kinds, what in (
        ("images", images, "f", "floats"),
        ("labels", labels, "iu", "ints"),
    ):
        if not isinstance(array, np.ndarray) or array.dtype.kind not in kinds:
            raise TypeError(
                f"{prefix}{name} must be an array of {what}, "
                f"got {getattr(array, 'dtype', type(array).__name__)}"
            )
    if images.ndim != 2 or labels.shape != images.shape[:1] or not len(labels):
        raise ValueError(
            f"{prefix}images and {prefix}labels must have the shapes (n, features) and "
            f"(n,), n at least 1, got {images.shape} and {labels.shape}"
        )
    # The sum has every NaN and infinity; it may be infinite without one, too.
    with np.errstate(all="ignore"):
        suspect = not np.isfinite(images.sum())
    if suspect and not (finite := np.isfinite(images).all(axis=1)).all():
        raise ValueError(
            f"{prefix}images must be finite, but {prefix}images[{finite.argmin()}] is "
            "not"
        )
    if labels.min() < 0:
        raise ValueError(f"{prefix}labels must be at least 0, got {labels.min()}")


def progress(epochs: int, shown: bool) -> Iterable[int]:
    """Count epochs, with a bar if it is to be shown and there is a terminal."""
    if not isinstance(shown, bool):
        raise TypeError(f"profile must be True or False, got {shown!r}")
    if not shown:
        return range(epochs)
    try:
        from tqdm import tqdm
    except ImportError as error:
        raise ImportError(
            'profile=True needs tqdm: pip install "npoptim[gallery]"'
        ) from error
    # disable=None: no bar where standard error is not a terminal.
    return tqdm(range(epochs), unit="epoch", disable=None)
