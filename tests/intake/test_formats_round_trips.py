"""What is written comes back, or is refused with a sentence: tables of expression and screens, in every format."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drugexp.contract import GeneAxis, Screen, Unit
from drugexp.contract.screen import MISSING, OBSERVED, Cells
from drugexp.contract.tables import perturbation_table, sample_table
from drugexp.errors import DrugexpError
from drugexp.intake.formats.door import read_expression
from drugexp.intake.formats.expression import Expression, annotation_table
from drugexp.intake.formats.screens import read_screen_table, save_screen
from drugexp.intake.formats.write import WRITTEN, write_expression
from drugexp.intake.screen_io import SCREEN_ENDING, read_screen_folder

some = settings(
    max_examples=15, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
F32 = np.finfo(np.float32)
EDGES = (
    -666.0,
    0.0,
    -0.0,
    1.0,
    0.1,
    1 / 3,
    float(F32.max),
    float(F32.min),
    float(F32.tiny),
    float(F32.smallest_subnormal),
)
NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=6) | st.sampled_from(
    ["7157", "1", "1e5", "0.5", "NaN", "NA", "-666", "None", "True", "β-actin", "細胞", "a,b", 'a"b', "a;b", "a b"]
)
"""Names of all scripts, and such as look like something else."""
NOT_NAMES = ("a\tb", "a\nb", "a\rb", "a\0b")
SCREENS = (SCREEN_ENDING, ".h5ad", ".gct", ".gctx", ".parquet", ".csv", ".tsv")


def _back(there_and_back: Callable[[], Any], path: Path) -> Any:
    """Return what came back; None where it was refused, with the name of the file."""
    sentence = path.name
    try:
        return there_and_back()
    except DrugexpError as error:
        sentence = str(error)
    assert path.name in sentence
    return None


@st.composite
def matrices(draw: st.DrawFn) -> np.ndarray:
    """Float32 at its edges, with gaps."""
    rows, columns = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    number = st.sampled_from([*EDGES, np.nan]) | st.floats(width=32, allow_infinity=False)
    drawn = draw(st.lists(number, min_size=rows * columns, max_size=rows * columns))
    return np.array(drawn, dtype=np.float32).reshape(rows, columns)


def _names(draw: st.DrawFn, n: int) -> list[str]:
    return draw(st.lists(NAMES, min_size=n, max_size=n, unique=True))


@st.composite
def tables(draw: st.DrawFn) -> Expression:
    values = draw(matrices())
    rows, columns = values.shape
    return Expression(values, annotation_table(_names(draw, rows)), annotation_table(_names(draw, columns)))


@pytest.mark.parametrize("ending", WRITTEN)
@some
@given(table=tables())
def test_a_table_comes_back_or_is_refused(tmp_path: Path, ending: str, table: Expression) -> None:
    path = tmp_path / f"a{ending}"
    found = _back(lambda: (write_expression(table, path), read_expression(path))[1], path)
    if found is None:
        return
    empty = np.isnan(table.values).all(axis=0)
    if path.suffix in (".csv", ".tsv", ".parquet") and empty.any():
        assert "columns that hold nothing" in " ".join(found.notes)
        table = table.take(genes=~empty)
    assert found.samples.index.tolist() == table.samples.index.tolist()
    assert found.genes.index.tolist() == table.genes.index.tolist()
    np.testing.assert_array_equal(found.values.astype(np.float32), table.values)


@pytest.mark.parametrize("ending", WRITTEN)
@pytest.mark.parametrize("names", [["s1", "s2"], ["101", "102"], ["β", "細胞"]])
def test_plain_tables_are_never_refused(tmp_path: Path, ending: str, names: list[str]) -> None:
    values = np.array([EDGES, EDGES[::-1]], dtype=np.float32)
    genes = annotation_table([f"g{i}" for i in range(len(EDGES))])
    for table in (
        Expression(values, annotation_table(names), genes),
        Expression(values[:1, 3:4], annotation_table(names[:1]), genes.iloc[3:4]),
    ):
        write_expression(table, tmp_path / f"a{ending}")
        found = read_expression(tmp_path / f"a{ending}")
        assert found.samples.index.tolist() == table.samples.index.tolist()
        np.testing.assert_array_equal(found.values.astype(np.float32), table.values)


def _screen(values: np.ndarray, genes: Sequence[str], compounds: Sequence[str], cells: Sequence[str]) -> Screen:
    gaps = np.isnan(values)
    control = np.zeros(len(values), dtype=bool)
    control[-1] = len(values) > 1
    treated = [c for c, is_control in zip(compounds, control, strict=True) if not is_control]
    return Screen(
        "a",
        np.nan_to_num(values),
        GeneAxis(tuple(genes)),
        Unit.LOG2FC,
        sample_table(
            len(values),
            perturbation=np.where(control, "", np.array(compounds, dtype=object)),
            cell=list(cells),
            dose_um=[10.0, np.nan, 0.1][: len(values)],
            is_control=control,
        ),
        perturbation_table(treated, smiles=["CCO"] * len(treated)),
        Cells(tuple(dict.fromkeys(cells))),
        np.where(gaps, MISSING, OBSERVED).astype(np.uint8) if gaps.any() else None,
    )


@st.composite
def screens(draw: st.DrawFn) -> Screen:
    values = draw(matrices())
    rows, columns = values.shape
    return _screen(
        values, _names(draw, columns), _names(draw, rows), draw(st.lists(NAMES, min_size=rows, max_size=rows))
    )


def _read(path: Path) -> Screen:
    return read_screen_folder(path) if path.suffix == SCREEN_ENDING else read_screen_table(path)


def _assert_same(found: Screen, wanted: Screen) -> None:
    np.testing.assert_array_equal(found.values, wanted.values)
    states = [np.full(s.values.shape, OBSERVED) if s.state is None else s.state for s in (found, wanted)]
    np.testing.assert_array_equal(*states)
    assert (found.genes, found.unit) == (wanted.genes, wanted.unit)
    assert found.cells.ids == wanted.cells.ids
    for mine, theirs in ((found.samples, wanted.samples), (found.perturbations, wanted.perturbations)):
        for column in theirs.columns:
            if theirs[column].dtype.kind in "fb":
                np.testing.assert_array_equal(mine[column], theirs[column])
            else:
                assert mine[column].tolist() == theirs[column].tolist(), column


@pytest.mark.parametrize("ending", SCREENS)
@some
@given(screen=screens())
def test_a_screen_comes_back_or_is_refused(tmp_path: Path, ending: str, screen: Screen) -> None:
    path = tmp_path / f"a{ending}"
    found = _back(lambda: (save_screen(screen, path), _read(path))[1], path)
    if found is not None:
        _assert_same(found, screen)


@pytest.mark.parametrize("ending", SCREENS)
@pytest.mark.parametrize("names", [["A", "B", "C"], ["101", "102", "103"], ["β", "細胞", "a b"]])
def test_plain_screens_are_never_refused(tmp_path: Path, ending: str, names: list[str]) -> None:
    values = np.array([[-666.0, np.nan], [float(F32.max), 0.1], [float(F32.tiny), -0.0]], dtype=np.float32)
    for n in (3, 1):
        screen = _screen(values[:n], ["TP53", "MYC"], names[:n], names[:n])
        save_screen(screen, tmp_path / f"{n}{ending}")
        _assert_same(_read(tmp_path / f"{n}{ending}"), screen)


@pytest.mark.parametrize("ending", SCREENS)
@pytest.mark.parametrize("name", NOT_NAMES)
def test_names_with_tabs_and_line_ends(tmp_path: Path, ending: str, name: str) -> None:
    screen, path = _screen(np.ones((1, 1), dtype=np.float32), ["TP53"], [name], ["A"]), tmp_path / f"a{ending}"
    found = _back(lambda: (save_screen(screen, path), _read(path))[1], path)
    if found is not None:
        _assert_same(found, screen)
