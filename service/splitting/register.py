"""Where an article ends and its comments begin, in text without any name or date.

Articles report: long paragraphs, somebody said, nobody is addressed. Comments address: I, you, exclamations, quotations
of the article. Each line gets a score, and the border is where the sum before it is least comment-like and the sum
after it most (a two-state sequence with one change).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from service.splitting.quotes import quoted_part, shingles

_CREDIT = re.compile(
    r"(?:re-?(?:printed|published|posted) (?:with|by) (?:kind )?permission|(?:originally|first) (?:published|appeared)|this (?:article|story|post) (?:was|first|originally|appeared)"
    r"|(?:©|\(c\)|copyright)\s?(?:\d{4}|by|\w)|all rights reserved|source:|via:|tags:|filed under|related:|share this|read more(?::| at| here)|follow .{1,40} on (?:twitter|facebook)"
    r"|.{0,60}contributed to this (?:report|article|story)|mit (?:freundlicher )?genehmigung|quelle:|foto:|image credit|photo(?:s)? (?:by|credit|courtesy)"
    r"|(?:the author|the writer) is .{1,200}|.{3,50} is an? (?:.{1,30} )?(?:reporter|writer|journalist|columnist|contributor|editor|fellow|author)\b.{0,200}"
    r"|be sure to .{0,80}share|\(?(?:reporting|additional reporting|editing) by .{1,100}|advertisement$)",
    re.IGNORECASE,
)
_COMMENTS_BELOW = re.compile(
    r".{0,60}(?:comments? (?:section )?below|leave a comment|tell us (?:in the comments|what you think)).{0,40}",
    re.IGNORECASE,
)
_DATED_HEADLINE = re.compile(r".{10,140}\s[-–—|]\s(?:\w{3,9}\.? \d{1,2}, \d{4}|\d{1,2}\.? \w{3,9}\.? \d{4})")
_FIRST_PERSON = re.compile(r"\b(?:I|I['’](?:m|ve|d|ll)|my|me|myself|ich|mein\w*|mir|je|moi)\b")
_SECOND_PERSON = re.compile(r"\b(?:you|your|you['’]re|u|ur|du|ihr|euch|dein\w*|vous|votre)\b", re.IGNORECASE)
_REPORTS = re.compile(
    r"\b(?:said|says|told|according to|spokes(?:man|woman|person)|reported(?:ly)?|announced|statement|officials?|stated|noted|sagte|laut|teilte|erklärte|selon|déclaré)\b",
    re.IGNORECASE,
)
_SLANG = re.compile(
    r"\b(?:lol|lmao|wtf|omg|bs|imo|imho|btw|smh|dude|gonna|wanna|ain['’]t|yeah|nope|yep|haha+|idiots?|stupid|sheeple|crap|hell|damn|pathetic|joke|sick of|shame|thanks|sorry)\b",
    re.IGNORECASE,
)
_SHOUT = re.compile(r"\b[A-ZÄÖÜ]{4,}\b")
_TYPED = re.compile(r"[!?…]|\.\.")
_OPENER = re.compile(
    r"(?:@\w|yes\b|no\b|lol|so |well,? |wow|great |thanks|what a |why |how |and |but |agree|exactly|…|\.\.\.|hi |hello |hey )",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"(?:cheers|(?:best |kind |warm )?regards|best(?: wishes)?|yours(?: \w+)?|sincerely|love|thanks|(?:viele|liebe|beste) grüße|mfg|lg)[,!.]?",
    re.IGNORECASE,
)
_SIGNED = re.compile(r"[-–—~]{0,2} ?\w[\w.'’-]{0,20}(?: \w[\w.'’-]{0,20}){0,2}")
"""How the author of an article takes leave: a closing, then a name."""
_END_MARKS = '.!?”"’…)'
_AFTER_CREDIT = 11.0
_FEWEST_LINES, _FEWEST_CHARS = 4, 700
_LONG_ARTICLE = 8
_ARTICLE_ALONE = -0.25
"""Mean score per line below which long text without any sign of readers is an article without comments."""


def is_credit(text: str) -> bool:
    """The last line of an article: whence it comes, who wrote it, what else to read."""
    return len(text) <= 260 and bool(
        _CREDIT.match(text) or _COMMENTS_BELOW.fullmatch(text) or _DATED_HEADLINE.fullmatch(text)
    )


def comment_score(text: str) -> float:
    """How much a line sounds like a reader (positive) or like a report (negative)."""
    outside = re.sub(r"“[^“”]{0,2000}”|\"[^\"]{0,2000}\"", " ", text[:4000])
    size = len(text)
    score = 0.35 - min(2.0, max(0, size - 150) / 260)
    score += 0.7 * bool(_FIRST_PERSON.search(outside)) + 0.5 * bool(_SECOND_PERSON.search(outside))
    score += 0.6 * ("!" in outside) + 0.6 * bool(re.search(r"[!?]{2}|\.{4}", outside))
    score += 0.3 * bool(re.search(r"…|\.\.\.", outside)) + 0.7 * bool(_SLANG.search(outside))
    score += 0.5 * (len(_SHOUT.findall(outside)) >= 2) + 0.7 * text[0].islower() + 0.4 * bool(_OPENER.match(text))
    score += 0.3 * (text.rstrip()[-1] not in _END_MARKS and size > 20) + 0.3 * ("?" in outside)
    score -= 0.9 * bool(_REPORTS.search(outside)) + 0.4 * (size > 200 and not _FIRST_PERSON.search(outside))
    return max(-2.5, min(2.0, score))


def _reports(units: Sequence[str]) -> bool:
    """Whether long lines and "said", "according to" in many of them make it a report."""
    return sum(map(len, units)) >= 100 * len(units) and sum(bool(_REPORTS.search(unit)) for unit in units) >= 0.3 * len(
        units
    )


def _addresses(text: str) -> bool:
    """Any sign at all of a reader who speaks: the first or second person, an exclamation, a question, slang."""
    outside = re.sub(r"“[^“”]{0,2000}”|\"[^\"]{0,2000}\"", " ", text[:4000])
    signs = (_FIRST_PERSON, _SECOND_PERSON, _SLANG, _TYPED)
    return (
        any(sign.search(outside) for sign in signs) or text[0].islower() or bool(_OPENER.match(text)) or len(text) < 60
    )


def article_end(units: Sequence[str]) -> int:
    """How many of the first lines are an article: 0 for none, all of them for an article without comments.

    A few lines are always posts: a moderator who pastes a single comment gets that comment back.
    """
    end = _article_end(units)
    if 0 < end < len(units) - 1 and _CLOSING.fullmatch(units[end]):
        end += 1 + bool(_SIGNED.fullmatch(units[end + 1]))
    return end


def _article_end(units: Sequence[str]) -> int:
    n = len(units)
    total = sum(map(len, units))
    endings = {i + 1 for i, unit in enumerate(units) if is_credit(unit)}
    if n < _FEWEST_LINES or (total < _FEWEST_CHARS and not endings):
        return 0
    wrapped = _wrapped(units)
    scores = [
        min(-0.3, comment_score(unit)) if broken else comment_score(unit)
        for unit, broken in zip(units, wrapped, strict=True)
    ]
    quoting = _quoting(units)
    after = {end for end in endings if end + 1 not in endings}
    whole = sum(scores)
    best, best_k = (whole + 1.0 if not endings else whole - 2.0), 0
    before = 0.0
    quotes = sum(quoting)
    for k in range(1, n):
        before += scores[k - 1]
        quotes -= quoting[k - 1]  # a quotation of the article counts only where it stands among the comments
        value = (whole - before) - before + quotes + (_AFTER_CREDIT if k in after else 0.0)
        if k < 3 and k not in after:
            value -= 2.0
        if value > best:
            best, best_k = value, k
    if n in endings and -whole + _AFTER_CREDIT > best:
        return n
    if any(quoting) or total < _FEWEST_CHARS:
        return best_k
    if n in endings and best_k == 0:
        return n
    if not endings and _reports(units):
        comments = scores[best_k:]
        faint = best_k == 0 or (sum(comments) < 0.3 * len(comments) and len(comments) <= 2)
        if (whole < _ARTICLE_ALONE * n and faint) or not any(_addresses(unit) for unit in units[best_k:]):
            return n
    rest = units[best_k:]
    if best_k >= _LONG_ARTICLE and len(rest) <= 2 and not any(map(_speaks, rest)):
        return n  # the article's last words rather than one reader's only comment
    return best_k


def _speaks(text: str) -> bool:
    """Whether a reader is sure to speak: in the first or second person, in slang, or with an exclamation."""
    return (
        any(sign.search(text) for sign in (_FIRST_PERSON, _SECOND_PERSON, _SLANG)) or "!" in text or text[0].islower()
    )


def _wrapped(units: Sequence[str]) -> list[bool]:
    """Lines of paragraphs that were broken at a fixed width; none, if that is how the whole text is."""
    broken = [
        50 <= len(a) <= 100 and (a[-1].isalnum() or a[-1] in ",-–—" or b[0].islower())
        for a, b in zip(units, [*units[1:], "A"], strict=True)
    ]
    marked = [flag or (i > 0 and broken[i - 1]) for i, flag in enumerate(broken)]
    return marked if 4 <= sum(marked) < 0.95 * len(units) else [False] * len(units)


def _quoting(units: Sequence[str]) -> list[float]:
    """Per line: the gain if it opens by quoting an earlier line."""
    known: set[str] = set()
    gains = []
    for unit in units:
        runs = shingles(quoted_part(unit))
        gains.append(2.5 if runs and sum(run in known for run in runs) >= 0.7 * len(runs) else 0.0)
        known |= shingles(unit)
    return gains
