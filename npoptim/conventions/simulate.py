"""Rules by their terms, to see how far apart two are."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from npoptim.adam.adam import PaperAdam
from npoptim.adam.adamax import Adamax
from npoptim.adam.amsgrad import AMSGrad
from npoptim.adam.nadam import NAdam
from npoptim.adaptive.adadelta import Adadelta
from npoptim.adaptive.adagrad import Adagrad
from npoptim.adaptive.rmsprop import CenteredRMSprop, RMSprop
from npoptim.descent.sgd import SGD
from npoptim.models import Arrays
from npoptim.optimizer import Array, Optimizer
from npoptim.regularizers import DecoupledWeightDecay
from npoptim.sign.lion import Lion
from npoptim.wrappers.velocity import Velocity

STEPS = 100
WEIGHTS = 8

Terms = Mapping[str, Any]


def rooted(base: type[Optimizer], terms: Terms) -> type[Optimizer]:
    """Return a rule whose root has epsilon in each of its places.

    Parameters
    ----------
    base : type
        A rule with a root.
    terms : mapping
        With what is added in which place.
    """

    def root(self: Any, v: Array) -> Array:
        outside = terms["eps"]
        if terms.get("eps_hat"):
            outside += terms["eps_hat"] / np.sqrt(1 - terms["beta2"] ** self.t)
        return np.sqrt(v + terms["inside"]) + outside

    return type(base.__name__, (base,), {"root": root})


def rule_of(rule: str, terms: Terms) -> tuple[type[Optimizer], dict[str, Any]]:
    """Return a rule, and its arguments but for the rate and the decay.

    Parameters
    ----------
    rule : str
        Its name.
    terms : mapping
        Its terms.
    """
    shares = {name: terms[name] for name in ("beta1", "beta2") if name in terms}
    if rule == "SGD":
        names = ("momentum", "nesterov")
        return SGD, {name: terms[name] for name in names if terms["momentum"]}
    if rule == "Adagrad":
        falls = terms["rate_falls"]
        rate = {"lr": lambda t: terms["lr"] / (1 + (t - 1) * falls)}
        return rooted(Adagrad, terms), rate
    if rule == "RMSprop":
        cls = rooted(CenteredRMSprop if terms["centered"] else RMSprop, terms)
        if not terms["momentum"]:
            return cls, {"decay_rate": terms["rho"]}
        velocity = type(cls.__name__, (Velocity, cls), {})
        return velocity, {
            "decay_rate": terms["rho"],
            "step_momentum": terms["momentum"],
        }
    if rule == "Adamax":
        return Adamax, shares | {"eps": terms["eps"] or terms["eps_after"]}
    if rule == "NAdam":
        rise = 1e9 if terms["constant"] else terms["rise"]
        return rooted(NAdam, terms), shares | {"momentum_decay": rise}
    if rule == "Adadelta":
        return Adadelta, {"decay_rate": terms["rho"], "eps": terms["inside"]}
    if rule == "Lion":
        return Lion, shares
    if not terms["maximum"]:
        return rooted(PaperAdam, terms), shares
    corrected = {"corrected_maximum": terms["maximum"] == 2, "bias_correction": True}
    return rooted(AMSGrad, terms), shares | corrected


def build(rule: str, terms: Terms, model: Any) -> Optimizer:
    """Return a rule of these terms.

    Parameters
    ----------
    rule : str
        Its name.
    terms : mapping
        Its terms.
    model : object
        What it steps.
    """
    cls, arguments = rule_of(rule, terms)
    decay = terms.get("penalty", 0)
    if terms["decay"] and not decay:
        decay = terms["decay"]
        if cls is not Lion:
            cls = type(f"{cls.__name__}W", (DecoupledWeightDecay, cls), {})
    return cls(model, **{"lr": terms["lr"], "weight_decay": decay} | arguments)


def distance(rule: str, one: Terms, other: Terms) -> float:
    """Return how far two are apart after 100 steps, at gradients of size 1.

    Parameters
    ----------
    rule : str
        The name of the rule.
    one, other : mapping
        Its terms, twice.

    Returns
    -------
    float
        The largest difference of a weight, in units of the learning rate.
    """
    ends = []
    for terms in (one, other):
        rng = np.random.default_rng(0)
        model = Arrays(w=rng.normal(size=WEIGHTS))
        optimizer = build(rule, terms, model)
        for _ in range(STEPS):
            model.gradients["w"][...] = rng.normal(size=WEIGHTS)
            optimizer.step()
        ends.append(model.parameters["w"])
    return float(np.max(np.abs(ends[0] - ends[1])) / (one["lr"] or 1.0))
