"""Whole pages, copied with their menus: whether one holds comments at all."""

from __future__ import annotations

import re
from collections.abc import Sequence

from service.splitting.lines import Line, is_noise, is_title, says

_MENU = re.compile(
    r"home|startseite|accueil|inicio|menu|menü|search|suche|rechercher|about(?: us)?|über uns|contact(?: us)?|kontakt|faq|help|hilfe|rss|rss feeds?|sitemap"
    r"|privacy(?: policy)?|datenschutz(?:erklärung)?|impressum|mentions légales|terms(?: of (?:use|service))?|terms (?:and|&) conditions|agb|cookies?(?: policy)?"
    r"|newsletter|subscribe(?: now)?|subscriptions?|abo|abonnements?|s['’]abonner|advertise(?: with us)?|mediadaten|careers|jobs|archives?|archiv"
    r"|log ?in|log ?out|sign ?in|sign up|register|anmelden|registrieren|se connecter|connexion|my account|mein konto|skip to .{1,30}|zum inhalt springen"
    r"|share this(?: article| story| post)?|follow us.{0,30}|(?:©|copyright).{1,100}|all rights reserved.{0,60}|related (?:articles?|stories|posts?|content)|most (?:read|popular)"
    r"|sports?|politics|politik|business|wirtschaft|opinion|culture|kultur|technology|world|science|entertainment|lifestyle|health|videos?|photos?|podcasts?|weather|wetter|print|drucken"
    r"|s['’]inscrire(?: connexion)?|abonnez-vous|météo|services|recherche[rz]?|international|société|économie|planète|sciences|idées|actualités?|vidéos?",
    re.IGNORECASE,
)
_ANSWER = re.compile(
    r"(?:reply|antworten?|répondre|responder|ответить|report(?: abuse)?|melden|quote|zitieren|upvote|replydelete)\b.{0,60}",
    re.IGNORECASE,
)
_FORM = re.compile(
    r"(?:leave|post|add|write) a (?:reply|comment).{0,60}|(?:your email address will not be published|deine e-mail-adresse wird nicht).{0,100}"
    r"|(?:schreibe?|hinterlasse)n? (?:sie )?einen kommentar.{0,40}",
    re.IGNORECASE,
)
_FEWEST_MENUS = 5
_FEWEST_LINES = 12


def is_page_without_comments(lines: Sequence[Line]) -> bool:
    """Menus of a whole page, but no title of a comment section, no reply form, and no button of an answer twice."""
    short = [line.text for line in lines if 0 < len(line.text) <= 120]
    if len(short) < _FEWEST_LINES:
        return False
    menus = {text.lower() for text in short if _MENU.fullmatch(text)}
    if len(menus) < _FEWEST_MENUS:
        return False
    if any(_FORM.fullmatch(text) or _counts_comments(text) or _is_spoken(text) for text in short):
        return False
    return sum(bool(_ANSWER.fullmatch(text)) for text in short) < 2


def _is_spoken(text: str) -> bool:
    match = says(text)
    return match is not None and match.end() == len(text) and not is_noise(text)


def _counts_comments(text: str) -> bool:
    """A title such as "12 comments"; "Comments" alone is also what a menu or an empty frame says."""
    return is_title(text) and any(c.isdigit() for c in text)
