"""From rows of a library to what a model is given of their compounds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from drugexp.chemistry.lean import Reading
from drugexp.chemistry.parse import Compound, Rejected, parse_all
from drugexp.chemistry.version import RDKIT_VERSION
from drugexp.contract import Items
from drugexp.contract.model import Needs, State
from drugexp.errors import InputError
from drugexp.learn.state import flatten
from drugexp.registry import CORE, Registry
from drugexp.represent.features import perturbation_features


@dataclass(frozen=True, eq=False)
class Described:
    """The compounds of some rows.

    Attributes
    ----------
    kept
        (compound,) int64 positions of the rows that can be used, in order.
    features
        Feature name -> (compound, feature).
    smiles
        Standardised SMILES of each compound, where the model asks for them.
    rejected
        Position of a row -> why it cannot be used.
    """

    kept: np.ndarray
    features: Mapping[str, np.ndarray]
    smiles: tuple[str, ...]
    rejected: Mapping[int, str]


def joined(parts: Sequence[Described]) -> Described:
    """Return the compounds of several parts, one after the other; positions of rows are those in their own part."""
    if len(parts) == 1:
        return parts[0]
    full = [part for part in parts if len(part.kept)] or list(parts[:1])
    return Described(
        np.concatenate([part.kept for part in full]),
        {name: np.concatenate([part.features[name] for part in full]) for name in full[0].features},
        tuple(text for part in full for text in part.smiles),
        {},
    )


CHECKED = 64
"""Of rows that are said to be canonical, every so many are read in full too."""


@dataclass(frozen=True, eq=False)
class Describer:
    """What a model reads of compounds; the same structure has the same features in any company.

    Attributes
    ----------
    needs, states, registry
        Featurisers, what each learnt, and where they are found.
    canonical
        Whether the SMILES are said to be as RDKit writes them, which saves half of the reading.
    """

    needs: Needs
    states: Mapping[str, State]
    registry: Registry
    canonical: bool = False

    @cached_property
    def reading(self) -> Reading:
        """How much of a molecule is read: no more than the features ask for."""
        asked = [self.registry.load("featurizer", name, home=CORE) for name in self.needs.compound]
        if self.needs.smiles or not all(getattr(one, "lean", False) for one in asked):
            return "whole"
        return "canonical" if self.canonical else "lean"

    def identity(self) -> str:
        """Return all that a description depends on beside the rows: featurisers, their states, RDKit, the reading."""
        tree, arrays = flatten({"states": dict(self.states)})
        found = hashlib.blake2b(digest_size=16)
        for name in sorted(arrays):
            found.update(name.encode() + np.ascontiguousarray(arrays[name]).tobytes())
        entries = [self.registry.entry("featurizer", name, home=CORE) for name in self.needs.compound]
        loaded = [self.registry.load("featurizer", name, home=CORE) for name in self.needs.compound]
        named = [[e.qualified, e.plugin.version, one.version] for e, one in zip(entries, loaded, strict=True)]
        told = {"features": named, "smiles": self.needs.smiles, "states": tree, "arrays": found.hexdigest()}
        read = {"canonical": self.reading == "canonical", "rdkit": RDKIT_VERSION}
        return json.dumps({**told, **read}, sort_keys=True, default=str)

    def __call__(self, smiles: Sequence[str], problems: Sequence[str]) -> Described:
        """Return the compounds of rows.

        Parameters
        ----------
        smiles
            (row,) as they were written.
        problems
            (row,) why a row cannot be read, else empty.

        Raises
        ------
        InputError
            If SMILES that are said to be canonical are not; every `CHECKED`-th row is looked at.
        """
        if self.reading == "canonical":
            self._check(list(smiles[::CHECKED]), list(problems[::CHECKED]))
        return self._described(smiles, problems, self.reading)

    def _check(self, smiles: Sequence[str], problems: Sequence[str]) -> None:
        read, lean = (self._described(smiles, problems, how) for how in ("canonical", "lean"))
        if read.rejected == lean.rejected:
            other = np.zeros(len(read.kept), dtype=bool)
            for name, table in read.features.items():
                other |= (table != lean.features[name]).reshape(len(other), -1).any(axis=1)
            if not other.any():
                return
            at = int(read.kept[other.argmax()])
        else:
            at = min(read.rejected.items() ^ lean.rejected.items())[0]
        raise InputError(
            f"{smiles[at][:80]!r} is not as RDKit writes it, so the library cannot be read as canonical",
            hint="Leave --canonical out.",
        )

    def _described(self, smiles: Sequence[str], problems: Sequence[str], reading: Reading) -> Described:
        readable = [text for text, problem in zip(smiles, problems, strict=True) if not problem]
        found = iter(parse_all(readable, reading=reading))
        outcome = [
            Rejected(text, problem) if problem else next(found) for text, problem in zip(smiles, problems, strict=True)
        ]
        kept = [at for at, one in enumerate(outcome) if isinstance(one, Compound)]
        compounds = [one for one in outcome if isinstance(one, Compound)]
        rejected = {at: one.reason for at, one in enumerate(outcome) if isinstance(one, Rejected)}
        standard = tuple(c.smiles for c in compounds) if self.needs.smiles else ()
        # The text as it came tells structures apart as well as the standard one, which takes long to write.
        given = tuple(c.given for c in compounds)
        items = Items(
            ids=given, smiles=given, targets=((),) * len(given), molecules=tuple[Any, ...](c.mol for c in compounds)
        )
        features: dict[str, np.ndarray] = {}
        if compounds:
            features, _ = perturbation_features(items, self.needs.compound, self.registry, states=self.states)
        return Described(np.array(kept, dtype=np.int64), features, standard, rejected)
