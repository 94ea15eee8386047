"""Hostile phrasing: what the phrases of lexicon/entries/hostile.toml add to the harassment flag, where they are the poster's own.

"They don't deserve rights", "somebody should hang them" or "the village is missing its idiot" hold no word of abuse, and a
model often passes them. A phrase adds its family's log-odds; one of PLAIN and more flags whatever the model says. Phrases that
the post quotes, reports, forbids, denies or objects to are not its own and add nothing: the sentence around them tells.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from service.flags.context import PostContext
from service.flags.sentences import sentences
from service.flags.stance import in_quotation_marks
from service.flags.target import names_group
from service.lexicon import Match
from service.lexicon.phrases import CUE_SHARE, default_phrases

CATEGORIES: Final = frozenset({"hate", "threat", "contempt"})
KIND: Final = "kind"
PLAIN: Final = 2.5
REPEAT: Final = 0.4  # of what each further family adds
MOST: Final = 4.0
_GROUP_NEAR: Final = 120  # characters before "they" in which the group must be named
_NEAR: Final = 110  # characters before a phrase in which somebody else may be named as its author

_SAYING: Final = r"(?:say|says|said|saying|claim\w*|wr[io]te\w*|writing|shout\w*|scream\w*|yell\w*|chant\w*|post(?:s|ed|ing)|tweet\w*|told|tells?|telling|thinks?|thinking|thought|believ\w+|insist\w*|suggest\w*|imply|implies|implied|argu\w+|call(?:s|ed|ing)?|pretend\w*|hear(?:s|d|ing)?|read|sprayed|painted|preach\w*|declar\w+|joke[sd]?|joking|repeat\w*|assum\w+|agree\w*|mean|state[sd]?|announc\w+|accus\w+)"
# The poster says so in the first person.
_OWN: Final = re.compile(
    rf"(?<!\w)(?:i(?:'ll| will|'m| am|'ve| have|'d| would)?|in my|my|we|let me|let's|if you ask me|everyone|everybody)(?: (?!(?:not|never|don't|doesn't|wouldn't|didn't|can't|hardly|boss|ex|father|mother|uncle|brother|sister|teacher|neighbou?r|friend|colleague)(?!\w))[\w']+){{0,3}} (?:{_SAYING}|opinion|view|mind|honest\w*|(?:say|saying) it)(?!\w)",
    re.IGNORECASE,
)
_REPORTED: Final = re.compile(
    rf"(?<!\w)(?:{_SAYING}|according to|(?:(?<!of )the|this|that|such|old|an?) (?:\w+ )?(?:idea|notion|belief|claim|view|lie|myth|stereotype|trope|prejudice|slur|rumou?r|slogan|comment|post|sign|statement|joke|words?|phrase|message|letter|headline|thought)s?)(?!\w)(?: (?!(?:but|and|because|so)(?!\w))[\w']+){{0,4}}[\s\"':,]*$",
    re.IGNORECASE,
)
# Denied, forbidden, refused or opposed, just before.
_DENIED: Final = re.compile(
    r"(?:n't|(?<!\w)(?:not|never|nobody|no one|no|stop|stopped|quit|against|instead of|rather than|without|oppos\w+|refus\w+|condemn\w*|denounc\w*|reject\w*|prevent\w*|protect\w*|accused of|afraid|feared?|fears?|worr\w+|whoever|anyone who|anybody who|everyone who|everybody who|those who|people who|somebody who|someone who|a person who|man who|woman who|when (?:people|someone|somebody|he|she|they)|treat(?:s|ed|ing)?|as if|as though|like|false that|untrue that|lie that|nonsense that|myth that|wrong that|if you (?:think|believe|say)))(?: (?!(?:but|because|so|and|then)(?!\w))[\w']+){0,3}[\s\"':]*$",
    re.IGNORECASE,
)
# Somebody else wants or wanted to.
_OTHERS: Final = re.compile(
    r"(?<!\w)(?:he|she|they|who|hitler|(?:the )?(?:nazis?|police|government|army|regime|isis|terrorists?|klan|settlers|soldiers)|men|troops|rebels|militia|\w+ed)(?: [\w']+){0,4} (?:to|would|will|did|could|can|and|of|for) $",
    re.IGNORECASE,
)
# The poster objects, right after the words or in the next sentence.
_OBJECTED: Final = re.compile(
    r"^[\s\"'”’.,:;!?)\-]*(?:(?:and )?(?:that|this|it|which|these|those|such|all of (?:that|this))(?:'s| (?:is|was|are|were|has|sounds|isn't|sort|kind|people|words?|sentence|talk))|is|was|isn't|wasn't|should|,? (?:he|she|they|someone|somebody) (?:said|wrote|shouted|yelled|posted|told|screamed)|said|says|wrote|(?:please )?(?:stop|don't|never|delete|report|remove|ban)|shame on|what a (?:disgusting|vile|horrible|stupid) (?:thing|post|comment|sentence)|i (?:reported|disagree|object|can't believe)|speak up|my (?:ass|foot|arse)|lol no|no they)(?!\w)(?:(?! (?:they|these people|those people) (?:are|should|must))[^\n]){0,80}?(?:wrong|racis\w+|sexis\w+|bigot\w*|homophob\w*|transphob\w*|antisemit\w*|islamophob\w*|ableis\w+|xenophob\w*|hate speech|hateful|unacceptable|not (?:ok|okay|true|acceptable|a joke|an opinion|funny|right|fair|how)|isn't (?:ok|okay|true|a joke|an opinion|funny|right)|never (?:ok|okay|acceptable|right)|nonsense|a lie|false|untrue|shame\w*|ashamed|disgusting|vile|incitement|ignorant|ridiculous|bann?ed|report\w*|delet\w*|suspend\w*|fired|jailed|fined|sentenced|arrested|how it (?:start\w*|began)|what (?:he|she|they|some\w*) (?:said|wrote|shouted|posted|told)|said|wrote|shouted|posted|(?:must|should|do) (?:not|never)|my (?:ass|foot|arse)|lol no|no they|speak up|disagree|object|(?<=stop )\w+ing|stop)(?!\w)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Hostile:
    """matches: the poster's own phrases. weight: log-odds that they add; plain: whether one of them flags by itself. disowned:
    phrases that are not the poster's own. kind: whether the post stands up for a group."""

    matches: tuple[Match, ...]
    weight: float
    plain: bool
    disowned: tuple[Match, ...] = ()
    kind: bool = False

    def disowns(self, start: int, end: int) -> bool:
        """Whether start..end lies within a phrase that is not the poster's own."""
        return any(match.start <= start and end <= match.end for match in self.disowned)

    def has(self, category: str) -> bool:
        return any(match.entry.category == category for match in self.matches)

    @property
    def strongest(self) -> str:
        """The category of the weightiest phrase, "" without any."""
        return max(self.matches, key=_weight).entry.category if self.matches else ""


def hostile(post: PostContext, matches: Sequence[Match]) -> Hostile:
    """The hostile phrases among the matches of a post that are its own."""
    phrased = [m for m in matches if m.entry.category in CATEGORIES]
    own = [m for m in phrased if _counts(post, m)]
    disowned = tuple(m for m in phrased if m not in own and not m.entry.ambiguous)
    kind = any(m.entry.category == KIND for m in matches)
    if not own:
        return Hostile((), 0.0, False, disowned, kind)
    best: dict[str, float] = {}
    for match in own:
        best[match.entry.id] = max(best.get(match.entry.id, 0.0), _weight(match))
    weights = sorted(best.values(), reverse=True)
    total = min(weights[0] + REPEAT * sum(weights[1:]), MOST)
    return Hostile(tuple(own), total, weights[0] >= PLAIN, disowned, kind)


def _weight(match: Match) -> float:
    """The family's weight; a cue's too, which counts only behind a group's name."""
    return default_phrases().weight(match.entry) / (CUE_SHARE if match.entry.ambiguous else 1.0)


def _counts(post: PostContext, match: Match) -> bool:
    if match.entry.ambiguous and not names_group(post.text[max(0, match.start - _GROUP_NEAR) : match.start]):
        return False
    return not is_disowned(post, match.start, match.end)


def is_disowned(post: PostContext, start: int, end: int) -> bool:
    """Whether the words at start..end are somebody else's, or denied or objected to."""
    if post.quoted(start, end):
        return True
    cut = sentences(post.text)
    low, high = cut.around(start, end)
    before, after = cut.plain[low:start], cut.plain[end:high]
    near = before[-_NEAR:]
    if in_quotation_marks(before, after) or _DENIED.search(near) or _OTHERS.search(near):
        return True
    if _REPORTED.search(near) and not _OWN.search(near):
        return True
    following = cut.after(start, end)
    return bool(_OBJECTED.match(after) or (_is_quoted(before) and _OBJECTED.match(cut.plain[slice(*following)])))


def _is_quoted(before: str) -> bool:
    """Whether a quotation mark was opened before the words in their sentence."""
    return before.count('"') % 2 == 1
