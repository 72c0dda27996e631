"""The gallery's figures: drawn in one style, saved for light and for dark pages.

A gallery script says in a sentence or two what is to be seen in a figure. That is the
figure's label: its caption in the gallery, and elsewhere what is read to those who
cannot see it. A figure without one draws a warning::

    fig, ax = plt.subplots(layout="constrained")
    ...
    fig.set_label("Training loss by epoch: Adam falls fastest, SGD slowest.")
"""

from pathlib import Path

import matplotlib.pyplot as plt
from animations import save_animation
from darken import darken
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.text import Text
from sphinx.util import logging

from npoptim.plotting import COLORS

logger = logging.getLogger(__name__)

# The directive is that of gallery_figure.
FIGURE = """
.. gallery-figure:: {script} {number}
   :described:
"""


def set_style(gallery_conf: dict, script: str | None) -> None:
    """Make text as large as the page's, legible still on a phone, and set colors."""
    plt.rcParams.update(
        {
            "axes.prop_cycle": plt.cycler(color=COLORS),
            "figure.figsize": (6.4, 4),
            "font.size": 12,
        }
    )


def save_light_and_dark(block: tuple, block_vars: dict, gallery_conf: dict) -> str:
    """Save the open figures, close them, and return what shows them.

    Parameters
    ----------
    block : tuple
        The code that was run; not used.
    block_vars : dict
        Has the iterator over paths for the images, and the script's globals.
    gallery_conf : dict
        The gallery's settings; not used.

    Returns
    -------
    str
        reStructuredText.
    """
    rst = ""
    for number in plt.get_fignums():
        figure = plt.figure(number)
        label = " ".join(figure.get_label().split())
        if not label:
            logger.warning("%s: a figure lacks set_label()", block_vars["src_file"])
        light = Path(next(block_vars["image_path_iterator"])).with_suffix("")
        light.with_suffix(".txt").write_text(label, encoding="utf-8")
        dark = light.with_name(f"{light.name}_dark")
        moving = save_animation(figure, block_vars["example_globals"], light, dark)
        for suffix, scale in ((".png", 1), ("_2x.png", 2)):
            figure.savefig(f"{light}{suffix}", dpi=scale * figure.dpi)
            image = darken(plt.imread(f"{light}{suffix}")[:, :, :3], figure)
            plt.imsave(f"{dark}{suffix}", image)
        # Without a date and with names that are not random, so that two builds agree.
        with plt.rc_context({"svg.hashsalt": light.name}):
            figure.savefig(f"{light}.svg", metadata={"Date": None})
        script, place = light.name.removeprefix("sphx_glr_").rsplit("_", 1)
        rst += FIGURE.format(script=script, number=int(place))
        if moving:
            rst += "   :moving:\n"
        if int(place) == 1:
            # Last, since it takes from the figure.
            save_thumbnail(figure, light.with_name(f"sphx_glr_{script}_thumb.png"))
    plt.close("all")
    return rst


def save_thumbnail(figure: Figure, path: Path) -> None:
    """Save what is left of a figure where no text can be read: its lines, thicker.

    Parameters
    ----------
    figure : Figure
        It loses its text and its legends.
    path : Path
        Where to save. ``gallery_figure`` brings it to where the gallery has its own.
    """
    for axes in figure.axes:
        axes.minorticks_off()
        sides = {f"label{side}": False for side in ("left", "right", "top", "bottom")}
        axes.tick_params(length=0, **sides)
    for artist in figure.findobj(lambda artist: isinstance(artist, Text | Legend)):
        artist.set_visible(False)
    figure.set_layout_engine("constrained")
    # As many pixels as the gallery asks for, on half the width of a figure.
    figure.set_size_inches(3.2, 2.24)
    figure.savefig(path, dpi=125)
