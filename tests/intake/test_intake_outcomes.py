"""Outcomes out of a user's table, and of sets of labels: what is wrong is told with row and column."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from drugexp.contract import MISSING, OBSERVED, Block, Cells, GeneAxis, Screen, Unit
from drugexp.contract.tables import perturbation_table, sample_table
from drugexp.errors import DrugexpError, InputError, UsageError
from drugexp.intake.outcomes import read_outcomes
from drugexp.intake.screen_io import write_screen

PANEL = Cells(("MCF7", "A375"), {"expression": Block(np.ones((2, 1)), GeneAxis(("TP53",)), Unit.LOG2_EXPRESSION)})
TABLE = """compound_id,smiles,cell,dose_um,ln_ic50,toxic,moa
a,CCO,MCF-7,10,3.5,0,x inhibitor|y inhibitor
b,CCN,mcf7,,-1.25,1,
c,CCC,A375,1,,NA,x inhibitor
d,CCO,,,2,1,y inhibitor
"""


def read(folder: Path, text: str, *wanted: str, **options) -> tuple[Screen, tuple[str, ...]]:
    (folder / "mine.csv").write_text(text)
    return read_outcomes("mine.csv", wanted or ("all",), PANEL, beside=folder, options=options)


def test_a_table_becomes_a_screen_on_an_axis_of_outcomes(tmp_path: Path) -> None:
    screen, notes = read(tmp_path, TABLE, least=1)
    assert not notes
    assert screen.genes.ids == ("ln_ic50", "toxic", "moa:x inhibitor", "moa:y inhibitor")
    assert (screen.name, screen.unit, screen.genes.namespace) == ("mine", Unit.OUTCOME, "label")
    assert screen.samples["cell"].tolist() == ["MCF7", "MCF7", "A375", ""]
    assert screen.perturbations["smiles"].tolist() == ["CCC", "CCN", "CCO"]
    np.testing.assert_array_equal(screen.samples["dose_um"], [10, np.nan, 1, np.nan])
    seen = screen.state == OBSERVED
    assert seen.tolist() == [[True] * 4, [True, True, False, False], [False, False, True, True], [True] * 4]
    assert screen.values[:, 2][seen[:, 2]].tolist() == [1, 1, 0]


def test_columns_are_chosen_and_rare_classes_left_out(tmp_path: Path) -> None:
    assert read(tmp_path, TABLE, "toxic")[0].genes.ids == ("toxic",)
    assert read(tmp_path, TABLE, "moa", least=2)[0].genes.ids == ("moa:x inhibitor", "moa:y inhibitor")
    with pytest.raises(InputError, match=r"column 'moa': no class is named by 3 rows. Set options = \{least = 1\}."):
        read(tmp_path, TABLE, "moa")


@pytest.mark.parametrize(
    ("text", "wanted", "kind", "sentence"),
    [
        (TABLE, "ln_ic5", UsageError, "unknown column of outcomes 'ln_ic5'; nearest: ln_ic50"),
        (TABLE.replace("-1.25", "low"), "ln_ic50", InputError, "row 3, column 'ln_ic50': 'low' is no number"),
        (
            TABLE.replace("-1.25", "1,5").replace("1,5", '"1,5"'),
            "ln_ic50",
            InputError,
            "row 3, column 'ln_ic50': '1,5'",
        ),
        (TABLE.replace(",10,", ",-10,"), "toxic", InputError, "row 2, column 'dose_um': -10 is below 0"),
        (TABLE.replace("CCN", ""), "toxic", InputError, "row 3, column 'smiles': there is no structure"),
        (TABLE.replace("smiles", "drawing"), "toxic", InputError, "no column of structures; the columns are"),
        ("smiles,cell\nCCO,MCF7\n", "all", InputError, "no column is left that could hold an outcome"),
        ("smiles,y,z\nCCO,1,\n", "all", InputError, "column 'z': the column is empty"),
        ("smiles,cell,y\nCCO,MCF77,1\n", "all", InputError, "row 2, column 'cell': no row names a cell line"),
    ],
)
def test_mistakes_are_told_where_they_stand(tmp_path: Path, text, wanted, kind, sentence) -> None:
    with pytest.raises(kind) as told:
        read(tmp_path, text, wanted)
    assert sentence in str(told.value)


def test_rows_of_unknown_cells_are_left_out_and_the_first_is_named(tmp_path: Path) -> None:
    screen, (note,) = read(tmp_path, TABLE.replace("A375", "A357"), "ln_ic50", "toxic")
    assert len(screen) == 3
    assert "mine.csv, row 4, column 'cell': unknown cell line 'A357'; nearest: A375; 1 rows" in note


def test_of_labels_a_compound_that_carries_none_of_a_kind_is_not_known_to_lack_them(tmp_path: Path) -> None:
    values = np.array([[1, 0, 1], [0, 0, 1], [0, 1, 0]])
    labels = Screen(
        "labels",
        values,
        GeneAxis(("moa:a", "moa:b", "target:T"), "label"),
        Unit.LABEL,
        sample_table(3, perturbation=["p", "q", "r"]),
        perturbation_table(["p", "q", "r"], smiles=["C", "CC", "CCC"]),
        Cells(()),
    )
    write_screen(labels, tmp_path / "labels.screen")
    screen, _ = read_outcomes("labels.screen", ("moa",), PANEL, beside=tmp_path)
    assert screen.genes.ids == ("moa:a", "moa:b")
    assert screen.samples["perturbation"].tolist() == ["p", "r"]
    both, _ = read_outcomes("labels.screen", ("all",), PANEL, beside=tmp_path)
    assert both.state.tolist()[1] == [MISSING, MISSING, OBSERVED]
    with pytest.raises(UsageError, match="unknown outcome 'mao'; nearest: moa"):
        read_outcomes("labels.screen", ("mao",), PANEL, beside=tmp_path)


def test_a_screen_of_genes_holds_no_outcomes(tmp_path: Path) -> None:
    genes = Screen(
        "genes",
        np.ones((1, 1)),
        GeneAxis(("TP53",)),
        Unit.ZSCORE,
        sample_table(1, perturbation=["p"]),
        perturbation_table(["p"], smiles=["C"]),
        Cells(()),
    )
    write_screen(genes, tmp_path / "genes.screen")
    with pytest.raises(DrugexpError, match="holds changes of 1 genes, no outcomes"):
        read_outcomes("genes.screen", ("all",), PANEL, beside=tmp_path)


@pytest.mark.data
@pytest.mark.skipif(not os.environ.get("DRUGEXP_DATA"), reason="DRUGEXP_DATA names no data folder")
def test_responses_of_gdsc_are_means_of_a_pair_in_cells_that_are_known() -> None:
    screen, notes = read_outcomes("gdsc_ccle", ("ln_ic50_um",), PANEL, options={"response": "gdsc1"})
    assert set(screen.samples["cell"]) == {"MCF7", "A375"}
    assert not screen.samples.duplicated(["perturbation", "cell"]).all()
    assert screen.genes.ids == ("ln_ic50_um",)
    assert any("unknown cells are left out" in note for note in notes)
    with pytest.raises(UsageError, match="unknown response 'gdsc3'; nearest: gdsc"):
        read_outcomes("gdsc_ccle", ("all",), PANEL, options={"response": "gdsc3"})
    with pytest.raises(UsageError, match="unknown outcome 'ic50'"):
        read_outcomes("gdsc_ccle", ("ic50",), PANEL)
