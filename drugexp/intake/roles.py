"""Which column of a table of samples says what: as the user says, or by the names that columns usually have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from drugexp.contract.tables import text
from drugexp.errors import UsageError, unknown

DOSE_UNITS = {"nM": 1e-3, "uM": 1.0, "mM": 1e3}
"""What a dose is multiplied with to give uM."""


@dataclass(frozen=True)
class Roles:
    """Which column of a table of cells or samples says what; an empty name: no column does.

    Attributes
    ----------
    cell
        Columns that together name the untreated cells (patient, cell type, line).
    batch
        Columns that name plates or replicates; controls are matched by `cell` and `batch`.
    compound, smiles, dose, hours
        What was done.
    dose_unit
        ``nM``, ``uM`` or ``mM``.
    control_column, control
        A sample is a control where this column holds this value, without regard to case.
    """

    cell: tuple[str, ...] = ()
    batch: tuple[str, ...] = ()
    compound: str = ""
    smiles: str = ""
    dose: str = ""
    dose_unit: str = "uM"
    hours: str = ""
    control_column: str = ""
    control: str = ""

    def __post_init__(self) -> None:
        if self.dose_unit not in DOSE_UNITS:
            raise UsageError(unknown("unit of dose", self.dose_unit, DOSE_UNITS))

    @property
    def match(self) -> tuple[str, ...]:
        """The columns in which a treated group and its control agree."""
        return (*self.cell, *self.batch)

    @property
    def by(self) -> tuple[str, ...]:
        """The columns that make the groups; SMILES and the mark of controls follow from the compound."""
        named = (*self.match, self.compound or self.control_column, self.dose, self.hours)
        return tuple(dict.fromkeys(c for c in named if c))


USUAL_NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "cell": (
            "cell",
            "cellline",
            "cellid",
            "cellmfcname",
            "celliname",
            "celltype",
            "line",
            "patient",
            "patientid",
            "donor",
            "donorid",
        ),
        "batch": ("plate", "plateid", "platename", "detplate", "rnaplate", "batch", "batchid", "run", "library"),
        "compound": (
            *("compound", "compoundid", "compoundname", "drug", "drugname", "pertiname", "cmapname", "productname"),
            *("smname", "perturbation", "treatment", "pertid", "agent", "condition"),
        ),
        "smiles": ("smiles", "canonicalsmiles", "structure"),
        "dose": ("dose", "doseum", "pertdose", "dosevalue", "concentration", "conc", "concum"),
        "hours": ("hours", "timeh", "time", "timepoint", "timepointhr", "perttime", "exposuretime"),
        "control": ("iscontrol", "control", "perttype", "role", "welltype", "sampletype", "type", "vehicle"),
    }
)
"""What columns are usually called, letters and digits in lower case; the likelier first."""

OTHER_NAMES = frozenset(
    (
        *("well", "wellid", "row", "column", "col", "replicate", "rep", "repid", "sample", "sampleid", "index"),
        *("pertdoseunit", "doseunit", "pertidose", "perttimeunit", "pertitime", "detwell", "rnawell"),
        *("weight", "ncells", "ncounts", "totalcounts", "librarysize", "numi", "ngenes", "qcpass", "unit", "date"),
    )
)
"""What further columns are called that are no genes."""

_OF_SAMPLES = OTHER_NAMES.union(*USUAL_NAMES.values())

CONTROL_WORDS = frozenset(
    (
        *("control", "controls", "ctrl", "ctl", "ctlvehicle", "ctluntrt", "ctlvector", "vehicle", "vehiclecontrol"),
        *("vehicledmso", "dmso", "dimethylsulfoxide", "negcon", "negativecontrol", "untreated", "mock", "true", "pbs"),
    )
)
"""How a control is marked, letters and digits in lower case."""


def plain(name: object) -> str:
    """Return the letters and digits of a name in lower case.

    >>> plain("Pert_iname"), plain("dose (uM)")
    ('pertiname', 'doseum')
    """
    return "".join(c for c in str(name).lower() if c.isalnum())


def tells_of_samples(column: object) -> bool:
    """Return whether a column is called as columns of annotations are, and so holds no gene.

    >>> tells_of_samples("dose_um"), tells_of_samples("TP53")
    (True, False)
    """
    return plain(column) in _OF_SAMPLES


def usual_roles(samples: pd.DataFrame) -> Roles:
    """Return the roles of columns by their usual names; where several fit, the likeliest.

    Parameters
    ----------
    samples
        One row a sample. What marks controls is looked for in the values too: a column of words for controls,
        or a compound that is one.

    Examples
    --------
    >>> table = pd.DataFrame({"plate": ["p1", "p1"], "drug": ["DMSO", "aspirin"], "dose": [0, 10]})
    >>> roles = usual_roles(table)
    >>> roles.batch, roles.compound, roles.dose, roles.control_column, roles.control
    (('plate',), 'drug', 'dose', 'drug', 'DMSO')
    """
    found = {role: _column(samples, names) for role, names in USUAL_NAMES.items() if role != "control"}
    column, value = _mark(samples)
    return Roles(
        cell=(found["cell"],) if found["cell"] else (),
        batch=(found["batch"],) if found["batch"] else (),
        compound=found["compound"],
        smiles=found["smiles"],
        dose=found["dose"],
        hours=found["hours"],
        control_column=column,
        control=value,
    )


def controls(samples: pd.DataFrame, roles: Roles) -> np.ndarray:
    """Return which samples are controls, (sample,) bool; none where no column tells."""
    if not roles.control_column:
        return np.zeros(len(samples), dtype=bool)
    held = pd.Series(text(samples[roles.control_column]))
    return held.str.casefold().eq(roles.control.casefold()).to_numpy()


def _column(samples: pd.DataFrame, names: tuple[str, ...]) -> str:
    """Return the column that carries the first of some names and holds anything."""
    return next((c for c in _called(samples, names) if (text(samples[c]) != "").any()), "")


def _called(samples: pd.DataFrame, names: tuple[str, ...]) -> Iterator[str]:
    by_name = {plain(c): str(c) for c in reversed(samples.columns)}
    return (by_name[n] for n in names if n in by_name)


def _mark(samples: pd.DataFrame) -> tuple[str, str]:
    """Return the column that marks controls, and how it does; nothing where none is marked."""
    for column in _called(samples, (*USUAL_NAMES["control"], *USUAL_NAMES["compound"])):
        values = dict.fromkeys(text(samples[column]).tolist())
        marks = [v for v in values if plain(v) in CONTROL_WORDS]
        if marks and len(values) > 1:
            return column, marks[0]
    return "", ""
