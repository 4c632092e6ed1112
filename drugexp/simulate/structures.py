"""Compounds put together from two rings, a linker between them, and a substituent on each ring.

    substituent - spacer - left ring - linker - right ring - spacer - substituent

Rings and linker are the Bemis-Murcko scaffold, so a scaffold says nothing of
the substituents. No ring stands on both sides and no spacer with its
substituent reads like another, so two different choices of pieces are two
different compounds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from drugexp.simulate.keyed import shuffled

# {0} is where the piece before the ring is bound, {1} where the piece after it is. The numbers of
# ring bonds differ between the sides, since the right ring is written inside the left one.
LEFT_RINGS = (
    "c1({0})ccc({1})cc1",
    "C1({0})CCC({1})CC1",
    "c1({0})ccc2cc({1})ccc2c1",
    "c1({0})ccc({1})s1",
    "C1({0})CC({1})C1",
    "c1({0})cccc2c({1})cccc12",
    "c1({0})ccc2c(c1)CCC({1})C2",
    "c1({0})ccc2sc({1})cc2c1",
    "c1({0})cc({1})cs1",
    "C1({0})CCC({1})C1",
    "c1({0})ccc2c(c1)CC({1})C2",
    "c1({0})ccc2cc3cc({1})ccc3cc2c1",
    "C1({0})CCC2CC({1})CCC2C1",
    "C1({0})CCCC({1})CC1",
    "C1({0})C({1})C1",
    "C1({0})CCc2cc({1})ccc2C1",
)
RIGHT_RINGS = (
    "{0}c5ccc({1})nc5",
    "{0}c5cnc({1})nc5",
    "{0}c5ccc({1})o5",
    "{0}c5cnc({1})cn5",
    "{0}C5CCC({1})NC5",
    "{0}c5ccc6nc({1})ccc6c5",
    "{0}c5cc({1})on5",
    "{0}c5cnc({1})s5",
    "{0}c5cc({1})ncc5",
    "{0}c5ccc6oc({1})cc6c5",
    "{0}C5CCC({1})OC5",
    "{0}c5cnc({1})o5",
    "{0}c5cnc6cc({1})ccc6c5",
    "{0}c5ccc6ncc({1})nc6c5",
    "{0}c5ccc({1})nn5",
    "{0}C5COC({1})C5",
)
LINKERS = ("", "C", "CC", "O", "OC", "CO", "C(=O)", "S", "C=C", "C#C")
SPACERS = ("", "C", "CC")
INERT = (
    "F",
    "Cl",
    "O",
    "OC",
    "OC(F)F",
    "N",
    "NC(C)=O",
    "SC",
    "S(C)(=O)=O",
    "C(C)C",
    "C(C)=O",
    "C(N)=O",
)


@dataclass(frozen=True)
class Active:
    """A substituent that acts.

    Attributes
    ----------
    name
        What it is called, and the pathway with it.
    smiles
        How it is written.
    smarts
        What marks it; it matches no ring, linker or other substituent.
    """

    name: str
    smiles: str
    smarts: str


ACTIVE = (
    Active("sulfonamide", "S(N)(=O)=O", "[SX4](=O)(=O)[NH2]"),
    Active("carboxylic_acid", "C(=O)O", "[CX3](=O)[OH]"),
    Active("nitrile", "C#N", "[CX2]#[NX1]"),
    Active("trifluoromethyl", "C(F)(F)F", "[CX4](F)(F)F"),
    Active("hydroxamic_acid", "C(=O)NO", "[CX3](=O)[NH][OH]"),
    Active("dimethylamine", "N(C)C", "[NX3]([CH3])[CH3]"),
    Active("boronic_acid", "B(O)O", "[BX3]([OH])[OH]"),
    Active("phosphonic_acid", "P(=O)(O)O", "[PX4](=O)([OH])[OH]"),
    Active("urea", "NC(N)=O", "[NH][CX3](=O)[NH2]"),
    Active("thiol", "S", "[SX2H]"),
    Active("terminal_alkyne", "C#C", "[CX2]#[CX2H]"),
    Active("nitro", "[N+](=O)[O-]", "[NX3+](=O)[O-]"),
)
MAX_PATHWAYS = len(ACTIVE)
SCAFFOLDS = len(LEFT_RINGS) * len(LINKERS) * len(RIGHT_RINGS)
_PER_SCAFFOLD = 6
"""Compounds a scaffold has in a small screen, so that holding scaffolds out is more than holding compounds out."""

MAX_COMPOUNDS = SCAFFOLDS * (len(SPACERS) * (len(INERT) + 1)) ** 2


@dataclass(frozen=True, eq=False)
class Structures:
    """Compounds and the pieces they were made of.

    Attributes
    ----------
    smiles
        One for each compound.
    scaffold
        (compound,) int64 number of the scaffold.
    present
        (compound, pathway) bool: which active substituents a compound bears.
    """

    smiles: tuple[str, ...]
    scaffold: np.ndarray
    present: np.ndarray


def structures(positions: np.ndarray, *, compounds: int, pathways: int, seed: int) -> Structures:
    """Return the compounds at some positions of a screen.

    Parameters
    ----------
    positions
        (compound,) from 0 to ``compounds - 1``.
    compounds
        How many there are in all.
    pathways
        How many of `ACTIVE` stand among the substituents, each as likely as an inert one.
    seed
        Chooses the compounds.
    """
    pieces = (*(a.smiles for a in ACTIVE[:pathways]), *INERT)
    ends = [f"{spacer}{piece}" for piece in pieces for spacer in SPACERS]
    used = min(SCAFFOLDS, -(-compounds // _PER_SCAFFOLD))
    code = shuffled(positions, used * len(ends) ** 2, seed, "order")
    code, right_end = np.divmod(code, len(ends))
    code, left_end = np.divmod(code, len(ends))
    scaffold = shuffled(code, SCAFFOLDS, seed, "scaffolds used")
    at, right = np.divmod(scaffold, len(RIGHT_RINGS))
    left, linker = np.divmod(at, len(LINKERS))
    smiles = tuple(
        LEFT_RINGS[a].format(ends[x], RIGHT_RINGS[b].format(LINKERS[k], ends[y]))
        for a, k, b, x, y in zip(left, linker, right, left_end, right_end, strict=True)
    )
    acts = np.arange(pathways)
    present = np.zeros((len(smiles), pathways), dtype=bool)
    for end in (left_end, right_end):
        present |= (end // len(SPACERS))[:, None] == acts
    return Structures(smiles, scaffold, present)
