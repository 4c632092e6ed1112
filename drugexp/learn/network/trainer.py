"""The trainer: fits any `Network` to examples of one or more tasks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from drugexp.contract.batch import Examples
from drugexp.contract.model import Context, Network
from drugexp.contract.task import Task
from drugexp.errors import ModelError
from drugexp.learn.network import checkpoint
from drugexp.learn.network.balance import shares
from drugexp.learn.network.cycles import as_members, cycle_ends, keep, room
from drugexp.learn.network.feed import Calls, Feed, Order
from drugexp.learn.network.held_out import HeldOut
from drugexp.learn.network.options import TrainingOptions
from drugexp.learn.network.steps import Member, Programs, programs
from drugexp.learn.network.tables import check_target, prior_of

_NEVER = 2**31 - 1


@dataclass(frozen=True, eq=False)
class Trained:
    """What training gives.

    Attributes
    ----------
    params
        Parameters; every leaf has a leading member axis.
    centres
        Task name -> (gene,) mean training profile, to be added to the network's output.
    best_step
        (member,) update after which the parameters were taken; each snapshot is a member.
    history
        One entry for each look at the validation samples: step, training and validation loss of each member, and the
        weight of each task in each member where these are learnt.
    """

    params: Any
    centres: dict[str, np.ndarray]
    best_step: np.ndarray
    history: list[dict[str, Any]]


def train(
    network: Network,
    network_options: Any,
    examples: Examples,
    valid: Examples | None,
    options: TrainingOptions,
    *,
    template: dict[str, Any],
    context: Context,
    seed: int,
    prepare: Callable[[Any], Any] = lambda params: params,
) -> Trained:
    """Train ``options.members`` networks side by side, each kept at the end of each of ``options.snapshots`` cycles.

    The same arguments give the same result, whether or not the run was killed
    and resumed from ``context.checkpoint`` on the way.

    Parameters
    ----------
    network, network_options
        What is trained.
    examples
        Training samples of all tasks.
    valid
        Validation samples: the primary task's steer early stopping; None: all steps are made.
    options
        The trainer's dials.
    template
        One example of the right shapes, for ``Network.init``.
    context
        Progress, and the folder for checkpoints.
    seed
        Member k is seeded with ``seed + k``.
    prepare
        Maps fresh parameters to those training starts from.

    Raises
    ------
    ModelError
        If a loss becomes NaN or infinite, `valid` lacks the primary task, a checkpoint is not of this run, or there
        are more snapshots than updates.
    """
    targets = examples.targets
    tasks = tuple(target.task for target in targets)
    sizes = _shares([task.weight for task in tasks], options.batch_size)
    epoch = -(-len(targets[0].rows) // sizes[0])
    total = options.steps or options.epochs * epoch
    seeds = [seed + k for k in range(options.members)]
    ends = cycle_ends(total, options.snapshots)

    for target in targets:
        check_target(target)
    priors = {target.task.name: prior_of(target) for target in targets}
    primary = tasks[0].name
    held_out = None if valid is None else HeldOut(valid, primary, priors[primary])
    run = _identity(network, network_options, examples, valid, options, seed) if context.checkpoint else ""

    if options.snapshots > 1:  # each network is needed to the end of each cycle
        options = options.model_copy(update={"patience": _NEVER})
    compiled = programs(network, network_options, prepare, template, tasks, options, total)
    members = compiled.start(seeds, held_out is not None)
    kept = room(members.params, options.snapshots) if options.snapshots > 1 else None
    step, history = 0, []
    if context.checkpoint and (found := checkpoint.load(context.checkpoint, _whole(members, kept), run=run)):
        (members, kept), facts = _parts(found[0], kept), found[1]
        members, step, history = jax.tree.map(jnp.asarray, members), facts["step"], facts["history"]

    keys = jnp.stack([jax.random.fold_in(jax.random.key(s), 1) for s in seeds])
    orders = [
        [Order(s, i, len(t.rows), size) for s in seeds] for i, (t, size) in enumerate(zip(targets, sizes, strict=True))
    ]
    feed = Feed(examples, priors, orders, options.steps_per_call)
    saved = time.monotonic()
    stale, best = np.asarray(members.stale), np.asarray(members.best_loss)
    between = epoch * options.evaluate_every
    calls = list(_calls(step, {*range(between, total, between), *ends}, options.steps_per_call))
    for call, food in zip(calls, feed(calls), strict=False):
        if not (stale < options.patience).any():
            break
        members = compiled.advance(members, keys, *food, call.step, call.updates)
        step = call.step + call.updates
        looked = step in ends or step % between == 0
        if held_out is not None and looked:
            members = _judged(compiled, members, held_out, step)
        stale, bad, losses, best = jax.device_get(
            (members.stale, members.bad_step, members.loss_sum, members.best_loss)
        )
        _check(bad, stale, options, seeds)
        if kept is not None and step in ends:
            keep(kept, ends.index(step), members.params)
        losses = losses / call.updates
        if looked:
            history.append({"step": step, "train": losses.tolist(), "best": best.tolist() if held_out else None})
            if members.levels is not None:
                history[-1]["weights"] = _weights(members.levels, tasks)
        if context.checkpoint and time.monotonic() - saved >= options.checkpoint_seconds:
            checkpoint.save(context.checkpoint, _whole(members, kept), {"step": step, "history": history}, run=run)
            saved = time.monotonic()
        context.progress(step, total, _words(losses, best if held_out else None))
    if held_out is not None and not np.isfinite(best).all():
        raise ModelError("no validation loss was ever finite.", hint="Look for NaN in the validation samples.")
    centres = {name: known.centre for name, known in priors.items()}
    if kept is not None:
        return Trained(as_members(kept), centres, np.tile(ends, len(seeds)), history)
    if held_out is None:
        return Trained(members.params, centres, np.full(len(seeds), step), history)
    return Trained(members.best, centres, np.asarray(members.best_step), history)


def _calls(step: int, stops: set[int], longest: int) -> Iterator[Calls]:
    """Yield the calls from `step` on; one ends at each stop, where samples are looked at or a cycle ends."""
    for until in sorted(stop for stop in stops if stop > step):
        while step < until:
            count = min(longest, until - step)
            yield Calls(step, count)
            step += count


def _whole(members: Member, kept: Any) -> Any:
    """Return what a checkpoint holds; without snapshots the members alone, as it always did."""
    return members if kept is None else {"members": members, "snapshots": kept}


def _parts(whole: Any, kept: Any) -> tuple[Any, Any]:
    """Undo `_whole`."""
    return (whole, None) if kept is None else (whole["members"], jax.tree.map(np.array, whole["snapshots"]))


def _judged(compiled: Programs, members: Member, held_out: HeldOut, step: int) -> Member:
    sums = jnp.zeros(len(members.stale), jnp.float32)
    for look in held_out:
        # Waited for, or parts read from disk would queue up before the device faster than it is done with them.
        sums = compiled.look(members.params, sums, *look).block_until_ready()
    return compiled.judge(members, sums / held_out.count, step)


def _weights(levels: jax.Array, tasks: Sequence[Task]) -> dict[str, list[float]]:
    wanted = jnp.array([task.weight for task in tasks])
    found = np.asarray(jax.vmap(lambda one: shares(one, wanted / wanted.sum()))(levels))
    return {task.name: found[:, i].tolist() for i, task in enumerate(tasks)}


def _shares(weights: Sequence[float], size: int) -> list[int]:
    """Return how many samples of each task one update sees, at least one."""
    return [max(1, round(size * weight / sum(weights))) for weight in weights]


def _check(bad: np.ndarray, stale: np.ndarray, options: TrainingOptions, seeds: Sequence[int]) -> None:
    failed = np.flatnonzero((bad >= 0) & (stale < options.patience))
    if len(failed):
        k = int(failed[0])
        raise ModelError(
            f"the loss was NaN or infinite at step {int(bad[k])} of the network with seed {seeds[k]}.",
            hint=f"Lower learning_rate (now {options.learning_rate:g}), or look for NaN in the features and targets.",
        )


def _words(losses: np.ndarray, best: np.ndarray | None) -> str:
    text = f"loss {losses.mean():.4g}"
    return text if best is None else f"{text}, best on validation {best.mean():.4g}"


def _identity(
    network: Network,
    network_options: Any,
    examples: Examples,
    valid: Examples | None,
    options: TrainingOptions,
    seed: int,
) -> str:
    """Return the hash of all that decides the result."""
    dials = options.model_dump(exclude={"checkpoint_seconds", "steps_per_call"})
    for name, usual in (("snapshots", 1), ("balance", "fixed")):  # runs from before there were these go on
        if dials[name] == usual:
            del dials[name]
    parts: list[Any] = [network.name, network_options.model_dump(), dials, seed]
    for part in (examples, valid):
        if part is None:
            continue
        batch = part.batch
        parts += [batch.compound_index, batch.cell_index, batch.dose_um, batch.hours]
        for table in (batch.compound, batch.cell):
            for name in sorted(table):
                parts += [name, table[name]]
        for target in part.targets:
            task = target.task
            parts += [
                task.name,
                task.loss,
                task.weight,
                list(task.genes.ids),
                target.rows,
                target.values,
                target.weight,
            ]
            parts += [extra for extra in (target.state, target.bound) if extra is not None]
    return checkpoint.digest(*parts)
