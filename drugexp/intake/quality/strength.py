"""How strong the changes are, beside those between controls."""

from __future__ import annotations

import numpy as np

from drugexp.intake.quality.finding import Finding, Histogram, Severity, shares
from drugexp.intake.quality.measured import Measured

_TITLE = "signature strength"
_BINS = 40


def root_mean_square(values: np.ndarray) -> np.ndarray:
    """Return the root of the mean square over the genes that were measured, (sample,); NaN for none."""
    held = np.isfinite(values)
    count = held.sum(axis=1)
    total = np.where(held, values.astype(np.float64), 0.0) ** 2
    return np.sqrt(np.divide(total.sum(axis=1), count, out=np.full(len(values), np.nan), where=count > 0))


def check_strength(measured: Measured) -> tuple[Finding, ...]:
    """Compare the size of the changes of treated samples with that of controls."""
    if not (measured.is_change or measured.controls.any()):
        return ()
    size, control = root_mean_square(measured.changes), measured.controls
    treated = size[~control & np.isfinite(size)]
    if not len(treated):
        return ()
    own = _left_out(measured)
    q = np.quantile(treated, [0.05, 0.5, 0.95])
    words = f"changes have a root mean square of {q[1]:.2g} (5% below {q[0]:.2g}, 5% above {q[2]:.2g})"
    edges = np.linspace(0.0, float(np.quantile(np.concatenate([treated, own]), 0.99)) or 1.0, _BINS + 1)
    series = {"treated": shares(treated, edges)}
    severity = Severity.FINE
    if len(own):
        bound = float(np.quantile(own, 0.95))
        above = float((treated > bound).mean())
        words += f"; {above:.0%} of treated samples exceed what 95% of controls stay below ({bound:.2g}); chance: 5%"
        series["controls"] = shares(own, edges)
        severity = Severity.LOOK if above < 0.1 else Severity.FINE
    picture = Histogram("Size of the changes", "root mean square over genes", edges, series)
    return (Finding(severity, _TITLE, words, None, picture),)


def _left_out(measured: Measured) -> np.ndarray:
    """Return the size of each control's difference to the mean of the others of its group, (control,).

    A control is part of the mean it is compared with: of n controls, its difference to the others is n / (n - 1)
    times that to the mean of all.
    """
    control = measured.controls
    if measured.is_change:
        size = root_mean_square(measured.changes[control])
        return size[np.isfinite(size)]
    code = np.unique(measured.groups(measured.roles.match), return_inverse=True)[1]
    n = np.bincount(code[control], minlength=code.max() + 1)[code[control]]
    size = root_mean_square(measured.changes[control])
    keep = np.isfinite(size) & (n > 1)
    return size[keep] * n[keep] / (n[keep] - 1)
