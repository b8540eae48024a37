"""Sphinx builds these pages; `make docs` treats every warning as an error."""

import commonhub

project = "Commonhub"
author = "Commonhub contributors"
project_copyright = "2026, Commonhub contributors"
version = release = commonhub.__version__

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build", "schemas"]
nitpicky = True
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3  # headings down to this level can be linked to

html_theme = "furo"
html_title = "Commonhub"
html_copy_source = False
html_show_sphinx = False
