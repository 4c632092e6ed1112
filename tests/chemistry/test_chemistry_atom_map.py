"""Numbers of atoms on a structure: what is drawn is what was given, and it can be read without colour."""

from __future__ import annotations

import io
import re
from typing import Any
from xml.etree import ElementTree

import matplotlib.image as image
import numpy as np
import pytest

from drugexp.chemistry.atom_map import atom_map, atom_map_words, marked_atoms
from drugexp.chemistry.environments import canonical

SVG = "{http://www.w3.org/2000/svg}"
LEGEND = 3  # ellipses: a full disc, a ring and its edge


def molecule(smiles: str = "NS(=O)(=O)c1ccccc1") -> Any:
    return canonical(smiles)[0]


def read(svg: str | bytes) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314 - drawn here


def ellipses(svg: bytes) -> list[dict[str, str]]:
    return [dict(e.attrib) for e in read(svg).iter(f"{SVG}ellipse")]


def test_a_disc_for_what_raises_and_a_ring_for_what_lowers() -> None:
    mol = molecule()
    values = np.zeros(mol.GetNumAtoms())
    assert len(ellipses(atom_map(mol, values))) == LEGEND
    values[1] = 1.0
    assert len(ellipses(atom_map(mol, values))) == LEGEND + 1
    assert len(ellipses(atom_map(mol, -values))) == LEGEND + 2
    assert "stroke:#1959B2" in ellipses(atom_map(mol, -values))[1]["style"]


def test_areas_are_as_the_numbers_and_a_scale_makes_maps_alike() -> None:
    mol = molecule()
    values = np.zeros(mol.GetNumAtoms())
    values[[0, 1]] = 1.0, 4.0
    small, large = sorted(float(e["rx"]) for e in ellipses(atom_map(mol, values))[:2])
    assert large / small == pytest.approx(2.0, abs=0.05)
    halved = sorted(float(e["rx"]) for e in ellipses(atom_map(mol, values, scale=16.0))[:2])
    assert halved == pytest.approx([small / 2, large / 2], abs=0.1)


def test_an_svg_tells_its_content_as_text() -> None:
    mol = molecule()
    values = np.zeros(mol.GetNumAtoms())
    values[1] = 0.5
    root = read(atom_map(mol, values, title="a < b"))
    assert root.findtext(f"{SVG}title") == "a < b"
    told = root.findtext(f"{SVG}desc")
    assert told == "Atoms that raise it: S2 (N O O C) +0.5."
    assert root.get("aria-label") == f"a < b. {told}"


def test_a_png_is_a_picture_with_its_description() -> None:
    mol = molecule()
    values = np.linspace(-1, 1, mol.GetNumAtoms())
    data = atom_map(mol, values, kind="png", width=300, height=240, title="x")
    pixels = image.imread(io.BytesIO(data))
    assert pixels.shape[:2] == (240, 300)
    assert pixels[0, 0, :3].tolist() == [1.0, 1.0, 1.0]
    assert pixels[..., :3].min() < 0.2
    assert f"x. {atom_map_words(mol, values)}".encode() in data
    assert data == atom_map(mol, values, kind="png", width=300, height=240, title="x")


def test_signs_are_told_apart_in_grey() -> None:
    """What raises is darker inside than what lowers, whose edge is darker than both."""
    mol = molecule("CCCCCC")
    grey = []
    for sign in (1, -1):
        pixels = image.imread(io.BytesIO(atom_map(mol, np.full(6, sign), kind="png")))[..., :3] @ [0.3, 0.59, 0.11]
        values, count = np.unique(np.round(pixels[:280], 2), return_counts=True)
        shown = values[(values < 0.99) & (count > 60)]
        grey.append(shown)
    assert grey[0].max() < 0.85 < 0.88 < grey[1].max()


def test_bad_numbers_are_refused() -> None:
    mol = molecule()
    for values in ([1.0], np.full(mol.GetNumAtoms(), np.nan)):
        with pytest.raises(ValueError, match="atoms"):
            atom_map(mol, values)


def test_marked_atoms_are_told() -> None:
    drawn = marked_atoms(molecule(), [0, 1])
    assert read(drawn).findtext(f"{SVG}desc") == "atoms 1, 2 are marked"
    assert len(re.findall("<ellipse", drawn)) == 2
