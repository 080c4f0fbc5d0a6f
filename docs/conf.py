"""Sphinx configuration of the documentation site; `make docs-site` builds it."""

from html import escape

import ziamath
from docutils import nodes
from sphinx.util import logging

from castline import __version__

project = "castline"
author = "The castline developers"
release = __version__
extensions = ["myst_parser"]
exclude_patterns = ["_build"]
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3
nitpicky = True
html_theme = "furo"
html_title = f"castline {release}"
html_math_renderer = "svg"
html_static_path = ["static"]
html_css_files = ["pages.css"]
html_show_copyright = False
html_copy_source = False

LOGGER = logging.getLogger(__name__)


def _equation(node, inline):
    """SVG of an equation: glyphs as paths, so a page needs no script, font or network."""
    equation = ziamath.Latex(node.astext(), size=17, color="currentColor", inline=inline)
    if "\\" in equation.mathmlstr():
        LOGGER.warning("equation not understood: %s", node.astext(), location=node)
    style = f'role="img" aria-label="{escape(node.astext())}"'
    if inline:
        style += f' style="vertical-align: {equation.getyofst():.1f}px"'
    return equation.svg().replace("<svg ", f"<svg {style} ", 1)


def _inline(translator, node):
    translator.body.append(_equation(node, inline=True))
    raise nodes.SkipNode


def _block(translator, node):
    translator.body.append(f'<div class="equation">{_equation(node, inline=False)}</div>')
    raise nodes.SkipNode


def setup(app):
    ziamath.config.svg2 = False
    app.add_html_math_renderer("svg", (_inline, None), (_block, None))
