"""Integration of blocks of cells: planted clusters and factors, an outside MOFA, tissues of real cell lines.

    python benchmarks/integration.py [--sections clusters factors tissues] [--peer PYTHON] [--rscript Rscript]

`PYTHON` is the Python of an environment with mofapy2, `Rscript` that of an R with the package MOFA (Debian's
r-bioc-mofa); both run beside ours on the same blocks. The section `tissues` needs the data folder (`DRUGEXP_DATA`)
with the sets `gdsc_ccle` and `methylation`.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_rand_score

from drugexp.intake.cells import cell_key
from drugexp.intake.response_sets import read_response_set
from drugexp_omics.clusters import k_means
from drugexp_omics.factors.mofa import fit_mofa
from drugexp_omics.icluster.clustering import fit_icluster
from drugexp_omics.snf.network import CLUSTERS, fit_snf

Blocks = dict[str, np.ndarray]
SEEDS, CELLS, NEW, GROUPS, FACTORS = 10, 150, 100, 4, 4
SIZES = {"copy_number": 150, "expression": 300, "mutation": 150}
MISSING = 1 / 3
"""Share of the cells that lack expression, where some do."""


def planted_clusters(seed: int, apart: float) -> tuple[Blocks, np.ndarray]:
    """Return blocks of which each takes two clusters for one, and the clusters; a fifth of the features tell."""
    rng = np.random.default_rng(seed)
    label = rng.integers(GROUPS, size=CELLS + NEW)
    blocks = {}
    for b, (name, size) in enumerate(SIZES.items()):
        centre = apart * rng.normal(size=(GROUPS, size)) * (rng.random(size) < 0.2)
        centre[b % GROUPS] = centre[(b + 1) % GROUPS]
        blocks[name] = centre[label] + rng.normal(size=(len(label), size))
    blocks["mutation"] = (blocks["mutation"] > 1).astype(float)
    return blocks, label


def planted_factors(seed: int) -> tuple[Blocks, np.ndarray]:
    """Return blocks and factors: one in all blocks, one in two, one in expression alone, one in mutation alone."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(CELLS + NEW, FACTORS))
    active = {"copy_number": (1, 1, 0, 0), "expression": (1, 1, 1, 0), "mutation": (1, 0, 0, 1)}
    blocks = {}
    for name, size in SIZES.items():
        w = rng.normal(size=(FACTORS, size)) * (rng.random((FACTORS, size)) < 0.2) * np.array(active[name])[:, None]
        blocks[name] = z @ w + rng.normal(size=(len(z), size))
    odds = 2 * (blocks["mutation"] - rng.normal(size=blocks["mutation"].shape))
    blocks["mutation"] = (rng.random(odds.shape) < 1 / (1 + np.exp(1 - odds))).astype(float)
    return blocks, z


def rows(blocks: Blocks, at: np.ndarray | slice) -> Blocks:
    """Return some cells."""
    return {name: values[at] for name, values in blocks.items()}


def settings(blocks: Blocks, seed: int) -> dict[str, Blocks]:
    """Return the blocks of the training cells as they are, beside noise, and with holes."""
    rng = np.random.default_rng([seed, 1])
    count = len(next(iter(blocks.values())))
    holes = {name: values.copy() for name, values in blocks.items()}
    holes["expression"][rng.random(count) < MISSING] = np.nan
    mosaic = {name: values.copy() for name, values in blocks.items()}
    lacks = rng.integers(len(blocks), size=count)
    for b, values in enumerate(mosaic.values()):
        values[lacks == b] = np.nan
    return {
        "all": blocks,
        "noise": {**blocks, "protein": rng.normal(size=(count, 500))},
        "a third lack expression": holes,
        "each lacks one block": mosaic,
    }


class Concatenated:
    """Principal components of all blocks side by side, each of the same weight; holes at the mean of the training."""

    def __init__(self, blocks: Blocks, dimensions: int) -> None:
        self.names = sorted(blocks)
        self.mean = {n: np.nanmean(blocks[n], axis=0) for n in self.names}
        self.spread = {n: np.maximum(np.nanstd(blocks[n], axis=0), 1e-9) for n in self.names}
        joined = self._joined(blocks)
        self.turn = np.linalg.svd(joined, full_matrices=False)[2][:dimensions].T

    def values(self, blocks: Blocks) -> np.ndarray:
        """Return (cell, component)."""
        return self._joined(blocks) @ self.turn

    def _joined(self, blocks: Blocks) -> np.ndarray:
        count = len(next(iter(blocks.values())))
        parts = []
        for name in self.names:
            own = blocks.get(name, np.full((count, len(self.mean[name])), np.nan))
            parts.append(np.nan_to_num((own - self.mean[name]) / self.spread[name]) / np.sqrt(len(self.mean[name])))
        return np.hstack(parts)


def by_k_means(fit: Callable[[Blocks], Callable[[Blocks], np.ndarray]]) -> Callable[[Blocks, int], Labels]:
    """Return a way to cluster: k-means on a description, new cells by the nearest centre."""

    def cluster(blocks: Blocks, number: int) -> Labels:
        describe = fit(blocks)
        label, centre = k_means(describe(blocks), number)
        return label, lambda new: ((describe(new)[:, None] - centre) ** 2).sum(axis=2).argmin(axis=1), None

    return cluster


Labels = tuple[np.ndarray, Callable[[Blocks], np.ndarray], int | None]
"""Clusters of the training cells, those of new cells, and how many were found where the number was not given."""


def _snf(blocks: Blocks, number: int) -> Labels:
    fitted = fit_snf(blocks, clusters=number)
    return fitted.cluster, lambda new: fitted.labels(new)[0], fit_snf(blocks, clusters=CLUSTERS).clusters


def _icluster(blocks: Blocks, number: int) -> Labels:
    fitted = fit_icluster(blocks, clusters=[number])
    return fitted.labels(blocks), fitted.labels, fit_icluster(blocks).clusters


def _mofa(blocks: Blocks) -> Callable[[Blocks], np.ndarray]:
    fitted = fit_mofa(blocks)
    return lambda new: fitted.scores(new).values


WAYS: dict[str, Callable[[Blocks, int], Labels]] = {
    "components of expression alone, k-means": by_k_means(
        lambda b: Concatenated({"expression": b["expression"]}, GROUPS - 1).values
    ),
    "components of all blocks, k-means": by_k_means(lambda b: Concatenated(b, GROUPS - 1).values),
    "`mofa`, k-means": by_k_means(_mofa),
    "`snf`": _snf,
    "`icluster`": _icluster,
}


def clusters() -> list[str]:
    """Return the tables of planted clusters."""
    lines = [
        "## Planted clusters",
        "",
        f"{GROUPS} clusters of {CELLS} cells, in blocks of {', '.join(f'{v} ({k})' for k, v in SIZES.items())} "
        f"features, mutation 0 or 1; a fifth of the features tell, and each block takes two clusters for one. "
        f"Adjusted Rand index, mean and least of {SEEDS} seeds, the number of clusters given; noise is a further block "
        f"of 500 features. Chance is 0. New: {NEW} cells that no fit saw. Counted: how often the right number is "
        "found where it is not given.",
        "",
    ]
    for apart in (1.0, 0.6):
        found: dict[str, dict[str, list[float]]] = {way: {} for way in WAYS}
        for seed in range(SEEDS):
            blocks, label = planted_clusters(seed, apart)
            training, new = rows(blocks, slice(CELLS)), rows(blocks, slice(CELLS, None))
            for setting, given in settings(training, seed).items():
                for way, cluster in WAYS.items():
                    begun = time.perf_counter()
                    own, place, number = cluster(given, GROUPS)
                    took = time.perf_counter() - begun
                    note = found[way].setdefault
                    note(setting, []).append(adjusted_rand_score(label[:CELLS], own))
                    if setting == "all":
                        note("seconds", []).append(took)
                        note("new", []).append(adjusted_rand_score(label[CELLS:], place(new)))
                        note("counted", []).append(np.nan if number is None else number == GROUPS)
                        less = {name: values for name, values in new.items() if name != "copy_number"}
                        try:
                            note("new without copies", []).append(adjusted_rand_score(label[CELLS:], place(less)))
                        except ValueError:
                            note("new without copies", []).append(np.nan)
        lines += _table(f"centres {apart:g} apart", found, least=True)
    return lines


def matched(found: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return |r| of each true factor with the found one it is matched with, each used once."""
    k = found.shape[1]
    with np.errstate(invalid="ignore", divide="ignore"):  # a factor may be 0 throughout
        r = np.abs(np.nan_to_num(np.corrcoef(np.hstack([found, truth]).T)[:k, k:]))
    at = linear_sum_assignment(-r)
    out = np.zeros(truth.shape[1])
    out[at[1]] = r[at]
    return out


def factors(peers: dict[str, str]) -> list[str]:
    """Return the table of planted factors, with those of others where there are any."""
    ways: dict[str, Callable[[Blocks], np.ndarray]] = {
        "components of all blocks": lambda b: Concatenated(b, 10).values(b),
        "`icluster`, 5 clusters": lambda b: fit_icluster(b, clusters=[FACTORS + 1]).scores(b).values,
        "`mofa`": lambda b: fit_mofa(b).scores(b).values,
    }
    ways |= {name: (lambda b, name=name: outside(name, peers[name], b, 10)) for name in peers}
    found: dict[str, dict[str, list[float]]] = {way: {} for way in ways}
    agreed: dict[str, list[np.ndarray]] = {name: [] for name in peers}
    for seed in range(SEEDS):
        blocks, z = planted_factors(seed)
        for setting, given in settings(rows(blocks, slice(CELLS)), seed).items():
            own = {}
            for way, describe in ways.items():
                begun = time.perf_counter()
                own[way] = describe(given)
                found[way].setdefault(setting, []).append(matched(own[way], z[:CELLS]).mean())
                if setting == "all":
                    found[way].setdefault("seconds", []).append(time.perf_counter() - begun)
                    found[way].setdefault("dimensions", []).append(own[way].shape[1])
            for name in peers:
                agreed[name].append(matched(own["`mofa`"], own[name]))
    lines = [
        "## Planted factors",
        "",
        f"{FACTORS} factors of {CELLS} cells in the same blocks: one in all, one in copies and expression, one in "
        "expression alone, one in mutation alone; a fifth of the features carry one. |r| of a planted factor with the "
        f"found one that it is matched with, mean over factors; mean and least of {SEEDS} seeds.",
        "",
        *_table("", found, least=True),
    ]
    for name, parts in agreed.items():
        every = np.concatenate(parts)
        lines += [
            f"Each factor of {name} has one of `mofa` with |r| of {np.median(every):.3f} in the median, "
            f"{np.quantile(every, 0.05):.3f} at the 5th percentile (all settings and seeds, {len(every)} factors).",
            "",
        ]
    return lines


def outside(name: str, program: str, blocks: Blocks, number: int, seed: int = 1) -> np.ndarray:
    """Return the factors of another program, (cell, factor), of standardised features."""
    here = Path(__file__).parent
    with tempfile.TemporaryDirectory() as folder:
        ready = {n: v if _bits(v) else (v - np.nanmean(v, 0)) / np.nanstd(v, 0) for n, v in sorted(blocks.items())}
        if name == "MOFA in R":
            for block, values in ready.items():
                np.savetxt(Path(folder) / f"{block}.csv", values, delimiter=",")
            command = [program, here / "integration_peer.R", folder, ",".join(ready), str(number), str(seed)]
            subprocess.run(command, check=True, capture_output=True)
            found = np.genfromtxt(Path(folder) / "factors.csv", delimiter=",", ndmin=2)
            return np.nan_to_num(found)  # NA: a cell lacks all blocks that the factor is in; 0 is the prior's mean
        np.savez(Path(folder) / "in.npz", factors=number, seed=seed, **ready)
        command = [program, here / "integration_peer.py", f"{folder}/in.npz", f"{folder}/out.npz"]
        subprocess.run(command, check=True, capture_output=True)
        return np.load(f"{folder}/out.npz")["factors"]


def _bits(values: np.ndarray) -> bool:
    return bool(np.isin(values[np.isfinite(values)], (0, 1)).all())


def real_blocks(top: int = 1000) -> tuple[Blocks, np.ndarray]:
    """Return blocks of GDSC cell lines of known tissue, and the tissues; those of fewer than ten lines are left out."""
    read = read_response_set("gdsc_ccle")
    tables = {name: table.set_axis(map(cell_key, table.index)) for name, table in read.blocks.items()}
    tables = {name: table[~table.index.duplicated(keep=False)] for name, table in tables.items()}
    sites = {cell_key(name): site for name, site in read.tissues.items()}
    cells = [c for c in tables["expression"].index if c in sites]
    tissue = np.array([sites[c] for c in cells])
    names, counts = np.unique(tissue, return_counts=True)
    keep = np.isin(tissue, names[counts >= 10])
    blocks = {}
    for name, table in sorted(tables.items()):
        values = table.reindex(cells).to_numpy(np.float64)[keep]
        spread = np.nan_to_num(np.nanvar(values, axis=0))
        blocks[name] = values[:, np.sort(np.argsort(-spread, kind="stable")[: 300 if name == "mutation" else top])]
    return blocks, tissue[keep]


def neighbours_tell(own: np.ndarray, label: np.ndarray, new: np.ndarray, k: int = 10) -> np.ndarray:
    """Return the label that most of the nearest training cells have, (new cell,)."""
    near = np.argsort(((new[:, None] - own) ** 2).sum(axis=2), axis=1, kind="stable")[:, :k]
    names, number = np.unique(label, return_inverse=True)
    votes = np.eye(len(names))[number[near]]
    return names[(votes * np.linspace(1.01, 1, k)[:, None]).sum(axis=1).argmax(axis=1)]


def tissues(peers: dict[str, str]) -> list[str]:
    """Return the table of real cell lines: the tissue of held-out lines, told by neighbours in each description."""
    blocks, tissue = real_blocks()
    fold = np.random.default_rng(0).permutation(len(tissue)) % 3
    descriptions: dict[str, Callable[[Blocks], Callable[[Blocks], np.ndarray]]] = {
        f"10 components of {name} alone": (lambda b, name=name: Concatenated({name: b[name]}, 10).values)
        for name in blocks
    }
    descriptions |= {
        "10 components of all blocks": lambda b: Concatenated(b, 10).values,
        "30 components of all blocks": lambda b: Concatenated(b, 30).values,
        "`mofa`, at most 10": _mofa,
        "`snf`, 10": lambda b: (lambda fitted: lambda new: fitted.scores(new).values)(fit_snf(b)),
        "`icluster`, 11 clusters": lambda b: (lambda fitted: lambda new: fitted.scores(new).values)(
            fit_icluster(b, clusters=[11])
        ),
    }
    shuffled = {n: v[np.random.default_rng(i).permutation(len(v))] for i, (n, v) in enumerate(blocks.items())}
    lines = [
        "## Tissues of real cell lines",
        "",
        f"{len(tissue)} lines of GDSC of {len(set(tissue))} tissues, of which "
        f"{', '.join(f'{int(np.isfinite(v).any(axis=1).sum())} have {n} ({v.shape[1]})' for n, v in blocks.items())}. "
        "Tissue of held-out lines, three folds, by the ten nearest of the others; the most frequent tissue alone has "
        f"{max(np.unique(tissue, return_counts=True)[1]) / len(tissue):.3f}. 95% intervals draw lines again; shuffled: "
        "each block's lines are shuffled. No method saw a tissue.",
        "",
        "| description | right | shuffled | seconds |",
        "|---|---|---|---|",
    ]
    rng = np.random.default_rng(0)
    for way, fit in descriptions.items():
        right, none, took = np.zeros(len(tissue)), np.zeros(len(tissue)), 0.0
        for held in range(3):
            train, test = fold != held, fold == held
            for given, into in ((blocks, right), (shuffled, none)):
                begun = time.perf_counter()
                describe = fit(rows(given, train))
                own, new = describe(rows(given, train)), describe(rows(given, test))
                took += time.perf_counter() - begun if into is right else 0.0
                into[test] = neighbours_tell(own, tissue[train], new) == tissue[test]
        drawn = [right[rng.integers(len(right), size=len(right))].mean() for _ in range(2000)]
        low, high = np.quantile(drawn, [0.025, 0.975])
        lines.append(f"| {way} | {right.mean():.3f} [{low:.3f}, {high:.3f}] | {none.mean():.3f} | {took / 3:.1f} |")
        print(lines[-1], flush=True)
    return [*lines, "", *_beside(blocks, peers)]


def _beside(blocks: Blocks, peers: dict[str, str]) -> list[str]:
    """Return sentences on the factors of real blocks beside those of others."""
    begun = time.perf_counter()
    fitted = fit_mofa(blocks)
    took = time.perf_counter() - begun
    own = fitted.scores(blocks).values
    share = ", ".join(f"{name} {x:.3f}" for name, x in zip(fitted.scales, fitted.together, strict=True))
    lines = [f"`mofa` of all these lines: {own.shape[1]} factors in {took:.0f} s; they explain {share}.", ""]
    for name, program in peers.items():
        found = []
        for seed in (1, 2) if name == "mofapy2" else (1,):
            begun = time.perf_counter()
            found.append(outside(name, program, blocks, 10, seed))
            took = time.perf_counter() - begun
        again = f" Its own with those of another seed: {_agreement(found[1], found[0])}." if found[1:] else ""
        here = f"{name}: {found[0].shape[1]} factors in {took:.0f} s"
        lines += [f"{here}. Ours with these: {_agreement(own, found[0])}.{again}", ""]
        print(lines[-2], flush=True)
    return lines


def _agreement(a: np.ndarray, b: np.ndarray) -> str:
    bases = [np.linalg.qr(v - v.mean(axis=0))[0] for v in (a, b)]
    canonical = np.linalg.svd(bases[0].T @ bases[1], compute_uv=False)
    r = np.sort(matched(a, b))[::-1]
    return f"|r| {', '.join(f'{x:.2f}' for x in r)}; canonical {', '.join(f'{x:.2f}' for x in canonical)}"


def _table(title: str, found: dict[str, dict[str, list[float]]], *, least: bool) -> list[str]:
    columns = list(next(iter(found.values())))
    columns = [c for c in columns if c not in ("dimensions", "seconds")] + [
        c for c in ("dimensions", "seconds") if c in columns
    ]
    lines = [f"| {title} | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    for way, row in found.items():
        cells = []
        for column in columns:
            values = np.array(row[column], dtype=float)
            if np.isnan(values).all():
                cells.append("")
            elif column in ("dimensions", "seconds", "counted"):
                cells.append(f"{np.nanmean(values):.1f}")
            else:
                cells.append(f"{np.nanmean(values):.3f}" + (f" ({np.nanmin(values):.3f})" if least else ""))
        lines.append(f"| {way} | {' | '.join(cells)} |")
    return [*lines, ""]


def main() -> None:
    """Write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sections", nargs="+", default=["clusters", "factors", "tissues"])
    parser.add_argument("--peer", default="", help="the Python of an environment with mofapy2")
    parser.add_argument("--rscript", default="", help="Rscript of an R with the package MOFA")
    parser.add_argument("-o", "--output", type=Path, default=Path("benchmarks/results/integration.md"))
    asked = parser.parse_args()
    peers = {n: p for n, p in (("mofapy2", asked.peer), ("MOFA in R", asked.rscript)) if p}
    made = {"clusters": clusters, "factors": lambda: factors(peers), "tissues": lambda: tissues(peers)}
    lines = [line for section in asked.sections for line in made[section]()]
    asked.output.write_text("\n".join(["# Integration of blocks", "", *lines]))
    print("\n".join(lines))


if __name__ == "__main__":
    main()
