"""Lexicon files: the notation, and complaints that name the file, the entry and the key."""

from __future__ import annotations

import pytest

from service.lexicon import LexiconError, packaged_specs
from service.lexicon.compile import expand, inflect, parse

GOOD = """
category = "slur"
inflect = ["noun"]
[[entry]]
id = "zorb"
groups = ["zorbs"]
severity = "high"
description = "A slur of our own making"
forms = ["zorb", "=zorby", "zorb-head"]
"""


def test_forms_with_their_inflections() -> None:
    (spec,) = parse("own.toml", GOOD)
    assert spec.forms == ("zorb", "zorbs", "zorby", "zorbhead", "zorbheads", "zorb head", "zorb heads")
    assert spec.entry.id == "slur/zorb"
    assert not spec.entry.ambiguous


@pytest.mark.parametrize(
    ("notation", "forms"),
    [
        ("{a|b} c", ["a c", "b c"]),
        ("x(s)", ["x", "xs"]),
        ("x(s|z)", ["x", "xs", "xz"]),
        ("a-b", ["ab", "a b"]),
        ("{a|b}-c(s)", ["ac", "acs", "a c", "a cs", "bc", "bcs", "b c", "b cs"]),
    ],
)
def test_notation(notation: str, forms: list[str]) -> None:
    assert list(expand(notation)) == forms


@pytest.mark.parametrize(
    ("form", "kind", "inflected"),
    [
        ("bitch", "noun", ["bitches"]),
        ("gypsy", "noun", ["gypsies"]),
        ("frogman", "noun", ["frogmen"]),
        ("boy", "noun", ["boys"]),
        ("shag", "verb", ["shags", "shagged", "shagging", "shagger", "shaggers", "shaggin"]),
        ("bite", "verb", ["bites", "bited", "biting", "biter", "biters", "bitin"]),
    ],
)
def test_inflections(form: str, kind: str, inflected: list[str]) -> None:
    assert list(inflect(form, [kind])) == inflected


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'severity = "high"',
            'severity = "grave"',
            "own.toml: entry 'zorb': severity: must be one of low, medium, high",
        ),
        ('severity = "high"', "", "own.toml: entry 'zorb': severity: is missing"),
        ('groups = ["zorbs"]', "", "own.toml: entry 'zorb': groups: a slur must name who is meant"),
        ("groups =", "group =", "own.toml: entry 'zorb': group: unknown key, did you mean 'groups'?"),
        ('id = "zorb"', 'id = "Zorb!"', "own.toml: entry 'Zorb!': id: must be lower-case words"),
        ('"=zorby"', '"=Zorby"', "own.toml: entry 'zorb': forms: '=Zorby' gives 'Zorby'"),
        ('"=zorby"', "7", "own.toml: entry 'zorb': forms: must be a list of words"),
        ('["noun"]', '["adverb"]', "own.toml: entry 'zorb': inflect: must be out of noun, verb"),
        ('description = "A slur of our own making"', "", "own.toml: entry 'zorb': description: must say"),
        ('category = "slur"', "category = 5", "own.toml: category: must be a lower-case word"),
        ('category = "slur"', "category = ", "own.toml: Invalid value"),
    ],
)
def test_complaints_name_file_entry_and_key(old: str, new: str, message: str) -> None:
    with pytest.raises(LexiconError) as caught:
        parse("own.toml", GOOD.replace(old, new, 1))
    assert str(caught.value).startswith(message)


def test_packaged_files_are_sound() -> None:
    specs = packaged_specs()
    assert len({spec.entry.id for spec in specs}) == len(specs)
    assert not [spec.entry.id for spec in specs if spec.entry.description.endswith(".")]
