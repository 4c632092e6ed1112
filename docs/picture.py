"""Draw the README's picture from a real prediction of the bundled model.

python docs/picture.py
"""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

from rdkit import Chem
from rdkit.Chem.Draw import rdMolDraw2D

from drugexp import api
from drugexp.show.profile import strongest

NAME, SMILES, CELL, DOSE = "vorinostat", "O=C(NO)CCCCCCC(=O)Nc1ccccc1", "MCF7", 10.0
UP, DOWN, GREY, INK = "#b2182b", "#2166ac", "#888888", "#222222"
ROW, LEFT, ZERO, SCALE = 22, 400, 640, 190


def molecule() -> str:
    """Return the drawn structure as an SVG fragment of 340 x 170."""
    drawer = rdMolDraw2D.MolDraw2DSVG(340, 170)
    drawer.drawOptions().clearBackground = False
    rdMolDraw2D.PrepareAndDrawMolecule(drawer, Chem.MolFromSmiles(SMILES))
    drawer.FinishDrawing()
    text = drawer.GetDrawingText()
    return re.sub(r"<!--.*?-->", "", text[text.index("<svg") + 4 :].split(">", 1)[1].rsplit("</svg>", 1)[0], flags=re.S)


def bars() -> tuple[str, int]:
    """Return the strongest genes as bars with their intervals, and the height they take."""
    found = api.outcome([SMILES], cells=[CELL], dose_um=[DOSE]).predictions
    assert found is not None
    up, down = strongest(found.mean[0], 7)
    genes = [*up, *down[::-1]]
    widest = max(abs(found.mean[0, g]) for g in genes)
    to_x = lambda value: ZERO + SCALE * max(-1.25, min(1.25, value / widest))  # noqa: E731 - one line says it
    parts = []
    for row, gene in enumerate(genes):
        y = 62 + row * ROW
        mean, low, high = found.mean[0, gene], found.lower[0, gene], found.upper[0, gene]
        x0, x1 = sorted((ZERO, to_x(mean)))
        colour = UP if mean > 0 else DOWN
        parts.append(f'<rect x="{x0:.1f}" y="{y - 7}" width="{x1 - x0:.1f}" height="13" fill="{colour}"/>')
        parts.append(
            f'<line x1="{to_x(low):.1f}" x2="{to_x(high):.1f}" y1="{y}" y2="{y}" stroke="{GREY}" stroke-width="1"/>'
        )
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{escape(found.genes.ids[gene])}</text>')
    bottom = 62 + len(genes) * ROW
    parts.append(f'<line x1="{ZERO}" x2="{ZERO}" y1="48" y2="{bottom - 10}" stroke="{INK}"/>')
    parts.append(
        f'<text x="{ZERO}" y="{bottom + 8}" text-anchor="middle" fill="{GREY}" font-size="11">'
        f"predicted {escape(found.unit.label)}; lines: {found.coverage:.0%} intervals, cut at the edge</text>"
    )
    return "".join(parts), bottom + 22


def main() -> None:
    """Write docs/images/predict.svg."""
    drawn, height = bars()
    title = f"drugexp predict: {NAME} in {CELL}, {DOSE:g} uM"
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 {height}" font-family="sans-serif" font-size="13">'
        f'<rect width="900" height="{height}" fill="white"/>'
        f'<text x="20" y="28" font-size="16" font-weight="bold" fill="{INK}">{escape(title)}</text>'
        f'<g transform="translate(0,{height // 2 - 85}) scale(0.95)">{molecule()}</g>{drawn}</svg>\n'
    )
    Path(__file__).with_name("images").joinpath("predict.svg").write_text(svg)


if __name__ == "__main__":
    main()
