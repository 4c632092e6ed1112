"""The trainer's dials."""

from __future__ import annotations

from pydantic import Field

from drugexp.contract.abilities import Span
from drugexp.contract.options import Options
from drugexp.learn.network.balance import Balance


class TrainingOptions(Options):
    """How a network is trained. A network's own options stand beside these, flat.

    Attributes
    ----------
    epochs
        Passes over the primary task's samples, at most.
    steps
        Updates, at most; takes the place of `epochs`.
    batch_size
        Samples of one update, shared among the tasks in proportion to their weights.
    learning_rate
        Highest rate of the schedule.
    weight_decay
        Pull of AdamW towards zero, on matrices only (not on biases, scales or embeddings).
    warmup
        Share of the updates over which the rate rises from 0.
    final_rate
        Rate at the end of the cosine, as a share of `learning_rate`.
    clip
        Largest global norm of a gradient.
    correlation
        Weight of ``1 - centred Pearson`` beside the squared loss.
    evaluate_every
        Epochs from one look at the validation samples to the next.
    patience
        Looks without a gain after which a member keeps its best parameters.
    balance
        How the losses of several tasks are weighed: ``fixed``, by the weights given; ``uncertainty``, so that a task
        counts the less the more of it cannot be told; ``gradients``, so that each pulls what they share as hard as its
        weight says.
    members
        Networks trained side by side; member k is the one that seed + k would give alone.
    snapshots
        Cycles of the learning rate, each from the highest to the final one. Each network at the end of each cycle is a
        member of the prediction; validation samples are looked at, but neither stop training nor choose. 1: one cycle.
    steps_per_call
        Updates the device makes before it answers.
    checkpoint_seconds
        Time from one checkpoint to the next, where the context names a folder for them.
    """

    epochs: int = Field(100, ge=1)
    steps: int | None = Field(None, ge=1)
    batch_size: int = Field(256, ge=1)
    learning_rate: float = Field(1e-3, gt=0)
    weight_decay: float = Field(0.01, ge=0)
    warmup: float = Field(0.05, ge=0, le=1)
    final_rate: float = Field(0.01, ge=0, le=1)
    clip: float = Field(1.0, gt=0)
    correlation: float = Field(0.0, ge=0)
    evaluate_every: int = Field(1, ge=1)
    patience: int = Field(10, ge=1)
    balance: Balance = "fixed"
    members: int = Field(1, ge=1)
    snapshots: int = Field(1, ge=1)
    steps_per_call: int = Field(32, ge=1)
    checkpoint_seconds: float = Field(60.0, ge=0)


TRAINING_SPACE = {
    "epochs": Span(10, 400, log=True, whole=True),
    "batch_size": Span(16, 1024, log=True, whole=True),
    "learning_rate": Span(1e-4, 1e-2, log=True),
    "weight_decay": Span(1e-4, 1.0, log=True),
    "correlation": Span(0.0, 1.0),
}
"""What is worth trying of the trainer's dials."""
