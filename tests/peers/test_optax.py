"""Every rule against Optax, in float64, and what is said of Optax."""

import inspect

import jax
import jax.numpy as jnp
import numpy as np
import optax
import optax.contrib
import pytest
from peers.walk import (
    BETAS,
    CORRECTED,
    DECAY,
    EPS,
    LOSSES,
    STEPS,
    TOLERANCE,
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
    LAMB,
    LARS,
    LBFGS,
    MADGRAD,
    QHM,
    SAM,
    SGD,
    SM3,
    AdaBelief,
    Adadelta,
    Adafactor,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    Adan,
    AdEMAMix,
    AMSGrad,
    Arrays,
    CenteredRMSprop,
    ClipByGlobalNorm,
    ClipByValue,
    DAdaptAdam,
    DecoupledWeightDecay,
    DoG,
    DoWG,
    ElasticNet,
    ExponentialAverage,
    Fromage,
    GradientCentralization,
    L1Optimizer,
    Lion,
    Lookahead,
    Muon,
    NAdam,
    NovoGrad,
    OptimisticSGD,
    PAdam,
    PaperAdam,
    PolyakSGD,
    Prodigy,
    QHAdam,
    RAdam,
    RMSprop,
    Rprop,
    ScheduleFreeAdamW,
    ScheduleFreeSGD,
    SignSGD,
    Signum,
    Velocity,
    Yogi,
    trace,
)

pytestmark = pytest.mark.peers


@pytest.fixture(autouse=True)
def in_float64():
    assert jax.config.jax_enable_x64, "set JAX_ENABLE_X64=1"


def theirs(
    *transformations, penalty=None, uncorrected=False, evaluated=False, **started
):
    """Return where a chain of Optax's transformations goes."""
    transformation = optax.chain(*transformations)
    w = {name: jnp.array(start) for name, start in script()[0].items()}
    state = transformation.init(w)
    if uncorrected:
        # Ten million steps on, 1 - beta^t is 1: nothing is left to correct.
        state = optax.tree.set(state, count=jnp.array(10_000_000))
    if started:
        state = optax.tree.set(state, **started)
    update = jax.jit(optax.with_extra_args_support(transformation).update)

    def step(t, gradients):
        nonlocal w, state
        updates, state = update(gradients, state, w, value=LOSSES[t - 1])
        w = optax.apply_updates(w, updates)
        if evaluated:  # the last transformation is schedule-free
            return optax.contrib.schedule_free_eval_params(state[-1], w)
        return w

    return follow(step, "Optax", penalty)


def l2(decay):
    return optax.add_decayed_weights(decay)


INSIDE = pytest.mark.parametrize("inside", [True, False])
EVALUATED = pytest.mark.parametrize("evaluated", [False, True])


@DECAY
@pytest.mark.parametrize(
    ("momentum", "nesterov"), [(0.0, False), (0.9, False), (0.5, False), (0.9, True)]
)
def test_sgd(momentum, nesterov, decay):
    expected = theirs(l2(decay), optax.sgd(0.1, momentum or None, nesterov))
    points = ours(SGD, lr=0.1, momentum=momentum, nesterov=nesterov, weight_decay=decay)
    assert_close(points, expected)


@DECAY
@pytest.mark.parametrize(("momentum", "nu"), [(0.999, 0.7), (0.9, 1.0), (0.8, 0.3)])
def test_qhm_from_their_mean(momentum, nu, decay):
    def mixed(update, state, w=None):
        mean, state = ema.update(update, state, w)
        return jax.tree.map(lambda g, m: (1 - nu) * g + nu * m, update, mean), state

    ema = optax.ema(momentum, debias=False)
    mean = optax.GradientTransformation(ema.init, mixed)
    expected = theirs(l2(decay), mean, optax.scale_by_learning_rate(0.1))
    points = ours(QHM, lr=0.1, momentum=momentum, nu=nu, weight_decay=decay)
    assert_close(points, expected)


@DECAY
def test_optimistic_sgd(decay):
    points = ours(OptimisticSGD, lr=0.1, weight_decay=decay)
    theirs_from_zero = theirs(
        l2(decay),
        optax.optimistic_gradient_descent(0.1),
        is_initial_step=jnp.array(False),
    )
    assert_close(points, theirs_from_zero)


def test_optimistic_sgd_starts_with_half_a_step():
    start, gradients = script()
    points = ours(OptimisticSGD, lr=0.1)
    halved = [
        {name: w + 0.1 * gradients[0][name] for name, w in step.items()}
        for step in points
    ]
    assert_close(theirs(optax.optimistic_gradient_descent(0.1)), halved)
    for name, w in points[0].items():
        np.testing.assert_allclose(w, start[name] - 0.2 * gradients[0][name])


@DECAY
@pytest.mark.parametrize(
    ("lr", "f_min", "scale"), [(1.0, 0.0, 1.0), (0.2, -3.0, 0.5), (0.1, 40.0, 3.0)]
)
def test_polyak_sgd(lr, f_min, scale, decay):
    points = ours(PolyakSGD, lr=lr, f_min=f_min, scale=scale, weight_decay=decay)
    # The largest rate is scaled, too.
    expected = theirs(l2(decay), optax.polyak_sgd(lr / scale, scale, f_min))
    assert_close(points, expected)


def test_polyak_sgd_by_default():
    assert_close(ours(PolyakSGD), theirs(optax.polyak_sgd()))


def test_polyak_sgd_below_the_least_loss():
    start, _ = script()
    f_min = 1 + max(LOSSES)
    assert_close(ours(PolyakSGD, f_min=f_min), theirs(optax.polyak_sgd(f_min=f_min)))
    still = theirs(optax.polyak_sgd(f_min=f_min, variant="sps+"))
    assert_close(still, [start] * STEPS)


def test_polyak_sgd_of_tiny_gradients():
    rule = optax.polyak_sgd()
    for g, step in ((1.4e-8, 0.0), (1.5e-8, -1.5e-8)):
        update, _ = rule.update(jnp.array(g), rule.init(1.0), value=1.0)
        assert float(update) == step
        assert trace(PolyakSGD, 1, [g], losses=[1])[0].increment == -g


# The penalty is what the loss curves by: with these numbers enough at every step.
@pytest.mark.parametrize(("lr", "decay"), [(1.0, 30.0), (0.02, 100.0), (0.02, 300.0)])
@pytest.mark.parametrize("history", [3, 10])
def test_lbfgs_where_all_curvatures_are_above_0(history, lr, decay):
    start, gradients = script()
    g = {name: gradients[0][name] + decay * w for name, w in start.items()}
    norm = np.sqrt(sum(np.sum(each**2) for each in g.values()))
    assert norm > 1
    points = ours(
        LBFGS, history=history, weight_decay=decay,
        lr=lambda t: lr / norm if t == 1 else lr,
    )  # fmt: skip
    rule = optax.lbfgs(lr, memory_size=history, linesearch=None)
    assert_close(points, theirs(l2(decay), rule))


def test_lbfgs_keeps_pairs_of_a_curvature_below_0():
    rule = optax.lbfgs(1.0, linesearch=None)
    w = jnp.array(0.0)
    state = rule.init(w)
    for g in (1.0, 2.0):
        update, state = rule.update(jnp.array(g), state, w)
        w = w + update
    # s = -1 and y = 1, whose quotient takes the place of 1 / h: so the step climbs.
    assert float(update) == 2.0
    assert trace(LBFGS, 0, [1, 2])[1].increment == -2


def test_lbfgs_defaults():
    assert default("lbfgs", "memory_size") == LBFGS.history.default
    assert default("lbfgs", "linesearch") is not None


def muon(uncorrected=False, **arguments):
    """Return where Muon goes with each matrix transposed, as Optax has them."""
    rule = optax.contrib.muon(0.1, **arguments)
    w = {name: jnp.array(x.T) for name, x in as_matrices(script()[0]).items()}
    state = rule.init(w)
    if uncorrected:
        state = optax.tree.set(state, count=jnp.array(10_000_000))
    update = jax.jit(rule.update)

    def step(t, gradients):
        nonlocal w, state
        updates, state = update({k: g.T for k, g in gradients.items()}, state, w)
        w = optax.apply_updates(w, updates)
        return {name: x.T for name, x in w.items()}

    return follow_matrices(step, "Optax")


@DECAY
@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("match_rms", [False, True])
@pytest.mark.parametrize(
    ("momentum", "iterations", "eps"), [(0.95, 5, 1e-7), (0.8, 3, 0.2), (0.0, 1, 0.0)]
)
def test_muon(momentum, iterations, eps, nesterov, match_rms, decay):
    expected = muon(
        # Optax's mean has 1 - momentum of b, and so has its norm.
        beta=momentum, eps=eps * (1 - momentum), nesterov=nesterov, ns_steps=iterations,
        weight_decay=decay, consistent_rms=0.2 if match_rms else None, uncorrected=True,
    )  # fmt: skip
    points = ours(
        Muon, lr=0.1, momentum=momentum, eps=eps, nesterov=nesterov,
        match_rms=match_rms, iterations=iterations, weight_decay=decay,
    )  # fmt: skip
    assert_close(points, expected)


@pytest.mark.parametrize("nesterov", [False, True])
def test_muon_corrects_the_momentum(nesterov):
    # Without epsilon only the weights of both parts in Nesterov's sum are others.
    points = ours(Muon, lr=0.1, eps=0, nesterov=nesterov)
    gap = farthest(points, muon(eps=0, nesterov=nesterov))
    assert gap > 1e-3 if nesterov else gap < 1e-12


@pytest.mark.parametrize(("shape", "factor"), [((2, 8), 2), ((8, 2), 1)])
def test_factor_of_muon_is_for_columns(shape, factor):
    g = jnp.ones(shape)
    steps = []
    for rms in (None, 1.0):
        rule = optax.contrib.muon(1.0, consistent_rms=rms)
        steps.append(rule.update(g, rule.init(g), g)[0])
    np.testing.assert_allclose(steps[0] / factor, steps[1] / np.sqrt(8), rtol=1e-12)


def test_muon_takes_vectors_by_adam():
    g = jnp.array([1.0, -2.0])
    steps = [
        rule.update(g, rule.init(g), g)[0]
        for rule in (optax.contrib.muon(0.1), optax.adam(0.1, nesterov=True))
    ]
    np.testing.assert_allclose(*steps, rtol=1e-12)


@DECAY
@EPS
@pytest.mark.parametrize(("lr", "initial"), [(1.0, 1e-6), (1.5, 0.1)])
def test_dog(lr, initial, eps, decay):
    expected = theirs(
        optax.contrib.dog(lr, ("heuristic", initial), eps, weight_decay=decay or None)
    )
    points = ours(DoG, lr=lr, initial=initial, eps=eps, weight_decay=decay)
    assert_close(points, expected)


def test_dog_by_default():
    assert_close(ours(DoG), theirs(optax.contrib.dog()))


def test_dog_begins_with_a_distance_or_a_rate_there():
    # A square of 16 makes the root 5; Optax's epsilon is in it.
    for first, step in (("distance", 2.0 * 3 / 5), ("learning_rate", 2.0 * 3)):
        rule = optax.contrib.dog(1.0, (first, 2.0), eps=16.0)
        update, _ = rule.update(jnp.array(3.0), rule.init(jnp.array(7.0)), 7.0)
        assert float(update) == pytest.approx(-step, rel=1e-15)


@DECAY
@EPS
@pytest.mark.parametrize(("lr", "initial"), [(1.0, 0.01), (1.5, 0.1)])
def test_dowg(lr, initial, eps, decay):
    expected = theirs(
        optax.contrib.dowg(lr, initial**2, eps, weight_decay=decay or None)
    )
    points = ours(DoWG, lr=lr, initial=initial, eps=eps, weight_decay=decay)
    assert_close(points, expected)


def test_dowg_by_default():
    assert_close(ours(DoWG), theirs(optax.contrib.dowg()))


def test_dowg_begins_with_epsilon_there():
    points = ours(DoWG, initial=0.5, eps=0.25)
    assert_close(points, theirs(optax.contrib.dowg(eps=0.25)))


@DECAY
@EVALUATED
@pytest.mark.parametrize("beta1", [0.9, 0.6])
def test_schedule_free_sgd(beta1, evaluated, decay):
    rule = optax.contrib.schedule_free_sgd(0.1, b1=beta1)
    expected = theirs(l2(decay), rule, evaluated=evaluated)
    points = ours(
        ScheduleFreeSGD, evaluated=evaluated, lr=0.1, beta1=beta1, weight_decay=decay
    )
    assert_close(points, expected)


@EVALUATED
def test_schedule_free_sgd_by_default(evaluated):
    expected = theirs(optax.contrib.schedule_free_sgd(), evaluated=evaluated)
    assert_close(ours(ScheduleFreeSGD, evaluated=evaluated), expected)


@DECAY
@EPS
@INSIDE
@EVALUATED
@pytest.mark.parametrize(("beta1", "beta2"), [(0.9, 0.999), (0.6, 0.8)])
def test_schedule_free_adamw(beta1, beta2, evaluated, inside, eps, decay):
    numbers = {"weight_decay": decay, "eps": eps}
    rule = optax.contrib.schedule_free_adamw(0.1, b1=beta1, b2=beta2, **numbers)
    if inside:
        steps = optax.chain(
            optax.scale_by_rms(beta2, eps, eps_in_sqrt=True, bias_correction=True),
            l2(decay),
            optax.scale_by_learning_rate(0.1),
        )
        rule = optax.contrib.schedule_free(steps, 0.1, beta1)
    points = ours(
        ScheduleFreeAdamW, evaluated=evaluated, lr=0.1, beta1=beta1, beta2=beta2,
        bias_correction=True, eps_in_sqrt=inside, **numbers,
    )  # fmt: skip
    assert_close(points, theirs(rule, evaluated=evaluated))


@EVALUATED
def test_schedule_free_adamw_by_default_but_for_the_correction(evaluated):
    expected = theirs(optax.contrib.schedule_free_adamw(), evaluated=evaluated)
    points = ours(ScheduleFreeAdamW, evaluated=evaluated, bias_correction=True)
    assert_close(points, expected)


def test_schedule_free_sgd_weighs_by_the_rate_of_the_next_step_there():
    rule = optax.contrib.schedule_free_sgd(lambda count: 2.0 * count + 1, b1=0.5)
    w, state = jnp.array(0.0), rule.init(jnp.array(0.0))
    for g in (2.0, -1.0):
        update, state = rule.update(jnp.array(g), state, w)
        w = w + update
    # As by hand, but that the points count 3² and 5², where their rates are 1 and 3.
    shown = optax.contrib.schedule_free_eval_params(state, w)
    assert float(shown) == pytest.approx(-2 + 25 / 34 * 3, rel=1e-15)


@DECAY
@EPS
@pytest.mark.parametrize("initial", [1e-6, 0.01])
@pytest.mark.parametrize(("beta1", "beta2"), [(0.9, 0.999), (0.6, 0.8)])
def test_dadapt_adam(beta1, beta2, initial, eps, decay):
    rule = optax.contrib.dadapt_adamw(1.0, (beta1, beta2), eps, initial)
    points = ours(
        DAdaptAdam, lr=corrected_rate(1.0, beta1, beta2), beta1=beta1, beta2=beta2,
        eps=eps, initial=initial, weight_decay=decay,
    )  # fmt: skip
    assert_close(points, theirs(l2(decay), rule))


def test_dadapt_adam_by_default_but_for_the_correction():
    points = ours(DAdaptAdam, lr=corrected_rate(1.0, 0.9, 0.999))
    assert_close(points, theirs(optax.contrib.dadapt_adamw()))


def test_dadapt_adam_multiplies_a_decoupled_decay_by_its_rate():
    decaying, plain = (
        one_weight(optax.contrib.dadapt_adamw(2.0, (0, 0), 1.0, 0.25, decay), [3.0])
        for decay in (0.5, 0.0)
    )
    assert plain[0] - decaying[0] == pytest.approx(0.5 * 2.0 * 0.25, rel=1e-15)


@DECAY
@pytest.mark.parametrize("eps", [1e-30, 1e-8, 0.1])
@pytest.mark.parametrize("initial", [1e-6, 0.01])
@pytest.mark.parametrize(("beta1", "beta2"), [(0.9, 0.999), (0.6, 0.8)])
def test_prodigy(beta1, beta2, initial, eps, decay):
    rule = optax.contrib.prodigy(
        1.0, (beta1, beta2), eps=eps, estim_lr0=initial, weight_decay=decay
    )
    # Beside an epsilon that does not show, the two are the same as they are.
    points = ours(
        Prodigy if eps == 1e-30 else ProdigyByTheNewDistance,
        lr=corrected_rate(1.0, beta1, beta2), beta1=beta1, beta2=beta2, eps=eps,
        initial=initial, weight_decay=decay,
    )  # fmt: skip
    assert_close(points, theirs(rule))


@DECAY
@EPS
def test_adagrad(eps, decay):
    expected = theirs(
        l2(decay), optax.adagrad(0.1, initial_accumulator_value=0, eps=eps)
    )
    assert_close(ours(Adagrad, lr=0.1, eps=eps, weight_decay=decay), expected)


@DECAY
@EPS
@INSIDE
@pytest.mark.parametrize("delta", [0.9, 0.99, 0.0])
def test_rmsprop(delta, eps, inside, decay):
    expected = theirs(l2(decay), optax.rmsprop(0.1, delta, eps, eps_in_sqrt=inside))
    points = ours(
        RMSprop, lr=0.1, decay_rate=delta, eps=eps, eps_in_sqrt=inside,
        weight_decay=decay,
    )  # fmt: skip
    assert_close(points, expected)


@DECAY
@pytest.mark.parametrize("lr", [0.1, 1.0])
@pytest.mark.parametrize("eps", [1e-6, 0.1])
@pytest.mark.parametrize("delta", [0.9, 0.95, 0.0])
def test_adadelta(delta, eps, lr, decay):
    expected = theirs(optax.adadelta(lr, delta, eps, weight_decay=decay))
    arguments = {"lr": lr, "eps": eps, "weight_decay": decay}
    assert_close(ours(Adadelta, **arguments, decay_rate=delta), expected)


def test_adadelta_without_a_rate_climbs():
    assert_close(theirs(optax.adadelta()), theirs(optax.adadelta(-1.0)))
    assert_close(ours(Adadelta, decay_rate=0.9), theirs(optax.adadelta(1.0)))


def places(eps, inside):
    return {"eps": 0, "eps_root": eps} if inside else {"eps": eps, "eps_root": 0}


@DECAY
@EPS
@INSIDE
@BETAS
@CORRECTED
def test_adam(beta1, beta2, eps, inside, decay, corrected):
    expected = theirs(
        l2(decay),
        optax.adam(0.1, beta1, beta2, **places(eps, inside)),
        uncorrected=not corrected,
    )
    points = ours(
        Adam, lr=0.1, beta1=beta1, beta2=beta2, eps=eps,
        bias_correction=corrected, eps_in_sqrt=inside, weight_decay=decay,
    )  # fmt: skip
    assert_close(points, expected)


@EPS
@INSIDE
@BETAS
@CORRECTED
@pytest.mark.parametrize("decay", [0.0, 0.01, 0.5])
def test_adamw(beta1, beta2, eps, inside, decay, corrected):
    expected = theirs(
        optax.adamw(0.1, beta1, beta2, **places(eps, inside), weight_decay=decay),
        uncorrected=not corrected,
    )
    points = ours(
        AdamW, lr=0.1, beta1=beta1, beta2=beta2, eps=eps,
        bias_correction=corrected, eps_in_sqrt=inside, weight_decay=decay,
    )  # fmt: skip
    assert_close(points, expected)


@DECAY
@EPS
@INSIDE
@BETAS
def test_amsgrad_of_the_paper(beta1, beta2, eps, inside, decay):
    expected = theirs(
        l2(decay),
        optax.amsgrad(
            0.1, beta1, beta2, **places(eps, inside),
            bias_correction_mu=False, bias_correction_nu=False,
        ),
    )  # fmt: skip
    points = ours(
        AMSGrad, lr=0.1, beta1=beta1, beta2=beta2, eps=eps,
        eps_in_sqrt=inside, weight_decay=decay,
    )  # fmt: skip
    assert_close(points, expected)


@DECAY
@EPS
@BETAS
def test_adamax(beta1, beta2, eps, decay):
    expected = theirs(l2(decay), optax.adamax(0.1, beta1, beta2, eps))
    points = ours(Adamax, lr=0.1, beta1=beta1, beta2=beta2, eps=eps, weight_decay=decay)
    assert_close(points, expected)


def test_adamax_by_default():
    # Optax has no rate by default.
    assert_close(ours(Adamax), theirs(optax.adamax(2e-3)))


@DECAY
@CORRECTED
@pytest.mark.parametrize("eps", [1e-16, 1e-8, 0.1])
@pytest.mark.parametrize(("beta1", "beta2"), [(0.9, 0.999), (0.8, 0.95), (0.3, 0.5)])
def test_adabelief(beta1, beta2, eps, decay, corrected):
    expected = theirs(
        l2(decay),
        optax.adabelief(0.1, beta1, beta2, eps, eps),
        uncorrected=not corrected,
    )
    points = ours(
        AdaBelief, lr=0.1, beta1=beta1, beta2=beta2, eps=eps,
        bias_correction=corrected, weight_decay=decay,
    )  # fmt: skip
    assert_close(points, expected)


def test_adabelief_by_default_but_for_epsilon():
    # Optax has no rate by default.
    assert default("adabelief", "eps") == default("adabelief", "eps_root") == 1e-16
    assert_close(ours(AdaBelief, eps=1e-16), theirs(optax.adabelief(1e-3)))


@DECAY
@EPS
@INSIDE
@pytest.mark.parametrize(
    ("beta1", "beta2", "threshold"),
    [(0.9, 0.999, 5), (0.9, 0.999, 4), (0.8, 0.95, 7.3), (0.0, 0.7, 4), (0.9, 0.5, 4)],
)
def test_radam(beta1, beta2, threshold, eps, inside, decay):
    expected = theirs(
        l2(decay), optax.radam(0.1, beta1, beta2, **places(eps, inside),
        threshold=threshold),
    )  # fmt: skip
    points = ours(
        RAdam, lr=0.1, beta1=beta1, beta2=beta2, eps=eps, eps_in_sqrt=inside,
        weight_decay=decay, threshold=threshold,
    )  # fmt: skip
    assert_close(points, expected)


def test_radam_by_default_but_for_the_threshold():
    # Optax has no rate by default.
    assert default("radam", "threshold") == 5
    assert_close(ours(RAdam, threshold=5), theirs(optax.radam(1e-3)))


@DECAY
@BETAS
@pytest.mark.parametrize("eps", [1e-6, 0.5])
@pytest.mark.parametrize("clipped", [True, False])
def test_adopt(beta1, beta2, eps, clipped, decay):
    expected = theirs(
        l2(decay), optax.contrib.adopt(0.1, beta1, beta2, eps, use_clipping=clipped)
    )
    points = ours(
        ADOPT, lr=0.1, beta1=beta1, beta2=beta2, eps=eps, clipped=clipped,
        weight_decay=decay,
    )  # fmt: skip
    assert_close(points, expected)


def test_adopt_by_default():
    # Optax has no rate by default.
    assert_close(ours(ADOPT), theirs(optax.contrib.adopt(1e-3)))


@DECAY
@EPS
@BETAS
@INSIDE
@pytest.mark.parametrize(("beta3", "factor"), [(0.9999, 5.0), (0.97, 2.0)])
def test_ademamix(beta1, beta2, beta3, factor, eps, inside, decay):
    expected = theirs(
        optax.contrib.ademamix(
            0.1, beta1, beta2, beta3, factor, **places(eps, inside), weight_decay=decay
        )
    )
    points = ours(
        AdEMAMix, lr=0.1, beta1=beta1, beta2=beta2, beta3=beta3, slow_factor=factor,
        eps=eps, eps_in_sqrt=inside, weight_decay=decay,
    )  # fmt: skip
    assert_close(points, expected)


def test_ademamix_by_default():
    # Optax has no rate by default.
    assert_close(ours(AdEMAMix), theirs(optax.contrib.ademamix(1e-3)))


@DECAY
@EPS
@INSIDE
@pytest.mark.parametrize(("beta1", "beta3"), [(0.98, 0.99), (0.8, 0.95)])
def test_adan_where_they_multiply_by_the_same(beta1, beta3, eps, inside, decay):
    def expected(beta2):
        return theirs(
            optax.adan(
                0.1, beta1, beta2, beta3, **places(eps, inside), weight_decay=decay
            )
        )

    def points(beta2):
        return ours(
            Adan, lr=0.1, beta1=beta1, beta2=beta2, beta3=beta3, eps=eps,
            eps_in_sqrt=inside, weight_decay=decay,
        )  # fmt: skip

    assert_close(points(0.5), expected(0.5))
    assert farthest(points(0.92), expected(0.92)) > 0.1


@DECAY
@EPS
@INSIDE
def test_qhadam_with_no_share_of_m_is_corrected_rmsprop(eps, inside, decay):
    expected = theirs(
        l2(decay),
        optax.rmsprop(
            0.1, 0.95, eps, eps_in_sqrt=inside, initial_scale=0.0, bias_correction=True
        ),
    )
    points = ours(
        QHAdam, lr=0.1, beta2=0.95, nu1=0, nu2=1, eps=eps, eps_in_sqrt=inside,
        weight_decay=decay,
    )  # fmt: skip
    assert_close(points, expected)


def start_m(value):
    """Return what sets m to a value before the first step."""

    def before(optimizer, t):
        if t == 1:
            for m in optimizer.state["m"][0].values():
                m[...] = value

    return before


@DECAY
@INSIDE
@CORRECTED
@pytest.mark.parametrize(
    ("beta1", "beta2", "eps", "initial"), [(0.9, 0.999, 1e-3, 1e-6), (0.8, 0.9, 0.1, 1)]
)
def test_yogi(beta1, beta2, eps, inside, decay, corrected, initial):
    expected = theirs(
        l2(decay),
        optax.scale_by_yogi(
            beta1, beta2, **places(eps, inside), initial_accumulator_value=initial
        ),
        optax.scale_by_learning_rate(0.1),
        uncorrected=not corrected,
    )
    # Optax starts m at the initial value, too.
    points = ours(
        Yogi, lr=0.1, beta1=beta1, beta2=beta2, eps=eps, eps_in_sqrt=inside,
        initial=initial, weight_decay=decay, bias_correction=corrected,
        before=start_m(initial),
    )  # fmt: skip
    assert_close(points, expected)


def test_yogi_by_default_but_for_the_start_of_m():
    expected = theirs(optax.yogi(1e-2))
    assert_close(ours(Yogi, before=start_m(1e-6)), expected)
    assert farthest(ours(Yogi), expected) > 1e-7


@pytest.mark.parametrize(("beta1", "beta2"), [(0.9, 0.99), (0.8, 0.5), (0.0, 0.9)])
@pytest.mark.parametrize("decay", [0.0, 0.5])
def test_lion(beta1, beta2, decay):
    expected = theirs(optax.lion(0.1, beta1, beta2, weight_decay=decay))
    points = ours(Lion, lr=0.1, beta1=beta1, beta2=beta2, weight_decay=decay)
    assert_close(points, expected)


def test_lion_by_default_but_for_the_decay():
    # Optax has no rate by default.
    assert default("lion", "weight_decay") == 1e-3
    assert_close(ours(Lion, weight_decay=1e-3), theirs(optax.lion(1e-4)))


@DECAY
@pytest.mark.parametrize("momentum", [0.9, 0.8, 0.0])
def test_signum(momentum, decay):
    points = ours(Signum, lr=0.1, momentum=momentum, weight_decay=decay)
    assert_close(points, theirs(l2(decay), optax.signum(0.1, momentum)))


@DECAY
def test_sign_sgd(decay):
    points = ours(SignSGD, lr=0.1, weight_decay=decay)
    assert_close(points, theirs(l2(decay), optax.sign_sgd(0.1)))
    assert farthest(points, ours(Signum, lr=0.1, weight_decay=decay)) > 0.01


def test_signum_by_default():
    assert_close(ours(Signum), theirs(optax.signum(1e-3)))
    for name in ("signum", "sign_sgd"):
        assert default(name, "learning_rate") is inspect.Parameter.empty
        assert "weight_decay" not in inspect.signature(getattr(optax, name)).parameters


@DECAY
@EPS
@INSIDE
@BETAS
def test_nadam_with_constant_shares(beta1, beta2, eps, inside, decay):
    expected = theirs(l2(decay), optax.nadam(0.1, beta1, beta2, **places(eps, inside)))
    points = ours(
        NAdam, lr=0.1, beta1=beta1, beta2=beta2, eps=eps, eps_in_sqrt=inside,
        weight_decay=decay, momentum_decay=1e9,
    )  # fmt: skip
    assert_close(points, expected)


@pytest.mark.parametrize("bound", [3.0, 6.5])
def test_clipping(bound):
    cls = type("Clipped", (ClipByGlobalNorm, SGD), {})
    arguments = {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1}
    points = ours(cls, **arguments, max_norm=bound)
    clip = optax.clip_by_global_norm(bound)
    assert_close(points, theirs(clip, l2(0.1), optax.sgd(0.1, 0.9)))
    assert farthest(points, theirs(l2(0.1), optax.sgd(0.1, 0.9))) > 0.01


@pytest.mark.parametrize("bound", [0.5, 1.5])
def test_clipping_by_value(bound):
    cls = type("Clipped", (ClipByValue, SGD), {})
    arguments = {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1}
    points = ours(cls, **arguments, max_value=bound)
    assert_close(points, theirs(optax.clip(bound), l2(0.1), optax.sgd(0.1, 0.9)))


@pytest.mark.parametrize("shown", ["fast", "slow"])
@pytest.mark.parametrize(("period", "slow_step"), [(5, 0.5), (3, 0.8), (1, 0.3)])
def test_lookahead(period, slow_step, shown):
    peer = optax.lookahead(optax.sgd(0.1, 0.9), period, slow_step)
    both = optax.LookaheadParams.init_synced(script()[0])
    state = peer.init(both)

    def step(t, gradients):
        nonlocal both, state
        updates, state = peer.update(gradients, state, both)
        both = optax.apply_updates(both, updates)
        return getattr(both, shown)

    cls = type("LookaheadSGD", (Lookahead, SGD), {})
    arguments = {"period": period, "slow_step": slow_step, "momentum": 0.9}
    points = ours(cls, lr=0.1, evaluated=shown == "slow", **arguments)
    assert_close(points, follow(step, "Optax"))


@pytest.mark.parametrize("radius", [0.05, 0.5])
def test_sam(radius):
    uphill = optax.chain(optax.contrib.normalize(), optax.sgd(radius))
    peer = optax.contrib.sam(optax.sgd(0.1, 0.9), uphill, opaque_mode=True)
    w, _ = script()
    state = peer.init(w)

    def step(t, gradients):
        nonlocal w, state

        def gradient(point, _):
            return {k: g + (point[k] - w[k]) for k, g in gradients.items()}

        updates, state = peer.update(gradients, state, w, grad_fn=gradient)
        w = optax.apply_updates(w, updates)
        return w

    cls = type("SharpnessAwareSGD", (SAM, SGD), {})
    points = ours(cls, lr=0.1, momentum=0.9, radius=radius)
    assert_close(points, follow(step, "Optax"))


def test_centralization():
    cls = type("Centralized", (GradientCentralization, SGD), {})
    arguments = {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1}
    points = ours(cls, **arguments)
    expected = theirs(optax.centralize(), l2(0.1), optax.sgd(0.1, 0.9))
    assert_close(points, expected)
    assert farthest(points, ours(SGD, **arguments)) > 0.01


def beta_in_float64(count, tau):
    # Their own is in float32, and good to 1e-7.
    return 1 - (count + 1.0) ** -tau


def adafactor(lr, tau, clip, eps1, eps2):
    return (
        # Without the number, only long axes are factored.
        optax.scale_by_factored_rms(
            decay_rate=tau, epsilon=eps1, min_dim_size_to_factor=1,
            decay_rate_fn=beta_in_float64,
        ),
        optax.clip_by_block_rms(clip),
        # The paper's rate is relative; theirs is what it is given.
        optax.scale_by_learning_rate(lambda t: jnp.minimum(lr, (t + 1.0) ** -0.5)),
        optax.scale_by_param_block_rms(eps2),
    )  # fmt: skip


@DECAY
@pytest.mark.parametrize("lr", [0.01, 0.5])
@pytest.mark.parametrize("clip", [0.5, 1000.0])
@pytest.mark.parametrize(("tau", "eps1", "eps2"), [(0.8, 1e-30, 1e-3), (0.5, 0.5, 2.0)])
def test_adafactor(lr, clip, tau, eps1, eps2, decay):
    expected = theirs(l2(decay), *adafactor(lr, tau, clip, eps1, eps2))
    points = ours(
        Adafactor, lr=lr, clip=clip, decay_exponent=tau, eps1=eps1, eps2=eps2,
        weight_decay=decay,
    )  # fmt: skip
    assert_close(points, expected)


@DECAY
@EPS
@INSIDE
@BETAS
def test_novograd(beta1, beta2, eps, inside, decay):
    expected = theirs(
        optax.novograd(0.1, beta1, beta2, **places(eps, inside), weight_decay=decay)
    )
    points = ours(
        NovoGrad, lr=0.1, beta1=beta1, beta2=beta2, eps=eps, eps_in_sqrt=inside,
        weight_decay=decay,
    )  # fmt: skip
    assert_close(points, expected)


def test_novograd_by_default_but_for_its_numbers():
    # Optax has no rate by default.
    points = ours(NovoGrad, beta1=0.9, beta2=0.25, eps=1e-6)
    assert_close(points, theirs(optax.novograd(1e-3)))


def lars(decay, trust=1e-3, momentum=0.9, lr=1.0):
    return theirs(optax.lars(lr, decay, trust_coefficient=trust, momentum=momentum))


@pytest.mark.parametrize("lr", [0.1, 10.0])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("trust", [1e-3, 0.05])
def test_lars_without_decay(trust, momentum, lr):
    expected = lars(0.0, trust, momentum, lr)
    assert_close(ours(LARS, lr=lr, trust=trust, momentum=momentum), expected)


def test_lars_by_default():
    # Optax has no rate by default.
    assert_close(ours(LARS), theirs(optax.lars(1.0)))


def test_their_lars_divides_by_the_norm_of_the_sum():
    assert farthest(ours(LARS, weight_decay=0.1), lars(0.1)) > 1e-4


@DECAY
@EPS
@INSIDE
@BETAS
@CORRECTED
def test_lamb(beta1, beta2, eps, inside, decay, corrected):
    expected = theirs(
        optax.lamb(0.1, beta1, beta2, **places(eps, inside), weight_decay=decay),
        uncorrected=not corrected,
    )
    points = ours(
        LAMB, lr=0.1, beta1=beta1, beta2=beta2, eps=eps,
        bias_correction=corrected, eps_in_sqrt=inside, weight_decay=decay,
    )  # fmt: skip
    assert_close(points, expected)


def test_lamb_by_default():
    # Optax has no rate by default.
    assert_close(ours(LAMB), theirs(optax.lamb(1e-3)))


@pytest.mark.parametrize(
    ("cls", "rule"), [(LARS, optax.lars(2.0)), (LAMB, optax.lamb(2.0))]
)
def test_ratio_of_weights_at_0_is_1(cls, rule):
    w, g = jnp.zeros(2), jnp.array([3.0, -4.0])
    update, _ = rule.update(g, rule.init(w), w)
    (step,) = trace(cls, w, [g], lr=2)
    np.testing.assert_allclose(step.increment, update, **TOLERANCE)


@DECAY
@pytest.mark.parametrize("lr", [0.01, 0.1, 0.7])
def test_fromage(lr, decay):
    expected = theirs(l2(decay), optax.fromage(lr, min_norm=0))
    assert_close(ours(Fromage, lr=lr, weight_decay=decay), expected)


def test_fromage_by_default():
    # Optax has no rate by default.
    assert_close(ours(Fromage), theirs(optax.fromage(1e-2)))


def test_fromage_of_weights_at_0():
    rule = optax.fromage(0.75)
    w, g = jnp.zeros(2), jnp.array([3.0, -4.0])
    update, _ = rule.update(g, rule.init(w), w)
    (step,) = trace(Fromage, w, [g], lr=0.75)
    np.testing.assert_allclose(step.increment, 0.75 / 1.25 * -g, **TOLERANCE)
    np.testing.assert_allclose(update, 0.75 / 1.25 * -g * 1e-6 / 5, rtol=1e-12)


def madgrad(*arguments):
    # The root of an int32 is in float32, and good to 1e-7.
    return theirs(optax.contrib.madgrad(*arguments), count=jnp.array(0))


@DECAY
@pytest.mark.parametrize("eps", [1e-6, 0.1])
@pytest.mark.parametrize("momentum", [0.9, 0.5, 0.0])
def test_madgrad(momentum, eps, decay):
    # Their rate is larger by epsilon.
    points = ours(MADGRAD, lr=0.1 + eps, momentum=momentum, eps=eps, weight_decay=decay)
    assert_close(points, madgrad(0.1, momentum, decay, eps))


def test_madgrad_by_default_but_for_the_rate():
    # Optax has no rate by default.
    assert_close(ours(MADGRAD, lr=1e-2 + 1e-6), madgrad(1e-2))
    assert farthest(ours(MADGRAD), madgrad(1e-2)) > 1e-6


# Their rule of a number fails: its state is a list of nothing.
NOT_A_NUMBER = ("vector", "matrix", "stack")


def sm3(*transformations):
    """Return where Optax's rule goes, of a stack with one matrix at a time."""

    def split(arrays):
        w = {name: jnp.array(arrays[name]) for name in NOT_A_NUMBER}
        return w | {"stack": [*w["stack"]]}

    transformation = optax.chain(*transformations)
    w = split(script()[0])
    state = transformation.init(w)
    update = jax.jit(transformation.update)

    def step(t, gradients):
        nonlocal w, state
        updates, state = update(split(gradients), state, w)
        w = optax.apply_updates(w, updates)
        return w | {"stack": jnp.stack(w["stack"])}

    return follow(step, "Optax")


@DECAY
@EPS
def test_sm3(eps, decay):
    rule = optax.scale_by_sm3(0.0, 1.0, eps)
    expected = sm3(l2(decay), rule, optax.scale_by_learning_rate(0.1))
    points = ours(SM3, lr=0.1, eps=eps, weight_decay=decay)
    assert_close(only(points, *NOT_A_NUMBER), expected)


def test_momentum_of_sm3_is_a_velocity():
    cls = type("SM3WithMomentum", (Velocity, SM3), {})
    # Optax has no rate by default.
    points = ours(cls, lr=0.1 * 0.1, step_momentum=0.9)
    assert_close(only(points, *NOT_A_NUMBER), sm3(optax.sm3(0.1)))


def test_their_sm3_keeps_three_axes():
    state = optax.scale_by_sm3().init(script()[0]["stack"])
    assert [each.shape for each in state.mu] == [(2,), (3,), (4,)]


FED = {
    "SGD": (SGD, {"momentum": 0.9}, optax.trace(0.9)),
    "Adagrad": (Adagrad, {"eps": 1e-8}, optax.scale_by_rss(0, 1e-8)),
    "RMSprop": (RMSprop, {}, optax.scale_by_rms(0.9, 1e-8)),
    "Adam": (PaperAdam, {}, optax.scale_by_adam()),
    "AMSGrad": (
        AMSGrad,
        {},
        optax.scale_by_amsgrad(
            eps=0, eps_root=1e-8, bias_correction_mu=False, bias_correction_nu=False
        ),
    ),
}
each_fed = pytest.mark.parametrize(
    ("cls", "arguments", "rule"), FED.values(), ids=FED.keys()
)


@each_fed
def test_l1_by_hand(cls, arguments, rule):
    l1 = type("L1", (L1Optimizer, cls), {})
    expected = theirs(
        rule, optax.scale_by_learning_rate(0.1), penalty=lambda w: 0.2 * np.sign(w)
    )
    assert_close(ours(l1, lr=0.1, weight_decay=0.2, **arguments), expected)


@each_fed
def test_elastic_net_by_hand(cls, arguments, rule):
    elastic = type("Elastic", (ElasticNet, cls), {})
    expected = theirs(
        rule,
        optax.scale_by_learning_rate(0.1),
        penalty=lambda w: 0.15 * np.sign(w) + 0.05 * w,
    )
    points = ours(elastic, lr=0.1, weight_decay=0.2, l1_ratio=0.75, **arguments)
    assert_close(points, expected)


@each_fed
def test_decoupled(cls, arguments, rule):
    decoupled = type("Decoupled", (DecoupledWeightDecay, cls), {})
    expected = theirs(rule, l2(0.2), optax.scale_by_learning_rate(0.1))
    assert_close(ours(decoupled, lr=0.1, weight_decay=0.2, **arguments), expected)


# What the docstrings say.


def default(function, name):
    return inspect.signature(getattr(optax, function)).parameters[name].default


def test_defaults_that_the_docstrings_name():
    assert default("adagrad", "initial_accumulator_value") == 0.1
    assert default("adagrad", "eps") == 1e-7
    assert default("adadelta", "rho") == 0.9
    assert default("adadelta", "learning_rate") is None
    assert default("rmsprop", "eps_in_sqrt") is True
    assert default("rmsprop", "bias_correction") is False
    assert default("rmsprop", "initial_scale") == 0
    assert default("adam", "b2") == default("adamw", "b2") == 0.999
    assert default("adam", "eps") == default("amsgrad", "eps") == 1e-8
    assert default("adam", "eps_root") == default("amsgrad", "eps_root") == 0
    assert default("adamw", "weight_decay") == 1e-4
    assert default("amsgrad", "bias_correction_mu") is True
    assert default("amsgrad", "bias_correction_nu") is True
    assert default("ema", "debias") is True


def test_paper_adam_by_default():
    # Optax has no rate by default.
    assert_close(ours(PaperAdam), theirs(optax.adam(1e-3)))


def test_adagrad_starts_at_a_tenth():
    starts, gradients = script()
    points = theirs(optax.adagrad(0.1))
    w, v = starts["vector"], np.full(5, 0.1)
    for step, point in zip(gradients, points, strict=True):
        g = step["vector"]
        v = v + g**2
        w = w - 0.1 * g / np.sqrt(v + 1e-7)
        np.testing.assert_allclose(point["vector"], w, **TOLERANCE)


def test_adamw_multiplies_the_decay_by_the_learning_rate():
    transformation = optax.adamw(0.1, weight_decay=0.2)
    w = jnp.array([1.0, -2.0])
    updates, _ = transformation.update(jnp.zeros(2), transformation.init(w), w)
    np.testing.assert_allclose(updates, -0.1 * 0.2 * w, rtol=1e-15)


@pytest.mark.parametrize("bounds", [(1e-6, 50.0), (0.05, 0.11)])
def test_rprop_takes_each_step_a_call_later_if_the_sign_has_not_turned(bounds):
    points = theirs(optax.rprop(0.1, 0.5, 1.2, *bounds))
    (w, gradients), last = script(), dict.fromkeys(script()[0], np.array(0.0))
    here = ours(Rprop, lr=0.1, min_size=bounds[0], max_size=bounds[1])
    before = w
    for point, now, g in zip(points, here, gradients, strict=True):
        # A step goes against its own gradient: along the next one if that has turned.
        w = {k: w[k] + np.where(last[k] * g[k] > 0, 0, last[k]) for k in w}
        assert_close([point], [w])
        last = {k: now[k] - before[k] for k in now}
        before = now
    assert_close(points[:1], script()[:1])
    assert farthest(points, here) > 0.01


@pytest.mark.parametrize("nesterov", [False, True])
def test_old_velocity_is_rescaled_there(nesterov):
    # The rate falls to a tenth before the second step.
    transformation = optax.sgd(lambda t: jnp.where(t < 1, 0.1, 0.01), 0.5, nesterov)
    w = jnp.array(0.0)
    state = transformation.init(w)
    _, state = transformation.update(jnp.array(2.0), state, w)
    update, _ = transformation.update(jnp.array(4.0), state, w)
    # b = 0.5 · 2 + 4 = 5, times the new rate; with Nesterov 4 + 0.5 · 5.
    assert float(update) == pytest.approx(-0.065 if nesterov else -0.05, rel=1e-15)
    model = Arrays(w=0)
    optimizer = SGD(model, lr=0.1, momentum=0.5, nesterov=nesterov)
    model.gradients["w"][...] = 2
    optimizer.step()
    optimizer.lr = 0.01
    model.gradients["w"][...] = 4
    optimizer.step()
    # v = 0.5 · -0.2 - 0.01 · 4 = -0.14; with Nesterov 1.5 · -0.14 + 0.5 · 0.2.
    expected = -0.11 if nesterov else -0.14
    np.testing.assert_allclose(optimizer.updates[0]["w"], expected, rtol=1e-14)


@DECAY
@EPS
@BETAS
@CORRECTED
@INSIDE
def test_amsgrad(beta1, beta2, eps, decay, corrected, inside):
    expected = theirs(
        l2(decay), optax.amsgrad(0.1, beta1, beta2, **places(eps, inside)),
        uncorrected=not corrected,
    )  # fmt: skip
    arguments = {
        "lr": 0.1, "beta1": beta1, "beta2": beta2, "eps": eps, "weight_decay": decay,
        "bias_correction": corrected, "eps_in_sqrt": inside,
    }  # fmt: skip
    points = ours(AMSGrad, **arguments, corrected_maximum=True)
    assert_close(points, expected)
    # Where nothing is corrected, the option changes nothing.
    gap = farthest(points, ours(AMSGrad, **arguments))
    assert gap > 1e-6 if corrected else gap == 0


@DECAY
@EPS
@BETAS
@INSIDE
def test_padam_with_the_root_is_amsgrad(beta1, beta2, eps, inside, decay):
    expected = theirs(
        l2(decay),
        optax.scale_by_amsgrad(
            beta1, beta2, **places(eps, inside), bias_correction_mu=False,
            bias_correction_nu=False,
        ),
        optax.scale_by_learning_rate(0.1),
    )  # fmt: skip
    points = ours(
        PAdam, lr=0.1, beta1=beta1, beta2=beta2, p=0.5, eps=eps, eps_in_sqrt=inside,
        weight_decay=decay,
    )  # fmt: skip
    assert_close(points, expected)


@DECAY
def test_padam_without_power_is_a_step_along_the_mean(decay):
    mean = optax.ema(0.9, debias=False)
    expected = theirs(l2(decay), mean, optax.scale_by_learning_rate(0.1))
    assert_close(ours(PAdam, lr=0.1, p=0, weight_decay=decay), expected)


@pytest.mark.parametrize("decay", [0.5, 0.999])
def test_ema_starts_from_0_and_corrects_for_it(decay):
    ema = optax.ema(decay)
    start, _ = script()
    state = ema.init(start)
    cls = type("AveragedSGD", (ExponentialAverage, SGD), {})
    averages = ours(cls, evaluated=True, lr=0.1, average_decay=decay)
    for t, (w, average) in enumerate(zip(ours(SGD, lr=0.1), averages, strict=True), 1):
        shown, state = ema.update(w, state)
        # Of our average, the share that the start has is left out there.
        left = decay**t
        expected = {k: left * start[k] + (1 - left) * shown[k] for k in start}
        assert_close([average], [expected])


def one_weight(transformation, gradients, dtype=jnp.float64):
    w = jnp.ones(1, dtype)
    state = transformation.init(w)
    points = []
    for g in gradients:
        updates, state = transformation.update(jnp.full(1, g, dtype), state, w)
        w = optax.apply_updates(w, updates)
        points.append(w.item())
    return points


@pytest.mark.parametrize("name", ["adagrad", "rmsprop", "adam"])
def test_a_square_that_overflows_freezes_the_weight(name):
    def build():
        return getattr(optax, name)(0.1)

    assert one_weight(build(), [1.8e19], jnp.float32)[0] < 0.91
    assert one_weight(build(), [1.9e19, 1, 1], jnp.float32) == [1, 1, 1]


def test_without_epsilon_a_gradient_of_0_is_nan_but_in_adagrad():
    assert one_weight(optax.adagrad(0.1, 0.0, 0.0), [0, 0]) == [1, 1]
    assert np.isnan(one_weight(optax.rmsprop(0.1, eps=0.0), [0, 0])).all()
    assert np.isnan(one_weight(optax.adam(0.1, eps=0.0), [0, 0])).all()
    assert np.isnan(one_weight(optax.adamax(0.1, eps=0.0), [0, 0])).all()


@pytest.mark.filterwarnings("error")
def test_nesterov_without_momentum_is_plain_descent():
    for momentum in (None, 0.0):
        points = theirs(optax.sgd(0.1, momentum, nesterov=True))
        assert_close(ours(SGD, lr=0.1), points)


@EPS
@INSIDE
@pytest.mark.parametrize("momentum", [0.0, 0.5])
@pytest.mark.parametrize("cls", [RMSprop, CenteredRMSprop])
def test_options_of_rmsprop_are_classes(cls, momentum, eps, inside):
    assert default("rmsprop", "centered") is False
    assert default("rmsprop", "momentum") is None
    rates = np.where(np.arange(STEPS) < 20, 0.1, 0.01)
    expected = theirs(
        optax.rmsprop(
            lambda count: jnp.array(rates)[count], 0.8, eps, eps_in_sqrt=inside,
            centered=cls is CenteredRMSprop, momentum=momentum or None,
        )
    )  # fmt: skip
    arguments = {"decay_rate": 0.8, "eps": eps, "eps_in_sqrt": inside}
    if momentum:
        cls = type("WithVelocity", (Velocity, cls), {})
        arguments["step_momentum"] = momentum
    # The rate is inside of the velocity: so they are the same under a schedule.
    points = ours(cls, lr=lambda t: 0.1 if t <= 20 else 0.01, **arguments)
    assert_close(points, expected)
