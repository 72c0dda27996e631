"""Rules by their terms: where they go, and how far apart two are."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any

import numpy as np

from npoptim.conventions.expressions import assignments, evaluate
from npoptim.conventions.form import Rule
from npoptim.optimizer import Array

STEPS = 100
SHAPE = 2, 4

Terms = Mapping[str, Any]


def walk(
    rule: Rule,
    terms: Terms,
    w: Array,
    gradients: Iterable[Array],
    rates: Sequence[float] | None = None,
    losses: Sequence[float] | None = None,
    curvature: float = 1.0,
) -> Iterator[Mapping[str, Any]]:
    """Yield all that a rule computes, step by step.

    Parameters
    ----------
    rule : Rule
        Of the data.
    terms : mapping
        What it is made of.
    w : np.ndarray
        The weights at the start, of any shape.
    gradients : iterable of np.ndarray
        For each step, of the shape of ``w``.
    rates : sequence of float, optional
        For each step, in the place of the rate among the terms.
    losses : sequence of float, optional
        For each step; of none, all are 1.
    curvature : float, default=1.0
        Of the loss, for gradients elsewhere.

    Yields
    ------
    dict
        The terms, and each name that is assigned, such as ``w``.
    """
    lines = [*assignments(rule.steps)]
    names = dict.fromkeys([name for name, _ in lines], 0.0) | dict(terms) | {"w": w}
    names |= {name: evaluate(text, names) for name, text in rule.start.items()}
    for t, g in enumerate(gradients, 1):
        names |= {"t": t, "g": g, "lr_next": names.get("lr")}
        names["gradient_at"] = partial(gradient_at, names["w"], g, curvature)
        names["loss"] = losses[t - 1] if losses else 1.0
        if rates is not None:
            names |= {"lr": rates[t - 1], "lr_next": rates[min(t, len(rates) - 1)]}
        for name, expression in lines:
            names[name] = evaluate(expression, names)
        yield dict(names)


def gradient_at(w: Array, g: Array, curvature: float, point: Array) -> Array:
    """Return the gradient at another point."""
    return g + curvature * (point - w)


def numbers() -> Iterator[float]:
    """Yield numbers of mean 0 and size 1, the same in any language.

    Those of a linear congruential generator, whose products are small enough for
    floating point.
    """
    x = 1
    while True:
        x = (75 * x + 74) % 65537
        yield (x - 32768) / 18918.6


def arrays() -> Iterator[Array]:
    """Yield arrays of such numbers."""
    found = numbers()
    while True:
        yield np.reshape([*islice(found, int(np.prod(SHAPE)))], SHAPE)


@np.errstate(all="ignore")  # of a negative epsilon, for instance, it may be NaN
def distance(rule: Rule, one: Terms, other: Terms) -> float:
    """Return how far apart two are at gradients of size 1.

    Parameters
    ----------
    rule : Rule
        Of the data.
    one, other : mapping
        Its terms, twice.

    Returns
    -------
    float
        The largest difference of a weight after 100 steps, or of a rate, a gradient or
        an average within them; in units of the first one's learning rate, if any.
    """
    found = []
    for terms in (one, other):
        first, *gradients = islice(arrays(), 1 + STEPS)
        steps = walk(rule, terms, first, gradients)
        found.append(np.array([names[rule.result] for names in steps]))
    gaps = np.abs(found[0] - found[1])
    gap = np.max(gaps[-1] if rule.result == "w" else gaps)
    return float(gap / (one.get("lr") or 1.0))


def in_words(gap: float, result: str) -> str:
    """Return how far apart two are as words, with what it is that they are for."""
    return ALIKE if gap < ROUNDING else f"{gap:.2g} {AWAY[result]}"


ROUNDING = 1e-10
ALIKE = f"the same for {STEPS} steps at gradients of size 1, but not always"


AWAY = {
    "w": f"learning rates away after {STEPS} steps at gradients of size 1",
    "rate": f"learning rates away at most within {STEPS} steps",
    "g": "away at most at gradients of size 1",
    "a": f"away at most within {STEPS} steps of size 1",
}
