"""Stance: whether words are the poster's own position, or reported, mocked, denied, quoted.

Each rule is a cue in the sentence around the words; the strongest cue decides how much of the words' weight counts
against the poster (1: all of it, 0: nothing). Rules read English and are deliberately few: what they miss, the model's
score has to tell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from service.flags.context import PostContext
from service.flags.sentences import Sentences, sentences

Position = Literal["own", "asked", "reported", "mocked", "denied", "quoted"]
SHARE: dict[Position, float] = {
    "own": 1.0, "asked": 0.6, "reported": 0.35, "mocked": 0.25, "denied": 0.15, "quoted": 0.0,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stance:
    """position: how the words are meant; share: how much of their weight counts against the poster."""

    position: Position
    share: float


def _any(*cues: str) -> re.Pattern[str]:
    return re.compile(r"(?<!\w)(?:" + "|".join(cues) + ")", re.IGNORECASE)


_NOUN = r"(?:claim|theor(?:y|ie)|rumou?r|myth|nonsense|idea|notion|belief|trope|canard|fantas(?:y|ie)|crap|drivel|hysteria|conspirac(?:y|ie))"
# Somebody else says so. First-person sayings are the poster's own.
_REPORT = _any(
    r"(?:claim(?:s|ed|ing)?|alleg(?:e|es|ed|edly|ing|ations?)|purport\w*|assert(?:s|ed|ing)?|insist(?:s|ed|ing)?|accus(?:es|ed|ing)|suggest(?:s|ed|ing)?|declar(?:es|ed|ing))(?= )",
    r"(?:says?|said|saying|tweet(?:s|ed|ing)|post(?:s|ed) that|believ(?:e|es|ed|ers?)|thinks?|thought|argu(?:e|es|ed|ing)|preach\w*|rant(?:s|ed|ing)|rav(?:es|ed|ing)|testif\w+|told (?:\w+ ){1,3}that|convinced)(?= )",
    r"(?:spread(?:s|ing)?|promot(?:es|ed|ing)|push(?:es|ed|ing)|peddl\w+|tout(?:s|ed|ing)|amplif\w+|shar(?:es|ed|ing)|parrot\w*|repeat(?:s|ed|ing)|echo(?:es|ed|ing)) ",
    _NOUN + r"s? (?:that|about|like|such as|around|claiming|including)(?= )",
    r"according to", r"known as", r"(?:what|which) (?:\w+ ){0,2}call(?:s|ed)?", r"the (?:term|phrase|word|hashtag|slogan|concept)", r"supposed(?:ly)?",
    r"(?:videos?|posts?|posting|posted|talks?|talking|rants?|ranting|threads?|links?|goes on|joke[sd]?|joking)(?: \w+){0,3} about", r"(?:novel|film|movie|story|show|series|game|sketch|satire)s? (?:\w+ ){0,2}(?:imagin\w+|about|where|in which)",
    r"the (?:history|origins?|study|psychology|spread|rise|appeal) of", r"(?:article|documentary|podcast|book|paper|lecture|essay|report|episode|study|survey|poll)s? (?:\w+ ){0,2}(?:about|on|looks|explain|examin|trac|finds?|found|shows?)",
    r"(?:in response to|responding to|reacting to|asked about|accusations? (?:of|that)|allegations? (?:of|that)|charges? (?:of|that)|lawsuits?|percent of|% of)",
)  # fmt: skip
_OWN_SAYING = _any(
    r"i(?:'m| am|'ve| have)? (?:firmly |truly |really |do |still |always |honestly |strongly |just )?(?:believ\w+|think|thought|say|said|saying|claim|know|knew|told you|suspect|bet|insist)",
    r"we (?:all )?(?:know|knew|say|said|believe|think)", r"like i said", r"as i said", r"everyone (?:knows|with|can see)", r"everybody knows", r"mark my words",
    r"(?:he|she|they|trump|alex jones) (?:is|was|are|were) (?:right|correct|spot on|telling the truth)", r"(?:told|telling|tells|speaking|speak|spoke) the truth",
)  # fmt: skip
# The words are called false.
_DENY = _any(
    r"conspiracy (?:theor\w+|nut\w*|crank\w*|monger\w*|nonsense|crap|peddl\w*|crowd|believ\w*|fantas\w*|hypothes\w*|mindset|thinking|myth\w*|bs|loon\w*|addict\w*|videos?|content|sites?|stuff|lunac\w*)",
    r"(?:debunk|disprov|refut|discredit)\w* (?!by (?:them|the media))", r"debunked", r"misinformation", r"disinformation", r"(?:mis|dis)info", r"urban legend", r"pseudo[- ]?scien\w+",
    r"(?:baseless|unfounded|unproven|false|bogus|wild|crazy|ridiculous|absurd|outlandish|insane|stupid|silly|nutty|loony|crackpot|fringe|dangerous|racist|hateful|anti-?semitic|bonkers|ludicrous|idiotic|tired|old|qanon|discredited|groundless|far-?right) (?:\w+ ){0,2}" + _NOUN,
    r"(?:no|zero|not a shred of|without|lack of|never any|any) (?:credible |real |actual |good |solid |single |serious |scientific |hard )?(?:evidence|proof|basis)(?: (?:of|that|for|whatsoever|to))",
    r"(?:is|was|are|were|'s) (?:just |simply |nothing but |such |all |a |an |utter |complete |total |pure |absolute |not a |obviously |clearly |demonstrably ){0,4}(?:myth|nonsense|debunked|baseless|unfounded|untrue|false|fiction|ridiculous|laughable|absurd|garbage|rubbish|hogwash|baloney|malarkey|poppycock|gibberish|delusion\w*|fantasy|paranoi\w+|idiotic|bonkers|ludicrous|made up by trolls|antisemitic|anti-semitic|racist|crazy talk|not true|not real)",
    r"(?:does not|doesn't|do not|don't|did not|didn't) (?:actually |even |really )?(?:exist|make any sense)",
    r"(?:isn't|wasn't|aren't|weren't|is not|was not|are not|were not|ain't) (?:actually |even |really )?(?:real|true|a thing|possible|happening)",
    r"(?:hate|antisemitic|anti-semitic|racist|extremist|neo-?nazi|white supremacist|white nationalist|far-?right) (?:\w+ ){0,2}(?:trope|canard|slogan|rhetoric|propaganda|theor\w+|manifesto|dog ?whistle|myth|symbol|code|forum|chant)s?",
    r"tired of (?:\w+ ){0,4}(?:hearing|reading|seeing|people|this|these|the)", r"sick of (?:\w+ ){0,4}(?:hearing|reading|seeing|people|this|these|the)",
)  # fmt: skip
_DENY_BEFORE = _any(
    r"there (?:is|was|are|were|'s) (?:no|not|never|zero)", r"there's (?:no|not)", r"there (?:isn't|wasn't|aren't|weren't)", r"no such thing as", r"(?:don't|doesn't|didn't|do not|does not|did not|never|can't|cannot) (?:actually |really |even )?(?:believe|think|buy|see)(?! (?:anything|a word|the official|the mainstream|what))",
    r"(?:that|it)'s (?:no|not)(?! just| only| merely| a coincidence| by accident| about)", r"(?:it|this|that|he|she|they|covid|the \w+|which|these) (?:is not|was not|isn't|wasn't|aren't|weren't|are not|were not|ain't|never was|is hardly|is no)(?! just| only| merely| a coincidence| by accident)", r"nobody is", r"no one is", r"not (?:a|an|some|the|because of|due to|part of)", r"neither", r"nor", r"rather than", r"instead of",
    r"(?:have|has|had) nothing to do with", r"nothing to do with", r"(?:deny|denies|denied|denying|reject\w*|dismiss\w*|condemn\w*|denounc\w*|disavow\w*) ", r"stop (?:with |spreading |saying |pushing |posting |believing |blaming |calling )",
)  # fmt: skip
_DENY_INSIDE = _any(
    r"(?:(?:is|are|was|were|be|been) (?:not|never|hardly)|isn't|wasn't|aren't|weren't)(?! (?:about|a vaccine|a virus|real|elected|voted|isolated|just|only|going))",
    r"(?:do|does|did)(?:n't| not) (?!want|tell|let|show|report|kill|commit|exist|add|happen|go|went|care|mind)",
)
_DENY_AFTER = re.compile(r"^,? (?:did|does|do|is|was|are|were|has|have|had|can|could)(?:n't| not|not) ", re.IGNORECASE)
_DENY_NEXT = re.compile(
    r"\s*(?:(?:what|such|utter|complete|total|pure) (?:a )?(?:load|utter|complete|total|pure|nonsense|garbage|crap|bs|rubbish|joke|hogwash|idiocy)|(?:this|that|it|none of (?:this|that|it|which))(?: has|'s| is| was|s)? (?:been |all |just |a |complete |total |utter |simply |so )*(?:nonsense|ridiculous|false|not true|true is|debunked|garbage|rubbish|absurd|bs\b|bullshit|stupid|insane|lunacy|crazy|true\b(?<=none of that is true))|give me a break|come on, people|seriously\?|yeah,? right|sure,? (?:jan|buddy|pal)|(?:please )?get help|take your meds)",
    re.IGNORECASE,
)
_MOCK = _any(
    r"(?:people|anyone|anybody|those|folks|someone|idiots|morons|nuts|guys|everyone|clowns|fools|friends|relatives|users|some) (?:\w+ ){0,2}(?:who|that) (?:\w+ ){0,2}(?:think|believe|say|insist|claim|see|post|scream|yell|buy|fall for)s?",
    r"(?:do|does|did) (?:you|he|she|they|people|anyone) (?:\w+ )?(?:also |really |actually |seriously |honestly |still )?(?:think|believe)", r"you (?:also |really |actually |seriously |honestly |still |probably |must )+(?:think|believe)", r"next you(?:'ll| will)", r"ah,? yes", r"i for one welcome", r"(?:deep state|illuminati|lizard people|reptilians|freemasons|new world order) (?:made|ate|stole|took|hid|broke|raised) (?:me|my|our)(?!\w)", r"let me guess", r"imagine (?:thinking|believing|being)", r"(?:he|she|they|these|those|some)(?: people)? (?:\w+ )?(?:actually |really |seriously |honestly |still |probably |also )(?:think|believe)s?",
    r"tin[- ]?foil", r"foil hats?", r"(?:nut ?jobs?|nut ?cases?|nutters?|whack ?jobs?|wackos?|wackjobs?|loons?|loon(?:y|ies)|kooks?|crackpots?|lunatics?|fruitcakes?|cranks?|cultists?|grifters?|qultists?|gullible|deluded|delusional|paranoid|paranoia)(?!\w)",
    r"my (?:\w+ )?(?:uncle|aunt|grandpa|brother[- ]in[- ]law|neighbou?r|coworker|dad|mom|father|mother|cousin) (?:\w+ ){0,2}(?:thinks?|believes?|says?|swears?|posts?|insists?|is convinced)", r"(?:oh no|ooh+|boo+)[,!. ]", r"yeah,? right", r"sure,? (?:jan|buddy|pal)", r"(?:must|gotta|has to) be (?:the |a )?(?:\w+ ){0,2}(?:lizard|alien|illuminati|deep state)", r"said no one", r"insert (?:\w+ )?conspiracy",
    r"/s(?!\w)", r"\(sarcasm\)", r"eye ?roll", r"my cat", r"my dog", r"toaster", r"i(?:'m| am) (?:joking|kidding)", r"just kidding", r"lizard people made",
)  # fmt: skip
_LAUGHTER = _any(r"(?:lol+|lmf?ao+|rofl|(?:ha){2,}|(?:he){3,})(?!\w)")
_FACES = re.compile("[😂🤣🙄🤦🤪🤡]")
_ASK = _any(
    r"is it (?:true|possible|really)",
    r"can (?:someone|anyone|somebody) (?:explain|tell)",
    r"what (?:is|are|does|do) (?:the |a |an )?",
    r"has anyone (?:else )?(?:heard|read|seen)",
    r"why do (?:people|so many|some)",
    r"could (?:someone|anyone)",
    r"how (?:many|do) (?:people|some)",
)
# The poster answers the charge of believing a theory: that is no distance.
_PUSH = _any(
    r"(?:not|isn't|ain't|wasn't|no longer|no more|more than|far from) (?:just )?(?:a |an |another |some |any )?(?:conspiracy|theory)(?! theor\w+ (?:site|forum))",
    r"(?:call|calls|called|calling|label\w*|dismiss\w*|brand\w*|laugh\w*|mock\w*|ridicul\w*|smear\w*) (?:\w+ ){0,3}(?:as |at |a |all |of |being )*(?:\"|')?(?:conspiracy|crazy|tin ?foil|nuts|disinformation|misinformation|paranoid)",
    r"conspiracy (?:theor\w+ )?(?:fact|realist|(?:was|were|is|are|has been|have been|turned out|keeps?|came|coming|comes) (?:\w+ )?(?:right|true|proven|correct|fact|real))",
    r"(?:so much for|another|every|yesterday's|today's|one more) (?:\"|')?conspiracy theor\w+ (?:\w+ ){0,3}(?:true|right|proven|confirmed|came)", r"(?:we|they|i|you) (?:were|was) right (?:all along|about|again)",
    r"do your (?:own )?research", r"open your eyes", r"(?:it|this|that)(?:'s| is| was)? (?:so |all |absolutely |very |100% )?(?:real|true|obvious|obviously|happening)(?! that| crime| story)", r"undeniable", r"proof (?:is|that)", r"proves", r"facts? don't (?:lie|care)", r"don't be (?:fooled|naive|blind)",
)  # fmt: skip


def stance_of(post: PostContext, start: int, end: int) -> Stance:
    """How the post means its own words start..end: the cue in their sentence that takes most of their weight."""
    if post.quoted(start, end):
        return Stance("quoted", SHARE["quoted"])
    cut = sentences(post.text)
    low, high = cut.around(start, end)
    before, inside, after = cut.plain[low:start], cut.plain[start:end], cut.plain[end:high]
    sentence = cut.plain[low:high]
    if _PUSH.search(before) or _PUSH.search(after):
        return Stance("own", SHARE["own"])
    position = _position(cut, start, end, sentence, before, inside, after)
    return Stance(position, SHARE[position])


def _position(cut: Sentences, start: int, end: int, sentence: str, before: str, inside: str, after: str) -> Position:
    near = before[-90:]
    if (
        _DENY.search(sentence)
        or _DENY_BEFORE.search(near)
        or _DENY_INSIDE.search(inside)
        or _DENY_AFTER.match(after)
        or _denies_next(cut, start, end)
    ):
        return "denied"
    own = _OWN_SAYING.search(before)
    if _MOCK.search(sentence) and not own:
        return "mocked"
    if (_REPORT.search(before) and not own) or in_quotation_marks(before, after):
        return "reported"
    if _FACES.search(sentence) or _LAUGHTER.search(sentence) or _FACES.search(cut.plain[end : end + 80]):
        return "asked"
    if sentence.rstrip().endswith("?") and _ASK.search(before + inside):
        return "asked"
    return "own"


def _denies_next(cut: Sentences, start: int, end: int) -> bool:
    low, high = cut.after(start, end)
    return _DENY_NEXT.match(cut.plain, low, high) is not None


def in_quotation_marks(before: str, after: str) -> bool:
    """Whether the text between `before` and `after` stands in quotation marks."""
    double = before.count('"') % 2 == 1 and '"' in after
    single = re.search(r"(?<!\w)'[^']{0,60}$", before) is not None and re.match(r"[^']{0,60}'(?!\w)", after) is not None
    return double or single
