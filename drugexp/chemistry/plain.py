"""What the text of a SMILES tells before any molecule is made: most need no second look."""

from __future__ import annotations

import re

# Atoms of the organic subset, stereocentres, pyrrole's hydrogen, and the charged forms of nitro groups.
_PLAIN = re.compile(r"(?:Br|Cl|[BCNOPSFIcnosp]|\[(?:C@@?H?|nH|N\+|O-)\]|[-=#()/\\\d]|%\d\d)+")
_CARBON = re.compile(r"c|C(?!l)")


def is_plain(text: str) -> bool:
    """Say whether a SMILES is one fragment of the most usual atoms, with no label, no query and no written hydrogen."""
    return _PLAIN.fullmatch(text) is not None


def is_settled(text: str) -> bool:
    """Say whether a plain SMILES holds carbon, no charge, and no sulphur, whose oxides may need another form.

    >>> is_settled("Clc1ccccc1"), is_settled("CS(C)=O"), is_settled("C[N+](=O)[O-]"), is_settled("ClBr")
    (True, False, False, False)
    """
    if "+" in text or "[O" in text or "S" in text or "s" in text:
        return False
    return _CARBON.search(text) is not None
