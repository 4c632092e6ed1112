"""Kaplan-Meier curves and the log-rank test, by lifelines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from drugexp.errors import UsageError


@dataclass(frozen=True, eq=False)
class Curve:
    """A Kaplan-Meier curve.

    Attributes
    ----------
    time
        (step,) from 0, in the unit of the times.
    alive, low, high
        (step,) share without an event from that time on, and its 95% band (of log(-log), as lifelines has it).
    """

    time: np.ndarray
    alive: np.ndarray
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True)
class Contrast:
    """Two groups of patients compared.

    Attributes
    ----------
    statistic, p
        Of the log-rank test.
    ratio, low, high
        Hazard ratio of the second group with its 95% interval, by Cox; NaN where a group has no event.
    """

    statistic: float
    p: float
    ratio: float
    low: float
    high: float


def kaplan_meier(time: np.ndarray, events: np.ndarray) -> Curve:
    """Return the curve of (patient,) times and events.

    Raises
    ------
    UsageError
        If lifelines is missing.
    """
    fitter = _lifelines().KaplanMeierFitter().fit(time, event_observed=events)
    band = fitter.confidence_interval_.to_numpy()
    return Curve(
        fitter.survival_function_.index.to_numpy(dtype=np.float64),
        fitter.survival_function_.to_numpy()[:, 0],
        band[:, 0],
        band[:, 1],
    )


def contrast(time: np.ndarray, events: np.ndarray, high: np.ndarray) -> Contrast:
    """Compare patients that are `high`, (patient,) bool, with the others; see `Contrast`.

    Raises
    ------
    UsageError
        If lifelines is missing.
    """
    from drugexp.biology.biomarkers.cox import fit_cox
    from drugexp.biology.biomarkers.risk_sets import risk_sets

    _lifelines()
    from lifelines.statistics import logrank_test

    if high.all() or not high.any() or not events.any():
        return Contrast(np.nan, np.nan, np.nan, np.nan, np.nan)
    test = logrank_test(time[high], time[~high], events[high], events[~high])
    fit = fit_cox(high[:, None].astype(np.float64), risk_sets(time, events))
    beta, error = float(fit.coefficients[0, 0]), float(fit.errors[0, 0])
    low, ratio, high_end = (float(v) for v in np.exp(beta + 1.959964 * error * np.array([-1.0, 0.0, 1.0])))
    return Contrast(float(test.test_statistic), float(test.p_value), ratio, low, high_end)


def _lifelines() -> Any:
    try:
        import lifelines
    except ImportError:
        raise UsageError(
            "Kaplan-Meier curves and log-rank tests need lifelines, which is not installed",
            hint="pip install 'drugexp[survival]'",
        ) from None
    return lifelines
