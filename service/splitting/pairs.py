"""Does a new post begin between two bare lines? Features of the two lines alone."""

from __future__ import annotations

import math
import re

_WORD = re.compile(r"\w+(?:['’]\w+)?")
_SMILEY = re.compile(r"(?:[:;=8xX][-~^'o]?[)(DPpOo/\\|]|<3|\^\^|[\u2600-\u27BF\U0001F300-\U0001FAFF])\W{0,3}$")
_CONTINUES = re.compile(
    r"(?:and|but|so|also|then|however|furthermore|moreover|besides|that said|anyway|anyways|finally|lastly|second(?:ly)?|third(?:ly)?"
    r"|next|in addition|in other words|for (?:example|instance)|bottom line|to be (?:fair|clear|honest)|on the other hand|as (?:for|to)"
    r"|additionally|similarly|likewise|therefore|thus|hence|meanwhile|still|yet|or|plus|because|after all|of course|otherwise"
    r"|p\.?s\.?|edit|update|note|btw|by the way|und|aber|also|außerdem|zudem|dann|denn|oder|doch|allerdings|et|mais|donc|а|и|но)\b",
    re.IGNORECASE,
)
_OPENS = re.compile(
    r"(?:@\w|hi\b|hey\b|hello\b|dear\b|hallo\b|huhu\b|bonjour\b|lol\b|wow\b|awesome\b|great\b|nice\b|love (?:this|it|the|your)\b|excellent\b|amazing\b"
    r"|agreed?\b|exactly\b|absolutely\b|yes\b|yep\b|yeah\b|no\b|nope\b|true\b|so true|right\b|sorry\b|oh\b|ha(?:ha)*\b|well said|good\b"
    r"|i (?:agree|disagree|love|hate|don['’]t|think|am|was|have|read|like|wonder|would|had|tried|made)\b|i['’]m\b|you['’]?(?:re)?\b|what (?:a|total)\b|how\b|why\b"
    r"|danke\b|super\b|schön\b|merci\b|спасибо\b|да\b|нет\b)",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"(?:many |thanks?|thank you|thx|cheers|regards|best|best wishes|kind regards|sincerely|danke|lg|vg|mfg|viele grüße|liebe grüße|gruß|grüße|peace)\b",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"(?:hi|hey|hello|dear|hallo|huhu|liebe[rs]?|moin|bonjour|salut|hola|good (?:morning|day|evening))(?:\s[\w.]+){0,4}\s?[,.!:)(-]{0,4}",
    re.IGNORECASE,
)
_VOCATIVE = re.compile(r"@?[A-ZÄÖÜ][\w.-]{1,24}(?: [A-ZÄÖÜ][\w.-]{1,20})?(?:,|:| [-–—]|\.) ?\S")
_SPEAKER = re.compile(r"[A-ZÄÖÜ][\w.’' -]{0,24}:(?:\s|$)")
_LISTED = re.compile(r"(?:[-*•+–—]|\(?\w{1,2}[).:])\s")
_URL = re.compile(r"(?:https?://|www\.)\S+$")
_QUOTE_OPEN = "“\"„«»‘”'>"
_QUOTE_CLOSE = '”"“»«’'


def features(a: str, b: str) -> dict[str, float]:
    """a: the line above, b: the line that may open a post; neither is empty."""
    first_b = b[0]
    last_a = a[-1]
    words_a, words_b = _WORD.findall(a[:500].lower()), _WORD.findall(b[:500].lower())
    found = {
        "bias": 1.0,
        "len_a": math.log1p(len(a)) / 6,
        "len_b": math.log1p(len(b)) / 6,
        "longer_b": (math.log1p(len(b)) - math.log1p(len(a))) / 3,
        "a_tiny": len(words_a) <= 3,
        "b_tiny": len(words_b) <= 3,
        "b_short": len(b) < 60,
        "a_short": len(a) < 60,
        "a_long": len(a) > 300,
        "b_long": len(b) > 300,
        "a_open_end": last_a.isalnum(),
        "a_colon": last_a == ":",
        "a_comma": last_a in ",;-–—",
        "a_question": last_a == "?",
        "a_exclaims": last_a == "!",
        "a_dots": a.endswith(("...", "…", "..")),
        "a_smiley": bool(_SMILEY.search(a[-12:])),
        "a_greeting": len(a) < 60 and bool(_GREETING.fullmatch(a)),
        "a_thanks": len(a) < 40 and bool(_THANKS.match(a)),
        "a_only_quote": first_quote(a) and last_a in _QUOTE_CLOSE,
        "a_cites": a[0] == ">" or bool(re.search(r"(?:said|wrote|writes|says|schrieb):?$", a[-10:])),
        "a_wrapped": 50 <= len(a) <= 100 and last_a.isalnum() and first_b.islower(),
        "b_lower": first_b.islower(),
        "a_lower": a[0].islower(),
        "both_lower": a[0].islower() and first_b.islower(),
        "b_quote": first_quote(b),
        "b_cites": first_b == ">",
        "b_continues": bool(_CONTINUES.match(b)),
        "b_opens": bool(_OPENS.match(b)),
        "b_thanks": bool(_THANKS.match(b)) and len(b) < 40,
        "b_thanks_long": bool(_THANKS.match(b)) and len(b) >= 40,
        "b_mention": first_b == "@",
        "b_vocative": bool(_VOCATIVE.match(b)),
        "b_greeting": bool(_GREETING.match(b)),
        "b_listed": bool(_LISTED.match(b)),
        "both_listed": bool(_LISTED.match(b)) and bool(_LISTED.match(a)),
        "b_url": bool(_URL.match(b)),
        "b_smiley_only": len(b) < 12 and bool(_SMILEY.search(b)),
        "b_signature": len(b) <= 30 and len(words_b) <= 4 and b[-1] not in ".?!" and first_b.isupper(),
        "both_speaker": bool(_SPEAKER.match(a)) and bool(_SPEAKER.match(b)),
        "shout": abs(_shouting(a) - _shouting(b)),
        "bangs": abs(a.count("!") / (1 + len(words_a)) - b.count("!") / (1 + len(words_b))) * 5,
        "i_a": "i" in words_a,
        "i_b": "i" in words_b,
    }
    return {name: float(value) for name, value in found.items() if value}


def first_quote(text: str) -> bool:
    """Whether a text opens with a quotation mark."""
    return text[0] in _QUOTE_OPEN


def _shouting(text: str) -> float:
    letters = [c for c in text[:400] if c.isalpha()]
    return sum(c.isupper() for c in letters) / (1 + len(letters))
