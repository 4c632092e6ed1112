"""One explained prediction as it is given to a user: picture, table, words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from drugexp.biology.attribution.companions import Companion
from drugexp.biology.attribution.explaining import Explained
from drugexp.biology.attribution.targets import Target
from drugexp.chemistry.atom_map import Picture, atom_map, atom_map_words

TOP = 10
LABELS = ("query_id", "compound_id", "smiles", "cell", "dose_um", "hours")
_HOW = {
    "exact": "the model's own exact account",
    "gradients": "integrated gradients",
    "occlusion": "Shapley's value of atoms taken away",
}


@dataclass(frozen=True, eq=False)
class Explanation:
    """Why one number is predicted for one query.

    Attributes
    ----------
    labels
        Column name -> what was asked (`LABELS`), and where known ``in_domain`` and ``domain_reason``.
    target
        What is explained.
    explained
        Shares and how far to trust them.
    companions
        Training compounds behind it.
    cell_names
        Feature name -> what each of its columns is called (genes of the baseline).
    space
        What numbers are in.
    notes
        What the user should know.
    """

    labels: Mapping[str, Any]
    target: Target
    explained: Explained
    companions: tuple[Companion, ...]
    cell_names: Mapping[str, tuple[str, ...]]
    space: str
    notes: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What is explained, in a few words: ``imatinib on HMOX1 in MCF7 at 10 uM``."""
        cell, dose, hours = self.labels["cell"], self.labels["dose_um"], self.labels["hours"]
        where = f"in {cell}" if cell else "pooled over cells"
        where += "" if np.isnan(dose) else f" at {dose:g} uM"
        what = f"the {self.target.name}" if self.target.kind == "profile" else self.target.name
        return f"{self.labels['compound_id']} on {what} {where}" + ("" if np.isnan(hours) else f" after {hours:g} h")

    @property
    def how(self) -> str:
        """How shares were found, in words."""
        return _HOW[self.explained.way]

    def picture(self, kind: Picture = "svg", *, width: int = 420, height: int = 320) -> bytes:
        """Return the structure with a disc on each atom for its share; see `drugexp.chemistry.atom_map.atom_map`."""
        query = self.explained.query
        return atom_map(query.mol, self.explained.atoms, kind=kind, width=width, height=height, title=self.title)

    @property
    def words(self) -> str:
        """What the picture shows, as text."""
        return atom_map_words(self.explained.query.mol, self.explained.atoms)

    def cell_genes(self, top: int | None = TOP) -> list[tuple[str, str, float]]:
        """Return feature, name of the column and share of the cell's strongest columns; columns of no share are not."""
        found = [
            (feature, self.cell_names.get(feature, ())[i] if feature in self.cell_names else str(i), float(share))
            for feature, shares in self.explained.cell_features.items()
            for i, share in enumerate(shares)
            if share
        ]
        return sorted(found, key=lambda row: (-abs(row[2]), row[:2]))[:top]

    def frame(self, top: int | None = TOP) -> pd.DataFrame:
        """Return one row a part of the explanation.

        Parameters
        ----------
        top
            How many substructures, baseline genes and training compounds; None: all.

        Returns
        -------
        pandas.DataFrame
            `LABELS`, ``target``, ``kind``, ``name``, ``share`` and ``detail``. The kinds: ``prediction``, ``base``,
            ``atom``, ``compound`` (shares of the compound that no atom owns), ``cell`` (all of the cell), with
            ``base + atom + compound + cell = prediction``; then the same seen otherwise, not to be added to those:
            ``substructure``, ``baseline_gene``, ``training_compound`` (share NaN, similarity in ``detail``, where
            the model has no such weights); and ``completeness``, ``stability``, ``agreement``, ``noise_p``,
            ``verdict``.
        """
        rows = pd.DataFrame(self._rows(top), columns=["kind", "name", "share", "detail"])
        for at, label in enumerate(LABELS):
            rows.insert(at, label, self.labels[label])
        rows.insert(len(LABELS), "target", self.target.name)
        return rows

    def _rows(self, top: int | None) -> list[tuple[str, str, float, str]]:
        seen, trust = self.explained, self.explained.trust
        return [
            ("prediction", self.target.name, seen.parts.value, self.space),
            ("base", "all that is not attributed", seen.parts.base, self.how),
            *(
                ("atom", word, s, str(i))
                for i, (word, s) in enumerate(zip(seen.query.atom_words, seen.atoms.tolist(), strict=True))
            ),
            *(("compound", word, share, "") for word, share in seen.unassigned.items()),
            *(
                [("cell", "all of the cell", seen.parts.of_cell, _told(seen.parts.other_cell))]
                if seen.parts.of_cell
                else []
            ),
            *(
                ("substructure", " | ".join(s.smiles), s.share, f"{s.feature}[{s.column}] {_places(s.places)}")
                for s in seen.substructures[:top]
            ),
            *(("baseline_gene", name, share, seen.cell_way) for _, name, share in self.cell_genes(top)),
            *(
                ("training_compound", c.compound, c.share, f"similarity {c.similarity:.3f}")
                for c in self.companions[:top]
            ),
            ("completeness", "difference of the prediction and the sum of its shares", trust.completeness, ""),
            ("stability", "rank agreement of atoms without a tenth of the environments", trust.stability, ""),
            ("agreement", "rank agreement of atoms with taking each away", trust.agreement, ""),
            ("noise_p", "share of training compounds that are predicted as far from the middle", trust.p, ""),
            ("verdict", trust.verdict, float("nan"), "; ".join(self.notes)),
        ]

    def plain(self, top: int | None = TOP) -> dict[str, Any]:
        """Return it as what JSON can say: numbers that are not known are None."""
        seen, trust = self.explained, self.explained.trust
        return _plain(
            {
                **self.labels,
                "standard_smiles": seen.query.smiles,
                "target": {"name": self.target.name, "kind": self.target.kind, "genes": self.target.genes},
                "space": self.space,
                "method": seen.way,
                "prediction": seen.parts.value,
                "base": seen.parts.base,
                "cell_share": seen.parts.of_cell,
                "atoms": [
                    {"index": i, "name": word, "share": share}
                    for i, (word, share) in enumerate(zip(seen.query.atom_words, seen.atoms.tolist(), strict=True))
                ],
                "unassigned": dict(seen.unassigned),
                "substructures": [
                    {
                        "smiles": list(s.smiles),
                        "share": s.share,
                        "feature": s.feature,
                        "column": s.column,
                        "places": [list(place) for place in s.places],
                    }
                    for s in seen.substructures[:top]
                ],
                "baseline_genes": [{"gene": name, "share": share} for _, name, share in self.cell_genes(top)],
                "training_compounds": [
                    {"compound": c.compound, "similarity": c.similarity, "share": c.share}
                    for c in self.companions[:top]
                ],
                "completeness": trust.completeness,
                "stability": trust.stability,
                "agreement": trust.agreement,
                "noise_p": trust.p,
                "better_than_noise": trust.stands_out,
                "verdict": trust.verdict,
                "notes": list(self.notes),
            }
        )


def _told(shares: Mapping[str, float]) -> str:
    return "; ".join(f"{word}: {share:+.3g}" for word, share in shares.items())


def _places(places: tuple[tuple[int, ...], ...]) -> str:
    return "atoms " + " | ".join(",".join(map(str, place)) for place in places)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    if isinstance(value, (float, np.floating)):
        return None if not np.isfinite(value) else float(value)
    return value.item() if isinstance(value, np.generic) else value
