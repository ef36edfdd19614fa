"""How Sphinx makes the site from the pages of this folder: `make site`."""

from __future__ import annotations

import re
from importlib.metadata import version as version_of

from sphinx.application import Sphinx

project = "Didymium"
author = "The Didymium authors"
version = release = version_of("didymium")
language = "en"
html_title = f"Didymium {version}"

extensions = ["myst_parser"]
exclude_patterns = ["templates", "notebooks"]
myst_heading_anchors = 3  # so that links to a heading are checked
nitpicky = True

# Nothing is fetched from elsewhere, also where the pages are opened from disk.
html_theme = "furo"
html_static_path = ["site_files"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_show_copyright = False
html_show_search_summary = False  # its excerpts would be fetched page by page, which a browser refuses from disk
html_domain_indices = False
html_use_index = False
html_permalinks_icon = "#"


def name_code(app: Sphinx, page: str, source: list[str]) -> None:
    """Name files of code instead of linking to them: the site is inside the package, where no other code may be."""
    source[0] = re.sub(r"\[`?([^\]`]+)`?\]\((?:\.\./)+[\w/]+\.py\)", r"`\1`", source[0])


def setup(app: Sphinx) -> None:
    """Let Sphinx call it for every page."""
    app.connect("source-read", name_code)
