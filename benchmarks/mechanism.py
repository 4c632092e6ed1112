"""What predicted profiles know of biology: mechanisms of held-out compounds, classes of drugs, and known genes.

    python benchmarks/mechanism.py configs/default.toml [--keep held_out.npz] [-o benchmarks/results/mechanism.md]

The recipe is trained anew for each fold of scaffolds. A held-out compound looks for its mechanism among the measured
profiles of the other folds' compounds: by its predicted profile, by its fingerprint alone, by its own measured
profile, and by what the recipe says when it was trained on shuffled compounds. Profiles are centred on the mean
of those that are searched, as a generic response is like everything.

Needs the data folder (`DRUGEXP_DATA`).
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from device.clock import table
from held_out import HeldOut, as_table, held_out
from scipy.stats import hypergeom, rankdata

from drugexp import api
from drugexp.chemistry.fingerprints import counts
from drugexp.chemistry.parse import Compound, parse_all
from drugexp.chemistry.tanimoto import count_tanimoto
from drugexp.intake.mechanism_file import labelled_mechanisms
from drugexp.learn.transforms import signed_log
from drugexp.score.bootstrap import bootstrap_difference, bootstrap_means

DEPTHS = (1, 5, 10)
LEAST = 5
"""Compounds of a class that is told of by itself."""
CLASSES = (
    "HDAC inhibitor",
    "proteasome inhibitor",
    "glucocorticoid receptor agonist",
    "topoisomerase inhibitor",
    "tubulin polymerization inhibitor",
    "HMGCR inhibitor",
    "ATPase inhibitor",
    "mTOR inhibitor",
    "CDK inhibitor",
    "EGFR inhibitor",
    "HSP inhibitor",
    "cyclooxygenase inhibitor",
    "adrenergic receptor antagonist",
    "dopamine receptor antagonist",
    "histamine receptor antagonist",
    "estrogen receptor agonist",
)
"""Classes whose effect on expression is known to be strong, and some that hardly show in these cells."""
GENES: Mapping[str, tuple[tuple[str, ...], str, float, tuple[tuple[str, str], ...]]] = {
    "HDAC inhibitors": (
        ("HDAC inhibitor",),
        "MCF7",
        10.0,
        (
            ("CDKN1A", "up"),
            ("HIST2H2BE", "up"),
            ("HIST1H2BK", "up"),
            ("GLRX", "up"),
            ("MYC", "down"),
            ("CCNA2", "down"),
        ),
    ),
    "proteasome inhibitors": (
        ("proteasome inhibitor",),
        "MCF7",
        10.0,
        (("HSPA1A", "up"), ("DNAJB1", "up"), ("HMOX1", "up"), ("DDIT4", "up"), ("HSPA8", "up"), ("HSPA4", "up")),
    ),
    "glucocorticoids": (
        ("glucocorticoid receptor agonist",),
        "A549",
        10.0,
        (("TSC22D3", "up"), ("FKBP5", "up"), ("NFKBIA", "up"), ("CEBPD", "up"), ("PER1", "up"), ("IL6", "down")),
    ),
    "HMG-CoA reductase inhibitors": (
        ("HMGCR inhibitor",),
        "MCF7",
        10.0,
        (("HMGCS1", "up"), ("INSIG1", "up"), ("HMGCR", "up"), ("LDLR", "up")),
    ),
}
"""Title -> mechanisms, a cell line, a dose (uM), and genes with the direction that textbooks state."""


@dataclass(frozen=True, eq=False)
class Known:
    """The held-out compounds with their mechanisms.

    Attributes
    ----------
    found
        Their profiles.
    labels
        (compound, mechanism) bool.
    names
        (mechanism,).
    measured
        (compound, gene) in the model's space.
    chemistry
        (compound, compound) Tanimoto similarity of circular fingerprints.
    """

    found: HeldOut
    labels: np.ndarray
    names: tuple[str, ...]
    measured: np.ndarray
    chemistry: np.ndarray


def known(recipe: Path, keep: Path | None) -> Known:
    """Return the held-out compounds that have a mechanism."""
    found = held_out(recipe, keep=keep)
    told = as_table(found)
    mechanisms = labelled_mechanisms(api.read_screen("hub_labels")).of(told["inchikey14"], told["name"])
    names = tuple(sorted({name for some in mechanisms for name in some}))
    at = {name: i for i, name in enumerate(names)}
    labels = np.zeros((len(told), len(names)), dtype=bool)
    for row, some in enumerate(mechanisms):
        labels[row, [at[name] for name in some]] = True
    mols = [one.mol for one in parse_all(told["smiles"].tolist()) if isinstance(one, Compound)]
    if len(mols) != len(told):
        raise SystemExit(f"{len(told) - len(mols)} structures cannot be read: rows would not fit their fingerprints.")
    print_of = counts(mols)
    return Known(found, labels, names, signed_log(np.asarray(found.screen.values)), count_tanimoto(print_of, print_of))


def searches(data: Known) -> dict[str, np.ndarray]:
    """Return how like each held-out compound (row) is to each compound of the other folds; NaN within its fold."""
    count, fold = len(data.labels), data.found.fold
    queries = {"predicted profile": data.found.predicted, "shuffled compounds": data.found.shuffled}
    queries["measured profile"] = data.measured
    found = {name: np.full((count, count), np.nan) for name in queries}
    for f in np.unique(fold):
        inside, outside = np.flatnonzero(fold == f), np.flatnonzero(fold != f)
        mean = data.measured[outside].mean(axis=0)
        reference = _unit(data.measured[outside] - mean)
        for name, profiles in queries.items():
            found[name][np.ix_(inside, outside)] = _unit(profiles[inside] - mean) @ reference.T
    other = fold[:, None] != fold[None, :]
    found["fingerprint alone"] = np.where(other, data.chemistry, np.nan)
    ranks = [_ranked(found[name]) for name in ("predicted profile", "fingerprint alone")]
    found["both, mean of ranks"] = np.mean(ranks, axis=0)
    return found


def _unit(values: np.ndarray) -> np.ndarray:
    return values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-12)


def _ranked(similarity: np.ndarray) -> np.ndarray:
    """Return ranks within each row, the most similar highest; NaN stays."""
    out = np.full(similarity.shape, np.nan)
    for row, values in zip(out, similarity, strict=True):
        seen = np.isfinite(values)
        row[seen] = rankdata(values[seen])
    return out


def recall(similarity: np.ndarray, same: np.ndarray, queries: np.ndarray) -> dict[str, np.ndarray]:
    """Return for each query whether a compound of its mechanism is among the first few, and the AUC of all of them."""
    out = {f"top {depth}": np.zeros(len(queries)) for depth in DEPTHS} | {"AUC": np.zeros(len(queries))}
    for at, query in enumerate(queries):
        seen = np.flatnonzero(np.isfinite(similarity[query]))
        hit = same[query, seen]
        order = hit[np.argsort(-similarity[query, seen], kind="stable")]
        for depth in DEPTHS:
            out[f"top {depth}"][at] = order[:depth].any()
        rank, positives = rankdata(similarity[query, seen]), int(hit.sum())
        out["AUC"][at] = (rank[hit].sum() - positives * (positives + 1) / 2) / (positives * (len(seen) - positives))
    return out


def chance(same: np.ndarray, fold: np.ndarray, queries: np.ndarray) -> dict[str, np.ndarray]:
    """Return the same for a random order: exactly, by the hypergeometric distribution."""
    out: dict[str, list[float]] = {f"top {depth}": [] for depth in DEPTHS}
    for query in queries:
        outside = fold != fold[query]
        total, good = int(outside.sum()), int(same[query, outside].sum())
        for depth in DEPTHS:
            out[f"top {depth}"].append(1.0 - float(hypergeom.pmf(0, total, good, depth)))
    return {name: np.array(values) for name, values in out.items()} | {"AUC": np.full(len(queries), 0.5)}


def recall_tables(data: Known, found: Mapping[str, np.ndarray]) -> list[str]:
    """Return the table of recall, differences to the fingerprint, and the table of classes."""
    fold, group = data.found.fold, data.found.group
    same = (data.labels.astype(np.float32) @ data.labels.T.astype(np.float32)) > 0
    other = fold[:, None] != fold[None, :]
    queries = np.flatnonzero(data.labels.any(axis=1) & (same & other).any(axis=1))
    scores = {name: recall(similarity, same, queries) for name, similarity in found.items()}
    scores["chance"] = chance(same, fold, queries)
    order = (
        "measured profile",
        "both, mean of ranks",
        "fingerprint alone",
        "predicted profile",
        "shuffled compounds",
        "chance",
    )
    rows = []
    for name in order:
        each = bootstrap_means(scores[name], group[queries], seed=0)
        told = [
            f"{i.mean:.3f} [{i.low:.3f}, {i.high:.3f}]" if name != "chance" else f"{i.mean:.3f}" for i in each.values()
        ]
        rows.append((name, *told))
    lines = [
        f"{len(queries)} compounds of {len(data.names)} mechanisms, {len(data.labels)} searched, each among the other "
        "folds' compounds. 95% intervals over scaffold groups.",
        "",
        *table(f"searched by | {' | '.join(f'top {d}' for d in DEPTHS)} | AUC", rows),
        "",
    ]
    for measure in ("top 10", "AUC"):
        for name in ("predicted profile", "both, mean of ranks"):
            gain = bootstrap_difference(
                scores[name][measure], scores["fingerprint alone"][measure], group[queries], seed=0
            )
            lines.append(
                f"- {name} less fingerprint alone, {measure}: {gain.mean:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}]"
            )
    return [*lines, "", *class_table(data, found, same)]


def class_table(data: Known, found: Mapping[str, np.ndarray], same: np.ndarray) -> list[str]:
    """Return how well compounds of a class find each other across folds, class by class."""
    rows = []
    fold = data.found.fold
    for name in CLASSES:
        if name not in data.names:
            rows.append((name, 0, "-", "-", "-"))
            continue
        own = np.flatnonzero(data.labels[:, data.names.index(name)])
        mates = np.zeros_like(same)
        mates[np.ix_(own, own)] = True
        queries = own[[(mates[q] & (fold != fold[q])).any() for q in own]]
        told = [
            f"{recall(found[way], mates, queries)['AUC'].mean():.2f}" if len(queries) else "-"
            for way in ("measured profile", "predicted profile", "fingerprint alone")
        ]
        rows.append((name, len(own), *told))
    return [
        "AUC with which a held-out compound of a class finds the others of its class (0.5 is chance):",
        "",
        *table("class | compounds | measured profile | predicted profile | fingerprint alone", rows),
        "",
    ]


def apart(profiles: np.ndarray, own: np.ndarray, group: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return how like each compound of a class is to its class, and how much more than to all others.

    Parameters
    ----------
    profiles
        (compound, gene), centred on their mean here.
    own
        The compounds of the class.
    group
        (compound,) scaffold groups; only pairs of different ones count, as one scaffold is alike by structure.

    Returns
    -------
    tuple
        (own,) mean cosine to the class, (own,) the same less the mean cosine to the rest, (own,) scaffold groups.
        NaN where a compound has no mate of another scaffold.
    """
    unit = _unit(profiles - profiles.mean(axis=0))
    mate = np.isin(np.arange(len(group)), own)
    inside, gap = np.full(len(own), np.nan), np.full(len(own), np.nan)
    for at, row in enumerate(own):
        cosine, other = unit @ unit[row], group != group[row]
        if (mate & other).any():
            inside[at] = cosine[mate & other].mean()
            gap[at] = inside[at] - cosine[~mate & other].mean()
    return inside, gap, group[own]


def likeness_table(data: Known) -> list[str]:
    """Return the likeness of profiles within classes against the rest, by every kind of profile."""
    smiles, group = as_table(data.found)["smiles"].tolist(), data.found.group
    shipped = api.outcome(smiles).predictions
    if shipped is None or len(shipped.mean) != len(smiles):
        raise SystemExit("the shipped model did not answer for every compound.")
    kinds = (data.measured, signed_log(shipped.mean), data.found.predicted, data.found.shuffled)
    rows = []
    for name in (c for c in CLASSES if c in data.names):
        own = np.flatnonzero(data.labels[:, data.names.index(name)])
        told, pairs = [], 0
        for profiles in kinds:
            inside, gap, groups = apart(profiles, own, group)
            pairs = int(np.isfinite(inside).sum())
            each = bootstrap_means({"gap": gap}, groups, seed=0)["gap"] if pairs else None
            told.append(
                "-"
                if each is None
                else f"{np.nanmean(inside):+.2f}, {each.mean:+.2f}"
                + (f" [{each.low:+.2f}, {each.high:+.2f}]" if each.groups >= LEAST else "")
            )
        rows.append((name, len(own), pairs, *told))
    return [
        "Mean cosine of a compound to the others of its class, then the same less its mean cosine to all other "
        "compounds (0: no more alike than any two). Only pairs of different scaffolds. A 95% interval where "
        f"{LEAST} scaffold groups or more have a mate. The shipped model has been trained on these compounds.",
        "",
        *table(
            "class | compounds | with a mate | measured | shipped model | scaffold held out | shuffled compounds", rows
        ),
        "",
    ]


def gene_tables(data: Known) -> list[str]:
    """Return known genes of four classes: measured, predicted with the scaffold held out, and by the shipped model."""
    told = as_table(data.found)
    genes = data.found.screen.genes.ids
    lines = []
    for title, (classes, cell, dose, wanted) in GENES.items():
        own = np.flatnonzero(data.labels[:, [data.names.index(c) for c in classes if c in data.names]].any(axis=1))
        shipped = api.outcome(told["smiles"].iloc[own].tolist(), cells=[cell], dose_um=[dose]).predictions
        assert shipped is not None
        there = [(gene, way) for gene, way in wanted if gene in genes]
        lost = [gene for gene, _ in wanted if gene not in genes]
        rows = [
            (
                gene,
                way,
                *(_placed(values, genes.index(gene)) for values in (data.measured[own], data.found.predicted[own])),
                _placed(signed_log(shipped.mean), genes.index(gene)),
            )
            for gene, way in there
        ]
        lines += [
            f"**{title}** ({len(own)} compounds): mean change (signed log z), and the gene's place among {len(genes)}, "
            "1 the most raised.",
            "",
            *table(
                f"gene | textbook | measured | predicted, scaffold held out | shipped model, {cell} {dose:g} uM",
                rows,
            ),
            f"Not among the landmark genes: {', '.join(lost)}." if lost else "",
            "",
        ]
    return lines


def _placed(values: np.ndarray, gene: int) -> str:
    mean = values.mean(axis=0)
    return f"{mean[gene]:+.2f} ({1 + int((mean > mean[gene]).sum())})"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("-o", "--output", type=Path)
    chosen = parser.parse_args(arguments)
    data = known(chosen.recipe, chosen.keep)
    lines = [
        f"# Known biology: recipe `{chosen.recipe.stem}`",
        "",
        "## Mechanisms of compounds held out by scaffold",
        "",
        *recall_tables(data, searches(data)),
        "## Classes of drugs",
        "",
        *likeness_table(data),
        "## Genes that are known to move",
        "",
        *gene_tables(data),
    ]
    print("\n".join(lines))
    if chosen.output:
        chosen.output.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
