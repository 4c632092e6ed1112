"""Gene identifiers: the landmark axis, a versioned table of human genes, and how a user's names map onto an axis."""

from drugexp.intake.genes.landmarks import landmark_axis
from drugexp.intake.genes.own import NameTable, OwnNames, own_names
from drugexp.intake.genes.reconcile import Merge, Reconciled, reconcile
from drugexp.intake.genes.words import shortly

__all__ = ["Merge", "NameTable", "OwnNames", "Reconciled", "landmark_axis", "own_names", "reconcile", "shortly"]
