"""The parts of `benchmarks/gpu.py`, on a CPU and in small."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from small_model import SMILES

from drugexp import api
from drugexp.chemistry.tanimoto import count_tanimoto
from drugexp.contract import Factors
from drugexp.learn.pipeline import describe_cells
from drugexp.registry import discover

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def part(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that imports a file of the benchmarks."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    monkeypatch.setattr(importlib.import_module("device.clock"), "LEAST", 1e-4)
    return importlib.import_module


def layer(x: Any, y: Any) -> Any:
    """A product in a program of its own, a bend, and a product with a batch axis."""
    hidden = jax.nn.gelu(jax.jit(jnp.matmul)(x, y))
    return jnp.einsum("br,brc->bc", hidden, jnp.ones((len(hidden), hidden.shape[1], 5), jnp.float32))


def pair() -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    return tuple(jnp.asarray(rng.normal(size=s), jnp.float32) for s in ((4, 32), (32, 6)))


def test_products_are_counted_wherever_they_stand(part: Any) -> None:
    found = part("device.products").products(layer, *pair())
    assert [p.flops for p in found] == [2 * 4 * 32 * 6, 2 * 4 * 6 * 5]


def test_another_arithmetic_is_that_of_numpy(part: Any) -> None:
    products = part("device.products")
    x, y = pair()
    with jax.enable_x64(True):
        wide = np.asarray(jax.jit(products.doubled(layer))(*map(products.widened, (x, y))))
    h = np.asarray(x, np.float64) @ np.asarray(y, np.float64)
    truth = (0.5 * h * (1 + np.tanh(np.sqrt(2 / np.pi) * (h + 0.044715 * h**3)))).sum(1, keepdims=True).repeat(5, 1)
    assert wide.dtype == np.float64
    assert np.allclose(wide, truth, rtol=1e-7), "constants were float32"
    ways = {bits: np.asarray(jax.jit(products.rounded(layer, bits))(x, y)) for bits in (23, 10, 7)}
    errors = [np.abs(way - truth).max() for way in ways.values()]
    assert errors[0] < 1e-4 < errors[1] < errors[2] < 1
    assert np.allclose(jax.jit(products.narrowed(layer))(x, y), ways[7], atol=1e-5)


def test_rounding_is_to_the_nearest_with_so_many_bits(part: Any) -> None:
    products = part("device.products")
    x = jnp.asarray([[1 + 2.0**-11 + 2.0**-20]], jnp.float32)
    one = jnp.ones((1, 1), jnp.float32)
    assert products.rounded(jnp.matmul, 10)(x, one)[0, 0] == 1 + 2.0**-10
    assert products.rounded(jnp.matmul, 7)(x, one)[0, 0] == 1
    assert products.rounded(jnp.matmul, 23)(x, one)[0, 0] == x[0, 0]


def toy() -> tuple[Factors, tuple[dict[str, Any], dict[str, Any]]]:
    """Return a model of the form (compound x map) * cell, and features of 30 compounds and 4 cells."""
    rng = np.random.default_rng(0)
    compound, cell, maps = (rng.normal(size=s).astype(np.float32) for s in ((30, 8), (4, 6), (8, 6)))

    def combine(params: Any, u: Any, v: Any, dose: Any, hours: Any) -> tuple[Any, Any]:
        mean = (u * v) @ params["out"] + dose[:, None] + hours[:, None]
        return mean, jnp.zeros_like(mean)

    out = rng.normal(size=(6, 60)).astype(np.float32)
    factors = Factors(
        {"map": jnp.asarray(maps), "out": jnp.asarray(out)},
        lambda params, features: features["x"] @ params["map"],
        lambda _, features: features["y"],
        combine,
        has_sd=False,
    )
    return factors, ({"x": compound}, {"y": cell})


def test_a_grid_decodes_every_pair_and_the_last_tile_is_filled_up(part: Any) -> None:
    factors, features = toy()
    grid = part("device.decode").Grid(factors, features, pairs=50)
    u, v = grid.encode()
    decode = jax.jit(grid.decode)
    found = np.concatenate([decode(factors.params, u, v, s) for s in grid.starts()])
    each = (features[0]["x"] @ factors.params["map"])[:, None] * features[1]["y"][None]
    truth = (each @ factors.params["out"]).reshape(120, 60) + 34
    assert np.allclose(found[:120], truth, atol=1e-4)
    anew = jax.jit(grid.anew, static_argnums=0)(7, factors.params, grid.compound, grid.cell, 60)
    assert np.allclose(anew, truth[60:67], atol=1e-4)


def test_a_report_on_a_grid_holds_every_way(part: Any) -> None:
    decode, ceilings = part("device.decode"), part("device.ceilings")
    grid = decode.Grid(*toy(), pairs=50)
    offered = ceilings.offered()
    assert ceilings.TF32 not in offered, "no CPU has it"
    lines = decode.section("a toy", grid, rounds=1)
    assert sum(line.startswith("| decode alone") for line in lines) == len(offered)
    assert [p.flops for p in decode.decoding(grid)] == [2 * 50 * 6 * 60]


def test_errors_grow_as_fractions_get_shorter(part: Any) -> None:
    errors = part("device.accuracy").against_float64(*toy())
    rows = {line.split(" | ")[0].strip("| "): line.split(" | ") for line in errors if line.startswith("| ")}
    full, tf32, bf16 = (float(rows[n][1]) for n in ("float32, full", "TF32, imitated", "bfloat16, imitated"))
    assert full < 1e-4 < tf32 < bf16


def test_ceilings_are_rates_of_every_arithmetic(part: Any) -> None:
    ceilings = part("device.ceilings")
    found = ceilings.rates(8, 16, 4, rounds=1)
    assert list(found) == ceilings.offered()
    assert all(rate > 0 and error < 0.02 for rate, error in found.values())
    assert [name for name, _ in ceilings.transfers(1, rounds=1)] == ["read and write device memory"]


def test_similarity_is_that_of_chemistry(part: Any) -> None:
    similar, ceilings = part("device.similar"), part("device.ceilings")
    bits = (np.random.default_rng(0).random((20, 64)) < 0.2).astype(np.uint8)
    x = jnp.asarray(bits, jnp.float32)
    truth = count_tanimoto(bits, bits)
    for arithmetic in (ceilings.FULL, ceilings.BF16):
        assert np.allclose(similar.similarities(x, x, arithmetic), truth, atol=1e-6)
    packed = jnp.asarray(np.packbits(bits, axis=1).view(np.uint32))
    best, rows = similar.nearest(packed[3], packed, 5)
    assert np.allclose(best, np.sort(truth[3])[::-1][:5], atol=1e-6)
    assert rows[0] == 3


def test_the_command_writes_its_table(part: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    library, out = tmp_path / "library.csv", tmp_path / "gpu.md"
    library.write_text("ID,SMILES\n" + "".join(f"m{i},{s}\n" for i, s in enumerate(SMILES)))
    sizes = ["--compounds", "40", "--similar", "30", "--many", "200", "--rounds", "1"]
    part("gpu").main(["--library", str(library), "--sections", "similarity", "-o", str(out), *sizes])
    text = out.read_text()
    assert text.startswith("# An accelerator\n\nno accelerator: all figures are of the CPU; ")
    assert "| 30 x 30, NumPy |" in text
    assert text.rstrip() == capsys.readouterr().out.rstrip()


class Toy:
    """The toy as a fitted model."""

    def factors(self) -> Factors:
        return toy()[0]


def test_a_screen_is_timed_in_tiles_and_arithmetics(part: Any) -> None:
    screening = part("device.screening")
    assert screening.offered(Toy()) == ["float32"], "a CPU has no other"
    lines = screening.section("a toy", Toy(), toy()[1], compounds=20, pairs=[16], rounds=1)
    assert sum("| float32 |" in line for line in lines) == 6
    assert sum(line.endswith("| 1.000000 |") for line in lines) == 6


def test_what_accelerators_round_does_little_to_profiles_of_the_bundled_model(part: Any) -> None:
    """The bounds that the page on screening states, with the rounding of factors imitated."""
    products, screening = part("device.products"), part("device.screening")
    pipeline = api.load()
    factors, cell = pipeline.fitted.factors(), describe_cells(pipeline, pipeline.cells, discover())
    compound, _ = api.compound_features(SMILES)
    places = np.arange(len(SMILES)) % len(pipeline.cells.ids)

    def means(params: Any, compound: Any, cell: Any) -> Any:
        v = jax.tree.map(lambda a: a[places], factors.encode_cell(params, cell))
        u, dose = factors.encode_compound(params, compound), jnp.full(len(SMILES), 10.0, jnp.float32)
        return factors.combine(params, u, v, dose, dose * 2.4)[0]

    arguments = (factors.params, dict(compound), dict(cell))
    truth = np.asarray(jax.jit(means)(*arguments))
    for bits, least in ((products.TF32, 0.999), (products.BF16, 0.99)):
        guess = np.asarray(jax.jit(products.rounded(means, bits))(*arguments))
        assert screening.likeness(guess, truth).min() >= least, bits
        assert not np.array_equal(guess, truth)


def test_figures_have_three_digits(part: Any) -> None:
    shown = part("device.clock").shown
    assert [shown(x) for x in (0.0, 1.2345, 123.4, 1234.5, 12345.6, 1.5e-7, 7, "a")] == [
        "0", "1.23", "123", "1,234", "12,346", "1.5e-07", "7", "a",
    ]  # fmt: skip
