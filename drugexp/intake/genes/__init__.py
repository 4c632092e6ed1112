"""Gene identifiers: the landmark axis, a versioned table of human genes, and how a user's names map onto an axis."""

from drugexp.intake.genes.landmarks import landmark_axis
from drugexp.intake.genes.reconcile import Merge, Reconciled, reconcile
from drugexp.intake.genes.words import shortly

__all__ = ["Merge", "Reconciled", "landmark_axis", "reconcile", "shortly"]
