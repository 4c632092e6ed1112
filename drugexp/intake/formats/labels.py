"""The labels of a screen as one table, a row a sample: what formats without other tables hold of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import numpy as np
import pandas as pd

from drugexp.contract.axis import GeneAxis, Namespace
from drugexp.contract.rows import Rows, blocks
from drugexp.contract.screen import OBSERVED, SAMPLE_COLUMNS, Cells, Screen
from drugexp.contract.tables import coded, looked_up, perturbation_table, sample_table, text
from drugexp.contract.units import Unit
from drugexp.errors import DataError
from drugexp.intake.formats.lazy import ExpressionFile
from drugexp.intake.gaps import filled
from drugexp.intake.screen_io import NoScreenError

NAMESPACE, UNIT = "namespace", "unit"

_OF_PERTURBATION = "perturbation."
"""How columns begin that tell of a sample's perturbation."""

_TEXTS = ("perturbation", "cell", "batch")
_TRUTHS = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False, "": False}


def labels_of(screen: Screen, at: slice | None = None) -> pd.DataFrame:
    """Return the labels of samples: their row of the samples table, their perturbation's row, and the unit."""
    samples = screen.samples if at is None else screen.samples.iloc[at]
    names = samples["perturbation"].to_numpy(dtype=object)
    about = screen.perturbations.set_index("id").reindex(names).add_prefix(_OF_PERTURBATION)
    table = pd.concat([samples.reset_index(drop=True), about.reset_index(drop=True)], axis=1)
    return table.assign(**{NAMESPACE: screen.genes.namespace, UNIT: screen.unit.value})


def measured(screen: Screen) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield the values block by block, (sample, gene), NaN where nothing was measured, each with its place."""
    for at, values in blocks(screen.values):
        if screen.state is not None:
            values = np.where(np.asarray(screen.state[at]) == OBSERVED, values, np.float32(np.nan))
        yield at, values


def screen_of(labels: pd.DataFrame, genes: pd.DataFrame, values: np.ndarray, *, name: str, where: str) -> Screen:
    """Return the screen of which `labels_of` gave the labels.

    Parameters
    ----------
    labels
        One row a sample; texts may be categories.
    genes
        One row a gene: ids in the index; a column ``namespace`` where it is known.
    values
        (sample, gene), in memory or `Rows`; what is not finite is missing.
    name
        Of the screen.
    where
        The file, as a message calls it.

    Raises
    ------
    DataError
        If labels are lacking, or a number is none.
    """
    lacking = [c for c in (*SAMPLE_COLUMNS, f"{_OF_PERTURBATION}kind", UNIT) if c not in labels]
    unit = None if lacking else _unit(labels[UNIT])
    if unit is None:
        raise NoScreenError(
            f"the annotations of the samples lack {', '.join(lacking) or 'a known unit'}.",
            where=where,
            hint="A screen is read from what drugexp wrote.",
        )
    texts = [c for c in labels.columns if c in _TEXTS or c.startswith(_OF_PERTURBATION)]
    labels = labels.assign(**{c: _texts(labels[c]) for c in texts})
    own = [c for c in labels.columns if not c.startswith(_OF_PERTURBATION) and c not in (NAMESPACE, UNIT)]
    columns: dict[str, Any] = {c: labels[c].array for c in own}
    for column in ("dose_um", "hours", "weight"):
        columns[column] = _numbers(labels[column], where)
    columns["is_control"] = _truths(labels["is_control"], where)
    first = _first_rows(labels["perturbation"], ~columns["is_control"])
    treated = labels.iloc[first]
    others = labels.columns.difference([*own, NAMESPACE, UNIT], sort=False)
    told_of = {c.removeprefix(_OF_PERTURBATION): treated[c].to_numpy(dtype=object) for c in others}
    measured, state = filled(values)
    namespaces = set(genes.get(NAMESPACE, ())) & set(get_args(Namespace)) or {"symbol"}
    return Screen(
        name=name,
        values=measured,
        state=state,
        genes=GeneAxis(tuple(genes.index), namespaces.pop()),
        unit=unit,
        samples=sample_table(len(labels), **columns),
        perturbations=perturbation_table(treated["perturbation"], **told_of),
        cells=Cells(tuple(c for c in labels["cell"].iloc[_first_rows(labels["cell"])].tolist() if c)),
    )


def _unit(column: pd.Series) -> Unit | None:
    named = set(map(str, column.unique()))
    return Unit(named.pop()) if len(named) == 1 and named <= set(Unit) else None


def _first_rows(column: pd.Series, among: np.ndarray | None = None) -> np.ndarray:
    """Return where each name stands first, in the order of the rows."""
    codes, _ = coded(column)
    rows = np.arange(len(codes)) if among is None else np.flatnonzero(among)
    return rows[np.sort(np.unique(codes[rows], return_index=True)[1])]


def _texts(column: pd.Series) -> Any:
    """Return texts, empty where nothing stands; categories of text stay categories."""
    if isinstance(column.dtype, pd.CategoricalDtype) and not column.hasnans:
        return column
    return text(column)


def _truths(column: pd.Series, where: str) -> np.ndarray:
    if column.dtype == bool:
        return column.to_numpy()
    codes, names = coded(column)
    told = [_TRUTHS.get("" if pd.isna(n) else str(n).strip().lower()) for n in names]
    if None in told:
        strange = told.index(None)
        row = int(np.argmax(codes == strange)) + 1
        raise DataError(f"sample {row}, {column.name}: {names[strange]!r} is neither True nor False.", where=where)
    return np.array(told, dtype=bool)[codes]


def _numbers(column: pd.Series, where: str) -> np.ndarray:
    """Return numbers, NaN where nothing stands."""
    if column.dtype.kind in "fiu":
        return column.to_numpy(np.float64)
    names = pd.Series(column.unique())
    numbers = pd.to_numeric(names, errors="coerce").to_numpy(np.float64)
    wrong = names[np.isnan(numbers) & names.notna() & (names.astype(str) != "")]
    if len(wrong):
        row = int(np.argmax((column == wrong.iloc[0]).to_numpy()))
        raise DataError(f"sample {row + 1}, {column.name}: {wrong.iloc[0]!r} is no number.", where=where)
    return looked_up(column, pd.Series(numbers, index=names))


class FileRows(Rows):
    """The values of an open table on disk as float32, missing ones NaN."""

    def __init__(self, source: ExpressionFile, columns: np.ndarray | None = None) -> None:
        super().__init__((source.shape[0], source.shape[1] if columns is None else len(columns)))
        self._source, self._columns = source, columns

    def read(self, rows: np.ndarray) -> np.ndarray:
        """Return these rows of the file."""
        return self._source.values(rows, self._columns).astype(np.float32, copy=False)
