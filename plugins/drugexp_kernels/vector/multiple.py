"""Several kernels, weighed by what they have in common with the targets."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from drugexp.contract import Context
from drugexp_kernels.product.gram import Pieces, compound_kernel, condition_kernels, row_kernel
from drugexp_kernels.product.hyper import Hyper, from_options
from drugexp_kernels.product.options import CompoundKernel
from drugexp_kernels.product.rows import Rows
from drugexp_kernels.vector.alignment import aligned_weights
from drugexp_kernels.vector.ls_svm import LsSvm
from drugexp_kernels.vector.options import LsSvmOptions


class MultipleKernelOptions(LsSvmOptions):
    """Options of the multiple-kernel model; weights of kernels and terms are where learning starts.

    Attributes
    ----------
    compound
        The compound kernels that are weighed: fingerprints of several kinds and descriptors. `known_targets`
        (``kind = "tanimoto"``) may be added where targets are known at prediction too.
    align_rows
        Rows that choose the weights, spread evenly over all.
    """

    compound: Annotated[tuple[CompoundKernel, ...], Field(min_length=1)] = (
        CompoundKernel(feature="morgan_counts"),
        CompoundKernel(feature="feature_morgan_counts"),
        CompoundKernel(feature="atom_pair_counts"),
        CompoundKernel(feature="torsion_counts"),
        CompoundKernel(feature="maccs"),
        CompoundKernel(feature="fast_descriptors", kind="rbf"),
    )
    align_rows: Annotated[int, Field(ge=10)] = 2000


class MultipleKernel(LsSvm):
    """A least-squares support vector machine on a weighted sum of kernels.

    The weights follow from centred alignment: first those of the compound
    kernels, then those of the products with cell, dose and time. A kernel of
    weight 0 tells nothing that the others do not.
    """

    name = "multiple-kernel"
    Options = MultipleKernelOptions

    def numbers(
        self, parts: Pieces, rows: Rows, scores: np.ndarray, options: MultipleKernelOptions, context: Context
    ) -> Hyper:
        """Return the numbers of the kernel, its weights learnt."""
        own = options.kernel
        count = len(scores)
        some = np.unique(np.linspace(0, count - 1, min(count, options.align_rows)).round().astype(np.int64))
        at = (rows.compound[some], rows.condition[some])

        def kernel(hyper: Hyper) -> np.ndarray:
            compound = compound_kernel(parts, hyper, own, np)
            return row_kernel(compound, condition_kernels(parts, hyper, own, np), at, at)

        hyper = from_options(own)
        for name in ("mixture", "terms"):
            context.progress(("mixture", "terms").index(name), 2, "weights of kernels")
            apart = [kernel({**hyper, name: one}) for one in np.eye(len(hyper[name]))]
            hyper = {**hyper, name: aligned_weights(apart, scores[some], rows.weight[some])}
        context.progress(2, 2, "weights of kernels")
        return hyper
