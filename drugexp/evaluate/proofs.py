"""The proof of a fold in words: what is never on both sides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_WHAT = {"dose_um": "dose", "hours": "time"}


def proof_told(name: str, proof: Mapping[str, Any]) -> str:
    """Return one sentence.

    Parameters
    ----------
    name
        Split and fold.
    proof
        As of `drugexp.learn.splits.prove` or `drugexp.learn.conditions.prove_conditions`; of an older run too.
    """
    parts = []
    if proof.get("held_keys"):
        parts.append("no key shared with training")
    if proof.get("held_cells"):
        count = proof["held_cells"]
        parts.append(f"none of their {count} cells in training" if count > 1 else "their cell not in training")
    if "condition" in proof:
        parts.append(f"no compound in training at its held-out {_WHAT[proof['condition']]}, or pooled over them")
    if "most_similar" in proof:
        parts.append(f"the most similar training compound at {proof['most_similar']:.2f}, below {proof['ceiling']:g}")
    if not parts:
        parts.append("no sample shared with training, compounds may be")
    if "known" in proof:
        parts.append(f"{proof['known']:,} of a compound known otherwise")
    kept = "; ".join(f"{s}: {p['train']:,} train, {p['removed']:,} removed" for s, p in proof["screens"].items())
    return f"{name}: {proof['test_rows']:,} test profiles, {', '.join(parts)} ({kept})"
