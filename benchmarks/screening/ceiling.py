"""The floor of anything that reads a library: RDKit's parse and Morgan counts, in processes of their own.

    python benchmarks/screening/ceiling.py FILE PART PARTS

reads its share of the SMILES, says that it is ready, and on a line of input does the work and prints its seconds.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path


def parse_and_morgan(smiles: list[str]) -> None:
    """Read and fingerprint one molecule after the other, and keep nothing."""
    from rdkit import Chem
    from rdkit.Chem import rdFingerprintGenerator

    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
    for text in smiles:
        generator.GetCountFingerprint(Chem.MolFromSmiles(text))


def seconds(path: Path, processes: int) -> float:
    """Return the wall time that the slowest of the processes takes for its share; their start does not count."""
    command = [sys.executable, __file__, str(path)]
    workers = [
        subprocess.Popen([*command, str(i), str(processes)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for i in range(processes)
    ]
    for worker in workers:
        assert worker.stdout is not None
        worker.stdout.readline()
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    return max(float(worker.communicate()[0]) for worker in workers)


def main() -> None:
    """Be one of the processes."""
    path, part, parts = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    smiles = [line.split()[0] for line in path.read_text().splitlines()][part::parts]
    parse_and_morgan(smiles[:100])
    print("ready", flush=True)
    sys.stdin.readline()
    start = time.perf_counter()
    parse_and_morgan(smiles)
    print(time.perf_counter() - start)


if __name__ == "__main__":
    main()
