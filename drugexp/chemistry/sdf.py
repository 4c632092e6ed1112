"""Structures in SDF files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rdkit import Chem, rdBase

from drugexp.chemistry.parse import Rejected


def read_sdf(path: Path) -> Iterator[tuple[str, str | Rejected]]:
    """Yield the title and the SMILES of each record, or why it cannot be read.

    Records are read one at a time, so that a file of any size fits in memory.
    A record without a title is named by its number, from 1.
    """
    with path.open("rb") as file:
        supplier = Chem.ForwardSDMolSupplier(file)
        number = 0
        while not supplier.atEnd():
            number += 1
            with rdBase.BlockLogs():
                try:
                    mol = next(supplier)
                except StopIteration:
                    return
            if mol is None:
                yield str(number), Rejected("", f"record {number} of the SDF file cannot be read by RDKit")
                continue
            title = mol.GetProp("_Name").strip() if mol.HasProp("_Name") else ""
            yield title or str(number), str(Chem.MolToSmiles(mol))
