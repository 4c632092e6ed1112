"""The product kernel model: rows, low-rank targets, one decomposition, a noise for each direction."""

from __future__ import annotations

from typing import Any

import numpy as np

from drugexp.contract import Context, Examples, Needs, OneOf, Span, State
from drugexp.errors import ModelError
from drugexp.preprocess.directions import LowRank, fit_low_rank
from drugexp_kernels.product import fitted, gram, noise, spectrum
from drugexp_kernels.product.compounds import store_compounds
from drugexp_kernels.product.hyper import from_options
from drugexp_kernels.product.learning import learn
from drugexp_kernels.product.options import ProductKernelOptions
from drugexp_kernels.product.rows import Rows, collect


class ProductKernel:
    """Gaussian process over compound x cell x dose x time with low-rank targets.

    ``z_j ~ N(0, s_j (K + noise_j / weight))`` for each principal direction j of
    the targets, with ``K = sum of terms, each a product of compound, cell,
    dose and time kernels``.
    """

    name = "product-kernel"
    Options = ProductKernelOptions

    def needs(self, options: ProductKernelOptions) -> Needs:
        """Say which features the kernels read."""
        return options.features

    def search_space(self, options: ProductKernelOptions) -> dict[str, Span | OneOf]:
        """Return what is worth trying; the noise is chosen by the fit."""
        stated = {"length": Span(0.1, 3.0, log=True), "share": Span(0.05, 0.95)}
        conditions = {f"{of}.{name}": span for of in ("cell", "dose", "time") for name, span in stated.items()}
        return {"rank": Span(10, 300, log=True, whole=True), **conditions}

    def fit(
        self, train: Examples, valid: Examples | None, options: ProductKernelOptions, *, context: Context, seed: int
    ) -> fitted.FittedKernel:
        """Fit to `train`; `valid` is not used. The seed picks the rows that weights are learnt on."""
        rows = collect(
            train,
            self.needs(options).compound,
            options.cell_feature,
            auxiliary=options.use_auxiliary,
            noise=options.auxiliary_noise,
        )
        if int(rows.primary.sum()) < 2:
            raise ModelError("the product kernel needs at least two measured samples of the primary task")
        ours = rows.primary
        low = fit_low_rank(rows.values[ours], rows.present[ours], rows.weight[ours], options.rank)
        z = low.scores(np.where(ours[:, None], rows.values - low.mean, rows.values), rows.present)
        store = store_compounds(rows.features, options.compound)
        parts = gram.pieces(store, rows.conditions, options)
        hyper = from_options(options)
        if options.learn == "marginal":
            some = np.sort(np.random.default_rng(seed).permutation(len(z))[: options.learn_rows])
            few = z[some][:, : options.learn_directions]
            where = (rows.compound[some], rows.condition[some])
            hyper = learn(hyper, parts, where, few, rows.weight[some], options, context.progress)
        compound = gram.compound_kernel(parts, hyper, options, np)
        conditions = gram.condition_kernels(parts, hyper, options, np)
        context.progress(0, 1, "solving")
        found = decompose(rows, compound, conditions, options)
        state = _state(rows, low, z, found, compound, conditions, options)
        genes = train.primary.task.genes
        state |= {
            "compounds": store,
            "hyper": hyper,
            "genes": genes.state(),
            "unit": train.primary.task.unit.value,
        }
        context.progress(1, 1, "solved")
        return fitted.restore(state, options)

    def restore(self, state: State, options: ProductKernelOptions, *, context: Context) -> fitted.FittedKernel:
        """Return the fitted model that gave `state`."""
        return fitted.restore(state, options)


def decompose(
    rows: Rows, compound: np.ndarray, conditions: tuple[np.ndarray, np.ndarray], options: ProductKernelOptions
) -> spectrum.Spectrum:
    """Return the decomposition of the rows' kernel by the solver asked for, or the first that fits."""
    c, s, n = rows.compound, rows.condition, len(rows.compound)
    grid = n == len(compound) * len(conditions[0]) and bool(np.allclose(rows.weight, 1.0))
    grid = grid and all("compound" in term.factors for term in options.terms)
    solver = options.solver
    if solver == "kronecker" and not grid:
        raise ModelError(
            "solver 'kronecker' needs every compound in every condition, equal weights, and the compound in all terms.",
            hint="Use solver 'auto'.",
        )
    if solver == "auto":
        solver = "kronecker" if grid and len(conditions[0]) > 1 else "exact" if n <= options.exact_rows else "nystroem"
    if solver == "kronecker":
        return spectrum.kronecker(compound, conditions[0], c * len(conditions[0]) + s)
    if solver == "exact":
        return spectrum.exact(gram.row_kernel(compound, conditions, (c, s), (c, s)), rows.weight)
    diagonal = conditions[0][s, s] + conditions[1][s, s]
    landmarks = spectrum.choose_landmarks(diagonal, gram.row_column(compound, conditions, c, s), options.landmarks)
    cross = gram.row_kernel(compound, conditions, (c, s), (c[landmarks], s[landmarks]))
    return spectrum.nystroem(cross, landmarks, rows.weight)


def choose_noise(found: spectrum.Spectrum, white: np.ndarray, rows: Rows, options: ProductKernelOptions) -> np.ndarray:
    """Return the noise variance of each direction, over the kernel's."""
    if isinstance(options.noise, float):
        return np.full(white.shape[1], options.noise)
    grid = np.array(options.noise_grid)
    if options.noise == "loo":
        cost = noise.left_out_errors(found, white, options.noise_grid, rows.group, rows.primary)
    else:
        cost = noise.negative_log_likelihood(found, white, options.noise_grid)
    best = cost.argmin(0) if options.noise_per_direction else np.full(white.shape[1], cost.sum(1).argmin())
    return grid[best]


def _state(
    rows: Rows,
    low: LowRank,
    z: np.ndarray,
    found: spectrum.Spectrum,
    compound: np.ndarray,
    conditions: tuple[np.ndarray, np.ndarray],
    options: ProductKernelOptions,
) -> dict[str, Any]:
    white = z * np.sqrt(rows.weight)[:, None]
    sigma = choose_noise(found, white, rows, options)
    amplitude = noise.variances(found, white, sigma)
    inner = found.scale[:, None] / (found.values[:, None] + sigma)
    dual = found.lift(inner * found.rotate(white))
    a = found.anchors
    nystroem = len(a) < len(z) and options.neighbours > 0
    kept = len(found.values) if nystroem else min(options.variance_rank, len(found.values))
    single = np.float32
    state: dict[str, Any] = {
        "conditions": {f: getattr(rows.conditions, f) for f in ("cells", "cell", "dose_um", "hours", "auxiliary")},
        "anchors": {"compound": rows.compound[a].astype(np.int32), "condition": rows.condition[a].astype(np.int32)},
        "dual": dual.astype(single),
        "vectors": found.columns(kept).astype(single),
        "gain": (found.scale[:kept, None] * inner[:kept]).astype(single),
        "amplitude": amplitude.astype(single),
        "noise": sigma.astype(single),
        "noise_of_gene": ((sigma * amplitude) @ low.basis**2 + low.rest).astype(single),
        "basis": low.basis.astype(single),
        "mean": low.mean.astype(single),
    }
    if nystroem:
        cross = gram.row_kernel(
            compound, conditions, (rows.compound, rows.condition), (rows.compound[a], rows.condition[a])
        )
        state["correction"] = {
            "compound": rows.compound.astype(np.int32),
            "condition": rows.condition.astype(np.int32),
            "residual": (z - cross @ dual).astype(single),
            "features": (cross @ found.columns(kept)).astype(single),
        }
    return state
