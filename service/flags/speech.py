"""Counter-speech: words of abuse that a post mentions in order to object, to report or to recall, and does not use."""

from __future__ import annotations

import re

from service.flags.context import PostContext
from service.flags.sentences import sentences
from service.flags.stance import in_quotation_marks

# What stands directly before a word that is mentioned.
_MENTION_BEFORE = re.compile(
    r"(?<!\w)(?:(?:call(?:s|ed|ing)?|name-?call\w*|label(?:s|l?ed|l?ing)?|brand(?:ed|ing)?) (?:\w+ ){0,4}|(?:say|says|said|saying|use|uses|used|using|hear|heard|hearing|yell(?:ed|s|ing)?|shout(?:ed|s|ing)?|scream(?:ed|s|ing)?|wrote|write|writes|type|typed|spell|post(?:ed|ing)?) (?:(?:the|a|an|that|this|such|like|out|at|me|us|him|her|them|words?|terms?|slurs?|names?|things?|phrases?|insults?) ){0,4}|(?:the|that|this|ugly|a) (?:(?:old|racist|offensive|awful|hateful|horrible|nasty|derogatory) )?(?:words?|terms?|slurs?|names?|phrases?|epithets?|insults?)(?: like| such as| is| was| of)? (?:\w+ )?|(?:terms|words|slurs|names|insults|phrases|things|stuff) (?:like|such as) (?:\w+ )?|(?:being|be|been|get|got|gets|getting|was|were) (?:called|labell?ed|referred to as|named|branded) (?:\w+ ){0,3}|referred to as (?:a |an )?|known as (?:a |an )?)[\"'(]*\s*$",
    re.IGNORECASE,
)
# The same sentence objects to abuse.
_OBJECTS = re.compile(
    r"(?<!\w)(?:is|are|was|were|'s|so|very|really|not|isn't|aren't|it's|that's|never|deeply|extremely|considered|just)?\s?(?:(?:wrong|unacceptable|racist|sexist|homophobic|transphobic|antisemitic|bigoted|offensive|hurtful|disgusting|hateful|harmful|disrespectful|derogatory|degrading|dehumani[sz]ing|(?:not|never) (?:ok|okay|cool|acceptable|right|nice|funny|fine|something you)|shameful|ashamed|inexcusable|intolerable|vile|a slur|hate speech|name-?calling|ad hominem|personal attacks?|bullying|bigotry|slurs?|an insult)(?!\w)|(?:shouldn't|should not|must not|mustn't|never|don't|do not|can't|cannot|stop|quit|please don't|no one should|nobody should|you can't|ought not) (?:ever )?(?:be )?(?:call|say|use|label|refer|post|insult|call\w+|say\w+|us\w+|throw\w*|insult\w*)|(?:reported|banned|suspended|fired|sued|condemn\w*|apologi[sz]\w+|denounc\w+|object\w*) |shame on (?:whoever|anyone|everyone|people|those)|speak up|spoke up|(?:mods?|moderators?|admins?)(?=[ ,:]|$)|(?:keeps?|kept) (?:writing|posting|saying|calling)|lost (?:his|her|their) jobs?)",
    re.IGNORECASE,
)
# Directly before a word: somebody is said not to be so.
_NEGATED = re.compile(
    r"(?:(?:is|are|was|were|am|do|does|did|be)(?:n't| not)|'re not|'s not|never|neither|not all|no|cannot be|can't be) (?!(?:just|only|merely|even|such|so|enough)(?!\w))(?:all |any |really |actually |being |called )?(?:an? |the )?(?:\w+,? (?:or |and |nor )?){0,3}$",
    re.IGNORECASE,
)
# Directly after a swear word: it praises or only stresses.
_PRAISE = re.compile(
    r"^(?:ing|in|in')?\s+(?:\w+ly |well |so |and )?(?:hilarious|funny|brilliant|gorgeous|awesome|amazing|great|good|best|better|beautiful|love\w*|right|cool|sweet|geniuse?s?|legends?|heroe?s?|happy|glad|proud|delicious|perfect|nice|fantastic|incredible|adorable|cute|yes|excited|thankful|grateful|excellent|wonderful|magnificent|lucky|miss(?:ed)?|rocks?|nailed|tired|cold|hot|hungry|hard|close|fast|early|late|far|weird|wild|true)(?!\w)",
    re.IGNORECASE,
)
# The poster speaks of themselves or of their own people.
_OWN_GROUP = re.compile(
    r"(?<!\w)(?:as an? (?:proud )?(?:\w+ ){0,2}$|i(?:'m| am) (?:a |an |so |very |proudly |a proud |also |just a |such a )*$|we(?:'re| are) (?:all |just |the |some )*$|us (?:\w+ )?$|(?:we|my fellow|call (?:myself|ourselves)(?: an?| the)?) $|proud(?:ly)? (?:to be )?(?:a |an )?$|identify as (?:a |an )?$|(?:fellow|love you,? my) $|(?:community of|support for|rights for) (?:\w+ )?$)",
    re.IGNORECASE,
)


def is_mention(post: PostContext, start: int, end: int) -> bool:
    """Whether the word at start..end is mentioned rather than used: quoted to object, reported, recalled."""
    if post.quoted(start, end):
        return True
    cut = sentences(post.text)
    low, high = cut.around(start, end)
    before, after = cut.plain[low:start], cut.plain[end:high]
    named = _MENTION_BEFORE.search(before[-120:]) is not None
    marked = in_quotation_marks(before, after)
    objects = _OBJECTS.search(before) is not None or _OBJECTS.search(after) is not None
    return (named and (objects or marked or _spoken_of(before))) or (marked and objects)


def is_negated(post: PostContext, start: int, end: int) -> bool:
    """Whether somebody is said not to be what the word at start..end says."""
    cut = sentences(post.text)
    low, _ = cut.around(start, end)
    return _NEGATED.search(cut.plain[max(low, start - 60) : start]) is not None


def is_praise(post: PostContext, start: int, end: int) -> bool:
    """Whether the swear word at start..end stresses something good or harmless."""
    return _PRAISE.match(sentences(post.text).plain[end : end + 40]) is not None


def is_own_group(post: PostContext, start: int, end: int) -> bool:
    """Whether the poster uses the word of themselves or of a group that is theirs."""
    cut = sentences(post.text)
    low, _ = cut.around(start, end)
    return _OWN_GROUP.search(cut.plain[low:start][-60:]) is not None


# Words that a group has taken back, of friends.
_MINE = re.compile(r"(?<!\w)my (?:best |dear |favou?rite )?$", re.IGNORECASE)


def is_of_friends(post: PostContext, start: int, end: int) -> bool:
    """Whether the poster calls their own friends so: "my ..."; tells something of words that a group has taken back only."""
    cut = sentences(post.text)
    low, _ = cut.around(start, end)
    return _MINE.search(cut.plain[low:start][-30:]) is not None


_PASSIVE = re.compile(
    r"(?<!\w)(?:(?:was|were|been|being|get|got|gets|getting|be) (?:called|labell?ed|referred|named|branded)|(?:called|calls|calling|calls? out|yelled at|screamed at|shouted at) (?:me|us|my \w+|him|her|them|people|someone|somebody|everyone|others|anyone|women|men|kids|the \w+))(?!\w)",
    re.IGNORECASE,
)


def _spoken_of(before: str) -> bool:
    """Somebody was called so: a report of abuse, not abuse."""
    return _PASSIVE.search(before[-120:]) is not None
