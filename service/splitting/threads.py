"""Who answers whom, where the source shows it by a name, an indentation or a number."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Sequence

from service.splitting.lines import Line
from service.splitting.section import Post

_REACH = 500
"""So many posts back an answer is looked for."""
_MENTION = re.compile(r"@(\w[\w.\-]{1,40}(?: \w[\w.\-]{0,30})?)")


def parent_by_name(earlier: Sequence[Post], name: str | None, body: str) -> str | None:
    """The id of the latest earlier post by the person named in the header or @mentioned first in the body."""
    wanted = [name] if name else []
    mention = _MENTION.match(body[:80])
    if mention:
        wanted += [mention[1], mention[1].split()[0]]
    for candidate in wanted:
        folded = candidate.casefold().strip(" :,.")
        for post in itertools.islice(reversed(earlier), _REACH):
            if post.author and post.author.casefold() == folded:
                return post.id
    return None


def split_pair(name: str | None, known: Collection[str]) -> tuple[str | None, str | None]:
    """ "Anna Bob" where Bob has posted before: Anna answers Bob, and the arrow between them was lost in copying."""
    if name is None or name in known or " " not in name:
        return name, None
    words = name.split(" ")
    for cut in range(1, len(words)):
        second = " ".join(words[cut:])
        if second in known:
            return " ".join(words[:cut]), second
    return name, None


_LEVEL = re.compile(r"(?:level|depth|ebene)[ :]{1,2}(\d{1,3})", re.IGNORECASE)
_STEP = (2, 80)
"""An answer is indented by at least and at most so many characters."""


def told_depths(lines: Sequence[Line], heads: Sequence[int]) -> list[int]:
    """How deep each post is, by a line such as "level 2" above its header (line `heads[i]`), else by the header's
    indentation; empty where neither makes a thread."""
    levels = [
        next(
            (int(found[1]) for i in range(head, max(-1, head - 5), -1) if (found := _LEVEL.fullmatch(lines[i].text))), 0
        )
        for head in heads
    ]
    if all(levels) and _is_thread(levels, 1):
        return levels
    indents = [lines[head].indent for head in heads]
    step = min((b - a for a, b in itertools.pairwise(sorted(set(indents)))), default=0)
    return indents if _STEP[0] <= step <= _STEP[1] and _is_thread(indents, step) else []


def _is_thread(depths: Sequence[int], step: int) -> bool:
    """Whether posts get deeper, one step at a time, and never less deep than the first."""
    deeper = [b - a for a, b in itertools.pairwise(depths) if b > a]
    return (
        bool(deeper) and set(deeper) == {step} and all((d - depths[0]) % step == 0 and d >= depths[0] for d in depths)
    )


def parents_by_depth(depths: Sequence[int]) -> list[int | None]:
    """For each post, the number of the latest earlier one that is less deep."""
    parents: list[int | None] = []
    open_posts: list[tuple[int, int]] = []
    for index, depth in enumerate(depths):
        while open_posts and open_posts[-1][0] >= depth:
            open_posts.pop()
        parents.append(open_posts[-1][1] if open_posts else None)
        open_posts.append((depth, index))
    return parents
