"""The lexicon: which of its entries a post contains, in plain or disguised spelling, and where.

Entry, Match: values. Lexicon: the finder. default_lexicon(): the packaged entries and the conspiracy phrases.
"""

from __future__ import annotations

from functools import cache

from service.lexicon.compile import LexiconError, packaged_specs
from service.lexicon.entry import Entry, Match, Severity
from service.lexicon.match import Lexicon
from service.lexicon.spec import Spec

__all__ = ["Entry", "Lexicon", "LexiconError", "Match", "Severity", "Spec", "default_lexicon", "packaged_specs"]


@cache
def default_lexicon() -> Lexicon:
    """The lexicon of the packaged files. A pure function of them, so that it is built once."""
    from service.lexicon.phrases import default_phrases  # it imports this package's values

    return Lexicon(packaged_specs(), default_phrases().find)
