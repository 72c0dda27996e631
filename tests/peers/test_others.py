"""Rules against pytorch-optimizer and authors' packages, in float64."""

from functools import partial
from math import exp, log
from types import SimpleNamespace

import dadaptation
import prodigyopt
import pytest
import pytorch_optimizer
import schedulefree
import torch
from peers import test_torch
from peers.walk import (
    BETAS,
    DECAY,
    EPS,
    ProdigyByTheNewDistance,
    as_matrices,
    assert_close,
    corrected_rate,
    farthest,
    follow,
    follow_matrices,
    only,
    ours,
    script,
)

from npoptim import (
    ADOPT,
    FTRL,
    LAMB,
    LARS,
    MADGRAD,
    QHM,
    SAM,
    SGD,
    SM3,
    SOAP,
    AdaBelief,
    AdaBound,
    Adan,
    AdEMAMix,
    AggMo,
    Cautious,
    Constant,
    DAdaptAdam,
    Fromage,
    GradientCentralization,
    LaProp,
    Lion,
    Lookahead,
    Muon,
    NovoGrad,
    PAdam,
    PaperAdam,
    Prodigy,
    QHAdam,
    ScheduleFreeAdamW,
    ScheduleFreeSGD,
    Shampoo,
    SignSGD,
    Signum,
    Warmup,
    trace,
)

pytestmark = pytest.mark.peers


theirs = partial(test_torch.theirs, package=pytorch_optimizer)


@DECAY
@EPS
@BETAS
def test_adabelief(beta1, beta2, eps, decay):
    expected = theirs(
        "AdaBelief", lr=0.1, betas=(beta1, beta2), eps=eps, weight_decay=decay,
        weight_decouple=False,
    )  # fmt: skip
    points = ours(
        AdaBelief, lr=0.1, beta1=beta1, beta2=beta2, eps=eps, weight_decay=decay
    )
    assert_close(points, expected)


@DECAY
@BETAS
def test_lion(beta1, beta2, decay):
    expected = theirs("Lion", lr=0.1, betas=(beta1, beta2), weight_decay=decay)
    points = ours(Lion, lr=0.1, beta1=beta1, beta2=beta2, weight_decay=decay)
    assert_close(points, expected)


@BETAS
def test_cautious(beta1, beta2):
    cls = type("CautiousLion", (Cautious, Lion), {})
    arguments = {"lr": 0.1, "betas": (beta1, beta2), "weight_decay": 0.0}
    expected = theirs("Lion", cautious=True, **arguments)
    assert_close(ours(cls, lr=0.1, beta1=beta1, beta2=beta2), expected)
    assert farthest(expected, theirs("Lion", **arguments)) > 0.01


@pytest.mark.parametrize(("period", "slow_step"), [(5, 0.5), (3, 0.8), (1, 0.3)])
def test_lookahead(period, slow_step):
    def build(parameters, k, alpha, **arguments):
        fast = torch.optim.Adam(parameters, **arguments)
        return pytorch_optimizer.Lookahead(fast, k=k, alpha=alpha)

    package = SimpleNamespace(__name__="pytorch_optimizer", Lookahead=build)
    cls = type("LookaheadAdam", (Lookahead, PaperAdam), {})
    points = ours(cls, lr=0.1, period=period, slow_step=slow_step)
    arguments = {"k": period, "alpha": slow_step, "lr": 0.1}
    assert_close(points, test_torch.theirs("Lookahead", package=package, **arguments))


@DECAY
@pytest.mark.parametrize("radius", [0.05, 0.5])
def test_sam(radius, decay):
    # They add the penalty to the gradient uphill, as is done here.
    arguments = {"lr": 0.1, "momentum": 0.9, "weight_decay": decay}
    expected = theirs(
        "SAM", base_optimizer=torch.optim.SGD, rho=radius, perturb_eps=0.0,
        needs_closure=True, **arguments,
    )  # fmt: skip
    cls = type("SharpnessAwareSGD", (SAM, SGD), {})
    points = ours(cls, radius=radius, **arguments)
    # The norm is found in float32.
    assert 1e-12 < farthest(points, expected) < 1e-6
    assert farthest(points, ours(SGD, **arguments)) > 0.01


def test_centralization():
    def centralize(optimizer, *_):
        for w in optimizer.param_groups[0]["params"]:
            pytorch_optimizer.centralize_gradient(w.grad)

    def before(optimizer, t):
        if t == 1:
            optimizer.register_step_pre_hook(centralize)

    cls = type("Centralized", (GradientCentralization, SGD), {})
    arguments = {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1}
    expected = test_torch.theirs("SGD", before=before, **arguments)
    expected.of, expected.package = "others", "pytorch_optimizer"
    assert_close(ours(cls, **arguments), expected)


@DECAY
@pytest.mark.parametrize("momentum", [0.9, 0.8, 0.0])
def test_signum(momentum, decay):
    expected = theirs(
        "SignSGD", lr=0.1, momentum=momentum, weight_decay=decay, weight_decouple=False
    )
    points = ours(Signum, lr=0.1, momentum=momentum, weight_decay=decay)
    assert_close(points, expected)


@DECAY
def test_sign_sgd(decay):
    expected = theirs(
        "SignSGD", lr=0.1, momentum=0.0, weight_decay=decay, weight_decouple=False
    )
    assert_close(ours(SignSGD, lr=0.1, weight_decay=decay), expected)


def test_their_sign_sgd_is_signum():
    assert_close(ours(Signum, lr=0.1), theirs("SignSGD", lr=0.1))


@DECAY
@pytest.mark.parametrize("shares", [(0.0, 0.9, 0.99), (0.5, 0.8, 0.95)])
def test_aggmo(shares, decay):
    numbers = {f"momentum{k}": share for k, share in enumerate(shares, 1)}
    expected = theirs("AggMo", lr=0.1, betas=shares, weight_decay=decay)
    assert_close(ours(AggMo, lr=0.1, weight_decay=decay, **numbers), expected)


def test_aggmo_by_default():
    assert_close(ours(AggMo), theirs("AggMo"))


def test_their_aggmo_has_one_velocity_for_equal_shares():
    model = torch.nn.Parameter(torch.tensor(1.0, dtype=torch.float64))
    optimizer = pytorch_optimizer.AggMo([model], lr=1.0, betas=(0.5, 0.5))
    model.grad = torch.tensor(1.0, dtype=torch.float64)
    optimizer.step()
    # v = 1, and then v = 0.5 + 1: the mean of the two is the step.
    assert model.item() == 1 - (1 + 1.5) / 2


@DECAY
@EPS
@BETAS
def test_novograd(beta1, beta2, eps, decay):
    expected = theirs(
        "NovoGrad", lr=0.1, betas=(beta1, beta2), eps=eps, weight_decay=decay
    )
    points = ours(
        NovoGrad, lr=0.1, beta1=beta1, beta2=beta2, eps=eps, weight_decay=decay
    )
    assert_close(points, expected)


def test_novograd_by_default():
    assert_close(ours(NovoGrad), theirs("NovoGrad"))


@DECAY
@pytest.mark.parametrize("lr", [0.1, 10.0])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("trust", [1e-3, 0.05])
def test_lars_of_matrices(trust, momentum, lr, decay):
    arguments = {"lr": lr, "momentum": momentum, "weight_decay": decay}
    expected = theirs("LARS", trust_coefficient=trust, **arguments)
    points = ours(LARS, trust=trust, **arguments)
    assert_close(only(points, "matrix", "stack"), only(expected, "matrix", "stack"))
    # Others have neither ratio nor decay.
    plain = ours(SGD, lr=lr, momentum=momentum)
    assert_close([*only(plain, "number", "vector")], only(expected, "number", "vector"))


def test_lars_of_a_matrix_at_0():
    model = torch.nn.Parameter(torch.zeros((1, 2), dtype=torch.float64))
    optimizer = pytorch_optimizer.LARS([model], lr=2.0)
    model.grad = torch.tensor([[3.0, -4.0]], dtype=torch.float64)
    optimizer.step()
    assert model.tolist() == [[-6.0, 8.0]]


@DECAY
@BETAS
def test_their_lamb_corrects_by_the_rate(beta1, beta2, decay):
    def correct(optimizer, t):
        optimizer.lr = 0.01 / (1 - beta1**t)

    # Epsilon is added to the norm, too.
    expected = theirs(
        "Lamb", lr=0.01, betas=(beta1, beta2), eps=0.0, weight_decay=decay,
        weight_decouple=False,
    )  # fmt: skip
    points = ours(
        LAMB, before=correct, beta1=beta1, beta2=beta2, eps=0, weight_decay=decay,
        bias_correction=False,
    )  # fmt: skip
    assert_close(points, expected)


def first_step_of_their_lamb(w, g, **arguments):
    model = torch.nn.Parameter(torch.tensor(w, dtype=torch.float64))
    optimizer = pytorch_optimizer.Lamb([model], lr=1.0, betas=(0.0, 0.0), **arguments)
    model.grad = torch.tensor(g, dtype=torch.float64)
    optimizer.step()
    return model.tolist()


def test_departures_of_their_lamb():
    # 2 / (2 + 2) = 0.5 is the direction, and its norm 0.5 + 2: the bound of the weight
    # is 10, so that the step is 0.5 * 10 / 2.5.
    assert first_step_of_their_lamb(16.0, 2.0, eps=2.0) == 16 - 2
    # The weight is 5 - 0.2 * 5 = 4 before the step, whose length is that.
    assert first_step_of_their_lamb(5.0, 2.0, eps=0.0, weight_decay=0.2) == 0
    assert first_step_of_their_lamb(0.0, 2.0, eps=2.0) == -0.5


@pytest.mark.parametrize("lr", [0.01, 0.1, 0.7])
def test_fromage(lr):
    assert_close(ours(Fromage, lr=lr), theirs("Fromage", lr=lr))


def test_fromage_by_default():
    assert_close(ours(Fromage), theirs("Fromage"))


def test_fromage_of_a_weight_at_0():
    model = torch.nn.Parameter(torch.tensor(0.0, dtype=torch.float64))
    optimizer = pytorch_optimizer.Fromage([model], lr=0.75)
    model.grad = torch.tensor(5.0, dtype=torch.float64)
    optimizer.step()
    assert model.item() == trace(Fromage, 0, [5], lr=0.75)[0].w == -3


@DECAY
@pytest.mark.parametrize("eps", [1e-6, 0.1])
@pytest.mark.parametrize("momentum", [0.9, 0.5, 0.0])
def test_madgrad(momentum, eps, decay):
    arguments = {"momentum": momentum, "eps": eps, "weight_decay": decay}
    expected = theirs("MADGRAD", lr=0.1, **arguments)
    # Their rate is larger by epsilon.
    assert_close(ours(MADGRAD, lr=0.1 + eps, **arguments), expected)


def test_madgrad_by_default_but_for_the_rate():
    assert_close(ours(MADGRAD, lr=1e-3 + 1e-6), theirs("MADGRAD"))


EVALUATED = pytest.mark.parametrize("evaluated", [False, True])


def theirs_free(package, name, evaluated=False, **arguments):
    """Return where a schedule-free optimizer goes, or where it is to be evaluated."""
    model = torch.nn.ParameterDict(
        {k: torch.nn.Parameter(torch.tensor(w)) for k, w in script()[0].items()}
    )
    optimizer = getattr(package, name)(model.parameters(), **arguments)
    optimizer.train()

    def step(t, gradients):
        for k, w in model.items():
            w.grad = torch.tensor(gradients[k])
        optimizer.step()
        if evaluated:
            optimizer.eval()
        points = {k: w.detach().numpy().copy() for k, w in model.items()}
        optimizer.train()
        return points

    return follow(step, "others", package=package.__name__)


@DECAY
@EVALUATED
@pytest.mark.parametrize("beta1", [0.9, 0.6])
@pytest.mark.parametrize(
    ("package", "name"),
    [
        (schedulefree, "SGDScheduleFree"),
        (schedulefree, "SGDScheduleFreeReference"),
        (pytorch_optimizer, "ScheduleFreeSGD"),
    ],
)
def test_schedule_free_sgd(package, name, beta1, evaluated, decay):
    numbers = {"lr": 0.1, "weight_decay": decay}
    expected = theirs_free(package, name, evaluated, momentum=beta1, **numbers)
    points = ours(ScheduleFreeSGD, evaluated=evaluated, beta1=beta1, **numbers)
    assert_close(points, expected)


@EVALUATED
def test_schedule_free_sgd_by_default(evaluated):
    expected = theirs_free(schedulefree, "SGDScheduleFree", evaluated)
    assert_close(ours(ScheduleFreeSGD, evaluated=evaluated), expected)


@DECAY
@EPS
@EVALUATED
@pytest.mark.parametrize(("beta1", "beta2"), [(0.9, 0.999), (0.6, 0.8)])
@pytest.mark.parametrize(
    ("package", "name"),
    [
        (schedulefree, "AdamWScheduleFree"),
        (schedulefree, "AdamWScheduleFreeReference"),
        (schedulefree, "AdamWScheduleFreePaper"),
        (pytorch_optimizer, "ScheduleFreeAdamW"),
    ],
)
def test_schedule_free_adamw(package, name, beta1, beta2, evaluated, eps, decay):
    if package is pytorch_optimizer:
        eps = 0.1  # it adds 1e-15 to v, which shows beside a small epsilon
    numbers = {"lr": 0.1, "eps": eps, "weight_decay": decay}
    expected = theirs_free(package, name, evaluated, betas=(beta1, beta2), **numbers)
    points = ours(
        ScheduleFreeAdamW, evaluated=evaluated, beta1=beta1, beta2=beta2,
        bias_correction=not name.endswith("Paper"), **numbers,
    )  # fmt: skip
    assert_close(points, expected)


@EVALUATED
def test_schedule_free_adamw_by_default(evaluated):
    expected = theirs_free(schedulefree, "AdamWScheduleFreePaper", evaluated)
    assert_close(ours(ScheduleFreeAdamW, evaluated=evaluated), expected)
    corrected = theirs_free(schedulefree, "AdamWScheduleFree", evaluated)
    points = ours(ScheduleFreeAdamW, evaluated=evaluated, bias_correction=True)
    assert_close(points, corrected)


@EVALUATED
def test_schedule_free_sgd_warms_up(evaluated):
    points = ours(ScheduleFreeSGD, evaluated=evaluated, lr=lambda t: min(1, t / 20))
    for name in ("SGDScheduleFree", "SGDScheduleFreeReference"):
        expected = theirs_free(schedulefree, name, evaluated, warmup_steps=20)
        assert_close(points, expected)


@pytest.mark.parametrize(
    ("package", "name"),
    [(schedulefree, "SGDScheduleFree"), (pytorch_optimizer, "ScheduleFreeSGD")],
)
def test_they_weigh_by_the_largest_rate(package, name):
    w = torch.nn.Parameter(torch.tensor(0.0, dtype=torch.float64))
    optimizer = getattr(package, name)([w], lr=2.0, momentum=0.5)
    optimizer.train()
    for rate in (2.0, 1.0):
        optimizer.param_groups[0]["lr"] = rate
        w.grad = torch.tensor(1.0, dtype=torch.float64)
        optimizer.step()
    # z is -2 and then -3, and the two count alike.
    assert {*optimizer.state[w]} == {"z"}
    optimizer.eval()
    assert w.item() == -2.5


@pytest.fixture
def exact_root(monkeypatch):
    """Leave out the 1e-15 that some of their rules add to v, too."""
    for cls in (pytorch_optimizer.LaProp, pytorch_optimizer.AdaBound):
        root = partial(cls.apply_ams_bound, exp_avg_sq_eps=0.0)
        monkeypatch.setattr(cls, "apply_ams_bound", staticmethod(root))


def with_corrected_epsilon(eps, beta2):
    """Return what makes their epsilon, of an uncorrected root, that of a paper."""

    def before(optimizer, t):
        optimizer.param_groups[0]["eps"] = eps * (1 - beta2**t) ** 0.5

    return before


@pytest.mark.usefixtures("exact_root")
@DECAY
@EPS
@BETAS
def test_laprop(beta1, beta2, eps, decay):
    # Their coupled decay comes after the step, and changes nothing. Several arrays at
    # a time are stepped with a correction in float32.
    expected = theirs(
        "LaProp", penalty=lambda w: decay * w, lr=0.1, betas=(beta1, beta2),
        before=with_corrected_epsilon(eps, beta2), foreach=False,
    )  # fmt: skip
    points = ours(LaProp, lr=0.1, beta1=beta1, beta2=beta2, eps=eps, weight_decay=decay)
    assert_close(points, expected)


@pytest.mark.usefixtures("exact_root")
def test_laprop_by_default():
    assert_close(ours(LaProp), theirs("LaProp", foreach=False))


def test_their_coupled_decay_of_laprop_does_nothing():
    expected = theirs("LaProp", weight_decay=0.5, weight_decouple=False)
    assert_close(theirs("LaProp"), expected)


def test_rate_is_inside_of_their_mean():
    model = torch.nn.Parameter(torch.tensor(0.0, dtype=torch.float64))
    optimizer = pytorch_optimizer.LaProp([model], lr=1.0, betas=(0.5, 0.0))
    for g in (1.0, 0.0):
        model.grad = torch.tensor(g, dtype=torch.float64)
        optimizer.step()
        optimizer.param_groups[0]["lr"] = 0.1
    # Of 1 · 1 is left 0.25, and of the rates, that correct it, 0.25 · 1 + 0.5 · 0.1.
    assert model.item() == pytest.approx(-1 - 0.1 * 0.25 / 0.3)
    rate = lambda t: 1 if t == 1 else 0.1  # noqa: E731
    points = trace(LaProp, 0, [1, 0], lr=rate, beta1=0.5, beta2=0)
    assert points[1].w == pytest.approx(-1 - 0.1 * 0.25 / 0.75)


@DECAY
@BETAS
@pytest.mark.parametrize("eps", [1e-6, 0.5])
@pytest.mark.parametrize("clipped", [True, False])
def test_adopt(beta1, beta2, eps, clipped, decay):
    expected = theirs(
        "ADOPT", lr=0.1, betas=(beta1, beta2), eps=eps, weight_decay=decay,
        # By default the bound is that of a step later.
        clip_lambda=(lambda t: (t - 1) ** 0.25) if clipped else None,
    )  # fmt: skip
    points = ours(
        ADOPT, lr=0.1, beta1=beta1, beta2=beta2, eps=eps, clipped=clipped,
        weight_decay=decay,
    )  # fmt: skip
    assert_close(points, expected)


def test_their_bound_of_adopt_is_a_step_ahead():
    points = ours(ADOPT, lr=0.1)
    assert farthest(points, theirs("ADOPT", lr=0.1)) > 0.01
    ahead = theirs("ADOPT", lr=0.1, clip_lambda=lambda t: t**0.25)
    assert_close(theirs("ADOPT", lr=0.1), ahead)


@DECAY
@EPS
@BETAS
@pytest.mark.parametrize(("beta3", "factor"), [(0.9999, 5.0), (0.97, 2.0), (0.5, 0.0)])
def test_ademamix(beta1, beta2, beta3, factor, eps, decay):
    expected = theirs(
        "AdEMAMix", lr=0.1, betas=(beta1, beta2, beta3), alpha=factor, eps=eps,
        weight_decay=decay, weight_decouple=True,
    )  # fmt: skip
    points = ours(
        AdEMAMix, lr=0.1, beta1=beta1, beta2=beta2, beta3=beta3, slow_factor=factor,
        eps=eps, weight_decay=decay,
    )  # fmt: skip
    assert_close(points, expected)


def test_schedules_of_ademamix():
    def beta3(t):
        share = min(t / 20, 1)
        return exp(1 / ((1 - share) / log(0.8) + share / log(0.99)))

    points = ours(
        AdEMAMix, lr=0.1, beta1=0.8, beta3=beta3,
        slow_factor=Warmup(Constant(5), steps=20),
    )  # fmt: skip
    expected = theirs("AdEMAMix", lr=0.1, betas=(0.8, 0.999, 0.99), t_alpha_beta3=20)
    assert_close(points, expected)


def test_ademamix_by_default():
    assert_close(ours(AdEMAMix), theirs("AdEMAMix"))


def test_their_decay_of_ademamix_is_a_penalty_by_default():
    points = ours(AdEMAMix, penalty=lambda w: 0.1 * w)
    assert_close(points, theirs("AdEMAMix", weight_decay=0.1))


@DECAY
@EPS
@pytest.mark.parametrize("betas", [(0.98, 0.92, 0.99), (0.8, 0.5, 0.95), (0, 0, 0.3)])
def test_adan(betas, eps, decay):
    numbers = {f"beta{k}": beta for k, beta in enumerate(betas, 1)}
    arguments = {"eps": eps, "weight_decay": decay}
    expected = theirs("Adan", lr=0.1, betas=betas, weight_decouple=True, **arguments)
    assert_close(ours(Adan, lr=0.1, **numbers, **arguments), expected)
    # The paper's decay is a division.
    rate = 0.1 / (1 + 0.1 * decay)
    expected = theirs("Adan", lr=0.1, betas=betas, **arguments)
    assert_close(ours(Adan, lr=rate, **numbers, **arguments), expected)


def test_adan_by_default():
    assert_close(ours(Adan), theirs("Adan"))


@DECAY
@pytest.mark.parametrize(("momentum", "nu"), [(0.999, 0.7), (0.9, 1.0), (0.8, 0.3)])
def test_qhm(momentum, nu, decay):
    arguments = {"lr": 0.1, "momentum": momentum, "nu": nu, "weight_decay": decay}
    assert_close(ours(QHM, **arguments), theirs("QHM", **arguments))


def test_their_qhm_is_plain_descent_by_default():
    assert_close(ours(QHM, lr=0.1, nu=0), theirs("QHM", lr=0.1))
    assert_close(ours(QHM), theirs("QHM", momentum=0.999, nu=0.7))


def weights_in_float64(optimizer, t):
    # They start as ones in float32, after the first step.
    if t == 2:
        for state in optimizer.state.values():
            for name in ("beta1_weight", "beta2_weight"):
                state[name] = state[name].double()


@DECAY
@EPS
@BETAS
@pytest.mark.parametrize(("nu1", "nu2"), [(0.7, 1.0), (0.3, 0.4), (1.0, 1.0), (0, 0.8)])
def test_qhadam(beta1, beta2, nu1, nu2, eps, decay):
    expected = theirs(
        "QHAdam", lr=0.1, betas=(beta1, beta2), nus=(nu1, nu2), eps=eps,
        weight_decay=decay, before=weights_in_float64,
    )  # fmt: skip
    points = ours(
        QHAdam, lr=0.1, beta1=beta1, beta2=beta2, nu1=nu1, nu2=nu2, eps=eps,
        weight_decay=decay,
    )  # fmt: skip
    assert_close(points, expected)


def test_qhadam_by_default_but_for_the_shares():
    points = ours(QHAdam, beta1=0.9, nu1=1)
    assert_close(points, theirs("QHAdam", before=weights_in_float64))
    assert farthest(points, theirs("QHAdam")) > 1e-12


@pytest.mark.usefixtures("exact_root")
@DECAY
@EPS
@BETAS
@pytest.mark.parametrize(("factor", "speed"), [(2.0, 1e-3), (0.5, 0.5)])
def test_adabound(beta1, beta2, factor, speed, eps, decay):
    expected = theirs(
        "AdaBound", lr=0.05, betas=(beta1, beta2), final_lr=factor * 0.05, gamma=speed,
        weight_decay=decay, weight_decouple=False, foreach=False,
        before=with_corrected_epsilon(eps, beta2),
    )  # fmt: skip
    points = ours(
        AdaBound, lr=0.05, beta1=beta1, beta2=beta2, final_factor=factor,
        closing=speed, eps=eps, weight_decay=decay,
    )  # fmt: skip
    assert_close(points, expected)


@pytest.mark.usefixtures("exact_root")
def test_adabound_by_default():
    before = with_corrected_epsilon(1e-8, 0.999)
    assert_close(ours(AdaBound), theirs("AdaBound", foreach=False, before=before))


@pytest.mark.usefixtures("exact_root")
def test_last_rate_of_adabound_follows_a_schedule():
    def falling(optimizer, t):
        optimizer.param_groups[0].update(lr=0.1 / t**0.5, eps=0.0)

    expected = theirs(
        "AdaBound", lr=0.1, before=falling, final_lr=0.02, gamma=0.1, foreach=False
    )
    points = ours(
        AdaBound, lr=lambda t: 0.1 / t**0.5, final_factor=0.2, closing=0.1, eps=0
    )
    assert_close(points, expected)


@DECAY
@EPS
@BETAS
@pytest.mark.parametrize("p", [0.125, 0.25, 0.5])
def test_padam_without_the_maximum(p, beta1, beta2, eps, decay):
    def forget(optimizer, t):
        for v_max in optimizer.state["v_max"][0].values():
            v_max[...] = 0

    expected = theirs(
        "PAdam", lr=0.1, betas=(beta1, beta2), partial=p, eps=eps, weight_decay=decay
    )
    points = ours(
        PAdam, lr=lambda t: 0.1 * (1 - beta2**t) ** 0.5 / (1 - beta1**t), beta1=beta1,
        beta2=beta2, p=p, eps=eps, weight_decay=decay, before=forget,
    )  # fmt: skip
    assert_close(points, expected)


def test_their_power_of_padam_is_a_fourth_by_default():
    assert_close(theirs("PAdam"), theirs("PAdam", lr=0.1, partial=0.25))
    assert farthest(theirs("PAdam"), theirs("PAdam", partial=0.125)) > 0.01


@pytest.mark.parametrize("beta", [0.0, 1.0])
@pytest.mark.parametrize(("l1", "l2"), [(0.0, 0.0), (0.3, 0.0), (0.0, 0.4), (1.0, 3.0)])
def test_ftrl(l1, l2, beta):
    expected = theirs("FTRL", lr=0.1, beta=beta, lambda_1=l1, lambda_2=l2)
    assert_close(ours(FTRL, lr=0.1, beta=beta, l1=l1, l2=l2), expected)


def test_ftrl_by_default_but_for_beta():
    assert_close(ours(FTRL, beta=0), theirs("FTRL"))


@EPS
def test_sm3(eps):
    # Of a stack of matrices it keeps the largest along all three axes.
    names = ("number", "vector", "matrix")
    expected = theirs("SM3", lr=0.1, eps=eps)
    points = ours(SM3, lr=0.1, eps=eps)
    assert_close(only(points, *names), only(expected, *names))
    assert farthest(only(points, "stack"), only(expected, "stack")) > 1e-3


def test_sm3_by_default_but_for_epsilon():
    names = ("number", "vector", "matrix")
    points = ours(SM3, eps=1e-30)
    assert_close(only(points, *names), only(theirs("SM3"), *names))


@DECAY
@EPS
@pytest.mark.parametrize(("lr", "initial"), [(1.0, 1e-6), (0.7, 0.01)])
@pytest.mark.parametrize("corrected", [True, False])
@pytest.mark.parametrize(("beta1", "beta2"), [(0.9, 0.999), (0.6, 0.8)])
def test_dadapt_adam(beta1, beta2, corrected, initial, lr, eps, decay):
    expected = test_torch.theirs(
        "DAdaptAdam", package=dadaptation, lr=lr, betas=(beta1, beta2), eps=eps,
        d0=initial, use_bias_correction=corrected, weight_decay=decay,
    )  # fmt: skip
    points = ours(
        DAdaptAdam, lr=corrected_rate(lr, beta1, beta2) if corrected else lr,
        beta1=beta1, beta2=beta2, eps=eps, initial=initial, weight_decay=decay,
    )  # fmt: skip
    assert_close(points, expected)


def test_dadapt_adam_by_default():
    assert_close(ours(DAdaptAdam), test_torch.theirs("DAdaptAdam", package=dadaptation))


def test_dadapt_adam_multiplies_a_decoupled_decay_by_its_rate():
    ends = []
    for decay in (0.5, 0.0):
        w = torch.nn.Parameter(torch.tensor(1.0, dtype=torch.float64))
        optimizer = dadaptation.DAdaptAdam(
            [w], lr=2.0, d0=0.25, weight_decay=decay, decouple=True
        )
        w.grad = torch.tensor(3.0, dtype=torch.float64)
        optimizer.step()
        ends.append(w.item())
    assert ends[1] - ends[0] == pytest.approx(0.5 * 2.0 * 0.25, rel=1e-15)


@DECAY
@pytest.mark.parametrize("eps", [1e-30, 1e-8, 0.1])
@pytest.mark.parametrize(("lr", "initial"), [(1.0, 1e-6), (0.7, 0.01)])
@pytest.mark.parametrize("corrected", [True, False])
@pytest.mark.parametrize(("beta1", "beta2"), [(0.9, 0.999), (0.6, 0.8)])
def test_prodigy(beta1, beta2, corrected, initial, lr, eps, decay):
    expected = test_torch.theirs(
        "Prodigy", package=prodigyopt, lr=lr, betas=(beta1, beta2), eps=eps,
        d0=initial, use_bias_correction=corrected, weight_decay=decay,
    )  # fmt: skip
    # Beside an epsilon that does not show, the two are the same as they are.
    points = ours(
        Prodigy if eps == 1e-30 else ProdigyByTheNewDistance,
        lr=corrected_rate(lr, beta1, beta2) if corrected else lr,
        beta1=beta1, beta2=beta2, eps=eps, initial=initial, weight_decay=decay,
    )  # fmt: skip
    assert_close(points, expected)


def test_prodigy_by_default_but_for_the_place_of_epsilon():
    points = ours(ProdigyByTheNewDistance)
    assert_close(points, test_torch.theirs("Prodigy", package=prodigyopt))


def test_their_prodigy_has_the_new_distance_beside_epsilon_too():
    package = partial(test_torch.theirs, "Prodigy", package=pytorch_optimizer)
    points = ours(ProdigyByTheNewDistance, eps=0.1, initial=0.01)
    theirs = package(eps=0.1, d0=0.01)
    # Its sums are in float32.
    assert 1e-12 < farthest(points, theirs) < 1e-5
    assert farthest(ours(Prodigy, eps=0.1, initial=0.01), theirs) > 1e-3


@pytest.mark.parametrize("eps", [0, 1e-7])
def test_their_muon_rounds_to_bfloat16(eps):
    g = torch.tensor([[2.0, 1.0], [-1.0, 3.0]], dtype=torch.float64)
    w = torch.nn.Parameter(torch.zeros_like(g))
    optimizer = pytorch_optimizer.Muon([{"params": [w], "use_muon": True}], lr=1.0)
    w.grad = g.clone()
    optimizer.step()
    (step,) = trace(Muon, 0 * g.numpy(), [g.numpy()], lr=1, eps=eps)
    assert 1e-4 < abs(w.detach().numpy() - step.w).max() < 0.1


def shampoo(eps, decay):
    """Return where Shampoo goes with matrices, and others by Adagrad from epsilon."""
    start = script()[0]
    flat = {name for name, w in start.items() if w.ndim < 2}
    model = {
        k: torch.nn.Parameter(torch.tensor(w)) for k, w in as_matrices(start).items()
    }
    rules = [
        pytorch_optimizer.Shampoo(
            [w for name, w in model.items() if name not in flat],
            lr=0.1, matrix_eps=eps, weight_decay=decay,
        ),
        torch.optim.Adagrad(
            [w for name, w in model.items() if name in flat],
            lr=0.1, initial_accumulator_value=eps, eps=0, weight_decay=decay,
        ),
    ]  # fmt: skip

    def step(t, gradients):
        for name, w in model.items():
            w.grad = torch.tensor(gradients[name])
        for rule in rules:
            rule.step()
        return {name: w.detach().numpy() for name, w in model.items()}

    walk = follow_matrices(step, "others")
    walk.package = "pytorch_optimizer"
    return walk


@DECAY
@pytest.mark.parametrize("eps", [1.0, 0.01])
def test_shampoo(eps, decay):
    expected = shampoo(eps, decay)
    assert_close(ours(Shampoo, lr=0.1, eps=eps, weight_decay=decay), expected)


def test_shampoo_with_a_small_epsilon():
    # Until a matrix has its full rank, some eigenvalues are epsilon, of which rounding
    # leaves 1e-16 / 1e-6 of the largest.
    gap = farthest(ours(Shampoo, lr=0.1), shampoo(Shampoo.eps.default, 0))
    assert gap < 1e-9


def test_their_shampoo_takes_a_number_by_plain_descent():
    w = torch.nn.Parameter(torch.tensor(1.0, dtype=torch.float64))
    w.grad = torch.tensor(4.0, dtype=torch.float64)
    pytorch_optimizer.Shampoo([w], lr=0.5).step()
    assert w.item() == 1 - 0.5 * 4


def test_their_shampoo_takes_a_vector_by_full_adagrad():
    g = torch.tensor([4.0, -4.0], dtype=torch.float64)
    w = torch.nn.Parameter(torch.zeros(2, dtype=torch.float64))
    w.grad = g.clone()
    pytorch_optimizer.Shampoo([w], lr=1.0, matrix_eps=17.0).step()
    # In the direction of g, of the norm √32, it is divided by √(17 + 32) = 7.
    torch.testing.assert_close(w.detach(), -g / 7)


def soap(monkeypatch, lr, beta1, beta2, eps, decay, period):
    """Return where SOAP goes with matrices from our start, without what departs."""
    start = script()[0]
    model = {
        k: torch.nn.Parameter(torch.tensor(w if w.ndim else w.reshape(1)))
        for k, w in (start | as_matrices(only_matrices(start))).items()
    }
    optimizer = pytorch_optimizer.SOAP(
        model.values(), lr=lr, betas=(beta1, beta2), weight_decay=0.0,
        precondition_frequency=period,
    )  # fmt: skip
    (group,) = optimizer.param_groups
    # No step is left out, the columns are not sorted, and QR is in float64.
    group["step"] = 1
    monkeypatch.setattr(torch, "float32", torch.float64)
    monkeypatch.setattr(torch, "argsort", lambda x, **_: torch.arange(len(x)))
    for w in model.values():
        bases = [torch.eye(n).double() for n in w.shape] if w.ndim > 1 else [[]]
        optimizer.state[w] = {
            "exp_avg": torch.zeros_like(w), "exp_avg_sq": torch.zeros_like(w),
            "GG": [eps * basis if len(basis) else [] for basis in bases],
            "Q": bases, "precondition_frequency": period, "shampoo_beta": beta2,
        }  # fmt: skip

    def step(t, gradients):
        group["eps"] = eps * (1 - beta2**t) ** 0.5
        before = {name: w.detach().clone() for name, w in model.items()}
        for name, w in model.items():
            w.grad = torch.tensor(gradients[name]).reshape(w.shape)
        optimizer.step()
        for name, w in model.items():
            w.data -= lr * decay * before[name]
        return {k: w.detach().numpy().reshape(start[k].shape) for k, w in model.items()}

    return follow(step, "others", package="pytorch_optimizer")


def only_matrices(point):
    """Return what has more than one axis."""
    return {name: w for name, w in point.items() if w.ndim > 1}


@DECAY
@EPS
@BETAS
@pytest.mark.parametrize("period", [10, 7])
def test_soap(monkeypatch, beta1, beta2, eps, decay, period):
    arguments = {
        "lr": 0.1, "beta1": beta1, "beta2": beta2, "eps": eps, "period": period,
    }  # fmt: skip
    expected = soap(monkeypatch, decay=decay, **arguments)
    assert_close(ours(SOAP, weight_decay=decay, **arguments), expected)


def steps_of_their_soap(gradients, **arguments):
    """Return where their SOAP goes from 1, and its state in the end."""
    w = torch.nn.Parameter(torch.ones_like(gradients[0]))
    optimizer = pytorch_optimizer.SOAP([w], **arguments)
    points = []
    for g in gradients:
        w.grad = g.clone()
        optimizer.step()
        points.append(w.detach().clone())
    return points, optimizer.state[w]


def test_their_soap_takes_eigenvectors_from_the_first_gradient_and_no_step():
    g = torch.tensor([[1.0, 2.0], [-3.0, 5.0]], dtype=torch.float64)
    (w,), state = steps_of_their_soap([g], lr=0.1)
    assert (w == 1).all()
    for matrix, basis in zip((g @ g.T, g.T @ g), state["Q"], strict=True):
        turned = basis.T @ matrix @ basis
        torch.testing.assert_close(turned, torch.diag(turned.diagonal()))


def test_their_soap_sorts_the_columns_and_v_and_decomposes_in_float32():
    # Of eigenvectors that are the axes, the second has the larger eigenvalue.
    mean = torch.tensor([[1.0, 0.1], [0.1, 3.0]], dtype=torch.float64)
    v = torch.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=torch.float64)
    axes = torch.eye(2, dtype=torch.float64)
    state = {"GG": [mean, mean], "Q": [axes, axes], "exp_avg_sq": v}
    optimizer = pytorch_optimizer.SOAP([torch.nn.Parameter(v.clone())])
    bases = optimizer.get_orthogonal_matrix_qr(state)
    assert state["exp_avg_sq"].tolist() == [[4, 3], [2, 1]]
    for basis in bases:
        assert torch.equal(basis, torch.linalg.qr(mean.flip(1).float())[0].double())
        gap = abs(basis - torch.linalg.qr(mean.flip(1))[0]).max()
        assert 1e-12 < gap < 1e-6


def test_their_soap_has_epsilon_beside_the_uncorrected_root_and_decays_afterwards():
    g = torch.tensor([3.0], dtype=torch.float64)
    points, _ = steps_of_their_soap(
        [g, g], lr=0.5, betas=(0.5, 0.75), eps=0.5, weight_decay=0.2
    )
    # m = 0.5 · 3 and v = 0.25 · 3², whose corrections are by 0.5 and by 0.25.
    step = 0.5 * (1.5 / 0.5) * 0.25**0.5 / (2.25**0.5 + 0.5)
    assert points[-1].item() == pytest.approx((1 - step) * (1 - 0.5 * 0.2), rel=1e-15)


def test_their_soap_has_a_matrix_for_each_axis():
    g = torch.ones(2, 3, 4, dtype=torch.float64)
    _, state = steps_of_their_soap([g], lr=0.1)
    assert [len(matrix) for matrix in state["GG"]] == [2, 3, 4]
    assert [len(basis) for basis in state["Q"]] == [2, 3, 4]
