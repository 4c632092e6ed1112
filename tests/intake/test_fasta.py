from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from drugexp.errors import InputError
from drugexp.intake.fasta import read_fasta


def test_sequences_are_read_by_name(tmp_path: Path) -> None:
    text = ">TP53|ENSG00000141510 promoter\nACGT\nacgn\n\n; a remark\n>MYC chr8:1-4\r\nUUGA\r\n"
    (tmp_path / "a.fa").write_text(text, newline="")
    assert read_fasta(tmp_path / "a.fa") == {"TP53": "ACGTACGN", "MYC": "TTGA"}
    (tmp_path / "a.fa.gz").write_bytes(gzip.compress(text.encode()))
    assert read_fasta(tmp_path / "a.fa.gz") == read_fasta(tmp_path / "a.fa")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ACGT\n", "line 1: this is no FASTA file"),
        (">A\nACGT\n>\nAC\n", "line 3: a '>' without a name"),
        (">A\nAC\n>B\nAC\n>A\nGG\n", "line 5: 'A' stands here and in line 1"),
        (">A\nACGT\nACXT\n", "line 3: 'X' in the sequence of A is no letter of DNA"),
        (">A\n>B\nAC\n", "line 1: A has no sequence"),
        ("", "the file is empty"),
        ("; nothing\n", "it holds no sequence"),
    ],
)
def test_what_is_no_fasta_is_told_by_line(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "a.fa").write_text(text)
    with pytest.raises(InputError) as told:
        read_fasta(tmp_path / "a.fa")
    assert words in str(told.value)
