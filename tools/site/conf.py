"""Sphinx of the documentation (tools/check_docs.sh): only what Debian 12 ships, nothing from another host."""
import html
import os
import re
from pathlib import Path

from sphinx import addnodes

project = "Loligo"
author = "the authors of Loligo"
copyright = "the authors of Loligo, MIT licence"  # noqa: A001
release = version = os.environ.get("LOLIGO_VERSION", "")
extensions = ["myst_parser"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
root_doc = "index"
nitpicky = False
html_theme = "furo"
html_title = f"Loligo {release}"
html_static_path = []
html_copy_source = html_show_sourcelink = html_show_sphinx = False
html_last_updated_fmt = None
html_theme_options = {
    # Okabe and Ito's blue, dark enough on white and light enough on black
    "light_css_variables": {"color-brand-primary": "#005a8c", "color-brand-content": "#005a8c"},
    "dark_css_variables": {"color-brand-primary": "#7cc4ee", "color-brand-content": "#7cc4ee"},
}
pygments_style = "default"
pygments_dark_style = "monokai"
highlight_language = "none"
myst_heading_anchors = 4
smartquotes = False
suppress_warnings = ["misc.highlighting_failure", "myst.header"]

PARTS = []


def navigation(app, pagename, templatename, context, doctree):
    """The theme asks Sphinx for the tree of all pages anew on every page, which is a third of the time of the build: give
    it the same list of captions and titles."""
    env = app.env
    if not PARTS:
        PARTS.extend(env.get_doctree(root_doc).findall(addnodes.toctree))

    def entry(page, level):
        here = " current current-page" if page == pagename else ""
        title = html.escape(env.titles[page].astext())
        below = "".join(entry(p, level + 1) for p in env.toctree_includes.get(page, []))
        below = f"<ul>{below}</ul>" if below else ""
        return (f'<li class="toctree-l{level}{here}"><a class="reference internal" href="{context["pathto"](page)}">{title}</a>'
                f"{below}</li>")

    def tree(**_):
        out = []
        for node in PARTS:
            out.append(f'<p class="caption" role="heading"><span class="caption-text">{html.escape(node["caption"])}</span></p>')
            out.append("<ul>" + "".join(entry(page, 1) for _, page in node["entries"]) + "</ul>")
        return "".join(out)

    context["toctree"] = tree


def keep_styles_here(app, exception):
    """Debian's theme takes normalize.css from /javascript of a web server: put the file itself into the style sheet."""
    sheet = Path(app.outdir) / "_static/styles/furo.css"
    if exception is None and sheet.exists():
        asked = re.compile(r"@import url\(/javascript/(normalize\.css/normalize\.css)\);?")
        text = sheet.read_text()
        sheet.write_text(asked.sub(lambda m: (Path("/usr/share/javascript") / m[1]).read_text(), text))


def setup(app):
    app.connect("html-page-context", navigation, priority=400)
    app.connect("build-finished", keep_styles_here)
