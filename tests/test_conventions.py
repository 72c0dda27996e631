"""Translations between frameworks, with answers that are known; none is installed."""

from functools import partial

import numpy as np
import pytest

import npoptim
from npoptim import (
    SGD,
    AMSGrad,
    Arrays,
    Constant,
    DecoupledWeightDecay,
    Groups,
    L1Optimizer,
    LaProp,
    Lion,
    Number,
    PaperAdam,
    Part,
    RMSprop,
    Velocity,
)
from npoptim.conventions import NoEquivalentError, translate
from npoptim.conventions.__main__ import main
from npoptim.conventions.form import FRAMEWORKS, REQUIRED
from npoptim.conventions.objects import read
from npoptim.conventions.rules import RULES
from npoptim.conventions.translation import terms_of
from npoptim.conventions.walk import walk

EQUAL = {
    ("adam", "torch", "optax"): "optax.adam(learning_rate=0.001)",
    ("adam", "optax", "torch"): "torch.optim.Adam(params, lr=0.1)",
    ("adam", "torch", "npoptim"): "npoptim.PaperAdam(model, lr=0.001)",
    ("paperadam", "npoptim", "torch"): "torch.optim.Adam(params, lr=0.001)",
    ("adamw", "torch", "optax"): "optax.adamw(learning_rate=0.001, weight_decay=0.01)",
    ("adamw", "optax", "npoptim"): "npoptim.AdamW(model, lr=0.1, weight_decay=0.0001)",
    ("adamw", "npoptim", "torch"): "torch.optim.AdamW(params, lr=0.001)",
    # The sum of 0.1 and 1e-7, rounded.
    ("adagrad", "keras", "torch"): (
        "torch.optim.Adagrad(params, lr=0.001, "
        "initial_accumulator_value=0.10000010000000001, eps=0)"
    ),
    (
        "adagrad",
        "keras",
        "npoptim",
    ): "npoptim.Adagrad(model, lr=0.001, eps=0.10000010000000001)",
    ("adagrad", "npoptim", "optax"): (
        "optax.adagrad(learning_rate=0.001, initial_accumulator_value=1e-08, eps=0.0)"
    ),
    ("adadelta", "torch", "keras"): (
        "keras.optimizers.Adadelta(learning_rate=1.0, rho=0.9, epsilon=1e-06)"
    ),
    ("sgd", "keras", "optax"): "optax.sgd(learning_rate=0.01)",
    ("lookahead", "npoptim", "optax"): (
        "optax.lookahead(optax.sgd(learning_rate=0.001), sync_period=5, "
        "slow_step_size=0.5)"
    ),
    ("dog", "optax", "npoptim"): "npoptim.DoG(model, lr=1.0)",
    ("dowg", "npoptim", "optax"): "optax.contrib.dowg(learning_rate=1.0)",
    ("adafactor", "keras", "npoptim"): "npoptim.Adafactor(model, lr=0.001)",
    ("schedulefreeadamw", "keras", "optax"): (
        "optax.contrib.schedule_free_adamw(learning_rate=0.0025, weight_lr_power=0)"
    ),
    ("lion", "keras", "npoptim"): "npoptim.Lion(model, lr=0.001)",
    # The first step is the first here, and 0 elsewhere; Keras has its old value there.
    ("multisteplr", "torch", "keras"): (
        "keras.optimizers.schedules.PiecewiseConstantDecay(boundaries=(1, 6), "
        "values=(0.1, 0.010000000000000002, 0.0010000000000000002))"
    ),
    ("piecewiseconstantdecay", "keras", "optax"): (
        "optax.piecewise_constant_schedule(init_value=0.4, "
        "boundaries_and_scales={3: 0.5, 8: 0.25})"
    ),
    ("piecewiseconstantdecay", "keras", "npoptim"): (
        "lambda t: [0.4, 0.2, 0.05][sum(t > n for n in (3, 8))]"
    ),
    ("piecewise_constant_schedule", "optax", "torch"): (
        "torch.optim.lr_scheduler.MultiStepLR(optimizer, milestones=())  # from lr=0.1"
    ),
    ("adam", "keras", "npoptim"): (
        "npoptim.PaperAdam(model, lr=0.001, "
        "eps=lambda t: 1e-07 / (1 - 0.999 ** t) ** 0.5)"
    ),
}


LISTS = {"milestones": [2, 7], "boundaries": [2, 7], "values": [0.4, 0.2, 0.05]}


def required(optimizer, framework):
    """Return numbers for the arguments that have no default, or lists."""
    (form, *_) = [
        form
        for rule in RULES.values()
        for form in rule.forms
        if (form.framework, form.name) == (framework, optimizer)
    ]
    needed = [name for name, value in form.defaults.items() if value is REQUIRED]
    lists = {n: LISTS[n] for n in needed if n in LISTS}
    return dict.fromkeys(needed, 0.1) | lists | dict(form.only)


@pytest.mark.parametrize(("question", "code"), EQUAL.items(), ids=map(str, EQUAL))
def test_calls_that_are_equal(question, code):
    found = translate(*question, **required(*question[:2]))
    assert str(found) == code
    assert found.conditions == ()


def test_momentum_is_equal_as_long_as_the_rate_is_constant():
    found = translate("sgd", "torch", "keras", lr=0.1, momentum=0.9)
    assert str(found) == "keras.optimizers.SGD(learning_rate=0.1, momentum=0.9)"
    assert found.conditions == ("the learning rate stays constant",)
    # Without momentum there is no velocity for the rate to be inside of.
    assert translate("sgd", "torch", "keras", lr=0.1).conditions == ()
    assert translate("sgd", "keras", "npoptim", momentum=0.9).conditions == ()


def test_rates_that_fall_by_several_factors():
    with pytest.raises(NoEquivalentError) as info:
        translate(
            "piecewiseconstantdecay", "keras", "torch",
            boundaries=[2, 7], values=[0.4, 0.2, 0.05],
        )  # fmt: skip
    assert str(info.value.nearest) == (
        "torch.optim.lr_scheduler.MultiStepLR(optimizer, milestones=(3, 8), gamma=0.5)"
        "  # from lr=0.4"
    )
    # At the end it is 0.1, and not 0.05, in units of 0.4.
    assert info.value.distance == pytest.approx(0.125)


def test_milestones_may_be_in_any_order_and_twice():
    found = translate(
        "multisteplr", "torch", "optax", lr=0.5, milestones=[7, 3, 7], gamma=0.5
    )
    assert found.arguments["boundaries_and_scales"] == {3: 0.5, 7: 0.25}


def test_penalty_is_no_decay():
    assert str(translate("sgd", "torch", "optax", weight_decay=0.5)) == (
        "optax.chain(optax.add_decayed_weights(0.5), optax.sgd(learning_rate=0.001))"
    )
    with pytest.raises(NoEquivalentError, match="strength of an L2 penalty"):
        translate("sgd", "torch", "keras", weight_decay=0.5)
    with pytest.raises(NoEquivalentError, match="strength of a decay beside the step"):
        translate("sgd", "keras", "torch", weight_decay=0.5)


def test_decay_of_some_parameters_has_a_mask():
    arguments = {"weight_decay": 0.5, "partial_decay": True}
    assert str(translate("adadelta", "torch", "optax", **arguments)) == (
        "optax.adadelta(learning_rate=1.0, weight_decay=0.5, weight_decay_mask=decayed)"
    )
    assert str(translate("ademamix", "npoptim", "optax", **arguments)) == (
        "optax.contrib.ademamix(learning_rate=0.001, weight_decay=0.5, mask=decayed)"
    )


def test_sam_is_made_of_two_rules():
    found = translate("sam", "npoptim", "optax", lr=0.1, radius=0.5)
    assert str(found) == (
        "optax.contrib.sam(optax.sgd(learning_rate=0.1), "
        "optax.chain(optax.contrib.normalize(), optax.sgd(0.5)), opaque_mode=True)"
    )
    assert found.conditions == ("the gradients are not all 0",)


def test_decay_over_a_rule_of_this_package_runs():
    code = str(translate("sgd", "keras", "npoptim", weight_decay=0.5))
    assert code == (
        'type("SGDW", (npoptim.DecoupledWeightDecay, npoptim.SGD), {})'
        "(model, lr=0.01, weight_decay=0.5)"
    )
    optimizer = eval(code, {"npoptim": npoptim, "model": Arrays(w=1.0), "type": type})
    assert isinstance(optimizer, SGD)
    optimizer.step()
    # The gradient is 0, and 0.01 · 0.5 of the weight decays.
    assert optimizer.parameters[0]["w"] == 1 - 0.01 * 0.5


def test_keras_epsilon_is_no_other():
    with pytest.raises(NoEquivalentError) as info:
        translate("adam", "keras", "torch", epsilon=0.1)
    error = info.value
    assert str(error.nearest) == "torch.optim.Adam(params, lr=0.001, eps=0.1)"
    assert len(error.reasons) == 2
    assert error.distance > 1
    assert "learning rates away after 100 steps" in str(error)
    assert error.lines == (
        "for group in optimizer.param_groups:\n"
        '    group["eps"] = 0.1 / (1 - 0.999 ** t) ** 0.5'
    )
    # Without an epsilon there is no place for it.
    assert translate("adam", "keras", "torch", epsilon=0.0).conditions == ()


def test_eps_of_keras_is_a_schedule_here():
    code = str(translate("adam", "keras", "npoptim", epsilon=0.1))
    optimizer = eval(code, {"npoptim": npoptim, "model": Arrays(w=1.0)})
    assert isinstance(optimizer, PaperAdam)
    optimizer.gradients[0]["w"][...] = 2
    optimizer.step()
    # √v is 2 · √0.001, beside which 0.1 is; both are multiplied by 1 / √0.001.
    expected = 1 - 0.001 * 2 / (2 + 0.1 / 0.001**0.5)
    assert optimizer.parameters[0]["w"] == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize(
    ("question", "arguments"),
    [
        # No norm is below 1e-6, no square near 1e-30, and a rate of 0.001 is not above
        # 1 over the root of the step in less than a million.
        (("fromage", "optax", "npoptim"), {"learning_rate": 0.5}),
        (("adafactor", "npoptim", "torch"), {}),
        (("adafactor", "npoptim", "optax"), {}),
        # The last of 100 rates is 0.5 ** 99, and that is 1.6e-30.
        (
            ("exponential_decay", "optax", "npoptim"),
            {
                "init_value": 1.0, "transition_steps": 1, "decay_rate": 0.5,
                "end_value": 1e-31,
            },
        ),
    ],
)  # fmt: skip
def test_what_differs_does_not_show_in_the_steps(question, arguments):
    with pytest.raises(NoEquivalentError) as info:
        translate(*question, **arguments)
    assert info.value.distance < 1e-15
    assert info.value.away.startswith("the same for 100 steps at gradients of size 1")
    assert str(info.value).endswith("but not always")


def test_averages_differ_at_their_start():
    # The weights before the first step are 0.5 of the first average, and not of theirs.
    with pytest.raises(NoEquivalentError) as info:
        translate("exponentialaverage", "npoptim", "torch", average_decay=0.5)
    assert info.value.distance > 0.1


def test_amsgrad_of_optax_is_another():
    with pytest.raises(NoEquivalentError, match="AMSGrad") as info:
        translate("amsgrad", "optax", "torch", learning_rate=0.1)
    assert info.value.lines == ""
    assert "corrected_maximum=True" in str(
        translate("amsgrad", "optax", "npoptim", learning_rate=0.1)
    )


def test_decay_on_some_parameters_is_asked_for_where_it_can_be():
    given = {"learning_rate": 1.0, "weight_decay": 0.5, "partial_decay": True}
    assert str(translate("lars", "optax", "optax", **given)) == (
        "optax.lars(learning_rate=1.0, weight_decay=0.5, weight_decay_mask=decayed)"
    )
    with pytest.raises(ValueError, match="optax's novograd decays all parameters"):
        translate("novograd", "optax", "optax", **given)


def test_amsgrad_without_corrections_is_one():
    found = translate(
        "amsgrad", "npoptim", "optax", eps_in_sqrt=False, bias_correction=False
    )
    assert str(found) == (
        "optax.amsgrad(learning_rate=0.001, bias_correction_mu=False, "
        "bias_correction_nu=False)"
    )


def test_decay_of_one_vector_has_no_parts():
    with pytest.raises(ValueError, match="takes all arrays as one"):
        translate("dog", "optax", "npoptim", weight_decay=0.5, partial_decay=True)


def test_terms_are_alike_but_for_rounding():
    # The square of 0.3's root is another number by a unit in the last place.
    found = translate("dowg", "optax", "npoptim", init_estim_sq_dist=0.3)
    assert (0.3**0.5) ** 2 != 0.3
    assert found.conditions == ()


def test_bfloat16_of_torch_is_a_condition():
    found = translate("muon", "torch", "npoptim", eps=0.0)
    assert found.conditions == ("rounding to bfloat16 does not count",)


def test_decay_of_lamb_is_before_the_step_in_keras():
    with pytest.raises(NoEquivalentError) as info:
        translate("lamb", "optax", "keras", learning_rate=0.1, weight_decay=0.5)
    assert info.value.reasons == (
        "strength of a decay inside of the ratio: 0.5, and 0 there",
        "strength of a decay before the step, times the rate: 0, and 0.5 there",
    )


def test_changes_say_what_is_not_as_it_is_by_default():
    found = translate("adadelta", "torch", "keras")
    assert found.changes == (
        "learning_rate=1.0, and not 0.001: learning rate",
        "rho=0.9, and not 0.95: share of the means that stays",
        "epsilon=1e-06, and not 1e-07",
    )


@pytest.mark.parametrize(
    ("question", "arguments", "error", "text"),
    [
        (("adam", "jax", "torch"), {}, ValueError, "no framework 'jax': did you mean"),
        (("adam", "torch", "optx"), {}, ValueError, "did you mean 'optax'"),
        (("adm", "torch", "optax"), {}, ValueError, "did you mean 'adam'"),
        (("adam", "torch", "optax"), {"beta": 1}, TypeError, "did you mean 'betas'"),
        (("adam", "optax", "torch"), {}, TypeError, "needs learning_rate"),
        (("lion", "keras", "torch"), {}, ValueError, "torch has no lion"),
        (
            ("sgd", "torch", "optax"), {"maximize": True}, ValueError,
            "for maximize=False alone, got True",
        ),
        # Their defaults are 20 steps in one, and a search for the length.
        (("lbfgs", "torch", "optax"), {}, ValueError, "for max_iter=1 alone, got 20"),
        (
            ("lbfgs", "optax", "torch"), {}, ValueError,
            "for linesearch=None alone, got 'zoom'",
        ),
        # By default a step takes two calls.
        (
            ("sam", "optax", "npoptim"), {"learning_rate": 0.1, "radius": 0.5},
            ValueError, "for opaque_mode=True alone, got False",
        ),
        (("sam", "torch", "npoptim"), {}, ValueError, "There are adadelta, adafactor"),
        (
            ("sgd", "torch", "optax"), {"gradient_scale": 0}, ValueError,
            r"gradient_scale must be in \(0, inf\), got 0",
        ),
        (
            ("sgd", "torch", "optax"), {"gradient_scale": np.inf}, ValueError,
            r"gradient_scale must be in \(0, inf\), got inf",
        ),
        (
            ("sgd", "torch", "optax"), {"gradient_scale": np.nan}, ValueError,
            r"gradient_scale must be in \(0, inf\), got nan",
        ),
    ],
)  # fmt: skip
def test_bad_input(question, arguments, error, text):
    with pytest.raises(error, match=text):
        translate(*question, **arguments)


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        ("adam --from torch --to optax lr=0.1", 0, "optax.adam(learning_rate=0.1)"),
        (
            "sgd momentum=0.9 --from torch --to keras", 1,
            "# the same as long as the learning rate stays constant",
        ),
        ("adam --from torch --to keras", 3, "# not the same: no keras call is"),
    ],
)  # fmt: skip
def test_command_line(words, code, text, capsys):
    assert main(words.split()) == code
    assert text in capsys.readouterr().out


@pytest.mark.parametrize(
    "words", ["adam --from torch --to jax", "adam --from torch --to keras beta",
              "adam --from torch --to keras lr=x", "adm --from torch --to keras"],
)  # fmt: skip
def test_command_line_with_bad_input(words, capsys):
    with pytest.raises(SystemExit) as info:
        main(words.split())
    assert info.value.code == 2
    assert "error: " in capsys.readouterr().err


def test_every_form_is_its_own_translation():
    for rule in RULES.values():
        for form in rule.forms:
            if " " not in form.name:
                question = form.name, form.framework, form.framework
                found = translate(*question, **required(*question[:2]))
                assert found.conditions == ()
                assert {each.partition("=")[0] for each in found.changes} == {
                    name
                    for name, value in form.only.items()
                    if value != form.defaults[name]
                }


def test_terms_are_those_that_are_declared():
    for rule in RULES.values():
        for form in rule.forms:
            assert form.framework in FRAMEWORKS
            terms = {*form.same.values(), *form.to, *form.fixed}
            assert terms <= rule.terms.keys()
            arguments = {*form.same, *form.back, *form.only}
            assert arguments <= form.defaults.keys()
            # No argument is passed over.
            assert form.defaults.keys() <= arguments


# Optimizers that were built


class SGDW(DecoupledWeightDecay, SGD):
    lr = Number(default=0.5)

    def helper(self):
        pass


class Renamed(SGDW):
    pass


class WithVelocity(Velocity, RMSprop):
    pass


class L1SGD(L1Optimizer, SGD):
    pass


class Doubled(SGD):
    def update(self, w, g, v):
        return 2 * super().update(w, g, v)


def groups(one, other):
    """Return two optimizers as one, of what builds each on a part of a model."""
    model = Arrays(w=1.0, b=1.0)
    return Groups(
        one(Part(model, lambda layer, name: name == "w")),
        other(Part(model, lambda layer, name: name == "b")),
    )


@pytest.mark.parametrize(
    ("optimizer", "target", "code"),
    [
        (SGD(Arrays(), 0.5), "torch", "torch.optim.SGD(params, lr=0.5)"),
        (
            SGDW(Arrays(), weight_decay=0.25),
            "keras",
            "keras.optimizers.SGD(learning_rate=0.5, weight_decay=0.25)",
        ),
        (
            Renamed(Arrays(), weight_decay=0.25),
            "keras",
            "keras.optimizers.SGD(learning_rate=0.5, weight_decay=0.25)",
        ),
        (
            WithVelocity(Arrays()),
            "optax",
            "optax.rmsprop(learning_rate=0.001, momentum=0.9)",
        ),
        # What is as it is by default in one form is not in another.
        (
            AMSGrad(Arrays(), bias_correction=True, eps_in_sqrt=False, eps=0.5),
            "torch",
            "torch.optim.Adam(params, lr=0.001, eps=0.5, amsgrad=True)",
        ),
        (
            groups(partial(Lion, weight_decay=0.5), Lion),
            "optax",
            "optax.lion(learning_rate=0.0001, weight_decay=0.5, mask=decayed)",
        ),
    ],
)
def test_object_is_read_as_it_is(optimizer, target, code):
    assert str(translate(optimizer, target=target)) == code
    assert str(translate(optimizer, "npoptim", target)) == code
    assert str(optimizer.to(target)) == code


def test_number_that_was_assigned_counts():
    optimizer = SGD(Arrays(), lr=0.5)
    optimizer.lr = 0.25
    assert optimizer.to("torch").arguments["lr"] == 0.25


def test_object_of_every_form_is_that_form():
    known = {"npoptim": npoptim, "model": Arrays(), "type": type}
    for title, rule in RULES.items():
        for form in rule.forms:
            # What holds a function of the step is not read, and what has no name of
            # its own is read as what it is written as.
            lookup = form.framework == "npoptim" and " " not in form.name
            if lookup and rule.result == "w" and "lambda" not in form.call:
                # A number that is nowhere a default.
                code = form.call.format("lr=0.375", **dict.fromkeys(rule.terms, 0))
                found_title, found, arguments, _ = read(eval(code, known), {})
                assert (found_title, found) == (title, form)
                assert arguments == {"lr": 0.375}


def test_object_has_no_equivalent():
    with pytest.raises(NoEquivalentError, match="no keras call is npoptim's sgd"):
        SGD(Arrays(), weight_decay=0.5).to("keras")


def test_gradient_scale_of_an_object():
    found = translate(SGD(Arrays(), lr=0.125), target="torch", gradient_scale=8)
    assert str(found) == "torch.optim.SGD(params, lr=1.0)"


def test_number_that_is_given_is_in_the_place_of_a_schedule():
    optimizer = SGD(Arrays(), lr=Constant(0.5))
    found = translate(optimizer, target="torch", lr=0.25)
    assert str(found) == "torch.optim.SGD(params, lr=0.25)"


@pytest.mark.parametrize(
    ("optimizer", "error", "text"),
    [
        (
            SGD(Arrays(), lr=lambda t: 1 / t), ValueError,
            "lr is a function of the step: say at which number, as an argument of",
        ),
        (
            PaperAdam(Arrays(), eps=Constant(0.5)), ValueError,
            "eps is a function of the step",
        ),
        (L1SGD(Arrays()), ValueError, "no form here of L1Optimizer over SGD"),
        (
            LaProp(Arrays()), ValueError,
            "no form here of LaProp over Rooted. There are forms of adabelief, ",
        ),
        (
            type("Other", (SGD, DecoupledWeightDecay), {})(Arrays()), ValueError,
            "no form here of SGD over DecoupledWeightDecay",
        ),
        (
            groups(partial(SGD, momentum=0.5), SGD), ValueError,
            r"momentum differs between the groups \(0.5, 0.0\)",
        ),
        (
            groups(SGD, partial(SGD, weight_decay=Constant(0.5))), ValueError,
            "weight_decay is a function of the step",
        ),
        (Doubled(Arrays()), TypeError, "Doubled has its own update"),
        (
            groups(partial(SGD, lr=0.5), partial(SGD, lr=0.25)), ValueError,
            r"lr differs between the groups \(0.5, 0.25\)",
        ),
        (
            groups(SGD, Lion), ValueError,
            "the groups have several rules: translate each by itself",
        ),
        (
            groups(SGD, Doubled), TypeError,
            "Doubled has its own update",
        ),
    ],
)  # fmt: skip
def test_object_that_is_refused(optimizer, error, text):
    with pytest.raises(error, match=text):
        translate(optimizer, target="torch")
    with pytest.raises(error, match=text):
        optimizer.to("torch")


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ((SGD, None, "torch"), TypeError, "that was built, got <class"),
        ((None, None, "torch"), TypeError, "must be a name, or an optimizer of"),
        ((SGD(Arrays()), "torch"), ValueError, "as the optimizer is npoptim's, got"),
        ((SGD(Arrays()),), TypeError, "needs a target"),
        (("sgd",), TypeError, "the source of a name"),
        ((SGD(Arrays()), None, "jax"), ValueError, "no framework 'jax'"),
    ],
)
def test_object_with_bad_input(arguments, error, text):
    with pytest.raises(error, match=text):
        translate(*arguments)


def test_object_takes_its_own_arguments_alone():
    with pytest.raises(TypeError, match="no argument 'rate' here: did you mean"):
        translate(SGD(Arrays()), target="torch", rate=1)


CALLS = {
    f"{title}-{form.framework}-{form.name}-{k}": (rule, form)
    for title, rule in RULES.items()
    for k, form in enumerate(rule.forms)
    if rule.result == "w"
}
SCALE = 8.0


@pytest.mark.parametrize("call", CALLS)
def test_steps_do_not_depend_on_the_unit_of_gradients(call):
    rule, form = CALLS[call]
    numbers = (0.3 + 0.031 * k for k in range(100))
    arguments = {
        name: next(numbers) if type(value) is float and 0 <= value < 2 else value
        for name, value in form.defaults.items()
    } | {name: 0.1 for name, value in form.defaults.items() if value is REQUIRED}
    terms = terms_of(rule, form, arguments | dict(form.only), {})
    scaled = terms | {
        name: terms[name] * SCALE**power
        for name, power in rule.powers.items()
        if terms.get(name)
    }
    first, *gradients = np.random.default_rng(0).normal(size=(20, 3, 2))
    large = [SCALE * g for g in gradients]
    units = {"losses": [SCALE] * len(large), "curvature": SCALE}
    *_, here = walk(rule, terms, first, large, **units)
    *_, there = walk(rule, scaled, first, gradients)
    np.testing.assert_allclose(here["w"], there["w"], rtol=1e-12, atol=1e-12)
