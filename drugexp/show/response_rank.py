"""Ranked compounds in words and a table: what each cell was predicted from, and whether that beats the means."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from drugexp.biology.response.contest import REFERENCE
from drugexp.biology.response.ranking import Ranking


def words(r: Ranking) -> list[str]:
    """Return what a cell was predicted from, what it lacks, and how well such cells are predicted."""
    said = []
    if r.lacking:
        more = r.width / r.full_width - 1.0 if r.full_width > 0 else 0.0
        wider = f"intervals are {more:.1%} wider for it" if more >= 0.0005 else "held-out cells lose nothing by it"
        said.append(f"It has no {_named(r.lacking)}: predicted from {_named(r.blocks)} alone; {wider}.")
    mine, means = r.held.scores[r.label], r.held.scores[REFERENCE]
    rmse, low, high = mine.interval("rmse", means)
    within, least, most = mine.interval("within_cell")
    if r.beyond_means:
        said.append(
            f"On held-out cells the RMSE is {-rmse:.3f} [{-high:.3f}, {-low:.3f}] below that of the compound means, "
            f"and compounds are ordered beyond these with a correlation of {within:.3f} [{least:.3f}, {most:.3f}]."
        )
    else:
        said.append(
            "This is not shown to be better than the compound means, which are the same for every cell: on held-out "
            f"cells the RMSE differs by {rmse:+.3f} [{low:+.3f}, {high:+.3f}], and the order beyond them has a "
            f"correlation of {within:.3f} [{least:.3f}, {most:.3f}]."
        )
    said.append(f"Intervals held {r.covered:.1%} of the responses of held-out cells.")
    few = int((r.cells < r.fewest).sum())
    if few:
        said.append(f"Those of {few} compounds rest on fewer than {r.fewest} cells each, too few to be sure to hold.")
    return said


def _named(names: Sequence[str]) -> str:
    plain = [n.replace("_", " ") for n in names]
    return plain[0] if len(plain) == 1 else f"{', '.join(plain[:-1])} and {plain[-1]}"


def lines(
    table: pd.DataFrame, rankings: Mapping[str, Ranking], measure: str, coverage: float, top: int
) -> Iterator[str]:
    """Yield the first compounds of each cell and what is to be known of them."""
    for cell, ranking in rankings.items():
        own = table[table["cell"] == cell]
        yield f"{cell}: {measure} with {coverage:.0%} intervals, {len(own)} compounds"
        yield f"  {'compound':<24} {'predicted':<26} {'mean of cells':>13} {'relative':>9}  measured"
        for r in own.head(top).to_dict("records"):
            told = f"{r['predicted']:.2f} [{r['lower']:.2f}, {r['upper']:.2f}]"
            measured = f"{r['measured']:.2f}" if math.isfinite(r["measured"]) else "-"
            mark = " specific" if r["specific"] else ""
            yield (
                f"  {str(r['compound'])[:24]:<24} {told:<26} {r['compound_mean']:>13.2f} {r['relative']:>+9.2f}  "
                f"{measured}{mark}"
            )
        count = int(own["specific"].sum())
        yield (
            f"{count} of {len(own)} intervals exclude the compound's mean over other cells"
            + (" (specific)." if count else ": nothing here is sure to be special to this cell.")
        )
        yield from words(ranking)


def record(table: pd.DataFrame, rankings: Mapping[str, Ranking], measure: str, notes: Sequence[str]) -> str:
    """Return everything as JSON; what is not measured is null."""
    rows = [
        {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in row.items()}
        for row in table.to_dict("records")
    ]
    cells = {
        cell: {
            "blocks": list(r.blocks),
            "lacking": list(r.lacking),
            "beyond_means": r.beyond_means,
            "covered": r.covered,
            "words": words(r),
        }
        for cell, r in rankings.items()
    }
    return json.dumps({"measure": measure, "cells": cells, "compounds": rows, "notes": list(notes)})
