"""Drug response in words and tables: models beside naive baselines and shuffled controls, and what each block adds."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from drugexp.biology.response.contest import REFERENCE, Contest
from drugexp.score.response import LOWER_IS_BETTER, MEASURES

HEADS = {
    "rmse": "RMSE",
    "r2": "R2",
    "pearson": "Pearson",
    "spearman": "Spearman",
    "normalised_r2": "R2, normalised",
    "normalised_pearson": "Pearson, normalised",
    "within_compound": "within compound",
    "within_cell": "within cell",
}
HELD = {
    "pair": "pairs of cell and compound",
    "cell": "cell lines",
    "compound": "compounds",
    "scaffold": "compounds by scaffold",
    "tissue": "tissues",
}
LEAD = {"cell": "within_compound", "tissue": "within_compound", "pair": "within_compound"}
"""What tells whether a model knows more than means: the order of cells for a compound, else of compounds for a cell."""


def lead_measure(hold: str) -> str:
    """Return the measure that a verdict speaks of."""
    return LEAD.get(hold, "within_cell")


def models(done: Contest) -> list[str]:
    """Return the labels of models, without naive baselines and controls."""
    return [label for label in done.scores if ": " in label and not label.endswith(" shuffled")]


def best_model(done: Contest) -> str:
    """Return the model with the least squared error."""
    return min(models(done), key=lambda label: done.scores[label].values["rmse"])


def naive(done: Contest) -> list[str]:
    """Return the labels of the naive baselines."""
    return [label for label in done.scores if ": " not in label]


def table(done: Contest) -> Iterator[list[str]]:
    """Yield a row for each model: its label and each measure with its interval."""
    for label, scores in done.scores.items():
        yield [label, *(_spoken(scores.interval(m)) for m in MEASURES)]


def _spoken(found: tuple[float, float, float]) -> str:
    value, low, high = found
    if not np.isfinite(value):
        return "-"
    return f"{value + 0.0:.3f} [{low + 0.0:.3f}, {high + 0.0:.3f}]" if np.isfinite(low) else f"{value + 0.0:.3f}"


def verdict(done: Contest) -> list[str]:
    """Return what the table says: against the naive baselines, what each step adds, and what is left when shuffled."""
    best, lead = best_model(done), lead_measure(done.hold)
    first = min(naive(done), key=lambda label: done.scores[label].values["rmse"])
    less, low, high = done.scores[best].interval("rmse", done.scores[first])
    if high < 0:
        said = [f"{best} has an RMSE {-less:.3f} [{-high:.3f}, {-low:.3f}] below the best naive baseline ({first})."]
    else:
        said = [
            f"No model is surely better than the naive baseline {first}: the RMSE of {best} differs by "
            f"{less:+.3f} [{low:+.3f}, {high:+.3f}]."
        ]
    value, low, high = done.scores[best].interval(lead)
    told = f"a correlation {HEADS[lead]} of {_spoken((value, low, high))}"
    said.append(
        f"Beyond the effects of compound and cell it has {told}."
        if low > 0
        else f"Beyond the effects of compound and cell it tells nothing sure: {told}."
    )
    return [*said, *_steps(done), *_controls(done)]


def _steps(done: Contest) -> Iterator[str]:
    """Yield what each block adds to the model before it, and how other models compare with all blocks."""
    names = models(done)
    full = names[0]
    for label in names[1:]:
        added = _added(full, label)
        if added is not None:
            yield f"{added} {_compared(done, full, label, _ADDED)}"
            full = label
        else:
            yield f"{label} beside {full}: {_compared(done, full, label, _BESIDE)}"


_ADDED = ("helps", "harms", "changes nothing sure")
_BESIDE = ("better", "worse", "no sure difference")


def _compared(done: Contest, before: str, after: str, words: tuple[str, str, str]) -> str:
    error, least, most = done.scores[after].interval("rmse", done.scores[before])
    word = words[0] if most < 0 else words[1] if least > 0 else words[2]
    parts = [f"RMSE {error:+.3f} [{least:+.3f}, {most:+.3f}]"]
    for measure in ("within_compound", "within_cell"):
        value, low, high = done.scores[after].interval(measure, done.scores[before])
        parts.append(f"{HEADS[measure]} {value:+.3f} [{low:+.3f}, {high:+.3f}]")
    return f"{word}: {', '.join(parts)}."


def _controls(done: Contest) -> Iterator[str]:
    for label, scores in done.scores.items():
        if label.endswith(" shuffled"):
            whose = "cells" if label.endswith("cells shuffled") else "compounds"
            left = [f"{_spoken(scores.interval(m))} {HEADS[m]}" for m in ("within_compound", "within_cell")]
            yield f"With features of {whose} dealt to others, what is left is {' and '.join(left)}."


def _added(before: str, after: str) -> str | None:
    """Return what one label has more than another, where that is one thing at the end."""
    if not after.startswith(before + " + "):
        return None
    return after.removeprefix(before + " + ").replace("_", " ").capitalize()


def lines(done: Contest, measure: str) -> Iterator[str]:
    """Yield the table and the verdict of one split, line by line."""
    yield (
        f"{measure}, {HELD[done.hold]} held out in {done.folds} folds: {done.entries:,} responses; 95% intervals draw "
        f"{done.units} held-out {'compounds' if done.hold in ('compound', 'scaffold') else 'cells or groups of them'}"
    )
    rows = [["", *(HEADS[m] for m in MEASURES)], *table(done)]
    wide = [max(len(r[i]) for r in rows) for i in range(len(rows[0]))]
    for row in rows:
        yield "  " + "  ".join(c.ljust(w) for c, w in zip(row, wide, strict=True)).rstrip()
    yield from verdict(done)


def markdown(done: Contest, measure: str) -> str:
    """Return the table and the verdict of one split as Markdown."""
    rows = [["", *(HEADS[m] for m in MEASURES)], ["---"] * (len(MEASURES) + 1), *table(done)]
    head = f"## {HELD[done.hold].capitalize()} held out: {measure}\n\n{done.entries:,} responses, {done.folds} folds.\n"
    body = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return "\n".join([head, body, "", *(f"- {line}" for line in verdict(done))])


def record(done: Contest) -> dict[str, object]:
    """Return scores with their intervals, and the verdict, for JSON; what is not defined is null."""

    def plain(value: float) -> float | None:
        return float(value) if np.isfinite(value) else None

    return {
        "split": done.hold,
        "folds": done.folds,
        "responses": done.entries,
        "reference": REFERENCE,
        "lower_is_better": sorted(LOWER_IS_BETTER),
        "verdict": verdict(done),
        "scores": {
            label: {m: [plain(v) for v in scores.interval(m)] for m in MEASURES}
            for label, scores in done.scores.items()
        },
    }
