"""The table of scores inside and outside of the domain, as text: the same in Markdown and on the page."""

from __future__ import annotations

import pandas as pd

DOMAIN = (
    "A compound is outside where its nearest training compound (or the mean of the ten nearest, the density) is less "
    "like it than for 95% of the training compounds, each with its own scaffold left out; a cell likewise, by rank "
    "correlation of its expression without a compound. By density alone: of those inside by neighbour. The difference "
    "is inside less outside; its interval draws whole scaffold groups for compounds, whole cell lines for cells, and "
    "is left out with fewer than five of them on a side. Where it holds 0, this domain does not tell where the row is "
    "right."
)
DOMAIN_HEADS = (
    "row",
    "domain",
    "outside",
    "score inside",
    "score outside",
    "difference",
    "coverage inside",
    "coverage outside",
    "difference of coverage",
)


def domain_rows(table: pd.DataFrame) -> list[list[str]]:
    """Return the rows of one split under `DOMAIN_HEADS`; controls and rows without a score are left out.

    Parameters
    ----------
    table
        One split of `drugexp.evaluate.by_domain.by_domain`, or of what was written of it, with None for NaN.
    """
    if not len(table):
        return []
    own = table[table["of"] == ""]
    body = []
    for (_, model, domain), part in own.groupby(["split", "model", "domain"], sort=False):
        lines = part.set_index("measure")
        measures = [m for m in lines.index if m != "interval_coverage"]
        if not measures:
            continue
        score = lines.loc[measures[0]]
        covered = lines.loc["interval_coverage"] if "interval_coverage" in lines.index else None
        count = int(score["groups_outside"])
        share = score["profiles_outside"] / score["profiles"]
        what = "cell line" if str(domain).startswith("cell") else "group"
        away = f"{share:.1%} ({count} {what}{'' if count == 1 else 's'})"
        body.append([str(model), str(domain), away, *_told(score), *_told(covered)])
    return body


def _told(line: pd.Series | None) -> list[str]:
    if line is None:
        return ["", "", ""]
    ends = "" if pd.isna(line["low"]) else f" [{line['low']:+z.3f}, {line['high']:+z.3f}]"
    inside, outside = ("" if pd.isna(line[side]) else f"{line[side]:z.3f}" for side in ("inside", "outside"))
    return [inside, outside, "" if pd.isna(line["difference"]) else f"{line['difference']:+z.3f}{ends}"]
