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

from service.splitting.anchors import Anchor
from service.splitting.frames import find_templates, is_frame, name_lines, profile_end
from service.splitting.lines import Line, is_end, is_name, is_noise, is_pingback, is_removed, is_separator, is_title

_MOST_LEAD = 5
"""A header holds at most so many lines above its date."""
_MOST_TAIL = 3
"""So many lines of the next post's header may stand below the buttons of a post, where the name was not told apart."""
_PLACE = re.compile(r"(?:location|ort|wohnort|from|lieu):? .{1,40}", re.IGNORECASE)
_PROFILE = re.compile(
    r"(?:joined|join date|member since|mitglied seit|posts|messages|beiträge|reaction score|registered)\b",
    re.IGNORECASE,
)
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
    last = _section_end(lines, anchors[-1].index)
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
    if count >= 2 and start and all(a.dated for a in anchors[:start]) and shapes[anchors[0].shape] == 1:
        anchors = anchors[start:]
    return 0, list(anchors)


def _section_end(lines: Sequence[Line], last_anchor: int) -> int:
    return next((i for i in range(last_anchor + 1, len(lines)) if is_end(lines[i].text)), len(lines))


def _merge(lines: Sequence[Line], anchors: Sequence[Anchor]) -> list[Anchor]:
    """ "Name says:" and the date line below it are one anchor. "X said:" inside a body quotes somebody."""
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
            author = lines[at].text.strip("•·-–: ")
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
    bodies = _cut_bodies(lines, [body for body, _, _ in blocks], templates)
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
    bodies = _cut_bodies(lines, spans, templates)
    named = sum(1 for anchor in anchors if anchor.author) >= 0.6 * len(anchors)
    firsts = [body for body in bodies if len(body) > 1]
    leading = sum(1 for body in firsts if is_name(lines[body[0]].text)) >= 0.7 * max(1, len(bodies)) and not named
    closing = sum(1 for body in firsts if is_name(lines[body[-1]].text)) >= 0.8 * max(1, len(bodies)) and not named
    blocks = []
    for body, anchor in zip(bodies, anchors, strict=True):
        author = anchor.author
        if leading and len(body) > 1 and is_name(lines[body[0]].text):
            author, body = lines[body[0]].text.strip(":"), body[1:]
        elif closing and len(body) > 1 and is_name(lines[body[-1]].text):
            author, body = lines[body[-1]].text.strip("-–— "), body[:-1]
        if body:
            blocks.append(Block(tuple(body), anchor, author, anchor.index if anchor.dated else None))
    start = blocks[0].body[0] if blocks else first
    return start, blocks


def _listed(lines: Sequence[Line], spans: list[list[int]]) -> list[list[int]]:
    """Where each post is an item of a list, what stands above an item (the question, an answer) is not the post."""
    marks = [max((i for i in span if lines[i].marker in ("*", "•", "+", "-")), default=None) for span in spans]
    firsts = sum(
        1 for span in spans if lines[next((i for i in span if not lines[i].blank or lines[i].marker), 0)].marker
    )
    if len(spans) < 3 or firsts < 0.5 * len(spans) or sum(mark is not None for mark in marks) < 0.9 * len(spans):
        return spans
    return [[i for i in span if mark is None or i >= mark] for span, mark in zip(spans, marks, strict=True)]


def _cut_bodies(lines: Sequence[Line], spans: Sequence[Sequence[int]], templates: set[str]) -> list[list[int]]:
    """Body lines without frames. Where most posts end in buttons, what follows the buttons is not the post."""
    bodies = []
    ended = 0
    for span in spans:
        words = [i for i in span if not is_frame(lines[i], templates) and not _is_place(lines, i)]
        if not words:
            words = [
                i
                for i in span
                if lines[i].text
                and not is_noise(lines[i].text)
                and not is_removed(lines[i].text)
                and not is_pingback(lines[i].text)
                and not is_title(lines[i].text)
                and not is_separator(lines[i].text)
            ]
        bodies.append(words)
        ended += _ends_in_buttons(lines, span, words)
    full = sum(1 for body in bodies if body)
    if full > 2 and ended >= 0.6 * full:
        bodies = [_before_buttons(lines, span, body) for span, body in zip(spans, bodies, strict=True)]
    return [body[: len(body) - _echo([lines[i].text for i in body])] for body in bodies]


def _is_place(lines: Sequence[Line], i: int) -> bool:
    """ "Location: Kiel" among the other lines of a reader's profile; alone it may be what somebody wrote."""
    if not _PLACE.fullmatch(lines[i].text):
        return False
    near = [
        next((lines[k].text for k in ks if lines[k].text), "")
        for ks in (range(i - 1, max(-1, i - 4), -1), range(i + 1, min(len(lines), i + 4)))
    ]
    return any(_PROFILE.match(text) for text in near)


def _ends_in_buttons(lines: Sequence[Line], span: Sequence[int], body: Sequence[int]) -> bool:
    """Whether buttons stand below the words, with no more than the next post's name and rank after them."""
    if not body:
        return False
    tail = [i for i in body[-_MOST_TAIL:] if i > body[0] and len(lines[i].text) <= 40 and is_name(lines[i].text)]
    last = next((i for i in reversed(body) if i not in tail), body[-1])
    return any(is_noise(lines[i].text) and any(c.isalpha() for c in lines[i].text) for i in span if i > last)


def _echo(body: Sequence[str]) -> int:
    """How many last lines repeat the post's beginning ("Name: first words …" and a link), as sharing buttons do."""
    for count in (1, 2):
        if len(body) > count:
            said = "".join(body[-count].partition(": ")[2].split())
            linked = count == 2 and "://" in body[-1]
            if (len(said) >= 12 or (linked and said)) and "".join("".join(body[:8]).split()).startswith(said[:40]):
                return count
    return 0


def _before_buttons(lines: Sequence[Line], span: Sequence[int], body: list[int]) -> list[int]:
    """Cut what follows two button lines, or one that is no bare number."""
    if not body:
        return body
    for i in span:
        text = lines[i].text
        if i > body[0] and text and is_noise(text) and any(c.isalpha() for c in text):
            return [k for k in body if k < i]
    return body
