"""What tasks give to and take from each other, as Markdown."""

from __future__ import annotations

from drugexp.evaluate.tasks.table import OWN_SHUFFLED, SHUFFLED, Table, ways
from drugexp.score.bootstrap import Interval


def tasks_markdown(table: Table) -> str:
    """Return the tables: scores beside naive ones, gains by each other task, and learnt weights."""
    names = table.material.names
    lines = ["## Scores on held-out scaffolds", ""]
    head = ["task", "score", "alone", *ways(), OWN_SHUFFLED, "without a compound", "beside it (alone)"]
    rows = []
    for name in names:
        naive = "; ".join(f"{what} {_number(found.mean)}" for what, found in table.naive(name).items())
        details = "; ".join(f"{what} {_number(v)}" for what, v in table.alone[name].details().items())
        rows.append(
            [
                _size(table, name),
                table.alone[name].measure,
                _interval(table.score(name)),
                *(_interval(table.of(name, way)) for way in ways()),
                _interval(table.of(name, OWN_SHUFFLED)),
                naive,
                details or "-",
            ]
        )
    lines += [*_table(head, rows), "", "## What each task gains by another", ""]
    lines += [
        "A row is a task that is judged; a column what is learnt beside it. The score beside it less the score alone, "
        "on the same held-out samples; 95% intervals draw scaffold groups. In bold: the interval excludes 0.",
        "",
    ]
    columns = [*names, *ways(), SHUFFLED]
    rows = []
    for name in names:
        cells = ["-" if other == name else _gain(table.gain(name, other)) for other in columns]
        rows.append([f"`{name}`", *cells])
    lines += [*_table(["judged \\ beside it", *(f"+ {c}" for c in columns)], rows), ""]
    if table.weights:
        lines += ["## Weights at the end of training", ""]
        tasks = list(next(iter(table.weights.values())))
        rows = [[way, *(_number(told[task]) for task in tasks)] for way, told in table.weights.items()]
        lines += [*_table(["balance", *(f"`{task}`" for task in tasks)], rows), ""]
    return "\n".join(lines).rstrip() + "\n"


def _size(table: Table, name: str) -> str:
    screen = table.material.screens[table.material.names.index(name)]
    compounds = screen.samples["perturbation"].nunique()
    return f"`{name}`: {len(screen):,} samples of {compounds:,} compounds, {len(screen.genes):,} columns"


def _number(value: float) -> str:
    return f"{value:.3f}".replace("-0.000", "0.000")


def _interval(found: Interval) -> str:
    return f"{_number(found.mean)} [{_number(found.low)}, {_number(found.high)}]"


def _gain(found: Interval) -> str:
    text = f"{found.mean:+.3f} [{found.low:+.3f}, {found.high:+.3f}]"
    return f"**{text}**" if found.low > 0 or found.high < 0 else text


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]
