"""The gallery's figures: each is saved for light and for dark pages.

A gallery script says in one sentence what a figure shows, for those who cannot see
it. That is the figure's label, and a figure without one draws a warning::

    fig, ax = plt.subplots(layout="constrained")
    ...
    fig.set_label("Training loss by epoch: Adam falls fastest, SGD slowest.")

The dark image is made from the light one by exchanging light and dark, so anything
Matplotlib draws will do. Pictures (``imshow``) stay as they are, and so do the axes of
``pcolormesh``, ``contourf`` and color bars, together with all that is drawn there.

A figure that a ``FuncAnimation`` of the script moves is shown as its last frame, and
the reader may set it in motion. The animation is saved as WebP, light and dark::

    animation = FuncAnimation(fig, update, frames=60, interval=120)

Other pages show a figure of the gallery by the name of its script and its number,
which is 1 if left out, with a link to the script's page::

    ```{gallery-figure} plot_stability 2
    ```
"""

from html import escape
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from docutils import nodes
from matplotlib.animation import AbstractMovieWriter, Animation
from matplotlib.artist import Artist
from matplotlib.collections import QuadMesh
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.transforms import Bbox
from PIL import Image
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx_gallery.directives import imgsgnode

from npoptim.plotting import COLORS

logger = logging.getLogger(__name__)

# Background and text of the theme's dark pages, as red, green and blue.
DARK_PAPER = np.array([0x13, 0x14, 0x16]) / 255
DARK_INK = np.array([0xCF, 0xD0, 0xD0]) / 255
# How bright red, green and blue look.
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])

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
PAUSE = 1000  # milliseconds that the last frame of an animation stays


# What one lesson says the next ones build on.
LESSONS = (
    *("fashion_mnist", "sweep", "mlp", "l1_l2", "batch_size"),
    *("stability", "momentum", "nesterov", "race", "saddle", "soft_threshold"),
    *("step_sizes", "bias_correction", "epsilon", "amsgrad", "adamw", "cost"),
)


class TeachingOrder:
    """The order of the lessons in a section, as a key to sort by.

    Parameters
    ----------
    folder : str
        The section's folder; not used, since no two lessons have the same name.
    """

    def __init__(self, folder: str) -> None:
        pass

    def __call__(self, script: str) -> int:
        """Return the place of a script; one that is not listed comes last."""
        name = script.removeprefix("plot_").removesuffix(".py")
        return LESSONS.index(name) if name in LESSONS else len(LESSONS)


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


class Frames(AbstractMovieWriter):
    """Keeps what an animation draws, as images of floats."""

    def setup(self, fig: Figure, outfile: str, dpi: float | None = None) -> None:
        super().setup(fig, outfile, dpi)
        self.images: list[np.ndarray] = []

    def grab_frame(self, **savefig_kwargs: object) -> None:
        self.fig.canvas.draw()
        self.images.append(np.asarray(self.fig.canvas.buffer_rgba())[:, :, :3] / 255)

    def finish(self) -> None:
        """Leave the images to who asked for them."""


def save_animation(
    figure: Figure, variables: dict[str, object], light: Path, dark: Path
) -> bool:
    """Save the animation of a figure, if there is one, and leave its last frame.

    Parameters
    ----------
    figure : Figure
        May be what an animation draws on.
    variables : dict
        The script's globals: one may be that animation.
    light, dark : Path
        Where to save, without the suffix.

    Returns
    -------
    bool
        Whether there is an animation.
    """
    for animation in variables.values():
        if isinstance(animation, Animation) and animation._fig is figure:
            writer = Frames()
            # Found once, the layout stays: a frame takes less time, and none jumps.
            figure.canvas.draw()
            figure.set_layout_engine("none")
            animation.save(f"{light}.webp", writer=writer, dpi=figure.dpi)
            duration = [animation.event_source.interval] * (len(writer.images) - 1)
            duration.append(PAUSE)
            for path, images in (
                (light, writer.images),
                (dark, [darken(image, figure) for image in writer.images]),
            ):
                first, *others = (
                    Image.fromarray((255 * image).round().astype(np.uint8))
                    for image in images
                )
                first.save(
                    f"{path}.webp",
                    save_all=True,
                    append_images=others,
                    duration=duration,
                    loop=0,
                    lossless=True,
                    method=6,
                )
            return True
    return False


def darken(image: np.ndarray, figure: Figure) -> np.ndarray:
    """Exchange light and dark, and keep hues and what stands for numbers.

    Parameters
    ----------
    image : np.ndarray of float, shape (height, width, 3)
        The figure as it was saved, values from 0 to 1.
    figure : Figure
        Tells where the image is to be kept.

    Returns
    -------
    np.ndarray of float, shape (height, width, 3)
    """
    gray = (image @ LUMINANCE)[:, :, np.newaxis]
    # Linear in the pixels, so smooth edges stay smooth. White becomes the paper, black
    # the ink, and a color keeps its distance from the gray of its brightness.
    dark = (DARK_INK + gray * (DARK_PAPER - DARK_INK) + image - gray).clip(0, 1)
    height, width, _ = image.shape
    for artist in figure.findobj(_shows_numbers):
        box = artist.axes.bbox
        if isinstance(artist, AxesImage):
            box = Bbox.intersection(box, artist.get_window_extent())
        # Fractions of the figure, counted from below; rows are counted from above.
        box = box.transformed(figure.transFigure.inverted())
        rows = slice(round((1 - box.y1) * height), round((1 - box.y0) * height))
        columns = slice(round(box.x0 * width), round(box.x1 * width))
        dark[rows, columns] = image[rows, columns]
    return dark


def _shows_numbers(artist: Artist) -> bool:
    return isinstance(artist, AxesImage | QuadMesh) or (
        isinstance(artist, ContourSet) and artist.filled
    )


class GalleryFigure(SphinxDirective):
    """A figure of the gallery, light and dark, with a link to where it is made."""

    required_arguments = 1
    optional_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Find the figure in the built gallery, whichever folder it is in."""
        script, number = (*self.arguments, "1")[:2]
        source = Path(self.env.srcdir)
        gallery = source / self.config.sphinx_gallery_conf["gallery_dirs"]
        name = f"sphx_glr_{script}_{number:0>3}"
        description = next(gallery.rglob(f"images/{name}.txt"), None)
        if description is None:
            logger.warning(
                "figure %s of %s is not in the built gallery",
                number,
                script,
                location=self.get_location(),
            )
            # The next build looks again.
            self.env.note_reread()
            return []
        figure = nodes.figure()
        alt = description.read_text(encoding="utf-8")
        light = description.with_suffix("").relative_to(source)
        self.env.note_dependency(light.with_suffix(".txt"))
        for scheme, suffix in (("light", ""), ("dark", "_dark")):
            path = light.with_name(name + suffix).as_posix()
            figure += imgsgnode(
                alt=alt,
                uri=f"/{path}.png",
                srcset=SRCSET.format(path=path),
                **{"class": [f"only-{scheme}"]},
            )
            # The images are copied when the page is written.
            self.env.note_dependency(f"{path}.png")
            self.env.note_dependency(f"{path}_2x.png")
        link = pending_xref(
            refdomain="std",
            reftype="doc",
            reftarget=f"/{light.parent.parent.as_posix()}/{script}",
            refdoc=self.env.docname,
            refexplicit=False,
            refwarn=True,
        )
        link += nodes.inline(text=script)
        figure += nodes.caption("", "From the gallery: ", link)
        self.set_source_info(figure)
        return [figure]


def setup(app: Sphinx) -> dict[str, bool]:
    """Let pages show the gallery's figures."""
    app.add_directive("gallery-figure", GalleryFigure)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
