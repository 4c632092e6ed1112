"""Shares of fingerprint columns as substructures that can be read and drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from drugexp.biology.attribution.inputs import Query


@dataclass(frozen=True)
class Substructure:
    """What one occupied column of a fingerprint stands for.

    Attributes
    ----------
    feature, column
        Which column.
    smiles
        Its environments as SMILES, without repeats; more than one where different ones are folded into one column.
    places
        Atoms of each environment.
    share
        What the column adds, or (by occlusion) what its absence alone takes away.
    """

    feature: str
    column: int
    smiles: tuple[str, ...]
    places: tuple[tuple[int, ...], ...]
    share: float

    @property
    def atoms(self) -> tuple[int, ...]:
        """All atoms it reads."""
        return tuple(sorted({atom for place in self.places for atom in place}))


def substructures(query: Query, shares: Mapping[str, np.ndarray]) -> tuple[Substructure, ...]:
    """Return the occupied columns of the fingerprints of a compound, the strongest first.

    Parameters
    ----------
    query
        The compound.
    shares
        Feature name -> (feature,).
    """
    found = []
    for name, owners in query.owners.items():
        for column in np.unique(owners.column):
            rows = np.flatnonzero(owners.column == column)
            found.append(
                Substructure(
                    feature=name,
                    column=int(column),
                    smiles=tuple(sorted({owners.words[row] for row in rows})),
                    places=tuple(tuple(np.flatnonzero(owners.atoms[row]).tolist()) for row in rows),
                    share=float(shares[name][column]) if name in shares else 0.0,
                )
            )
    return tuple(sorted(found, key=lambda s: (-abs(s.share), s.feature, s.column)))
