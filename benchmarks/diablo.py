"""Components that blocks share with classes: planted ones, mixOmics' subtypes of breast cancer, tissues of cell lines.

    python benchmarks/diablo.py [--sections planted subtypes tissues] [--mixomics CHECKOUT] [--rscript Rscript]

`CHECKOUT` is a copy of mixOmics' repository; its functions run beside ours, and the section `subtypes` takes its data
set breast.TCGA (`diablo_peer.R` names what R needs). The section `tissues` needs the data folder (`DRUGEXP_DATA`) with
the sets `gdsc_ccle` and `methylation`.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from integration import Blocks, Concatenated, matched, planted_factors, real_blocks, rows, settings
from sklearn.cross_decomposition import PLSRegression
from sklearn.linear_model import LogisticRegressionCV
from sklearn.metrics import balanced_accuracy_score
from sklearn.preprocessing import StandardScaler

from drugexp_omics.diablo.classes import BETWEEN, fit_diablo
from drugexp_omics.diablo.cross_validated import cross_validate
from drugexp_omics.pls.covarying import ALL, KEEP
from drugexp_omics.pls.learning import fit_block_pls

SEEDS, CELLS, NEW = 10, 150, 100
SIZES = {"copy_number": 150, "expression": 300, "mutation": 150}
DRAWS = 2000


def planted_classes(seed: int) -> tuple[Blocks, np.ndarray, np.ndarray]:
    """Return blocks, the two components that tell three classes apart, and the classes.

    A tenth of the features carry each; three tenths follow two stronger factors of no class, which all blocks share.
    """
    rng = np.random.default_rng(seed)
    code = rng.integers(3, size=CELLS + NEW)
    corner = np.array([[1.6, 0.0], [-0.8, 1.1], [-0.8, -1.1]])
    truth = corner[code] + 0.4 * rng.normal(size=(len(code), 2))
    other = 1.5 * rng.normal(size=(len(code), 2))
    blocks = {}
    for name, size in SIZES.items():
        own = np.sign(rng.normal(size=(2, size))) * (rng.random((2, size)) < 0.1)
        rest = rng.normal(size=(2, size)) * (rng.random(size) < 0.3)
        blocks[name] = truth @ own + other @ rest + rng.normal(size=(len(code), size))
    return blocks, truth, np.array(list("abc"))[code]


Told = tuple[np.ndarray, np.ndarray]
"""Components of the training cells, and the classes of new ones."""


def by_diablo(blocks: Blocks, classes: np.ndarray, new: Blocks, keep: Sequence[int] = KEEP) -> Told:
    """Ours."""
    fitted = fit_diablo(blocks, classes, components=2, keep=keep)
    told = np.array(fitted.classes)[fitted.probability(new).argmax(axis=1)]
    return fitted.pls.scores(blocks).values, told


def by_pls(blocks: Blocks, classes: np.ndarray, new: Blocks) -> Told:
    """PLS-DA of all blocks side by side, holes at the mean."""
    side = Concatenated(blocks, 2)
    names = np.unique(classes)
    fitted = PLSRegression(2, scale=False).fit(side._joined(blocks), (classes[:, None] == names).astype(float))
    return np.asarray(fitted.x_scores_), names[fitted.predict(side._joined(new)).argmax(axis=1)]


def by_components(blocks: Blocks, classes: np.ndarray, new: Blocks) -> Told:
    """Principal components of all blocks, which know no class, and logistic regression on these."""
    side = Concatenated(blocks, 2)
    fitted = _logistic(side.values(blocks), classes)
    return side.values(blocks), fitted(side.values(new))


def _logistic(values: np.ndarray, classes: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    scale = StandardScaler().fit(values)
    model = LogisticRegressionCV(Cs=8, cv=3, max_iter=3000, class_weight="balanced", tol=1e-3)
    model.fit(scale.transform(values), classes)
    return lambda new: np.asarray(model.predict(scale.transform(new)))


class MixOmics:
    """mixOmics in R.

    Parameters
    ----------
    rscript
        The program.
    checkout
        Folder of its repository.
    """

    def __init__(self, rscript: str, checkout: str) -> None:
        self.command = [rscript, str(Path(__file__).parent / "diablo_peer.R"), checkout]

    def data(self) -> dict[str, pd.DataFrame]:
        """Return the tables of breast.TCGA."""
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([*self.command, folder, "data"], check=True, capture_output=True)
            return {path.stem: pd.read_csv(path, index_col=0) for path in sorted(Path(folder).glob("*.csv"))}

    def run(
        self, blocks: Blocks, classes: np.ndarray, new: Blocks, keep: str = "all", components: int = 2
    ) -> tuple[dict[str, np.ndarray], pd.DataFrame]:
        """Return scores by block, and the classes of new cells by centroids and by Mahalanobis distance."""
        with tempfile.TemporaryDirectory() as folder:
            for name, values in blocks.items():
                pd.DataFrame(values).add_prefix("f").to_csv(Path(folder) / f"{name}.csv")
            for name, values in new.items():
                pd.DataFrame(values).add_prefix("f").to_csv(Path(folder) / f"new_{name}.csv")
            pd.DataFrame({"class": classes}).to_csv(Path(folder) / "classes.csv")
            asked = [folder, ",".join(blocks), str(components), keep]
            subprocess.run([*self.command, *asked], check=True, capture_output=True)
            read = {n: pd.read_csv(Path(folder) / f"score_{n}.csv", index_col=0).to_numpy() for n in blocks}
            return read, pd.read_csv(Path(folder) / "told.csv", index_col=0)


def planted(peer: MixOmics | None) -> list[str]:
    """Return the tables of planted components, with and without classes."""
    ways: dict[str, Callable[[Blocks, np.ndarray, Blocks], Told]] = {
        "principal components of all blocks": by_components,
        "PLS-DA of all blocks side by side": by_pls,
        "`diablo`": by_diablo,
        "`diablo`, all features": lambda b, c, n: by_diablo(b, c, n, (ALL,)),
    }
    if peer is not None:

        def theirs(blocks: Blocks, classes: np.ndarray, new: Blocks, keep: str = "all") -> Told:
            score, told = peer.run(blocks, classes, new, keep)
            whole = sum((s / np.nanstd(s, axis=0) for s in score.values()), start=np.zeros((len(classes), 2)))
            return np.nan_to_num(whole), told["mahalanobis.dist"].to_numpy(dtype=str)

        right = ",".join(f"{name}={size // 10}:{size // 10}" for name, size in SIZES.items())
        ways["mixOmics, all features"] = theirs
        ways["mixOmics, told how many features there are"] = lambda b, c, n: theirs(b, c, n, right)
    found: dict[str, dict[str, list[tuple[float, float, float]]]] = {way: {} for way in ways}
    for seed in range(SEEDS):
        blocks, truth, classes = planted_classes(seed)
        new = rows(blocks, slice(CELLS, None))
        for setting, given in settings(rows(blocks, slice(CELLS)), seed).items():
            with_noise = {**new, "protein": np.random.default_rng(seed + 99).normal(size=(NEW, 500))}
            for way, fit in ways.items():
                own, told = fit(given, classes[:CELLS], with_noise if "protein" in given else new)
                wrong = 1 - balanced_accuracy_score(classes[CELLS:], told)
                found[way].setdefault(setting, []).append(
                    (matched(own, truth[:CELLS]).mean(), canonical(own, truth[:CELLS]), wrong)
                )
    names = list(next(iter(found.values())))
    lines = [
        "## Planted components of classes",
        "",
        f"Three classes of {CELLS} cells, told apart by two components, in blocks of "
        f"{', '.join(f'{v} ({k})' for k, v in SIZES.items())} features, of which a tenth carry each; three tenths "
        "follow two stronger factors that all blocks share and that say nothing of classes. |r| of a planted component "
        f"with the found one that it is matched with, mean of both; mean and least of {SEEDS} seeds. Then that with "
        "the plane of the found ones: two components that tell about as much may be turned in it. Then the balanced "
        f"error rate of {NEW} new cells, mean and greatest (0.667 for one class throughout). Noise is a further block "
        "of 500 features.",
        "",
    ]
    for at, (title, worst) in enumerate((("\\|r\\|", min), ("canonical r", min), ("error", max))):
        lines += [f"| {title} | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
        for way, row in found.items():
            cells = [f"{np.mean([x[at] for x in row[n]]):.3f} ({worst(x[at] for x in row[n]):.3f})" for n in names]
            lines.append(f"| {way} | {' | '.join(cells)} |")
        lines.append("")
    return [*lines, *_shared()]


def canonical(found: np.ndarray, truth: np.ndarray) -> float:
    """Return the mean correlation of the planted components with the plane of the found ones."""
    near = found @ np.linalg.lstsq(found - found.mean(axis=0), truth - truth.mean(axis=0), rcond=None)[0]
    return float(np.mean([np.corrcoef(near[:, k], truth[:, k])[0, 1] for k in range(truth.shape[1])]))


def _shared() -> list[str]:
    """Return the table of components that blocks share, no class given."""
    names, cells = [], []
    for setting in settings(rows(planted_factors(0)[0], slice(CELLS)), 0):
        r, count, new = [], [], []
        for seed in range(SEEDS):
            blocks, z = planted_factors(seed)
            fitted = fit_block_pls(settings(rows(blocks, slice(CELLS)), seed)[setting])
            later = rows(blocks, slice(CELLS, None))
            if "protein" in fitted.scales:
                later["protein"] = np.random.default_rng(seed + 99).normal(size=(len(later["expression"]), 500))
            count.append(fitted.components == 2)
            r.append(matched(fitted.scores(settings(rows(blocks, slice(CELLS)), seed)[setting]).values, z[:CELLS, :2]))
            new.append(matched(fitted.scores(later).values, z[CELLS:, :2]))
        names.append(setting)
        cells.append(f"{np.mean(r):.3f} ({np.min(np.mean(r, axis=1)):.3f}); {np.mean(new):.3f}; {np.mean(count):.1f}")
    return [
        "## Planted components that blocks share",
        "",
        "`block_pls` on the planted factors of [integration](integration.md): the two that more than one block holds. "
        f"|r|, mean and least of {SEEDS} seeds; that of new cells; and how often it counts two.",
        "",
        f"| {' | '.join(names)} |",
        "|---" * len(names) + "|",
        f"| {' | '.join(cells)} |",
        "",
    ]


PUBLISHED = "mrna=8:25,mirna=14:5,protein=10:5"
"""Features that mixOmics' own case study of these data keeps, of each block and component."""


def subtypes(peer: MixOmics | None) -> list[str]:
    """Return what is found in breast.TCGA, beside mixOmics."""
    if peer is None:
        raise SystemExit("the section subtypes needs --mixomics and --rscript")
    data = peer.data()
    blocks = {n: data[f"train_{n}"].to_numpy(float) for n in ("mirna", "mrna", "protein")}
    new = {n: data[f"test_{n}"].to_numpy(float) for n in ("mirna", "mrna")}
    classes, truth = (data[f"{part}_subtype"].iloc[:, 0].to_numpy(dtype=str) for part in ("train", "test"))
    held = cross_validate(blocks, classes, components=[1, 2, 3], keep=KEEP, between=BETWEEN, shuffles=10)
    rows_of: list[tuple[str, np.ndarray]] = [("one class throughout", np.full(len(truth), "LumA"))]
    side = np.hstack([blocks["mirna"], blocks["mrna"]])
    rows_of.append(
        ("logistic regression, mRNA and miRNA", _logistic(side, classes)(np.hstack([new["mirna"], new["mrna"]])))
    )
    mixed = np.random.default_rng(0).permutation(classes)
    for name, outcome, keep in (
        ("`diablo`, shuffled classes", mixed, KEEP),
        ("`diablo`", classes, KEEP),
        ("`diablo`, 25 features of each", classes, (25,)),
    ):
        fitted = fit_diablo(blocks, outcome, components=held.chosen, keep=keep)
        rows_of.append((name, np.array(fitted.classes)[fitted.probability(new).argmax(axis=1)]))
    agreed = []
    for words, keep in (("as published", PUBLISHED), ("all features", "all")):
        score, told = peer.run(blocks, classes, new, keep)
        for how in told:
            rows_of.append((f"mixOmics, {words}, {how}", told[how].to_numpy(dtype=str)))
        ours = fit_diablo(blocks, classes, components=2, keep=(ALL,)).pls.block_scores(blocks)[0]
        if keep == "all":
            agreed = [
                f"{n} {', '.join(f'{abs(np.corrcoef(ours[:, k, b], score[n][:, k])[0, 1]):.3f}' for k in range(2))}"
                for b, n in enumerate(sorted(blocks))
            ]
    rng = np.random.default_rng(0)
    lines = [
        "## Subtypes of breast cancer (breast.TCGA of mixOmics)",
        "",
        f"{len(classes)} tumours with mRNA, miRNA and protein, {len(truth)} others without protein; three subtypes. "
        f"Within the first, five folds: balanced error rate by 1, 2, 3 components {_listed(held.error)}, chosen "
        f"{held.chosen}; shuffled classes {held.shuffled.mean():.3f} (least of ten {held.shuffled.min():.3f}). Of the "
        "others, with 95% intervals that draw tumours again:",
        "",
        "| | balanced error rate |",
        "|---|---|",
    ]
    for name, told in rows_of:
        lines.append(f"| {name} | {_error(truth, told, rng)} |")
    said = "; ".join(agreed)
    return [*lines, "", f"|r| of the first and second scores with those of mixOmics, all features kept: {said}.", ""]


def _listed(values: np.ndarray) -> str:
    return ", ".join(f"{v:.3f}" for v in values)


def _error(truth: np.ndarray, told: np.ndarray, rng: np.random.Generator) -> str:
    code = np.unique(truth, return_inverse=True)[1]
    right = (told == truth).astype(float)

    def rate(at: np.ndarray) -> float:
        size = np.bincount(code[at])
        has = size > 0
        return float(1 - (np.bincount(code[at], right[at])[has] / size[has]).mean())

    drawn = [rate(rng.integers(len(truth), size=len(truth))) for _ in range(DRAWS)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return f"{rate(np.arange(len(truth))):.3f} [{low:.3f}, {high:.3f}]"


def tissues(_: MixOmics | None) -> list[str]:
    """Return how well tissues of held-out cell lines are told."""
    blocks, tissue = real_blocks()
    fold = np.random.default_rng(0).permutation(len(tissue)) % 3
    mixed = np.random.default_rng(1).permutation(tissue)
    alone: Mapping[str, Blocks] = {n: {n: blocks[n]} for n in blocks}
    whole = sorted(blocks)

    def linear(given: Blocks, classes: np.ndarray, new: Blocks) -> np.ndarray:
        ready = Concatenated(given, 100)
        return _logistic(ready.values(given), classes)(ready.values(new))

    def ours(given: Blocks, classes: np.ndarray, new: Blocks) -> np.ndarray:
        fitted = fit_diablo(given, classes, components=15)
        return np.array(fitted.classes)[fitted.probability(new).argmax(axis=1)]

    lines = [
        "## Tissues of real cell lines",
        "",
        f"{len(tissue)} lines of GDSC of {len(set(tissue))} tissues, in the blocks of [integration](integration.md). "
        "Balanced error rate of held-out lines, three folds; 95% intervals draw lines again. Logistic regression: on "
        "100 principal components, penalty by cross-validation. `diablo`: 15 components. One tissue throughout has "
        f"{1 - 1 / len(set(tissue)):.3f}.",
        "",
        "| | logistic regression | `diablo` | `diablo`, shuffled tissues | seconds |",
        "|---|---|---|---|---|",
    ]
    rng = np.random.default_rng(0)
    for name, given in {**{f"{n} alone": b for n, b in alone.items()}, f"{', '.join(whole)}": blocks}.items():
        told = {way: np.empty(len(tissue), dtype=tissue.dtype) for way in ("linear", "ours", "none")}
        took = 0.0
        for one in range(3):
            train, test = fold != one, fold == one
            told["linear"][test] = linear(rows(given, train), tissue[train], rows(given, test))
            begun = time.perf_counter()
            told["ours"][test] = ours(rows(given, train), tissue[train], rows(given, test))
            took += (time.perf_counter() - begun) / 3
            told["none"][test] = ours(rows(given, train), mixed[train], rows(given, test))
        cells = [_error(tissue, told["linear"], rng), _error(tissue, told["ours"], rng)]
        lines.append(f"| {name} | {' | '.join(cells)} | {_error(mixed, told['none'], rng)} | {took:.1f} |")
        print(lines[-1], flush=True)
    return [*lines, ""]


def main() -> None:
    """Write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sections", nargs="+", default=["planted", "subtypes", "tissues"])
    parser.add_argument("--mixomics", default="", help="a checkout of mixOmics' repository")
    parser.add_argument("--rscript", default="Rscript")
    parser.add_argument("-o", "--output", type=Path, default=Path("benchmarks/results/diablo.md"))
    asked = parser.parse_args()
    peer = MixOmics(asked.rscript, asked.mixomics) if asked.mixomics else None
    made = {"planted": planted, "subtypes": subtypes, "tissues": tissues}
    lines = [line for section in asked.sections for line in made[section](peer)]
    asked.output.write_text("\n".join(["# Components of classes", "", *lines]))
    print("\n".join(lines))


if __name__ == "__main__":
    main()
