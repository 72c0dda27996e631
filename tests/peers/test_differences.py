"""How far frameworks are from papers and from each other, for the documentation.

Each difference is measured, and said: with what the page says of it changed in the
equations, or in the call, nothing is left of it. With ``--write-results`` the numbers
are written where the pages read them; without, they are compared.
"""

import csv
import os
import re
from collections.abc import Callable
from importlib.metadata import version
from inspect import signature
from pathlib import Path
from typing import NamedTuple

os.environ["KERAS_BACKEND"] = "jax"
import keras
import numpy as np
import optax
import pytest
import pytorch_optimizer
import torch
from peers import test_conventions, test_optax, test_torch
from peers.walk import STEPS, Walk, farthest, follow, follow_matrices, ours, script

from npoptim import LAMB, AdEMAMix, Muon
from npoptim.conventions.rules import RULES

pytestmark = [pytest.mark.peers, pytest.mark.usefixtures("in_float64")]

RESULTS = Path(__file__).parents[2] / "docs" / "checked" / "differences.csv"
COLUMNS = ("key", "versions", "call", "other", "apart")
PACKAGES = ("keras", "optax", "pytorch_optimizer", "torch")
MEASURED: dict[str, dict[str, str]] = {}


def go(code, rates=None):
    """Return where a line of code goes, at its own rate or at one that changes."""
    if code == MUON:  # takes arrays of all shapes as they are
        return ours(Muon, lr=0.1, eps=0.0)
    framework = code.partition(".")[0]
    if framework == "pytorch_optimizer":
        return go_with_tensors(code)
    if framework not in test_conventions.WALKS:  # a class that is made of two
        framework = "npoptim"
    return follow(test_conventions.WALKS[framework](code, rates, ""), framework)


def go_with_tensors(code, follow=follow, shape=lambda w: w):
    """Return where PyTorch's kind of optimizer goes."""
    w = {k: torch.nn.Parameter(torch.tensor(x)) for k, x in shape(script()[0]).items()}
    known = {"torch": torch, "pytorch_optimizer": pytorch_optimizer}
    optimizer = eval(code, {**known, "params": [*w.values()]})

    def step(t, gradients):
        for name, x in w.items():
            x.grad = torch.tensor(gradients[name])
        optimizer.step()
        return {name: x.detach().numpy() for name, x in w.items()}

    return follow(step, code.partition(".")[0])


def go_with_matrices(code):
    return go_with_tensors(code, follow_matrices, test_torch.as_matrices)


def steps(title, rates=None, **terms):
    """Return where the equations of the conventions go, with other terms 0."""
    rule = RULES[title]
    terms = dict.fromkeys(rule.terms, 0) | terms
    return test_conventions.walk_by_terms(rule, "", lambda name: terms, rates)


class Difference(NamedTuple):
    """A call, what it is compared with, and what is said of it."""

    key: str
    call: str
    other: str
    said: Callable[[], tuple[Walk, ...]]
    """Walks that are equal if it is true: one is that of the call, or two."""
    go: Callable[[str], Walk] = go
    go_other: Callable[[str], Walk] = go


ADAM = {"lr": 0.1, "beta1": 0.9, "beta2": 0.999}
NADAM = ADAM | {"eps": 1e-8}
TORCH_ADAGRAD = (
    "torch.optim.Adagrad(params, lr=0.1, initial_accumulator_value=0.1 + 1e-7, eps=0)"
)
MUON = "npoptim.Muon(model, lr=0.1, eps=0.0)"
TORCH_MUON = "torch.optim.Muon(params, lr=0.1, weight_decay=0.0, eps=0)"
PYTORCH_OPTIMIZER_MUON = (
    'pytorch_optimizer.Muon([{"params": params, "use_muon": True}], lr=0.1)'
)
AMSGRAD = "npoptim.AMSGrad(model, lr=0.1, eps_in_sqrt=False)"
RMSPROP = "torch.optim.RMSprop(params, lr=0.1, alpha=0.9, eps=0.01)"


def in_all_digits():
    """Return where both Muons go if nothing is rounded to bfloat16."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.Tensor, "bfloat16", lambda x: x.double().clone())
        return go_with_matrices(TORCH_MUON), go(MUON)


def in_all_digits_too():
    rule = pytorch_optimizer.optimizer.utils.matrix.zero_power_via_newton_schulz_5
    with pytest.MonkeyPatch.context() as patch:
        defaults = (*rule.__defaults__[:-1], torch.float64)
        patch.setattr(rule, "__defaults__", defaults)
        return go_with_matrices(PYTORCH_OPTIMIZER_MUON), go(MUON)


def clipped_with_an_epsilon():
    w, gradients = script()
    points = []
    for g in gradients:
        norm = np.sqrt(sum(np.sum(x**2) for x in g.values()))
        share = min(1, 1 / (norm + 1e-6))
        w = {name: w[name] - 0.1 * share * g[name] for name in w}
        points.append(w)
    return (Walk(points, "by hand"),)


def corrected_by_the_rate():
    def correct(optimizer, t):
        optimizer.lr = 0.01 / (1 - 0.9**t)

    return (ours(LAMB, before=correct, eps=0, bias_correction=False),)


def go_clipped(_):
    clip = "torch.nn.utils.clip_grad_norm_(params, 1.0)"
    code = "torch.optim.SGD(params, lr=0.1)"
    return follow(test_conventions.WALKS["torch"](code, None, clip), "torch")


def go_at_changing_rates(code):
    return go(code, test_conventions.RATES)


DIFFERENCES = [
    Difference(
        "optax-adan",
        "optax.adan(learning_rate=0.1, eps_root=0.0)",
        "npoptim.Adan(model, lr=0.1)",
        lambda: (
            steps(
                "Adan", lr=0.1, beta1=0.98, beta2=0.92, beta3=0.99, ahead=1 - 0.92,
                eps=1e-8,
            ),
        ),
    ),
    Difference(
        "optax-rprop",
        "optax.rprop(learning_rate=0.1)",
        "npoptim.Rprop(model, lr=0.1)",
        lambda: (
            steps(
                "Rprop", lr=0.1, minus=0.5, plus=1.2, least=1e-6, most=50.0,
                bounded=True, late=True,
            ),
        ),
    ),
    Difference(
        "optax-adadelta",
        "optax.adadelta()",
        "npoptim.Adadelta(model, lr=1.0, decay_rate=0.9)",
        lambda: (go("optax.adadelta(learning_rate=-1.0)"),),
    ),
    Difference(
        "optax-lars",
        "optax.lars(learning_rate=1.0, weight_decay=0.1)",
        "npoptim.LARS(model, lr=1.0, weight_decay=0.1)",
        lambda: (steps("LARS", lr=1.0, trust=1e-3, momentum=0.9, decay=0.1),),
    ),
    Difference(
        "optax-muon",
        "optax.contrib.muon(learning_rate=0.1, eps=0.0)",
        MUON,
        lambda: (test_optax.muon(eps=0, uncorrected=True), go(MUON)),
        lambda _: test_optax.muon(eps=0),
    ),
    Difference(
        "torch-muon",
        TORCH_MUON,
        MUON,
        in_all_digits,
        go_with_matrices,
    ),
    Difference(
        "pytorch-optimizer-muon",
        PYTORCH_OPTIMIZER_MUON,
        MUON,
        in_all_digits_too,
        go_with_matrices,
    ),
    Difference(
        "keras-lamb",
        "keras.optimizers.Lamb(learning_rate=0.1, epsilon=1e-06, weight_decay=0.1)",
        "npoptim.LAMB(model, lr=0.1, weight_decay=0.1)",
        lambda: (steps("LAMB", **ADAM, eps=1e-6, decay_before=0.1),),
    ),
    Difference(
        "pytorch-optimizer-lamb",
        "pytorch_optimizer.Lamb(params, lr=0.01, eps=0.0)",
        "npoptim.LAMB(model, lr=0.01, eps=0.0)",
        corrected_by_the_rate,
    ),
    Difference(
        "pytorch-optimizer-adopt",
        "pytorch_optimizer.ADOPT(params, lr=0.1)",
        "npoptim.ADOPT(model, lr=0.1)",
        lambda: (
            go(
                "pytorch_optimizer.ADOPT(params, lr=0.1, "
                "clip_lambda=lambda t: (t - 1) ** 0.25)"
            ),
            go("npoptim.ADOPT(model, lr=0.1)"),
        ),
    ),
    Difference(
        "pytorch-optimizer-laprop",
        "pytorch_optimizer.LaProp(params, lr=0.1, weight_decay=0.5, "
        "weight_decouple=False)",
        "npoptim.LaProp(model, lr=0.1, weight_decay=0.5)",
        lambda: (go("pytorch_optimizer.LaProp(params, lr=0.1)"),),
    ),
    Difference(
        "pytorch-optimizer-ademamix",
        "pytorch_optimizer.AdEMAMix(params, lr=0.1, weight_decay=0.1)",
        "npoptim.AdEMAMix(model, lr=0.1, weight_decay=0.1)",
        lambda: (ours(AdEMAMix, lr=0.1, penalty=lambda w: 0.1 * w),),
    ),
    Difference(
        "torch-radam",
        "torch.optim.RAdam(params, lr=0.1)",
        "npoptim.RAdam(model, lr=0.1)",
        lambda: (steps("RAdam", **ADAM, threshold=5, unit=1, eps_hat=1e-8),),
    ),
    Difference(
        "optax-radam",
        "optax.radam(learning_rate=0.1)",
        "npoptim.RAdam(model, lr=0.1)",
        lambda: (steps("RAdam", **NADAM, threshold=5, unit=1),),
    ),
    Difference(
        "adamw",
        "torch.optim.AdamW(params, lr=0.1, weight_decay=0.1)",
        "torch.optim.AdamW(params, lr=0.1, weight_decay=1.0)",
        lambda: (steps("Adam", **NADAM, decay=0.1),),
    ),
    Difference(
        "torch-amsgrad",
        "torch.optim.Adam(params, lr=0.1, amsgrad=True)",
        AMSGRAD,
        lambda: (steps("Adam", **NADAM, maximum=1),),
    ),
    Difference(
        "keras-amsgrad",
        "keras.optimizers.Adam(learning_rate=0.1, epsilon=1e-08, amsgrad=True)",
        "torch.optim.Adam(params, lr=0.1, amsgrad=True)",
        lambda: (steps("Adam", **ADAM, eps_hat=1e-8, maximum=1),),
    ),
    Difference(
        "optax-amsgrad",
        "optax.amsgrad(learning_rate=0.1)",
        AMSGRAD,
        lambda: (steps("Adam", **NADAM, maximum=2),),
    ),
    Difference(
        "optax-amsgrad-torch",
        "optax.amsgrad(learning_rate=0.1)",
        "torch.optim.Adam(params, lr=0.1, amsgrad=True)",
        lambda: (steps("Adam", **NADAM, maximum=2),),
    ),
    Difference(
        "keras-nadam",
        "keras.optimizers.Nadam(learning_rate=0.1, epsilon=1e-08)",
        "torch.optim.NAdam(params, lr=0.1)",
        lambda: (go("torch.optim.NAdam(params, lr=0.1, momentum_decay=1.0)"),),
    ),
    Difference(
        "optax-nadam",
        "optax.nadam(learning_rate=0.1)",
        "torch.optim.NAdam(params, lr=0.1)",
        lambda: (go("torch.optim.NAdam(params, lr=0.1, momentum_decay=1e9)"),),
    ),
    Difference(
        "optax-nadam-keras",
        "optax.nadam(learning_rate=0.1)",
        "keras.optimizers.Nadam(learning_rate=0.1, epsilon=1e-08)",
        lambda: (steps("NAdam", **NADAM, constant=True),),
    ),
    Difference(
        "keras-adam",
        "keras.optimizers.Adam(learning_rate=0.1, epsilon=0.1)",
        "torch.optim.Adam(params, lr=0.1, eps=0.1)",
        lambda: (steps("Adam", **ADAM, eps_hat=0.1),),
    ),
    Difference(
        "keras-adam-default",
        "keras.optimizers.Adam()",
        "torch.optim.Adam(params)",
        lambda: (steps("Adam", **ADAM | {"lr": 1e-3}, eps_hat=1e-7),),
    ),
    Difference(
        "keras-rmsprop",
        "keras.optimizers.RMSprop(learning_rate=0.1, epsilon=0.01)",
        RMSPROP,
        lambda: (steps("RMSprop", lr=0.1, rho=0.9, inside=0.01),),
    ),
    Difference(
        "optax-rmsprop",
        "optax.rmsprop(learning_rate=0.1, eps=0.01)",
        RMSPROP,
        lambda: (
            go("optax.rmsprop(learning_rate=0.1, eps=0.01, eps_in_sqrt=False)"),
            go(RMSPROP),
        ),
    ),
    Difference(
        "rmsprop-default",
        "torch.optim.RMSprop(params)",
        "keras.optimizers.RMSprop()",
        lambda: (steps("RMSprop", lr=0.01, rho=0.99, eps=1e-8),),
    ),
    Difference(
        "keras-adagrad",
        "keras.optimizers.Adagrad(learning_rate=0.1)",
        "torch.optim.Adagrad(params, lr=0.1)",
        lambda: (go(TORCH_ADAGRAD),),
    ),
    Difference(
        "optax-adagrad",
        "optax.adagrad(learning_rate=0.1)",
        "torch.optim.Adagrad(params, lr=0.1)",
        lambda: (go(TORCH_ADAGRAD),),
    ),
    Difference(
        "keras-adamax",
        "keras.optimizers.Adamax(learning_rate=0.1, epsilon=0.1)",
        "torch.optim.Adamax(params, lr=0.1, eps=0.1)",
        lambda: (steps("Adamax", **ADAM, eps_after=0.1),),
    ),
    Difference(
        "keras-ftrl",
        "keras.optimizers.Ftrl(learning_rate=0.1, initial_accumulator_value=0.0, "
        "beta=1.0, l2_regularization_strength=1.0)",
        "npoptim.FTRL(model, lr=0.1, l2=1.0)",
        lambda: (steps("FTRL", lr=0.1, beta=1.0, l2=2.0),),
    ),
    Difference(
        "optax-yogi",
        "optax.yogi(learning_rate=0.1)",
        "npoptim.Yogi(model, lr=0.1)",
        lambda: (steps("Yogi", **ADAM, initial=1e-6, initial_mean=1e-6, eps=1e-3),),
    ),
    Difference(
        "optax-adabelief",
        "optax.adabelief(learning_rate=0.1)",
        "npoptim.AdaBelief(model, lr=0.1)",
        lambda: (steps("AdaBelief", **ADAM, eps=1e-16, added=1e-16),),
    ),
    Difference(
        "torch-dampening",
        "torch.optim.SGD(params, lr=0.1, momentum=0.9, dampening=0.9)",
        "optax.chain(optax.ema(0.9, debias=False), optax.sgd(learning_rate=0.1))",
        lambda: (steps("SGD", lr=0.1, momentum=0.9, dampening=0.9),),
    ),
    Difference(
        "torch-clipping",
        "torch.nn.utils.clip_grad_norm_(params, 1.0)",
        "optax.chain(optax.clip_by_global_norm(1.0), optax.sgd(learning_rate=0.1))",
        clipped_with_an_epsilon,
        go_clipped,
    ),
    Difference(
        "keras-weight-decay",
        "keras.optimizers.Adam(learning_rate=0.1, epsilon=1e-08, weight_decay=0.1)",
        "torch.optim.Adam(params, lr=0.1, weight_decay=0.1)",
        lambda: (steps("Adam", **ADAM, eps_hat=1e-8, decay=0.1),),
    ),
    Difference(
        "torch-weight-decay",
        "torch.optim.Adam(params, lr=0.1, weight_decay=0.1)",
        "torch.optim.AdamW(params, lr=0.1, weight_decay=0.1)",
        lambda: (steps("Adam", **NADAM, penalty=0.1),),
    ),
    Difference(
        "keras-momentum",
        "keras.optimizers.SGD(learning_rate=0.1, momentum=0.9)",
        "torch.optim.SGD(params, lr=0.1, momentum=0.9)",
        lambda: (
            steps("SGD", test_conventions.RATES, lr=0.1, momentum=0.9, rate_inside=1),
        ),
        go_at_changing_rates,
        go_at_changing_rates,
    ),
]  # fmt: skip


def kept():
    """Return the rows that the pages read, by key."""
    with RESULTS.open(encoding="utf-8", newline="") as file:
        return {row["key"]: row for row in csv.DictReader(file)}


@pytest.fixture(scope="module", autouse=True)
def written(request):
    yield
    if request.config.getoption("write_results"):
        # Of those that were not measured now, what was is kept.
        rows = (kept() if RESULTS.exists() else {}) | MEASURED
        with RESULTS.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows[d.key] for d in DIFFERENCES if d.key in rows)


def row(difference, apart):
    key, call, other, *_ = difference
    versions = ", ".join(
        f"{package} {version(package).partition('+')[0]}"
        for package in PACKAGES
        if re.search(rf"\b{package}\.", f"{call} {other}")
    )
    number = f"{apart:.2g}".replace("e-0", "e-")
    return dict(zip(COLUMNS, (key, versions, call, other, number), strict=True))


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda each: each.key)
def test_difference_is_what_is_said(difference, request):
    there = difference.go(difference.call)
    one, two = (*difference.said(), there)[:2]
    assert len(one) == len(two) == STEPS
    assert farthest(one, two) < 1e-12
    apart = farthest(there, difference.go_other(difference.other))
    assert apart > 1e-9
    new = row(difference, apart)
    MEASURED[difference.key] = new
    if not request.config.getoption("write_results"):
        old = kept().get(difference.key, {})
        for name in ("call", "other"):
            assert old.get(name) == new[name], "not in differences.csv: --write-results"
        # A version that another number comes from has changed the rule, or the page
        # is wrong: both are to be read again. Roundings to bfloat16 vary.
        assert float(old["apart"]) == pytest.approx(apart, rel=0.3), old["versions"]


def test_every_row_is_of_a_difference(request):
    if not request.config.getoption("write_results"):
        assert [*kept()] == [difference.key for difference in DIFFERENCES]


# What the pages say besides.


def test_rprop_of_optax_takes_no_first_step():
    assert farthest(go("optax.rprop(learning_rate=0.1)")[:1], script()[:1]) == 0


def test_adan_of_optax_is_the_papers_at_a_half():
    here = go("npoptim.Adan(model, lr=0.1, beta2=0.5)")
    there = go("optax.adan(learning_rate=0.1, b2=0.5, eps_root=0.0)")
    assert farthest(here, there) < 1e-12


def test_amsgrad_of_optax_that_corrects_nothing_is_the_papers():
    there = go(
        "optax.amsgrad(learning_rate=0.1, bias_correction_mu=False, "
        "bias_correction_nu=False)"
    )
    assert farthest(go(AMSGRAD), there) < 1e-12


def test_adabelief_of_optax_with_both_epsilons_is_the_papers():
    there = go("optax.adabelief(learning_rate=0.1, eps=1e-8, eps_root=1e-8)")
    assert farthest(go("npoptim.AdaBelief(model, lr=0.1)"), there) < 1e-12


def test_lamb_of_keras_without_decay_is_that_of_optax():
    there = go("keras.optimizers.Lamb(learning_rate=0.1, epsilon=1e-06)")
    assert farthest(go("optax.lamb(learning_rate=0.1)"), there) < 1e-12


def test_first_step_of_their_lamb_is_ten_times_as_long():
    there = go("pytorch_optimizer.Lamb(params, lr=0.01, eps=0.0)")[0]
    here = go("npoptim.LAMB(model, lr=0.01, eps=0.0)")[0]
    for name, w in script()[0].items():
        np.testing.assert_allclose(there[name] - w, 10 * (here[name] - w), rtol=1e-12)


def test_lars_of_optax_without_decay_is_the_papers():
    there = go("optax.lars(learning_rate=1.0)")
    assert farthest(go("npoptim.LARS(model, lr=1.0)"), there) < 1e-12


def test_optax_and_keras_have_one_rmsprop():
    there = go("keras.optimizers.RMSprop(learning_rate=0.1, epsilon=0.01)")
    assert farthest(go("optax.rmsprop(learning_rate=0.1, eps=0.01)"), there) < 1e-12


def test_mean_is_a_velocity_at_a_tenth_of_the_rate():
    mean = "optax.chain(optax.ema(0.9, debias=False), optax.sgd(learning_rate=0.1))"
    velocity = "torch.optim.SGD(params, lr=0.01, momentum=0.9)"
    assert farthest(go(velocity), go(mean)) < 1e-12


def test_no_two_nadams_are_closer():
    keys = [difference.key for difference in DIFFERENCES if "-nadam" in difference.key]
    assert min(keys, key=lambda key: float(kept()[key]["apart"])) == "keras-nadam"


def test_momentum_at_one_rate_is_the_same():
    one = go("keras.optimizers.SGD(learning_rate=0.1, momentum=0.9)")
    assert farthest(go("torch.optim.SGD(params, lr=0.1, momentum=0.9)"), one) < 1e-12


def test_default_decays_of_adamw():
    calls = (
        (torch.optim.AdamW, 0.01),
        (keras.optimizers.AdamW, 0.004),
        (optax.adamw, 1e-4),
    )
    for call, decay in calls:
        assert signature(call).parameters["weight_decay"].default == decay


def test_documentation_says():
    for cls in (keras.optimizers.RMSprop, keras.optimizers.Adam):
        assert '"epsilon hat"' in cls.__doc__
    assert "without bias correction" in pytorch_optimizer.Lamb.__doc__
    assert "step ** 0.25" in pytorch_optimizer.ADOPT.__doc__
    assert r"v_t^{max} \leftarrow \mathrm{max}(v_{t-1}^{max},v_t)" in (
        torch.optim.Adam.__doc__
    )
    assert r"\textbf{b}_t \leftarrow g_t" in torch.optim.SGD.__doc__
    assert "(1 - \\beta_2) v_t" in optax.adan.__doc__
