"""TOML files of entries -> `Spec` values, checked. Every complaint names the file, the entry and the key.

A file has a top-level `category`, defaults for its entries (`groups`, `severity`, `inflect`), and `[[entry]]` tables with the
keys of `Spec` and `Entry` (`id` without the category). Forms are written in a small notation:
  "{a|b} c"  alternatives      "x(s|z)"  an optional part       "a-b"  joined, hyphenated or parted: "ab", "a b"
  "=x"       taken as it is, without the file's or entry's inflections
`inflect` is a list out of "noun" (plurals) and "verb" (-s, -ed, -ing, -er, -ers).
Words stand before their misspellings, and an entry `x-spelled` after `x`, whose words its forms are spellings of: a model is
then told the word for them (usual.py).
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Final

from service.lexicon.entry import Entry
from service.lexicon.spec import Spec

_INFLECTIONS: Final = ("noun", "verb")
_STRING_LISTS: Final = ("forms", "groups", "masks", "benign", "near", "needs", "inflect", "emoji")
_FLAGS: Final = ("ambiguous", "reclaimed", "name", "disguise")
_CHOICES: Final = {"severity": ("low", "medium", "high"), "where": ("word", "start", "inside")}
_KEYS: Final = ("id", "description", *_STRING_LISTS, *_FLAGS, *_CHOICES)
_FILE_KEYS: Final = ("category", "groups", "severity", "inflect", "entry")
_FORM: Final = re.compile(r"[a-z][a-z ]*\Z")
_ID: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*\Z")
_GROUP: Final = re.compile(r"\{([^{}]*)\}|\(([^()]*)\)|(?<=\w)(-)(?=\w)")
PHRASES: Final = ("conspiracy.toml", "conspiracy_claims.toml", "hostile.toml")  # files of phrases.py
_LIMIT: Final = 512  # forms that one notation may stand for


class LexiconError(ValueError):
    """A lexicon file that cannot be used. The message names the file, the entry and the key."""

    def __init__(self, file: str, entry: str, key: str, problem: str) -> None:
        place = f"{file}: entry {entry!r}" if entry else file
        super().__init__(f"{place}: {key}: {problem}" if key else f"{place}: {problem}")


def packaged_specs() -> tuple[Spec, ...]:
    """All entries of the packaged files, except those of phrases, which have a matcher of their own (phrases.py)."""
    folder = files("service.lexicon") / "entries"
    found = sorted((item for item in folder.iterdir() if item.name.endswith(".toml")), key=lambda item: item.name)
    return load(item for item in found if item.name not in PHRASES)


def load(sources: Iterable[Traversable]) -> tuple[Spec, ...]:
    """Entries of several files; no two may share an id or a form. Plain words (see `Spec.hidden`) give way to any other entry."""
    specs = [spec for source in sources for spec in parse(source.name, source.read_text(encoding="utf-8"))]
    ids: dict[str, Spec] = {}
    owners: dict[str, Spec] = {}
    for spec in specs:
        if spec.entry.id in ids:
            raise LexiconError(spec.file, spec.entry.id, "id", f"already used in {ids[spec.entry.id].file}")
        ids[spec.entry.id] = spec
        for form in spec.forms if not spec.hidden else ():
            if form in owners:
                raise LexiconError(
                    spec.file, spec.entry.id, "forms", f"{form!r} is a form of {owners[form].entry.id!r} too"
                )
            owners[form] = spec
    return tuple(_without(spec, owners) if spec.hidden and spec.disguise else spec for spec in specs)


def _without(spec: Spec, taken: Container[str]) -> Spec:
    """The entry without forms that mean something elsewhere."""
    return replace(spec, forms=tuple(form for form in spec.forms if form not in taken))


def parse(file: str, content: str) -> tuple[Spec, ...]:
    """The entries of one file."""
    try:
        data = tomllib.loads(content)
    except tomllib.TOMLDecodeError as error:
        raise LexiconError(file, "", "", str(error)) from error
    _known(file, "", data, _FILE_KEYS)
    category = data.get("category")
    if not isinstance(category, str) or not _ID.match(category):
        raise LexiconError(file, "", "category", f"must be a lower-case word, not {category!r}")
    tables = data.get("entry", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise LexiconError(file, "", "entry", "must be tables, [[entry]]")
    defaults: dict[str, Any] = {key: data[key] for key in ("groups", "severity", "inflect") if key in data}
    return tuple(_spec(file, category, {**defaults, **table}) for table in tables)


def _spec(file: str, category: str, table: Mapping[str, Any]) -> Spec:
    """One entry, checked key by key."""
    name = table.get("id")
    if not isinstance(name, str) or not _ID.match(name):
        raise LexiconError(file, str(name or "?"), "id", "must be lower-case words joined by hyphens")
    _known(file, name, table, _KEYS)
    for key in _STRING_LISTS:
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            raise LexiconError(file, name, key, f"must be a list of words, not {value!r}")
    for key in _FLAGS:
        if not isinstance(table.get(key, False), bool):
            raise LexiconError(file, name, key, f"must be true or false, not {table[key]!r}")
    for key, allowed in _CHOICES.items():
        if table.get(key, allowed[0]) not in allowed:
            raise LexiconError(file, name, key, f"must be one of {', '.join(allowed)}, not {table[key]!r}")
    if not isinstance(table.get("description"), str) or not table["description"].strip():
        raise LexiconError(file, name, "description", "must say in words what is meant")
    if "severity" not in table:
        raise LexiconError(file, name, "severity", "is missing")
    if category == "slur" and not table.get("groups"):
        raise LexiconError(file, name, "groups", "a slur must name who is meant")
    for kind in table.get("inflect", []):
        if kind not in _INFLECTIONS:
            raise LexiconError(file, name, "inflect", f"must be out of {', '.join(_INFLECTIONS)}, not {kind!r}")
    entry = Entry(
        id=f"{category}/{name}",
        category=category,
        groups=tuple(table.get("groups", ())),
        severity=table["severity"],
        ambiguous=table.get("ambiguous", False),
        reclaimed=table.get("reclaimed", False),
        description=table["description"].strip(),
    )
    return Spec(
        entry=entry,
        forms=_forms(file, name, table),
        where=table.get("where", "word"),
        masks=tuple(table.get("masks", ())),
        benign=tuple(dict.fromkeys(p for phrase in table.get("benign", ()) for p in expand(phrase))),
        near=tuple(table.get("near", ())),
        needs=tuple(table.get("needs", ())),
        name=table.get("name", False),
        disguise=table.get("disguise", True),
        emoji=tuple(table.get("emoji", ())),
        file=file,
    )


def _known(file: str, entry: str, table: Mapping[str, Any], keys: tuple[str, ...]) -> None:
    """Refuses keys that nothing reads, with the nearest one that is read."""
    for key in table:
        if key not in keys:
            near = difflib.get_close_matches(key, keys, 1)
            raise LexiconError(file, entry, key, "unknown key" + (f", did you mean {near[0]!r}?" if near else ""))


def _forms(file: str, name: str, table: Mapping[str, Any]) -> tuple[str, ...]:
    """Every spelling that the entry's forms stand for, in order, each once."""
    found: dict[str, None] = {}
    for notation in table.get("forms", []):
        exact = notation.startswith("=")
        for form in expand(notation.removeprefix("=")):
            if not _FORM.match(form) or "  " in form or form.endswith(" "):
                raise LexiconError(
                    file, name, "forms", f"{notation!r} gives {form!r}: lower-case ASCII words are needed"
                )
            found[form] = None
            if not exact:
                found.update(dict.fromkeys(inflect(form, table.get("inflect", ()))))
    if not found:
        raise LexiconError(file, name, "forms", "is missing or empty")
    if len(found) > _LIMIT:
        raise LexiconError(file, name, "forms", f"stands for {len(found)} spellings, at most {_LIMIT} are allowed")
    return tuple(found)


def expand(notation: str) -> Iterator[str]:
    """The spellings that a notation stands for: see the module's docstring."""
    match = _GROUP.search(notation)
    if match is None:
        yield notation
        return
    if match.group(3):
        choices = ["", " "]
    elif match.group(2) is not None:
        choices = ["", *match.group(2).split("|")]
    else:
        choices = match.group(1).split("|")
    for choice in choices:
        yield from expand(notation[: match.start()] + choice + notation[match.end() :])


def inflect(form: str, kinds: Iterable[str]) -> Iterator[str]:
    """Regular inflections of the form's last word."""
    for kind in kinds:
        if kind == "noun":
            yield _plural(form)
        else:
            stem = form[:-1] if form.endswith("e") else form
            if re.search(r"(?:^|[^aeiou])[aeiou][bdgklmnpt]\Z", stem) and not form.endswith("e"):
                stem += stem[-1]
            yield _plural(form)
            yield from (stem + ending for ending in ("ed", "ing", "er", "ers", "in"))


def _plural(form: str) -> str:
    if re.search(r"(?:[sxz]|[cs]h)\Z", form):
        return form + "es"
    if re.search(r"[^aeiou]y\Z", form):
        return form[:-1] + "ies"
    if form.endswith("man") and not form.endswith("human"):
        return form[:-2] + "en"
    return form + "s"
