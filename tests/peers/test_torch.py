"""Every rule against PyTorch, in float64, and what is said of PyTorch."""

import inspect

import numpy as np
import pytest
import torch
from peers.walk import (
    BETAS,
    CORRECTED,
    DECAY,
    EPS,
    LOSSES,
    TOLERANCE,
    as_matrices,
    assert_close,
    farthest,
    follow,
    follow_matrices,
    ours,
    script,
)
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from npoptim import (
    ASGD,
    LBFGS,
    QHM,
    SGD,
    Adadelta,
    Adafactor,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    AMSGrad,
    Arrays,
    CenteredRMSprop,
    ClipByGlobalNorm,
    ClipByValue,
    DecoupledWeightDecay,
    ElasticNet,
    ExponentialAverage,
    L1Optimizer,
    Muon,
    NAdam,
    PAdam,
    PaperAdam,
    QHAdam,
    RAdam,
    RMSprop,
    Rprop,
    UniformAverage,
    Velocity,
    trace,
)

pytestmark = pytest.mark.peers


def theirs(
    name,
    penalty=None,
    before=None,
    average=None,
    package=torch.optim,
    needs_closure=False,
    **arguments,
):
    """Return where an optimizer of PyTorch goes, or an average of its weights.

    Another package may have optimizers with the same interface. A closure finds the
    gradients wherever the model stands, as it does on our side.
    """
    model = torch.nn.ParameterDict(
        {k: torch.nn.Parameter(torch.tensor(w)) for k, w in script()[0].items()}
    )
    optimizer = getattr(package, name)(model.parameters(), **arguments)
    shown = average(model) if callable(average) else model

    def step(t, gradients):
        if before:
            before(optimizer, t)
        for k, w in model.items():
            w.grad = torch.tensor(gradients[k])
        here = {k: w.detach().clone() for k, w in model.items()}

        def closure():
            for k, w in model.items():
                w.grad = torch.tensor(gradients[k]) + (w.detach() - here[k])
            return LOSSES[t - 1]

        optimizer.step(*[closure] * needs_closure)
        if average == "ax":
            states = [optimizer.state[w] for w in model.values()]
            return {k: s["ax"].numpy() for k, s in zip(model, states, strict=True)}
        if average:
            shown.update_parameters(model)
        tensors = shown.module if average else shown
        return {k: w.detach().numpy() for k, w in tensors.items()}

    if package is torch.optim:
        return follow(step, "PyTorch", penalty)
    return follow(step, "others", penalty, package=package.__name__)


def without_correction(optimizer, t):
    # Ten million steps on, 1 - beta^t is 1: nothing is left to correct.
    if t == 1:
        for w in optimizer.param_groups[0]["params"]:
            means = ("exp_avg", "exp_avg_sq", "max_exp_avg_sq")
            state = {name: torch.zeros_like(w) for name in means}
            optimizer.state[w] = {"step": torch.tensor(1e7), **state}


@DECAY
@pytest.mark.parametrize(
    ("momentum", "nesterov"), [(0.0, False), (0.9, False), (0.5, False), (0.9, True)]
)
def test_sgd(momentum, nesterov, decay):
    arguments = {
        "lr": 0.1, "momentum": momentum, "nesterov": nesterov, "weight_decay": decay,
    }  # fmt: skip
    assert_close(ours(SGD, **arguments), theirs("SGD", **arguments))


@DECAY
@pytest.mark.parametrize("momentum", [0.9, 0.5])
@pytest.mark.parametrize("nesterov", [True, False])
def test_qhm_is_momentum_or_nesterovs(momentum, nesterov, decay):
    expected = theirs(
        "SGD", lr=0.1 * (1 - momentum), momentum=momentum, nesterov=nesterov,
        weight_decay=decay,
    )  # fmt: skip
    nu = momentum if nesterov else 1
    points = ours(QHM, lr=0.1, momentum=momentum, nu=nu, weight_decay=decay)
    assert_close(points, expected)


@DECAY
@EPS
@BETAS
def test_qhadam_with_shares_of_1_is_adam(beta1, beta2, eps, decay):
    arguments = {"lr": 0.1, "eps": eps, "weight_decay": decay}
    expected = theirs("Adam", betas=(beta1, beta2), **arguments)
    points = ours(QHAdam, beta1=beta1, beta2=beta2, nu1=1, nu2=1, **arguments)
    assert_close(points, expected)


@DECAY
@EPS
@BETAS
def test_padam_with_the_root_is_amsgrad(beta1, beta2, eps, decay):
    arguments = {"lr": 0.1, "eps": eps, "weight_decay": decay}
    expected = theirs(
        "Adam", before=without_correction, betas=(beta1, beta2), amsgrad=True,
        **arguments,
    )  # fmt: skip
    points = ours(PAdam, beta1=beta1, beta2=beta2, p=0.5, **arguments)
    assert_close(points, expected)


ASGD_ARGUMENTS = pytest.mark.parametrize(
    ("decay", "exponent", "t0"), [(1e-4, 0.75, 1e6), (0.5, 2.0, 7.0), (3.0, 0.0, 0.0)]
)


@pytest.mark.usefixtures("numbers_in_float64")
@ASGD_ARGUMENTS
@pytest.mark.parametrize("average", [None, "ax"])
@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
def test_asgd(decay, exponent, t0, average, weight_decay):
    arguments = {"lr": 0.1, "t0": t0, "weight_decay": weight_decay}
    expected = theirs("ASGD", average=average, lambd=decay, alpha=exponent, **arguments)
    points = ours(
        ASGD, evaluated=bool(average), decay=decay, decay_exponent=exponent, **arguments
    )
    assert_close(points, expected)


@pytest.mark.usefixtures("numbers_in_float64")
def test_asgd_by_default():
    assert_close(ours(ASGD), theirs("ASGD"))
    assert_close(ours(ASGD, evaluated=True), theirs("ASGD", average="ax"))


def test_asgd_has_its_rate_in_float32():
    assert 1e-10 < farthest(ours(ASGD, lr=0.1), theirs("ASGD", lr=0.1)) < 1e-6


@pytest.mark.usefixtures("numbers_in_float64")
def test_asgd_hears_of_a_rate_one_step_late():
    def change(optimizer, t):
        if t == 10:
            optimizer.param_groups[0]["lr"] = 0.5

    points = ours(ASGD, lr=lambda t: 0.1 if t <= 10 else 0.5, decay=0.2)
    assert_close(points, theirs("ASGD", before=change, lr=0.1, lambd=0.2))


@DECAY
@EPS
def test_adagrad(eps, decay):
    arguments = {"lr": 0.1, "eps": eps, "weight_decay": decay}
    expected = theirs("Adagrad", **arguments)
    assert_close(ours(Adagrad, **arguments, eps_in_sqrt=False), expected)


@DECAY
@EPS
@pytest.mark.parametrize("delta", [0.9, 0.99, 0.0])
def test_rmsprop(delta, eps, decay):
    arguments = {"lr": 0.1, "eps": eps, "weight_decay": decay}
    expected = theirs("RMSprop", **arguments, alpha=delta)
    points = ours(RMSprop, **arguments, decay_rate=delta, eps_in_sqrt=False)
    assert_close(points, expected)


@DECAY
@pytest.mark.parametrize("lr", [0.1, 1.0])
@pytest.mark.parametrize("eps", [1e-6, 0.1])
@pytest.mark.parametrize("delta", [0.9, 0.95, 0.0])
def test_adadelta(delta, eps, lr, decay):
    arguments = {"lr": lr, "eps": eps, "weight_decay": decay}
    expected = theirs("Adadelta", **arguments, rho=delta)
    assert_close(ours(Adadelta, **arguments, decay_rate=delta), expected)


def test_adadelta_by_default_but_for_the_share():
    assert_close(ours(Adadelta, decay_rate=0.9), theirs("Adadelta"))


@DECAY
@EPS
@BETAS
@CORRECTED
def test_adam(beta1, beta2, eps, decay, corrected):
    arguments = {"lr": 0.1, "eps": eps, "weight_decay": decay}
    before = None if corrected else without_correction
    expected = theirs("Adam", before=before, **arguments, betas=(beta1, beta2))
    points = ours(
        Adam, **arguments, beta1=beta1, beta2=beta2, bias_correction=corrected,
        eps_in_sqrt=False,
    )  # fmt: skip
    assert_close(points, expected)


def test_paper_adam_by_default():
    assert_close(ours(PaperAdam), theirs("Adam"))


@EPS
@BETAS
@pytest.mark.parametrize("decay", [0.0, 0.01, 0.5])
def test_adamw(beta1, beta2, eps, decay):
    arguments = {"lr": 0.1, "eps": eps, "weight_decay": decay}
    expected = theirs("AdamW", **arguments, betas=(beta1, beta2))
    assert_close(ours(AdamW, **arguments, beta1=beta1, beta2=beta2), expected)


def test_adamw_by_default():
    assert_close(ours(AdamW), theirs("AdamW"))


@DECAY
@EPS
@BETAS
@CORRECTED
def test_amsgrad(beta1, beta2, eps, decay, corrected):
    arguments = {"lr": 0.1, "eps": eps, "weight_decay": decay}
    before = None if corrected else without_correction
    expected = theirs(
        "Adam", before=before, **arguments, betas=(beta1, beta2), amsgrad=True
    )
    points = ours(
        AMSGrad, **arguments, beta1=beta1, beta2=beta2, bias_correction=corrected,
        eps_in_sqrt=False,
    )  # fmt: skip
    assert_close(points, expected)


@DECAY
@EPS
@BETAS
def test_adamax(beta1, beta2, eps, decay):
    arguments = {"lr": 0.1, "eps": eps, "weight_decay": decay}
    expected = theirs("Adamax", **arguments, betas=(beta1, beta2))
    assert_close(ours(Adamax, **arguments, beta1=beta1, beta2=beta2), expected)


def test_adamax_by_default():
    assert_close(ours(Adamax), theirs("Adamax"))


@DECAY
@EPS
@pytest.mark.parametrize(
    ("beta1", "beta2"), [(0.9, 0.999), (0.8, 0.95), (0.0, 0.7), (0.9, 0.5)]
)
def test_radam_that_divides_above_5_by_the_uncorrected_root(beta1, beta2, eps, decay):
    def set_eps(optimizer, t):
        optimizer.eps = eps / np.sqrt(1 - beta2**t)

    expected = theirs(
        "RAdam", lr=0.1, eps=eps, weight_decay=decay, betas=(beta1, beta2)
    )
    points = ours(
        RAdam, before=set_eps, lr=0.1, beta1=beta1, beta2=beta2, weight_decay=decay,
        threshold=5,
    )  # fmt: skip
    assert_close(points, expected)


def test_radam_by_default_but_for_threshold_and_epsilon():
    points = ours(RAdam, threshold=5, eps=0)
    assert_close(points, theirs("RAdam", eps=0))
    # The fifth step is not divided there.
    assert farthest(points[4:5], ours(RAdam, eps=0)[4:5]) > 1e-4


# The largest rate is below 1 / sqrt(50), or above 1 / sqrt(t) from the fifth step on.
RATES = pytest.mark.parametrize("lr", [0.01, 0.5])
# PyTorch takes no d below 1. The RMS of u is about 1, and far from 1000.
CLIPS = pytest.mark.parametrize("clip", [1.0, 1000.0])


@RATES
@CLIPS
@DECAY
@pytest.mark.parametrize("tau", [0.8, 0.5])
@pytest.mark.parametrize("eps2", [1e-3, 2.0])
def test_adafactor(lr, clip, tau, eps2, decay):
    # The squares are all above 1e-10: PyTorch's bound and our sum do nothing.
    expected = theirs(
        "Adafactor", lr=lr, beta2_decay=-tau, eps=(1e-30, eps2), d=clip,
        penalty=lambda w: decay * w,
    )  # fmt: skip
    points = ours(
        Adafactor, lr=lr, decay_exponent=tau, eps2=eps2, clip=clip, weight_decay=decay
    )
    assert_close(points, expected)


@pytest.fixture
def numbers_in_float64():
    """Let PyTorch keep in float64 what it keeps in the default type, too."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


@DECAY
@EPS
@BETAS
@pytest.mark.parametrize("psi", [4e-3, 1.0])
@pytest.mark.usefixtures("numbers_in_float64")
def test_nadam(beta1, beta2, eps, psi, decay):
    arguments = {"lr": 0.1, "eps": eps, "weight_decay": decay, "momentum_decay": psi}
    expected = theirs("NAdam", **arguments, betas=(beta1, beta2))
    assert_close(ours(NAdam, **arguments, beta1=beta1, beta2=beta2), expected)


@pytest.mark.usefixtures("numbers_in_float64")
def test_nadam_by_default():
    assert_close(ours(NAdam), theirs("NAdam"))


@DECAY
@pytest.mark.parametrize("lr", [0.1, 2.0])
@pytest.mark.parametrize("factors", [(0.5, 1.2), (0.8, 1.9)])
@pytest.mark.parametrize("bounds", [(1e-6, 50.0), (0.05, 4.0), (0.0, 2.0)])
def test_rprop(lr, factors, bounds, decay):
    # It has no decay of its own.
    expected = theirs(
        "Rprop", lr=lr, etas=factors, step_sizes=bounds, penalty=lambda w: decay * w
    )
    points = ours(
        Rprop, lr=lr, eta_minus=factors[0], eta_plus=factors[1], min_size=bounds[0],
        max_size=bounds[1], weight_decay=decay,
    )  # fmt: skip
    assert_close(points, expected)


def test_rprop_by_default_but_for_the_rate():
    assert_close(ours(Rprop), theirs("Rprop", lr=0.1))


def test_each_option_of_rprop_is_felt():
    options = (
        {}, {"lr": 2.0}, {"eta_minus": 0.8}, {"eta_plus": 1.9}, {"min_size": 0.05},
        {"max_size": 0.11},
    )  # fmt: skip
    walks = [ours(Rprop, **{"lr": 0.1, **more}) for more in options]
    assert min(farthest(walks[0], other) for other in walks[1:]) > 0.01


@pytest.mark.parametrize("bound", [3.0, 6.5])
def test_clipping(bound):
    def clip(optimizer, *_):
        # It divides by the norm and 1e-6. A bound that is larger in that proportion
        # makes it divide by the norm alone.
        weights = optimizer.param_groups[0]["params"]
        norm = torch.nn.utils.get_total_norm([w.grad for w in weights])
        if norm > bound:
            torch.nn.utils.clip_grad_norm_(weights, bound * (1 + 1e-6 / norm))

    def before(optimizer, t):
        if t == 1:
            optimizer.register_step_pre_hook(clip)

    cls = type("Clipped", (ClipByGlobalNorm, SGD), {})
    arguments = {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1}
    points = ours(cls, **arguments, max_norm=bound)
    assert_close(points, theirs("SGD", before=before, **arguments))
    assert farthest(points, theirs("SGD", **arguments)) > 0.01


@pytest.mark.parametrize("bound", [0.5, 1.5])
def test_clipping_by_value(bound):
    def clip(optimizer, *_):
        weights = optimizer.param_groups[0]["params"]
        torch.nn.utils.clip_grad_value_(weights, bound)

    def before(optimizer, t):
        if t == 1:
            optimizer.register_step_pre_hook(clip)

    cls = type("Clipped", (ClipByValue, SGD), {})
    arguments = {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1}
    points = ours(cls, **arguments, max_value=bound)
    assert_close(points, theirs("SGD", before=before, **arguments))
    assert farthest(points, theirs("SGD", **arguments)) > 0.01


def test_each_option_of_adafactor_is_felt():
    options = ({}, {"lr": 0.01}, {"clip": 1000.0}, {"decay_exponent": 0.5}, {"eps2": 2})
    first, *others = (ours(Adafactor, **{"lr": 0.5, **more}) for more in options)
    assert min(farthest(first, other) for other in others) > 0.01


def test_adafactor_by_default():
    assert_close(ours(Adafactor), theirs("Adafactor"))


AVERAGED = {"SGD": (SGD, {"momentum": 0.9}), "Adam": (PaperAdam, {})}
averaged = pytest.mark.parametrize("name", AVERAGED)


@averaged
@pytest.mark.parametrize("decay", [0.0, 0.5, 0.999])
def test_average_that_is_updated_before_the_first_step(name, decay):
    def average(model):
        shown = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(decay))
        shown.update_parameters(model)
        return shown

    rule, more = AVERAGED[name]
    cls = type("Averaged", (ExponentialAverage, rule), {})
    points = ours(cls, evaluated=True, lr=0.1, average_decay=decay, **more)
    assert_close(points, theirs(name, average=average, lr=0.1, **more))
    # The steps themselves are as they were.
    assert_close(ours(cls, lr=0.1, **more), theirs(name, lr=0.1, **more))


@averaged
@pytest.mark.parametrize("left_out", [0, 7])
def test_uniform_average(name, left_out):
    kept = []

    def average(model):
        kept[:] = [AveragedModel(model)]
        return kept[0]

    def before(optimizer, t):
        # It takes the weights over while it has none yet.
        if t <= left_out + 1:
            kept[0].n_averaged.zero_()

    rule, more = AVERAGED[name]
    cls = type("Averaged", (UniformAverage, rule), {})
    points = ours(cls, evaluated=True, lr=0.1, average_after=left_out, **more)
    assert_close(points, theirs(name, average=average, before=before, lr=0.1, **more))


@averaged
def test_average_takes_over_the_weights_of_its_first_update(name):
    rule, more = AVERAGED[name]
    expected = theirs(
        name, average=lambda model: AveragedModel(
            model, multi_avg_fn=get_ema_multi_avg_fn(0.5)
        ), lr=0.1, **more
    )  # fmt: skip
    points = ours(rule, lr=0.1, **more)
    mean = points[0]
    for w, shown in zip(points, expected, strict=True):
        # At first that is the mean of two equal points.
        mean = {k: 0.5 * mean[k] + 0.5 * w[k] for k in w}
        assert_close([mean], [shown])


FED = {
    "SGD": (SGD, {"momentum": 0.9}, "SGD", {"momentum": 0.9}),
    "Adagrad": (Adagrad, {"eps_in_sqrt": False}, "Adagrad", {"eps": 1e-8}),
    "RMSprop": (
        RMSprop, {"eps_in_sqrt": False, "decay_rate": 0.99}, "RMSprop", {},
    ),
    "Adam": (PaperAdam, {}, "Adam", {}),
    "Adafactor": (Adafactor, {}, "Adafactor", {}),
}  # fmt: skip
each_fed = pytest.mark.parametrize(
    ("cls", "arguments", "name", "more"), FED.values(), ids=FED.keys()
)


@each_fed
def test_l1_by_hand(cls, arguments, name, more):
    l1 = type("L1", (L1Optimizer, cls), {})
    expected = theirs(name, lambda w: 0.2 * np.sign(w), lr=0.1, **more)
    assert_close(ours(l1, lr=0.1, weight_decay=0.2, **arguments), expected)


@each_fed
def test_elastic_net_by_hand(cls, arguments, name, more):
    elastic = type("Elastic", (ElasticNet, cls), {})
    expected = theirs(name, lambda w: 0.15 * np.sign(w) + 0.05 * w, lr=0.1, **more)
    points = ours(elastic, lr=0.1, weight_decay=0.2, l1_ratio=0.75, **arguments)
    assert_close(points, expected)


@each_fed
def test_decoupled(cls, arguments, name, more):
    def shrink(optimizer, t):
        for w in optimizer.param_groups[0]["params"]:
            w.data.mul_(1 - 0.1 * 0.2)

    if name == "Adafactor":
        # It has that decay itself, and measures the weights before it.
        expected = theirs(name, lr=0.1, weight_decay=0.2, **more)
    else:
        expected = theirs(name, before=shrink, lr=0.1, **more)
    decoupled = type("Decoupled", (DecoupledWeightDecay, cls), {})
    assert_close(ours(decoupled, lr=0.1, weight_decay=0.2, **arguments), expected)


# What the docstrings say.


def defaults(cls):
    return {
        name: parameter.default
        for name, parameter in inspect.signature(getattr(torch.optim, cls)).parameters
        .items()
    }  # fmt: skip


def test_defaults_that_the_docstrings_name():
    assert defaults("Adagrad")["lr"] == 0.01
    assert defaults("Adagrad")["eps"] == 1e-10
    assert defaults("Adagrad")["initial_accumulator_value"] == 0
    assert defaults("RMSprop")["lr"] == 0.01
    assert defaults("RMSprop")["alpha"] == 0.99
    assert defaults("Rprop")["lr"] == 0.01
    assert "weight_decay" not in defaults("Rprop")
    assert defaults("Adadelta")["rho"] == 0.9
    assert defaults("Adam")["betas"] == defaults("AdamW")["betas"] == (0.9, 0.999)
    assert defaults("AdamW")["weight_decay"] == 0.01


@pytest.mark.parametrize("name", ["SGD", "Adagrad", "RMSprop", "Adam"])
def test_weight_decay_is_coupled_but_in_adamw_and_adafactor(name):
    coupled = theirs(name, lr=0.1, weight_decay=0.2)
    assert_close(theirs(name, lambda w: 0.2 * w, lr=0.1), coupled)


@pytest.mark.parametrize("nesterov", [False, True])
def test_old_velocity_is_rescaled_there_and_keeps_its_size_here(nesterov):
    def slow_there(optimizer, t):
        optimizer.param_groups[0]["lr"] = 0.1 if t <= 20 else 0.01

    def slow_here(optimizer, t):
        optimizer.lr = 0.1 if t <= 20 else 0.01

    arguments = {"lr": 0.1, "momentum": 0.9, "nesterov": nesterov}
    here = ours(SGD, before=slow_here, **arguments)
    there = theirs("SGD", before=slow_there, **arguments)
    assert_close(here[:20], there[:20])
    assert farthest(here[20:21], there[20:21]) > 0.01
    _, gradients = script()
    g = [step["vector"] for step in gradients]
    b = np.zeros(5)
    for x in g[:20]:
        b = 0.9 * b + x
    new = 0.9 * b + g[20]
    move = -0.01 * (g[20] + 0.9 * new if nesterov else new)
    expected = there[19]["vector"] + move
    np.testing.assert_allclose(there[20]["vector"], expected, **TOLERANCE)
    v = 0.9 * (-0.1 * b) - 0.01 * g[20]
    move = 1.9 * v - 0.9 * (-0.1 * b) if nesterov else v
    expected = here[19]["vector"] + move
    np.testing.assert_allclose(here[20]["vector"], expected, **TOLERANCE)


def test_adamw_multiplies_the_decay_by_the_learning_rate():
    start = script()[0]["vector"]
    w = torch.tensor(start, requires_grad=True)
    w.grad = torch.zeros_like(w)
    torch.optim.AdamW([w], lr=0.1, weight_decay=0.2).step()
    np.testing.assert_allclose(w.detach(), start * (1 - 0.1 * 0.2), rtol=1e-15)


def test_amsgrad_takes_the_maximum_first_and_corrects_it_afterward():
    points = theirs("Adam", lr=0.1, betas=(0.8, 0.9), eps=0.1, amsgrad=True)
    starts, gradients = script()
    w = starts["vector"]
    m = v = largest = np.zeros(5)
    for t, (step, point) in enumerate(zip(gradients, points, strict=True), 1):
        g = step["vector"]
        m = 0.8 * m + 0.2 * g
        v = 0.9 * v + 0.1 * g**2
        largest = np.maximum(largest, v)
        root = np.sqrt(largest / (1 - 0.9**t))
        w = w - 0.1 * m / (1 - 0.8**t) / (root + 0.1)
        np.testing.assert_allclose(point["vector"], w, **TOLERANCE)


def test_adafactor_bounds_roots_and_the_mean_of_the_rows_in_the_place_of_adding():
    # Some squares and means are below the bounds, some above.
    points = theirs("Adafactor", lr=0.01, eps=(0.95, 1e-3), d=1000.0)
    starts, gradients = script()
    for name in ("vector", "matrix"):
        w = starts[name]
        v, row, column = np.zeros(5), np.zeros((3, 1)), np.zeros((1, 4))
        roots, means = [], []
        for t, (step, point) in enumerate(zip(gradients, points, strict=True), 1):
            g, new = step[name], t**-0.8
            if name == "vector":
                v = (1 - new) * v + new * g**2
            else:
                row = (1 - new) * row + new * (g**2).mean(1, keepdims=True)
                column = (1 - new) * column + new * (g**2).mean(0, keepdims=True)
                means.append(row.mean())
                v = row * column / max(row.mean(), 0.95)
            roots.extend(np.sqrt(v).ravel())
            u = g / np.maximum(np.sqrt(v), 0.95)
            size = max(1e-3, np.sqrt(np.mean(w**2)))
            w = w - 0.01 * size * u
            np.testing.assert_allclose(point[name], w, **TOLERANCE)
        assert min(roots) < 0.95 < max(roots)
        assert not means or min(means) < 0.95 < max(means)


def one_weight(name, gradients, dtype=torch.float64, **arguments):
    w = torch.ones(1, dtype=dtype, requires_grad=True)
    optimizer = getattr(torch.optim, name)([w], lr=0.1, **arguments)
    points = []
    for g in gradients:
        w.grad = torch.full_like(w, g)
        optimizer.step()
        points.append(w.item())
    return points


@pytest.mark.parametrize(
    ("name", "bears", "freezes"),
    [
        ("Adagrad", 1.8e19, 1.9e19),
        ("RMSprop", 1.8e20, 1.9e20),
        ("Adam", 5.8e20, 5.9e20),
    ],
)
def test_squares_that_overflow(name, bears, freezes):
    assert one_weight(name, [bears], torch.float32)[0] < 0.91
    assert one_weight(name, [freezes, 1, 1], torch.float32) == [1, 1, 1]


@pytest.mark.parametrize("name", ["Adagrad", "RMSprop", "Adam", "Adamax"])
def test_without_epsilon_a_gradient_of_0_is_nan(name):
    assert np.isnan(one_weight(name, [0, 1], eps=0)).all()


def test_rprop_keeps_the_first_step_within_the_bounds():
    points = one_weight("Rprop", [1, 1], step_sizes=(0.2, 1.0))
    # 0.1 is below 0.2; then 1.2 · 0.2 = 0.24.
    assert points == pytest.approx([0.8, 0.56], rel=1e-15)
    steps = trace(Rprop, 1, [1, 1], min_size=0.2, max_size=1)
    # Here 1.2 · 0.1 = 0.12.
    assert [step.w for step in steps] == pytest.approx([0.9, 0.78], rel=1e-15)


@pytest.mark.parametrize(("g", "second"), [(1e-15, 0.12), (1e-30, 0.1)])
def test_rprop_does_not_grow_where_a_product_is_too_small(g, second):
    # The least float32 above 0 is about 1e-45.
    points = one_weight("Rprop", [g, g], torch.float32)
    assert points == pytest.approx([0.9, 0.9 - second], rel=1e-6)
    model = Arrays(w=np.ones(1, np.float32))
    optimizer = Rprop(model, lr=0.1)
    for _ in range(2):
        model.gradients["w"][...] = g
        optimizer.step()
    assert model.parameters["w"] == pytest.approx([0.78], rel=1e-6)


def test_nesterov_without_momentum_is_refused():
    with pytest.raises(ValueError, match="momentum"):
        theirs("SGD", lr=0.1, nesterov=True)


def test_lr_decay_of_adagrad():
    def slow(optimizer, t):
        optimizer.lr = 0.1 / (1 + 0.5 * (t - 1))

    assert defaults("Adagrad")["lr_decay"] == 0
    expected = theirs("Adagrad", lr=0.1, lr_decay=0.5)
    assert_close(ours(Adagrad, before=slow, eps=1e-10, eps_in_sqrt=False), expected)


CENTERED = {False: RMSprop, True: CenteredRMSprop}


@DECAY
@EPS
@pytest.mark.parametrize("momentum", [0.0, 0.5])
@pytest.mark.parametrize("centered", CENTERED)
def test_options_of_rmsprop_are_classes(centered, momentum, eps, decay):
    assert defaults("RMSprop")["centered"] is False
    assert defaults("RMSprop")["momentum"] == 0
    arguments = {"lr": 0.1, "eps": eps, "weight_decay": decay}
    expected = theirs(
        "RMSprop", **arguments, alpha=0.8, centered=centered, momentum=momentum
    )
    arguments |= {"decay_rate": 0.8, "eps_in_sqrt": False}
    cls = CENTERED[centered]
    if momentum:
        cls = type("WithVelocity", (Velocity, cls), {})
        arguments["step_momentum"] = momentum
    assert_close(ours(cls, **arguments), expected)


def test_velocity_of_rmsprop_is_rescaled_with_the_rate():
    def slow(optimizer, t):
        optimizer.param_groups[0]["lr"] = 0.1 if t <= 20 else 0.01

    arguments = {"lr": 0.1, "alpha": 0.8, "eps": 0.1, "momentum": 0.5}
    here = theirs("RMSprop", **arguments)
    slowed = theirs("RMSprop", before=slow, **arguments)
    # Outside of the velocity, the rate rescales the old one: here at step 21.
    step, whole = (
        {name: w[20][name] - w[19][name] for name in w[20]} for w in (slowed, here)
    )
    assert_close([step], [{name: 0.1 * x for name, x in whole.items()}])


def lbfgs(decay=0.0, before=None, **arguments):
    """Return where LBFGS goes, a step at a time, and never stops by itself."""
    endless = {"max_iter": 1, "tolerance_grad": 0, "tolerance_change": 0}
    penalty = (lambda w: decay * w) if decay else None
    return theirs("LBFGS", penalty, before, needs_closure=True, **endless, **arguments)


def as_if_a_step_of_0_had_been_taken(optimizer, t):
    # So the first step is not shortened.
    if t == 1:
        parameters = optimizer.param_groups[0]["params"]
        zeros = torch.zeros(sum(w.numel() for w in parameters), dtype=torch.float64)
        optimizer.state[parameters[0]] = {
            "n_iter": 1, "func_evals": 0, "d": zeros, "t": 0.0, "old_dirs": [],
            "old_stps": [], "ro": [], "H_diag": 1, "prev_flat_grad": zeros.clone(),
        }  # fmt: skip


@DECAY
# With few, old pairs are dropped; with many, none but those of a curvature below 0.
@pytest.mark.parametrize("history", [1, 3, 10, 100])
@pytest.mark.parametrize("lr", [0.1, 0.02])
def test_lbfgs(lr, history, decay):
    arguments = {"before": as_if_a_step_of_0_had_been_taken, "lr": lr}
    expected = lbfgs(decay, history_size=history, **arguments)
    points = ours(LBFGS, lr=lr, history=history, eps=1e-10, weight_decay=decay)
    assert_close(points, expected)


def test_lbfgs_with_whole_steps_and_a_short_first():
    start, gradients = script()
    first = {name: g + 10 * start[name] for name, g in gradients[0].items()}
    size = sum(np.sum(np.abs(g)) for g in first.values())
    assert size > 1
    points = ours(LBFGS, lr=lambda t: 1 / size if t == 1 else 1, weight_decay=10)
    assert_close(points, lbfgs(decay=10, history_size=10))


def test_lbfgs_defaults():
    parameters = inspect.signature(torch.optim.LBFGS).parameters
    for name, value in {
        "lr": 1,
        "max_iter": 20,
        "tolerance_grad": 1e-7,
        "history_size": 100,
        "line_search_fn": None,
    }.items():
        assert parameters[name].default == value


@pytest.mark.parametrize(("curvature", "kept"), [(0.9e-10, 0), (1.1e-10, 1)])
def test_lbfgs_keeps_pairs_above_a_curvature(curvature, kept):
    w = torch.nn.Parameter(torch.tensor(0.0, dtype=torch.float64))
    optimizer = torch.optim.LBFGS([w], max_iter=1, tolerance_grad=0, tolerance_change=0)
    for g in (1.0, 1.0 - curvature):  # the first step is -1
        w.grad = torch.tensor(g, dtype=torch.float64)
        optimizer.step(lambda: 1.0)
    assert len(optimizer.state[w]["old_dirs"]) == kept
    trace_of_ours = trace(LBFGS, 0, [1, 1 - curvature])
    assert trace_of_ours[1].pairs[-1].all()


def test_lbfgs_takes_many_steps_in_one():
    w = torch.nn.Parameter(torch.tensor(1.0, dtype=torch.float64))
    optimizer = torch.optim.LBFGS([w], lr=0.1)

    def closure():
        w.grad = 2 * w.detach()
        return (w**2).item()

    optimizer.step(closure)
    assert optimizer.state[w]["n_iter"] == 20


def muon(**arguments):
    """Return where Muon goes, which takes matrices alone."""
    model = {k: torch.nn.Parameter(torch.tensor(w)) for k, w in matrices().items()}
    optimizer = torch.optim.Muon([*model.values()], **arguments)

    def step(t, gradients):
        for name, w in model.items():
            w.grad = torch.tensor(gradients[name])
        optimizer.step()
        return {name: w.detach().numpy() for name, w in model.items()}

    return follow_matrices(step, "PyTorch")


def matrices():
    return as_matrices(script()[0])


@pytest.fixture
def in_all_digits(monkeypatch):
    """Let PyTorch not round to bfloat16."""
    monkeypatch.setattr(torch.Tensor, "bfloat16", lambda x: x.double().clone())


@pytest.mark.usefixtures("in_all_digits")
@DECAY
@pytest.mark.parametrize("match_rms", [False, True])
@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize(("momentum", "iterations"), [(0.95, 5), (0.8, 3), (0.0, 1)])
def test_muon(momentum, iterations, nesterov, match_rms, decay):
    arguments = {
        "lr": 0.1, "momentum": momentum, "nesterov": nesterov, "weight_decay": decay,
    }  # fmt: skip
    points = ours(Muon, **arguments, match_rms=match_rms, iterations=iterations, eps=0)
    adjust = "match_rms_adamw" if match_rms else "original"
    expected = muon(**arguments, adjust_lr_fn=adjust, ns_steps=iterations, eps=0)
    assert_close(points, expected)


@pytest.mark.usefixtures("in_all_digits")
def test_muon_of_more_rows_than_columns():
    g = np.random.default_rng(0).normal(size=(7, 2))
    w = torch.nn.Parameter(torch.zeros(7, 2, dtype=torch.float64))
    w.grad = torch.tensor(g)
    torch.optim.Muon([w], lr=0.1, eps=0).step()
    (step,) = trace(Muon, 0 * g, [g], lr=0.1, eps=0)
    np.testing.assert_allclose(step.w, w.detach().numpy(), **TOLERANCE)


def test_muon_rounds_to_bfloat16():
    # Numbers of size 1 have 8 binary digits there, so that a step of 0.1 is good to
    # 0.0004 or so, and 50 steps to 0.02; the singular values that are raised are not.
    gap = farthest(ours(Muon, lr=0.1, eps=0), muon(lr=0.1, weight_decay=0, eps=0))
    assert 1e-4 < gap < 0.5


@pytest.mark.usefixtures("in_all_digits")
def test_muon_takes_epsilon_for_the_least_norm():
    w = torch.nn.Parameter(torch.zeros(1, 1, dtype=torch.float64))
    w.grad = torch.ones(1, 1, dtype=torch.float64)
    torch.optim.Muon(
        [w], lr=1.0, eps=4.0, momentum=0, ns_steps=1, nesterov=False
    ).step()
    (step,) = trace(Muon, 0, [1], lr=1, eps=3, momentum=0, iterations=1)
    assert w.item() == pytest.approx(step.w, rel=1e-15)


def test_muon_defaults():
    parameters = inspect.signature(torch.optim.Muon).parameters
    for name, value in {
        "lr": 1e-3,
        "weight_decay": 0.1,
        "momentum": 0.95,
        "nesterov": True,
        "eps": 1e-7,
        "ns_steps": 5,
    }.items():
        assert parameters[name].default == value
    with pytest.raises(ValueError, match="2D"):
        torch.optim.Muon([torch.nn.Parameter(torch.zeros(3))])
