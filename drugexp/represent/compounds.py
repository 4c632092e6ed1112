"""The compound descriptions of the core."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import numpy as np

from drugexp.chemistry import descriptors, fingerprints, graphs, tokens
from drugexp.contract import Items, State
from drugexp.represent.scaling import learn_scale, scale
from drugexp.represent.structure import StructureFeaturizer


class _Counts(StructureFeaturizer):
    kind: ClassVar[fingerprints.Kind]

    def describe(self, mols: Sequence[Any]) -> np.ndarray:
        """Return (compound, 2048) uint8 counts."""
        return fingerprints.counts(mols, self.kind)


class MorganCounts(_Counts):
    """Counts of circular substructures of radius 2, (compound, 2048) uint8."""

    name = "morgan_counts"
    lean = True
    kind = "morgan"


class FeatureMorganCounts(_Counts):
    """The same over pharmacophore features of atoms (FCFP), (compound, 2048) uint8."""

    name = "feature_morgan_counts"
    lean = True
    kind = "feature_morgan"


class AtomPairCounts(_Counts):
    """Counts of pairs of atoms and their distance, (compound, 2048) uint8."""

    name = "atom_pair_counts"
    kind = "atom_pair"


class TorsionCounts(_Counts):
    """Counts of paths of four atoms, (compound, 2048) uint8."""

    name = "torsion_counts"
    kind = "torsion"


class PathCounts(_Counts):
    """Counts of RDKit's linear and branched paths, (compound, 2048) uint8."""

    name = "rdkit_path_counts"
    lean = True
    kind = "path"


class MorganBits(StructureFeaturizer):
    """Circular substructures of radius 2, 2,048 bits packed to (compound, 256) uint8."""

    name = "morgan_bits"
    codes = True
    lean = True

    def describe(self, mols: Sequence[Any]) -> np.ndarray:
        """Return (compound, 256) uint8."""
        return fingerprints.pack(fingerprints.bits(mols))


class Maccs(StructureFeaturizer):
    """The MACCS keys, (compound, 167) uint8 of 0 and 1."""

    name = "maccs"

    def describe(self, mols: Sequence[Any]) -> np.ndarray:
        """Return (compound, 167) uint8."""
        return fingerprints.maccs(mols)


class MolecularGraph(StructureFeaturizer):
    """Atoms and bonds of the molecule, (compound, 688) uint8; see `drugexp.chemistry.graphs`."""

    name = "molecular_graph"
    codes = True

    def describe(self, mols: Sequence[Any]) -> np.ndarray:
        """Return (compound, 688) uint8."""
        return graphs.graphs(mols)

    @staticmethod
    def without_atoms(row: np.ndarray, present: np.ndarray) -> np.ndarray:
        """Return a graph with some of its atoms only, (n, 688); `present` is (n, atom) bool."""
        return graphs.without_atoms(row, present)


class SmilesTokens(StructureFeaturizer):
    """Tokens of eight SMILES of the molecule, (compound, 1024) uint8; see `drugexp.chemistry.tokens`."""

    name = "smiles_tokens"
    codes = True

    def describe(self, mols: Sequence[Any]) -> np.ndarray:
        """Return (compound, 1024) uint8."""
        return tokens.smiles_tokens(mols)


class _Descriptors(StructureFeaturizer):
    empty = np.nan

    def learn(self, raw: np.ndarray) -> State:
        """Return centre and width of each descriptor."""
        return learn_scale(raw)

    def finish(self, raw: np.ndarray, state: State) -> np.ndarray:
        """Return (item, descriptor) float32, scaled and clipped; zeros without a structure."""
        return scale(raw, state)


class FastDescriptors(_Descriptors):
    """The 20 fast descriptors, scaled by what the training compounds show."""

    name = "fast_descriptors"

    def describe(self, mols: Sequence[Any]) -> np.ndarray:
        """Return (compound, 20) float32, unscaled."""
        return descriptors.fast_descriptors(mols)


class RdkitDescriptors(_Descriptors):
    """All 2D descriptors of RDKit, scaled by what the training compounds show."""

    name = "rdkit_descriptors"

    def describe(self, mols: Sequence[Any]) -> np.ndarray:
        """Return (compound, descriptor) float32, unscaled."""
        return descriptors.rdkit_descriptors(mols)


class KnownTargets:
    """Known target genes of a compound, (item, gene) float32 of 0 and 1.

    The vocabulary is the targets of the training items; others are not counted.
    """

    name: ClassVar[str] = "known_targets"
    of: ClassVar[Literal["compound"]] = "compound"
    version: ClassVar[str] = "1"

    def fit(self, items: Items) -> State:
        """Return the vocabulary, in alphabetical order."""
        return {"genes": sorted({gene for genes in items.targets for gene in genes if gene})}

    def transform(self, items: Items, state: State) -> np.ndarray:
        """Return (item, gene) float32; zeros where no target is known."""
        column = {gene: i for i, gene in enumerate(state["genes"])}
        out = np.zeros((len(items.ids), len(column)), dtype=np.float32)
        for row, genes in zip(out, items.targets, strict=False):
            row[[column[gene] for gene in genes if gene in column]] = 1
        return out
