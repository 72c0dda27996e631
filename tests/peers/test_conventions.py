"""Every answer of the translation, walked on both sides."""

import os
import re
from functools import cache, partial
from inspect import signature

os.environ["KERAS_BACKEND"] = "jax"
import jax
import jax.numpy as jnp
import keras
import numpy as np
import optax
import pytest
import torch
import vectors
from optax._src import factorized
from peers.walk import (
    LOSSES,
    OUTCOMES,
    STEPS,
    as_matrices,
    farthest,
    follow,
    script,
)

import npoptim
from npoptim.conventions import NoEquivalentError, translate
from npoptim.conventions.form import (
    CONSTANT,
    CURVED,
    FRAMEWORKS,
    NO_LONGER,
    NO_STOP,
    NOT_STILL,
    ONE_ARRAY,
    REQUIRED,
    SHORT,
    TWO_AXES,
)
from npoptim.conventions.objects import read
from npoptim.conventions.rules import RULES
from npoptim.conventions.translation import arguments_of, bind, terms_of, write
from npoptim.conventions.walk import walk as by_terms

pytestmark = [
    pytest.mark.peers,
    # Keras's get_config() asks NumPy for its rate in a way that is deprecated.
    pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning"),
    # SequentialLR does what PyTorch has deprecated.
    pytest.mark.filterwarnings("ignore:The epoch parameter in `scheduler.step"),
]

# One value for each term, besides 0, that is nowhere special.
VALUES = {
    "lr": 0.1, "momentum": 0.9, "nesterov": True, "rate_inside": True, "penalty": 0.1,
    "decay": 0.2, "inside": 0.02, "eps": 0.03, "eps_hat": 0.04, "rate_falls": 0.05,
    "rho": 0.8, "beta1": 0.8, "beta2": 0.95, "maximum": 1, "centered": True,
    "eps_after": 0.05, "rise": 0.3, "constant": True, "dampening": 0.3,
    "uncorrected": True, "inside_steps": 0.02, "threshold": 8.0, "unit": 1,
    "added": 0.02, "initial": 0.05, "initial_mean": 0.03, "beta3": 0.9, "ahead": 0.3,
    "slow": 2.0, "clipped": True, "beta": 0.7, "minus": 0.4, "plus": 1.3, "least": 0.15,
    "most": 0.3, "bounded": True, "late": True, "fall": 0.5, "exponent": 0.6, "t0": 3.0,
    "alpha": 1.5, "from_zero": True, "l1": 0.6, "l2": 0.7, "shrinkage": 0.2,
    "decay_before": 0.3, "eps_rate": 0.03, "corrected": True, "trust": 0.4,
    "least_norm": 2.0, "least_gradient": 2.0, "sum_of_norms": True, "power": 2.0,
    "largest": True, "next_rate": True, "decay_average": 0.2, "share": 0.05,
    "distance": 0.3, "first_rate": 0.2, "squared": 0.04, "eps_new": True,
    "estimate": 1.5, "tau": 0.6, "least_rows": 0.5, "least_share": 0.4, "clip": 1.1,
    "unclipped": True, "shortest": 4, "longest": True, "decay_alone": 0.01,
    "every_axis": True,
    "raw_squares": True, "iterations": 3, "rms": 0.2, "across": True, "unscaled": True,
    "f_min": 50.0, "scale": 1.5, "still": True,
    "steps": 7, "factor": 0.6, "begin": 4, "end": 0.02, "cycle": True, "again": True,
    "warmup": 5, "initial_rate": 0.01, "growth": 2, "linear": True, "bound": 0.8,
    "after": 7, "period": 3, "slow_step": 0.8, "changes": (4, 20, 33),
    "radius": 0.5, "undefined": True,
    "history": 4, "least_curvature": 0.3, "stops": True,
    "values": (0.1, 0.05, 0.2, 0.02),
}  # fmt: skip
# A rate that is more than 1 over the root of a step, and what shows where sizes are 1.
VALUES_IN = {
    "Adafactor": {"lr": 0.3, "added": 0.2, "least_root": 0.8, "share": True},
    # Optax's epsilon is no argument.
    "SM3": {"inside": 1e-8},
    # PyTorch has two steps more, and then an error.
    "OneCycle": {"steps": STEPS - 2, "rise": 14, "fall": 30},
    "CosineRestarts": {"share": 0.7},
    # Some of the norms are above it.
    "ClipByGlobalNorm": {"bound": 5.5},
    "ExponentialAverage": {"share": 0.9},
}
# Without them there is no rule, or no step.
NEEDED = {
    "lr", "rho", "beta1", "beta2", "beta3", "rate_inside", "threshold", "trust",
    "iterations",
}  # fmt: skip
# And those of one rule alone.
NEEDED_BY = {
    "Adadelta": {"inside"},
    "ADOPT": {"eps"},
    "Rprop": {"minus", "plus", "most"},
    "DoG": {"eps", "share"},
    "DoWG": {"eps", "squared"},
    "Adafactor": {"bounded", "tau", "share", "least_share", "clip"},
    "DAdaptAdam": {"eps", "initial"},
    "Prodigy": {"eps", "initial", "estimate"},
    "Muon": {"momentum"},
    "SM3": {"inside"},
    "Lookahead": {"period", "slow_step"},
    "SAM": {"radius"},
    "LBFGS": {"history"},
    "PiecewiseConstant": {"changes", "values"},
    "PolyakSGD": {"scale"},
    "ExponentialDecay": {"steps", "factor", "initial_rate"},
    "PolynomialDecay": {"steps", "power"},
    "CosineDecay": {"steps", "exponent", "initial_rate"},
    "OneCycle": {"steps", "rise", "initial_rate", "end"},
    "CosineRestarts": {"steps", "growth", "share"},
    "Constant": {"factor"},
    "ClipByGlobalNorm": {"bound"},
    "ClipByValue": {"bound"},
    "ExponentialAverage": {"share"},
}
# Their rate is a number alone, and that of Rprop the first.
UNSCHEDULED = "optax.rprop(", "optax.sm3("
WITH = {
    "still": ["f_min"], "nesterov": ["momentum"], "dampening": ["momentum"],
    "uncorrected": ["raw_squares"],
}  # fmt: skip
RATES = np.repeat([0.1, 0.01, 0.2], [20, 15, STEPS - 35])
PACKAGES = {"torch": torch, "keras": keras, "optax": optax}


def power(step, exponent):
    """Return the share of Adafactor's means, which Optax finds in float32."""
    return 1 - (step + 1.0) ** -exponent


@pytest.fixture(autouse=True)
def nothing_in_less(monkeypatch, in_float64):
    """Have nothing computed in less than float64."""
    rule = factorized.scale_by_factored_rms
    monkeypatch.setattr(rule, "__defaults__", (*rule.__defaults__[:-1], power))
    # Keras finds means in float32, and norms and cosines, too.
    functions = {"mean": jnp.mean, "norm": jnp.linalg.norm, "cos": jnp.cos}
    for name, function in functions.items():
        monkeypatch.setattr(
            keras.src.ops,
            name,
            lambda x, function=function, **options: function(
                keras.ops.convert_to_tensor(x), **options
            ),
        )
    # PyTorch's Muon rounds to bfloat16.
    monkeypatch.setattr(torch.Tensor, "bfloat16", lambda x: x.double().clone())


@cache
def walk(code, framework, changing=False, lines="", result="w"):
    """Return where a line of code goes, at its own rate or at one that changes.

    ``lines`` are run before each step. Of a schedule, it is where the rate goes, and of
    what changes gradients where plain descent goes at rate 1.
    """
    if result == "rate":
        return [{"rate": np.array(rate)} for rate in SCHEDULES[framework](code)]
    if result == "a":
        return follow(AVERAGES[framework](code), framework)
    rates = RATES if changing else None
    if result == "g":
        rates = np.ones(STEPS)
        if framework == "torch":
            code, lines = "torch.optim.SGD(params, lr=1.0)", code
        if framework == "optax":
            code = f"optax.chain({code}, optax.sgd(1.0))"
    step = WALKS[framework](code, rates, lines)
    penalty = partial(bend, code) if is_bent(code) else None
    return follow(lambda t, g: step(t, as_taken(code, g)), framework, penalty)


def is_bent(code):
    """Return whether a line of code needs a loss that curves upward."""
    return "lbfgs" in code.lower()


def bend(code, w):
    """Return what a line of code needs in its gradients besides those of the script."""
    return 100.0 * w if is_bent(code) else 0.0 * w


def as_taken(code, point):
    """Return a point as a line of code takes it."""
    if "uon(" in code:  # matrices alone
        return as_both(point)
    if "sm3" in code.lower():  # Optax's rule of a number fails
        return {name: x for name, x in point.items() if np.ndim(x)}
    return point


def start(code):
    """Return where a line of code starts, as it takes it."""
    return as_taken(code, script()[0])


def as_both(point):
    """Return a point of matrices, of which one is higher than wide."""
    return {k: x.T if k == "stack" else x for k, x in as_matrices(point).items()}


DECAYED = [*script()[0]][::2]


def decays(name):
    """Return whether an array is in the half that decays, if one half does."""
    return name in DECAYED


def halves(w):
    """Return what code names the arrays that decay, and those that do not."""
    return {
        "decayed": [x for name, x in w.items() if decays(name)],
        "others": [x for name, x in w.items() if not decays(name)],
    }


def walk_npoptim(code, rates, lines):
    model = npoptim.Arrays(**start(code))
    known = {
        "npoptim": npoptim,
        "type": type,
        "model": model,
        "decayed": npoptim.Part(model, lambda layer, name: decays(name)),
        "others": npoptim.Part(model, lambda layer, name: not decays(name)),
    }
    optimizer = eval(code, known)

    def step(t, gradients):
        if rates is not None:
            optimizer.lr = rates[t - 1]
        for name, g in gradients.items():
            model.gradients[name][...] = g
        optimizer.step(
            vectors.closure(model.parameters, model.gradients, LOSSES[t - 1])
        )
        return model.parameters

    return step


def walk_torch(code, rates, lines):
    w = {k: torch.nn.Parameter(torch.tensor(x)) for k, x in start(code).items()}
    optimizer = eval(code, {"torch": torch, "params": [*w.values()], **halves(w)})

    def step(t, gradients):
        if rates is not None:
            optimizer.param_groups[0]["lr"] = rates[t - 1]
        for k, x in w.items():
            x.grad = torch.tensor(gradients[k])
        known = {"torch": torch, "params": [*w.values()]}
        exec(lines, known | {"optimizer": optimizer, "t": t})
        optimizer.step(lambda: LOSSES[t - 1])
        return {k: x.detach().numpy() for k, x in w.items()}

    return step


def walk_keras(code, rates, lines):
    w = {k: keras.Variable(x, dtype="float64") for k, x in start(code).items()}
    call, *statements = code.removeprefix("optimizer = ").splitlines()
    optimizer = eval(call, {"keras": keras})
    for statement in statements:
        exec(statement, {"optimizer": optimizer, **halves(w)})
    optimizer.build([*w.values()])

    def step(t, gradients):
        if rates is not None:
            optimizer.learning_rate.assign(rates[t - 1])
        known = {"optimizer": optimizer, "t": t, "weights": [*w.values()]}
        known["gradients"] = [keras.ops.convert_to_tensor(gradients[k]) for k in w]
        exec(lines, known)
        optimizer.apply(known["gradients"])
        return {k: np.asarray(x.value) for k, x in w.items()}

    return step


def walk_optax(code, rates, lines):
    if rates is not None and not any(each in code for each in UNSCHEDULED):
        code = re.sub(r"\blearning_rate=[^,)]+", "learning_rate=rate", code)
    w = {k: jnp.array(x) for k, x in start(code).items()}
    known = {
        "optax": optax,
        "learning_rate": VALUES["lr"],
        "rate": lambda count: jnp.array(RATES)[count],
        "decayed": {name: decays(name) for name in w},
    }
    optimizer = eval(code, known)
    if "lookahead(" in code:
        w = optax.LookaheadParams.init_synced(w)
    # The root of an int32 is in float32, and good to 1e-7.
    state = jax.tree.map(
        lambda x: x.astype(int) if x.dtype == "int32" else x, optimizer.init(w)
    )
    optimizer = optax.with_extra_args_support(optimizer)

    @jax.jit
    def update(gradients, state, w, value):
        def gradient(point, _):
            return {k: g + (point[k] - w[k]) for k, g in gradients.items()}

        more = {"grad_fn": gradient} if "sam(" in code else {"value": value}
        return optimizer.update(gradients, state, w, **more)

    def step(t, gradients):
        nonlocal w, state
        exec(lines, known | {"params": w, "jax": jax}, new := {})
        w = new.get("params", w)
        updates, state = update(gradients, state, w, LOSSES[t - 1])
        w = optax.apply_updates(w, updates)
        return getattr(w, "fast", w)

    return step


def rates_npoptim(code):
    schedule = eval(code, {"npoptim": npoptim})
    return [schedule(t) for t in range(1, STEPS + 1)]


def rates_torch(code):
    _, _, lr = code.partition("# from lr=")
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=float(lr or 1))
    scheduler = eval(code, {"torch": torch, "optimizer": optimizer})
    rates = []
    for _ in range(STEPS):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if len(rates) < STEPS:
            scheduler.step()
    return rates


def rates_from_0(code):
    return jax.vmap(eval(code, PACKAGES))(jnp.arange(STEPS))


def average_npoptim(code):
    model = npoptim.Arrays(**script()[0])
    optimizer = eval(code, {"npoptim": npoptim, "model": model, "type": type})
    optimizer.lr = 1.0

    def step(t, gradients):
        for name, g in gradients.items():
            model.gradients[name][...] = g
        optimizer.step()
        with optimizer.evaluation():
            return {name: w.copy() for name, w in model.parameters.items()}

    return step


def average_torch(code):
    w = {k: torch.nn.Parameter(torch.tensor(x)) for k, x in script()[0].items()}
    model = torch.nn.ParameterDict(w)
    averaged = eval(code, {"torch": torch, "model": model})

    def step(t, gradients):
        for k, x in w.items():
            x.data -= torch.tensor(gradients[k])
        averaged.update_parameters(model)
        return {k: x.detach().numpy() for k, x in averaged.module.items()}

    return step


def average_keras(code):
    w = {k: keras.Variable(x, dtype="float64") for k, x in script()[0].items()}
    optimizer = eval(code, {"keras": keras})
    optimizer.build([*w.values()])
    optimizer.learning_rate.assign(1.0)

    def step(t, gradients):
        optimizer.apply([keras.ops.convert_to_tensor(gradients[k]) for k in w])
        averages = optimizer._model_variables_moving_average
        return {k: np.asarray(x.value) for k, x in zip(w, averages, strict=True)}

    return step


def average_optax(code):
    w = {k: jnp.array(x) for k, x in script()[0].items()}
    average = eval(code, {"optax": optax})
    state = average.init(w)

    def step(t, gradients):
        nonlocal w, state
        w = {k: x - gradients[k] for k, x in w.items()}
        averages, state = average.update(w, state)
        return averages

    return step


AVERAGES = {
    "npoptim": average_npoptim, "torch": average_torch, "keras": average_keras,
    "optax": average_optax,
}  # fmt: skip
SCHEDULES = {
    "npoptim": rates_npoptim, "torch": rates_torch, "keras": rates_from_0,
    "optax": rates_from_0,
}  # fmt: skip
WALKS = {
    "npoptim": walk_npoptim, "torch": walk_torch, "keras": walk_keras,
    "optax": walk_optax,
}  # fmt: skip


def samples(title, form):
    """Yield arguments of a form: with each of its terms alone, and with all."""
    own = {*form.same.values(), *form.to}
    needed = NEEDED | NEEDED_BY.get(title, set())
    terms = RULES[title].terms
    values = VALUES | VALUES_IN.get(title, {})
    base = {
        t: values[t] if t in needed and t in own else form.fixed.get(t, 0)
        for t in terms
    }
    optional = [term for term in terms if term in own - needed]
    each = ([term, *WITH.get(term, ())] for term in optional)
    for chosen in ([], *each, optional):
        yield arguments_of(form, base | {term: values[term] for term in chosen})


QUESTIONS = {
    (title, form.framework, form.name, target): (rule, form)
    for title, rule in RULES.items()
    for k, form in enumerate(rule.forms)
    for target in FRAMEWORKS
    if form.framework != target
    and any(other.framework == target for other in rule.forms)
    and " " not in form.name
    and (form.framework, form.name)
    not in {(other.framework, other.name) for other in rule.forms[:k]}
}


@pytest.mark.parametrize("question", QUESTIONS, ids="-".join)
def test_answers_hold(question):
    (title, source, name, target), (rule, form) = question, QUESTIONS[question]
    signs = OUTCOMES.setdefault((title, source, name), {})
    signs[target] = ""
    tried = [*samples(title, form)]
    # A changing rate is walked with no term and with all, and where it matters.
    ends = tried[0], tried[-1]
    go = partial(walk, result=rule.result)
    for arguments in tried:
        terms = terms_of(rule, form, arguments, {})
        code = write(form, arguments, terms, False)
        here = go(code, source)
        found, error = answer(name, source, target, arguments)
        signs[target] += "x" if error else "~" if found.conditions else "="
        if error:
            nearest = error.nearest
            assert farthest(here, go(str(nearest), target)) > 1e-10, code
            for terms in neighbors(nearest, rule, target):
                # The steps are those of the call, which another test shows.
                near = walk_by_terms(rule, str(nearest), lambda _, terms=terms: terms)
                beside = [*map(as_vector, here)] if "all" in near[0] else here
                assert farthest(beside, near) > 1e-10, f"{code}: {terms}"
            if error.lines:
                mended = go(str(nearest), target, lines=error.lines)
                assert farthest(here, mended) < 1e-12, f"{code}: {nearest}"
            continue
        there = go(str(found), target)
        if NO_LONGER in found.conditions:
            assert farthest(here, there) > 1e-6, f"{code}: {found}"
            here, there = here[: terms["steps"]], there[: terms["steps"]]
        if ONE_ARRAY in found.conditions or SHORT in found.conditions:
            # The steps say what it is with one, and another test what it is then.
            assert farthest(here, there) > 1e-6, f"{code}: {found}"
            continue
        if TWO_AXES in found.conditions:
            assert farthest(here, there) > 1e-6, f"{code}: {found}"
            here, there = map(without_stacks, (here, there))
        assert farthest(here, there) < 1e-12, f"{code}: {found}"
        if rule.result != "w":
            continue
        if title in ("PolyakSGD", "SM3"):  # Optax has no schedule of these
            continue
        if not (arguments in ends or found.conditions):
            continue
        gap = farthest(go(code, source, True), go(str(found), target, True))
        if CONSTANT in found.conditions:
            assert gap > 1e-6, f"{code}: {found}"
        else:
            assert gap < 1e-12, f"{code}: {found}"


FORMS = {
    (title, form.framework, form.name, str(k)): (rule, form)
    for title, rule in RULES.items()
    for k, form in enumerate(rule.forms)
}


@pytest.mark.parametrize("which", FORMS, ids="-".join)
def test_steps_are_those_of_the_call(which):
    rule, form = FORMS[which]
    tried = [*samples(which[0], form)]
    for arguments in tried:
        # Terms that the code holds may have any value.
        terms = terms_of(rule, form, arguments, VALUES)
        code = write(form, arguments, terms, False)
        changing = arguments in (tried[0], tried[-1])
        if rule.result != "w" or "polyak" in code or "optax.sm3" in code:
            changing = False
        for rates in (None, RATES)[: 1 + changing]:
            there = walk(code, form.framework, rates is not None, result=rule.result)
            if rule.joint and not terms.get("apart"):
                there = [*map(as_vector, there)]
            if rates is not None and "lr" in form.back:  # the argument is another
                rates = rates * terms["lr"] / arguments["lr"]
            here = walk_by_terms(rule, code, lambda _, terms=terms: terms, rates)
            assert farthest(here, there) < 1e-12, code


def without_stacks(points):
    """Return points without arrays of more than two axes."""
    return [{k: x for k, x in p.items() if np.ndim(x) <= 2} for p in points]


def walk_by_terms(rule, code, terms_for, rates=None):
    """Return where the steps of a rule go, with terms for each array by name."""
    first, gradients = script()
    if rule.result == "rate":
        steps = by_terms(rule, terms_for(""), None, gradients)
        return [{"rate": np.array(names["rate"])} for names in steps]
    first, *gradients = (as_taken(code, point) for point in (first, *gradients))
    if rule.joint and not terms_for("all").get("apart"):
        first, *gradients = map(as_vector, (first, *gradients))
    points = [first]

    def bent(name):
        for g in gradients:
            yield g[name] + bend(code, points[-1][name])

    walks = {
        name: by_terms(rule, terms_for(name), w, bent(name), rates, LOSSES)
        for name, w in first.items()
    }
    while len(points) <= len(gradients):
        points.append({name: next(walks[name])[rule.result] for name in walks})
    points = points[1:]
    if rule.result == "g":
        for name, w in first.items():
            moves = np.cumsum([point[name] for point in points], axis=0)
            points = [p | {name: w - g} for p, g in zip(points, moves, strict=True)]
    return points


def as_vector(point):
    """Return all arrays of a point as one."""
    return {"all": np.concatenate([np.ravel(point[name]) for name in sorted(point)])}


LBFGS = [("npoptim", {}), ("torch", {"max_iter": 1}), ("optax", {"linesearch": None})]


def on_a_bowl(code, framework, steps, first=0.5, curvature=1.0):
    """Return where a line of code goes from where the gradient's first sum is so."""
    start, _ = script()
    size = sum(np.size(w) for w in start.values())
    step = WALKS[framework](code, None, "")
    w, points = start, []
    for t in range(1, 1 + steps):
        away = {name: w[name] - start[name] for name in w}
        g = {name: first / size + curvature * (x + x**2) for name, x in away.items()}
        w = {name: np.array(x) for name, x in step(t, g).items()}
        points.append(w)
    return points


@pytest.mark.parametrize(("source", "arguments"), LBFGS)
@pytest.mark.parametrize("target", ["npoptim", "torch", "optax"])
def test_conditions_of_lbfgs(source, arguments, target):
    if source == target:
        return
    same = {"learning_rate" if source == "optax" else "lr": 0.5}
    same["memory_size" if source == "optax" else "history_size"] = 3
    if source == "npoptim":
        same["history"] = same.pop("history_size")
    found = translate("lbfgs", source, target, **arguments, **same)
    code = str(translate("lbfgs", source, source, **arguments, **same))
    assert {SHORT} <= {*found.conditions} <= {SHORT, CURVED, NO_STOP}

    def gap(**bowl):
        here, there = (
            on_a_bowl(line, framework, **bowl)
            for line, framework in ((code, source), (str(found), target))
        )
        return farthest(here, there)

    assert gap(steps=8) < 1e-12
    assert gap(steps=2, first=9.0) > 1e-6
    # Along the first step the gradient changes to the other side, or by too little.
    bent = max(gap(steps=3, curvature=-1.0), gap(steps=3, curvature=1e-8))
    assert bent > 1e-6 if CURVED in found.conditions else bent < 1e-12
    still = gap(steps=1, first=1e-8)
    assert still > 1e-12 if NO_STOP in found.conditions else still < 1e-12


def test_condition_of_sam():
    found = translate("sam", "npoptim", "optax", radius=0.5)
    assert found.conditions == (NOT_STILL,)
    sides = ("npoptim", str(translate("sam", "npoptim", "npoptim", radius=0.5)))
    still = {name: 0 * w for name, w in script()[0].items()}
    here, there = (
        WALKS[framework](code, None, "")(1, still)
        for framework, code in (sides, ("optax", str(found)))
    )
    for name, w in script()[0].items():
        np.testing.assert_array_equal(here[name], w)
        assert np.all(np.isnan(there[name]))


DECAYS = {"penalty", "decay"}


@pytest.mark.parametrize(
    "which",
    [
        which
        for which, (rule, form) in FORMS.items()
        # Of all arrays as one vector, the steps here have one decay.
        if not rule.joint
        and (form.mask or "add_decayed_weights" in form.call)
        and DECAYS & {*form.same.values(), *form.to, *form.fixed}
    ],
    ids="-".join,
)
def test_decay_is_on_the_decayed_alone(which):
    rule, form = FORMS[which]
    *_, arguments = samples(which[0], form)
    terms = terms_of(rule, form, arguments, VALUES)
    code = write(form, arguments, terms, True)
    assert "decayed" in code or "others" in code
    without = terms | dict.fromkeys(DECAYS & terms.keys(), 0)
    here = walk_by_terms(rule, code, lambda name: terms if decays(name) else without)
    assert farthest(here, walk(code, form.framework)) < 1e-12, code


# What has no name of its own is read as what it is written as.
OBJECTS = [
    which
    for which, (rule, _) in FORMS.items()
    if which[1] in ("torch", "keras") and " " not in which[2] and rule.result == "w"
]


def build(code):
    """Return the optimizer that a line of code of PyTorch or Keras builds."""
    w = [torch.nn.Parameter(torch.ones((2, 2))), torch.nn.Parameter(torch.ones((2, 2)))]
    known = {"params": w, "decayed": w[:1], "others": w[1:]}
    return eval(code, {"torch": torch, "keras": keras, **known})


@pytest.mark.parametrize("which", OBJECTS, ids="-".join)
def test_object_is_what_its_code_says(which):
    rule, form = FORMS[which]
    for arguments in samples(which[0], form):
        terms = terms_of(rule, form, arguments, VALUES)
        code = write(form, arguments, terms, False)
        title, found, own, partial = read(build(code), {})
        assert (title, found.framework, partial) == (which[0], form.framework, False)
        assert terms_of(rule, found, bind(found, own), VALUES) == terms, code
        if (
            DECAYS & {name for name in terms if terms[name]}
            and form.framework == "torch"
        ):
            _, _, own, partial = read(build(write(form, arguments, terms, True)), {})
            assert partial
            assert terms_of(rule, found, bind(found, own), VALUES) == terms, code


def tensors(*numbers):
    return [torch.nn.Parameter(torch.tensor(number)) for number in numbers]


def in_steps():
    """Return an optimizer of PyTorch whose rate a scheduler has halved."""
    optimizer = torch.optim.SGD(tensors(1.0), lr=0.5)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.5)
    optimizer.step()
    scheduler.step()
    return optimizer


def without_decay(**which):
    optimizer = keras.optimizers.Lion(0.5, weight_decay=0.25)
    optimizer.exclude_from_weight_decay(**which)
    return optimizer


class Renamed(torch.optim.SGD):
    def __init__(self, params):
        super().__init__(params, lr=0.5)

    def helper(self):
        pass


MASKED = "optax.lion(learning_rate=0.5, weight_decay=0.25, mask=decayed)"


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (in_steps, "optax.sgd(learning_rate=0.25)"),
        (lambda: Renamed(tensors(1.0)), "optax.sgd(learning_rate=0.5)"),
        (
            lambda: torch.optim.AdamW(tensors(1.0), betas=[0.5, 0.999], foreach=True),
            "optax.adamw(learning_rate=0.001, b1=0.5, weight_decay=0.01)",
        ),
        (
            lambda: torch.optim.Adam(
                tensors(1.0), weight_decay=0.5, decoupled_weight_decay=True
            ),
            "optax.adamw(learning_rate=0.001, weight_decay=0.5)",
        ),
        (
            lambda: torch.optim.Adam(
                tensors(1.0),
                lr=torch.tensor(0.5),
                betas=(torch.tensor(0.5), torch.tensor(0.75)),
                foreach=False,
                capturable=True,
            ),
            "optax.adam(learning_rate=0.5, b1=0.5, b2=0.75)",
        ),
        # Tensors, and Keras's rate, are in float32, which 0.1 is not.
        (
            lambda: torch.optim.SGD(
                tensors(1.0), lr=torch.tensor(0.1, dtype=torch.float32)
            ),
            "optax.sgd(learning_rate=0.1)",
        ),
        (lambda: without_decay(var_list=[keras.Variable(1.0)]), MASKED),
        (lambda: without_decay(var_names=["bias"]), MASKED),
        (without_decay, MASKED.replace(", mask=decayed", "")),
    ],
)
def test_object_is_read_as_it_is(make, code):
    assert str(translate(make(), target="optax")) == code


def test_rate_of_keras_in_float32():
    keras.config.set_floatx("float32")
    optimizer = keras.optimizers.SGD(0.1)
    assert optimizer.get_config()["learning_rate"] != 0.1
    assert translate(optimizer, target="optax").arguments["learning_rate"] == 0.1


def test_code_names_the_parameters_that_decay():
    optimizer = torch.optim.SGD(
        [{"params": tensors(1.0)}, {"params": tensors(2.0), "weight_decay": 0.5}]
    )
    assert str(translate(optimizer, target="optax")) == (
        "optax.chain(optax.add_decayed_weights(0.5, mask=decayed), "
        "optax.sgd(learning_rate=0.001))"
    )


class Backward(torch.optim.SGD):
    def step(self, closure=None):
        pass


class Bent(keras.optimizers.SGD):
    def update_step(self, gradient, variable, learning_rate):
        pass


def two_groups():
    one, two = tensors(1.0, 2.0)
    return torch.optim.SGD([{"params": one, "lr": 0.5}, {"params": two, "lr": 0.25}])


def decaying_twice():
    one, two = tensors(1.0, 2.0)
    return torch.optim.SGD(
        [{"params": one, "weight_decay": 0.5}, {"params": two, "weight_decay": 0.25}]
    )


def scheduled():
    schedule = keras.optimizers.schedules.ExponentialDecay(0.5, 10, 0.5)
    return keras.optimizers.SGD(schedule)


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (two_groups, ValueError, r"lr differs between the groups \(0.5, 0.25\): say"),
        (decaying_twice, ValueError, r"weight_decay differs .*\(0.5, 0.25\)"),
        (scheduled, ValueError, "learning_rate is a schedule: say at which number"),
        (lambda: Backward(tensors(1.0)), TypeError, "Backward has its own step"),
        (Bent, TypeError, "Bent has its own update_step"),
        (lambda: optax.adam(0.5), TypeError, "two functions that keep no numbers"),
        (lambda: optax.chain(optax.adam(0.5)), TypeError, "give its name and arg"),
        (lambda: torch.optim.LBFGS(tensors(1.0)), ValueError, "max_iter=1 alone, got"),
        (
            lambda: torch.optim.SGD(tensors(1.0), maximize=True), ValueError,
            "for maximize=False alone, got True",
        ),
        (
            lambda: keras.optimizers.SGD(clipnorm=0.5), ValueError,
            "keras's SGD has no form here with clipnorm=0.5",
        ),
        (
            lambda: keras.optimizers.SGD(use_ema=True), ValueError,
            "no form here with use_ema=True",
        ),
        (
            lambda: keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD()),
            ValueError, "no form here of LossScaleOptimizer",
        ),
        (lambda: torch.optim.SGD, TypeError, "that was built, got <class"),
        (lambda: torch.nn.Linear(1, 1), TypeError, "must be a name, or an optimizer"),
    ],
)  # fmt: skip
def test_object_that_is_refused(make, error, text):
    with pytest.raises(error, match=text):
        translate(make(), target="npoptim")


@pytest.mark.parametrize(
    ("make", "name"), [(two_groups, "lr"), (scheduled, "learning_rate")]
)
def test_number_that_is_given_is_in_the_place_of_those(make, name):
    found = translate(make(), target="npoptim", **{name: 0.125})
    assert str(found) == "npoptim.SGD(model, lr=0.125)"


def answer(name, source, target, arguments):
    """Return the translation, or what was raised, and None for the other."""
    try:
        return translate(name, source, target, **arguments), None
    except NoEquivalentError as error:
        return None, error


def neighbors(nearest, rule, target):
    """Yield the terms of calls with one number a little more or less."""
    form = next(
        form
        for form in rule.forms
        if form.framework == target
        and form.defaults.keys() == nearest.arguments.keys()
        and nearest.code.startswith(form.call.partition("{")[0])
    )
    for name, value in nearest.arguments.items():
        if isinstance(value, float) and name not in form.only and value:
            for factor in (0.9, 1.02):
                changed = nearest.arguments | {name: value * factor}
                yield terms_of(rule, form, changed, VALUES)


SIGNATURES = {
    (form.framework, form.call.partition("(")[0], rule.result): form
    for rule in RULES.values()
    for form in rule.forms
    if form.framework != "npoptim" and " " not in form.name
}


@pytest.mark.parametrize("call", SIGNATURES, ids="-".join)
def test_defaults_are_those_of_the_framework(call):
    name = call[1]
    parameters = signature(eval(name, PACKAGES)).parameters
    for argument, default in SIGNATURES[call].defaults.items():
        if argument in SIGNATURES[call].placed:
            continue
        theirs = parameters[argument].default
        if argument == "linesearch":  # that of the name
            assert SIGNATURES[call].defaults[argument] in theirs.update.__qualname__
            continue
        if default is REQUIRED:
            assert theirs in (parameters[argument].empty, None), argument
        else:
            assert theirs == default, f"{name}({argument}={theirs})"


def test_defaults_of_this_package():
    for rule in RULES.values():
        for form in rule.forms:
            if form.framework == "npoptim" and " " not in form.name:
                needed = {n: 1 for n, d in form.defaults.items() if d is REQUIRED}
                values = bind(form, needed)
                code = write(form, values, dict.fromkeys(rule.terms, 0), False)
                known = {"npoptim": npoptim, "model": npoptim.Arrays(), "type": type}
                found = eval(code, known)
                found = getattr(found, "then", found)
                for name in form.defaults.keys() - needed.keys():
                    assert getattr(found, name) == form.defaults[name], (code, name)
