"""How Sphinx builds the documentation. Nothing here or in the pages needs the network."""

from __future__ import annotations

import lensym

project = "lensym"
author = "The lensym developers"
project_copyright = f"{author}, MIT licence"
release = version = lensym.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
default_role = "py:obj"
myst_heading_anchors = 3

autodoc_default_options = {"members": True, "member-order": "bysource"}
autodoc_typehints_format = "short"
autodoc_type_aliases = {name: name for name in ("ArrayLike", "Center", "Index", "LogitsFunction")}
autodoc_preserve_defaults = True
add_module_names = False
maximum_signature_line_length = 88
python_use_unqualified_type_names = True
napoleon_google_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False

html_theme = "furo"
html_title = f"lensym {version}"
html_static_path = ["_static"]
html_css_files = ["lensym.css"]
html_show_sphinx = False
html_copy_source = False
pygments_style = "friendly"
pygments_dark_style = "native"
