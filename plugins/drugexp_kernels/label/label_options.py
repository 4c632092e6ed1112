"""What can be chosen about the label kernel and the distilled kernel."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from drugexp.contract import Options

Positive = Annotated[float, Field(gt=0)]


class Share(Options):
    """A fingerprint and its share in the structure kernel.

    Attributes
    ----------
    feature
        A featuriser that counts.
    weight
        Its share (shares are scaled to sum to 1).
    """

    feature: str
    weight: Positive = 1.0


class LabelKernelOptions(Options):
    """Options of the label kernel.

    Attributes
    ----------
    kernels
        The count Tanimoto kernels whose weighted mean is the structure kernel.
    ridge
        Noise variance over the kernel's, for a compound measured once.
    labels_task
        The task that holds known targets and mechanisms; without it the model uses structures alone.
    label_weight
        Weight of the label kernel beside the structure kernel's 1.
    label_ridge
        Ridge of the prediction of labels from structures.
    label_rank
        Directions kept of the labels; 0: all.
    known_labels
        Whether a measured compound enters with its known labels. Otherwise with
        those predicted by a fit without its whole group, which is how a new compound enters.
    rank
        Principal directions of the profiles that are predicted; 0: all.
    row_power
        Each profile's difference to the mean is divided by its length to this power, so that strong
        compounds do not drown the others: 0 as measured, 1 all of one length.
    keep_constant
        Whether the mean of those scaled differences is added to every prediction. It is the same
        for all compounds and correlates with most profiles, so it flatters without telling compounds apart.
    variance_rank
        Directions of the kernel kept for the standard deviations, which they bound from above; 0: none.
    """

    kernels: Annotated[tuple[Share, ...], Field(min_length=1)] = (
        Share(feature="morgan_counts"),
        Share(feature="feature_morgan_counts"),
        Share(feature="atom_pair_counts"),
    )
    ridge: Positive = 3.0
    labels_task: str = "hub_labels"
    label_weight: Annotated[float, Field(ge=0)] = 0.5
    label_ridge: Positive = 0.5
    label_rank: Annotated[int, Field(ge=0)] = 300
    known_labels: bool = True
    rank: Annotated[int, Field(ge=0)] = 60
    row_power: Annotated[float, Field(ge=0, le=1)] = 0.5
    keep_constant: bool = False
    variance_rank: Annotated[int, Field(ge=0)] = 256


class Teacher(Options):
    """The model that is imitated, and its options."""

    name: str = "label-kernel"
    options: dict[str, Any] = Field(default_factory=dict)


class DistilledKernelOptions(Options):
    """Options of the distilled kernel.

    Attributes
    ----------
    teacher
        The model that is fitted first and imitated.
    feature
        The fingerprint that the student reads.
    directions
        Length of the vectors that stand for fingerprints.
    ridge
        Ridge of the student's fit to the teacher.
    rank
        Principal directions of the teacher's predictions that are kept.
    noise
        Noise variance over the kernel's, in the standard deviations.
    variance_rank
        Directions of the kernel kept for the standard deviations, which they bound from above; 0: none.
    """

    teacher: Teacher = Teacher()
    feature: str = "morgan_counts"
    directions: Annotated[int, Field(ge=1)] = 256
    ridge: Positive = 0.3
    rank: Annotated[int, Field(ge=1)] = 60
    noise: Positive = 3.0
    variance_rank: Annotated[int, Field(ge=0)] = 256
