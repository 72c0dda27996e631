"""Every script of the gallery runs by itself, and is a lesson that one can see."""

import ast
import io
import runpy
import warnings
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest

GALLERY = Path(__file__).parents[2] / "gallery"
SCRIPTS = sorted(GALLERY.rglob("plot_*.py"))
STAND_IN = "drawn stand-in"
# The site is built on whole sets; here few images do.
SIZES = {"train": 1500, "test": 500}


@dataclass(repr=False)
class Run:
    """What a script says, holds at its end, has drawn and printed."""

    source: str
    variables: dict  # among them animations, which stop if nobody holds them
    figures: list
    printed: str

    @property
    def tree(self):
        return ast.parse(self.source)


def refuse(kind):
    raise ConnectionError(f"no network for {kind}")


def names(script):
    return str(script.relative_to(GALLERY).with_suffix(""))


@pytest.fixture(scope="module", params=SCRIPTS, ids=names)
def script(request):
    """Run a script on the drawn garments, as the build does, and keep what it made."""
    source = request.param.read_text(encoding="utf-8")
    plt.close("all")
    printed = io.StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        mpl.rc_context(),
        warnings.catch_warnings(),
        redirect_stdout(printed),
    ):
        patch.delenv("NPOPTIM_DATA", raising=False)
        patch.setattr("npoptim.npnet.garments.load_fashion_mnist", refuse)
        patch.setattr("npoptim.npnet.garments.SIZES", SIZES)
        plt.switch_backend("agg")
        warnings.simplefilter("error")
        # Where there is a display, plt.show() says that this backend shows nothing.
        warnings.filterwarnings("ignore", "FigureCanvasAgg is non-interactive")
        variables = runpy.run_path(str(request.param))
        figures = [plt.figure(number) for number in plt.get_fignums()]
        for figure in figures:
            # Layout may warn only now, and an animation wants to be drawn once.
            figure.canvas.draw()
    yield Run(source, variables, figures, printed.getvalue())
    plt.close("all")


def titles(figure):
    yield figure.get_suptitle()
    for axes in figure.axes:
        yield from (axes.get_title(loc) for loc in ("left", "center", "right"))


def color_bars(figure):
    for axes in figure.axes:
        for artist in (*axes.images, *axes.collections):
            if artist.colorbar:
                yield artist.colorbar.ax


def has_label(figure, axes, way):
    """Whether axes have a label, or their figure has, or those that they share with."""
    siblings = getattr(axes, f"get_shared_{way}_axes")().get_siblings(axes)
    common = getattr(figure, f"get_sup{way}label")()
    return common or any(getattr(other, f"get_{way}label")() for other in siblings)


def lines_for_the_site(tree):
    """Lines that the reader of a lesson would not write: docstrings, captions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("set_label"):
            yield from range(node.lineno, node.end_lineno + 1)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            first = node.body[0]
            if ast.get_docstring(node) is not None:
                yield from range(first.lineno, first.end_lineno + 1)


def test_scripts_are_found():
    assert len(SCRIPTS) >= 10


def test_asks_a_question(script):
    assert "?" in ast.get_docstring(script.tree)


def test_is_short(script):
    left_out = {*lines_for_the_site(script.tree)}
    code = [
        line
        for number, line in enumerate(script.source.splitlines(), 1)
        if number not in left_out and line.strip() and not line.lstrip().startswith("#")
    ]
    assert len(code) <= 60


def test_says_what_to_try_next(script):
    assert "Try next" in script.source


def test_prints_narrow_lines(script):
    assert script.printed
    assert [line for line in script.printed.splitlines() if len(line) > 60] == []


def test_figures_have_captions(script):
    assert script.figures
    for figure in script.figures:
        assert len(figure.get_label()) > 20
        assert figure.get_label().endswith(".")


def test_axes_are_labeled(script):
    for figure in script.figures:
        for axes in figure.axes:
            # A color bar has one label, on the side of its scale; a picture none.
            if axes in color_bars(figure):
                assert axes.get_xlabel() or axes.get_ylabel()
            elif axes.axison and not axes.images:
                assert has_label(figure, axes, "x")
                assert has_label(figure, axes, "y")


def test_says_where_its_data_is_from(script):
    if "load_garments()" in script.source:
        assert STAND_IN in script.printed
        for figure in script.figures:
            assert any(STAND_IN in title for title in titles(figure))
