"""Kernel models: products of compound, cell, dose and time kernels, solved in closed form."""

from __future__ import annotations

from drugexp.contract.hooks import Register, hookimpl

api_version = "0.1"


@hookimpl
def drugexp_register_models(register: Register) -> None:
    """Declare the kernel models."""
    register(
        "product-kernel",
        "drugexp_kernels.product.model:ProductKernel",
        summary="Gaussian process over compound x cell x dose x time, low-rank targets",
    )
    register(
        "cell-shift",
        "drugexp_kernels.shifting.cell_shift:CellShift",
        summary="another model, shifted by what known cell lines do differently and scaled by the dose",
    )
    register(
        "label-kernel",
        "drugexp_kernels.label.label_kernel:LabelKernel",
        summary="kernel ridge on structures and the targets and mechanisms they point to, pooled over cells",
    )
    register(
        "distilled-kernel",
        "drugexp_kernels.label.distilled:DistilledKernel",
        summary="one fast fingerprint kernel that imitates another model, pooled over cells",
    )
    register(
        "ls-svm",
        "drugexp_kernels.vector.ls_svm:LsSvm",
        summary="least-squares support vector machine: kernel ridge with a free constant",
    )
    register(
        "multiple-kernel",
        "drugexp_kernels.vector.multiple:MultipleKernel",
        summary="least-squares support vector machine on kernels weighed by alignment",
    )
    register(
        "svr",
        "drugexp_kernels.vector.svr:Svr",
        summary="epsilon support vector regression, low-rank targets",
        requires=("sklearn",),
        extra="drugexp[models]",
    )
