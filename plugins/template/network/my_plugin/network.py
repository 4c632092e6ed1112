"""A small network: the fingerprint, shifted by the cell and the dose, to every gene.

Both functions see ONE example, without a batch axis. Batches, missing values,
early stopping, seeds, checkpoints and devices are the trainer's.
"""

import jax
import jax.numpy as jnp

from drugexp.contract import Needs, Options


class MyPlugin:
    """Two pure functions, `init` and `apply`, over a dict of arrays."""

    name = "my-plugin"

    class Options(Options):
        """The network's own dials; those of the trainer (epochs, learning_rate, ...) stand beside them."""

        width: int = 64

    def needs(self, options):
        """Ask for the fingerprint and for the cell's expression."""
        return Needs(compound=("morgan_counts",), cell=("expression",))

    def init(self, key, example, tasks, options):
        """Return random weights, and a head that starts at zero for each task."""
        shapes = {"compound": example["compound"]["morgan_counts"], "cell": example["cell"]["expression"]}
        keys = dict(zip(shapes, jax.random.split(key, len(shapes)), strict=True))
        params = {
            name: jax.random.normal(keys[name], (len(x), options.width)) / jnp.sqrt(len(x))
            for name, x in shapes.items()
        }
        heads = {task.name: jnp.zeros((options.width, len(task.genes))) for task in tasks}
        bias = {task.name: jnp.zeros(len(task.genes)) for task in tasks}
        return params | {"dose": jnp.zeros(options.width), "heads": heads, "bias": bias}

    def apply(self, params, example, options, *, key):
        """Return task name -> (gene,) for one example."""
        counts = jnp.log1p(example["compound"]["morgan_counts"].astype(jnp.float32))
        cell = jnp.nan_to_num(example["cell"]["expression"])  # a sample pooled over cells comes as NaN
        dose = jnp.log10(jnp.nan_to_num(example["dose_um"], nan=1.0))  # a dose that is not stated, too
        hidden = jax.nn.gelu(counts @ params["compound"] + cell @ params["cell"] + dose * params["dose"])
        return {name: hidden @ head + params["bias"][name] for name, head in params["heads"].items()}
