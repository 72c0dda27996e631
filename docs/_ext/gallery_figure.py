"""A Sphinx extension that shows a figure of the gallery, there and on other pages.

The figure is named by its script and its number, which is 1 if left out::

    ```{gallery-figure} plot_stability 2
    ```
"""

import shutil
from html import escape
from pathlib import Path
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst.directives import flag
from sphinx.addnodes import download_reference, pending_xref
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx_gallery.directives import imgsgnode

logger = logging.getLogger(__name__)


class GalleryFigure(SphinxDirective):
    """A figure of the gallery, light and dark, to be had as SVG, too.

    With the option ``described`` its caption says what is to be seen, and with
    ``moving`` there is an animation. So it is in the gallery. Elsewhere its caption
    links to where it is made.
    """

    required_arguments = 1
    optional_arguments = 1
    option_spec: ClassVar = {"described": flag, "moving": flag}

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
        label = description.read_text(encoding="utf-8")
        light = description.with_suffix("").relative_to(source)
        self.env.note_dependency(light.with_suffix(".txt"))
        figure = nodes.figure()
        vector = download_reference("", "SVG", reftarget=f"/{light.as_posix()}.svg")
        if "described" in self.options:
            figure["classes"] = ["described"]
            # What the caption says is not to be read aloud twice.
            alt = "Figure, described in its caption"
            caption = nodes.caption("", f"{label} ", vector)
        else:
            alt = escape(label)
            link = pending_xref(
                refdomain="std",
                reftype="doc",
                reftarget=f"/{light.parent.parent.as_posix()}/{script}",
                refdoc=self.env.docname,
                refexplicit=False,
                refwarn=True,
            )
            link += nodes.inline(text=script)
            caption = nodes.caption("", "From the gallery: ", link)
            caption += [nodes.Text(" ("), vector, nodes.Text(")")]
        for scheme, suffix in (("light", ""), ("dark", "_dark")):
            path = light.with_name(name + suffix).as_posix()
            figure += imgsgnode(
                alt=alt,
                uri=f"/{path}.png",
                srcset=f"/{path}.png, /{path}_2x.png 2.00x",
                **{"class": [f"only-{scheme}"]},
            )
            # The images are copied when the page is written.
            self.env.note_dependency(f"{path}.png")
            self.env.note_dependency(f"{path}_2x.png")
            if "moving" in self.options:
                # Stands right below its still, where the pages' script finds it.
                # Without that script there is the link.
                # It learns from a class how many frames there are.
                count = len([*description.parent.glob(f"{name}_frame*.webp")])
                classes = ["moving", f"frames-{count}", f"only-{scheme}"]
                moving = nodes.container(classes=classes)
                moving += download_reference(
                    "", "Moving picture", reftarget=f"/{path}.webp"
                )
                figure += moving
        figure += caption
        self.set_source_info(figure)
        return [figure]


def exchange_thumbnails(app: Sphinx) -> None:
    """Put those that were drawn for the purpose where the shrunken figures are."""
    gallery = Path(app.srcdir) / app.config.sphinx_gallery_conf["gallery_dirs"]
    for drawn in gallery.rglob("images/*_thumb.png"):
        shutil.copyfile(drawn, drawn.parent / "thumb" / drawn.name)


def copy_frames(app: Sphinx, exception: Exception | None) -> None:
    """Put the frames of moving pictures beside their stills."""
    images = Path(app.outdir) / app.builder.imagedir
    gallery = Path(app.srcdir) / app.config.sphinx_gallery_conf["gallery_dirs"]
    if exception is None and images.is_dir():
        for frame in gallery.rglob("images/*_frame*.webp"):
            shutil.copyfile(frame, images / frame.name)


def setup(app: Sphinx) -> dict[str, bool]:
    """Let pages show the gallery's figures."""
    app.add_directive("gallery-figure", GalleryFigure)
    # Once the gallery has been built.
    app.connect("builder-inited", exchange_thumbnails, priority=900)
    app.connect("build-finished", copy_frames)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
