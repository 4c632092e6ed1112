"""The numbers of the kernel: weights, lengths, shares."""

from __future__ import annotations

from typing import Any

import numpy as np

from drugexp_kernels.product.options import ProductKernelOptions

Hyper = dict[str, Any]
"""``mixture``, ``lengths`` (compound kernel,), ``terms`` (term,), and ``cell``, ``dose``, ``time`` (length, share)."""


def from_options(options: ProductKernelOptions) -> Hyper:
    """Return the numbers the options give."""
    return {
        "mixture": np.array([k.weight for k in options.compound]),
        "lengths": np.array([k.length for k in options.compound]),
        "terms": np.array([t.weight for t in options.terms]),
    } | {
        name: np.array([getattr(options, name).length, getattr(options, name).share])
        for name in ("cell", "dose", "time")
    }


def unconstrain(hyper: Hyper) -> Hyper:
    """Return the logs of what is positive and the logits of shares."""
    out = {name: np.log(hyper[name]) for name in ("mixture", "lengths", "terms")}
    for name in ("cell", "dose", "time"):
        length, share = hyper[name]
        out[name] = np.array([np.log(length), np.log(share / (1 - share))])
    return out


def constrain(free: Hyper, xp: Any) -> Hyper:
    """Undo `unconstrain`."""
    out = {name: xp.exp(free[name]) for name in ("mixture", "lengths", "terms")}
    for name in ("cell", "dose", "time"):
        out[name] = xp.stack([xp.exp(free[name][0]), 1 / (1 + xp.exp(-free[name][1]))])
    return out
