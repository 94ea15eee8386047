"""Dates as comment sections show them: where one stands in a line, and what day it is.

Only short lines are searched (headers and footers are short), and no pattern nests unbounded repetition, so the cost
is linear in the input.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

LONGEST_LINE = 240
"""Longer lines are never headers; they are not searched."""

_MONTHS: dict[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "jan january januar jänner janvier enero gennaio januari janeiro ene января янв styczeń stycznia",
            "feb february februar février fevrier febrero febbraio februari fevereiro fév февраля фев lutego",
            "mar march märz mrz mars marzo maart março марта мар marca",
            "apr april avril abril aprile avr abr апреля апр kwietnia",
            "may mai mayo maggio mei maio мая май maja",
            "jun june juni juin junio giugno junho июня июн czerwca",
            "jul july juli juillet julio luglio julho juil июля июл lipca",
            "aug august août aout agosto augustus ago августа авг sierpnia",
            "sep sept september septembre septiembre settembre setembro сентября сен września",
            "oct october oktober octobre octubre ottobre outubro okt октября окт października",
            "nov november novembre noviembre novembro ноября ноя listopada",
            "dec december dezember décembre diciembre dicembre dezembro dez déc dic декабря дек grudnia",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH = "(?:" + "|".join(sorted(map(re.escape, _MONTHS), key=len, reverse=True)) + r")(?!\w)\.?"
_DAY_NAME = (
    r"(?:(?:mon|tue|tues|wed|wednes|thu|thur|thurs|fri|sat|satur|sun)(?:day)?|montag|dienstag|mittwoch|donnerstag"
    r"|freitag|samstag|sonntag|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lunes|martes|miércoles|jueves"
    r"|viernes|sábado|domingo|mo|di|mi|do|fr|sa|so)\b\.?,?"
)
_TIME = r"\d{1,2}[:.h]\d{2}(?::\d{2})?(?:\s?[ap]\.?m\b\.?)?(?:\s?(?:uhr|hrs?|h|[ecmp][sd]?t|utc|gmt|bst|cest)\b)?"
_JOIN = r"(?:\s|,|\||·|•|@|-|–|»|\bat\b|\bum\b|\bon\b|\bà\b|\ba las\b|\balle\b|\bo godz\.|\bв\b|\bkl\b|\bam\b){0,4}"
_YEAR = r"(?:19|20)\d{2}"
_ORDINAL = r"(?:st|nd|rd|th|\.|er|º)?"
_ABSOLUTE = "|".join(
    (
        rf"(?P<iso>(?P<iy>{_YEAR})[-/.](?P<im>\d{{1,2}})[-/.](?P<iday>\d{{1,2}}))(?:t(?=\d))?",
        rf"(?P<mn1>{_MONTH})\s{{0,2}}(?P<d1>\d{{1,2}}){_ORDINAL}(?!\d|:)(?:,?\s{{0,2}}(?P<y1>{_YEAR}|['’]\d{{2}})(?!\d))?",
        rf"(?P<d2>\d{{1,2}}){_ORDINAL},?\s{{0,2}}(?:de\s)?(?P<mn2>{_MONTH}),?(?:\s(?:de\s)?(?P<y2>{_YEAR}|['’]\d{{2}})(?!\d))?",
        r"(?P<a3>\d{1,2})(?P<sep>[./-])(?P<b3>\d{1,2})(?P=sep)(?P<y3>(?:19|20)\d{2}|\d{2})(?!\d)",
    )
)
_UNIT = (
    r"(?:sec(?:ond)?s?|min(?:ute)?s?|hours?|hrs?|days?|weeks?|wks?|months?|mon|mos?|years?|yrs?|sekunden?|minuten?"
    r"|stunden?|tag(?:en?)?|wochen?|monat(?:en?)?|jahr(?:en?)?|secondes?|heures?|jours?|semaines?|mois|ans?|segundos?"
    r"|minutos?|horas?|días?|semanas?|mes(?:es)?|años?|ore|ora|giorn[io]|settiman[ae]|anni|anno|uur|dagen|dag|weken"
    r"|timm(?:e|ar)|minuter|dagar?|veckor|månad(?:er)?|timer?|dager?|uker|godz(?:in[ya]?)?|minuty?|sekundy?|dzień|dni|tygodni\w{0,2}|miesi[ąę]c\w{0,2}|lat|horas?|dias?|semanas?|anos?"
    r"|saat|dakika|gün|hafta|yıl|години|днів|секунд\w?|минут\w?|час(?:а|ов)?|день|дня|дней|недел[яьюи]|месяц(?:а|ев)?|год(?:а)?|лет)\.?"
)
_COUNT = r"(?:an?|one|about an?|\d{1,3}\+?|einer?|einem|un|une|una|uno|over \d{1,3})"
_RELATIVE = "|".join(
    (
        rf"(?:{_COUNT}\s)?{_UNIT}\s(?:ago|назад|geleden|fa|temu|sedan|siden|atrás|önce|тому)\b",
        r"\d{1,3}\s?(?:秒|分|分钟|小時|小时|時間|天|日|週間?|周|个?月|か月|ヶ月|年|초|분|시간|일|주|개월|년)\s?(?:前|전)",
        rf"(?:vor|il y a|hace|há)\s{_COUNT}\s{_UNIT}(?!\w)",
        r"(?<![\w.])\d{1,3}\s?(?:s|m|h|d|w|y|mo|hr|yr|min|wk)\s(?:ago\b)",
        r"(?:yesterday|today|gestern|heute|hier|ayer|вчера|сегодня),?\s(?:(?:at|um|à|в|a las)\s)?\d{1,2}:\d{2}(?:\s?[ap]\.?m\b\.?)?",
        r"just now\b|(?:yesterday|today|gestern|heute|hier|ayer|вчера|сегодня)$",
    )
)
_SHORT_AGE = r"\d{1,3}\s?(?:s|m|h|d|w|y|mo|min|hr|yr|Std|Min|Tg?)\.?"
_GLUED = re.compile(rf"(?:(?<=[^\W\d])|(?<=\d)(?=[^\W\d]))(?:{_ABSOLUTE}){_JOIN}(?P<t2>{_TIME})", re.IGNORECASE)
"""A name that runs into its full date, as Blogger's pages do when copied."""
_DATE = re.compile(
    rf"(?<![\w/])(?:{_DAY_NAME}\s{{0,2}})?(?:(?P<t1>{_TIME}){_JOIN})?(?:{_ABSOLUTE})(?:{_JOIN}(?P<t2>{_TIME}))?",
    re.IGNORECASE,
)
_AGO = re.compile(rf"(?<!\w)(?:{_RELATIVE})", re.IGNORECASE)
_DATE_HINT = re.compile(
    r"\d|(?:ago|now|назад|geleden|fa|temu|sedan|siden|atrás|önce|тому|yesterday|today|gestern|heute|hier|ayer|вчера|сегодня)\b|\b(?:vor|a|hace|há)\s",
    re.IGNORECASE,
)
"""What every date and age has in it: most lines of prose are let go without a closer look."""
_AGE_LINE = re.compile(rf"[·•|\s]{{0,3}}(?P<age>{_SHORT_AGE})(?:\s?[·•]?\s?(?:edited|\(edited\)))?[·•|\s]{{0,3}}")
_CLOCK_LINE = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?\s?[ap]m", re.IGNORECASE)
"""A time of the day alone on its line, as messengers show it."""
_GLUED_BUTTONS = re.compile(
    rf"(?P<age>{_SHORT_AGE})\s{{0,4}}(?:\d[\d,.]{{0,6}}[km]? likes?)?\s{{0,4}}(?:reply|antworten|répondre|responder|see translation)",
    re.IGNORECASE,
)
"""Instagram's footers, whose parts run into one another: "2w14 likesReply"."""
_BUTTON = r"(?:like|unlike|reply|gefällt mir|antworten|j’aime|j'aime|répondre|me gusta|responder|нравится|ответить)"
_AGE_BUTTONS = re.compile(
    rf"{_BUTTON}\b[^\n]{{0,60}}?[·•|\s](?P<last>{_SHORT_AGE})|(?P<first>{_SHORT_AGE})\s{{1,4}}{_BUTTON}\b[^\n]{{0,40}}",
    re.IGNORECASE,
)
"""Facebook's footers: "Like · Reply · 2 · 3h", "3h  Like  Reply  12"."""
_CLOCK = re.compile(r"(\d{1,2})[:.h](\d{2})(?:[:.](\d{2}))?\s?([ap])?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DateHit:
    """A date in a line: half-open place in it, the raw words, and the parts of a full date if it is one."""

    start: int
    end: int
    raw: str
    year: int | None = None
    month: int | None = None
    day: int | None = None
    clock: str | None = None
    slashed: bool = False
    """Day and month are numbers whose order is a guess: month is the first, day the second number as written."""

    alone: bool = False
    """A time of the day, without its day."""

    @property
    def strength(self) -> int:
        """2: full date with time or age ("3 days ago"); 1: a date that sentences hold as well."""
        return 2 if self.clock or (self.year is None and self.month is None and not self.alone) else 1


def find_date(line: str) -> DateHit | None:
    """The first date or age in a short line, else None."""
    if len(line) > LONGEST_LINE or not _DATE_HINT.search(line):
        return None
    match = _DATE.search(line) or _GLUED.search(line)
    ago = _AGO.search(line)
    if ago and (match is None or ago.start() < match.start()):
        return DateHit(ago.start(), ago.end(), ago.group().strip())
    if match:
        return _absolute(match)
    glued = _GLUED_BUTTONS.fullmatch(line)
    if glued:
        return DateHit(0, len(line), glued["age"])
    age = _AGE_LINE.fullmatch(line)
    if age:
        return DateHit(age.start("age"), age.end("age"), age.group("age"))
    clock = _CLOCK_LINE.fullmatch(line)
    if clock:
        return DateHit(0, len(line), line, alone=True)
    buttons = _AGE_BUTTONS.fullmatch(line) if len(line) <= 80 else None
    if buttons:
        name = "last" if buttons["last"] else "first"
        return DateHit(buttons.start(name), buttons.end(name), buttons[name])
    return None


def is_button_row(line: str) -> bool:
    """A date among buttons, as it stands below a post."""
    return len(line) <= 80 and bool(re.match(rf"(?:{_SHORT_AGE}\s{{1,4}})?{_BUTTON}\b", line, re.IGNORECASE))


def _absolute(match: re.Match[str]) -> DateHit | None:
    group = match.groupdict()
    year = month = day = None
    slashed = False
    if group["iso"]:
        year, month, day = int(group["iy"]), int(group["im"]), int(group["iday"])
    elif group["mn1"] or group["mn2"]:
        suffix = "1" if group["mn1"] else "2"
        month, day = _MONTHS[group["mn" + suffix].lower().rstrip(".")], int(group["d" + suffix])
        written = group["y" + suffix]
        year = (2000 + int(written[1:]) if written[0] in "'’" else int(written)) if written else None
    else:
        month, day, year = int(group["a3"]), int(group["b3"]), int(group["y3"])
        year += 2000 if year < 70 else 1900 if year < 100 else 0
        slashed = group["sep"] != "."
        if not slashed:
            month, day = day, month
    low, high = min(month, day), max(month, day)
    if not (1 <= low <= 12 and high <= 31):
        return None
    return DateHit(
        match.start(), match.end(), match.group().strip(), year, month, day, group.get("t1") or group["t2"], slashed
    )


def day_first(hits: list[DateHit]) -> bool:
    """Whether slashed dates of one section are day/month: decided by those that can be read in one way only."""
    firsts = sum(1 for hit in hits if hit.slashed and (hit.month or 0) > 12)
    seconds = sum(1 for hit in hits if hit.slashed and (hit.day or 0) > 12)
    return firsts > seconds


def to_iso(hit: DateHit, day_before_month: bool = False) -> str:
    """ISO 8601 where the date has a year, else the raw words."""
    if hit.year is None or hit.month is None or hit.day is None:
        return hit.raw
    month, day = hit.month, hit.day
    if hit.slashed and (day_before_month or month > 12):
        month, day = day, month
    if month > 12:
        month, day = day, month
    try:
        date = dt.date(hit.year, month, day)
    except ValueError:
        return hit.raw
    clock = _CLOCK.match(hit.clock) if hit.clock else None
    if not clock:
        return date.isoformat()
    hour, minute, second = int(clock[1]), int(clock[2]), int(clock[3] or 0)
    if clock[4]:
        hour = hour % 12 + (12 if clock[4].lower() == "p" else 0)
    if hour > 23 or minute > 59 or second > 59:
        return date.isoformat()
    return f"{date.isoformat()}T{hour:02}:{minute:02}:{second:02}"


_STAMP = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?\s?(Z|[+-]\d{2}:?\d{2})?)?"
)


def created_at(value: str | float | None, day_before_month: bool = False) -> str | None:
    """A machine's or a reader's date as ISO 8601 where it is a full date, the stripped string otherwise, None if empty.

    Numbers are Unix times in seconds, or in milliseconds from 10**11 on; they come out in UTC.
    """
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return _from_unix(float(value))
    text = " ".join(value.split())
    if not text:
        return None
    if re.fullmatch(r"\d{9,10}(?:\.\d{1,6})?|\d{12,13}", text):
        return _from_unix(float(text))
    stamp = _STAMP.match(text)
    if stamp:
        zone = stamp[7] or ""
        clock = f"T{stamp[4]}:{stamp[5]}:{stamp[6] or '00'}" if stamp[4] else ""
        return f"{stamp[1]}-{stamp[2]}-{stamp[3]}{clock}{zone if clock else ''}"
    hit = find_date(text)
    return to_iso(hit, day_before_month) if hit else text


def _from_unix(seconds: float) -> str | None:
    if not 0 < seconds < 4e12:
        return None
    moment = dt.datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, dt.UTC)
    return moment.replace(microsecond=0, tzinfo=None).isoformat() + "Z"
