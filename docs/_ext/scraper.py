"""The gallery's figures: drawn in one style, saved for light and for dark pages.

A gallery script says in one sentence what a figure shows, for those who cannot see
it. That is the figure's label, and a figure without one draws a warning::

    fig, ax = plt.subplots(layout="constrained")
    ...
    fig.set_label("Training loss by epoch: Adam falls fastest, SGD slowest.")
"""

from html import escape
from pathlib import Path

import matplotlib.pyplot as plt
from animations import save_animation
from darken import darken
from sphinx.util import logging

from npoptim.plotting import COLORS

logger = logging.getLogger(__name__)

SRCSET = "/{path}.png, /{path}_2x.png 2.00x"
# image-sg is sphinx-gallery's; it takes one class.
IMAGE = f"""
.. image-sg:: /{{path}}.png
   :alt: {{alt}}
   :srcset: {SRCSET}
   :class: only-{{scheme}}
"""
# Stands right below its still, where the pages' script finds it. Without that script
# there is the link.
MOVING = """
.. container:: moving only-{scheme}

   :download:`Moving picture </{path}.webp>`
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
    """Save the open figures, close them, and return the images for the page.

    Parameters
    ----------
    block : tuple
        The code that was run; not used.
    block_vars : dict
        Has the iterator over paths for the images, and the script's globals.
    gallery_conf : dict
        Has the folder of the documentation's sources.

    Returns
    -------
    str
        reStructuredText.
    """
    rst = ""
    for number in plt.get_fignums():
        figure = plt.figure(number)
        alt = escape(" ".join(figure.get_label().split()))
        if not alt:
            logger.warning("%s: a figure lacks set_label()", block_vars["src_file"])
        light = Path(next(block_vars["image_path_iterator"])).with_suffix("")
        # For the other pages that show the figure.
        light.with_suffix(".txt").write_text(alt, encoding="utf-8")
        dark = light.with_name(f"{light.name}_dark")
        moving = save_animation(figure, block_vars["example_globals"], light, dark)
        for suffix, scale in ((".png", 1), ("_2x.png", 2)):
            figure.savefig(f"{light}{suffix}", dpi=scale * figure.dpi)
            image = darken(plt.imread(f"{light}{suffix}")[:, :, :3], figure)
            plt.imsave(f"{dark}{suffix}", image)
        for scheme, path in (("light", light), ("dark", dark)):
            path = path.relative_to(gallery_conf["src_dir"]).as_posix()
            rst += IMAGE.format(path=path, alt=alt, scheme=scheme)
            if moving:
                rst += MOVING.format(path=path, scheme=scheme)
    plt.close("all")
    return rst
