"""An archive through the pipeline: scored once, judged by two policies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from service.backtest.archive import Archive
from service.backtest.report import Report, Tally
from service.engine import Scored
from service.moderation import Moderator, Prepared, Verdict
from service.policy import Policy
from service.splitting.section import Post, Section

CHUNK_POSTS: Final = 500
CHUNK_CHARACTERS: Final = 100_000


async def backtest(
    moderator: Moderator, archive: Archive, before: Policy, after: Policy, progress: Callable[[int], None]
) -> Report:
    """Compare the policies on every text. moderator: started. progress: told how many posts are done.

    Raises a `ServiceError`.
    """
    tally = Tally(f"{before.name} {before.version}", f"{after.name} {after.version}")
    done = 0
    for numbers in _chunks([len(text) for text in archive.texts]):
        done += len(numbers)
        usable = [number for number in numbers if len(archive.texts[number]) <= moderator.settings.max_characters]
        tally.too_long += len(numbers) - len(usable)
        section = Section("posts", tuple(Post(str(number), number, archive.texts[number]) for number in usable))
        old, new = await _verdicts(moderator, section, (before, after))
        for number, one, other in zip(usable, old, new, strict=True):
            tally.add(one, other, archive.decisions[number] if archive.decisions else None)
        progress(done)
    return tally.report()


def _chunks(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Numbers of posts, in order, few enough to be one request to the engine."""
    chunk: list[int] = []
    size = 0
    for number, length in enumerate(lengths):
        if chunk and (len(chunk) == CHUNK_POSTS or size + length > CHUNK_CHARACTERS):
            yield chunk
            chunk, size = [], 0
        chunk.append(number)
        size += length
    if chunk:
        yield chunk


async def _verdicts(moderator: Moderator, section: Section, policies: Sequence[Policy]) -> list[list[Verdict]]:
    """By policy. No text is scored twice, though a policy's allowed terms may add texts of their own."""
    known: dict[str, Scored] = {}
    judged = []
    for policy in policies:
        prepared = moderator.prepare_section(section, policy)
        missing = _without(prepared, known)
        known |= dict(zip(missing.texts, await moderator.score(missing), strict=True))
        judged.append(list(moderator.verdicts(prepared, [known[text] for text in prepared.texts])))
    return judged


def _without(prepared: Prepared, known: dict[str, Scored]) -> Prepared:
    """Only the texts that are not known."""
    variants = tuple(tuple(each for each in several if each.text not in known) for several in prepared.variants)
    return replace(prepared, variants=variants)
