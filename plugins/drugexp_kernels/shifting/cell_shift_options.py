"""What can be chosen about the cell shift."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from drugexp.contract import Options


class Backbone(Options):
    """The model that predicts what a compound does whatever the cell.

    Attributes
    ----------
    name
        A registered model.
    options
        Its options.
    """

    name: str = "product-kernel"
    options: dict[str, Any] = Field(default_factory=dict)


class CellShiftOptions(Options):
    """Options of the cell shift.

    Attributes
    ----------
    backbone
        The model that is shifted.
    shift_task
        The auxiliary screen of listed genes that lines are learnt from.
    dose_tasks
        Auxiliary screens with several doses of a compound that the growth with
        the dose is learnt from; those that are not in the fit are passed over.
    feature, cell_feature
        What compounds are compared by, and what lines are recognised by.
    shared
        The part of the kernel that holds across lines.
    ridge
        Added to the diagonal of the kernel, whose own is 1.
    mean_rows
        A line's mean listing is drawn to that of all lines as by so many rows.
    min_listed
        Genes listed less often are not shifted.
    rank
        Directions of the lists that are kept; 0: all.
    shared_weight
        How much of what the lines share is added; the backbone knows part of it
        already. On the consensus a half changed nothing and the whole cost a
        little, while lists of new compounds were told apart better with it.
    full_rows
        A line with fewer rows n is shifted by ``n / (n + full_rows)`` of what it learnt.
    gain_folds
        Parts into which groups are dealt to learn the size of the shift.
    """

    backbone: Backbone = Backbone()
    shift_task: str = "fastpert_top20"
    dose_tasks: tuple[str, ...] = ("l1000_a375_ljp005", "rencell_dge")
    feature: str = "morgan_counts"
    cell_feature: str = "expression"
    shared: Annotated[float, Field(ge=0, le=1)] = 0.4
    ridge: Annotated[float, Field(gt=0)] = 3.0
    mean_rows: Annotated[float, Field(ge=0)] = 10.0
    min_listed: Annotated[int, Field(ge=1)] = 10
    rank: Annotated[int, Field(ge=0)] = 100
    shared_weight: Annotated[float, Field(ge=0, le=1)] = 0.5
    full_rows: Annotated[int, Field(ge=1)] = 100
    gain_folds: Annotated[int, Field(ge=2)] = 5
