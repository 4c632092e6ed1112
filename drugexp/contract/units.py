"""Units of expression values. A number without a unit never leaves the program."""

from __future__ import annotations

from enum import StrEnum


class Unit(StrEnum):
    """What the numbers of a screen or a prediction mean."""

    ZSCORE = "zscore"
    SIGNED_LOG_Z = "signed_log_z"
    LOG2FC = "log2fc"
    RANK_EFFECT = "rank_effect"
    LOG2_EXPRESSION = "log2_expression"
    COUNTS = "counts"
    STANDARDISED = "standardised"
    VIABILITY = "viability"
    LABEL = "label"
    OUTCOME = "outcome"
    COPY_CALL = "copy_call"
    COPY_RATIO = "copy_ratio"
    M_VALUE = "m_value"
    SIGNAL = "signal"
    PROTEIN = "protein"

    @property
    def label(self) -> str:
        """A short phrase for a table heading."""
        return _LABEL[self]

    @property
    def is_change(self) -> bool:
        """Whether zero means that nothing changed."""
        return self in (Unit.ZSCORE, Unit.SIGNED_LOG_Z, Unit.LOG2FC, Unit.RANK_EFFECT)


_LABEL = {
    Unit.ZSCORE: "z-score of the change",
    Unit.SIGNED_LOG_Z: "sign(z) * ln(1 + |z|) of the change",
    Unit.LOG2FC: "log2 fold change to the untreated control",
    Unit.RANK_EFFECT: "rank-based effect size of the change",
    Unit.LOG2_EXPRESSION: "log2 expression",
    Unit.COUNTS: "counts",
    Unit.STANDARDISED: "expression standardised within each sample",
    Unit.VIABILITY: "viability, 0 dead to 1 untouched",
    Unit.LABEL: "1 where the annotation holds",
    Unit.OUTCOME: "outcomes, each in the unit of its own column",
    Unit.COPY_CALL: "calls of copies: below 0 lost, above 0 gained",
    Unit.COPY_RATIO: "log2 ratio to two copies",
    Unit.M_VALUE: "log2 ratio of methylated to other DNA",
    Unit.SIGNAL: "log2 signal of a region",
    Unit.PROTEIN: "log2 amount of a protein, centred on the sample's median",
}
