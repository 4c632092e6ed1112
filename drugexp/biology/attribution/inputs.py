"""One query as a model is shown it, and which atoms own which of its columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from drugexp.biology.attribution.ownership import Owners
from drugexp.chemistry.environments import atom_words, canonical, environment_smiles, environments
from drugexp.contract import Batch, Cells, Items
from drugexp.learn.pipeline import Pipeline, describe, describe_cells
from drugexp.registry import CORE, Registry
from drugexp.represent.features import COLUMNS


@dataclass(frozen=True, eq=False)
class Query:
    """One compound in one cell at one dose and time.

    Attributes
    ----------
    smiles
        Standard and canonical: atoms are numbered as it writes them, from 0.
    mol
        Its molecule.
    classes
        (atom,) equal for atoms that cannot be told apart.
    atom_words
        What to call each atom.
    compound
        Feature name -> (feature,) float32.
    cell
        Feature name -> (feature,) float32; NaN: pooled over cells.
    mean_cell
        The same for the mean cell of the model's panel.
    owners
        Feature name -> the environments that set it, for fingerprints.
    masks
        Feature name -> ``(row (feature,), kept (n, atom) bool) -> (n, feature)``, for features that can lose atoms
        otherwise (a molecular graph).
    dose_um, hours
        NaN: not stated.
    codes
        Features whose numbers are names of things and no amounts: nothing lies between two of them.
    asks_smiles
        Whether the model reads the SMILES itself.
    """

    smiles: str
    mol: Any
    classes: np.ndarray
    atom_words: tuple[str, ...]
    compound: Mapping[str, np.ndarray]
    cell: Mapping[str, np.ndarray]
    mean_cell: Mapping[str, np.ndarray]
    owners: Mapping[str, Owners]
    masks: Mapping[str, Any]
    dose_um: float
    hours: float
    codes: tuple[str, ...]
    asks_smiles: bool

    @property
    def in_a_cell(self) -> bool:
        """Whether a cell is named and the model reads anything of it."""
        return bool(self.cell) and not all(np.isnan(row).all() for row in self.cell.values())

    @property
    def no_compound(self) -> dict[str, np.ndarray]:
        """Features of what has no structure: zeros, by the contract."""
        return {name: np.zeros_like(row) for name, row in self.compound.items()}

    def fewer(self, share: float, rng: np.random.Generator) -> Query:
        """Return the query with a share of the environments of each fingerprint gone at random."""
        owners = {n: o.take(rng.random(len(o.column)) >= share) for n, o in self.owners.items()}
        compound = {n: owners[n].counts()[0] if n in owners else row for n, row in self.compound.items()}
        return replace(self, owners=owners, compound=compound)

    def batch(self, compound: Mapping[str, np.ndarray], cell: Mapping[str, np.ndarray]) -> Batch:
        """Return the samples of rows of features, (sample, feature) each; one row stands for all samples."""
        many = max((len(t) for t in (*compound.values(), *cell.values())), default=1)
        pooled = not cell or all(np.isnan(t).all() for t in cell.values())
        ones = {len(t) for t in compound.values()} == {1}
        cells_one = {len(t) for t in cell.values()} == {1}
        return Batch(
            compound=compound,
            cell={} if not cell else {n: np.nan_to_num(t) for n, t in cell.items()},
            compound_index=np.zeros(many, dtype=np.int32) if ones else np.arange(many, dtype=np.int32),
            cell_index=np.full(many, -1, dtype=np.int32)
            if pooled
            else np.zeros(many, dtype=np.int32)
            if cells_one
            else np.arange(many, dtype=np.int32),
            dose_um=np.full(many, self.dose_um, dtype=np.float32),
            hours=np.full(many, self.hours, dtype=np.float32),
            smiles=(self.smiles,) * max((len(t) for t in compound.values()), default=many) if self.asks_smiles else (),
        )


def one_row(features: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return features of one thing as tables of one row."""
    return {name: row[None] for name, row in features.items()}


def describe_query(
    pipeline: Pipeline, smiles: str, cells: Cells, cell: str, dose_um: float, hours: float, registry: Registry
) -> Query:
    """Return a query with its features, and their owners where these reproduce the features exactly.

    Parameters
    ----------
    pipeline
        The model.
    smiles
        Standard and canonical.
    cells
        Where `cell` is found (empty: pooled over cells), blocks complete.
    dose_um, hours
        NaN: not stated.
    registry
        Where featurisers are found.
    """
    mol, classes = canonical(smiles)
    items = Items(ids=(smiles,), smiles=(smiles,), targets=((),), molecules=(mol,))
    known, panel = describe(pipeline, items, pipeline.cells, registry)
    compound = {name: np.asarray(table[0], dtype=np.float32) for name, table in known.items()}
    mean_cell = {name: np.asarray(table, dtype=np.float32).mean(axis=0) for name, table in panel.items()}
    own = {name: np.full_like(row, np.nan) for name, row in mean_cell.items()}
    if cell and mean_cell:
        at = cells.positions([cell]).astype(np.int64)
        table = describe_cells(pipeline, cells, registry)
        own = {name: np.asarray(values[at[0]], dtype=np.float32) for name, values in table.items()}
    owners, masks, codes = {}, {}, []
    for name, row in compound.items():
        featurizer = registry.load("featurizer", name, home=CORE)
        state = pipeline.states.get(f"compound:{name}", {})
        codes.extend([name] if getattr(featurizer, "codes", False) else [])
        if getattr(featurizer, "kind", None) is not None:
            found = owners_of(mol, featurizer.kind, state.get(COLUMNS), len(row))
            if found is not None and np.array_equal(found.counts()[0], row):
                owners[name] = found
        elif hasattr(featurizer, "without_atoms") and COLUMNS not in state:
            masks[name] = featurizer.without_atoms
    return Query(
        smiles=smiles,
        mol=mol,
        classes=np.asarray(classes),
        atom_words=tuple(atom_words(mol)),
        compound=compound,
        cell=own,
        mean_cell=mean_cell,
        owners=owners,
        masks=masks,
        dose_um=dose_um,
        hours=hours,
        codes=tuple(codes),
        asks_smiles=pipeline.needs.smiles,
    )


def owners_of(mol: Any, kind: Any, columns: Any, width: int) -> Owners | None:
    """Return the owners of the columns that a model sees; None where the fingerprint is of another size."""
    size = 2048
    if columns is None and width != size:
        return None
    place = np.full(size, -1, dtype=np.int64)
    seen = np.arange(size) if columns is None else np.asarray(columns, dtype=np.int64)
    if len(seen) != width or seen.max(initial=0) >= size:
        return None
    place[seen] = np.arange(len(seen))
    found = [e for e in environments(mol, kind, size=size) if place[e.bin] >= 0]
    atoms = np.zeros((len(found), mol.GetNumAtoms()), dtype=bool)
    for row, environment in zip(atoms, found, strict=True):
        row[list(environment.atoms)] = True
    column = np.array([place[e.bin] for e in found], dtype=np.int64)
    return Owners(column, atoms, tuple(environment_smiles(mol, e) for e in found), width)
