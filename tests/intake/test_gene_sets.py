"""Gene sets out of GMT files."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from drugexp.errors import DrugexpError, InputError
from drugexp.intake.gene_sets import read_gmt


def _file(folder: Path, text: str, name: str = "sets.gmt") -> Path:
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


@pytest.mark.parametrize("name", ["sets.gmt", "sets.gmt.gz"])
def test_sets_in_the_order_of_the_file(tmp_path: Path, name: str) -> None:
    text = "B\tabout b\tTP53\tMYC\r\n\r\nA\t\tEGFR\tEGFR\tKRAS,1.0\t\t\n"
    assert read_gmt(_file(tmp_path, text, name)) == {"B": ("TP53", "MYC"), "A": ("EGFR", "KRAS")}
    assert list(read_gmt(_file(tmp_path, text, name))) == ["B", "A"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "holds no gene set"),
        ("A\tx\tTP53\nB x TP53\n", "line 2"),
        ("A\tx\t\t\n", "line 1"),
        ("A\tx\tTP53\nA\tx\tMYC\n", "stood on line 1 already"),
    ],
)
def test_what_is_no_set_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        read_gmt(_file(tmp_path, text))


def test_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(DrugexpError, match=r"nowhere\.gmt"):
        read_gmt(tmp_path / "nowhere.gmt")


@pytest.mark.data
def test_sets_of_the_data_folder(data_dir: Path) -> None:
    folder = data_dir / "gene_sets"
    sets = read_gmt(folder / "hallmark.gmt")
    assert len(sets) == 50
    assert all(sets.values())
    assert len(read_gmt(folder / "reactome_2016.gmt")) == 1530
