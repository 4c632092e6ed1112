"""Run mofapy2 (LGPL, not a part of drugexp) on blocks that `integration.py` wrote: PYTHON integration_peer.py IN OUT.

IN is an .npz file with one array (cell, feature) a block, NaN where not measured, `factors`, and `seed`; blocks of 0
and 1 are taken for Bernoulli. OUT gets the factors (cell, factor) and the seconds.
"""

from __future__ import annotations

import contextlib
import io
import sys
import time

import numpy as np
from mofapy2.run.entry_point import entry_point


def main() -> None:
    """Fit and write."""
    given = dict(np.load(sys.argv[1]))
    factors, seed = int(given.pop("factors")), int(given.pop("seed"))
    blocks = dict(sorted(given.items()))
    kinds = ["bernoulli" if np.isin(v[np.isfinite(v)], (0, 1)).all() else "gaussian" for v in blocks.values()]
    begun = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        run = entry_point()
        run.set_data_options(scale_views=False)
        run.set_data_matrix([[v] for v in blocks.values()], likelihoods=kinds, views_names=list(blocks))
        run.set_model_options(factors=factors)
        run.set_train_options(iter=1000, convergence_mode="medium", dropR2=0.01, seed=seed, quiet=True)
        run.build()
        run.run()
    found = run.model.nodes["Z"].getExpectation()
    np.savez(sys.argv[2], factors=found, seconds=time.perf_counter() - begun)


if __name__ == "__main__":
    main()
