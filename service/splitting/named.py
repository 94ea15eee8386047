"""Sections without dates whose posts still carry their author's name: chat lines ("bob: hello"), or the name on a line of
its own between blank lines, as Livefyre and old Disqus pages are copied.

Labels and headings look the same ("Flour: 200 g", "Ingredients"), so a section counts as named only where enough of the
names are no words of a heading: handles with digits, inner capitals or no capital at all, or names that come again.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from service.splitting.lines import Line, is_end, is_name, is_noise

_CHAT = re.compile(
    r"(?:\[?(?P<date>\d{1,4}[\d./:, -]{3,22}(?:\s?[ap]m)?)\]?\s{0,3}(?:-\s)?)?"
    r"(?:<(?P<a>[@+~&%]?[^<>\s](?:[^<>\n]{0,28}[^<>\s])?)>\s?|(?P<b>@?[^\W_][\w.\-'’]{0,24}(?: [^\W_][\w.\-'’]{0,20})?):\s)(?=\S)",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"(?:location|remote|note|notes|update|edit|source|ps|p\.s\.|pros?|cons?|tl;?dr|example|ingredients?|serves|yield|step|tip|tags?"
    r"|question|answer|q|a|re|fwd?|from|to|cc|subject|date|sent|name|email|e-mail|phone|address|price|author|by|title|url|link"
    r"|http|https|warning|todo|status|version|summary|conclusion|total|time|day|week|chapter|part)\b",
    re.IGNORECASE,
)
_HANDLE = re.compile(r"[^\W\d_]\w*[\d_]\w*|[^\W\d_][a-z]+[A-Z]\w*|@\w[\w.\-]*|[a-zà-ÿа-я][\w.\-]*")
_WIDGET = re.compile(
    r"(?:powered by|get) (?:livefyre|disqus)|newest \| oldest|post (?:a )?comment|sort by .{1,40}", re.IGNORECASE
)
_FEWEST = 3
_CHAT_SHARE, _SURE_SHARE, _HANDLE_SHARE = 0.7, 0.4, 0.3


@dataclass(frozen=True, slots=True)
class Named:
    """A post: its author, lines, how many characters of the first line are not its words, and its date as written."""

    author: str
    body: tuple[int, ...]
    skip: int = 0
    date: str | None = None


def read_named(lines: Sequence[Line]) -> list[Named]:
    """The posts of a chat or of names on lines of their own; none if the section is neither."""
    return _chat(lines) or _names_alone(lines)


def read_dated_chat(lines: Sequence[Line]) -> list[Named]:
    """The posts of a chat whose lines open with date and speaker, as messengers export it; none if it is none."""
    posts = _chat(lines) if sum(map(_is_dated_turn, lines)) >= _FEWEST else []
    return posts if all(post.date for post in posts) else []


def _is_dated_turn(line: Line) -> bool:
    match = _CHAT.match(line.text[:120])
    return match is not None and match["date"] is not None


def _chat(lines: Sequence[Line]) -> list[Named]:
    """Lines that open with a speaker; a line that does not goes on with the speaker's words."""
    said = [i for i, line in enumerate(lines) if line.text and not is_noise(line.text)]
    turns = {
        i: match for i in said if (match := _CHAT.match(lines[i].text[:120])) and not _LABEL.match(_speaker(match))
    }
    dated = sum(match["date"] is not None for match in turns.values()) > 0.5 * len(turns)
    if dated:
        turns = {i: match for i, match in turns.items() if match["date"]}
    if len(turns) < _FEWEST or said[0] not in turns:
        return []
    speakers = Counter(_speaker(match).casefold() for match in turns.values())
    sure = sum(1 for match in turns.values() if match["a"] or match["date"] or _HANDLE.fullmatch(_speaker(match)))
    again = max(speakers.values()) > 1
    plain = sure < 0.5 * len(turns)
    if len(turns) < (_CHAT_SHARE if plain else _SURE_SHARE) * len(said):
        return []
    words = sum(len(lines[i].text[match.end() :].split()) >= 3 for i, match in turns.items())
    if len(speakers) < 2 or (not dated and (words < 0.5 * len(turns) or (plain and not again))):
        return []
    posts: list[Named] = []
    for i in said:
        match = turns.get(i)
        if match:
            posts.append(Named(_speaker(match), (i,), match.end(), match["date"]))
        else:
            last = posts[-1]
            posts[-1] = Named(last.author, (*last.body, i), last.skip, last.date)
    return posts


def _speaker(match: re.Match[str]) -> str:
    return str(match["a"] or match["b"]).lstrip("@+~&%")


def _names_alone(lines: Sequence[Line]) -> list[Named]:
    """Names between blank lines, each with words below it."""
    units = [i for i, line in enumerate(lines) if line.text and not is_noise(line.text)]
    alone = {i for i in units if _stands_alone(lines, i) and _could_be_reader(lines[i].text)}
    names = [i for i, after in itertools.pairwise(units) if i in alone and after not in alone]
    end = next((i for i in range(names[0] + 1, len(lines)) if is_end(lines[i].text)), len(lines)) if names else 0
    names = [i for i in names if i < end]
    if len(names) < _FEWEST:
        return []
    handles = sum(bool(_HANDLE.fullmatch(lines[i].text)) for i in names)
    widget = any(_WIDGET.match(line.text) for line in lines if len(line.text) < 80)
    if handles < (1 if widget else _HANDLE_SHARE * len(names)):
        return []
    posts = []
    for name, until in zip(names, [*names[1:], end], strict=True):
        body = tuple(i for i in units if name < i < until and i not in alone)
        if body:
            posts.append(Named(lines[name].text, body))
    return posts


def _stands_alone(lines: Sequence[Line], i: int) -> bool:
    return (i == 0 or not _words(lines[i - 1])) and i + 1 < len(lines) and lines[i + 1].blank


def _words(line: Line) -> bool:
    return bool(line.text) and not is_noise(line.text) and not _WIDGET.match(line.text)


def _could_be_reader(text: str) -> bool:
    words = text.split()
    return (
        len(text) <= 30
        and len(words) <= 3
        and is_name(text)
        and text[-1] not in ".!?:;,…"
        and (len(words) == 1 or all(word[0].isupper() or word[0].isdigit() for word in words))
    )
