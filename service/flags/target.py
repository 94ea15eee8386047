"""Who is meant by hostile words: person, group, public figure, commenter, self or none. Rules, tried in order:

self (a first-person copula just before the words), @mention or the parent's author, "you people", second person, offices
and well-known names, groups, third-person pronouns and names; first in the sentence of the words, then in the whole post.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from service.flags.context import PostContext
from service.flags.sentences import sentences
from service.flags.types import Target


def _words(*options: str, flags: int = re.IGNORECASE) -> re.Pattern[str]:
    return re.compile(r"(?<!\w)(?:" + "|".join(options) + r")(?!\w)", flags)


def _lower(*options: str) -> re.Pattern[str]:
    """For texts in lower case, in which a long list is searched several times faster than one that ignores case."""
    return _words(*options, flags=0)


def _has(pattern: re.Pattern[str], text: str) -> bool:
    """Whether any word of a `_lower` pattern is in a text."""
    return pattern.search(text.lower()) is not None


_SELF: Final = _words(
    r"(?:i|me)(?: am|'m| was|'ve been| have been| feel| felt| look| looked| must be| can be| sound| sounded)", r"im", r"i",
    r"(?:call|calls|called|makes|made|calling) me", r"my own", r"myself", r"my",
)  # fmt: skip
_SELF_COPULA: Final = re.compile(
    r"(?<!\w)(?:i(?: am|'m| was|'ve been| have been| feel| felt| feel like| felt like| look like| must be| can be| acted like| sound like| guess i'm| know i'm)|im|call me|makes me(?: feel| look)?|made me(?: feel| look)?|i hate|hate|so stupid of|how stupid of|silly|dumb|stupid|foolish)(?: me| my own| myself)?\s+(?:(?!(?:not|never|hardly|you|he|she|they|because|when)\b)[\w'-]+\s+){0,4}$",
    re.IGNORECASE,
)
_SELF_OBJECT: Final = re.compile(r"^\W{0,2}(?:me|myself|of me|my own|on my part|i am|i was|i'm)(?!\w)", re.IGNORECASE)
_PLURALS: Final = r"(?:muslim|jew|christian|catholic|hindu|sikh|buddhist|atheist|mormon|evangelical|zionist|islamist|black|white|asian|latino|latina|mexican|african|arab|american|russian|ukrainian|chinese|japanese|korean|indian|pakistani|iranian|iraqi|syrian|israeli|palestinian|turk|german|italian|pole|european|canadian|australian|brit|gyps[yi]e?|immigrant|migrant|refugee|foreigner|alien|illegal|homosexual|gay|lesbian|transgender|trans|queer|feminist|liberal|libtard|conservative|democrat|republican|leftist|rightist|communist|socialist|marxist|fascist|nazi|lefty|progressive|tory|trumper|trumptard|antifa|boomer|millennial|vegan|teacher|cop|lawyer|banker|politician|native|indigenou|redneck|hillbill(?:y|ie)|anti-?vaxxer|vaxxer|environmentalist|activist|protester|journalist|atheist|extremist|terrorist|racist|bigot|senior|teenager|supporter|voter|fan)s"
_PEOPLES: Final = r"(?:women|men|females|males|girls|boys|whites|blacks|jews|gypsies|roma|lefties|dems|libs|tories|lgbt\w*|chinese|japanese|british|french|irish|english|spanish|dutch|swiss|danish|swedish|polish|portuguese|vietnamese|police|the poor|the rich|the homeless|welfare|msm|media|press)"
_GROUP_NOUNS: Final = (
    r"(?:black|white|brown|gay|trans|muslim|jewish|christian|asian|latino|hispanic|arab|native|foreign|disabled|poor|rich|old|young|those|these|such|you) (?:people|folks|men|women|kids|ones|types|lot|guys)",
    r"(?:all|most|many|every one) of (?:them|these|those|you)", r"you (?:all|lot|guys|folks|people)", r"people (?:like|who|from)", r"(?:the|far|alt) ?-?(?:left|right)(?: wing)?",
    _PLURALS,
    _PEOPLES,
    r"(?:russia|china|iran|iraq|israel|palestine|ukraine|mexico|india|pakistan|north korea|saudi arabia|turkey|germany|france|england|america|africa|islam|christianity|judaism|catholicism|hinduism|feminism)",
)  # fmt: skip
_GROUP: Final = _lower(*_GROUP_NOUNS)
_ONE_OF_GROUP: Final = _lower(
    r"an? (?:(?:black|gay|trans|transgender|lesbian|disabled|muslim|jewish|asian|arab|mexican|immigrant|female|autistic|deaf|blind|native|indigenous) (?:person|man|woman|guy|kid|family)|muslim|jew|mexican|lesbian|immigrant|migrant|refugee|foreigner|arab|asian|hindu|sikh|gypsy|homosexual|woman)"
)
_YOU_GROUP: Final = _words(
    rf"you (?:\w+ )?(?:{_PLURALS}|{_PEOPLES})",
    r"you (?:people|lot|folks)",
    r"all of you",
    r"your (?:kind|ilk|people|race|sort)",
)
_SECOND: Final = _words(
    r"you|your|yours|yourself|yourselves|you're|youre|you've|you'll|you'd|u|ur|ya|yall|y'all|thou|thy"
)
_SECOND_IDLE: Final = _words(
    r"you know", r"thank you", r"thanks? to you", r"you see", r"if you (?:ask|want|think|look|read)", r"(?:do|did|have|can|could|would|will) you (?:see|know|believe|imagine|hear|read)", r"as you (?:know|can)", r"you can(?:'t| not)? (?:see|tell|make|believe)", r"mind you", r"you name it", r"believe you me", r"when you", r"you have to (?:wonder|admit|laugh)", r"you'd think", r"you would think", r"how do you",
)  # fmt: skip
_MENTION: Final = re.compile(r"(?<![\w@.])@\w[\w.-]*")
_OFFICE: Final = _lower(
    r"(?:vice[- ]?)?presidents?", r"prime ministers?", r"(?:prime )?minister", r"senators?", r"senate", r"governors?", r"gov", r"congress(?:man|woman|men|women|person)?", r"representatives", r"chancellor", r"mayors?", r"white house", r"oval office", r"administration'?s?", r"govern?ments?", r"regime", r"parliament", r"cabinet", r"(?:secretary|attorney|surgeon) general", r"secretary of \w+", r"supreme court", r"politicians?", r"potus", r"flotus", r"scotus", r"vp", r"dictators?", r"king", r"queen", r"prince(?:ss)?", r"pope", r"kremlin", r"dnc", r"gop", r"ceos?", r"celebrit(?:y|ies)", r"officials?", r"leaders?(?:hip)?", r"mp", r"mps", r"councill?ors?", r"commander[- ]in[- ]chief", r"first lady", r"press secretary", r"fbi", r"cia", r"bureaucrats?", r"elites?", r"candidates?", r"campaign", r"movie stars?", r"billionaires?", r"pundits?", r"news ?casters?", r"talk show hosts?",
)  # fmt: skip
_FAMOUS: Final = _lower(
    "biden|joe biden|hunter biden|trump|trumps|trump's|donald trump|melania|ivanka|kushner|obama|michelle obama|clintons?|hillary|bill clinton|putin|zelensky+|harris|kamala|pence|pelosi|mcconnell|schumer|fauci|bill gates|elon musk|musk|bezos|zuckerberg|soros|merkel|macron|boris johnson|trudeau|modi|xi jinping|kim jong[- ]un|erdogan|netanyahu|bibi|cheney|bush|nixon|reagan|desantis|newsom|aoc|ocasio[- ]cortez|bernie|sanders|elizabeth warren|ted cruz|rubio|romney|mccain|psaki|blinken|comey|mueller|giuliani|bannon|kavanaugh|ilhan omar|tlaib|marjorie taylor greene|mtg|boebert|gaetz|palin|tony blair|corbyn|farage|starmer|sunak|theresa may|thatcher|kardashians?|kim kardashian|kanye|bieber|taylor swift|oprah|tucker carlson|hannity|rachel maddow|rush limbaugh|limbaugh|alex jones|joe rogan|jordan peterson|greta|thunberg|greta thunberg|harper|wynne|notley|scheer|poilievre|singh|doug ford|rob ford|john kerry|al gore|ben carson|jeff sessions|kellyanne|conway|spicer|huckabee|dunleavy|murkowski|lavrov|zuma|mugabe|maduro|castro|duterte|bolsonaro|assad|saddam|gaddafi|stalin|hitler|epstein|weinstein|cosby|harry and meghan|meghan markle|prince andrew",
    r"(?:mr|mrs|ms|dr|rep|sen|gov|pres|sec|gen)\.? [a-z]{2,}",
)  # fmt: skip
_THIRD: Final = _words(
    r"he|she|him|her|his|hers|himself|herself|he's|she's|hes|shes|he'd|she'd|he'll|she'll", r"(?:this|that|the) (?:\w+ )?(?:guy|man|woman|person|clown|dude|lady|kid|girl|boy|fella|bloke|chick|author|writer|reporter|journalist|teacher|neighbou?r|boss|doctor|driver|judge|cop|officer|player|coach|ref|actor|actress|singer|host)", r"op", r"my (?:ex|boss|neighbou?r|brother|sister|husband|wife|mother|father|boyfriend|girlfriend|roommate|landlord|coworker)",
)  # fmt: skip
_THEY: Final = _words(r"they|them|their|these|those|they're|theyre")
_NAME: Final = re.compile(
    r"(?<=[a-z,;] )(?:[A-Z][a-z]{2,} [A-Z][a-z]{2,}|[A-Z][a-z]{2,}(?= (?:is|was|has|should|can|will|does|did|needs)\b))"
)


def target_of(post: PostContext, spans: Sequence[tuple[int, int]], group_words: bool = False) -> Target:
    """Who the words at `spans` are aimed at. group_words: some of them slur a group. No spans: the whole post counts."""
    cut = sentences(post.text)
    places = [(start, end) for start, end in spans if not post.quoted(start, end)]
    found: list[Target] = []
    for start, end in places:
        low, high = cut.around(start, end)
        if _aimed_at_self(cut.plain[low:start], cut.plain[end:high]):
            found.append("self")
        elif is_of_a_thing(post, start):
            found.append("none")
        elif (meant := _of_stretch(post, cut.plain[low:high], post.text[low:high], group_words)) != "none":
            found.append(meant)
    others = [meant for meant in found if meant not in ("self", "none")]
    if others:
        return min(others, key=_ORDER.index)
    if found:
        return "self" if "self" in found else "none"
    whole = cut.plain[:4000]
    meant = _of_stretch(post, whole, post.text[:4000], group_words)
    if meant == "none" and post.is_reply and places:
        return "commenter"
    return meant


_ORDER: Final[tuple[Target, ...]] = ("commenter", "person", "group", "public figure", "self", "none")


def is_public(text: str) -> bool:
    """Whether the text names an office or somebody widely known."""
    return _has(_OFFICE, text) or _has(_FAMOUS, text)


def names_group(text: str) -> bool:
    """Whether the text names a group of people."""
    return _has(_GROUP, text) or _has(_ONE_OF_GROUP, text)


def addresses(text: str) -> bool:
    """Whether the text speaks to somebody in the second person; set phrases such as "you know" do not count."""
    return _SECOND.search(_SECOND_IDLE.sub(" ", text)) is not None


def _aimed_at_self(before: str, after: str) -> bool:
    close = before[-80:]
    if _SELF_COPULA.search(close):
        return _SELF.search(close) is not None or _SELF_OBJECT.match(after) is not None
    return False


_THING: Final = re.compile(
    r"(?<!\w)(?:the|this|that|these|those|its?|my|such|what|some) (?:[a-z][\w'-]* ){0,3}(?:is|are|was|were|sounds?|seems?|looks?|gets?|got)(?:n't)? (?:\w+ly |so |such |just |a |an |very |pretty |really |too |the |most |more |plain |quite |all |still ){0,3}$|(?<!\w)(?:it|this|that)(?: is|'s| was) (?:\w+ly |so |such |just |a |an |very |pretty |really |too |the |most |more |plain |quite |all ){0,4}$",
    re.IGNORECASE,
)


def is_of_a_thing(post: PostContext, start: int) -> bool:
    """Whether the word at `start` is said of a thing: "the new rule is ...". People, groups and offices are no things."""
    cut = sentences(post.text)
    low, _ = cut.around(start, start)
    found = _THING.search(cut.plain[max(low, start - 80) : start])
    if found is None:
        return False
    subject = found[0]
    people = (_THIRD, _SECOND, _PERSON_NOUN)
    groups = (_GROUP, _OFFICE, _FAMOUS)
    return not any(pattern.search(subject) for pattern in people) and not any(_has(each, subject) for each in groups)


_PERSON_NOUN: Final = _words(
    r"(?:man|men|woman|women|guys?|people|persons?|folks?|kids?|boys?|girls?|child(?:ren)?|users?|posters?|commenters?|authors?|writers?|editors?|admins?|mods?|moderators?|fans?|voters?|supporters?|owners?|drivers?|players?|coach(?:es)?|judges?|cops?|officers?|teachers?|doctors?|lawyers?|parents?|students?|friends?|idiots?|morons?|those|these|them|\w+(?:ists?|ites?|ians?))"
)


def _of_stretch(post: PostContext, plain: str, original: str, group_words: bool) -> Target:
    if _MENTION.search(plain) or _names_parent(post, plain):
        return "commenter"
    if _YOU_GROUP.search(plain):
        return "group"
    if addresses(plain):
        return "commenter"
    if is_public(plain):
        return "public figure"
    if group_words or _has(_GROUP, plain):
        return "group"
    third = _THIRD.search(plain) is not None
    if third or _NAME.search(original):
        return "public figure" if third and is_public(post.text[:4000]) else "person"
    if _THEY.search(plain):
        return "public figure" if is_public(post.text[:4000]) else "group"
    return "none"


def _names_parent(post: PostContext, plain: str) -> bool:
    name = (post.parent_author or "").strip()
    if len(name) < 3:
        return False
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", plain, re.IGNORECASE) is not None
