"""How genes change over the doses of each compound, cell and time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from drugexp.biology.movement.doses import trend
from drugexp.biology.movement.profiles import Profiles
from drugexp.errors import UsageError
from drugexp.intake.genes import reconcile


def dose_tables(profiles: Profiles, wanted: Sequence[str], *, top: int = 5) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return how genes change over the doses of each compound, cell and time.

    Parameters
    ----------
    profiles
        Series with fewer than two doses above 0 are passed over.
    wanted
        Genes; none: the `top` most raised and most lowered at the highest dose.

    Returns
    -------
    pandas.DataFrame
        ``series, gene, dose_um, change, lower, upper``.
    pandas.DataFrame
        ``series, gene, slope`` (per tenfold dose)``, half_dose_um, monotone``; see `drugexp.biology.movement.doses`.

    Raises
    ------
    UsageError
        If a gene is not among those of the profiles.
    """
    found = reconcile(list(wanted), profiles.genes)
    lost = [name for name, at in zip(wanted, found.positions, strict=True) if at < 0]
    if lost:
        raise UsageError(f"{lost[0]!r} is no gene of the profiles; they have {len(profiles.genes)}")
    genes = np.array(profiles.genes.ids)
    keys = profiles.table[["compound_id", "cell", "hours"]].fillna(-1.0).astype(str).agg("|".join, axis=1)
    curves, trends = [], []
    for _, rows in pd.Series(np.arange(len(profiles))).groupby(keys.to_numpy(), sort=False):
        doses = profiles.table["dose_um"].to_numpy(dtype=float)[rows]
        order = np.argsort(doses, kind="stable")
        order = order[doses[order] > 0]
        at, doses = rows.to_numpy()[order], doses[order]
        if len(np.unique(doses)) < 2:
            continue
        chosen = found.positions if len(wanted) else _ends_of(profiles.compared[at[-1]], top)
        first = profiles.table.iloc[at[0]]
        series = ", ".join(str(part) for part in (first["name"], first["cell"]) if part)
        for gene in chosen:
            told = {"series": series, "gene": genes[gene], "dose_um": doses}
            curves.append(pd.DataFrame(told | _column(profiles, at, gene)))
        whole = trend(doses, profiles.values[at][:, chosen])
        trends.append(
            pd.DataFrame(
                {
                    "series": series,
                    "gene": genes[chosen],
                    "slope": whole.slope,
                    "half_dose_um": whole.half_dose,
                    "monotone": whole.monotone,
                }
            )
        )
    if not curves:
        nothing = pd.DataFrame()
        return nothing, nothing
    return pd.concat(curves, ignore_index=True), pd.concat(trends, ignore_index=True)


def _column(profiles: Profiles, rows: np.ndarray, gene: int) -> dict[str, np.ndarray]:
    told = {"change": profiles.values[rows, gene]}
    if profiles.lower is not None and profiles.upper is not None:
        told |= {"lower": profiles.lower[rows, gene], "upper": profiles.upper[rows, gene]}
    return told


def _ends_of(values: np.ndarray, top: int) -> np.ndarray:
    order = np.argsort(-values, kind="stable")
    return np.concatenate([order[:top], order[::-1][:top]])
