"""The form of the page of conventions answers as ``translate`` does."""

import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
from conventions import FUNCTIONS, OPERATIONS, tree, value_tree

from npoptim.conventions import NoEquivalentError, translate
from npoptim.conventions.expressions import evaluate
from npoptim.conventions.form import FRAMEWORKS, REQUIRED
from npoptim.conventions.rules import RULES

pytestmark = pytest.mark.site

SITE = Path(__file__).parents[2] / "docs" / "_build" / "html"
PAGE = (SITE / "conventions.html").as_uri()
SCRIPT = SITE / "_static" / "conventions.js"
# Answers to many questions at once, by the script or a changed one. Arguments are trees
# of their values.
ASK = """
([script, questions]) => {
  const { evaluate, translate } =
    script ? new Function(`${script}; return conventions;`)() : conventions;
  return JSON.parse(questions).map(([optimizer, from, to, trees]) => {
    const given = {};
    for (const name in trees) given[name] = evaluate(trees[name], { inf: Infinity });
    try {
      const found = translate(optimizer, from, to, given);
      return found;
    } catch (error) {
      return { error: error.message };
    }
  });
}
"""


def change(value):
    """Return another value than a default one."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, tuple):
        return tuple(map(change, value))
    if isinstance(value, int):
        return value + 1
    return value / 2 if isinstance(value, float) and value else 0.3


def samples(form):
    """Yield arguments: what is needed, each of the others changed, and all of them."""
    needed = {n: 0.1 for n, value in form.defaults.items() if value is REQUIRED}
    needed |= form.only
    changed = {n: change(v) for n, v in form.defaults.items()} | dict(form.only)
    yield {}
    yield needed
    for name, value in changed.items():
        yield needed | {name: value}
    yield changed
    yield changed | {"gradient_scale": 8}
    yield needed | {"partial_decay": True}
    yield changed | {"gradient_scale": 0.3, "partial_decay": True}


FORMS = {
    (form.name, form.framework): form
    for rule in reversed(RULES.values())
    if not rule.in_python
    for form in reversed(rule.forms)
    if " " not in form.name
}
IN_PYTHON = [
    form.name for rule in RULES.values() if rule.in_python for form in rule.forms
]
QUESTIONS = [
    (*source, target, arguments)
    for source, form in FORMS.items()
    for target in FRAMEWORKS
    for arguments in samples(form)
]
WRONG = [
    ("adam", "jax", "torch", {}),
    ("adam", "torch", "optx", {}),
    ("adm", "torch", "optax", {}),
    ("constructor", "torch", "optax", {}),
    ("adam", "torch", "optax", {"beta": 1}),
    ("adam", "torch", "optax", {"constructor": 1}),
    ("sgd", "torch", "optax", {"maximize": True}),
    ("adam", "torch", "optax", {"gradient_scale": 0}),
    ("adam", "torch", "optax", {"gradient_scale": -1e-9}),
    ("adam", "torch", "optax", {"gradient_scale": 1e999}),
]


def answer(optimizer, source, target, arguments):
    """Return what Python answers, as JavaScript does."""
    try:
        with np.errstate(all="ignore"):  # some arguments lead nowhere
            found = translate(optimizer, source, target, **arguments)
    except NoEquivalentError as error:
        return {
            "reasons": [*error.reasons],
            "nearest": write(error.nearest),
            "lines": error.lines,
            "distance": error.distance,
            "away": error.away,
        }
    except (TypeError, ValueError) as error:
        # No name that is like it, nor one that it has not: the form offers names.
        text = re.sub(r": did you mean [^?]*\?", ".", str(error))
        return {"error": re.sub(rf"\b({'|'.join(IN_PYTHON)}), ", "", text)}
    return write(found)


# What Python answers, which several tests ask for.
ANSWERS: dict[str, dict] = {}


def remember(question):
    """Return what Python answers, and keep it."""
    ANSWERS[repr(question)] = found = answer(*question)
    return found


def write(found):
    return {
        "code": found.code,
        "conditions": [*found.conditions],
        "changes": [*found.changes],
    }


def differences(tab, questions, script=""):
    """Return the questions that are answered otherwise, with both answers."""
    asked = [
        [*names, {name: value_tree(value) for name, value in arguments.items()}]
        for *names, arguments in questions
    ]
    found = tab.evaluate(ASK, [script, json.dumps(asked)])
    here = [ANSWERS.get(repr(q)) or remember(q) for q in questions]
    each = zip(questions, here, found, strict=True)
    return [(q, here, there) for q, here, there in each if not agree(here, there)]


def agree(here, there):
    """Say whether two answers are the same, and their distances up to rounding."""
    one, other = (each.get("distance", 0.0) for each in (here, there))
    # In units of the rate: weights of size 1 have sixteen digits.
    near = math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-11)
    near |= math.isnan(one) and math.isnan(other)
    return near and here | {"distance": 0} == there | {"distance": 0}


@pytest.fixture(scope="module")
def page(context):
    tab = context.new_page()
    tab.goto(PAGE)
    yield tab
    tab.close()


def test_answers_are_those_of_python(page):
    assert len(QUESTIONS) > 1000
    assert differences(page, QUESTIONS) == []


def test_errors_are_those_of_python(page):
    assert differences(page, WRONG) == []
    assert all("error" in answer(*question) for question in WRONG)


def test_script_knows_what_the_data_may_say(page):
    known = page.evaluate("Object.keys(conventions.operations)")
    assert {*known} == {*FUNCTIONS, *OPERATIONS.values()}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("2 ** 3 + 1", "9"),
        ("2 ** -1", "0.5"),
        ("3 / 2 * 2", "3.0"),
        ("True + 1", "2"),
        ("1 == 1.0 and True == 1 and not None == 0", "True"),
        ("0 or None", "None"),
        ("0.5 and (1, (2.0,))", "(1, (2.0,))"),
        ("(0.1, 0.2)[1]", "0.2"),
        ("where(0, 1, 'a')", "'a'"),
        ("-3 < 2 and 2 <= 2.0 and 3 > 2 and 2 >= 2 and 1 != 2", "True"),
    ],
)
def test_expressions_are_those_of_python(page, expression, value):
    assert repr(evaluate(expression, {})) == value
    ask = "tree => conventions.repr(conventions.evaluate(tree, {}))"
    assert page.evaluate(ask, tree(expression)) == value


@pytest.mark.parametrize(
    "expression",
    ["A + 2 * A - A / 4", "(1 - A) ** 2 + 2 ** A", "-A", "A @ B", "B @ A * 0.5",
     "norm(A)", "where(A > 0.5, A, 2)", "where(1 > 2, A, 2 * A)", "sqrt(abs(A))",
     "max(A, 0.5) + min(0, A) + sign(A)", "highest(A, 1, 1) + highest(A, 2, 0)",
     "min(A, highest(A, 3, 1))", "(A >= 0) * (A != 2) + (A == 2)"],
)  # fmt: skip
def test_arrays_are_those_of_numpy(page, expression):
    arrays = {"A": [[1, -2, 0.5], [0, 3, 2]], "B": [[1, 2], [3, -4], [0.5, 6]]}
    ask = """
      ([tree, A, B]) => {
        const tensor = (rows) =>
          new conventions.Tensor([rows.length, rows[0].length], rows.flat());
        const value = conventions.evaluate(tree, { A: tensor(A), B: tensor(B) });
        return typeof value === "number" ? [[], [value]] : [value.shape, value.data];
      }
    """
    shape, data = page.evaluate(ask, [tree(expression), *arrays.values()])
    expected = evaluate(expression, {n: np.array(rows) for n, rows in arrays.items()})
    assert tuple(shape) == np.shape(expected)
    np.testing.assert_allclose(data, np.ravel(expected), rtol=1e-15)


NUMBERS = [
    *(m * 10.0**k for k in range(-12, 24) for m in (1, 0.1, 1.5, -1 / 3, 0.99, 0.996)),
    *(0.0, 5e-324, 1.7976931348623157e308, math.inf, -math.inf),
]


def test_numbers_are_printed_as_python_prints_them(page):
    ask = "all => all.map(x => [conventions.repr(x), conventions.twoDigits(x)])"
    found = page.evaluate(ask, NUMBERS)
    for x, (whole, short) in zip(NUMBERS, found, strict=True):
        assert (whole, short) == (repr(x), f"{x:.2g}")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a - b", "a + b"),
        ("75 * x", "76 * x"),
        ("t <= STEPS", "t < STEPS"),
        ("k < -4", "k < -3"),
        ("isTrue(condition)", "!isTrue(condition)"),
        ("one[i] < other[i]", "one[i] > other[i]"),
        ("candidate.name !== form.name", "true"),
        ("!isSame(scale, 1)", "false"),
        ('"(others, "', '"(decayed, "'),
        ("covered.includes(term)", "!covered.includes(term)"),
    ],
)
def test_a_mistake_is_noticed(page, old, new):
    script = SCRIPT.read_text("utf-8").partition("\n// The form.")[0]
    assert old in script
    assert differences(page, QUESTIONS[::7], script.replace(old, new, 1))


# The form, on a phone. Each test has a page of its own: the address is what it tests.


def outcome(tab):
    return tab.locator(".translator-outcome").inner_text()


def code(tab):
    return tab.locator(".translator pre >> nth=0").inner_text()


def test_form_answers_as_one_types(tab):
    tab.goto(PAGE)
    assert outcome(tab) == "Equal: both take the same steps, but for rounding."
    assert code(tab) == "optax.adam(learning_rate=0.001)"
    tab.get_by_label("Optimizer", exact=True).select_option("sgd")
    tab.get_by_label("To", exact=True).select_option("keras")
    tab.get_by_label("momentum").fill("0.9")
    assert outcome(tab) == "Equal as long as the learning rate stays constant."
    assert code(tab) == ("keras.optimizers.SGD(learning_rate=0.001, momentum=0.9)")
    tab.get_by_label("weight_decay").fill("0.1")
    tab.get_by_label("Decay on some").check()
    assert outcome(tab).startswith("No equivalent. The nearest call is ")
    reason = "strength of an L2 penalty, added to the gradient: 0.1, and 0 there"
    assert tab.locator(".translator-reasons").inner_text() == reason
    assert tab.locator(".translator-lines pre").inner_text() == (
        "gradients = [g + 0.1 * w for g, w in zip(gradients, weights)]"
    )
    assert tab.locator(".translator-changes li").count() == 2
    tab.get_by_label("weight_decay").fill("many")
    assert tab.get_by_label("weight_decay").get_attribute("aria-invalid") == "true"
    assert outcome(tab) == "No answer: weight_decay must be a number, got 'many'."
    assert not tab.locator(".translator pre >> nth=0").is_visible()
    assert not tab.locator(".translator-lines").is_visible()
    # What is empty is as it is by default.
    tab.get_by_label("weight_decay").fill("")
    assert outcome(tab).startswith("Equal as long as")
    tab.get_by_label("From", exact=True).select_option("optax")
    assert outcome(tab) == "No answer: optax's sgd needs learning_rate."
    tab.get_by_label("learning_rate").fill("1")
    # What was typed is kept.
    assert code(tab) == "keras.optimizers.SGD(learning_rate=1, momentum=0.9)"


def test_answer_can_be_linked(tab, context):
    tab.goto(PAGE)
    tab.get_by_label("From", exact=True).select_option("npoptim")
    tab.get_by_label("Optimizer", exact=True).select_option("adamw")
    tab.get_by_label("To", exact=True).select_option("torch")
    tab.get_by_label("beta1").fill("0.5")
    tab.get_by_label("eps_in_sqrt").check()
    tab.get_by_label("The source's gradients").fill("8")
    tab.get_by_label("Decay on some").check()
    answered = outcome(tab), code(tab)
    assert "betas=(0.5, 0.999)" in answered[1]
    assert "decayed" in answered[1]
    other = context.new_page()
    other.goto(tab.url)
    assert (outcome(other), code(other)) == answered
    assert other.get_by_label("beta1").input_value() == "0.5"
    assert other.get_by_label("eps_in_sqrt").is_checked()
    # Another link on the same page is followed, too.
    other.goto(f"{PAGE}#from=torch&optimizer=adam&to=optax&betas=(0.5,0.9)")
    expected = "optax.adam(learning_rate=0.001, b1=0.5, b2=0.9)"
    other.wait_for_function(
        "code => document.querySelector('.translator pre').textContent === code",
        arg=expected,
    )
    other.close()


@pytest.mark.parametrize(
    ("address", "note"),
    [
        ("from=jax", "There is no framework 'jax': here is torch."),
        ("to=__proto__", "There is no framework '__proto__': here is optax."),
        ("optimizer=adm", "There is no optimizer of torch named 'adm': here is adam."),
        ("beta=0.9", "adam of torch has no argument 'beta'."),
        ("constructor=1", "adam of torch has no argument 'constructor'."),
        ("lr=<b>x", "lr must be a number, and not '<b>x': it is as by default."),
        ("betas=0.9", "betas must be like (0.9, 0.999), and not '0.9'"),
        ("amsgrad=1", "amsgrad must be True or False, and not '1'"),
        ("%=%%&&==%ff", ""),
    ],
)
def test_wild_address_is_answered_with_a_word(tab, address, note):
    errors = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.goto(f"{PAGE}#{address}")
    assert note in tab.locator(".translator-notes").text_content()
    assert code(tab) == "optax.adam(learning_rate=0.001)"
    assert errors == []


def test_link_to_a_section_is_no_question(tab):
    tab.goto(f"{PAGE}#what-each-has-by-default")
    assert tab.locator(".translator-notes").text_content() == ""
    assert code(tab) == "optax.adam(learning_rate=0.001)"


def test_answer_can_be_copied(context, tab, url):
    tab.goto(f"{url}conventions.html#from=keras&optimizer=lion&to=optax")
    tab.locator(".translator pre >> nth=0").hover()
    tab.locator(".translator button.copybtn >> nth=0").click()
    assert tab.evaluate("navigator.clipboard.readText()") == code(tab)


def test_form_is_for_the_keyboard(tab):
    tab.goto(PAGE)
    tab.get_by_label("From", exact=True).focus()
    names = []
    for _ in range(11):
        names.append(tab.evaluate("document.activeElement.name"))
        tab.keyboard.press("Tab")
    assert names == [
        "from", "optimizer", "to", "lr", "betas", "eps", "weight_decay", "amsgrad",
        "maximize", "gradient_scale", "partial_decay",
    ]  # fmt: skip


def test_without_scripts_the_command_line_is_named(browser):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(PAGE)
    words = tab.locator(".translator + noscript").inner_text()
    assert "python -m npoptim.conventions adam --from" in words
    assert not tab.locator("form.translator").is_visible()
    context.close()


def test_page_is_small():
    page = (SITE / "conventions.html").read_text("utf-8")
    (data,) = re.findall("<script>(const conventionsData = .*)</script>", page)
    assert SCRIPT.stat().st_size < 30_000
    assert len(data) < 120_000
