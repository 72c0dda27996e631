"""How Sphinx builds the site: ``tox -e docs``."""

import os
import sys
from importlib.resources import files
from pathlib import Path

import npoptim

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

# The gallery's scripts run in their own folder.
if data := os.environ.get("NPOPTIM_DATA"):
    os.environ["NPOPTIM_DATA"] = str(Path(data).resolve())

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
    "sphinx_gallery.gen_gallery",
    "sphinxcontrib.bibtex",
    "myst_parser",
    "complete",
]
nitpicky = True
exclude_patterns = ["_build"]
templates_path = ["_templates"]

html_theme = "furo"
html_title = f"npoptim {version}"
html_css_files = ["custom.css"]
html_show_sphinx = False
html_copy_source = False
html_use_index = False
# All of MathJax that the pages load is this one file, so they need no network. It
# comes from a package, and neither the repository nor the site holds more of it.
mathjax_path = "tex-svg-full.js"
html_static_path = [
    "_static",
    str(files("sphinx-mathjax-offline") / "static" / "mathjax" / mathjax_path),
]

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
    "backreferences_dir": "generated/backreferences",
    "doc_module": ("npoptim",),
    "image_scrapers": ("figures.save_light_and_dark",),
    "reset_modules": ("matplotlib", "figures.set_style"),
    "image_srcset": ["2x"],
    "download_all_examples": False,
    "show_signature": False,
    "write_computation_times": False,
}
