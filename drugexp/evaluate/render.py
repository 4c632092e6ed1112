"""Writes a leaderboard as Markdown for people, CSV and parquet for tables, JSON for programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from drugexp.evaluate.board import Leaderboard
from drugexp.evaluate.comparisons import against_best, best_row
from drugexp.evaluate.domain_rows import DOMAIN, DOMAIN_HEADS, domain_rows
from drugexp.evaluate.proofs import proof_told
from drugexp.intake.atomic import atomic_path

_SHOWN = 6
COLUMNS_BESIDE = (
    "model",
    "role",
    "folds",
    "each fold",
    "over best trivial",
    "over base",
    "folds above base",
    "gain gone on shuffling",
    "gap closed",
    "seconds",
    "memory, MB",
)

COST = (
    "Seconds are those of fit and prediction over all folds. Memory is the highest resident memory of the process "
    "meanwhile, beyond what it held before (data, libraries, features), in the worst fold."
)


def write(board: Leaderboard, output: Path) -> dict[str, Path]:
    """Write ``leaderboard.md``, ``leaderboard.csv``, ``leaderboard.json`` and ``scores.parquet``.

    Parameters
    ----------
    board
        What to write.
    output
        A folder; it is made.

    Returns
    -------
    dict
        Ending -> path.
    """
    output.mkdir(parents=True, exist_ok=True)
    summary = board.summary()
    paths = {ending: output / f"leaderboard.{ending}" for ending in ("md", "csv", "json")}
    paths["parquet"] = output / "scores.parquet"
    with atomic_path(paths["md"]) as partial:
        partial.write_text(markdown(board), encoding="utf-8")
    with atomic_path(paths["csv"]) as partial:
        flat = summary.assign(folds=[" ".join(f"{v:.5f}" for v in folds.values()) for folds in summary["folds"]])
        flat = flat.merge(_behind(board), on=["split", "model", "metric"], how="left")
        flat.to_csv(partial, index=False, float_format="%.6g")
    with atomic_path(paths["json"]) as partial:
        partial.write_text(json.dumps(document(board), indent=1, allow_nan=False), encoding="utf-8")
    with atomic_path(paths["parquet"]) as partial:
        _with_labels(board).to_parquet(partial, index=False)
    return paths


def document(board: Leaderboard) -> dict[str, Any]:
    """Return the leaderboard as plain JSON values; what is not defined is null."""
    return _plain(
        {
            "plan": board.plan.model_dump(mode="json"),
            "unit": board.unit,
            "headline": board.headline,
            "data": [dict(d) for d in board.data],
            "notes": list(board.notes),
            "proofs": dict(board.proofs),
            "summary": board.summary().to_dict("records"),
            "similarity": board.by_similarity().to_dict("records"),
            "domain": board.by_domain().to_dict("records"),
            "comparisons": board.comparisons().to_dict("records"),
        }
    )


def markdown(board: Leaderboard) -> str:
    """Return the leaderboard as a page: for each split one table of scores and one of what stands beside them."""
    plan = board.plan
    lines = [f"# {plan.name}", ""]
    if plan.summary:
        lines += [plan.summary, ""]
    lines += [
        f"Scored on `{plan.screens[0].name}` in the unit: {board.unit}. Means over held-out profiles; in brackets the "
        f"95% interval of {plan.bootstrap:,} draws of whole scaffold groups. Rows in the order in which they were run.",
        "",
    ]
    for split, table in board.summary().groupby("split", sort=False):
        metric, base, body = beside(board, table)
        title = f"{metric} by fold" + (f"; the base is {base}" if base else "")
        lines += [f"## Split: {split}", "", *_table(*scores(board, table)), "", f"### {title}", ""]
        lines += [*_table(list(COLUMNS_BESIDE), body), "", COST, ""]
        lines += _tested(board, str(split), metric)
        lines += _by_similarity(board, str(split))
        lines += _by_domain(board, str(split))
    lines += ["## Held out", "", *[f"- {proof_told(name, proof)}" for name, proof in board.proofs.items()], ""]
    if board.notes:
        lines += ["## Notes", "", *[f"- {note}" for note in board.notes], ""]
    lines += [
        "## Data",
        "",
        *[f"- {d['name']}: {d['profiles']:,} profiles; {d.get('licence', '')}" for d in board.data],
        "",
    ]
    return "\n".join(lines)


def scores(board: Leaderboard, table: pd.DataFrame) -> tuple[list[str], list[list[str]]]:
    """Return heads and rows of the table of scores of one split; `table` is its part of the summary."""
    metrics = _of(board, table)[:_SHOWN]
    lines = table.set_index(["model", "metric"])
    body = []
    for model in dict.fromkeys(table["model"]):
        row = [str(model)]
        for metric in metrics:
            found = lines.loc[(model, metric)] if (model, metric) in lines.index else None
            interval = (
                f" [{found['low']:z.3f}, {found['high']:z.3f}]" if found is not None and metric == metrics[0] else ""
            )
            row.append("" if found is None else f"{found['mean']:z.3f}{interval}")
        body.append(row)
    return ["model", *metrics], body


def beside(board: Leaderboard, table: pd.DataFrame) -> tuple[str, str, list[list[str]]]:
    """Return the headline metric of one split, its blind base, and rows under `COLUMNS_BESIDE`."""
    metric = _of(board, table)[0]
    headline = table[table["metric"] == metric]
    body = []
    for line in headline.to_dict("records"):
        based = not _undefined(line.get("base"))
        interval = (line.get(k) for k in ("over_base", "over_base_low", "over_base_high"))
        body.append(
            [
                str(line["model"]),
                str(line["role"]).replace("_", " "),
                f"{line['fold_mean']:z.3f} +- {line['fold_sd']:.3f}",
                " ".join(f"{v:z.3f}" for v in line["folds"].values()),
                _number(line.get("gap"), "+z.3f"),
                "{:+z.3f} [{:+z.3f}, {:+z.3f}]".format(*interval) if based else "",
                f"{line['folds_above']:.0f}/{line['folds_all']:.0f}" if based else "",
                _number(line.get("shuffled_gone"), ".0%"),
                _number(line.get("gap_closed"), ".0%"),
                _number(line.get("seconds"), ".1f"),
                _number(line.get("memory_mb"), ".0f"),
            ]
        )
    bases = headline["base"].dropna() if "base" in headline else headline["metric"].iloc[:0]
    return metric, str(bases.iloc[0]) if len(bases) else "", body


def _tested(board: Leaderboard, split: str, metric: str) -> list[str]:
    """Return the section that holds the best model against each other row."""
    best, pairs = best_row(board.summary(), split, metric), board.comparisons()
    pairs = pairs[pairs["split"] == split]
    found = against_best(pairs, best)
    if not len(found):
        return []
    told = (
        f"{metric} of {best} minus that of the row, profile by profile, with its 95% interval; p by flips of sign of "
        f"whole groups, corrected for {len(pairs)} pairs ({board.plan.correction})."
    )
    body = [
        [
            str(line["model"]),
            "{difference:+z.3f} [{low:+z.3f}, {high:+z.3f}]".format(**line),
            _number(line["p"], ".4f"),
            _number(line["corrected"], ".4f"),
        ]
        for line in found.to_dict("records")
    ]
    heads = ["row", "difference", "p", "p corrected"]
    return [f"### {best} against each other row", "", told, "", *_table(heads, body), ""]


def _by_similarity(board: Leaderboard, split: str) -> list[str]:
    """Return the section of scores and intervals by similarity to training; controls are left to the other files."""
    table = board.by_similarity()
    table = table[(table["split"] == split) & table["of"].eq("")]
    if not table["bin"].any():
        return []
    borders = table.drop_duplicates("bin").sort_values("bin")[["bin", "from", "to"]].itertuples(index=False)
    names = {number: "all" if not number else f"{low:.2f} to {high:.2f}" for number, low, high in borders}
    lines = [
        "### By similarity to the nearest training compound",
        "",
        f"Tanimoto similarity, in {len(names) - 1} bins with equally many held-out profiles. Intervals are to hold 90% "
        "of the measured values; their width in a fold is set by the residuals of the other folds.",
        "",
    ]
    for measure, of_measure in table.groupby("measure", sort=False):
        cells = of_measure.set_index(["model", "bin"])
        body = []
        for model in dict.fromkeys(of_measure["model"]):
            row = [str(model)]
            for number in names:
                found = cells.loc[(model, number)] if (model, number) in cells.index else None
                row.append("" if found is None else "{mean:z.3f} [{low:z.3f}, {high:z.3f}]".format(**found))
            body.append(row)
        lines += [*_table([str(measure), *names.values()], body), ""]
    return lines


def _by_domain(board: Leaderboard, split: str) -> list[str]:
    """Return the section that tells whether the domain says where a model is right."""
    table = board.by_domain()
    body = domain_rows(table[table["split"] == split])
    if not body:
        return []
    return ["### Inside and outside of the domain", "", DOMAIN, "", *_table(list(DOMAIN_HEADS), body), ""]


def _behind(board: Leaderboard) -> pd.DataFrame:
    """Return for each split and row how far it is behind the best model, by the metric that ranks."""
    pairs, summary = board.comparisons(), board.summary()
    tables = []
    for (split, metric), part in pairs.groupby(["split", "metric"], sort=False):
        best = best_row(summary, str(split), str(metric))
        found = against_best(part, best)[["model", "difference", "low", "high", "p", "corrected"]]
        found.columns = pd.Index(["model", "behind_best", "behind_best_low", "behind_best_high", "p", "p_corrected"])
        tables.append(found.assign(split=split, metric=metric, best=best))
    return pd.concat(tables, ignore_index=True) if tables else summary[["split", "model", "metric"]].iloc[:0]


def _of(board: Leaderboard, table: pd.DataFrame) -> list[str]:
    present = set(table["metric"])
    return [m for m in board.metrics if m in present]


def _table(heads: list[str], body: list[list[str]]) -> list[str]:
    rule = ["---", *["---:"] * (len(heads) - 1)]
    return ["| " + " | ".join(row) + " |" for row in (heads, rule, *body)]


def _undefined(value: Any) -> bool:
    return value is None or (isinstance(value, float) and value != value)


def _number(value: Any, form: str) -> str:
    return "" if _undefined(value) else format(value, form)


def _with_labels(board: Leaderboard) -> pd.DataFrame:
    labels = board.samples[["perturbation", "cell", "dose_um", "hours"]]
    table = board.scores.join(labels, on="sample")
    return table if board.profiles is None else table.merge(board.profiles, on=["split", "model", "sample"], how="left")


def _plain(value: Any) -> Any:
    """Return nested plain values, with None for what is not defined."""
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if hasattr(value, "item"):
        value = value.item()
    return None if _undefined(value) else value
