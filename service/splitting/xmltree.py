"""Elements by their local names: exports differ in prefixes, never in names."""

from __future__ import annotations

from lxml import etree


def local(element: etree._Element | None) -> str:
    """The name without namespace or prefix; empty for None and for what is no element."""
    if element is None:
        return ""
    tag = element.tag
    return tag.rpartition("}")[2].rpartition(":")[2] if isinstance(tag, str) else ""


def children(element: etree._Element) -> dict[str, etree._Element]:
    """The children by local name; the last of those of one name."""
    return {local(child): child for child in element}


def text_of(element: etree._Element | None) -> str:
    """All words in an element, empty for None."""
    return "".join(map(str, element.itertext())) if element is not None else ""


def attribute(element: etree._Element | None, name: str) -> str | None:
    """The value of an attribute by its local name."""
    if element is None:
        return None
    return next((str(value) for key, value in element.attrib.items() if str(key).rpartition("}")[2] == name), None)
