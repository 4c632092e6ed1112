"""`drugexp baseline evaluate`: blocks in, scores beside the gene's mean; mistakes are sentences."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from drugexp import api
from drugexp.biology.baseline.board import BaselineBoard
from drugexp.errors import InputError, UsageError
from drugexp.intake.omics.sources import kind_and_part

CELLS = [f"L{i:02d}" for i in range(40)]
GENES = [f"GENE{i}" for i in range(12)]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder where methylation silences genes and copies raise them a little."""
    rng = np.random.default_rng(4)
    folder = tmp_path_factory.mktemp("baseline")
    m, c = rng.normal(size=(40, 12)), rng.normal(size=(40, 12))
    noise = 0.3 * rng.normal(size=(40, 12))
    _table(7 + rng.normal(size=12) - 0.9 * m + 0.4 * c + noise).to_csv(folder / "expression.csv")
    _table(1 / (1 + 2.0**-m)).drop(index=CELLS[0]).to_csv(folder / "methylation.csv")
    _table(0.3 * c).to_csv(folder / "copies.csv")
    _table(rng.uniform(size=(40, 12))).to_csv(folder / "noise.csv")
    tissues = pd.DataFrame({"cell": CELLS[:38], "tissue": [f"T{i % 8}" for i in range(38)]})
    tissues.to_csv(folder / "tissues.csv", index=False)
    return folder


def _table(values: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(values.round(4), index=pd.Index(CELLS, name="cell"), columns=GENES)


def _mean(board: BaselineBoard, label: str, measure: str = "r2_over_gene_mean") -> float:
    return next(row for row in board.rows if row.label == label).interval(measure).mean


def test_each_block_adds_what_was_planted(made: Path) -> None:
    blocks = {"methylation": made / "methylation.csv", "copy_number": made / "copies.csv"}
    board = api.evaluate_baseline(made / "expression.csv", blocks, tissues=made / "tissues.csv", folds=4)
    assert len(board.cells) == 39
    assert any("2 of 39 cells have no tissue" in note for note in board.notes)
    assert _mean(board, "gene's training mean") == 0
    one, both = _mean(board, "ridge: methylation"), _mean(board, "ridge: methylation + copy_number")
    # of the planted variance beyond a gene's mean, .81 is methylation's, .16 that of copies, .09 noise
    assert 0.6 < one < both
    assert both > 0.85
    assert _mean(board, "ridge: methylation + copy_number, cells shuffled") < 0.1


def test_a_block_of_noise_tells_nothing(made: Path, cli) -> None:
    done = cli("baseline", "evaluate", made / "expression.csv", "--block", f"methylation={made / 'noise.csv'}")
    assert done.code == 0
    assert "tells no more of a gene than its mean does" in done.out


def test_scores_are_written_and_told(made: Path, cli, tmp_path: Path) -> None:
    asked = ("baseline", "evaluate", made / "expression.csv", "--block", f"methylation={made / 'methylation.csv'}")
    done = cli(*asked, "-o", "scores.csv", "--json")
    told = json.loads(done.out)
    assert "of what the gene's mean leaves open" in told["verdict"]
    assert "39 of 40 cells have all blocks" in done.err
    scores = pd.read_csv(tmp_path / "scores.csv")
    assert list(scores) == ["model", "measure", "value", "low", "high"]
    assert len(scores) == len(told["scores"]) == 4 * 3
    assert cli(*asked, "-o", "scores.md", "--quiet").code == 0
    assert "| ridge: methylation |" in (tmp_path / "scores.md").read_text()


@pytest.mark.parametrize("model", ["svm", "forest"])
def test_other_models_find_it_too(made: Path, model: str) -> None:
    pytest.importorskip("sklearn")
    blocks = {"methylation": made / "methylation.csv"}
    board = api.evaluate_baseline(made / "expression.csv", blocks, models=(model,))
    assert _mean(board, f"{model}: methylation") > 0.3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--model", "ridgee"), "nearest: ridge"),
        (("--block", "expression=copies.csv"), "no block to tell it from"),
        (("--block", "methylaton=methylation.csv"), "nearest: methylation"),
        (("-o", "scores.docx"), ".parquet"),
    ],
)
def test_mistakes_are_sentences(made: Path, cli, arguments: tuple[str, str], words: str) -> None:
    told = [a.replace("=", f"={made}/") for a in arguments]
    done = cli("baseline", "evaluate", made / "expression.csv", "--block", f"copy_number={made / 'copies.csv'}", *told)
    assert done.code == 2
    assert words in " ".join(done.err.split())


def test_too_little_in_common_is_said(made: Path, tmp_path: Path) -> None:
    table = pd.read_csv(made / "copies.csv", index_col=0)
    table.rename(columns=lambda name: f"X{name}").to_csv(tmp_path / "others.csv")
    with pytest.raises(InputError, match="0 genes stand in all blocks"):
        api.evaluate_baseline(made / "expression.csv", {"copy_number": tmp_path / "others.csv"})
    table.head(6).to_csv(tmp_path / "few.csv")
    with pytest.raises(InputError, match="6 of 40 cells have all of expression, copy_number"):
        api.evaluate_baseline(made / "expression.csv", {"copy_number": tmp_path / "few.csv"})
    with pytest.raises(InputError, match="too few for 41 folds"):
        api.evaluate_baseline(made / "expression.csv", {"copy_number": made / "copies.csv"}, folds=41)
    with pytest.raises(UsageError, match="at least one model and one block"):
        api.evaluate_baseline(made / "expression.csv", {})


def test_promoters_and_bodies_of_genes_are_blocks_of_their_own(tmp_path: Path, made: Path) -> None:
    """Methylation of promoters silences and that of bodies does not: each is summed up by the genes' places."""
    m = pd.read_csv(made / "methylation.csv", index_col=0)
    regions = pd.DataFrame(index=m.index)
    for at, gene in enumerate(GENES):
        start = 100_000 * (at + 1)
        regions[f"chr1:{start - 200}-{start + 100}"] = m[gene]
        regions[f"chr1:{start + 5000}-{start + 6000}"] = 0.5
    regions.to_csv(tmp_path / "regions.csv")
    places = [(g, "chr1", 100_000 * (i + 1), 100_000 * (i + 1) + 20_000, "+") for i, g in enumerate(GENES)]
    columns = ["gene", "chromosome", "start", "end", "strand"]
    pd.DataFrame(places, columns=columns).to_csv(tmp_path / "places.csv", index=False)
    blocks = {f"methylation_{part}": tmp_path / "regions.csv" for part in ("body", "promoter")}
    board = api.evaluate_baseline(made / "expression.csv", blocks, places=tmp_path / "places.csv")
    assert board.genes == tuple(sorted(GENES))
    assert _mean(board, "ridge: methylation_body + methylation_promoter") > 0.6
    assert kind_and_part("copy_number") == ("copy_number", None)
    assert kind_and_part("chromatin_body") == ("chromatin", "body")


def test_new_cells_are_told_from_what_they_have(made: Path, cli, tmp_path: Path) -> None:
    train, new = CELLS[:30], CELLS[30:]
    truth = pd.read_csv(made / "expression.csv", index_col=0)
    for name in ("methylation", "copies", "expression"):
        table = pd.read_csv(made / f"{name}.csv", index_col=0)
        table.loc[[c for c in table.index if c in train]].to_csv(tmp_path / f"{name}.csv")
        table.loc[new].drop(index=new[:3] if name == "copies" else []).to_csv(tmp_path / f"new_{name}.csv")
    asked = ["baseline", "predict", "expression.csv", "--block", "methylation=methylation.csv"]
    asked += ["--block", "copy_number=copies.csv", "--new", "methylation=new_methylation.csv"]
    done = cli(*asked, "--new", "copy_number=new_copies.csv", "-o", "out.csv")
    assert done.code == 0, done.err
    found = pd.read_csv(tmp_path / "out.csv", index_col=0)
    assert list(found.index) == new
    assert "3 new cells are told from methylation:" in done.err
    assert "7 new cells are told from methylation and copy_number" in done.err
    left = (truth.loc[new] - found) ** 2
    mean = (truth.loc[new] - truth.loc[train].mean()) ** 2
    assert left.iloc[3:].to_numpy().mean() < 0.15 * mean.to_numpy().mean()
    assert left.iloc[3:].to_numpy().mean() < left.iloc[:3].to_numpy().mean() < 0.5 * mean.to_numpy().mean()
    skill = pd.read_csv(tmp_path / "out.skill.csv")
    by = skill.groupby("blocks")["error"].mean()
    assert by["methylation + copy_number"] < by["methylation"]
    # what is said of the error is about what it is
    told = np.sqrt(left.iloc[3:].to_numpy().mean())
    assert by["methylation + copy_number"] == pytest.approx(told, rel=0.4)
    assert skill["from_blocks"].all()


def test_a_gene_that_blocks_do_not_tell_is_told_by_its_mean(made: Path, tmp_path: Path) -> None:
    noise = pd.read_csv(made / "noise.csv", index_col=0)
    known = pd.read_csv(made / "expression.csv", index_col=0)
    noise.iloc[:30].to_csv(tmp_path / "noise.csv")
    noise.iloc[30:].to_csv(tmp_path / "new.csv")
    known.iloc[:30].to_csv(tmp_path / "known.csv")
    blocks = {"methylation": tmp_path / "noise.csv"}
    done = api.predict_baseline(tmp_path / "known.csv", blocks, {"methylation": tmp_path / "new.csv"})
    known = known[done.expression.columns]
    flat = ~done.skill["from_blocks"].to_numpy()
    assert flat.mean() > 0.6
    wanted = np.broadcast_to(known.iloc[:30].mean().to_numpy()[flat], (10, flat.sum()))
    np.testing.assert_allclose(done.expression.to_numpy()[:, flat], wanted, rtol=1e-6)
    assert (done.skill.loc[flat, "r2_over_gene_mean"] == 0).all()


def test_new_cells_must_bring_what_was_learnt(made: Path, tmp_path: Path, cli) -> None:
    blocks = {"methylation": made / "methylation.csv"}
    with pytest.raises(UsageError, match="copy_number"):
        api.predict_baseline(made / "expression.csv", blocks, {"copy_number": made / "copies.csv"})
    pd.DataFrame({"cell": ["a", "b"], "OTHER1": [0.1, 0.2], "OTHER2": [0.3, 0.9]}).to_csv(
        tmp_path / "other.csv", index=False
    )
    asked = ("baseline", "predict", made / "expression.csv", "--block", f"methylation={made / 'methylation.csv'}")
    done = cli(*asked, "--new", "methylation=other.csv", "-o", "out.csv")
    assert done.code == 3
    assert "shares no gene" in done.err
    assert cli(*asked, "--new", "methylation=other.csv", "-o", "out.docx").code == 2


def test_promoters_tell_genes_that_no_model_saw(made: Path, cli, tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    rng = np.random.default_rng(0)
    genes = [f"GENE{i}" for i in range(90)]
    has = rng.random(90) < 0.5
    written = []
    for gene, motif in zip(genes, has, strict=True):
        letters = rng.choice(list("ACGT"), 80)
        if motif:
            letters[10:40] = list("GATTACA" * 4 + "GA")
        written.append(f">{gene}|x\n{''.join(letters)}")
    (tmp_path / "p.fa").write_text("\n".join(written[:-2]))
    level = 6 + 3 * has + 0.3 * rng.normal(size=90)
    cells = pd.DataFrame((level + 0.2 * rng.normal(size=(6, 90))).round(3), index=CELLS[:6], columns=genes)
    cells.rename_axis("cell").to_csv(tmp_path / "e.csv")
    places = pd.DataFrame({"gene": genes, "chromosome": [f"{i % 9 + 1}" for i in range(90)]})
    places.assign(start=1, end=2, strand="+").to_csv(tmp_path / "places.csv", index=False)
    asked = ("baseline", "promoters", "e.csv", "--promoters", "p.fa", "--folds", "3")
    done = cli(*asked, "--places", "places.csv", "-o", "out.csv")
    assert done.code == 0, done.err
    assert "88 of 90 genes have a promoter" in done.err
    assert "linear: promoters order genes with r" in " ".join(done.out.split())
    scores = pd.read_csv(tmp_path / "out.csv").set_index(["model", "measure"])["value"]
    assert scores["linear: promoter", "levels"] > 0.8
    assert abs(scores["linear: promoter, shuffled", "levels"]) < 0.35
    told = json.loads(cli(*asked, "--json").out)
    assert len(told["scores"]) == 9
    alone = cli(*asked)
    assert "--places keeps them apart" in alone.err
    assert cli(*asked, "--align", "middle").code == 2
    assert cli(*asked, "--model", "cnnn").code == 2
    (tmp_path / "few.fa").write_text(">GENE1\nACGT\n>GENE2\nACGG\n")
    few = cli("baseline", "promoters", "e.csv", "--promoters", "few.fa")
    assert few.code == 3
    assert "2 genes have a promoter and were measured" in few.err
