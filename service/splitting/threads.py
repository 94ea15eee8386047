"""Who answers whom, where the source shows it by a name."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Sequence

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
