"""Folds with fewer training compounds, each inside the next larger one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from drugexp.contract import Screen
from drugexp.errors import UsageError
from drugexp.learn.groups import joint_groups
from drugexp.learn.splits import Split


def nested_subset(screens: Sequence[Screen], split: Split, share: float, seed: int) -> Split:
    """Return a fold whose training holds a share of its compounds; the test stays.

    Whole scaffold groups stay or leave, in one random order: the training rows of a smaller share are among those of
    a larger one, in every fold. A group that leaves, leaves every screen.

    Parameters
    ----------
    screens
        All screens in play, the primary first.
    split
        The whole fold.
    share
        Of the compounds in the primary screen's training rows, above 0, at most 1. At least one group is kept.
    seed
        Of the order.

    Raises
    ------
    UsageError
        If the share makes no sense.
    """
    if not 0 < share <= 1:
        raise UsageError(f"a share of {share} of the compounds makes no sense; it must be above 0 and at most 1")
    groups = joint_groups(screens, "scaffold")
    order = np.random.default_rng(seed).permutation(1 + max(int(g.max(initial=0)) for g in groups))
    rank = [order[g] for g in groups]
    rows = split.train[0]
    compounds = pd.DataFrame(
        {"compound": screens[0].samples["perturbation"].to_numpy()[rows], "rank": rank[0][rows]}
    ).drop_duplicates()
    ranks, count = np.unique(compounds["rank"], return_counts=True)
    so_far = np.cumsum(count)
    kept = max(int(np.searchsorted(so_far, share * so_far[-1] + 1e-9, side="right")), 1) if len(ranks) else 0
    last = ranks[kept - 1] if 0 < kept < len(ranks) else len(order)
    train = tuple(own[r[own] <= last] for own, r in zip(split.train, rank, strict=True))
    told = {"share": share, "compounds": int(so_far[kept - 1]) if kept else 0}
    return replace(split, train=train, proof={**split.proof, **told})
