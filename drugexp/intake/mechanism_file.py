"""Mechanisms of action of compounds, from a data set of labels or a user's table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from drugexp.chemistry.identifiers import inchikey14
from drugexp.chemistry.parse import Rejected, parse
from drugexp.contract import Screen
from drugexp.errors import InputError
from drugexp.intake.tables import column_named, format_of, read_table, spoken

_ENDINGS = (".csv", ".tsv", ".txt", ".parquet")
MECHANISM_NAMES = ("moa", "mechanism", "mechanism_of_action", "mechanisms", "class")
_KEYS = ("inchikey14", "inchikey", "inchi_key")
_SMILES = ("smiles", "canonical_smiles", "structure")
_NAMES = ("compound_id", "compound", "name", "pert_iname", "pert_id", "drug", "id")
_LABEL = "moa:"


@dataclass(frozen=True, eq=False)
class Mechanisms:
    """What is known of compounds.

    Attributes
    ----------
    by_key, by_name
        InChIKey-14, or a name in lower case -> mechanisms.
    source
        Where they are from.
    """

    by_key: dict[str, tuple[str, ...]]
    by_name: dict[str, tuple[str, ...]]
    source: str

    def of(self, keys: Iterable[str], *names: Iterable[str]) -> list[tuple[str, ...]]:
        """Return the mechanisms of compounds by their InChIKey-14, else by the first of their names that is known."""
        found = []
        for key, *texts in zip(keys, *names, strict=True):
            one = self.by_key.get(str(key), ())
            for text in texts:
                one = one or self.by_name.get(str(text).strip().lower(), ())
            found.append(one)
        return found


def is_mechanism_table(source: str | Path) -> bool:
    """Return whether this names a table, not a data set."""
    return format_of(Path(source)) in _ENDINGS


def read_mechanisms(path: str | Path) -> Mechanisms:
    """Read a table with a column of mechanisms (``moa``, several joined by ``|``) and one that names compounds.

    Compounds are named by ``inchikey14``, ``inchikey``, ``smiles`` or a name; all that are there are used.

    Raises
    ------
    InputError
        If it cannot be read, lacks such columns, or tells nothing.
    """
    table, where = read_table(path), spoken(path)
    columns = [str(c) for c in table.columns]
    told = column_named(columns, MECHANISM_NAMES)
    key, smiles, name = (column_named(columns, names) for names in (_KEYS, _SMILES, _NAMES))
    if told is None or not (key or smiles or name):
        raise InputError(
            f"there is no column {'of mechanisms' if told is None else 'that names compounds'} among "
            f"{', '.join(map(repr, columns))}",
            where=where,
            hint="A table of mechanisms has the columns moa, and inchikey14, smiles or compound_id.",
        )
    split = [tuple(dict.fromkeys(part.strip() for part in text.split("|") if part.strip())) for text in table[told]]
    keys = table[key].str[:14] if key else pd.Series("", index=table.index)
    if smiles:
        lacking = (keys == "") & (table[smiles] != "") & np.array([bool(s) for s in split])
        keys = keys.where(~lacking, [_key(s) if want else "" for s, want in zip(table[smiles], lacking, strict=True)])
    by_key, by_name = _joined(keys, split), _joined(table[name].str.lower() if name else [""] * len(table), split)
    if not by_key and not by_name:
        raise InputError("the table names no mechanism of any compound.", where=where)
    return Mechanisms(by_key, by_name, where)


def labelled_mechanisms(screen: Screen) -> Mechanisms:
    """Return the mechanisms that a screen of labels tells (``moa:...``), by InChIKey-14.

    Raises
    ------
    InputError
        If it holds none.
    """
    wanted = [at for at, label in enumerate(screen.genes.ids) if label.startswith(_LABEL)]
    if not wanted:
        raise InputError(f"{screen.name!r} holds no mechanisms of action; hub_labels does.")
    names = np.array([screen.genes.ids[at].removeprefix(_LABEL) for at in wanted], dtype=object)
    keys = screen.perturbations.set_index("id").loc[screen.samples["perturbation"], "inchikey14"]
    told = [tuple(names[row > 0]) for row in np.asarray(screen.values)[:, wanted]]
    return Mechanisms(_joined(keys, told), {}, screen.name)


def _joined(keys: Iterable[str], told: list[tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for key, some in zip(keys, told, strict=True):
        if key and some:
            found[str(key)] = tuple(dict.fromkeys((*found.get(str(key), ()), *some)))
    return found


def _key(smiles: str) -> str:
    compound = parse(smiles)
    return "" if isinstance(compound, Rejected) else inchikey14(compound.mol)
