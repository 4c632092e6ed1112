"""Coverage-guided fuzzing of the GCT parser with atheris (extra ``fuzz``); not a test of pytest.

    python tests/fuzz/atheris_gct.py SEEDS -max_total_time=60

SEEDS is a folder for the corpus; whole files are put there first. What breaks
the law is written as ``crash-...`` to the working folder, and the exit code
tells. The other options are those of libFuzzer.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["drugexp.intake.formats.gct"], enable_loader_override=False):
    from drugexp.intake.formats.gct import parse_gct

from drugexp.errors import InputError

SEEDS = (
    "#1.2\n2\t3\nName\tDescription\tA\tB\tC\n1007_s_at\tDDR1\t1\t2.5\t-3e2\n1053_at\tRFC2\t4\t\t6\n",
    "#1.3\n2\t3\t2\t1\nid\tpr_gene_symbol\tpr_gene_id\tw1\tw2\tw3\npert_iname\tna\tna\tDMSO\t-666\tvorinostat\n"
    "200814_at\tPSME1\t5720\t8.1\t8.2\t8.3\n222103_at\tATF1\t-666\t9.1\t-666\tNaN\n",
    "#1.3\n1\t1\t0\t0\nid\ts\ng\t1\n",
    "#1.3\n1\t2\t0\t1\nid\ts1\ts2\nunit\tzscore\tzscore\ng\t1_0\t-666\n\n",
    "#1.2\t\t\n1\t1\t\t\nName\tDescription\tA\t\t\ng\tna\tinf\t\t\n",
)


def one(content: bytes) -> None:
    """Read one file: a table whose numbers fit its labels, or a sentence of ours."""
    text = content.decode("utf-8", errors="replace")
    try:
        found = parse_gct(iter(text.split("\n")), "a.gct")
    except InputError as error:
        if not str(error).startswith("a.gct: "):
            raise AssertionError(str(error)) from error
        return
    if found.values.shape != (len(found.samples), len(found.genes)):
        raise AssertionError(found.values.shape)


def main() -> None:
    """Lay out the seeds and fuzz."""
    warnings.simplefilter("error")
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for number, text in enumerate(SEEDS):
        (folder / f"whole-{number}.gct").write_text(text, encoding="utf-8")
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
