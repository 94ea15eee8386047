"""The way of a request: source -> section -> scores -> flags -> decisions -> answer. The same for HTTP and command line.

Splitting, matching, flagging and encoding run in threads; the engine is awaited between them.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from msgspec import UNSET

from models.backends.base import BackendError
from models.model import Model
from models.types import Attribution
from service import engine as engines
from service.engine import Engine, Scored
from service.errors import Busy, DeadlinePassed, Unavailable, UnknownPolicy
from service.flags import PostContext, flag_post
from service.flags.types import Flag
from service.lexicon import Lexicon, Match
from service.metrics import Metrics
from service.policy import Decision, Policy
from service.reading import Source, read_section
from service.schema import (
    EvidenceAnswer,
    FlagAnswer,
    ModerateAnswer,
    NameVersion,
    PostAnswer,
    PostError,
    QuoteAnswer,
    SourceAnswer,
    Span,
    encode,
)
from service.settings import Settings
from service.splitting.section import Post, Section
from service.text.language import is_covered, language_of
from service.variants import Variant, variants
from service.workers import Workers

DIGITS = 4

# Above this many bytes a request is large: it shares threads with other large ones only.
LARGE = 64 * 1024

Coverage = Literal["full", "lexicon-only"]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A section that is ready to be scored. texts: all variants of all posts, in order; a post in a language that the
    model does not read has none. languages: of each post, None where it cannot be told."""

    section: Section
    policy: Policy
    matches: tuple[tuple[Match, ...], ...]
    variants: tuple[tuple[Variant, ...], ...]
    languages: tuple[str | None, ...]

    @property
    def texts(self) -> list[str]:
        return [variant.text for several in self.variants for variant in several]


@dataclass(frozen=True, slots=True)
class Judged:
    """What is known of one post's words: its scores, where they came from, or why there are none."""

    scores: Mapping[str, float]
    origin: Mapping[str, tuple[Variant, Scored]]
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Rated:
    """One post with its lexicon matches and its scores, before anything is decided. error: why it has no scores."""

    post: Post
    matches: tuple[Match, ...]
    scores: Mapping[str, float]
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """One post with its flags and the policy's decision. error: why it has no scores; it is then never approved.

    coverage: lexicon-only where the model does not read the language: then there are no scores, and the flags rest on
    the lexicon alone.
    """

    post: Post
    scores: Mapping[str, float]
    flags: tuple[Flag, ...]
    decision: Decision
    error: str | None = None
    language: str | None = None
    coverage: Coverage = "full"


class Moderator:
    """The pipeline with everything it needs. policies: by name, the first is the default."""

    def __init__(
        self,
        model: Model,
        engine: Engine,
        lexicon: Lexicon,
        policies: Mapping[str, Policy],
        workers: Workers,
        metrics: Metrics,
        settings: Settings,
    ) -> None:
        self.model = model
        self.engine = engine
        self.lexicon = lexicon
        self.policies = policies
        self.workers = workers
        self.metrics = metrics
        self.settings = settings
        self.languages = _languages(model.card.languages, settings)

    async def moderate(self, read: Callable[[], Source], size: int, identity: str | None = None) -> bytes:
        """The JSON answer for what `read` gives; `size` in bytes says which threads the work shares.

        Raises a `ServiceError`. Cancelling the call withdraws its posts from the engine.
        """
        large = size > LARGE
        with self.metrics.timed("split"):
            prepared = await self.workers.run(lambda: self.prepare(read()), large=large)
        scored = await self.score(prepared)
        with self.metrics.timed("flags"):
            name = identity or new_identity()
            return await self.workers.run(lambda: encode(self.answer(prepared, scored, name)), large=large)

    async def rate(self, posts: Sequence[Post], size: int, *, keep: bool = True) -> list[Rated]:
        """Matches and scores of posts that are split already, in order, whatever their language is. keep: as for the engine.

        Raises a `ServiceError`.
        """
        prepared, scored = await self._scored(posts, size, None, any_language=True, keep=keep)
        return [
            Rated(post, found, judged.scores, judged.error)
            for post, found, judged in zip(
                prepared.section.posts, prepared.matches, _judge(prepared, scored), strict=True
            )
        ]

    async def judge(self, posts: Sequence[Post], size: int, policy: str | None = None) -> list[Verdict]:
        """Flags and decisions of posts that are split already, in order. Raises a `ServiceError`."""
        prepared, scored = await self._scored(posts, size, policy)
        with self.metrics.timed("flags"):
            return await self.workers.run(lambda: list(self.verdicts(prepared, scored)), large=size > LARGE)

    def prepare(self, source: Source) -> Prepared:
        """Split, match, and choose what the model reads. Raises a `ServiceError`."""
        policy = self.policy(source.policy)
        return self.prepare_section(read_section(source, self.settings), policy)

    def prepare_section(self, section: Section, policy: Policy, *, any_language: bool = False) -> Prepared:
        """Match, and choose what the model reads. any_language: it reads all of it, and no language is told."""
        known = ("*",) if any_language else self.languages
        matches = tuple(policy.admit(post.text, self.lexicon.find(post.text)) for post in section.posts)
        languages = tuple(None if any_language else language_of(post.text, known) for post in section.posts)
        return Prepared(
            section,
            policy,
            matches,
            tuple(
                variants(post, found) if is_covered(language, known) else ()
                for post, found, language in zip(section.posts, matches, languages, strict=True)
            ),
            languages,
        )

    def policy(self, name: str | None) -> Policy:
        """The policy of that name, or the default. Raises `UnknownPolicy`."""
        if name is None:
            return next(iter(self.policies.values()))
        if name not in self.policies:
            raise UnknownPolicy(f"there is no policy {name[:100]!r}; known: {', '.join(self.policies)}", "policy")
        return self.policies[name]

    async def score(self, prepared: Prepared, *, keep: bool = True) -> list[Scored]:
        """The engine's answers for all texts, in order. Raises `Busy`, `DeadlinePassed`, `Unavailable`."""
        if not prepared.texts:
            return []
        lane: engines.Lane = "bulk" if len(prepared.section.posts) > self.settings.bulk_posts else "interactive"
        try:
            return await self.engine.score(prepared.texts, lane=lane, deadline_s=self.settings.deadline_s, keep=keep)
        except engines.Overloaded as error:
            raise Busy("the queue is full; come back later", error.retry_after_s) from None
        except engines.DeadlineExceeded:
            raise DeadlinePassed(f"not scored within {self.settings.deadline_s:g} s") from None
        except engines.EngineDown as error:
            raise Unavailable(f"the engine is not available: {error}") from None

    def answer(self, prepared: Prepared, scored: Sequence[Scored], identity: str) -> ModerateAnswer:
        """Flags, decisions and the whole answer."""
        section = prepared.section
        posts = tuple(map(_post_answer, self.verdicts(prepared, scored)))
        card = self.model.card
        return ModerateAnswer(
            id=identity,
            model=NameVersion(card.name, card.version),
            policy=NameVersion(prepared.policy.name, prepared.policy.version),
            source=SourceAnswer(section.kind, round(section.confidence, DIGITS), section.notes),
            article=Span(section.article.start, section.article.end) if section.article else None,
            posts=posts,
        )

    async def _scored(
        self, posts: Sequence[Post], size: int, policy: str | None, *, any_language: bool = False, keep: bool = True
    ) -> tuple[Prepared, list[Scored]]:
        chosen = self.policy(policy)
        section = Section("posts", tuple(posts))
        with self.metrics.timed("split"):
            prepared = await self.workers.run(
                lambda: self.prepare_section(section, chosen, any_language=any_language), large=size > LARGE
            )
        return prepared, await self.score(prepared, keep=keep)

    def verdicts(self, prepared: Prepared, scored: Sequence[Scored]) -> Iterator[Verdict]:
        """Flags and decisions of each post, in order, from the engine's answers for all texts."""
        posts = prepared.section.posts
        authors = {post.id: post.author for post in posts}
        judgements = zip(posts, prepared.matches, prepared.languages, _judge(prepared, scored), strict=True)
        for post, found, language, judged in judgements:
            flags = flag_post(
                context(post, authors),
                judged.scores,
                found,
                partial(self._attribute, judged),
                prepared.policy.thresholds,
            )
            coverage: Coverage = "full" if is_covered(language, self.languages) else "lexicon-only"
            decision = prepared.policy.decide(judged.scores, flags, post.text, language, coverage)
            if judged.error is not None:
                action = "review" if decision.action == "approve" else decision.action
                decision = replace(decision, action=action, reasons=(*decision.reasons, "not scored"))
            yield Verdict(post, judged.scores, flags, decision, judged.error, language, coverage)

    async def close(self) -> None:
        """Finish what was admitted, within the drain time, and stop. The model stays the caller's."""
        await self.engine.drain(self.settings.drain_s)
        self.engine.close()
        self.workers.close()

    def _attribute(self, judged: Judged, label: str) -> tuple[Attribution, ...]:
        """Characters of the post that carried `label`; nothing where the label was not scored."""
        if label not in judged.origin:
            return ()
        variant, scored = judged.origin[label]
        assert scored.scores is not None  # a variant without scores is no origin
        try:
            return variant.attributions(self.model.attribute(scored.encoded, scored.scores, label))
        except BackendError:
            self.metrics.failed("flags")  # the flag stands without the model's words
            return ()


def new_identity() -> str:
    """A request's id."""
    return uuid.uuid4().hex


def _judge(prepared: Prepared, scored: Sequence[Scored]) -> Iterator[Judged]:
    """What the engine's answers say of each post, in order."""
    rest = iter(scored)
    for several in prepared.variants:
        yield _highest([(variant, next(rest)) for variant in several])


def _highest(results: Sequence[tuple[Variant, Scored]]) -> Judged:
    """Per label the higher score of a post's variants, and which variant gave it."""
    scores: dict[str, float] = {}
    origin: dict[str, tuple[Variant, Scored]] = {}
    errors = [scored.error for _, scored in results if scored.scores is None]
    for variant, scored in results:
        for label, value in scored.scores.values.items() if scored.scores else ():
            if value > scores.get(label, -1.0):
                scores[label] = value
                origin[label] = (variant, scored)
    return Judged(scores, origin, errors[0] if errors and not scores else None)


def _languages(of_model: Sequence[str], settings: Settings) -> tuple[str, ...]:
    """What the model may judge: the card's languages ("*" where it names none) and those that the operator accepts."""
    extra = (tag.strip().lower() for tag in settings.languages.split(","))
    return (*(of_model or ("*",)), *(tag for tag in extra if tag))


def context(post: Post, authors: Mapping[str, str | None]) -> PostContext:
    """The post as flagging sees it. authors: by the id of a post."""
    parent = post.parent_id
    return PostContext(
        text=post.text,
        author=post.author,
        parent_author=authors.get(parent) if parent is not None else None,
        is_reply=parent is not None,
        quotes=post.quotes,
    )


def _post_answer(verdict: Verdict) -> PostAnswer:
    post = verdict.post
    return PostAnswer(
        id=post.id,
        index=post.index,
        author=post.author,
        created_at=post.created_at,
        parent_id=post.parent_id,
        start=post.start,
        end=post.end,
        text=post.text,
        quotes=tuple(QuoteAnswer(quote.start, quote.end, quote.author) for quote in post.quotes),
        language=verdict.language,
        coverage=verdict.coverage,
        scores={label: round(value, DIGITS) for label, value in verdict.scores.items()},
        flags=tuple(map(_flag_answer, verdict.flags)),
        action=verdict.decision.action,
        reasons=verdict.decision.reasons,
        error=UNSET if verdict.error is None else PostError("scoring_failed", verdict.error),
    )


def _flag_answer(flag: Flag) -> FlagAnswer:
    return FlagAnswer(
        type=flag.type,
        score=round(flag.score, DIGITS),
        severity=flag.severity,
        evidence=tuple(EvidenceAnswer(item.start, item.end, item.text, item.source) for item in flag.evidence),
        target=flag.target,
        groups=flag.groups,
        reason=flag.reason,
    )
