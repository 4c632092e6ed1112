"""What open tables tell of compounds: known targets and structures, by the first block of the InChIKey."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from drugexp.chemistry.identifiers import inchikey14
from drugexp.chemistry.parse import Rejected, parse
from drugexp.intake.readers.tables import read_parquet

_SAMPLES = "annotations/repurposing_samples.parquet"
_DRUGS = "annotations/repurposing_drugs.parquet"
_BROAD = "annotations/broad_id_to_smiles.parquet"
_ATOM = re.compile(r"\[\d*([A-Z][a-z]?|[a-z]{1,2})[^\]]*\]|(Br|Cl|[BCNOPSFIbcnops])")


def known_targets(files: Mapping[str, Path]) -> dict[str, str]:
    """Return InChIKey-14 -> gene symbols joined by ``|``, in alphabetical order.

    Parameters
    ----------
    files
        Verified files that hold the samples and drugs tables of the Repurposing Hub.
    """
    samples = read_parquet(files[_SAMPLES], (), only=["pert_iname", "inchikey14"]).dropna()
    drugs = read_parquet(files[_DRUGS], (), only=["pert_iname", "target"]).dropna()
    both = samples.merge(drugs, on="pert_iname")
    found: dict[str, set[str]] = {}
    for key, targets in zip(both["inchikey14"], both["target"], strict=True):
        found.setdefault(str(key), set()).update(t for t in str(targets).split("|") if t)
    return {key: "|".join(sorted(genes)) for key, genes in found.items()}


def open_structures(files: Mapping[str, Path], wanted: Mapping[str, str]) -> dict[str, str]:
    """Return InChIKey-14 -> SMILES from tables that are free to pass on.

    Parameters
    ----------
    files
        Verified files that hold the samples of the Repurposing Hub and the table of BRD structures.
    wanted
        InChIKey-14 -> the source's SMILES. The SMILES only narrows the search: the BRD table has no keys,
        and making one for each of its structures takes half a minute. Those of another composition
        cannot have the key.
    """
    samples = read_parquet(files[_SAMPLES], (), only=["smiles", "inchikey14"]).dropna()
    samples = samples[samples["inchikey14"].isin(list(wanted))].drop_duplicates("inchikey14")
    found = dict(zip(samples["inchikey14"].astype(str), samples["smiles"].astype(str), strict=True))
    sought = {composition(smiles) for key, smiles in wanted.items() if key not in found}
    for smiles in read_parquet(files[_BROAD], (), only=["smiles"])["smiles"].dropna():
        if composition(smiles) not in sought:
            continue
        compound = parse(smiles)
        key = "" if isinstance(compound, Rejected) else inchikey14(compound.mol)
        if key in wanted:
            found.setdefault(key, smiles)
    return found


def composition(smiles: str) -> frozenset[tuple[str, int]]:
    """Return the elements but hydrogen of the largest fragment, and how many atoms of each.

    >>> composition("Cl.c1ccncc1[Br]") == composition("BrC1=CC=CN=C1")
    True
    """
    fragments = []
    for fragment in smiles.split("."):
        atoms = Counter((a or b).capitalize() for a, b in _ATOM.findall(fragment))
        atoms.pop("H", None)
        fragments.append(atoms)
    return frozenset(max(fragments, key=Counter.total).items())
