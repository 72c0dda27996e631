"""A Sphinx extension that shows a figure of the gallery on other pages.

The figure is named by its script and its number, which is 1 if left out::

    ```{gallery-figure} plot_stability 2
    ```
"""

from pathlib import Path

from docutils import nodes
from scraper import SRCSET
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx_gallery.directives import imgsgnode

logger = logging.getLogger(__name__)


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
