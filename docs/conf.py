"""How Sphinx builds the site: ``tox -e docs``."""

import os
import sys
from html import escape
from importlib.resources import files
from pathlib import Path
from textwrap import shorten
from urllib.parse import urlsplit

from docutils import nodes
from sphinx.application import Sphinx

import npoptim
from npoptim.declared import Declared
from npoptim.hyperparameters import Hyperparameter

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

# A relative path is meant from the top of the checkout, where tox runs. Sphinx reads
# this file in its own folder, and the gallery's scripts run in theirs.
if data := os.environ.get("NPOPTIM_DATA"):
    os.environ["NPOPTIM_DATA"] = str(Path(__file__).parents[1].joinpath(data).resolve())

project = "npoptim"
author = "npoptim developers"
project_copyright = "2026, npoptim developers"
version = release = npoptim.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.intersphinx",
    "sphinx.ext.mathjax",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
    "sphinxcontrib.bibtex",
    "sphinxext.opengraph",
    "myst_parser",
    "notfound.extension",
    "complete",
    "conventions",
    "differences",
    "explorer",
    "family",
    "from_classes",
    "gallery_figure",
    "panels",
    "porting",
    "valley",
    "vectors",
]
nitpicky = True
exclude_patterns = ["_build"]
templates_path = ["_templates"]

html_theme = "furo"
html_title = f"npoptim {version}"
html_css_files = ["custom.css", "panels.css", "print.css"]
html_js_files = ["accessible.js"]
html_show_sphinx = False
html_copy_source = False
html_use_index = False
html_search_scorer = str(Path(__file__).with_name("search_scorer.js"))
# All of MathJax that the pages load is this one file, so they need no network. It
# comes from a package, bit for bit as MathJax has released it, and neither the
# repository nor the site holds more of it.
mathjax_path = "tex-svg-full.js"
html_static_path = [
    "_static",
    str(files("sphinx-mathjax-offline") / "static" / "mathjax" / mathjax_path),
]

# Where the site will be, with a slash at the end. Only who publishes it can know.
html_baseurl = os.environ.get("READTHEDOCS_CANONICAL_URL", "")
ogp_site_url = html_baseurl
ogp_social_cards = {"enable": False}  # the headline figure says more
if html_baseurl:
    ogp_image = f"{html_baseurl}_images/sphx_glr_plot_fair_001_2x.png"
    ogp_image_alt = (
        "Loss of a linear model over 25 epochs: six optimizers, each at its best rate."
    )
    extensions.append("sphinx_sitemap")
    # The base has version and language; the default scheme would add them again.
    sitemap_url_scheme = "{link}"
    sitemap_excludes = ["404.html", "search.html", "_modules/*"]
footer = {}
# The same is true of the repository.
if repository := os.environ.get("READTHEDOCS_GIT_CLONE_URL") or os.environ.get(
    "NPOPTIM_REPOSITORY_URL"
):
    footer["Repository"] = repository.removesuffix(".git")
html_theme_options = {
    "footer_icons": [
        {"name": name, "url": url, "html": name, "class": ""}
        for name, url in footer.items()
    ]
}

# A server shows this page for addresses of any depth, so its links start at the root.
notfound_urls_prefix = urlsplit(html_baseurl).path or "/"
notfound_context = {
    "title": "Page not found",
    "body": f"""
        <h1>Page not found</h1>
        <p>There is nothing at this address. The search and the menu show what there
        is, and so does the <a href="{notfound_urls_prefix}index.html">first page</a>.
        </p>
    """,
}

myst_enable_extensions = ["amsmath", "colon_fence", "dollarmath"]

# Docstrings give the types, and an inherited method is described where it is from.
autodoc_typehints = "none"
autodoc_preserve_defaults = True
autodoc_inherit_docstrings = False
autodoc_member_order = "bysource"
napoleon_google_docstring = False
# Types such as "float, default 1e-3" are set as they are, without a search for links.
napoleon_use_param = False
napoleon_use_rtype = False
napoleon_custom_sections = [("Attributes", "params_style")]

bibtex_bibfiles = ["references.bib"]
bibtex_reference_style = "author_year"

# Prompts and output stay behind when an example is copied.
copybutton_exclude = ".linenos, .gp, .go"

# The inventories hold what is linked to and no more, so a build needs no network.
intersphinx_mapping = {
    "python": ("https://docs.python.org/3", "inventories/python.txt"),
    "numpy": ("https://numpy.org/doc/stable", "inventories/numpy.txt"),
    "matplotlib": ("https://matplotlib.org/stable", "inventories/matplotlib.txt"),
}

# Functions are named by strings: Sphinx cannot store others, and warns.
sphinx_gallery_conf = {
    "examples_dirs": "../gallery",
    "gallery_dirs": "auto_gallery",
    "subsection_order": [
        "../gallery/training",
        "../gallery/landscapes",
        "../gallery/anatomy",
    ],
    "within_subsection_order": "lessons.TeachingOrder",
    "backreferences_dir": "generated/backreferences",
    "doc_module": ("npoptim",),
    "image_scrapers": ("scraper.save_light_and_dark",),
    "reset_modules": ("matplotlib", "scraper.set_style"),
    "image_srcset": ["2x"],
    "download_all_examples": False,
    "show_signature": False,
    "write_computation_times": False,
}


def describe(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict,
    doctree: nodes.document | None,
) -> None:
    """Describe a page, unless it does so itself, by its first paragraph.

    The extension for Open Graph would, but passes over what autodoc has written.
    """
    if doctree is None or 'name="description"' in context["metatags"]:
        return
    for paragraph in doctree.findall(nodes.paragraph):
        text = escape(shorten(paragraph.astext(), 200, placeholder=" …"))
        if not (
            isinstance(paragraph.parent, nodes.Admonition) or text.startswith("Bases:")
        ):
            context["metatags"] += f'<meta name="description" content="{text}">\n'
            context["meta"] = {"og:description": text, **(context["meta"] or {})}
            return


def show_public_bases(
    app: Sphinx, name: str, obj: type, options: object, bases: list[type]
) -> None:
    """Show no base class that readers cannot look up."""
    inner = (Declared, Hyperparameter, Hyperparameter[float], Hyperparameter[bool])
    bases[:] = [object if base in inner else base for base in bases]


def setup(app: Sphinx) -> None:
    """Describe pages before the extension for Open Graph does."""
    app.connect("html-page-context", describe, priority=400)
    app.connect("autodoc-process-bases", show_public_bases)
