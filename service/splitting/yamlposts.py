"""Comments as YAML, as Staticman keeps them: a document per comment. A folder of such files is their documents in a row."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import yaml

from service.splitting.errors import MalformedYAML, UnknownExport
from service.splitting.jsonapi import split_document
from service.splitting.section import Section

_BORDER = re.compile(r"^---[ \t]*$", re.MULTILINE)
KIND = "yaml:staticman"
_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def split_yaml(text: str) -> Section:
    """Posts of a YAML file: one document or several, each a comment, a list of them, or holding such a list.

    A document that is broken is left out, if others are not. Raises MalformedYAML, and UnknownExport if there is no
    post in it.
    """
    documents, broken = _read(text)
    rows = _with_parents([document for document in documents if isinstance(document, (dict, list))])
    if not rows:
        raise UnknownExport("the YAML holds no comments that we know")
    section = split_document(rows, KIND)
    notes = (f"{broken} documents left out: not YAML",) if broken else ()
    return replace(section, notes=section.notes + notes, confidence=section.confidence - 0.05 * len(notes))


def _read(text: str) -> tuple[list[Any], int]:
    """The documents, and how many could not be read."""
    try:
        return _documents(text), 0
    except MalformedYAML:
        documents: list[Any] = []
        broken = 0
        for part in _BORDER.split(text):
            try:
                documents += _documents(part)
            except MalformedYAML:
                broken += 1
        if not documents:
            raise
        return documents, broken


def _with_parents(documents: list[Any]) -> list[Any]:
    """Staticman's ways to name a parent as one: `replying_to_uid` has its id, `replying_to` its number among the
    comments that answer none; `_parent` is the page."""
    flat = [item for document in documents for item in (document if isinstance(document, list) else [document])]
    rows = [dict(item) for item in flat if isinstance(item, dict)]
    first = [row for row in rows if not row.get("replying_to") and not row.get("replying_to_uid")]
    for index, row in enumerate(rows):
        row.setdefault("_id", row.get("id") or f"comment-{index + 1}")
        number = row.pop("replying_to", None)
        identity = row.pop("replying_to_uid", None)
        if "/" in str(row.get("_parent") or ""):
            del row["_parent"]
        if identity:
            row["parent_id"] = identity
        elif isinstance(number, str) and number.isdecimal() and 0 < int(number[:9]) <= len(first):
            answered = first[int(number[:9]) - 1]
            row["parent_id"] = answered.get("_id") or answered.get("id")
    return rows


def _documents(text: str) -> list[Any]:
    """All documents of a YAML file; scalars are strings, whatever they look like, and no alias is followed."""
    found: list[Any] = []
    stack: list[tuple[Any, str | None]] = []  # an open list or mapping, and the key whose value comes next in it

    def put(value: Any) -> None:
        if not stack:
            found.append(value)
            return
        container, key = stack.pop()
        if isinstance(container, list):
            container.append(value)
        elif key is None:
            key = value if isinstance(value, str) else ""
            stack.append((container, key))
            return
        else:
            container[key] = value
        stack.append((container, None))

    try:
        for event in yaml.parse(text, Loader=_Loader):
            if isinstance(event, yaml.AliasEvent):
                raise MalformedYAML(f"aliases (*{event.anchor}) are not accepted")
            if isinstance(event, yaml.ScalarEvent):
                put(event.value)
            elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
                stack.append(({} if isinstance(event, yaml.MappingStartEvent) else [], None))
            elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
                put(stack.pop()[0])
    except yaml.YAMLError as error:
        raise MalformedYAML(f"not YAML: {str(error)[:200]}") from error
    return found
