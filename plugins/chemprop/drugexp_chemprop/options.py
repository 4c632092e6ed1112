"""The options of the model: chemprop's own names where it has one."""

from __future__ import annotations

from typing import Literal

from drugexp.contract import Options
from pydantic import Field


class ChempropOptions(Options):
    """Options of the message passing network and of its training.

    Attributes
    ----------
    depth
        Steps of message passing.
    hidden
        Width of a message, and so of a compound's code.
    aggregation
        How the codes of atoms become that of a compound; ``norm`` is their sum over 100.
    ffn_hidden
        Widths of the hidden layers between the code and the genes.
    dropout
        Share of hidden units left out in training.
    epochs
        Times that every sample is seen, at most.
    batch_size
        Samples in one step.
    warmup_epochs, init_lr, max_lr, final_lr
        The learning rate grows from `init_lr` to `max_lr`, then falls to `final_lr` at the last epoch.
    weight_decay
        Decoupled decay of the weights in each step, relative to the learning rate; 0 is chemprop's own choice.
    patience
        Epochs without a better validation loss after which training stops, with the weights of the best one.
        0: all epochs are run and the last weights kept, as is wise where few compounds are left to validate on.
    ensemble
        Networks that are trained from different seeds; several give a standard deviation.
    use_cell
        Whether the unperturbed expression of the cell stands beside the compound's code.
    threads
        Threads of the processor that training uses. Sums run in another order on more of them, so the fit
        differs in its last digits.
    """

    depth: int = Field(3, ge=1)
    hidden: int = Field(300, ge=1)
    aggregation: Literal["mean", "sum", "norm"] = "norm"
    ffn_hidden: tuple[int, ...] = (300,)
    dropout: float = Field(0.0, ge=0, lt=1)
    epochs: int = Field(50, ge=1)
    batch_size: int = Field(64, ge=1)
    warmup_epochs: int = Field(2, ge=0)
    init_lr: float = Field(1e-4, gt=0)
    max_lr: float = Field(1e-3, gt=0)
    final_lr: float = Field(1e-4, gt=0)
    weight_decay: float = Field(0.0, ge=0)
    patience: int = Field(10, ge=0)
    ensemble: int = Field(1, ge=1)
    use_cell: bool = False
    threads: int = Field(1, ge=1)
