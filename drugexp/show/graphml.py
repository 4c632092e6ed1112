"""Edges as GraphML, which Cytoscape, Gephi and networkx read."""

from __future__ import annotations

from xml.etree import ElementTree

import pandas as pd

_SPACE = "http://graphml.graphdrawing.org/xmlns"


def graphml(edges: pd.DataFrame) -> bytes:
    """Return a directed graph: nodes by name, and every column beside ``regulator`` and ``target`` on the edges.

    Parameters
    ----------
    edges
        One row an edge; NaN is left out.
    """
    root = ElementTree.Element("graphml", {"xmlns": _SPACE})
    columns = [c for c in edges.columns if c not in ("regulator", "target")]
    for column in columns:
        kind = "double" if pd.api.types.is_float_dtype(edges[column]) else "string"
        kind = "int" if pd.api.types.is_integer_dtype(edges[column]) else kind
        key = {"id": column, "for": "edge", "attr.name": column, "attr.type": kind}
        ElementTree.SubElement(root, "key", key)
    graph = ElementTree.SubElement(root, "graph", {"edgedefault": "directed"})
    for name in dict.fromkeys([*edges["regulator"], *edges["target"]]):
        ElementTree.SubElement(graph, "node", {"id": str(name)})
    for row in edges.itertuples(index=False):
        told = dict(zip(edges.columns, row, strict=True))
        edge = ElementTree.SubElement(graph, "edge", {"source": str(told["regulator"]), "target": str(told["target"])})
        for column in columns:
            value = told[column]
            if value == value:
                text = f"{value:.6g}" if isinstance(value, float) else str(value)
                ElementTree.SubElement(edge, "data", {"key": column}).text = text
    ElementTree.indent(root, " ")
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"
