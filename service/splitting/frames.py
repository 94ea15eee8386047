"""What stands around the posts of a headed section: names on lines of their own, badges, buttons."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from service.splitting.anchors import Anchor
from service.splitting.lines import Line, is_name, is_noise, is_pingback, is_removed, is_separator, is_title, says

_DIGIT = re.compile(r"\d")
_LONGEST_TEMPLATE = 60
_PROFILE = re.compile(
    r"(?:join|posts|messages|beiträge|registriert|mitglied|member since|reaction score)", re.IGNORECASE
)


def find_templates(
    lines: Sequence[Line], anchors: Sequence[Anchor], first: int, last: int, names: set[int]
) -> set[str]:
    """Short lines that stand beside the anchors again and again: badges, ranks, buttons in an unknown language.

    Found in rounds: first what touches the anchors (or the names above them), then what touches that.
    """
    at = {anchor.index for anchor in anchors} | names
    found: set[str] = set()
    needed = max(3, len(anchors) * 0.25)
    for _ in range(4):
        counts: Counter[str] = Counter()
        for anchor in anchors:
            near: set[str] = set()
            for step in (-1, 1):
                index = anchor.index + step
                while first <= index < last and (
                    lines[index].blank
                    or index in names
                    or (step > 0 and is_noise(lines[index].text))
                    or _key(lines[index]) in found
                ):
                    index += step
                if first <= index < last and index not in at and len(lines[index].text) <= _LONGEST_TEMPLATE:
                    near.add(_key(lines[index]))
            counts.update(near)
        more = {
            key
            for key, count in counts.items()
            if count >= needed and (len(key.split()) > 1 or count >= 0.5 * len(anchors))
        }
        if not more - found:
            break
        found |= more
    return found if _leaves_words(lines, anchors, last, names, found) else set()


def _leaves_words(
    lines: Sequence[Line], anchors: Sequence[Anchor], last: int, names: set[int], found: set[str]
) -> bool:
    """Whether most posts still have words without the lines in `found`: else these are what people said, all the same."""
    empty = 0
    for anchor, end in zip(anchors, [*(later.index for later in anchors[1:]), last], strict=True):
        between = (lines[i] for i in range(anchor.index + 1, end) if i not in names and not says(lines[i].text))
        words = [line for line in between if line.text and not is_noise(line.text)]
        empty += bool(words) and all(_key(line) in found for line in words)
    return empty <= 0.2 * len(anchors)


_NUMBER = re.compile(r"#\d{1,7}")
_HANDLE = re.compile(r"[\u202a-\u202e\u2066-\u2069]?@[\w.\-]{1,60}(?:@[\w.\-]{1,60})?[\u202a-\u202e\u2066-\u2069]?")


def name_lines(lines: Sequence[Line], anchors: Sequence[Anchor], first: int) -> dict[int, int]:
    """The name line of each anchor line, where the section keeps its names on lines of their own: of a name and the handle
    below it, the name."""
    found = _name_lines(lines, anchors, first)
    above = {
        anchor: at - 1
        for anchor, at in found.items()
        if _HANDLE.fullmatch(lines[at].text)
        and at > first
        and 0 < len(lines[at - 1].text) <= 50
        and not is_noise(lines[at - 1].text)
    }
    shown = sum(is_name(lines[at].text) for at in above.values())
    return found | above if found and shown >= 0.7 * len(found) else found


def _name_lines(lines: Sequence[Line], anchors: Sequence[Anchor], first: int) -> dict[int, int]:
    count = len(anchors)
    above = [
        _lines_above(lines, anchor.index, floor, 4)
        for anchor, floor in zip(anchors, [first, *(a.index + 1 for a in anchors)], strict=False)
    ]
    best: tuple[float, int] = (0.0, -1)
    for k in range(4):
        named = [lines[found[k]].text for found in above if len(found) > k and is_name(lines[found[k]].text)]
        if len(named) >= 0.7 * count:
            value = len(set(named)) / count - 0.05 * k
            if value > best[0]:
                best = (value, k)
    on_line = sum(1 for anchor in anchors if anchor.author and not anchor.trailing)
    trailing = sum(1 for anchor in anchors if anchor.trailing)
    spoken = any(anchor.shape.startswith("says") or "s|" in anchor.shape for anchor in anchors)
    varied = count == 1 or spoken or len({anchor.author for anchor in anchors}) > 1
    if varied and on_line + (trailing if best[1] < 0 else 0) >= 0.6 * count:
        return {}
    below = {}
    for anchor in anchors:
        j = anchor.index + 1
        while j < len(lines) and _NUMBER.fullmatch(lines[j].text):
            j += 1
        if j + 1 < len(lines) and is_name(lines[j].text) and _opens_profile(lines, j + 1):
            below[anchor.index] = j
    profiled = sum(profile_end(lines, name, len(lines)) > name for name in below.values())
    if count > 1 and profiled >= 0.7 * count:
        return below
    tops = _run_tops(lines, anchors, first)
    if tops:
        return tops
    if best[1] >= 0:
        return {
            anchor.index: found[best[1]]
            for anchor, found in zip(anchors, above, strict=True)
            if len(found) > best[1] and is_name(lines[found[best[1]]].text)
        }
    if count > 1 and len(below) >= 0.7 * count:
        return below
    return {}


def _opens_profile(lines: Sequence[Line], start: int) -> bool:
    """A blank line, or a rank above "Posts: 12": what stands below a name, but not below a first short sentence."""
    if lines[start].blank:
        return True
    near = [lines[i].text for i in range(start, min(start + 4, len(lines)))]
    return any(_PROFILE.match(text) and is_noise(text) for text in near)


def _run_tops(lines: Sequence[Line], anchors: Sequence[Anchor], first: int) -> dict[int, int]:
    """The first line below the buttons of the post before, where headers of one to three lines follow such buttons.

    Names so found do not depend on whether a rank or a motto stands between name and date.
    """
    runs: dict[int, list[int]] = {}
    for anchor, floor in zip(anchors, [first, *(a.index + 1 for a in anchors)], strict=False):
        run: list[int] = []
        lowest = max(floor, anchor.index - 8)
        bounded = floor == first and lowest == floor
        for i in range(anchor.index - 1, lowest - 1, -1):
            text = lines[i].text
            if not text or len(text) > _LONGEST_TEMPLATE or len(run) > 3:
                bounded = False
                break
            if is_noise(text):
                if run and any(c.isalpha() for c in text):
                    bounded = True
                    break
            else:
                run.insert(0, i)
        if run and bounded:
            runs[anchor.index] = run
    if len(anchors) < 3 or len(runs) < 0.7 * len(anchors) or all(len(run) == 1 for run in runs.values()):
        return {}
    badges = Counter(lines[run[0]].text for run in runs.values() if len(run) > 1)
    often = {text for text, count in badges.items() if count >= max(3, 0.25 * len(anchors))}
    tops = {at: next((i for i in run if lines[i].text not in often), run[-1]) for at, run in runs.items()}
    return {at: i for at, i in tops.items() if is_name(lines[i].text)}


def _is_date(line: Line) -> bool:
    return line.date is not None and line.date.end - line.date.start >= len(line.text) - 1


def profile_end(lines: Sequence[Line], name: int, limit: int) -> int:
    """The last line of the reader's profile that stands below a name; the name itself where there is none."""
    end = name
    for i in range(name + 1, min(name + 9, limit)):
        text = lines[i].text
        if len(text) > 40:
            break
        if _PROFILE.match(text) and is_noise(text):
            end = i if not text.isalpha() else min(i + 1, limit - 1)
    return end


def _lines_above(lines: Sequence[Line], index: int, floor: int, most: int) -> list[int]:
    """The nearest lines with words above a line, nearest first."""
    found = []
    for i in range(index - 1, max(floor, index - 12) - 1, -1):
        text = lines[i].text
        if text and not is_noise(text) and not is_separator(text) and not is_title(text) and not _is_date(lines[i]):
            found.append(i)
            if len(found) == most:
                break
    return found


def is_frame(line: Line, templates: set[str]) -> bool:
    """Not somebody's words: blank, buttons, separators, what repeats around the anchors."""
    text = line.text
    return (
        not text
        or is_noise(text)
        or is_separator(text)
        or is_removed(text)
        or is_pingback(text)
        or is_title(text)
        or (bool(templates) and len(text) <= _LONGEST_TEMPLATE and _key(line) in templates)
    )


def _key(line: Line) -> str:
    return _DIGIT.sub("0", line.text.lower())
