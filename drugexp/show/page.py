"""One self-contained page: no script, nothing from the network, light or dark as the reader has it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

_STYLE = """
:root{--back:#fff;--card:#f6f7f9;--ink:#1a1d21;--soft:#565d66;--line:#d5d9df;--fine:#1d6b43;--look:#8a5a00;
--fix:#b3261e;--g0:#0b66a8;--g1:#c2500a;--g2:#00795a;--g3:#a03c78;--g4:#7a6a00;--g5:#2f8fc4;--g6:#5b4bb0;--g7:#6b7280}
@media screen and (prefers-color-scheme:dark){
:root{--back:#14171b;--card:#1d2126;--ink:#e8eaed;--soft:#a7afb9;--line:#3a414a;
--fine:#6fcf97;--look:#f2b84b;--fix:#ff8a80;--g0:#5fb4ee;--g1:#f59a5b;--g2:#41c99f;--g3:#e08dbf;--g4:#d9c64a;
--g5:#9ad4f5;--g6:#b0a4f5;--g7:#9aa3ad}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1.5rem 1rem 3rem;max-width:62rem;background:var(--back);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;overflow-wrap:anywhere}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .25rem}
h2{font-size:1.05rem;margin:0;display:inline}
h2.split{display:block;font-size:1.25rem;margin:1.4rem 0 0}
h3{font-size:1.05rem;margin:.8rem 0 0}
h4{font-size:.95rem;margin:.6rem 0 0}
ul{padding-left:1.1rem;margin:.4rem 0}
section.board td{white-space:nowrap}
p{margin:.4rem 0}
.soft{color:var(--soft)}
section{background:var(--card);border:1px solid var(--line);border-left:.3rem solid var(--line);border-radius:.4rem;
padding:.8rem 1rem;margin:.8rem 0}
section.look{border-left-color:var(--look)}
section.fix{border-left-color:var(--fix)}
section.fine{border-left-color:var(--fine)}
.badge{display:inline-block;min-width:3.2rem;text-align:center;border:1px solid currentColor;border-radius:.9rem;
font-size:.8rem;padding:0 .5rem;margin-right:.5rem}
.badge.look{color:var(--look)}.badge.fix{color:var(--fix)}.badge.fine{color:var(--fine)}
.scroll{overflow-x:auto;max-width:100%}
table{border-collapse:collapse;font-size:.88rem;margin:.5rem 0 0}
th,td{text-align:left;padding:.2rem .9rem .2rem 0;border-bottom:1px solid var(--line);overflow-wrap:normal}
tr.own td{font-weight:600}
tr.control td{color:var(--soft)}
.number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.beside{display:flex;flex-wrap:wrap;gap:.2rem 2rem;align-items:flex-start}
figure{margin:.8rem 0 0;flex:1 1 26rem;max-width:34rem}
figure.wide{max-width:none}
figcaption{font-size:.9rem;color:var(--soft);margin-bottom:.2rem}
svg{width:100%;height:auto;display:block;font-size:12px}
@media (max-width:30rem){svg{font-size:15px}}
@media (max-width:44rem){
section.board thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
section.board table,section.board tbody{display:block}
section.board tr{display:flex;flex-wrap:wrap;gap:0 .9rem;padding:.35rem 0;border-bottom:1px solid var(--line)}
section.board td{border:0;padding:0}
section.board td:first-child{flex-basis:100%;color:var(--ink);white-space:normal}
section.board td:empty{display:none}
section.board td:not(:first-child)::before{content:attr(data-head) " ";color:var(--soft);font-weight:400;
font-size:.8rem}
}
svg.structure{width:11rem;background:#fff;border-radius:.3rem}
.portrait{flex:0 1 20rem}.portrait svg.structure{width:100%}
.portrait+ul{flex:1 1 20rem}
svg text{fill:var(--soft)}
svg .name{fill:var(--ink)}
svg .grid{stroke:var(--line);stroke-width:.7}
svg .axis{stroke:var(--soft)}
@media print{body{max-width:none;padding:0;font-size:11px}figure,tr,.beside{break-inside:avoid}h2,h3{break-after:avoid}
h2{display:block}.badge{float:left}
figure:not(.wide){flex:1 1 40%}.scroll{overflow:visible}table{font-size:.8em}.number{white-space:normal}}
""" + "".join(
    f"svg .g{at}.fill{{fill:var(--g{at});fill-opacity:.75}}svg .g{at}.line{{fill:var(--g{at});fill-opacity:.12;"
    f"stroke:var(--g{at});stroke-width:1.6}}svg .g{at}.mark{{fill:var(--g{at});fill-opacity:.75}}"
    f"svg .g{at}.faint{{fill:var(--g{at});fill-opacity:.3}}svg .g{at}.dots{{stroke:var(--g{at});stroke-opacity:.3;"
    f"stroke-width:4.8;stroke-linecap:round}}svg .g{at}.whisker{{stroke:var(--g{at});stroke-width:1.8}}\n"
    for at in range(8)
)


class Drawing(str):
    """An SVG element that was drawn here: it is set as it is."""

    __slots__ = ()


class Figure(str):
    """Text that is set as a number is: a mean with its interval, say."""

    __slots__ = ()


def table(heads: Sequence[str], rows: Sequence[Sequence[object]], classes: Sequence[str] = ()) -> str:
    """Return a table that scrolls by itself where it is too wide.

    In a section of class ``board`` a narrow screen shows each row as a few lines instead, every value after the
    name of its column.

    Parameters
    ----------
    heads
        Of the columns.
    rows
        Their cells as text or numbers; they are escaped, and numbers are set right.
    classes
        Class of each row; none: plain ones.
    """
    numbers = [any(_is_number(row[at]) for row in rows) for at in range(len(heads))]
    top = "".join(
        f'<th scope="col"{_NUMBER if number else ""}>{escape(h)}</th>' for h, number in zip(heads, numbers, strict=True)
    )
    kinds = [f' class="{escape(kind)}"' if kind else "" for kind in classes or [""] * len(rows)]
    body = "".join(f"<tr{kind}>{''.join(map(_cell, heads, row))}</tr>" for kind, row in zip(kinds, rows, strict=True))
    table = f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div class="scroll" tabindex="0">{table}</div>'


_NUMBER = ' class="number"'


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float, Figure))


def _cell(head: str, value: object) -> str:
    kind = _NUMBER if _is_number(value) else ""
    shown = value if isinstance(value, Drawing) else escape(str(value))
    return f'<td{kind} data-head="{escape(head)}">{shown}</td>'


def page(title: str, body: str) -> str:
    """Return a whole page.

    Parameters
    ----------
    title
        As text; it is escaped.
    body
        As HTML.
    """
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )
