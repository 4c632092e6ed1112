"""GCT: the published convention, lossless round trips, and damage named by line and column."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tables_of_expression import assert_same, expressions, plain, reads_or_is_told

from drugexp.errors import InputError, UsageError
from drugexp.intake.formats.expression import Expression, annotation_table
from drugexp.intake.formats.gct import parse_gct, read_gct, write_gct

GCT_12 = "#1.2\n2\t3\nName\tDescription\tA\tB\tC\n1007_s_at\tDDR1\t1\t2.5\t-3e2\n1053_at\tRFC2\t4\t\t6\n"
GCT_13 = (
    "#1.3\n2\t3\t2\t1\n"
    "id\tpr_gene_symbol\tpr_gene_id\tw1\tw2\tw3\n"
    "pert_iname\tna\tna\tDMSO\t-666\tvorinostat\n"
    "200814_at\tPSME1\t5720\t8.1\t8.2\t8.3\n"
    "222103_at\tATF1\t-666\t9.1\t-666\tNaN\n"
)
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def save(folder: Path, text: str | bytes, name: str = "a.gct") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_version_1_2_as_published(tmp_path: Path) -> None:
    found = read_gct(save(tmp_path, GCT_12))
    assert list(found.samples.index) == ["A", "B", "C"]
    assert found.genes["Description"].to_dict() == {"1007_s_at": "DDR1", "1053_at": "RFC2"}
    np.testing.assert_array_equal(found.values, [[1, 4], [2.5, np.nan], [-300, 6]])


def test_version_1_3_as_published(tmp_path: Path) -> None:
    found = read_gct(save(tmp_path, GCT_13))
    assert found.samples["pert_iname"].tolist() == ["DMSO", "", "vorinostat"]
    assert found.genes["pr_gene_symbol"].tolist() == ["PSME1", "ATF1"]
    assert found.genes["pr_gene_id"].tolist() == ["5720", ""]
    np.testing.assert_array_equal(found.values, [[8.1, 9.1], [8.2, np.nan], [8.3, np.nan]])
    assert found.notes == ("1 values are -666, which stands for missing",)


@pytest.mark.parametrize(
    "content",
    [
        GCT_13.replace("\n", "\r\n").encode(),
        GCT_13.replace("\n", "\r").encode(),
        b"\xef\xbb\xbf" + GCT_13.encode(),
        GCT_13.encode("utf-16"),
        GCT_13.replace("#1.3\n2\t3\t2\t1\n", "#1.3\t\t\t\n2\t3\t2\t1\t\t\n").encode() + b"\n\n",
    ],
    ids=["windows", "old mac", "byte order mark", "utf-16", "padded by a spreadsheet"],
)
def test_other_systems_write_the_same_table(tmp_path: Path, content: bytes) -> None:
    assert_same(read_gct(save(tmp_path, content)), read_gct(save(tmp_path, GCT_13, "b.gct")))


def test_latin_1_is_read_where_utf_8_fails(tmp_path: Path) -> None:
    content = GCT_13.replace("DMSO", "5 µM").encode("latin-1")
    assert read_gct(save(tmp_path, content)).samples["pert_iname"].iloc[0] == "5 µM"


@quick
@given(expressions())
def test_1_3_comes_back_as_it_went(tmp_path: Path, table: Expression) -> None:
    write_gct(table, tmp_path / "a.gct")
    assert_same(read_gct(tmp_path / "a.gct", dtype=table.values.dtype.type), table)


@quick
@given(expressions(annotated=False))
def test_1_2_comes_back_as_it_went(tmp_path: Path, table: Expression) -> None:
    write_gct(table, tmp_path / "a.gct", version="1.2")
    assert_same(read_gct(tmp_path / "a.gct", dtype=table.values.dtype.type), table)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_numbers_at_the_edges_come_back(tmp_path: Path, dtype: type) -> None:
    edges = [-666.0, np.nan, np.inf, -np.inf, -0.0, 0.1, 1e-30, np.finfo(dtype).max, np.finfo(dtype).tiny, 1 / 3]
    values = np.array([edges], dtype=dtype)
    table = Expression(values, annotation_table(["s"]), annotation_table(range(len(edges))))
    write_gct(table, tmp_path / "a.gct")
    found = read_gct(tmp_path / "a.gct", dtype=dtype)
    np.testing.assert_array_equal(found.values, values)
    assert np.signbit(found.values[0, 4])
    assert found.notes == ()


@pytest.mark.parametrize("ending", [".gct.gz", ".gct.zst"])
def test_packed_files(tmp_path: Path, ending: str) -> None:
    write_gct(plain(), tmp_path / f"a{ending}")
    assert_same(read_gct(tmp_path / f"a{ending}", dtype=np.float32), plain())
    whole = (tmp_path / f"a{ending}").read_bytes()
    save(tmp_path, whole[: len(whole) // 2], f"cut{ending}")
    with pytest.raises(InputError, match=f"cut{ending}: "):
        read_gct(tmp_path / f"cut{ending}")


def test_a_packed_file_that_is_damaged_inside(tmp_path: Path) -> None:
    content = bytearray(gzip.compress(GCT_13.encode() * 50, mtime=0))
    content[30:40] = b"\0" * 10
    with pytest.raises(InputError, match="cannot be read"):
        read_gct(save(tmp_path, bytes(content), "a.gct.gz"))


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("#1.3", "#1.4", "line 1 holds '#1.4'; a GCT file starts with #1.2 or #1.3"),
        ("2\t3\t2\t1", "2\t3", r"line 2 holds '2 3'; 4 counts are due \(genes, samples, gene ann"),
        ("2\t3\t2\t1", "0\t3\t2\t1", "line 2 holds"),
        ("2\t3\t2\t1", "2\t4\t2\t1", "line 3 has 6 fields, and 7 are due"),
        ("2\t3\t2\t1", "3\t3\t2\t1", "the file ends at line 6, within the 3 genes .* after 2 of them.*cut off"),
        ("2\t3\t2\t1", "1\t3\t2\t1", "line 6 stands after the 1 genes of line 2"),
        ("2\t3\t2\t1", "9999999999999\t3\t2\t1", "do not fit into memory"),
        ("\t8.2", "", "line 5 has 5 fields, and 6 are due"),
        ("8.2", "8,2", "line 5, column 5 .sample 'w2'.: '8,2' is not a number.* with a point"),
        ("8.2", "1_0", "line 5, column 5 .sample 'w2'.: '1"),
        ("pr_gene_id", "pr_gene_symbol", "the gene annotation 'pr_gene_symbol' stands twice"),
        ("PSME1", "PS\0ME1", "not a text file"),
    ],
)
def test_damage_is_named_with_its_place(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    with pytest.raises(InputError, match=rf"a\.gct: .*{sentence}"):
        read_gct(save(tmp_path, GCT_13.replace(old, new, 1)))


def test_no_file_and_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        read_gct(tmp_path / "none.gct")
    with pytest.raises(InputError, match="line 1 holds nothing"):
        read_gct(save(tmp_path, ""))


def test_what_gct_cannot_hold_is_refused_and_leaves_no_file(tmp_path: Path) -> None:
    table = Expression(np.ones((1, 1)), annotation_table(["a\tb"]), annotation_table(["g"]))
    with pytest.raises(UsageError, match="holds a tab"):
        write_gct(table, tmp_path / "a.gct")
    with pytest.raises(UsageError, match=r"GCT 1\.2 holds no sample annotations"):
        write_gct(plain(), tmp_path / "a.gct", version="1.2")
    assert not list(tmp_path.iterdir())


def test_typed_annotations_become_text(tmp_path: Path) -> None:
    samples = annotation_table(["s1", "s2"], {"dose": [1.5, np.nan], "control": [True, False]})
    write_gct(Expression(np.ones((2, 1)), samples, annotation_table(["g"])), tmp_path / "a.gct")
    found = read_gct(tmp_path / "a.gct").samples
    assert found["dose"].tolist() == ["1.5", ""]
    assert found["control"].tolist() == ["True", "False"]


_PIECES = st.sampled_from(
    ["#1.2", "#1.3", "\t", "\n", "\r", "1", "2", "0", "-1", "1e999", "NaN", "id", "_", "", "é", "-666"]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_PIECES, max_size=40).map("".join), st.booleans())
def test_no_text_ends_in_another_error(body: str, headed: bool) -> None:
    text = ("#1.3\n1\t1\t0\t1\nid\t" if headed else "") + body
    reads_or_is_told(lambda: parse_gct(iter(text.split("\n")), "file.gct"), "file.gct")


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(GCT_13) - 1), st.characters(exclude_categories=["Cs"]), st.integers(0, 3))
def test_a_changed_file_reads_or_is_refused(at: int, letter: str, cut: int) -> None:
    """One letter replaced, or up to three letters cut out."""
    text = GCT_13[:at] + letter + GCT_13[at + cut :]
    reads_or_is_told(lambda: parse_gct(iter(text.split("\n")), "file.gct"), "file.gct")
