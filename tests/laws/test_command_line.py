"""The command line of conventions, with any words."""

import contextlib
import io

from hypothesis import example, given, settings
from hypothesis import strategies as st

from npoptim.conventions.__main__ import main
from npoptim.conventions.form import FRAMEWORKS
from npoptim.conventions.rules import RULES

FORMS = [form for rule in RULES.values() for form in rule.forms]
NAMES = sorted({form.name for form in FORMS})
ARGUMENTS = sorted({name for form in FORMS for name in form.defaults})
FRAMEWORK = st.sampled_from(FRAMEWORKS)

values = (
    st.sampled_from(
        ["0", "1", "-1", "0.1", "True", "None", "nan", "inf", "1e999", "''"]
    )
    | st.floats().map(repr)
    | st.integers().map(str)
    | st.recursive(
        st.integers(0, 9) | st.text(max_size=2),
        lambda inner: st.lists(inner, max_size=2) | st.tuples(inner, inner),
    ).map(repr)
    | st.text()
)
arguments = st.builds("{}={}".format, st.sampled_from(ARGUMENTS) | st.text(), values)
questions = st.builds(
    lambda name, source, target, given: [
        *(name, "--from", source, "--to", target),
        *given,
    ],
    st.sampled_from(NAMES),
    FRAMEWORK,
    FRAMEWORK,
    st.lists(arguments, max_size=4),
)
words = st.lists(
    st.sampled_from(["--from", "--to", "--", "-", "--help", "=", *FRAMEWORKS, *NAMES])
    | arguments
    | st.text(),
    max_size=8,
)


@settings(max_examples=20 * settings().max_examples)
@given(words=questions | words)
@example(words=["adam", "--from", "torch", "--to", "keras", "lr={[]: 1}"])
@example(words=["adam", "--from", "torch", "--to", "keras", "lr=" + "-" * 9999 + "1"])
@example(words=["adam", "--from", "torch", "--to", "keras", "lr=" + "(" * 999])
@example(words=["adam", "--from", "torch", "--to", "keras", "lr=" + "9" * 9999])
@example(words=["adam", "--from", "torch", "--to", "keras", "lr=\0"])
@example(words=["centralize", "--from", "optax", "--to", "npoptim", "lr=0"])
@example(words=["adafactor", "--from", "optax", "--to", "npoptim", "eps=-1"])
def test_any_words(words):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(words)
        except SystemExit as error:
            code = error.code
            # Help is asked for, and else it is the words that are wrong.
            assert code == (2 if err.getvalue() else 0)
    assert code in (0, 1, 2, 3)
    assert bool(out.getvalue()) == (code != 2)
    assert ("error: " in err.getvalue()) == (code == 2)
