"""`drugexp predict --outcomes`."""

from __future__ import annotations


def test_the_bundled_model_has_learnt_none(cli) -> None:
    run = cli("predict", "CCO", "--cell", "MCF7", "--outcomes", "out.csv")
    assert run.code == 2
    assert "model 'default' has learnt no outcomes, only profiles" in run.err


def test_places_are_looked_at_first(cli) -> None:
    assert "valid: .csv, .tsv, .parquet" in cli("predict", "CCO", "--outcomes", "out.txt").err
    run = cli("predict", "CCO", "--outcomes", "out.csv", "-o", "./out.csv")
    assert run.code == 2
    assert "--outcomes and -o name the same file" in run.err
