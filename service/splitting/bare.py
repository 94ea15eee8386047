"""Comments without names and dates: framed by buttons, separators, list markers or blank lines, or by nothing at all."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from service.splitting.borders import find_borders
from service.splitting.dates import day_first, find_date, to_iso
from service.splitting.genre import is_document
from service.splitting.lines import Line, is_end, is_name, is_noise, is_pingback, is_removed, is_separator, is_title
from service.splitting.named import Named, read_named
from service.splitting.quotes import find_quotes, quoted_part, shared, shingles
from service.splitting.register import article_end
from service.splitting.section import Article, Post, Section
from service.splitting.threads import parent_by_name

_SIGNATURE = re.compile(r"[-–—~]{0,2}\s?(?P<name>[A-ZÄÖÜ][\w.'’-]{1,20}(?: [A-ZÄÖÜ][\w.'’-]{0,20})?)(?P<rest>\W{0,10})")
_SPEAKER = re.compile(r"[A-ZÄÖÜ][\w.’' -]{0,24}:\s")
_LIKE_WORDS = re.compile(
    r"(?:yes|no|nope|yep|agreed?|true|exactly|amen|wow|lol|great|good|nice|thanks?|same|this|awesome|pathetic|disgusting|bullshit|liars?|idiots?|sad|ha(?:ha)*|ok|danke|super|ja|nein)\b",
    re.IGNORECASE,
)


def read_bare(source: str, lines: Sequence[Line]) -> Section:
    """A section without anchors. `lines` has at least one line with words."""
    named = read_named(lines)
    if named and (named[0].skip or not is_document([line.text for line in lines if line.text])):
        return named_section(lines, named)
    return _nameless_section(lines)


def named_section(lines: Sequence[Line], named: Sequence[Named]) -> Section:
    """The section of a chat, or of names on lines of their own."""
    posts: list[Post] = []
    dates = [find_date(post.date) if post.date else None for post in named]
    order = day_first([date for date in dates if date])
    for post, date in zip(named, dates, strict=True):
        text = _body(lines, post.body)[post.skip :]
        posts.append(
            Post(
                id=str(len(posts) + 1),
                index=len(posts),
                text=text,
                author=post.author,
                created_at=to_iso(date, order) if date else post.date,
                parent_id=parent_by_name(posts, None, text),
                start=lines[post.body[0]].start + post.skip,
                end=lines[post.body[-1]].end,
                quotes=find_quotes(text),
            )
        )
    return Section("plain:named", tuple(posts), None, 0.8)


def _nameless_section(lines: Sequence[Line]) -> Section:
    title = next(
        (i for i, line in enumerate(lines) if is_title(line.text) and any(x.text for x in lines[i + 1 :])), None
    )
    start = title + 1 if title is not None else 0
    end = next((i for i in range(start, len(lines)) if is_end(lines[i].text) and i > start), len(lines))
    units = [i for i in range(start, end) if not _is_frame(lines[i])]
    article: list[int] = [i for i in range(start) if lines[i].text] if title is not None else []
    if title is None:
        count = article_end([lines[i].text for i in units])
        article, units = units[:count], units[count:]
    if article and title is not None and not any(len(lines[i].text) >= 120 for i in article):
        article = []
    if not units and not article:
        units = [i for i, line in enumerate(lines) if line.text and not is_separator(line.text)]
    known = shingles("\n".join(lines[i].text for i in article))
    how, groups = _groups(lines, units, known)
    if title is None and how in ("bare", "blocks") and is_document([lines[i].text for i in units]):
        return Section("plain:article", (), _place(lines, [*article, *units]), 0.6)
    posts: list[Post] = []
    named = sum(1 for g in groups if len(g) > 1 and is_name(lines[g[0]].text)) >= 0.7 * len(groups) and len(groups) > 1
    for group in groups:
        author = None
        if how == "framed" and named and len(group) > 1 and is_name(lines[group[0]].text):
            author, group = lines[group[0]].text, group[1:]
        first, last = lines[group[0]].start, lines[group[-1]].end
        text = _body(lines, group)
        posts.append(
            Post(
                id=str(len(posts) + 1),
                index=len(posts),
                text=text,
                author=author,
                parent_id=parent_by_name(posts, None, text),
                start=first,
                end=last,
                quotes=find_quotes(text, known),
            )
        )
    return Section(f"plain:{how}", tuple(posts), _place(lines, article), 0.9 if how != "bare" else 0.6)


def _place(lines: Sequence[Line], article: Sequence[int]) -> Article | None:
    return Article(lines[article[0]].start, lines[article[-1]].end) if article else None


def _body(lines: Sequence[Line], group: Sequence[int]) -> str:
    parts: list[str] = []
    previous = group[0]
    for i in group:
        if i > previous + 1 and all(lines[k].blank for k in range(previous + 1, i)):
            parts.append("")
        marker = f"{lines[i].marker} " if lines[i].marker and parts else ""
        parts.append(marker + lines[i].text)
        previous = i
    return "\n".join(parts)


def _is_frame(line: Line) -> bool:
    text = line.text
    return not text or is_noise(text) or is_separator(text) or is_removed(text) or is_pingback(text)


def _groups(lines: Sequence[Line], units: Sequence[int], known: frozenset[str]) -> tuple[str, list[list[int]]]:
    """The posts as groups of lines, by the strongest border that the section has."""
    if not units:
        return "article", []
    for how, opens in (
        (
            "framed",
            _after(lines, units, lambda line: bool(line.text) and is_noise(line.text) and not line.text.isdigit()),
        ),
        ("framed", _after(lines, units, lambda line: is_separator(line.text))),
        ("list", _list_items(lines, units)),
        ("blocks", _blocks(lines, units)),
    ):
        if opens:
            return how, _cut(units, opens)
    return "bare", _cut(units, _guessed(lines, units, known))


def _cut(units: Sequence[int], opens: set[int]) -> list[list[int]]:
    groups: list[list[int]] = []
    for i in units:
        if not groups or i in opens:
            groups.append([])
        groups[-1].append(i)
    return groups


def _after(lines: Sequence[Line], units: Sequence[int], is_border: object) -> set[int]:
    """Lines below a border line, if there are borders enough to be the section's convention."""
    assert callable(is_border)
    opens: set[int] = set()
    borders = 0
    pending = False
    inside = set(units)
    for i in range(units[0], len(lines)):
        if i in inside:
            if pending:
                opens.add(i)
            pending = False
        elif is_border(lines[i]):
            borders += not pending
            pending = True
    return opens if borders >= 2 and opens else set()


def _list_items(lines: Sequence[Line], units: Sequence[int]) -> set[int]:
    """Items of a list, where most lines are items or the first is one and items are many."""
    marked = [i for i in units if lines[i].marker]
    if len(marked) >= 3 and lines[units[0]].marker and len(marked) >= 0.3 * len(units):
        return set(marked)
    return set()


def _blocks(lines: Sequence[Line], units: Sequence[int]) -> set[int]:
    """Lines below a blank line, where some neighbours have a blank line between them and some have none."""
    gaps = [(b, any(lines[k].blank for k in range(a + 1, b))) for a, b in itertools.pairwise(units)]
    spaced = [b for b, blank in gaps if blank]
    if spaced and len(spaced) < len(gaps) and len(spaced) >= 0.15 * len(gaps):
        return set(spaced)
    return set()


def _guessed(lines: Sequence[Line], units: Sequence[int], known: frozenset[str]) -> set[int]:
    """Borders from the words alone."""
    texts = [f"{lines[i].marker} {lines[i].text}" if lines[i].marker else lines[i].text for i in units]
    return {units[k] for k in find_borders(texts, lambda k: _rules(texts[k - 1], texts[k], known))}


def _rules(a: str, b: str, known: frozenset[str]) -> float:
    """What the training data holds too rarely to learn: dialogues, signatures, quotations of the article."""
    value = 0.0
    if a.endswith(":"):
        value -= 3.0
    if _SPEAKER.match(a) and _SPEAKER.match(b):
        value -= 3.0
    elif _SPEAKER.match(a):
        value += 1.0
    if is_signature(b):
        value -= 4.0
    if quoted_part(b) and shared(quoted_part(b), known) >= 0.8:
        value += 1.5
    if quoted_part(a) and len(quoted_part(a)) >= len(a) - 4:
        value -= 2.0
    return value


def is_signature(text: str) -> bool:
    """A line that is only a name with dashes or a smiley, below a comment."""
    if len(text) > 40 or _LIKE_WORDS.match(text.lstrip("-–—~ ")):
        return False
    match = _SIGNATURE.fullmatch(text)
    if not match:
        return False
    return (bool(match["rest"].strip(" .")) and not match["rest"].strip().startswith(("!", "?"))) or text[0] in "-–—~"
