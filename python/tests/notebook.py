#!/usr/bin/python3
"""Run a notebook: usage: notebook.py [--html OUT.html] [NOTEBOOK.ipynb]

Runs its cells in order in one namespace, as Jupyter does, and shows the last value of each through its _repr_html_. That
takes no package beside NumPy; where Jupyter is, `jupyter-nbconvert --execute` does the same. Exit code 1: a cell failed;
77: skipped, NumPy is not there.
"""

import ast
import html
import json
import pathlib
import sys
import time
import traceback

ROOT = pathlib.Path(__file__).resolve().parents[2]


def shown(value):
    """A value as a notebook shows it."""
    for name in ("_repr_html_", "_repr_svg_"):
        if hasattr(value, name):
            return getattr(value, name)()
    return f"<pre>{html.escape(repr(value))}</pre>"


def run_cell(source, name, space):
    """Run one cell; what it shows, "" for nothing."""
    tree = ast.parse(source, name)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, name, "exec"), space)
    if last is None:
        return ""
    value = eval(compile(ast.Expression(last.value), name, "eval"), space)
    return "" if value is None else shown(value)


def check(notebook):
    """What must hold of a notebook in git."""
    if not 1 <= len(notebook["cells"]) <= 15:
        raise SystemExit(f"notebook: {len(notebook['cells'])} cells; 15 at most")
    for k, cell in enumerate(notebook["cells"]):
        if cell["cell_type"] == "code" and (cell["outputs"] or cell["execution_count"]):
            raise SystemExit(f"notebook: cell {k} has outputs: strip them")


def main(arguments):
    out = None
    if arguments[:1] == ["--html"]:
        out, arguments = arguments[1], arguments[2:]
    path = pathlib.Path(arguments[0]) if arguments else ROOT / "notebooks" / "loligo.ipynb"
    sys.path.insert(0, str(ROOT / "python"))
    try:
        import numpy  # noqa: F401
    except ImportError:
        print("SKIPPED: python3-numpy is not installed; the notebook is not run", file=sys.stderr)
        return 77
    notebook = json.loads(path.read_text(encoding="utf-8"))
    check(notebook)
    space, page, checked = {"__name__": "__main__"}, [], 0
    for k, cell in enumerate(notebook["cells"]):
        source = "".join(cell["source"])
        if cell["cell_type"] != "code":
            page.append(f"<pre>{html.escape(source)}</pre>")
            continue
        begin = time.process_time()
        try:
            page += [f"<pre>{html.escape(source)}</pre>", run_cell(source, f"cell {k}", space)]
        except Exception:
            traceback.print_exc()
            print(f"notebook: cell {k} failed:\n{source}", file=sys.stderr)
            return 1
        checked += source.count("assert ")
        print(f"cell {k}: {time.process_time() - begin:.2f} s of CPU, shows {len(page[-1])} bytes")
    if out:
        pathlib.Path(out).write_text("<!doctype html><meta charset=utf-8>" + "\n".join(page), encoding="utf-8")
    print(f"{path.name}: {len(notebook['cells'])} cells, {checked} checks")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
