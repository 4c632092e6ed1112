"""Ridge regression from the fingerprint to every gene."""

import numpy as np

from drugexp.contract import GeneAxis, Needs, Options, Prediction, Unit


class MyPlugin:
    name = "my-plugin"

    class Options(Options):
        penalty: float = 30.0

    def needs(self, options):
        return Needs(compound=("morgan_counts",))

    def fit(self, train, valid, options, *, context, seed):
        target, batch = train.primary, train.all()
        X = np.log1p(batch.compound["morgan_counts"])[batch.compound_index]
        weight = target.observed * target.weight[:, None]
        mean = (weight * target.values).sum(0) / np.maximum(weight.sum(0), 1e-9)
        rest = np.where(target.observed, target.values - mean, 0)
        slope = X.T @ np.linalg.solve(X @ X.T + options.penalty * np.eye(len(X)), rest)
        return Fitted(mean, slope, target.task.genes, target.task.unit)

    def restore(self, state, options, *, context):
        genes, unit = GeneAxis.restore(state["genes"]), Unit(state["unit"])
        return Fitted(state["mean"], state["slope"], genes, unit)


class Fitted:
    def __init__(self, mean, slope, genes, unit):
        self.mean, self.slope, self.genes, self.unit = mean, slope, genes, unit

    def predict(self, batch):
        profiles = self.mean + np.log1p(batch.compound["morgan_counts"]) @ self.slope
        return Prediction(profiles[batch.compound_index], self.genes, self.unit)

    def state(self):
        axis = {"genes": self.genes.state(), "unit": self.unit.value}
        return {"mean": self.mean, "slope": self.slope, **axis}
