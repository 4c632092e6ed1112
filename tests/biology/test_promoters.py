"""Genes told from the letters of their promoters: planted motifs, their controls, and letters by hand."""

from __future__ import annotations

import numpy as np
import pytest

from drugexp.biology.baseline.design import Design
from drugexp.biology.baseline.promoters.contest import contest, held_out
from drugexp.biology.baseline.promoters.letters import encoded, kmers
from drugexp.biology.baseline.promoters.models import MODELS, model_named
from drugexp.errors import UsageError
from drugexp.score.baseline import bootstrap_levels

MOTIF = np.array([0, 2, 3, 0, 1, 1, 2, 0], dtype=np.int8)


def planted(genes: int = 320, *, length: int = 120, cells: int = 12, seed: int = 0) -> tuple[Design, np.ndarray]:
    """Half of the promoters hold a motif somewhere, which raises the gene; so do G and C; methylation lowers it."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(4, size=(genes, length)).astype(np.int8)
    has = rng.random(genes) < 0.5
    for gene in np.flatnonzero(has):
        at = rng.integers(length - len(MOTIF))
        codes[gene, at : at + len(MOTIF)] = MOTIF
    share = np.isin(codes, (1, 2)).mean(axis=1)
    level = 8 + 2 * has + 0.7 * (share - share.mean()) / share.std() + 0.4 * rng.normal(size=genes)
    x = rng.normal(size=(cells, genes, 1))
    y = level - 0.8 * x[..., 0] + 0.4 * rng.normal(size=(cells, genes))
    names = tuple(f"c{i}" for i in range(cells)), tuple(f"g{i}" for i in range(genes))
    return Design(*names, y, ("methylation",), x), codes


@pytest.mark.parametrize("model", ["cnn", "rnn"])
def test_networks_find_the_motif_wherever_it_stands(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """They know genes they never saw better than words of letters do."""
    monkeypatch.setattr("drugexp.biology.baseline.promoters.networks.MEMBERS", 1)
    pytest.importorskip("sklearn")
    design, codes = planted()
    held = np.arange(320) >= 240
    level = design.expression.mean(axis=0)
    nothing = np.zeros((320, 0))
    found = MODELS[model](codes, nothing, level, ~held, 0)
    words = MODELS["linear"](codes, nothing, level, ~held, 0)
    r, by_words = (np.corrcoef(made[held], level[held])[0, 1] for made in (found, words))
    assert r > 0.7
    assert r > by_words
    np.testing.assert_array_equal(found, MODELS[model](codes, nothing, level, ~held, 0))


def test_words_tell_what_is_planted_and_shuffled_promoters_nothing() -> None:
    pytest.importorskip("sklearn")
    design, codes = planted(cells=8)
    rows = {row.label: row for row in contest(design, codes, ["linear", "svm", "forest"], np.arange(320) % 4, 0)}
    assert list(rows)[:3] == ["mean of the training genes", "linear: promoter", "linear: promoter, shuffled"]
    assert rows["linear: promoter"].levels.low > 0.4
    assert abs(rows["linear: promoter, shuffled"].levels.mean) < 0.2
    assert rows["linear: promoter, shuffled"].r2.mean < 0.05
    assert rows["linear: promoter"].across_cells.mean == 0
    # methylation knows in which cells a gene is high, promoters which genes are
    assert rows["linear: methylation"].across_cells.mean > 0.7
    assert rows["linear: methylation"].levels.mean < 0.3
    both = rows["linear: promoter + methylation"]
    assert both.across_cells.mean > 0.7
    assert both.levels.low > 0.4
    for other in ("svm", "forest"):
        assert rows[f"{other}: promoter + methylation"].levels.low > 0.4
    base = rows["mean of the training genes"]
    assert base.r2.mean == base.levels.mean == base.across_cells.mean == 0


def test_nothing_of_a_held_out_gene_is_seen() -> None:
    pytest.importorskip("sklearn")
    design, codes = planted(120, cells=5)
    folds = np.arange(120) % 3
    level, made = held_out("linear", design, codes, folds, 0, with_blocks=True)
    other = design.expression.copy()
    other[:, folds == 1] += 100
    changed = Design(design.cells, design.genes, other, design.blocks, design.features)
    again, remade = held_out("linear", changed, codes, folds, 0, with_blocks=True)
    np.testing.assert_array_equal(again[folds == 1], level[folds == 1])
    np.testing.assert_array_equal(remade[:, folds == 1], made[:, folds == 1])
    assert not np.allclose(again[folds == 0], level[folds == 0])


def test_letters_by_hand() -> None:
    np.testing.assert_array_equal(encoded(["ACGTN"], 5), [[0, 1, 2, 3, 4]])
    np.testing.assert_array_equal(encoded(["ACGT"], 6, "start"), [[0, 1, 2, 3, 4, 4]])
    np.testing.assert_array_equal(encoded(["ACGT"], 6, "centre"), [[4, 0, 1, 2, 3, 4]])
    np.testing.assert_array_equal(encoded(["ACGT"], 6, "end"), [[4, 4, 0, 1, 2, 3]])
    np.testing.assert_array_equal(encoded(["ACGT"], 2, "start"), [[0, 1]])
    np.testing.assert_array_equal(encoded(["ACGT"], 2, "centre"), [[1, 2]])
    np.testing.assert_array_equal(encoded(["ACGT"], 2, "end"), [[2, 3]])
    words = kmers(encoded(["ACACN"], 5), 2)[0]
    assert words[1] == pytest.approx(2 / 3)  # AC
    assert words[4] == pytest.approx(1 / 3)  # CA; CN is no word
    assert not kmers(encoded(["A"], 1), 2).any()


def test_levels_by_hand() -> None:
    truth = np.array([1.0, 2.0, 3.0, 10.0, 11.0, 12.0])
    folds = np.array([0, 0, 0, 1, 1, 1])
    base = np.where(folds == 0, 11.0, 2.0)
    r, r2 = bootstrap_levels(truth, truth - 5, base, folds)
    assert r.mean == pytest.approx(1)
    assert r2.mean == pytest.approx(1 - 6 * 25 / ((truth - base) ** 2).sum())
    none, zero = bootstrap_levels(truth, base, base, folds)
    assert none.mean == 0
    assert zero.mean == 0


def test_models_go_by_name() -> None:
    with pytest.raises(UsageError, match="nearest: rnn"):
        model_named("rn")
