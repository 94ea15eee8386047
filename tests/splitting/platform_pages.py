"""Made-up pages in the markup of known comment systems: the same five comments in each, with the buttons around them.

Comment 1 by Anna, 2 by bob_77 in answer to 1, 3 was removed, 4 by Carl K. quotes 1 (in forums), 5 by Anna again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

ARTICLE = (
    '<html><head><title>The old bridge</title></head><body><header><nav><ul><li><a href="/a">Home</a></li><li><a href="/b">News</a></li></ul></nav></header>'
    '<main><article><h1>The old bridge</h1><p class="byline">By <a href="/author/jim">Jim Bell</a> <time datetime="2020-04-30">April 30, 2020</time></p>'
    "<p>The council said on Monday that the old bridge over the river would be closed for repairs in the spring.</p>"
    "<p>According to the mayor the work will cost four million and take a year, unless the winter is mild.</p></article>"
)
END = (
    '<aside><h3>Related stories</h3><ul><li><a href="/1">A new road</a></li><li><a href="/2">A new school</a></li><li><a href="/3">Rain again</a></li></ul></aside>'
    "</main><footer><p>Copyright 2020 The News. All rights reserved.</p></footer></body></html>"
)
TEXTS = (
    "I walked past there yesterday and the bridge was open. Who wrote this?",
    "No, it was not: I stood before the fence.",
    "Four million for that is a joke, and the winter was never mild.",
    "Thanks, so be it.",
)


class Comment(NamedTuple):
    """One comment of the made-up section; `removed` ones show a placeholder."""

    n: int
    who: str
    text: str
    depth: int = 0
    parent: int = 0
    removed: bool = False


THREAD = (
    Comment(1, "Anna Lee", TEXTS[0]),
    Comment(2, "bob_77", TEXTS[1], 1, 1),
    Comment(3, "Dora", "", 1, 1, True),
    Comment(4, "Carl K.", TEXTS[2]),
    Comment(5, "Anna Lee", TEXTS[3], 1, 4),
)
Draw = Callable[[Comment, str], str]


def page(draw: Draw, before: str, after: str, nested: str | None = None, article: str = ARTICLE) -> str:
    """The section; `nested` is the markup around the answers to a comment ("<ul>{}</ul>") where they lie inside it."""
    shown = [comment for comment in THREAD if not comment.removed or draw(comment, "") != ""]
    if nested is None:
        inside = "".join(draw(comment, "") for comment in shown)
    else:
        inside = ""
        for top in (comment for comment in shown if not comment.parent):
            answers = "".join(draw(comment, "") for comment in shown if comment.parent == top.n)
            inside += draw(top, nested.replace("{}", answers) if answers else "")
    return f"{article}{before}{inside}{after}{END}"


def _p(comment: Comment, gone: str = "This comment was removed by a moderator.") -> str:
    return gone if comment.removed else comment.text


def wordpress(c: Comment, inner: str) -> str:
    if c.removed:
        return ""
    return (
        f'<li id="comment-{c.n}" class="comment even depth-{c.depth + 1}"><article id="div-comment-{c.n}" class="comment-body"><footer class="comment-meta"><div class="comment-author vcard">'
        f'<img class="avatar" src="x" alt=""/><b class="fn"><a class="url" rel="external nofollow" href="http://a.example">{c.who}</a></b> <span class="says">says:</span></div>'
        f'<div class="comment-metadata"><a href="#comment-{c.n}"><time datetime="2020-05-0{c.n}T10:00:00+00:00">May {c.n}, 2020 at 10:00 am</time></a></div></footer>'
        f'<div class="comment-content"><p>{c.text}</p></div><div class="reply"><a class="comment-reply-link" href="#">Reply</a></div></article>{inner}</li>'
    )


def disqus(c: Comment, inner: str) -> str:
    return (
        f'<li class="post" id="post-{c.n}00"><div data-role="post-content" class="post-content"><ul class="post-menu dropdown"><li><a>Collapse</a></li><li><a>Flag as inappropriate</a></li></ul>'
        f'<div class="indicator"></div><div class="avatar hovercard"><a class="user" href="https://disqus.com/by/x/"><img alt="Avatar"></a></div><div class="post-body"><header class="comment__header">'
        f'<span class="post-byline"><span class="author publisher-anchor-color"><a href="https://disqus.com/by/x/" data-username="x">{c.who}</a></span></span>'
        f'<span class="post-meta"><span class="bullet time-ago-bullet">•</span> <a href="#comment-{c.n}" class="time-ago" title="Friday, May {c.n}, 2020 10:00 AM">2 years ago</a></span></header>'
        f'<div class="post-body-inner"><div class="post-message-container"><div class="publisher-anchor-color"><div class="post-message" dir="auto"><p>{_p(c)}</p></div></div>'
        f'<a class="see-more hidden" title="see more">see more</a></div></div><footer class="comment__footer"><menu class="comment-footer__menu"><li class="voting"><a class="vote-up">3</a><a class="vote-down">0</a></li>'
        f'<li class="reply"><a>Reply</a></li><li class="share"><a>Share ›</a></li></menu></footer></div></div><ul class="children">{inner}</ul></li>'
    )


def old_reddit(c: Comment, inner: str) -> str:
    who = (
        "<em>[deleted]</em>"
        if c.removed
        else f'<a href="https://old.reddit.com/user/x" class="author may-blank">{c.who}</a>'
    )
    return (
        f'<div class="thing id-t1_c{c.n} noncollapsed comment" id="thing_t1_c{c.n}"><p class="parent"><a name="c{c.n}"></a></p><div class="midcol unvoted"><div class="arrow up"></div></div>'
        f'<div class="entry unvoted"><p class="tagline"><a href="#" class="expand">[–]</a>{who}<span class="userattrs"></span> <span class="score unvoted" title="12">12 points</span> '
        f'<time title="Fri May 1 10:00:00 2020 UTC" datetime="2020-05-0{c.n}T10:00:00+00:00" class="live-timestamp">2 years ago</time> <a class="numchildren">(1 child)</a></p>'
        f'<form action="#" class="usertext" id="form-t1_c{c.n}xyz"><div class="usertext-body may-blank-within md-container"><div class="md"><p>{"[removed]" if c.removed else c.text}</p></div></div></form>'
        f'<ul class="flat-list buttons"><li class="first"><a>permalink</a></li><li><a>embed</a></li><li><a>save</a></li><li><a>report</a></li><li><a>reply</a></li></ul></div>'
        f'<div class="child">{inner}</div><div class="clearleft"></div></div>'
    )


def shreddit(c: Comment, inner: str) -> str:
    if c.removed:
        return ""
    return (
        f'<shreddit-comment author="{c.who}" thingid="t1_c{c.n}" depth="{c.depth}" parentid="t1_c{c.parent}" created="2020-05-0{c.n}T10:00:00.000000+0000" permalink="/r/x/comments/1/c{c.n}">'
        f'<div slot="commentAvatar"><img alt="u/x avatar"></div><div slot="commentMeta"><faceplate-tracker><a href="/user/x/">{c.who}</a></faceplate-tracker> <span>•</span> <a><time datetime="2020-05-0{c.n}T10:00:00.000Z">2y ago</time></a></div>'
        f'<div id="t1_c{c.n}-comment-rtjson-content" slot="comment"><div id="-post-rtjson-content"><p>{c.text}</p></div></div>'
        f'<shreddit-comment-action-row slot="actionRow"><button>Upvote</button><span>12</span><button>Downvote</button><a slot="comment-reply">Reply</a><span slot="comment-share">Share</span></shreddit-comment-action-row>{inner}</shreddit-comment>'
    )


def hackernews(c: Comment, inner: str) -> str:
    if c.removed:
        return (
            f'<tr class="athing comtr" id="90{c.n}"><td><table border="0"><tr><td class="ind" indent="{c.depth}"><img src="s.gif" height="1" width="{40 * c.depth}"></td><td class="votelinks"></td>'
            '<td class="default"><div><span class="comhead"><span class="age" title="2020-05-03T10:00:00"><a href="item?id=903">2 years ago</a></span></span></div><div class="comment">[flagged]</div></td></tr></table></td></tr>'
        )
    return (
        f'<tr class="athing comtr" id="90{c.n}"><td><table border="0"><tr><td class="ind" indent="{c.depth}"><img src="s.gif" height="1" width="{40 * c.depth}"></td><td class="votelinks"><a><div class="votearrow" title="upvote"></div></a></td>'
        f'<td class="default"><div style="margin-top:2px"><span class="comhead"><a href="user?id=x" class="hnuser">{c.who}</a> <span class="age" title="2020-05-0{c.n}T10:00:00"><a href="item?id=90{c.n}">2 years ago</a></span>'
        f' <span class="navs">| <a href="#1">parent</a> | <a href="#2">next</a></span> <a class="togg clicky">[–]</a></span></div><br><div class="comment"><div class="commtext c00">{c.text}</div>'
        f'<div class="reply"><p><font size="1"><u><a href="reply?id=1">reply</a></u></font></div></div></td></tr></table></td></tr>'
    )


def youtube(c: Comment, inner: str) -> str:
    if c.removed:
        return ""
    return (
        f'<ytd-comment-thread-renderer class="style-scope ytd-item-section-renderer"><ytd-comment-view-model id="comment" class="style-scope"><div id="body" class="style-scope"><div id="author-thumbnail"><a href="/@x"><img></a></div>'
        f'<div id="main"><div id="header"><div id="header-author"><h3><a id="author-text" href="/@x"><span class="style-scope">{c.who}</span></a></h3><span id="published-time-text"><a href="/watch?v=1&lc=2">2 years ago (edited)</a></span></div></div>'
        f'<ytd-expander id="expander"><div id="content"><yt-attributed-string id="content-text"><span class="yt-core-attributed-string">{c.text}</span></yt-attributed-string></div><tp-yt-paper-button id="more">Read more</tp-yt-paper-button></ytd-expander>'
        f'<ytd-comment-engagement-bar><span id="vote-count-middle">15</span><span>Reply</span></ytd-comment-engagement-bar></div></div></ytd-comment-view-model></ytd-comment-thread-renderer>'
    )


def phpbb(c: Comment, inner: str) -> str:
    if c.removed:
        return ""
    quote = (
        f'<blockquote><div><cite><a href="./memberlist.php">Anna Lee</a> wrote: <a href="#p1">↑</a></cite>{TEXTS[0]}</div></blockquote>'
        if c.n == 4
        else ""
    )
    return (
        f'<div id="p{c.n}" class="post has-profile bg2"><div class="inner"><dl class="postprofile" id="profile{c.n}"><dt class="has-profile-rank no-avatar"><div class="avatar-container"></div><a href="./memberlist.php?mode=viewprofile&u={c.n}" class="username">{c.who}</a></dt>'
        f'<dd class="profile-rank">Registered user</dd><dd class="profile-posts"><strong>Posts:</strong> <a href="#">{c.n}12</a></dd><dd class="profile-joined"><strong>Joined:</strong> Mon Jan 02, 2012 3:04 pm</dd></dl>'
        f'<div class="postbody"><div id="post_content{c.n}"><h3><a href="#p{c.n}">Re: The old bridge</a></h3><ul class="post-buttons"><li><a title="Reply with quote"><span>Quote</span></a></li></ul>'
        f'<p class="author"><a class="unread" href="#p{c.n}"><span class="sr-only">Post</span></a> <span class="responsive-hide">by <strong><a href="./memberlist.php?u={c.n}" class="username">{c.who}</a></strong> » </span><time datetime="2020-05-0{c.n}T10:00:00+00:00">Fri May 0{c.n}, 2020 10:00 am</time></p>'
        f'<div class="content">{quote}{c.text}</div><div id="sig{c.n}" class="signature">Life is a river -- {c.who}</div></div></div><div class="back2top"><a href="#top">Top</a></div></div></div>'
    )


def vbulletin3(c: Comment, inner: str) -> str:
    if c.removed:
        return ""
    return (
        f'<table id="post{c.n}" class="tborder" width="100%"><tr><td class="thead" style="font-weight:normal">05-0{c.n}-2020, 10:00 AM</td><td class="thead" align="right">#<a href="showpost.php?p={c.n}" id="postcount{c.n}"><strong>{c.n}</strong></a></td></tr>'
        f'<tr valign="top"><td class="alt2" width="175"><div id="postmenu_{c.n}"><a class="bigusername" href="member.php?u={c.n}">{c.who}</a></div><div class="smallfont">Senior Member</div><div class="smallfont"><div>Join Date: Jan 2012</div><div>Posts: 1,2{c.n}0</div></div></td>'
        f'<td class="alt1" id="td_post_{c.n}"><div class="smallfont"><strong>Re: The old bridge</strong></div><hr size="1"><div id="post_message_{c.n}">{c.text}</div></td></tr>'
        f'<tr><td class="alt2"><img alt="offline"></td><td class="alt1" align="right"><a href="newreply.php?p={c.n}">Quote</a></td></tr></table>'
    )


def vbulletin4(c: Comment, inner: str) -> str:
    if c.removed:
        return ""
    return (
        f'<li class="postbitlegacy postbitim postcontainer old" id="post_{c.n}"><div class="posthead"><span class="postdate old"><span class="date">05-0{c.n}-2020,&nbsp;<span class="time">10:00 AM</span></span></span><span class="nodecontrols"><a class="postcounter">#{c.n}</a></span></div>'
        f'<div class="postdetails"><div class="userinfo"><div class="username_container"><a class="username offline popupctrl" href="member.php?{c.n}"><strong>{c.who}</strong></a></div><span class="usertitle">Senior Member</span><dl class="userinfo_extra"><dt>Join Date</dt><dd>Jan 2012</dd><dt>Posts</dt><dd>1,2{c.n}0</dd></dl></div>'
        f'<div class="postbody"><div class="postrow"><h2 class="title icon">Re: The old bridge</h2><div class="content"><div id="post_message_{c.n}"><blockquote class="postcontent restore">{c.text}</blockquote></div></div></div></div></div>'
        f'<div class="postfoot"><div class="textcontrols"><a class="newreply" href="#">Reply With Quote</a></div></div></li>'
    )


def xenforo1(c: Comment, inner: str) -> str:
    if c.removed:
        return ""
    return (
        f'<li id="post-{c.n}" class="message" data-author="{c.who}"><div class="messageUserInfo"><div class="messageUserBlock"><h3 class="userText"><a href="members/x.1/" class="username">{c.who}</a><em class="userTitle">Well-Known Member</em></h3></div></div>'
        f'<div class="messageInfo primaryContent"><div class="messageContent"><article><blockquote class="messageText SelectQuoteContainer baseHtml">{c.text}<div class="messageTextEndMarker">&nbsp;</div></blockquote></article></div>'
        f'<div class="messageMeta"><div class="privateControls"><span class="item muted"><a href="members/x.1/" class="username author">{c.who}</a>, <a href="#" class="datePermalink"><span class="DateTime" title="May {c.n}, 2020 at 10:00 AM">May {c.n}, 2020</span></a></span></div>'
        f'<div class="publicControls"><a class="item muted postNumber">#{c.n}</a><a class="LikeLink item control like">Like</a><a class="ReplyQuote item control reply">Reply</a></div></div></div></li>'
    )


def xenforo2(c: Comment, inner: str) -> str:
    if c.removed:
        return ""
    quote = (
        f'<blockquote class="bbCodeBlock bbCodeBlock--quote" data-quote="Anna Lee"><div class="bbCodeBlock-title"><a>Anna Lee said:</a></div><div class="bbCodeBlock-content">{TEXTS[0]}</div></blockquote>'
        if c.n == 4
        else ""
    )
    return (
        f'<article class="message message--post js-post" data-author="{c.who}" data-content="post-{c.n}" id="js-post-{c.n}"><div class="message-inner"><div class="message-cell message-cell--user"><section class="message-user"><h4 class="message-name"><a href="/members/x.1/" class="username">{c.who}</a></h4>'
        f'<h5 class="userTitle">Active member</h5><div class="message-userExtras"><dl class="pairs"><dt>Joined</dt><dd>Jan 2, 2012</dd></dl><dl class="pairs"><dt>Messages</dt><dd>1,2{c.n}0</dd></dl></div></section></div>'
        f'<div class="message-cell message-cell--main"><header class="message-attribution"><ul><li><a href="#"><time class="u-dt" datetime="2020-05-0{c.n}T10:00:00-0700">May {c.n}, 2020</time></a></li></ul><ul><li><a>#{c.n}</a></li></ul></header>'
        f'<div class="message-content"><article class="message-body js-selectToQuote"><div class="bbWrapper">{quote}{c.text}</div></article></div><footer class="message-footer"><div class="message-actionBar actionBar"><a class="actionBar-action">Report</a><a>Like</a><a>Reply</a></div></footer></div></div></article>'
    )


def discourse(c: Comment, inner: str) -> str:
    if c.removed:
        return ""
    return (
        f'<div class="topic-post clearfix regular"><article id="post_{c.n}" data-post-id="90{c.n}" class="boxed onscreen-post"><div class="row"><div class="topic-avatar"><a class="trigger-user-card main-avatar" href="/u/x"><img></a></div>'
        f'<div class="topic-body clearfix"><div class="topic-meta-data"><div class="names trigger-user-card"><span class="first username"><a href="/u/x">{c.who}</a></span></div><div class="post-infos"><div class="post-info post-date"><a class="post-date"><span title="May {c.n}, 2020 10:00 am" data-time="158832720000{c.n}" class="relative-date">May \'20</span></a></div></div></div>'
        f'<div class="regular contents"><div class="cooked"><p>{c.text}</p></div><section class="post-menu-area"><nav class="post-controls"><button>2 Likes</button><button>Reply</button></nav></section></div></div></div></article></div>'
    )


def blogger(c: Comment, inner: str) -> str:
    body = '<span class="deleted-comment">This comment has been removed by the author.</span>' if c.removed else c.text
    return (
        f'<li class="comment" id="c90{c.n}"><div class="avatar-image-container"><img></div><div class="comment-block"><div class="comment-header"><cite class="user"><a href="https://www.blogger.com/profile/1" rel="nofollow">{c.who}</a></cite><span class="icon user"></span>'
        f'<span class="datetime secondary-text"><a rel="nofollow" href="#">May {c.n}, 2020 at 10:00 AM</a></span></div><p class="comment-content">{body}</p><span class="comment-actions secondary-text"><a class="comment-reply">Reply</a><span class="item-control"><a>Delete</a></span></span></div>'
        f'<div class="comment-replies">{inner}</div></li>'
    )


def blogger_old(c: Comment, inner: str) -> str:
    if c.removed:
        return ""
    return (
        f'<dt class="comment-author blog-author" id="c90{c.n}"><a name="c90{c.n}"></a><a href="https://www.blogger.com/profile/1" rel="nofollow">{c.who}</a> said...</dt>'
        f'<dd class="comment-body"><p>{c.text}</p></dd><dd class="comment-footer"><span class="comment-timestamp"><a href="#">May {c.n}, 2020 at 10:00 AM</a> <span class="item-control"><a title="Delete Comment"></a></span></span></dd>'
    )


def typepad(c: Comment, inner: str) -> str:
    if c.removed:
        return ""
    return (
        f'<div id="comment-6a00{c.n}" class="comment comment-odd"><div class="comment-avatar"><img></div><div class="comment-content" id="comment-6a00{c.n}-content"><p>{c.text}</p></div>'
        f'<p class="comment-footer">Posted by: <a href="http://profile.typepad.com/x" rel="nofollow">{c.who}</a> | <a rel="nofollow" href="#"><abbr class="published" title="2020-05-0{c.n}T10:00:00-07:00">May {c.n}, 2020 at 10:00 AM</abbr></a></p></div>'
    )


def livefyre(c: Comment, inner: str) -> str:
    if c.removed:
        return ""
    return (
        f'<article class="fyre-comment-article fyre-comment-source-0" data-message-id="90{c.n}"><div class="fyre-comment-wrapper"><section class="fyre-comment-user" data-from="x"><img class="fyre-user-avatar"></section><div class="fyre-comment-head"><span class="fyre-comment-username">{c.who}</span> <span class="fyre-comment-user-rating">5pts</span>'
        f'<time datetime="2020-05-0{c.n}T10:00:00" class="fyre-comment-date">2 years ago</time></div><section class="fyre-comment-body"><div class="fyre-comment"><p>{c.text}</p></div></section><footer class="fyre-comment-footer"><a class="fyre-comment-action-button">Flag</a><a>Share</a><span class="fyre-comment-like-btn">Like</span><a>Reply</a></footer></div>{inner}</article>'
    )


def openweb(c: Comment, inner: str) -> str:
    return (
        f'<li><div data-spot-im-class="message-view" class="components-MessageLayout-index__message-view" aria-label="Comment by {c.who}."><div class="Avatar__root"></div><div class="Header__x"><span data-spot-im-class="message-username" class="src-Username__btn">{c.who}</span><time data-spot-im-class="message-timestamp" datetime="2020-05-0{c.n}T10:00:00Z">2 years ago</time></div>'
        f'<div data-spot-im-class="message-text" class="components-MessageContent-index__message"><div>{_p(c, "This comment has been deleted")}</div></div><div class="Toolbar__x"><button>Reply</button><span>3</span><span>Share</span></div></div><ul>{inner}</ul></li>'
    )


def facebook(c: Comment, inner: str) -> str:
    if c.removed:
        return ""
    return (
        f'<div class="_3-8y _5nz1 clearfix"><div class="_ohe lfloat"><a href="https://www.facebook.com/people/x"><img></a></div><div class="UFIImageBlockContent _42ef"><div><div class="_2pi8"><span class="_5f8l"><a class="UFICommentActorName" href="https://www.facebook.com/people/x">{c.who}</a></span><span class="_2ut6"> · Works at Nowhere</span></div>'
        f'<div class="_30o4"><span><span class="_5mdd">{c.text}</span></span></div><div class="_2vq9 fsm fwn fcg"><a>Like</a><span> · </span><a>Reply</a><span> · </span><span>4</span><span> · </span><abbr class="UFISutroCommentTimestamp livetimestamp" data-utime="158832720{c.n}">2y</abbr></div></div>{inner}</div></div>'
    )


def joomla(c: Comment, inner: str) -> str:
    if c.removed:
        return ""
    return (
        f'<div class="even" id="comment-item-{c.n}"><div class="rbox"><div class="rboxtop"><div class="comments-vote"><span id="comment-vote-holder-{c.n}">+3</span></div><a class="comment-anchor" href="#comment-{c.n}" id="comment-{c.n}">#{c.n}</a> <span class="comment-author">{c.who}</span> <span class="comment-date">2020-05-0{c.n} 10:00</span>'
        f'<div class="comment-body" id="comment-body-{c.n}">{c.text}</div><span class="comments-buttons"><a href="#">Quote</a></span></div></div></div>'
    )


def guardian(c: Comment, inner: str) -> str:
    return (
        f'<li class="d-comment" id="comment-90{c.n}" data-comment-author="{c.who}" itemscope itemtype="http://schema.org/Comment"><div class="d-comment__inner"><span itemprop="author" itemscope itemtype="http://schema.org/Person"><a class="d-comment__author" itemprop="url" href="/user/id/1"><span itemprop="givenName">{c.who}</span></a></span>'
        f'<a class="d-comment__timestamp" href="#"><time itemprop="dateCreated" datetime="2020-05-0{c.n}T10:00:00Z">{c.n} May 2020 10:00</time></a><div class="d-comment__recommend"><span class="d-comment__recommend-count">4</span></div><div class="d-comment__content"><div class="d-comment__body" itemprop="text"><p>{_p(c, "This comment was removed by a moderator because it did not abide by our community standards.")}</p></div></div>'
        f'<div class="d-comment__actions"><button>Reply</button><a>Share</a><a>Report</a></div></div><ul class="d-thread--responses">{inner}</ul></li>'
    )


def news_plain(c: Comment, inner: str) -> str:
    """A system of a site's own, with class names that say nothing."""
    if c.removed:
        return ""
    return (
        f'<div class="css-1a2b{c.n}"><div class="css-9xx"><span class="css-77a">{c.who}</span><span class="css-8bb">Springfield</span><span class="css-9cc">May {c.n}, 2020</span></div><p class="css-5dd">{c.text}</p>'
        f'<div class="css-6ee"><button>Reply</button><span>3 Recommend</span><button>Share</button><span>Flag</span></div></div>{inner}'
    )


PAGES = {
    "wordpress": page(wordpress, '<div id="comments"><h2>4 thoughts on “The old bridge”</h2><ol class="comment-list">', '</ol><div id="respond"><h3>Leave a Reply</h3><form><textarea></textarea></form></div></div>', '<ol class="children">{}</ol>'),
    "disqus": page(disqus, '<div id="conversation"><nav><a>5 Comments</a> <a>Sort by Best</a></nav><ul id="post-list" class="post-list">', '</ul><div class="load-more"><a>Load more comments</a></div></div>', "{}"),
    "reddit-old": page(old_reddit, '<div class="commentarea"><div class="panestack-title">all 5 comments</div><div class="sitetable nestedlisting">', "</div></div>", '<div class="sitetable listing">{}</div>'),
    "reddit-shreddit": page(shreddit, "<shreddit-comment-tree>", "<faceplate-partial>3 more replies</faceplate-partial></shreddit-comment-tree>", "{}"),
    "hackernews": page(hackernews, '<table class="comment-tree">', "</table>"),
    "youtube": page(youtube, '<ytd-comments id="comments"><h2>5 Comments</h2>', "</ytd-comments>"),
    "phpbb": page(phpbb, '<div id="page-body" class="page-body"><h2 class="topic-title">The old bridge</h2><div class="pagination">4 posts • Page 1 of 1</div>', "</div>", article="<html><body>"),
    "vbulletin3": page(vbulletin3, '<div id="posts">', "</div>", article="<html><body>"),
    "vbulletin4": page(vbulletin4, '<ol id="posts" class="posts">', "</ol>", article="<html><body>"),
    "xenforo1": page(xenforo1, '<ol class="messageList" id="messageList">', "</ol>", article="<html><body>"),
    "xenforo2": page(xenforo2, '<div class="block-body js-replyNewMessageContainer">', "</div>", article="<html><body>"),
    "discourse": page(discourse, '<div class="post-stream">', "</div>", article="<html><body>"),
    "blogger": page(blogger, '<div class="comments" id="comments"><h4>4 comments:</h4><div id="comment-holder"><ol id="top-ra">', '</ol></div><p class="comment-footer">Add comment</p></div>', "<ol>{}</ol>"),
    "blogger-old": page(blogger_old, '<div class="comments" id="comments"><h4>4 comments:</h4><dl class="avatar-comment-indent" id="comments-block">', "</dl></div>"),
    "typepad": page(typepad, '<div class="comments" id="comments"><h2 class="comments-header">Comments</h2><div class="comments-body">', '<p class="comments-closed">The comments to this entry are closed.</p></div></div>'),
    "livefyre": page(livefyre, '<div class="fyre-stream-stats">4 comments</div><div class="fyre-comment-stream">', "</div>", '<div class="fyre-comment-replies">{}</div>'),
    "openweb": page(openweb, '<div data-spot-im-class="conversation-root"><h2>Comments (5)</h2><ul>', "</ul><button>Show more comments</button></div>", "{}"),
    "facebook": page(facebook, '<div class="_56q9"><span>4 comments</span><div class="_4uyl">', "</div><a>Facebook Comments Plugin</a></div>", '<div class="_44ri _2pis">{}</div>'),
    "joomla": page(joomla, '<div id="jc"><div id="comments"><h4>Comments</h4><div id="comments-list" class="comments-list">', "</div></div></div>"),
    "guardian": page(guardian, '<div id="comments" class="discussion"><ul class="d-thread">', "</ul></div>", "{}"),
    "own system": page(news_plain, '<section class="css-0"><h3>4 Comments</h3>', "</section>"),
}  # fmt: skip
