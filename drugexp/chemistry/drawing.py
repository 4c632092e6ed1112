"""Structures as pictures."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from rdkit.Chem.Draw import rdMolDraw2D

from drugexp.chemistry.parse import Rejected, parse


def structure_svg(smiles: str, *, width: int = 180, height: int = 120) -> str:
    """Return the standardised structure of a SMILES as an SVG element; empty where there is none.

    Parameters
    ----------
    smiles
        As a user wrote it.
    width, height
        In pixels.
    """
    compound = parse(smiles)
    if isinstance(compound, Rejected):
        return ""
    drawer: Any = rdMolDraw2D.MolDraw2DSVG(width, height)
    drawer.drawOptions().clearBackground = False
    drawer.DrawMolecule(rdMolDraw2D.PrepareMolForDrawing(compound.mol))
    drawer.FinishDrawing()
    text = drawer.GetDrawingText()
    start = text.index("<svg")
    return re.sub(r"<!--.*?-->\s*|\n", "", text[start:]).replace(
        "<svg ", f'<svg class="structure" role="img" aria-label="{escape(smiles)}" ', 1
    )
