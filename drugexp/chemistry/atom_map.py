"""Numbers of atoms drawn on a structure: as SVG or PNG, readable in colour, in grey and as text."""

from __future__ import annotations

import math
import re
import struct
import zlib
from collections.abc import Sequence
from html import escape
from typing import Any, Literal

import numpy as np
from rdkit.Chem.Draw import rdMolDraw2D
from rdkit.Geometry import Point2D

from drugexp.chemistry.environments import atom_words

Picture = Literal["svg", "png"]
RAISES, LOWERS = (0.90, 0.55, 0.20), (0.10, 0.35, 0.70)
"""Orange and blue of Okabe and Ito's kind: told apart by every kind of colour vision. In grey they are told apart by
shape: what raises is a full disc, what lowers a ring."""
_LARGEST = 0.5  # radius of the largest disc, in mean bond lengths
_LEAST = 0.04  # shares below this part of the largest are not drawn
_LEGEND = 34  # pixels below the structure
_SAID = 5


def atom_map(
    mol: Any,
    values: Sequence[float] | np.ndarray,
    *,
    kind: Picture = "svg",
    width: int = 420,
    height: int = 320,
    title: str = "",
    scale: float | None = None,
) -> bytes:
    """Return a structure with a disc on each atom whose area is the atom's number.

    A full orange disc raises, a blue ring lowers. A legend below tells what the largest stands for; what is drawn is
    told as text too: in ``<title>`` and ``<desc>`` of an SVG, in the text chunk ``Description`` of a PNG.

    Parameters
    ----------
    mol
        An RDKit molecule.
    values
        (atom,) numbers, in the order of its atoms.
    kind
        ``svg`` or ``png``.
    width, height
        In pixels, legend included.
    title
        What is shown, for the text and the legend.
    scale
        What the largest disc stands for, so that several maps can be held beside each other; default: the largest
        number here.

    Raises
    ------
    ValueError
        If there is not one finite number for each atom.
    """
    shares = np.asarray(values, dtype=np.float64)
    if shares.shape != (mol.GetNumAtoms(),) or not np.isfinite(shares).all():
        raise ValueError(f"{shares.shape} numbers, not all of them finite, for {mol.GetNumAtoms()} atoms")
    most = float(scale or np.abs(shares).max(initial=0.0))
    ready = rdMolDraw2D.PrepareMolForDrawing(mol)
    drawer = _drawer(kind, width, height)
    # Drawn once to learn where atoms stand, and once more over the discs.
    drawer.DrawMolecule(ready)
    at = [drawer.GetDrawCoords(i) for i in range(len(shares))]
    unit = _bond_length(mol, at)
    drawer = _drawer(kind, width, height)
    _backdrop(drawer, width, height)
    for point, share in zip(at, shares.tolist(), strict=True):
        if most and abs(share) >= _LEAST * most:
            _disc(drawer, point, _LARGEST * unit * math.sqrt(min(abs(share) / most, 1.0)), raises=share > 0)
    drawer.DrawMolecule(ready)
    _legend(drawer, width, height, most)
    drawer.FinishDrawing()
    told = atom_map_words(mol, shares)
    drawn = drawer.GetDrawingText()
    return _svg(drawn, title, told) if kind == "svg" else _png(drawn, f"{title}. {told}" if title else told)


def marked_atoms(mol: Any, atoms: Sequence[int], *, width: int = 150, height: int = 100) -> str:
    """Return a structure as an SVG element, with some of its atoms and the bonds between them marked."""
    inside = set(atoms)
    bonds = [b.GetIdx() for b in mol.GetBonds() if {b.GetBeginAtomIdx(), b.GetEndAtomIdx()} <= inside]
    drawer: Any = rdMolDraw2D.MolDraw2DSVG(width, height)
    drawer.drawOptions().useBWAtomPalette()
    drawer.drawOptions().setHighlightColour((0.62, 0.74, 0.90))
    drawer.drawOptions().bondLineWidth = 1
    drawer.drawOptions().highlightRadius = 0.45
    ready = rdMolDraw2D.PrepareMolForDrawing(mol)
    drawer.DrawMolecule(ready, highlightAtoms=sorted(inside), highlightBonds=bonds)
    drawer.FinishDrawing()
    told = f"atoms {', '.join(str(i + 1) for i in sorted(inside))} are marked"
    return _svg(drawer.GetDrawingText(), "Substructure", told, "structure").decode()


def atom_map_words(mol: Any, values: Sequence[float] | np.ndarray) -> str:
    """Return what an atom map shows, in words: the strongest atoms, with numbers from 1 as the SMILES writes them.

    >>> from rdkit import Chem
    >>> atom_map_words(Chem.MolFromSmiles("CC#N"), [0.1, 0.0, -0.5])
    'Atoms that raise it: C1 (C) +0.1. Atoms that lower it: N3 (C) -0.5.'
    """
    shares = np.asarray(values, dtype=np.float64)
    words = atom_words(mol)
    parts = []
    for sign, what in ((1, "raise"), (-1, "lower")):
        order = [i for i in np.argsort(-sign * shares, kind="stable").tolist() if sign * shares[i] > 0]
        if order:
            more = f" and {len(order) - _SAID} more" if len(order) > _SAID else ""
            listed = ", ".join(f"{words[i]} {shares[i]:+.2g}" for i in order[:_SAID])
            parts.append(f"Atoms that {what} it: {listed}{more}.")
    return " ".join(parts) or "No atom changes it."


def _drawer(kind: Picture, width: int, height: int) -> Any:
    make = rdMolDraw2D.MolDraw2DSVG if kind == "svg" else rdMolDraw2D.MolDraw2DCairo
    drawer: Any = make(width, height, width, height - _LEGEND)
    options = drawer.drawOptions()
    options.clearBackground = False
    options.padding = 0.1
    options.fixedBondLength = 40
    options.useBWAtomPalette()
    return drawer


def _bond_length(mol: Any, at: Sequence[Any]) -> float:
    ends = [(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()) for bond in mol.GetBonds()]
    lengths = [math.hypot(at[a].x - at[b].x, at[a].y - at[b].y) for a, b in ends]
    return float(np.mean(lengths)) if lengths else 40.0


def _backdrop(drawer: Any, width: int, height: int) -> None:
    drawer.SetFillPolys(True)
    drawer.SetColour((1.0, 1.0, 1.0))
    drawer.DrawRect(Point2D(0, 0), Point2D(width, height), rawCoords=True)


def _disc(drawer: Any, centre: Any, radius: float, *, raises: bool) -> None:
    low, high = (Point2D(centre.x + s * radius, centre.y + s * radius) for s in (-1, 1))
    colour = RAISES if raises else LOWERS
    pale = tuple(1 - (1 - c) * (0.62 if raises else 0.13) for c in colour)
    drawer.SetFillPolys(True)
    drawer.SetColour(pale)
    drawer.DrawEllipse(low, high, rawCoords=True)
    if not raises:
        drawer.SetFillPolys(False)
        drawer.SetLineWidth(2)
        drawer.SetColour(colour)
        drawer.DrawEllipse(low, high, rawCoords=True)


def _legend(drawer: Any, width: int, height: int, most: float) -> None:
    y, radius = height - _LEGEND / 2, 8.0
    told = [(True, "raises"), (False, "lowers")]
    drawer.SetFontSize(13)
    for at, (raises, word) in enumerate(told):
        x = 14 + 84 * at
        _disc(drawer, Point2D(x, y), radius, raises=raises)
        drawer.SetColour((0.1, 0.1, 0.1))
        drawer.DrawString(word, Point2D(x + 14, y), 1, rawCoords=True)
    drawer.DrawString(f"largest disc: {most:.2g}", Point2D(width - 10, y), 2, rawCoords=True)


def _svg(text: str, title: str, told: str, kind: str = "atoms") -> bytes:
    body = re.sub(r"<!--.*?-->\s*|<\?xml.*?\?>\s*", "", text)
    words = f"<title>{escape(title or 'Shares of atoms')}</title><desc>{escape(told)}</desc>"
    head, rest = body[body.index("<svg") :].split(">", 1)
    label = escape(f"{title}. {told}" if title else told)
    return f'{head} class="{kind}" role="img" aria-label="{label}">{words}{rest}'.encode()


def _png(data: bytes, told: str) -> bytes:
    """Return a PNG with its description as international text, right after the header."""
    body = b"Description\0\0\0en\0\0" + told.encode()
    chunk = struct.pack(">I", len(body)) + b"iTXt" + body + struct.pack(">I", zlib.crc32(b"iTXt" + body))
    end = 8 + 12 + struct.unpack(">I", data[8:12])[0]
    return data[:end] + chunk + data[end:]
