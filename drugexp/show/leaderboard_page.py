"""A leaderboard as one self-contained page."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from drugexp.evaluate.board import Leaderboard
from drugexp.evaluate.comparisons import against_best
from drugexp.evaluate.domain_rows import DOMAIN, DOMAIN_HEADS, domain_rows
from drugexp.evaluate.proofs import proof_told
from drugexp.evaluate.render import document
from drugexp.intake.atomic import atomic_path
from drugexp.show.leaderboard_parts import Part, pair_figure, parts, score_figure, short, similarity_figures
from drugexp.show.page import Figure, page, table

_SHOWN = 6


def write_page(board: Leaderboard, output: Path) -> Path:
    """Write ``leaderboard.html`` into a folder that exists; return its path."""
    path = output / "leaderboard.html"
    with atomic_path(path) as partial:
        partial.write_text(leaderboard_page(document(board)), encoding="utf-8")
    return path


def leaderboard_page(told: Mapping[str, Any]) -> str:
    """Return a leaderboard as HTML with its figures inside; nothing of it needs a network or a script.

    Parameters
    ----------
    told
        As written to ``leaderboard.json``. What an older one lacks is left out.
    """
    plan = told["plan"]
    head = [
        f"<h1>{escape(plan['name'])}</h1>",
        *(f"<p>{escape(line)}</p>" for line in str(plan.get("summary", "")).split("\n\n") if line),
        f'<p class="soft">Scored on {escape(plan["screens"][0]["name"])} in the unit: {escape(told["unit"])}. '
        f"Means over held-out profiles; intervals are 95%, {plan['bootstrap']:,} draws of whole scaffold groups.</p>",
    ]
    body = [f"<header>{''.join(head)}</header>", "<main>"]
    for part in parts(told):
        body += _split(part, plan)
    proofs, notes = [proof_told(n, p) for n, p in told["proofs"].items()], list(told["notes"])
    data = [f"{d['name']}: {d['profiles']:,} profiles; {d.get('licence', '')}" for d in told["data"]]
    body += [_list("Held out", proofs), _list("Notes", notes), _list("Data", data), "</main>"]
    return page(str(plan["name"]), "\n".join(body))


def _split(part: Part, plan: Mapping[str, Any]) -> list[str]:
    classes = ["own" if m == part.best else "control" if of else "" for m, of in part.lines[["model", "of"]].to_numpy()]
    found = [
        f'<h2 class="split">Split: {escape(part.name)}</h2>',
        _section(
            f"Scores, ordered by {part.metric}",
            f"<p>{escape(_verdict(part))}</p>",
            score_figure(part),
            table(*_scores(part), classes),
        ),
        _section(
            "What stands beside each score",
            "<p>Over the best trivial row; over the compound-blind base, with its interval and the folds in which the "
            "row is above it; the share of that gain which is gone with shuffled compounds; the share of the way from "
            "the best trivial row to the ceiling; seconds of fit and prediction over all folds; and the highest memory "
            "of the process meanwhile, beyond what it held before, in the worst fold.</p>",
            table(*_beside(part), classes),
        ),
    ]
    if len(part.pairs):
        told = (
            f"The p-value is from random flips of sign of whole groups; it is corrected for {len(part.pairs)} pairs "
            f"({plan.get('correction', 'holm')}). Where the interval holds 0, the data do not tell the two rows apart."
        )
        found.append(
            _section(
                f"{part.best} against each other row", f"<p>{escape(told)}</p>", pair_figure(part), table(*_pairs(part))
            )
        )
    if len(part.similarity):
        told = (
            "Bins hold equally many held-out profiles. Intervals are to hold 90% of the measured values; their width "
            "in a fold is set by the residuals of the other folds."
        )
        found.append(
            _section("By similarity to training", f"<p>{told}</p>", similarity_figures(part), table(*_bins(part)))
        )
    if body := domain_rows(part.domain):
        rows: list[list[object]] = [[*line[:2], *map(Figure, line[2:])] for line in body]
        found.append(
            _section("Inside and outside of the domain", f"<p>{escape(DOMAIN)}</p>", table(list(DOMAIN_HEADS), rows))
        )
    return found


def _verdict(part: Part) -> str:
    line = part.lines[part.lines["model"] == part.best].iloc[0]
    text = f"{part.best} is the best model: {_interval(line, 'mean', 'low', 'high', '.3f')}."
    if _known(line.get("base")) and line["base"] != part.best:
        over = _interval(line, "over_base", "over_base_low", "over_base_high", "+.3f")
        text += f" Over {line['base']}, the base: {over}, above it in "
        text += f"{line['folds_above']:.0f} of {line['folds_all']:.0f} folds."
    for control in ("shuffled_compounds", "shuffled_cells"):
        shuffled = part.lines[(part.lines["of"] == part.best) & (part.lines["role"] == control)]
        if len(shuffled):
            told = _interval(shuffled.iloc[0], "mean", "low", "high", ".3f")
            text += f" On {control.replace('_', ' ')}: {told}."
    return text


def _scores(part: Part) -> tuple[list[str], list[list[object]]]:
    metrics = [part.metric, *(m for m in part.metrics if m != part.metric)][:_SHOWN]
    cells = {(r["model"], r["metric"]): r for r in part.summary.to_dict("records")}
    body: list[list[object]] = []
    for line in part.lines.to_dict("records"):
        row: list[object] = [short(line), "control" if line["of"] else str(line["role"])]
        for metric in metrics:
            found = cells.get((line["model"], metric))
            form = ("mean", "low", "high", ".3f") if metric == part.metric else ("mean", "", "", ".3f")
            row.append("" if found is None else Figure(_interval(found, *form)))
        body.append(row)
    return ["row", "role", *metrics], body


def _beside(part: Part) -> tuple[list[str], list[list[object]]]:
    heads = ["row", "over best trivial", "over base", "folds above", "gone on shuffling", "gap closed", "seconds", "MB"]
    body: list[list[object]] = []
    for line in part.lines.to_dict("records"):
        based = _known(line.get("base"))
        body.append(
            [
                short(line),
                _figure(line.get("gap"), "+.3f"),
                Figure(_interval(line, "over_base", "over_base_low", "over_base_high", "+.3f")) if based else "",
                Figure(f"{line['folds_above']:.0f}/{line['folds_all']:.0f}") if based else "",
                _figure(line.get("shuffled_gone"), ".0%"),
                _figure(line.get("gap_closed"), ".0%"),
                _figure(line.get("seconds"), ".1f"),
                _figure(line.get("memory_mb"), ".0f"),
            ]
        )
    return heads, body


def _pairs(part: Part) -> tuple[list[str], list[list[object]]]:
    body: list[list[object]] = [
        [
            line["model"],
            Figure(_interval(line, "difference", "low", "high", "+.3f")),
            _figure(line["p"], ".4f"),
            _figure(line["corrected"], ".4f"),
        ]
        for line in against_best(part.pairs, part.best).to_dict("records")
    ]
    return ["row", "difference", "p", "p corrected"], body


def _bins(part: Part) -> tuple[list[str], list[list[object]]]:
    kept = part.similarity[part.similarity["of"] == ""]
    bins = kept.drop_duplicates("bin").sort_values("bin")
    names = ["all" if not b else f"{x:.2f} to {y:.2f}" for b, x, y in bins[["bin", "from", "to"]].to_numpy()]
    cells = {(r["model"], r["measure"], r["bin"]): r for r in kept.to_dict("records")}
    body: list[list[object]] = []
    for measure in dict.fromkeys(kept["measure"]):
        for model in (m for m in part.lines["model"] if (m, measure, 0) in cells):
            found = [cells.get((model, measure, b)) for b in bins["bin"]]
            ends = ("mean", "low", "high", ".3f")
            row = ["" if line is None else Figure(_interval(line, *ends)) for line in found]
            body.append([str(measure).replace("_", " "), model, *row])
    return ["measure", "row", *names], body


def _interval(line: Any, mean: str, low: str, high: str, form: str) -> str:
    if not _known(line[mean]):
        return ""
    text = format(line[mean], form.replace(".", "z."))
    if not low or not _known(line[low]):
        return text
    return f"{text} [{format(line[low], form.replace('.', 'z.'))}, {format(line[high], form.replace('.', 'z.'))}]"


def _figure(value: Any, form: str) -> Figure:
    return Figure(format(value, form) if _known(value) else "")


def _known(value: Any) -> bool:
    return value is not None and value == value


def _section(title: str, *inside: str) -> str:
    return f'<section class="board"><h3>{escape(title)}</h3>{"".join(inside)}</section>'


def _list(title: str, lines: list[str]) -> str:
    if not lines:
        return ""
    return _section(title, "<ul>", *(f"<li>{escape(line)}</li>" for line in lines), "</ul>")
