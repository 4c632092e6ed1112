"""The version of RDKit, on which the numbers of some features rest."""

from __future__ import annotations

import rdkit

RDKIT_VERSION: str = rdkit.__version__
