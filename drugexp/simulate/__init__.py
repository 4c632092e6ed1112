"""Synthetic screens with a planted, documented mechanism."""

from __future__ import annotations

from drugexp.simulate.mechanism import Mechanism
from drugexp.simulate.options import SimulationOptions
from drugexp.simulate.screens import Simulation, blocks, simulate

__all__ = ["Mechanism", "Simulation", "SimulationOptions", "blocks", "simulate"]
