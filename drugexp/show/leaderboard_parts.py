"""What a leaderboard's page is made of: its lines by split, and the figures drawn from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd

from drugexp.evaluate.comparisons import OWN, against_best, best_row
from drugexp.evaluate.summary import LOWER_IS_BETTER
from drugexp.show.dots import Dot, by_bin, colour, dot_plot

MOST_SERIES = 6
"""Rows in a figure with one colour a row."""

COLOUR_OF = {"model": 0, "reference": 2, "ceiling": 3, "blind": 1, "trivial": 1}


@dataclass(frozen=True, eq=False)
class Part:
    """One split of a leaderboard.

    Attributes
    ----------
    name
        Of the split.
    metric
        The one rows are ordered by.
    lines
        Rows of `metric`, the best first, each control after its model.
    summary, similarity, domain, pairs
        All lines of the split; the last three may be empty.
    best
        The best model.
    """

    name: str
    metric: str
    lines: pd.DataFrame
    summary: pd.DataFrame
    similarity: pd.DataFrame
    domain: pd.DataFrame
    pairs: pd.DataFrame
    best: str

    @property
    def metrics(self) -> list[str]:
        """Names of the metrics of the split, in the order of the summary."""
        return list(dict.fromkeys(self.summary["metric"]))


def parts(document: Mapping[str, Any]) -> list[Part]:
    """Return the splits of a leaderboard as written by `drugexp.evaluate.render.document`."""
    summary = pd.DataFrame(document["summary"])
    found = []
    for split, table in summary.groupby("split", sort=False):
        head = document["headline"]
        metric = head if (table["metric"] == head).any() else str(table["metric"].iloc[0])
        found.append(
            Part(
                name=str(split),
                metric=metric,
                lines=_ordered(table[table["metric"] == metric], metric),
                summary=table,
                similarity=_of(document.get("similarity"), str(split)),
                domain=_of(document.get("domain"), str(split)),
                pairs=_of(document.get("comparisons"), str(split)),
                best=best_row(summary, str(split), metric),
            )
        )
    return found


def score_figure(part: Part) -> str:
    """Return the mean of each row with its interval, and its folds as faint dots."""
    dots = [
        Dot(
            short(line),
            line["mean"],
            _number(line["low"]),
            _number(line["high"]),
            tuple(_number(v) for v in line["folds"].values()),
            COLOUR_OF.get(line["role"], 7),
        )
        for line in part.lines.to_dict("records")
    ]
    return _figure(
        f"{part.metric} of each row: mean, 95% interval, and the mean of each fold (faint)",
        dot_plot(f"{part.metric} by row", part.metric, dots, None if part.metric in LOWER_IS_BETTER else 0.0),
    )


def pair_figure(part: Part) -> str:
    """Return how far each row is behind the best model."""
    found = against_best(part.pairs, part.best)
    dots = [
        Dot(_below(str(r["model"]), part.best), r["difference"], _number(r["low"]), _number(r["high"]))
        for r in found.to_dict("records")
    ]
    title = f"{part.metric} of {part.best} minus that of each row, profile by profile, with its 95% interval"
    return _figure(title, dot_plot(title, "difference", dots))


def similarity_figures(part: Part) -> str:
    """Return the metric, and the coverage and width of intervals, by similarity to training."""
    told = {
        part.metric: (f"{part.metric} by similarity to the nearest training compound", None),
        "interval_coverage": ("Share of measured values inside the 90% interval, by similarity", 0.9),
        "interval_width": ("Mean width of the 90% intervals, by similarity", None),
    }
    shown = leading(part)
    figures = []
    for measure, (title, line) in told.items():
        table = part.similarity[(part.similarity["measure"] == measure) & (part.similarity["bin"] > 0)]
        if not len(table):
            continue
        bins = table.drop_duplicates("bin").sort_values("bin")
        names = [f"{low:.2f} to {high:.2f}" for low, high in zip(bins["from"], bins["to"], strict=True)]
        series = []
        for model in shown:
            cells = table[table["model"] == model].set_index("bin")
            if len(cells):
                group = colour(shown.index(model))
                row = [_dot(f"{model}, {name}", cells, at, group) for name, at in zip(names, bins["bin"], strict=True)]
                series.append((model, row))
        drawn = by_bin(
            title, "Tanimoto similarity", measure.replace("interval_", "").replace("_", " "), names, series, line
        )
        figures.append(_figure(title, drawn))
    return f'<div class="beside">{"".join(figures)}</div>'


def leading(part: Part) -> list[str]:
    """Return the rows that figures with one colour a row show: the best ones, and the blind base."""
    own = part.lines[part.lines["role"].isin(OWN)]
    base = part.lines["base"].dropna().iloc[:1].tolist() if "base" in part.lines else []
    first = [m for m in own["model"] if m not in base][: MOST_SERIES - len(base)]
    return [str(m) for m in [*first, *base]]


def short(line: Mapping[str, Any]) -> str:
    """Return the name of a row; a control without the name of its model, which stands above it."""
    name, of = str(line["model"]), str(line["of"] or "")
    return _below(name, of) if of else name


def _below(name: str, of: str) -> str:
    return f"\u21b3 {name.removeprefix(of + ', ')}" if name.startswith(of + ", ") else name


def _ordered(lines: pd.DataFrame, metric: str) -> pd.DataFrame:
    sign = 1.0 if metric in LOWER_IS_BETTER else -1.0
    rank = dict(zip(lines["model"], sign * lines["mean"], strict=True))
    leader = [m if not of or of not in rank else of for m, of in zip(lines["model"], lines["of"], strict=True)]
    keyed = lines.assign(lead=[rank[m] for m in leader], leader=leader, control=lines["of"] != "")
    ordered = keyed.sort_values(["lead", "leader", "control"], kind="stable")
    return ordered.drop(columns=["lead", "leader", "control"]).reset_index(drop=True)


def _of(records: Sequence[Mapping[str, Any]] | None, split: str) -> pd.DataFrame:
    table = pd.DataFrame(list(records or ()))
    return table[table["split"] == split].reset_index(drop=True) if len(table) else table


def _dot(name: str, cells: pd.DataFrame, at: int, group: int) -> Dot | None:
    if at not in cells.index:
        return None
    line = cells.loc[at]
    return Dot(name, float(line["mean"]), _number(line["low"]), _number(line["high"]), (), group)


def _number(value: Any) -> float:
    return float("nan") if value is None else float(value)


def _figure(title: str, drawn: str) -> str:
    return f"<figure><figcaption>{escape(title)}</figcaption>{drawn}</figure>"
