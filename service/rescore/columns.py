"""Which column is what, and what the output's columns are called. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass

from service.rescore.errors import InputError

SUFFIX = "_input"

# In order of preference; compared without case, spaces, dashes and underscores.
_GUESSES = {
    "text": (
        "text",
        "comment_text",
        "body",
        "comment",
        "content",
        "message",
        "comment_body",
        "comment_content",
        "post_text",
        "selftext",
        "tweet",
    ),
    "id": ("id", "comment_id", "post_id", "message_id", "uid", "uuid", "rev_id", "key"),
    "author": (
        "author",
        "author_name",
        "username",
        "user_name",
        "user",
        "comment_author",
        "screen_name",
        "author_id",
        "user_id",
    ),
    "parent": ("parent_id", "parent", "reply_to", "in_reply_to", "in_reply_to_id", "comment_parent", "reply_to_id"),
}


@dataclass(frozen=True, slots=True)
class Roles:
    """The columns that the pipeline reads, by name. None: there is none of the kind."""

    text: str
    id: str | None = None
    author: str | None = None
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class RolesAsked:
    """The columns that the operator named; None: guess."""

    text: str | None = None
    id: str | None = None
    author: str | None = None
    parent: str | None = None


def find_roles(columns: Sequence[str], asked: RolesAsked) -> Roles:
    """The columns named, and guesses for the others. Raises `InputError`, which names the columns that exist."""
    found: dict[str, str | None] = {}
    for role, name in asdict(asked).items():
        if name is not None and name not in columns:
            raise InputError(f"--{role}-column: there is no column {name!r}; {_existing(columns)}")
        found[role] = name if name is not None else _guess(columns, _GUESSES[role])
    text = found.pop("text") or (columns[0] if len(columns) == 1 else None)
    if text is None:
        raise InputError(f"no column looks like the comments' text; name it with --text-column; {_existing(columns)}")
    return Roles(text, **{role: None if name == text and role != "text" else name for role, name in found.items()})


def kept_names(columns: Sequence[str], added: Collection[str]) -> list[str]:
    """The input's columns as the output calls them: one that has the name of an added column gets a suffix."""
    taken = {*columns, *added}
    names = []
    for column in columns:
        name = column
        if column in added:
            name, count = f"{column}{SUFFIX}", 1
            while name in taken:
                count += 1
                name = f"{column}{SUFFIX}_{count}"
            taken.add(name)
        names.append(name)
    return names


def _guess(columns: Sequence[str], guesses: Sequence[str]) -> str | None:
    by_plain: dict[str, str] = {}
    for column in columns:
        by_plain.setdefault(_plain(column), column)
    return next((by_plain[_plain(guess)] for guess in guesses if _plain(guess) in by_plain), None)


def _plain(name: str) -> str:
    return name.lower().translate(str.maketrans("", "", " _-"))


def _existing(columns: Sequence[str]) -> str:
    return f"the columns are {', '.join(map(repr, columns))}" if columns else "there are no columns"
