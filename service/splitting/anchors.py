"""Anchors: the lines that carry a post's name or date, found by what they look like and how often.

An anchor line holds a date, or ends in "says:", and beside that nothing but a name and buttons. Its shape (the line
with name, date and numbers taken out) tells the section's own convention from a date in somebody's sentence: the
convention repeats.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from service.splitting.dates import is_button_row
from service.splitting.lines import Line, is_name, is_pingback, says, strip_actions

_BYLINE = re.compile(
    r"\A(?:report this comment\s)?(?:(?:comment |re: .{1,40} )?(?:posted|written|submitted|comment|commented|added|left|verfasst|geschrieben|publié|par|por|beitrag|post)"
    r"\s?(?:by|von|par|por|on)?:?\s|by:?\s|von:?\s|on\s|am\s|at\s|le\s|el\s|from:?\s|/?u/(?=\w))",
    re.IGNORECASE,
)
_CUT = re.compile(r"\s{0,40}(?:[|•·»▪◦\t\n]|\s[-–—]\s|\s(?:on|at|am|um)\s*(?=\n|$)|#\d|\(#\d)\s*|\s{3,}", re.IGNORECASE)
_EXTRA = re.compile(
    r"#\s?\d{1,7}(?:\.\d{1,3})?|\(#?\d{1,10}\)|(?-i:\b[A-Z]{2,3}T\b)|\bUTC\b|\bUhr\b|\[[-–—+]\]|\[\s?\]|\d{1,6} (?:points?|pts)|\(\d+ children\)"
    r"|\(\d{1,2}:\d{2} [AP]M\)|(?:\bvia \w+)|\b\d{5,}\b|\(?(?:edited|bearbeitet|zuletzt|last edited)\)?|\bup reply\b|\bJournal\b",
    re.IGNORECASE,
)
_REPLY_TO = re.compile(
    r"(?:\s(?:➤|→|▶|>|↪)\s?|\s(?:in reply to|replying to|replied to|reply to|als antwort auf|antwort an|en réponse à|в ответ)\s)@?(?P<to>\S.{0,50})",
    re.IGNORECASE,
)
_EDGE = " \t,;:|•·«»›–—-−+*@()[]<>/\\\"'…▪◦➤→."
_TAIL = re.compile(
    r"\s(?:<[^<>\s]{3,60}|on|at|am|um|le|à|wrote|says|said|schrieb|sagt|(?:has )?(?:commented|replied|posted|answered))\Z",
    re.IGNORECASE,
)
_BEHIND = re.compile(r"\s[·•|]\s|\s@(?=\w)|\s\d{1,6} (?:pts|points)\b")
_OTHER_DATE = re.compile(
    r"(?:mitglied seit|dabei seit|registriert seit|member since|joined|join date|registered|start date|beginndatum|erstellt am|thread starter|last (?:edited|modified|updated)"
    r"|edited|modified|updated|viewed|published|veröffentlicht|zuletzt|date of experience|expires|answered|asked|posted in|filed)\b",
    re.IGNORECASE,
)
"""Labels of dates that are no post's: since when somebody is a member, when the page was changed."""
_WROTE = re.compile(r"\s(?:wrote|said|says|schrieb|sagte?)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Anchor:
    """index: the line; shape: its look without name and numbers; author: the name on the line, if there is one."""

    index: int
    shape: str
    author: str | None
    reply_to: str | None
    dated: bool
    strong: bool
    closing: bool
    trailing: bool = False
    """The name stands behind an age ("an hour ago Anna"): often not whose post it is, but whom it answers."""
    """The look of a signature ("Posted by: X | date", "- X, Town, date"): the post stands above it."""


def find_anchors(lines: Sequence[Line]) -> list[Anchor]:
    """The anchors of a section in order, those of one convention only."""
    found = [
        anchor
        for index in range(len(lines))
        if (anchor := _anchor(index, lines[index])) and not _labelled(lines, index)
    ]
    if not found:
        return []
    shapes = Counter(anchor.shape for anchor in found)
    top, most = max(shapes.items(), key=lambda item: (item[1], item[0]))
    needed = max(2, most // 5)
    firsts = [anchor.index for anchor in found if anchor.shape == top]
    reach = (firsts[-1] - firsts[0]) // max(1, len(firsts) - 1) * 3 // 2 if len(firsts) > 4 else 0
    kept = []
    for anchor in found:
        common = anchor.shape == top or shapes[anchor.shape] >= needed
        inside = firsts[0] - reach <= anchor.index <= firsts[-1] + reach
        if (common and (anchor.strong or shapes[anchor.shape] >= 2)) or (anchor.strong and (inside or most == 1)):
            kept.append(anchor)
    return _without_strangers(kept, firsts)


def _labelled(lines: Sequence[Line], index: int) -> bool:
    """Whether the line above says what the date is: since when somebody is a member, say."""
    above = next((lines[i].text for i in range(index - 1, max(-1, index - 3), -1) if lines[i].text), "")
    return len(above) < 24 and bool(_OTHER_DATE.fullmatch(above.rstrip(": ")))


def _without_strangers(anchors: list[Anchor], tops: Sequence[int]) -> list[Anchor]:
    """Drop runs of another shape above and below the section's own: the dates of menus and of other articles."""
    if len(tops) < 3:
        return anchors
    inside = {anchor.shape for anchor in anchors if tops[0] <= anchor.index <= tops[-1]}
    return [anchor for anchor in anchors if anchor.shape in inside or tops[0] - 2 <= anchor.index <= tops[-1] + 2]


def _anchor(index: int, line: Line) -> Anchor | None:
    text = line.text
    if not text or len(text) > 200 or is_pingback(text) or _OTHER_DATE.match(text):
        return None
    spoken = says(text)
    if line.date is None:
        if spoken and spoken.end() == len(text) and len(spoken["name"].split()) <= 8:
            return Anchor(index, "says", clean_name(spoken["name"]), None, False, True, False)
        return None
    before, after = text[: line.date.start], text[line.date.end :]
    closing = is_button_row(text) or bool(
        re.match(r"(?:posted by|comment by|– |— |- )", text, re.IGNORECASE) or (line.marker == "-" and "," in before)
    )
    rest = _EXTRA.sub(" ", f"{before} \n {after}")
    reply = _REPLY_TO.search(" " + rest)
    to = _CUT.split(reply["to"])[0] if reply else None
    if reply and to:
        rest = f"{rest[: max(0, reply.start() - 1)]} {rest[reply.start('to') - 1 + len(to) :]}"
    flat = _BYLINE.sub("", " ".join(rest.split()).lstrip(_EDGE), count=1)
    spoken = says(flat)
    if spoken and spoken.end() >= len(flat):
        rest = spoken["name"]
    wrote = bool(spoken) or bool(_WROTE.search(before))
    parts = _CUT.split(strip_actions(_BYLINE.sub("", rest.strip(), count=1)))
    pieces = [clean_name(part) for piece in parts for part in (piece.split(", ") if piece.count(",") > 1 else (piece,))]
    names = [piece for piece in pieces if piece and not piece.isdigit()]
    total = sum(map(len, names))
    if total > 90 or (names and not all(is_name(name) for name in names[:2])) or len(names) > 5:
        return None
    author = names[0] if names else None
    trailing = bool(author) and line.date.year is None and clean_name(strip_actions(before)) == ""
    kind = "age" if line.date.month is None else "clock" if line.date.clock else "day"
    shape = f"{'N' if author else ''}{'s' if wrote else ''}{'<' if trailing else ''}|{kind}{'.' if closing else ''}"
    strong = line.date.strength == 2 or not names
    return Anchor(index, shape, author, clean_name(to) if to else None, True, strong, closing, trailing)


def first_name(text: str) -> str:
    """The name that opens a line of its own, without the town, the employer or the handle behind it."""
    name = clean_name(_BEHIND.split(text, maxsplit=1)[0]) or clean_name(text)
    return f"@{name}" if text.startswith("@") and name else name  # a handle stays as it is shown


def clean_name(name: str) -> str:
    """A name without what stands around it: "by", "From:", an address, "commented", signs."""
    edge = _EDGE.replace(".", "").replace("(", "").replace(")", "")
    text = _TAIL.sub("", _BYLINE.sub("", name.strip(edge).lstrip("."), count=1))
    text = re.sub(r"\s{2,}", " ", text).strip(edge)
    if text.count(")") != text.count("(") or (text.startswith("(") and text.endswith(")")):
        text = text.strip("() ")
    return text.rstrip(".") if len(text) > 3 and not re.search(r"(?:\b\w|jr|\.\.)\.$", text, re.IGNORECASE) else text
