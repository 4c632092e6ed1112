"""A screen as a plain table, with replicates, plates and controls, and with damage that is known."""

from __future__ import annotations

import numpy as np
import pandas as pd

from drugexp.intake.genes import landmark_axis

GENES = [g for g in landmark_axis().ids if g != "SEPTIN2"][:500]


def healthy(*, plate_effect: float = 0.0, effect: float = 1.0, seed: int = 0) -> pd.DataFrame:
    """Return log2 expression of four plates of four controls and ten compounds in two wells each, (96, 3 + 500)."""
    rng = np.random.default_rng(seed)
    plate = np.repeat(["P1", "P2", "P3", "P4"], 24)
    compound = np.array((["DMSO"] * 4 + [f"c{i}" for i in range(10) for _ in range(2)]) * 4)
    moved = {c: effect * rng.normal(0, 1, len(GENES)) * (rng.random(len(GENES)) < 0.2) for c in np.unique(compound)}
    moved["DMSO"] = np.zeros(len(GENES))
    shift = {p: plate_effect * rng.normal(0, 1, len(GENES)) for p in np.unique(plate)}
    values = rng.uniform(3, 14, len(GENES)) + rng.normal(0, 0.3, (96, len(GENES)))
    values += np.stack([moved[c] + shift[p] for c, p in zip(compound, plate, strict=True)])
    table = pd.DataFrame(values.round(4), columns=GENES)
    table.insert(0, "plate", plate)
    table.insert(1, "compound", compound)
    return table.set_axis(pd.Index([f"w{i}" for i in range(96)], name="sample"))


def damaged() -> pd.DataFrame:
    """Return the same with one of each damage."""
    table = healthy()
    first, second, third = GENES[:3]
    table.loc["w9", second] = -666.0
    table.loc["w5", GENES[10:200]] = np.nan
    table.loc["w20", GENES] = table.loc["w21", GENES]
    table.loc["w30", GENES] = table.loc["w30", GENES[::-1]].to_numpy()
    table.loc["w50", GENES] = np.nan
    table = table.rename(columns={first: "2-Sep", third: second})
    names = ["w39" if n == "w40" else n for n in table.index]
    return table.set_axis(pd.Index(names, name="sample"))
