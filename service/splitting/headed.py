"""Sections whose posts carry a line with a name or date: which lines are whose.

One decision for the whole section: does the anchor line open its post (a header) or close it (a footer)? Then, again
for the whole section, where the name stands when it is not on the anchor line itself. Line by line there would be no
telling; over all posts of a section the convention is plain.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from service.splitting.anchors import Anchor, first_name
from service.splitting.bodies import cut_bodies
from service.splitting.frames import find_templates, is_frame, name_lines, profile_end
from service.splitting.lines import Line, is_end, is_name, is_noise, is_title

_MOST_LEAD = 5
"""A header holds at most so many lines above its date."""
_BY = re.compile(r"(?:by|von|par|por)\b", re.IGNORECASE)
_MOST_ABOVE = 0.85
"""A line that ends comments has this share of the section's headers above it."""
_FEW, _LONGEST_MEAN = 5, 9


@dataclass(frozen=True, slots=True)
class Block:
    """A post to be: indices of its body lines, the anchor, the name line if there is one."""

    body: tuple[int, ...]
    anchor: Anchor
    author: str | None
    date_line: int | None


@dataclass(frozen=True, slots=True)
class Headed:
    """role: "header" or "footer"; start: first line of the comment part."""

    role: str
    start: int
    blocks: tuple[Block, ...]
    confidence: float


def read_headed(lines: Sequence[Line], anchors: Sequence[Anchor]) -> Headed | None:
    """Blocks of a section with anchors; None if the anchors are too weak to carry a split."""
    if not anchors:
        return None
    first, found = _section_start(lines, anchors)
    anchors = _merge(lines, found)
    loose = {anchor.index for anchor in found if anchor.dated}.difference(anchor.index for anchor in anchors)
    if not anchors:
        return None
    last, anchors = _section_end(lines, anchors)
    names = name_lines(lines, anchors, first)
    templates = find_templates(lines, anchors, first, last, set(names.values()))
    role, confidence = _role(lines, anchors, first, last, templates, names)
    if role == "header":
        start, blocks = _read_headers(lines, anchors, first, last, templates, names, loose)
    else:
        start, blocks = _read_footers(lines, anchors, first, last, templates)
    if len(anchors) < _FEW and sum(len(block.body) for block in blocks) > _LONGEST_MEAN * len(blocks):
        return None  # a dateline or two in a long text are no comment section
    return Headed(role, start, tuple(blocks), confidence)


def _section_start(lines: Sequence[Line], anchors: Sequence[Anchor]) -> tuple[int, list[Anchor]]:
    """The first line after the title, or 0; and the anchors from there on."""
    titles = [index for index, line in enumerate(lines) if is_title(line.text)]
    looks = Counter(re.sub(r"\d+", "0", lines[index].text.lower()) for index in titles)
    opening = anchors[0].index
    # "2 replies" below one post after the other is no title of the section.
    titles = [i for i in titles if i < opening or looks[re.sub(r"\d+", "0", lines[i].text.lower())] == 1]
    for title in reversed(titles):
        after = [anchor for anchor in anchors if anchor.index > title]
        if after and len(after) >= 0.6 * len(anchors):
            return title + 1, after
    shapes = Counter(anchor.shape for anchor in anchors)
    top, count = shapes.most_common(1)[0]
    start = next(i for i, anchor in enumerate(anchors) if anchor.shape == top)
    bylines = [bool(_BY.match(lines[anchor.index].text)) for anchor in anchors]
    if bylines[0] and len(anchors) > 2 and sum(bylines) <= 0.3 * len(anchors):
        return 0, list(anchors[1:])  # whose article it is
    if count >= 2 and start and all(a.dated for a in anchors[:start]) and shapes[anchors[0].shape] == 1:
        anchors = anchors[start:]
    return 0, list(anchors)


def _section_end(lines: Sequence[Line], anchors: list[Anchor]) -> tuple[int, list[Anchor]]:
    """The first line below the section, and the anchors above it: what few dates stand below a line that ends comments, and
    ends them once, are of other articles."""
    ends = [i for i in range(anchors[0].index + 1, len(lines)) if is_end(lines[i].text)]
    looks = Counter(lines[i].text.lower() for i in ends)
    for end in ends:
        above = [anchor for anchor in anchors if anchor.index < end]
        if len(above) == len(anchors) or (
            len(above) >= _MOST_ABOVE * len(anchors) and looks[lines[end].text.lower()] == 1
        ):
            return end, above
    return len(lines), anchors


def _merge(lines: Sequence[Line], anchors: Sequence[Anchor]) -> list[Anchor]:
    """ "Name says:" and the date line below it are one anchor. "X said:" inside a body quotes somebody."""
    anchors = _without_ages(lines, anchors)
    merged: list[Anchor] = []
    spoken = sum(1 for anchor in anchors if anchor.shape == "says")
    dated = [anchor for anchor in anchors if anchor.dated]
    paired = 0
    for anchor in anchors:
        previous = merged[-1] if merged else None
        if (
            previous
            and anchor.dated
            and anchor.author is None
            and previous.author
            and not previous.dated
            and all(line.blank for line in lines[previous.index + 1 : anchor.index])
        ):
            merged[-1] = Anchor(
                anchor.index, "says+date", previous.author, anchor.reply_to, True, True, previous.closing
            )
            paired += 1
        else:
            merged.append(anchor)
    if (dated and paired >= 0.5 * spoken) or spoken < 0.5 * len(dated):
        return [anchor for anchor in merged if anchor.shape != "says"]
    return [anchor for anchor in merged if anchor.shape == "says"] if spoken >= 2 else merged


def _without_ages(lines: Sequence[Line], anchors: Sequence[Anchor]) -> list[Anchor]:
    """Without the ages that stand above a full date in most headers: since when the reader is a member."""
    ages = {
        left.index
        for left, right in itertools.pairwise(anchors)
        if left.shape == "|age"
        and right.dated
        and not right.shape.endswith("age")
        and all(line.blank or is_noise(line.text) for line in lines[left.index + 1 : right.index])
    }
    return [anchor for anchor in anchors if anchor.index not in ages] if 3 * len(ages) > len(anchors) else list(anchors)


def _role(
    lines: Sequence[Line],
    anchors: Sequence[Anchor],
    first: int,
    last: int,
    templates: set[str],
    names: dict[int, int],
) -> tuple[str, float]:
    """Votes of all gaps, of the section's two ends, and of the anchors' own look."""
    votes = 0.0
    for anchor in anchors:
        name = lines[names[anchor.index]] if anchor.index in names else None
        signed = name is not None and (name.text[:1] in "–—" or name.marker == "-")
        votes += -3 if anchor.closing or signed else 2 if _speaks(anchor) else 0
    start = min(anchors[0].index, names.get(anchors[0].index, anchors[0].index))
    head = sum(len(lines[i].text) for i in range(first, start) if _is_words(lines[i], templates))
    tail = sum(len(lines[i].text) for i in range(anchors[-1].index + 1, last) if not is_frame(lines[i], templates))
    weight = 1 + len(anchors) / 3
    votes += weight if not head else 0
    votes += -weight if not tail else weight / 2
    inside = sum(
        any(not is_frame(lines[i], templates) for i in range(at + 1, anchor))
        for anchor, at in names.items()
        if at < anchor
    )
    if not tail and (inside >= 0.6 * len(names) if names else head):
        votes -= 3 * weight  # words above the first and none below the last: each closes what stands above it
    for left, right in itertools.pairwise(anchors):
        top = min(right.index, names.get(right.index, right.index))
        gap = lines[left.index + 1 : top]
        if not gap:
            continue
        near = next((n for n, line in enumerate(gap) if not line.blank), len(gap))
        far = next((n for n, line in enumerate(reversed(gap)) if not line.blank), len(gap))
        votes += 0.5 if near < far else -0.5 if far < near else 0
        # Not the post's number or a bullet: these stand in headers as well.
        frames = [n for n, line in enumerate(gap) if is_noise(line.text) and any(c.isalpha() for c in line.text)]
        if frames and len(gap) > 1:
            # Buttons close a post: below its footer they stand at once, below its body they stand late.
            votes += 0.5 if frames[-1] > len(gap) / 2 else -0.5
    votes += weight if names else 0
    return ("header" if votes >= 0 else "footer"), min(1.0, 0.6 + abs(votes) / (4 * len(anchors)))


def _speaks(anchor: Anchor) -> bool:
    return anchor.shape.startswith("says") or "s|" in anchor.shape or "s<|" in anchor.shape


def _is_words(line: Line, templates: set[str]) -> bool:
    return not is_frame(line, templates) and not (is_name(line.text) and len(line.text) < 40)


def _read_headers(
    lines: Sequence[Line],
    anchors: Sequence[Anchor],
    first: int,
    last: int,
    templates: set[str],
    names: dict[int, int],
    loose: set[int],
) -> tuple[int, list[Block]]:
    heads: list[tuple[int, int, str | None]] = []  # first line of the header, last line of it, name
    floor = first
    for anchor in anchors:
        top, bottom, author = anchor.index, anchor.index, anchor.author
        at = names.get(anchor.index)
        if at is not None:
            author = first_name(lines[at].text)
            top, bottom = min(top, at), max(bottom, profile_end(lines, at, last) if at > anchor.index else at)
        elif author and anchor.shape == "says+date":
            top = next((i for i in range(top - 1, max(top - 3, -1), -1) if author in lines[i].text), top)
        while top > floor and top > anchor.index - 2 * _MOST_LEAD and is_frame(lines[top - 1], templates):
            top -= 1
        if author and top - 1 > floor and lines[top - 1].text.casefold() == author[:1].casefold():
            top -= 1  # the letter that stands in for a picture
        heads.append((max(top, floor), bottom, author))
        floor = bottom + 1
    blocks = []
    for position, (_, bottom, author) in enumerate(heads):
        end = heads[position + 1][0] if position + 1 < len(heads) else last
        body = list(range(bottom + 1, end))
        blocks.append((body, anchors[position], author))
    bodies = cut_bodies(lines, [body for body, _, _ in blocks], templates)
    # Where most headers say "wrote", those that do not tell of other doings: a status changed, a bug assigned.
    spoken = sum(map(_speaks, anchors)) >= max(3, 0.5 * len(anchors))
    made = []
    for body, (_, anchor, author) in zip(bodies, blocks, strict=True):
        date = anchor.index if anchor.dated else None
        if date is None and len(body) > 1 and body[-1] in loose:
            date = body.pop()  # the name opens the post, the date closes it
        if body and not (spoken and anchor.author and not _speaks(anchor)):
            made.append(Block(tuple(body), anchor, author, date))
    return heads[0][0], made


def _read_footers(
    lines: Sequence[Line], anchors: Sequence[Anchor], first: int, last: int, templates: set[str]
) -> tuple[int, list[Block]]:
    spans = []
    floor = first
    for anchor in anchors:
        spans.append(list(range(floor, anchor.index)))
        floor = anchor.index + 1
    spans = _listed(lines, spans)
    bodies = cut_bodies(lines, spans, templates)
    if first == 0 and len(bodies) > 2:
        bodies[0] = _without_article(bodies[0], max(map(len, bodies[1:])))
    named = sum(1 for anchor in anchors if anchor.author) >= 0.6 * len(anchors)
    firsts = [body for body in bodies if len(body) > 1]
    leading = sum(1 for body in firsts if is_name(lines[body[0]].text)) >= 0.7 * max(1, len(bodies)) and not named
    closing = sum(1 for body in firsts if is_name(lines[body[-1]].text)) >= 0.8 * max(1, len(bodies)) and not named
    blocks = []
    for body, anchor in zip(bodies, anchors, strict=True):
        author = anchor.author
        if leading and len(body) > 1 and is_name(lines[body[0]].text):
            author, body = first_name(lines[body[0]].text), body[1:]
        elif closing and len(body) > 1 and is_name(lines[body[-1]].text):
            author, body = first_name(lines[body[-1]].text), body[:-1]
        if body:
            blocks.append(Block(tuple(body), anchor, author, anchor.index if anchor.dated else None))
    start = blocks[0].body[0] if blocks else first
    return start, blocks


def _without_article(body: list[int], most: int) -> list[int]:
    """The last paragraphs of what stands above the first footer, if it is far more than other posts have: an article."""
    if len(body) <= 2 * most + 2:
        return body
    starts = [k for k in range(len(body)) if k == 0 or body[k] > body[k - 1] + 1]
    kept = [k for k in starts if len(body) - k <= most]
    return body[kept[0] :] if kept else body


def _listed(lines: Sequence[Line], spans: list[list[int]]) -> list[list[int]]:
    """Where each post is an item of a list, what stands above an item (the question, an answer) is not the post."""
    marks = [max((i for i in span if lines[i].marker in ("*", "•", "+", "-")), default=None) for span in spans]
    firsts = sum(
        1 for span in spans if lines[next((i for i in span if not lines[i].blank or lines[i].marker), 0)].marker
    )
    if len(spans) < 3 or firsts < 0.5 * len(spans) or sum(mark is not None for mark in marks) < 0.9 * len(spans):
        return spans
    return [[i for i in span if mark is None or i >= mark] for span, mark in zip(spans, marks, strict=True)]
