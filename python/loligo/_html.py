"""Tables for notebooks."""

from __future__ import annotations

import html
import math


def cell(value) -> str:
    """A value as the text of a table: numbers with five digits."""
    if isinstance(value, float):
        return "–" if math.isnan(value) else f"{value:.5g}"
    return "" if value is None else str(value)


def table(head, rows, caption: str = "") -> str:
    """An HTML table; everything in it is text."""
    out = ["<table>"]
    if caption:
        out.append(f"<caption>{html.escape(caption)}</caption>")
    out.append("<thead><tr>" + "".join(f"<th>{html.escape(h)}</th>" for h in head) + "</tr></thead><tbody>")
    for row in rows:
        out.append("<tr>" + "".join(f"<td>{html.escape(cell(value))}</td>" for value in row) + "</tr>")
    out.append("</tbody></table>")
    return "".join(out)
