"""A check of data as one self-contained page."""

from __future__ import annotations

from html import escape

from drugexp.intake.quality.finding import Bars, Finding, Histogram, Picture, Report
from drugexp.show import svg
from drugexp.show.check_text import verdict
from drugexp.show.page import page, table

_SPOKEN = {"fine": "fine", "look": "look at it", "fix": "to fix"}


def check_page(report: Report) -> str:
    """Return the report as HTML with its figures inside; nothing of it needs a network or a script."""
    part = "" if report.looked_at == report.samples else f" ({report.looked_at:,} looked at)"
    head = [
        f"<h1>{escape(report.where)}</h1>",
        f'<p class="soft">{report.samples:,} samples{part} &times; {report.genes:,} genes</p>',
        *(f'<p class="soft">{escape(note)}</p>' for note in report.notes),
        f"<p><strong>{escape(verdict(report))}</strong></p>",
    ]
    body = "\n".join([f"<header>{''.join(head)}</header>", "<main>", *map(_section, report.findings), "</main>"])
    return page(f"Check of {report.where}", body)


def _section(finding: Finding) -> str:
    kind = finding.severity.value
    parts = [
        f'<section class="{kind}"><span class="badge {kind}">{_SPOKEN[kind]}</span><h2>{escape(finding.title)}</h2>',
        f'<p>{escape(finding.sentence)}</p><div class="beside">',
        _picture(finding.picture) if finding.picture is not None else "",
        table(finding.table.heads, finding.table.rows) if finding.table else "",
        "</div></section>",
    ]
    return "".join(parts)


def _picture(picture: Picture) -> str:
    return f"<figure><figcaption>{escape(picture.title)}</figcaption>{_drawn(picture)}</figure>"


def _drawn(picture: Picture) -> str:
    if isinstance(picture, Histogram):
        return svg.histogram(picture.title, picture.x, picture.edges, picture.series)
    if isinstance(picture, Bars):
        return svg.bars(picture.title, picture.x, picture.y, picture.names, picture.heights)
    return svg.scatter(picture.title, picture.x, picture.y, picture.points, picture.groups)
