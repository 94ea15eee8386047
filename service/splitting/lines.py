"""Lines of a plain-text section and what each looks like by itself: buttons, counters, titles, names, dates.

What a line is for the section (a header, a footer, somebody's words) is decided in `plain.py` from all lines together.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from service.splitting.dates import DateHit, find_date

_ACTION = (
    r"permalink zu diesem kommentar|kommentar melden|beitrag melden|reply to this|reply with quote|share it|share this|report abuse|report comment|flag as inappropriate|link zum kommentar"
    r"|add to favou?rites|become a fan|like this|more options|direct link|comment link|copy link"
    r"|reply|replies|log in to reply|log in|sign in|like|likes|unlike|liked|dislikes?|share|report|flag|permalink"
    r"|permanenter link|perma-?link|link|parent|root|next|prev|context|embed|save|unsave|hide"
    r"|collapse|expand|give gold|give award|award|follow|following|delete|remove|edit|quote|mark as spam|thread|new comment"
    r"|history|recommend|recommended|times pick|upvote|downvote|up ?vote!?|down ?vote!?|vote (?:up|down)!?|vote|helpful"
    r"|see more|show more|show less|read more|load more|more|less|view|translate|see translation|loading|avatar|profile|find|logged|more_vert|useful|respect(?:ed)?|commented"
    r"|send private message|respond|quick reply|cancel reply|reactions?"
    r"|antworten?|antwort|löschen|melden|zitieren|teilen|gefällt mir|aufklappen|bearbeiten"
    r"|auf diesen kommentar antworten"
    r"|répondre|signaler|partager|j’aime|j'aime|supprimer|citer|responder|me gusta|compartir|denunciar|reportar|curtir"
    r"|beantwoorden|reageer|rapporteer|rispondi|segnala|responder|denunciar|odpowiedz|condividi|mi piace|rapporter|svara|svar|odpowiedz|zgłoś"
    r"|ответить|пожаловаться|поделиться|нравится|ссылка|свернуть|развернуть|ред ?актировать\.?|показать больше|цитировать"
    r"|reportsave|reportsavefollow|replydelete|antwortenlöschen|replyreport|likereply|likereplyshare|replyshare"
    r"|twitter|facebook|email|e-mail|google\+|#|up|down|top|ignore|block|mute"
    r"|autor|author|op|mod|admin|moderator|verified|member|guest|gast|subscriber|edited|pinned|staff|editor's pick"
)
_COUNTER = (
    r"\d{1,6}(?:[.,]\d{1,3})?[km]?(?:\s?(?:likes?|dislikes?|points?|pts?|votes?|thumbs? (?:up|down)|replies|reply|antworten"
    r"|comments?|kommentare|fans?|reactions?|recommend(?:ed|s)?|people like this|person likes this|upvotes?|downvotes?"
    r"|children|child|awards?|followers?|posts?|beiträge|ответ\w*|комментари\w*))?"
)
_PIECE = re.compile(rf"(?<!\w)(?:{_ACTION}|{_COUNTER})(?!\w)", re.IGNORECASE)
_BARE_SIGNS = re.compile(r"#\d{1,6}|[•·|▲▼△▽←→↑↓↩➤›»–—−+*o\s❤♥👍👎]{1,12}")
_NOISE_PHRASE = re.compile(
    r"(?:(?:liked|recommended|gefällt) (?:by|mal) \d{1,7}(?: \w+)?|like\s+liked by .{1,60}|view (?:all )?\d* ?(?:more )?repl(?:y|ies).{0,20}"
    r"|hide (?:\d{1,7} )?replies.{0,10}|(?:show|load|view|see) (?:\d{1,7} )?(?:more|all|previous|older|newer).{0,40}"
    r"|(?:↳ ?)?\d{1,7} more repl(?:y|ies)|\d{1,7} more comments?.{0,80}|continue this thread.{0,5}|(?:next|older|newer|previous|←).{0,3}comments?.{0,5}"
    r"|page:? \d{1,7}(?: (?:of )?\d{1,7}){0,12}.{0,30}|❤ by .{1,40}|click to rate.{0,20}|was this (?:comment|review) helpful.{0,20}"
    r"|your comment is awaiting moderation\.?|dein kommentar wartet auf (?:die )?moderation\.?|\(edited\)|edited by .{1,60}"
    r"|last edited.{0,80}|zuletzt bearbeitet.{0,80}|reactions?: .{1,200}|reaktionen: .{1,200}|\[permalink\]|level \d{1,2}"
    r"|this user has chosen to opt out of the badges program|highest score \(default\).{0,80}|sent from my .{1,40}"
    r"|view \d{1,7} repl.{0,20}|mitglied seit .{1,80}|member since .{1,60}|joined:? .{1,40}|posts:? [\d,.]{1,9}|messages:? [\d,.]{1,9}"
    r"|beiträge:? [\d,.]{1,9}|reaction score:? .{1,12}|thanks:? \d.{0,20}|upvotes? \d.{0,20}|top commenter.{0,30}"
    r"|registered(?: user)?:?.{0,30}|gesendet von .{1,40}|powered by .{1,40}|werbung:?|advertisement|anzeige"
    r"|see full activity log|[^\W\d_][\w ]{0,20}: .{1,60} → .{1,60}|sort(?:ed)? by:?(?: .{1,80})?|(?:oldest|newest|most (?:recent|liked|relevant))(?: first)?(?: \| .{1,60})?"
    r"|registriert seit.{0,20}|beiträge|joined|join date:?.{0,20}|messages|points|posts|reaction score|trophy points|(?:0?\d|1[0-2])[./](?:19|20)\d{2}"
    r"|add a (?:public )?comment ?(?:\||…|\.\.\.)?|(?:threads|topics|likes(?: received)?|reputation|rep|karma|offline|online|gender|solutions|kudos|credits|warnings?):? ?[\d,.+-]{0,9}"
    r"|(?:profile (?:photo|picture|image|pic)|user avatar|avatar|profilbild|photo de profil|foto de perfil) (?:for|of|von|de) .{1,40}|.{1,40}['’]s (?:profile (?:photo|picture|image|pic)|avatar)"
    r"|\d{1,6} (?:people|person|users?|readers?) (?:found|finds?|liked?|marked) (?:this|it)\b.{0,40}|(?:add )?bookmark(?:ed)?|verified purchase|date of experience:? .{1,40}"
    r"|.{1,40} is (?:offline|online)\s+(?:reply|quote|report).{0,40}|loading comments.{0,3}|(?:\d{1,4} )?new comments?(?:\(s\))? on .{1,60})",
    re.IGNORECASE,
)
_REMOVED = re.compile(
    r"\[(?:deleted|removed|flagged|dead|gelöscht|entfernt)(?: by .{1,30})?\]|(?:this|dieser|dieses|ce|este|этот) (?:comment|post|message|kommentar"
    r"|beitrag|commentaire|comentario|комментарий) (?:was|has been|wurde|is|a été|ha sido|был|удал[её]н).{0,80}"
    r"|(?:comment|post|message) (?:deleted|removed|hidden).{0,40}|(?:kommentar|beitrag) (?:gelöscht|entfernt).{0,40}"
    r"|комментарий удал[её]н.{0,40}",
    re.IGNORECASE,
)
_JOINT = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=\d)(?=[A-Z][a-z])|(?<=[a-z])(?=\d)")
_HAS_WORD = re.compile(r"\w")
_TITLE = re.compile(
    r"[{(\[]?\s{0,3}(?:(?:all |view |see |show |there are |top |latest |(?:the )?)(?:all )?)?(?:\(?\d[\d.,]{0,6}\+?\)?|no|one)\s?(?:reader )?"
    r"(?:thoughts?|responses?|comments?|replies|reviews|kommentare?|gedanken|antworten|ergänzungen|reaktionen|beiträge|commentaires?"
    r"|réponses?|réactions?|comentarios?|comentários?|respuestas|respostas|commenti|reacties|komentarz\w*|комментари\w*|ответ\w*|отзыв\w*)"
    r"(?:\s(?:to|on|so far|zu|sur|en|a|for|über)\b.{0,200}|….{0,60}|[:\s]{0,3}(?:[(\[\d].{0,40})?)"
    r"|(?:reader |user |facebook |join the |member |all |leserkommentare|leser)?(?:comments?|discussion|conversation|responses|kommentare|kommentare und antworten"
    r"|commentaires|comentarios|comentários|commenti|reacties|komentarze|комментарии|отзывы|join the (?:discussion|conversation))"
    r"\s?(?:\(\d{1,6}\)|\d{1,6}|: \d{1,6} comments?)?\s?(?:on this (?:article|story|post))?[:.]?"
    r"|(?:kommentare|comments|reader interactions).{0,3}(?:schreibe einen kommentar|leave a (?:comment|reply)|add (?:yours|comment))?",
    re.IGNORECASE,
)
_END = re.compile(
    r"(?:leave|post|add|write|submit|make) (?:a |an |your |new )?(?:reply|comment|response)s?\b.{0,60}|cancel reply.{0,20}"
    r"|(?:schreibe?|hinterlasse|verfasse)n? (?:sie )?(?:uns )?(?:einen?|deinen?|ihren?) (?:kommentar|antwort).{0,60}|kommentar (?:schreiben|verfassen|veröffentlichen|hinterlassen).{0,30}"
    r"|(?:your email address will not be published|deine e-mail-adresse wird nicht veröffentlicht|ihre e-mail-adresse wird nicht).{0,100}"
    r"|comments (?:are|for this (?:article|thread|post|entry) are) (?:now )?closed.{0,60}|die kommentarfunktion ist .{1,60}|kommentare sind geschlossen.{0,20}"
    r"|laisser un commentaire.{0,20}|deja una respuesta.{0,20}|dejar un comentario.{0,20}|lascia un commento.{0,20}|добавить комментарий|оставить комментарий"
    r"|you must be logged in to .{1,40}|(?:sign|log) in to (?:reply|comment|post|leave).{0,40}|related (?:posts?|articles?|stories|content):?|you may also like.{0,20}"
    r"|this (?:story|article|post) has:? \d{1,6} comments?.{0,20}|view comments and join .{1,30}|(?:join|follow|like) us on .{1,80}"
    r"|to (?:post|leave|add|write|make) a (?:comment|reply),? .{1,60}|subscribe to this (?:comment|post|feed).{0,40}|trackbacks?(?: ?/ ?pingbacks?)?:?|show more comments|load more comments|post navigation|beitragsnavigation"
    r"|powered by (?:livefyre|disqus|wordpress|facebook|spot\.im|openweb).{0,20}|facebook comments plugin.{0,10}|home \| .{1,80}"
    r"|« ?(?:prev|previous|older).{0,60}|subscribe to: .{1,60}|newer posts?.{0,40}|older posts?.{0,40}|neuerer post.{0,40}|posted in .{1,60}"
    r"|save my name.{0,100}|mein(?:en)? namen?.{0,60}speichern.{0,60}|das könnte (?:sie|dich) auch interessieren.{0,20}|about the author.{0,40}"
    r"|join the (?:discussion|conversation)\. .{1,40}|create your (?:new|own) (?:blog|website).{0,40}"
    r"|(?:similar|related|recommended) (?:threads|topics|discussions|questions|news)\b.{0,20}|ähnliche (?:themen|beiträge|artikel).{0,20}|antwort (?:erstellen|schreiben).{0,20}|post a? ?(?:quick )?reply.{0,20}"
    r"|more from .{1,40}|most (?:read|popular|viewed).{0,20}|you must log in or register to reply here.{0,5}|share this (?:page|thread):?|users (?:browsing|viewing) this.{0,60}"
    r"|notify me (?:of|when).{0,60}|privacy policy.{0,60}|terms (?:of|and) .{1,40}|copyright .{1,100}|© .{1,100}|all rights reserved.{0,40}",
    re.IGNORECASE,
)
_MARKER = re.compile(r"(?:\d{1,4}[.)](?=\s|$)|[*+•▪◦●○■‣»-](?=\s|$)|[o§](?=\s))\s{0,8}")
_SAYS = re.compile(
    r"(?P<name>\S.{0,59}?)\s(?:says?|said|wrote|writes|writes in|replied|comments|commented|posted|sagte?|schreibt|schrieb|meinte?|kommentiert|antwortete?"
    r"|dit|a dit|a écrit|écrit|dice|dijo|ha scritto|scrive|disse|zegt|schreef|napisał\(?a?\)?|pisze|пишет|говорит|сказал)\s?(?::|\.\.\.|…)",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"([-_=*~#.—–])(?:\s?\1){3,}|(?:\* ?){3,}|§{2,}|⁂")
_PINGBACK = re.compile(r"(?:pingback|trackback)s?\s?(?:by|von)?\s?:?\s.{1,300}|pingback.{0,4}", re.IGNORECASE)
_NUMBER = re.compile(r"#\d{1,7}")
_NAME_TAIL = re.compile(r"[.!?:;,…]$")
_STOP_WORD = re.compile(
    r"(?:^|\s)(?:the|is|are|was|were|you|your|i|i'm|i’m|it|it's|it’s|that|this|they|have|has|not|but|what|ist|und|nicht|das|die|der|ich|sie|es"
    r"|wird|auch|thanks?|great|please|danke|agree[d]?|yes|no|lol|what|why|how|who|to|for|with|don't|don’t|can|will|just|so|all|и|не|это|что|на)(?=\s|$|[,.!?])",
    re.IGNORECASE,
)


_LONGEST_CLOSING = 90


@dataclass(frozen=True, slots=True)
class Line:
    """One line: half-open place of its stripped words in the source, without a list marker; what it looks like alone."""

    start: int
    end: int
    text: str
    marker: str
    indent: int
    date: DateHit | None

    @property
    def blank(self) -> bool:
        """Nothing to read."""
        return not self.text


def split_lines(source: str) -> tuple[Line, ...]:
    """The lines of a source, at line feeds, carriage returns and both together."""
    lines = []
    at = 0
    for piece in source.replace("\r\n", " \n").replace("\r", "\n").split("\n"):
        lines.append(_line(piece, at))
        at += len(piece) + 1
    return tuple(_split_closings(lines))


def _split_closings(lines: list[Line]) -> list[Line]:
    """Lines that end in their author and date ("... at noon. – Anna Mar 1, 2021 at 10:05"), if several do, as two lines."""
    found: dict[int, Line] = {}
    for index, line in enumerate(lines):
        dash = max(line.text.rfind(f" {sign} ", -_LONGEST_CLOSING) for sign in "–—") if len(line.text) > 30 else -1
        closing = line.text[dash + 3 :] if dash > 0 else ""
        date = find_date(closing)
        if date and date.strength == 2 and date.end == len(closing) and is_name(closing[: date.start].strip()):
            found[index] = Line(line.end - len(closing), line.end, closing, "", line.indent, date)
    if len(found) < 2:
        return lines
    split: list[Line] = []
    for index, line in enumerate(lines):
        if index in found:
            body = line.text[: -len(found[index].text) - 3]
            split += [Line(line.start, line.start + len(body), body, line.marker, line.indent, None), found[index]]
        else:
            split.append(line)
    return split


def _line(piece: str, at: int) -> Line:
    body = piece.strip()
    start = at + len(piece) - len(piece.lstrip())
    date = find_date(body)
    marker = _MARKER.match(body)
    if marker and not (date and date.start < marker.end()):
        text = body[marker.end() :]
        if date:
            date = find_date(text)
        return Line(start + marker.end(), start + len(body), text, marker.group().strip(), start - at, date)
    return Line(start, start + len(body), body, "", start - at, date)


def is_noise(text: str) -> bool:
    """Buttons, counters, badges, "load more": never somebody's words."""
    if len(text) > 200 or text.endswith("?"):
        return False
    if _NOISE_PHRASE.fullmatch(text) or _BARE_SIGNS.fullmatch(text):
        return True
    if len(text) <= 60 and _JOINT.search(text):
        text = _JOINT.sub(" ", text)  # buttons that copying has run into one another
    rest, pieces = _PIECE.subn("", text)
    return 0 < pieces <= 12 and not _HAS_WORD.search(rest)


def strip_actions(text: str) -> str:
    """A short line without its buttons."""
    return _PIECE.sub("", text)


def is_removed(text: str) -> bool:
    """A placeholder of a post that is gone."""
    return len(text) <= 120 and bool(_REMOVED.fullmatch(text))


def is_title(text: str) -> bool:
    """A heading that opens a comment section."""
    return len(text) <= 240 and bool(_TITLE.fullmatch(text))


def is_end(text: str) -> bool:
    """A line after which no comment follows: a reply form, a page footer."""
    return len(text) <= 200 and bool(_END.fullmatch(text))


def is_separator(text: str) -> bool:
    """A line of dashes or stars."""
    return len(text) <= 120 and bool(_SEPARATOR.fullmatch(text))


def is_pingback(text: str) -> bool:
    """A link from another site, not a post."""
    return len(text) <= 300 and bool(_PINGBACK.fullmatch(text))


def says(text: str) -> re.Match[str] | None:
    """ "Name says:" at the start of a short line."""
    return _SAYS.match(text) if len(text) <= 200 else None


def is_name(text: str) -> bool:
    """Whether a short string could be a reader's name: few words, no sentence."""
    if not text or len(text) > 60 or len(text.split()) > 7 or "://" in text or _NUMBER.fullmatch(text):
        return False
    if _NAME_TAIL.search(text) and not re.search(
        r"(?:^|\s|\.)\w{1,2}\.$|(?:\.\.\.|…)$|\w!$|jr\.$", text, re.IGNORECASE
    ):
        return False
    words = text.split()
    return any(c.isalnum() for c in text) and not (len(words) > 2 and len(_STOP_WORD.findall(text)) > 1)
