"""Plain text, as a moderator pastes it, into posts: headed sections, framed blocks, or bare lines."""

from __future__ import annotations

import re
from collections.abc import Sequence

from service.splitting.anchors import find_anchors
from service.splitting.bare import named_section, read_bare
from service.splitting.dates import DateHit, day_first, to_iso
from service.splitting.genre import is_document
from service.splitting.headed import Headed, read_headed
from service.splitting.lines import Line, is_noise, is_title, split_lines
from service.splitting.menus import is_page_without_comments
from service.splitting.named import read_dated_chat
from service.splitting.quotes import find_quotes
from service.splitting.section import Article, Post, Section
from service.splitting.threads import parent_by_name, parents_by_depth, split_pair, told_depths

_READ_ON = re.compile(r"(?:read|see|show) more|continue reading|weiterlesen|mehr|more", re.IGNORECASE)
_READ_ON_SHARE = 0.6
_VERSION = re.compile(r"(?:version |release |v)?\d{1,4}\.\d{1,4}(?:\.\d{1,4})?\b", re.IGNORECASE)
_TIMED = re.compile(r"\d[:.]\d\d|\d ?[ap]m\b")
_DATED_MARGIN = 2.0
"""Dated posts are called a document only where the lines show it by so much more."""
_LONG_LINE = 120
"""A line of an article above the comments is longer than menus and titles."""
_GLUED = re.compile(
    r"(?<=[.!?…)\"”’])(?:Reply|Report|Like|Share|Flag|Edit|Delete|Quote|ReplyDelete|LikeReply|ReplyShare|ReplyReport|ReportReply"
    r"|Antworten|Melden|Zitieren|Répondre|Signaler|Responder|Ответить)\Z"
)
"""A button that copying has run into the last word of a post."""


def split_text(text: str) -> Section:
    """Posts of a pasted comment section; start and end are code points of `text`. Never fails; linear in its length."""
    lines = split_lines(text)
    if all(line.blank for line in lines):
        return Section("plain:empty", ())
    if is_page_without_comments(lines):
        return Section("plain:article", (), _whole(lines), 0.7)
    chat = read_dated_chat(lines)
    if chat:
        return named_section(lines, chat)
    headed = read_headed(lines, find_anchors(lines))
    if headed and headed.blocks:
        if _is_dated_document(lines, headed):
            return Section("plain:article", (), _whole(lines), 0.6)
        return _headed_section(text, lines, headed)
    return read_bare(text, lines)


def _is_dated_document(lines: Sequence[Line], headed: Headed) -> bool:
    """Whether the dates are those of a list of versions, events or articles: nobody says, replies or likes anything."""
    if headed.start and any(is_title(line.text) for line in lines[: headed.start]):
        return False
    blocks = headed.blocks
    if any("s" in block.anchor.shape.partition("|")[0] or "age" in block.anchor.shape for block in blocks):
        return False
    buttons = [line.text for line in lines if is_noise(line.text) and any(c.isalpha() for c in line.text)]
    if not all(map(_READ_ON.fullmatch, buttons)):
        return False
    heads = [lines[block.anchor.index] for block in blocks]
    versions = sum(bool(_VERSION.match(head.text)) and head.date is not None and head.date.start > 0 for head in heads)
    if max(len(buttons), versions) >= _READ_ON_SHARE * len(blocks):
        return True
    named = sum(block.author is not None and not _TIMED.search(block.author) for block in blocks)
    return named < 0.5 * len(blocks) and is_document([line.text for line in lines if line.text], _DATED_MARGIN)


def _headed_section(source: str, lines: Sequence[Line], headed: Headed) -> Section:
    dates: list[DateHit] = []
    for block in headed.blocks:
        date = lines[block.date_line].date if block.date_line is not None else None
        if date:
            dates.append(date)
    order = day_first(dates)
    article = article_span(lines, headed.start)
    posts: list[Post] = []
    known: set[str] = set()
    depths = told_depths(lines, [block.anchor.index for block in headed.blocks])
    above = parents_by_depth(depths) if depths else [None] * len(headed.blocks)
    bodies = _unglued([join_body(source, lines, block.body) for block in headed.blocks])
    for index, (block, (body, start, end)) in enumerate(zip(headed.blocks, bodies, strict=True)):
        author, answered = split_pair(block.author, known)
        date = lines[block.date_line].date if block.date_line is not None else None
        parent = above[index]
        posts.append(
            Post(
                id=str(index + 1),
                index=index,
                text=body,
                author=author,
                created_at=to_iso(date, order) if date else None,
                parent_id=str(parent + 1)
                if parent is not None
                else parent_by_name(posts, block.anchor.reply_to or answered, body),
                start=start,
                end=end,
                quotes=find_quotes(body),
            )
        )
        if author:
            known.add(author)
    return Section(f"plain:{headed.role}", tuple(posts), article, round(headed.confidence, 2))


def _whole(lines: Sequence[Line]) -> Article:
    words = [line for line in lines if line.text]
    return Article(words[0].start, words[-1].end)


def _unglued(bodies: list[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    """Bodies without the button at their end, if it is there in several of them."""
    glued = [match.end() - match.start() if (match := _GLUED.search(body)) else 0 for body, _, _ in bodies]
    if sum(map(bool, glued)) < max(2, 0.2 * len(bodies)):
        return bodies
    return [(body[: len(body) - n], start, end - n) for n, (body, start, end) in zip(glued, bodies, strict=True)]


def join_body(source: str, lines: Sequence[Line], body: Sequence[int]) -> tuple[str, int, int]:
    """The words of a post with its paragraphs kept apart, and its region of the source."""
    parts: list[str] = []
    previous = body[0]
    for i in body:
        if i > previous + 1 and all(lines[k].blank for k in range(previous + 1, i)):
            parts.append("")
        line = lines[i]
        parts.append(f"{line.marker} {line.text}" if line.marker and len(parts) else line.text)
        previous = i
    return "\n".join(parts), lines[body[0]].start, lines[body[-1]].end


def article_span(lines: Sequence[Line], before: int) -> Article | None:
    """What stands above the comments, if it holds more than menus and a title."""
    above = [line for line in lines[:before] if line.text]
    if not any(len(line.text) >= _LONG_LINE for line in above):
        return None
    return Article(above[0].start, above[-1].end)
