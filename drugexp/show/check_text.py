"""A check of data as plain text."""

from __future__ import annotations

import textwrap

from drugexp.intake.quality.finding import Finding, Report, Table

_WIDTH = 110
_INDENT = " " * 6


def check_text(report: Report) -> str:
    """Return the report as lines of text, those to fix marked ``fix``, those to judge ``look``."""
    part = "" if report.looked_at == report.samples else f" ({report.looked_at:,} looked at)"
    lines = [f"{report.where}: {report.samples:,} samples{part} x {report.genes:,} genes"]
    lines += [f"note: {note}" for note in report.notes]
    for finding in report.findings:
        lines += _finding(finding)
    lines.append(verdict(report))
    return "\n".join(lines)


def verdict(report: Report) -> str:
    """Return the last word: how much is to be fixed, and how.

    Of a file that needs nothing it says so.
    """
    if not report.to_fix:
        return "nothing needs fixing"
    many = "1 finding is" if report.to_fix == 1 else f"{report.to_fix} findings are"
    return f"{many} to be fixed: --fix -o OUT writes a cleaned copy and a log of every change"


def _finding(finding: Finding) -> list[str]:
    head = f"{finding.severity.value:<4}  {finding.title}: {finding.sentence}"
    lines = textwrap.wrap(head, _WIDTH, subsequent_indent=_INDENT, break_long_words=False, break_on_hyphens=False)
    return [*lines, *(_table(finding.table) if finding.table else [])]


def _table(table: Table) -> list[str]:
    cells = [table.heads, *[tuple(map(str, row)) for row in table.rows]]
    widths = [max(len(row[at]) for row in cells) for at in range(len(table.heads))]
    return [
        _INDENT + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in cells
    ]
