"""Translations between frameworks, with answers that are known; none is installed."""

import pytest

from npoptim import SGD, Arrays, PaperAdam
from npoptim.conventions import NoEquivalentError, translate
from npoptim.conventions.__main__ import main
from npoptim.conventions.form import FRAMEWORKS, REQUIRED
from npoptim.conventions.rules import RULES

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
    ("lion", "keras", "npoptim"): "npoptim.Lion(model, lr=0.001)",
    ("adam", "keras", "npoptim"): (
        "npoptim.PaperAdam(model, lr=0.001, "
        "eps=lambda t: 1e-07 / (1 - 0.999 ** t) ** 0.5)"
    ),
}


def required(optimizer, framework):
    """Return numbers for the arguments that have no default."""
    (form, *_) = [
        form
        for rule in RULES.values()
        for form in rule.forms
        if (form.framework, form.name) == (framework, optimizer)
    ]
    return {name: 0.1 for name, value in form.defaults.items() if value is REQUIRED}


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


def test_decay_over_a_rule_of_this_package_runs():
    code = str(translate("sgd", "keras", "npoptim", weight_decay=0.5))
    assert code == (
        'type("SGDW", (npoptim.DecoupledWeightDecay, npoptim.SGD), {})'
        "(model, lr=0.01, weight_decay=0.5)"
    )
    import npoptim

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
    import npoptim

    optimizer = eval(code, {"npoptim": npoptim, "model": Arrays(w=1.0)})
    assert isinstance(optimizer, PaperAdam)
    optimizer.gradients[0]["w"][...] = 2
    optimizer.step()
    # √v is 2 · √0.001, beside which 0.1 is; both are multiplied by 1 / √0.001.
    expected = 1 - 0.001 * 2 / (2 + 0.1 / 0.001**0.5)
    assert optimizer.parameters[0]["w"] == pytest.approx(expected, abs=1e-15)


def test_amsgrad_of_optax_is_another():
    with pytest.raises(NoEquivalentError, match="AMSGrad") as info:
        translate("amsgrad", "optax", "torch", learning_rate=0.1)
    assert info.value.lines == ""
    assert "corrected_maximum=True" in str(
        translate("amsgrad", "optax", "npoptim", learning_rate=0.1)
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
        (
            ("sgd", "torch", "optax"), {"gradient_scale": 0}, ValueError,
            r"gradient_scale must be in \(0, inf\), got 0",
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
                assert found.conditions == found.changes == ()


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
