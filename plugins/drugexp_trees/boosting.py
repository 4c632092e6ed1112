"""Gradient boosting of one output by LightGBM, kept in LightGBM's own text format."""

from __future__ import annotations

from typing import Any

import numpy as np

from drugexp_trees.options import BoostingOptions


def boost(X: np.ndarray, T: np.ndarray, weight: np.ndarray, options: BoostingOptions, seed: int) -> list[str]:
    """Return one booster for each output, as text (Friedman 2001, Annals of Statistics 29:1189; Ke et al. 2017).

    One thread, and sums in a fixed order: the same seed gives the same trees.

    Parameters
    ----------
    X
        (row, column) float32.
    T
        (row, output).
    weight
        (row,) relative precision.
    """
    import lightgbm

    settings = {
        "objective": "regression",
        "learning_rate": options.learning_rate,
        "num_leaves": options.leaves,
        "min_data_in_leaf": options.leaf_rows,
        "min_sum_hessian_in_leaf": 1e-9,
        "feature_fraction": options.feature_share,
        "bagging_fraction": options.row_share,
        "bagging_freq": 1 if options.row_share < 1 else 0,
        "lambda_l2": options.ridge,
        "extra_trees": options.extra_trees,
        "seed": seed % (2**31 - 1),
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbosity": -1,
    }
    rows = lightgbm.Dataset(X, weight=weight, params=settings, free_raw_data=False)
    texts = []
    for output in T.T:
        rows.set_label(output)
        texts.append(lightgbm.train(settings, rows, num_boost_round=options.rounds).model_to_string())
    return texts


def read(text: str) -> Any:
    """Return the booster of a text."""
    import lightgbm

    return lightgbm.Booster(model_str=text)


def packed(text: str) -> np.ndarray:
    """Return the text as (byte,) uint8, which stands among the arrays of a bundle."""
    return np.frombuffer(text.encode(), dtype=np.uint8)


def unpacked(data: np.ndarray) -> str:
    """Undo `packed`."""
    return np.asarray(data, dtype=np.uint8).tobytes().decode()
