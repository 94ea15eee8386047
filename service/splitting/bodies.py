"""The words of each post of a headed section: what lies between two anchors, without badges, buttons and echoes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from service.splitting.frames import is_frame
from service.splitting.lines import Line, is_name, is_noise, is_pingback, is_removed, is_separator, is_title

_MOST_TAIL = 3
"""So many lines of the next post's header may stand below the buttons of a post, where the name was not told apart."""
_PLACE = re.compile(r"(?:location|ort|wohnort|from|lieu):? .{1,40}", re.IGNORECASE)
_PROFILE = re.compile(
    r"(?:joined|join date|member since|mitglied seit|posts|messages|beiträge|reaction score|registered)\b",
    re.IGNORECASE,
)


def cut_bodies(lines: Sequence[Line], spans: Sequence[Sequence[int]], templates: set[str]) -> list[list[int]]:
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
