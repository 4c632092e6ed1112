"""Which models are held against each other: blocks added one at a time, features of compounds, and controls."""

from __future__ import annotations

from collections.abc import Sequence

from drugexp.biology.response.spec import Kind, Spec


def ladder(kinds: Sequence[Kind], features: Sequence[str], blocks: Sequence[str], controls: bool = True) -> list[Spec]:
    """Return the models of a contest.

    Parameters
    ----------
    kinds
        The first is shown step by step: one block after the other on the first feature of compounds, then the other
        features in its place and beside it. The others see all blocks and the first feature.
    features
        Of compounds.
    blocks
        Of cells, in the order in which they are added.
    controls
        Add the first kind with all blocks, on features of cells and of compounds that were dealt to others.
    """
    first, every, lead = kinds[0], tuple(blocks), tuple(features[:1])
    found = [Spec(first, lead, every[:count]) for count in range(1, len(every) + 1)] or [Spec(first, lead, ())]
    for name in features[1:]:
        found += [Spec(first, (name,), every), Spec(first, (*lead, name), every)]
    found += [Spec(kind, lead, every) for kind in kinds[1:]]
    if controls:
        found += [Spec(first, lead, every, "cells")] if every else []
        found += [Spec(first, lead, every, "compounds")] if lead else []
    return found
