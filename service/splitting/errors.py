"""What splitting refuses.

SplitError
├── MalformedXML      malformed_xml: not well-formed, and not an export whose damage is local
├── ForbiddenXML      forbidden_xml: a DTD or entities (billion laughs, XXE)
├── UnknownExport     unknown_export: well-formed, but no export that we know
├── MalformedHTML     malformed_html: nothing that a browser would show
├── MalformedJSON     malformed_json: not JSON, or nested too deeply
├── MalformedYAML     malformed_yaml: not YAML, or YAML with aliases
├── UnknownSource     unknown_source: the caller names a kind of source that does not exist
└── WrongSource       wrong_source: the caller names a kind of source that this is not
"""

from __future__ import annotations


class SplitError(ValueError):
    """A source that cannot be split. `code` is the stable name in the API's errors."""

    code = "unsplittable"


class MalformedXML(SplitError):
    """The XML is broken."""

    code = "malformed_xml"


class ForbiddenXML(SplitError):
    """The XML declares a document type or entities."""

    code = "forbidden_xml"


class UnknownExport(SplitError):
    """The XML or JSON is well-formed but is no known export of comments."""

    code = "unknown_export"


class MalformedHTML(SplitError):
    """The markup holds no element."""

    code = "malformed_html"


class MalformedJSON(SplitError):
    """The text is no JSON document."""

    code = "malformed_json"


class MalformedYAML(SplitError):
    """The text is no YAML document that is accepted."""

    code = "malformed_yaml"


class UnknownSource(SplitError):
    """No kind or format of sources is called so."""

    code = "unknown_source"


class WrongSource(SplitError):
    """The source can be read, but is not what the caller says."""

    code = "wrong_source"
