"""Made-up pages in the markup of further platforms, none of which has selectors of its own: see platform_pages.py.

Each shows the thread of platform_pages.py: comment 1 by Anna, 2 by bob_77 in answer to 1, 3 (removed) left out, 4 by
Carl K., 5 by Anna again in answer to 4.
"""

from __future__ import annotations

from tests.splitting.platform_pages import Comment, Draw, page


def lemmy(c: Comment, inner: str) -> str:
    return (
        f'<li class="comment list-unstyled" role="comment"><article id="comment-90{c.n}" class="details comment-node py-2"><div class="ms-2"><div class="d-flex flex-wrap align-items-center text-muted small"><button class="btn btn-sm"><svg></svg></button>'
        f'<span class="me-2"><a class="person-listing d-inline-flex align-items-baseline text-info" title="{c.who}" href="/u/x"><span>{c.who}</span></a></span><span class="mx-1 badge">OP</span><span class="moment-time pointer unselectable" data-tippy-content="Friday, May {c.n}th, 2020 at 10:00:00 AM">2 years ago</span></div>'
        f'<div class="comment-content"><div class="md-div"><p>{c.text}</p></div></div><div class="comment-bottom-btns d-flex"><button class="btn-link">12</button><button>reply</button></div></div></article><ul class="comments">{inner}</ul></li>'
    )


def substack(c: Comment, inner: str) -> str:
    return (
        f'<div role="article" aria-label="Comment by {c.who}" class="pencraft pc-display-flex comment"><div class="comment-anchor" id="comment-90{c.n}"></div><div class="pencraft comment-content"><div class="pencraft comment-meta"><span class="pencraft line-height-20-t4M0El"><a href="https://substack.com/profile/9{c.n}-x" class="link">{c.who}</a></span>'
        f'<a title="May {c.n}, 2020, 10:00 AM" href="#" class="pencraft decoration-hover">May {c.n}</a></div><div class="comment-body expanded"><p><span>{c.text}</span></p></div><div class="pencraft comment-actions"><a class="post-ufi-button">Like (3)</a><a>Reply</a><a>Share</a></div></div><div class="comment-list-items">{inner}</div></div>'
    )


def medium(c: Comment, inner: str) -> str:
    return (
        f'<div class="ab ca"><div class="l"><div class="pw-responses-responder ab q"><a href="/@x"><img alt="{c.who}"></a><div class="l"><p class="be b bf"><a href="/@x" rel="noopener">{c.who}</a></p><div class="ab"><p class="be b">May {c.n}, 2020</p></div></div></div>'
        f'<pre class="response-body"><div class="be b">{c.text}</div></pre><div class="responses-actions ab"><button>12</button><button>1 reply</button><p><button>Reply</button></p></div></div>{inner}</div>'
    )


def guardian(c: Comment, inner: str) -> str:
    return (
        f'<li id="comment-90{c.n}"><div data-testid="comment-container" class="dcr-1x2"><div class="dcr-a1"><img alt=""><div class="dcr-b1"><div class="dcr-c1"><a href="https://profile.theguardian.com/user/id/9{c.n}" class="dcr-d1">{c.who}</a><a href="#" class="dcr-e1" rel="nofollow"><time datetime="2020-05-0{c.n}T10:00:00.000Z">{c.n} May 2020 10.00</time></a></div>'
        f'<div class="dcr-f1"><span data-testid="recommend-count">3</span><button aria-label="Recommend comment"></button></div></div></div><div class="dcr-g1"><p>{c.text}</p></div><div class="dcr-h1"><button>Reply</button><button>Share</button><button>Report</button></div></div><ul class="dcr-i1">{inner}</ul></li>'
    )


def daily_mail(c: Comment, inner: str) -> str:
    return (
        f'<div class="comment cleared" data-comment-id="90{c.n}"><p class="user-info"><a class="js-usr" href="/registration/9{c.n}/profile.html">{c.who}</a>, London, United Kingdom, 2 years ago</p><p class="comment-body comment-text">{c.text}</p>'
        f'<div class="comment-info"><a class="reply-btn">Reply</a><a>New Comment</a><div class="rating"><span class="rating-button-up"></span><span class="vote-up">15</span><span class="vote-down">2</span><span class="arrow-text">Click to rate</span></div></div>{inner}</div>'
    )


def nyt(c: Comment, inner: str) -> str:
    return (
        f'<div class="css-1vg6q84"><div class="css-199z855"><div class="css-1ymvrqb"><div class="css-j5h9dn">A</div></div><div class="css-1xjhnve"><div class="css-1h7s1sf">{c.who}</div><span class="css-1baulvz">Springfield</span><span class="css-akxgv8">May {c.n}, 2020</span></div></div>'
        f'<p class="css-1ep7e7p">{c.text}</p><div class="css-1xfk1ev"><button>Reply</button><button><span>31</span> Recommend</button><button>Share</button><button>Flag</button></div></div>{inner}'
    )


def coral(c: Comment, inner: str) -> str:
    return (
        f'<div class="coral coral-indent coral-indent-{c.depth}"><div id="comment-90{c.n}" role="article" class="coral coral-comment Comment-root"><div class="coral coral-comment-topBar"><button class="coral coral-username coral-comment-username"><span class="Username-root">{c.who}</span></button>'
        f'<time class="coral coral-timestamp" datetime="2020-05-0{c.n}T10:00:00.000Z" title="5/{c.n}/2020, 10:00 AM">2 years ago</time></div><div class="coral coral-content coral-comment-body HTMLContent-root">{c.text}</div><div class="coral coral-comment-actionBar"><button>Respect</button><button>Reply</button><button>Share</button><button>Report</button></div></div></div>{inner}'
    )


def viafoura(c: Comment, inner: str) -> str:
    return (
        f'<div class="vf-comment-thread"><article class="vf-comment vf3-comment" data-content-uuid="x{c.n}"><header class="vf-comment-header"><button class="vf-avatar">A</button><div class="vf-comment-header__author"><button class="vf-user-name vf-username">{c.who}</button></div><div class="vf-comment-header__timestamp"><span class="vf-date">2 years ago</span></div></header>'
        f'<div class="vf-comment-content"><div class="vf-content-text"><p>{c.text}</p></div></div><footer class="vf-comment-actions"><button>Reply</button><button>Share</button><button aria-label="like">5</button><button>2</button></footer></article><div class="vf-replies">{inner}</div></div>'
    )


def hyvor(c: Comment, inner: str) -> str:
    return f'<div class="comment-view" data-id="9{c.n}"><div class="comment-inner"><div class="left"><img class="profile-picture"></div><div class="right"><div class="top"><span class="name">{c.who}</span><span class="time">2 years ago</span></div><div class="content-wrap"><div class="comment-content"><p>{c.text}</p></div></div><div class="bottom"><button>Reply</button><span class="votes">3</span></div></div></div><div class="replies">{inner}</div></div>'


def giscus(c: Comment, inner: str) -> str:
    return (
        f'<div class="gsc-comment"><div class="color-bg-primary gsc-comment-box"><div class="gsc-comment-header"><div class="gsc-comment-author"><a class="gsc-comment-author-avatar" href="https://github.com/x"><img alt="@x"><span class="link-primary">{c.who}</span></a><a class="link-secondary" href="#"><time datetime="2020-05-0{c.n}T10:00:00Z" title="May {c.n}, 2020, 10:00 AM">May {c.n}, 2020</time></a><div class="hidden ml-2"><span class="color-box-border-info">Owner</span></div></div></div>'
        f'<div class="markdown gsc-comment-content"><p dir="auto">{c.text}</p></div><div class="gsc-comment-footer"><div class="gsc-comment-reactions"><button>3</button></div><span>0 replies</span></div></div><div class="gsc-replies">{inner}</div></div>'
    )


def utterances(c: Comment, inner: str) -> str:
    return (
        f'<article class="timeline-comment"><a class="avatar" href="https://github.com/x"><img alt="@x"></a><div class="comment"><header class="comment-header"><span class="comment-meta"><a class="text-link" href="https://github.com/x"><strong>{c.who}</strong></a> commented <a class="text-link" href="#">2 years ago</a></span></header>'
        f'<div class="markdown-body markdown-body-scrollable"><p>{c.text}</p></div></div></article>{inner}'
    )


def wordpress_block(c: Comment, inner: str) -> str:
    return (
        f'<li id="comment-{c.n}" class="comment even thread-even depth-{c.depth + 1}"><div class="wp-block-columns is-layout-flex"><div class="wp-block-column"><div class="wp-block-avatar"><img alt="{c.who} Avatar"></div></div><div class="wp-block-column"><div class="wp-block-comment-author-name has-small-font-size"><a rel="external nofollow ugc" href="http://a.example">{c.who}</a></div>'
        f'<div class="wp-block-group"><div class="wp-block-comment-date has-small-font-size"><time datetime="2020-05-0{c.n}T10:00:00+00:00"><a href="#comment-{c.n}">May {c.n}, 2020 at 10:00 am</a></time></div></div><div class="wp-block-comment-content"><p>{c.text}</p></div><div class="wp-block-comment-reply-link"><a rel="nofollow" class="comment-reply-link" href="#">Reply</a></div></div></div>{inner}</li>'
    )


def ghost(c: Comment, inner: str) -> str:
    return (
        f'<div class="flex flex-row w-full" data-testid="comment-component"><div class="mb-2 mr-3 flex"><figure class="relative"><div class="avatar">A</div></figure></div><div class="grow"><div class="mb-0.5 flex"><h4 class="font-sans font-bold">{c.who}</h4><div class="flex font-sans text-sm"><span>Reader</span><span title="2020-05-0{c.n} 10:00">2 years ago</span></div></div>'
        f'<div class="mt mb-2 pr-4"><p class="gh-comment-content font-sans" data-testid="comment-content">{c.text}</p></div><div class="flex items-center"><button data-testid="like-button">3</button><button data-testid="reply-button">Reply</button></div><div class="replies">{inner}</div></div></div>'
    )


def bluesky(c: Comment, inner: str) -> str:
    return (
        f'<div class="css-175oi2r" data-testid="postThreadItem-by-x.bsky.social"><div class="css-175oi2r r-1loqt21"><a href="/profile/x{c.n}.bsky.social"><img alt=""></a><div class="css-175oi2r"><div class="css-175oi2r r-18u37iz"><a href="/profile/x{c.n}.bsky.social" class="css-146c3p1" aria-label="View profile"><span>{c.who}</span></a><a href="/profile/x{c.n}.bsky.social/post/{c.n}" aria-label="May {c.n}, 2020 at 10:00 AM" class="css-146c3p1">2y</a></div>'
        f'<div class="css-175oi2r"><div data-word-wrap="1" class="css-146c3p1 r-8akbws">{c.text}</div></div><div class="css-175oi2r r-18u37iz"><button aria-label="Reply (1 reply)"><div>1</div></button><button aria-label="Repost">2</button><button aria-label="Like (3 likes)">3</button></div></div></div></div>{inner}'
    )


def mastodon(c: Comment, inner: str) -> str:
    return (
        f'<article tabindex="-1"><div class="status__wrapper status__wrapper-public"><div class="status status-public" data-id="90{c.n}"><div class="status__info"><a href="https://example.social/@x/90{c.n}" class="status__relative-time"><time datetime="2020-05-0{c.n}T10:00:00.000Z" title="May {c.n}, 2020, 10:00">2y</time></a><a href="https://example.social/@x" class="status__display-name"><div class="status__avatar"></div><span class="display-name"><bdi><strong class="display-name__html">{c.who}</strong></bdi> <span class="display-name__account">@x@example.social</span></span></a></div>'
        f'<div class="status__content status__content--with-action"><div class="status__content__text"><p>{c.text}</p></div></div><div class="status__action-bar"><button class="icon-button"><span>1</span></button><button class="icon-button"></button></div></div></div></article>{inner}'
    )


def vk(c: Comment, inner: str) -> str:
    return (
        f'<div id="post-1_{c.n}" class="reply reply_dived clear"><div class="reply_wrap clear_fix"><a class="reply_image" href="/id{c.n}"><img></a><div class="reply_content"><div class="reply_author"><a class="author" href="/id{c.n}">{c.who}</a></div><div class="reply_text"><div><div class="wall_reply_text">{c.text}</div></div></div>'
        f'<div class="reply_footer clear_fix"><div class="reply_date"><a class="wd_lnk" href="#"><span class="rel_date">{c.n} мая 2020 в 10:00</span></a></div><a class="reply_link">Ответить</a><div class="like_btns"><a class="like_btn">Нравится</a></div></div></div></div>{inner}</div>'
    )


def imageboard(c: Comment, inner: str) -> str:
    return (
        f'<div class="postContainer replyContainer" id="pc90{c.n}"><div class="sideArrows">&gt;&gt;</div><div id="p90{c.n}" class="post reply"><div class="postInfo desktop" id="pi90{c.n}"><input type="checkbox"> <span class="nameBlock"><span class="name">{c.who}</span></span> <span class="dateTime" data-utc="158832720{c.n}">05/0{c.n}/20(Fri)10:00:00</span> <span class="postNum desktop"><a href="#p90{c.n}">No.</a><a href="#">90{c.n}</a></span></div>'
        f'<blockquote class="postMessage" id="m90{c.n}">{c.text}</blockquote></div></div>{inner}'
    )


def slashdot(c: Comment, inner: str) -> str:
    return (
        f'<li id="tree_90{c.n}" class="comment"><div id="comment_status_90{c.n}" class="commentstatus"></div><div id="comment_90{c.n}" class="cw full"><div id="comment_top_90{c.n}" class="commentTop newcomment"><div class="title"><h4><a href="#">Re:The bridge</a> <span class="score">(<a>Score</a>:2, Insightful)</span></h4></div><div class="details"><span class="by">by <a href="//slashdot.org/~x">{c.who}</a> ( <a>1234</a> ) </span><span class="otherdetails" id="comment_otherdetails_90{c.n}"> on Friday May 0{c.n}, 2020 @10:00AM (<a>#90{c.n}</a>)</span></div></div>'
        f'<div class="commentBody"><div id="comment_body_90{c.n}">{c.text}</div></div><div class="commentSub"><span class="nbutton"><p><b><a>Reply to This</a></b></p></span><span class="nbutton"><p><b><a>Share</a></b></p></span></div></div><ul class="commlist">{inner}</ul></li>'
    )


def metafilter(c: Comment, inner: str) -> str:
    return f'<a name="90{c.n}"></a><div class="comments" id="c90{c.n}">{c.text}<br><span class="smallcopy">posted by <a href="https://www.metafilter.com/user/9{c.n}" target="_self">{c.who}</a> at <a href="#90{c.n}">10:00 AM</a> on May {c.n}, 2020 <span id="favcnt90{c.n}">[<a>3 favorites</a>]</span></span></div>{inner}'


def livejournal(c: Comment, inner: str) -> str:
    return (
        f'<div id="t90{c.n}" class="b-tree-twig b-tree-twig-{c.depth + 1}" style="margin-left:{30 * c.depth}px"><div class="b-leaf b-leaf-comment" data-username="x" data-displayname="{c.who}"><div class="b-leaf-inner"><div class="b-leaf-header"><div class="b-leaf-username"><span class="b-leaf-username-name"><span class="ljuser i-ljuser"><a class="i-ljuser-username" href="https://x.livejournal.com/"><b>{c.who}</b></a></span></span></div><p class="b-leaf-meta"><span class="b-leaf-createdtime">May {c.n} 2020, 10:00:12 UTC</span></p></div>'
        f'<div class="b-leaf-article">{c.text}</div><div class="b-leaf-footer"><ul class="b-leaf-actions"><li><a>Reply</a></li><li><a>Thread</a></li></ul></div></div></div></div>{inner}'
    )


def stack_overflow(c: Comment, inner: str) -> str:
    return (
        f'<li id="comment-90{c.n}" class="comment js-comment" data-comment-id="90{c.n}"><div class="comment-actions"><div class="comment-score"><span>3</span></div></div><div class="comment-text js-comment-text-and-form"><div class="comment-body js-comment-edit-hide"><span class="comment-copy">{c.text}</span>'
        f'<div class="d-inline-flex"> – <a href="/users/9{c.n}/x" class="comment-user" title="1,234 reputation">{c.who}</a></div><span class="comment-date" dir="ltr"><a class="comment-link" href="#"><span title="2020-05-0{c.n} 10:00:12Z" class="relativetime-clean">May {c.n}, 2020 at 10:00</span></a></span></div></div></li>{inner}'
    )


def tumblr(c: Comment, inner: str) -> str:
    return f'<li class="note reply tumblelog_x without_commentary"><a class="avatar_frame" href="https://x.tumblr.com/"><img class="avatar"></a><span class="action" data-post-url="#"><a rel="nofollow" href="https://x.tumblr.com/" class="tumblelog">{c.who}</a> said: <span class="answer_content">{c.text}</span></span><div class="clear"></div></li>{inner}'


def instagram(c: Comment, inner: str) -> str:
    return (
        f'<ul class="_a9ym"><div role="button" class="_a9zm"><div class="_a9zo"><div class="_a9zr"><h3 class="_a9zc"><div class="x1i"><a class="x1i10hfl" href="/x{c.n}/" role="link">{c.who}</a></div></h3><div class="_a9zs"><span class="_aacl _aaco">{c.text}</span></div>'
        f'<div class="_a9zu"><div class="x9f"><a href="#"><time class="_a9ze" datetime="2020-05-0{c.n}T10:00:00.000Z" title="May {c.n}, 2020">104w</time></a><button class="_a9ze"><span>3 likes</span></button><button class="_a9ze"><span>Reply</span></button></div></div></div></div></div></ul>{inner}'
    )


def quora(c: Comment, inner: str) -> str:
    return (
        f'<div class="q-box qu-borderTop comment_and_replies"><div class="q-flex"><div class="q-inlineFlex"><a href="https://www.quora.com/profile/x{c.n}"><img alt="Profile photo for {c.who}"></a></div><div class="q-box"><div class="q-text qu-bold"><a class="q-box" href="https://www.quora.com/profile/x{c.n}"><span>{c.who}</span></a></div><span class="q-text qu-color--gray">· <a class="comment_timestamp" href="#">May {c.n}, 2020</a></span>'
        f'<div class="q-text comment_text"><p class="q-text">{c.text}</p></div><div class="q-flex"><button>Upvote</button><button>Reply</button></div></div></div>{inner}</div>'
    )


def phorum(c: Comment, inner: str) -> str:
    """A mailing list's archive, message by message."""
    return f'<div class="msg"><a name="msg{c.n}"></a><h3>Re: The old bridge</h3><ul class="headers"><li><em>From</em>: {c.who} &lt;x@example.org&gt;</li><li><em>Date</em>: Fri, {c.n} May 2020 10:00:00 +0000</li></ul><pre class="body">{c.text}</pre></div>{inner}'


def zeit(c: Comment, inner: str) -> str:
    return (
        f'<article class="comment js-comment-toplevel" id="cid-90{c.n}"><div class="comment__container"><div class="comment-meta"><div class="comment-meta__name"><a href="https://profile.zeit.de/9{c.n}">{c.who}</a></div><a class="comment-meta__date" href="#">#{c.n} &nbsp;—&nbsp; vor 2 Jahren</a></div><div class="comment__body"><p>{c.text}</p></div>'
        f'<div class="comment__reactions"><a class="comment__reaction">Antworten</a><a>Melden</a><a>Empfehlen 3</a></div></div></article>{inner}'
    )


def table_forum(c: Comment, inner: str) -> str:
    """A forum of the nineties: a row per message, no names of classes."""
    return f'<tr><td width="20%" valign="top" bgcolor="#eeeeee"><b>{c.who}</b><br><small>Junior Member<br>Posts: 1{c.n}</small></td><td bgcolor="#ffffff"><small>posted May {c.n}, 2020 10:00 AM</small> <a href="#">Quote</a><hr>{c.text}</td></tr>{inner}'


def _thread(draw: Draw, before: str, after: str, nested: str | None = None) -> str:
    return page(lambda c, inner: "" if c.removed else draw(c, inner), before, after, nested)


MORE_PAGES = {
    "lemmy": _thread(lemmy, '<ul class="comments">', "</ul>", "{}"),
    "substack": _thread(substack, '<div id="comments" class="comments-page"><h4>4 Comments</h4><div class="comment-list">', "</div></div>", "{}"),
    "medium": _thread(medium, '<div class="responses"><h2>Responses (4)</h2>', "</div>"),
    "guardian, 2023": _thread(guardian, '<section id="comments"><h2>comments (4)</h2><ul>', "</ul></section>", "{}"),
    "daily mail": _thread(daily_mail, '<div id="reader-comments"><h2>Comments 4</h2>', "</div>"),
    "new york times": _thread(nyt, '<div id="comments-panel"><h2>Comments 4</h2>', "</div>"),
    "coral": _thread(coral, '<div id="coral_thread"><div class="coral coral-stream">', "</div></div>"),
    "viafoura": _thread(viafoura, '<div class="viafoura"><vf-conversations><div class="vf-comments"><h2>4 Comments</h2>', "</div></vf-conversations></div>", "{}"),
    "hyvor": _thread(hyvor, '<hyvor-talk-comments><div class="comments-list">', "</div></hyvor-talk-comments>", "{}"),
    "giscus": _thread(giscus, '<main class="gsc-main"><div class="gsc-comments"><h4>4 comments</h4><div class="gsc-timeline">', "</div></div></main>"),
    "utterances": _thread(utterances, '<main class="timeline"><h1 class="timeline-header">4 Comments</h1>', "</main>"),
    "wordpress blocks": _thread(wordpress_block, '<div class="wp-block-comments"><h2 class="wp-block-comments-title">4 responses</h2><ol class="wp-block-comment-template">', "</ol></div>", "<ol>{}</ol>"),
    "ghost": _thread(ghost, '<section class="gh-comments"><h2>Member discussion</h2>', "</section>", "{}"),
    "bluesky": _thread(bluesky, '<div data-testid="postThreadScreen">', "</div>"),
    "mastodon": _thread(mastodon, '<div class="scrollable"><div role="feed">', "</div></div>"),
    "vk": _thread(vk, '<div class="replies"><div class="replies_list">', "</div></div>"),
    "imageboard": _thread(imageboard, '<div class="board"><div class="thread" id="t900">', "</div></div>"),
    "slashdot": _thread(slashdot, '<ul id="commentlisting" class="d2">', "</ul>", "{}"),
    "metafilter": _thread(metafilter, '<div id="posts">', "</div>"),
    "livejournal": _thread(livejournal, '<div id="comments" class="b-tree">', "</div>"),
    "stack overflow": _thread(stack_overflow, '<div id="comments-9" class="comments js-comments-container"><ul class="comments-list">', "</ul></div>"),
    "tumblr": _thread(tumblr, '<ol class="notes">', "</ol>"),
    "instagram": _thread(instagram, '<div class="x5yr21d"><h2>Comments</h2>', "</div>"),
    "quora": _thread(quora, '<div class="q-box"><div class="q-text">4 Comments</div>', "</div>", "{}"),
    "mail archive": _thread(phorum, '<div class="messages">', "</div>"),
    "zeit": _thread(zeit, '<section class="comment-section" id="comments"><h2>4 Kommentare</h2>', "</section>"),
    "forum of tables": _thread(table_forum, '<table width="100%"><tr><th>Author</th><th>Topic: The old bridge</th></tr>', "</table>"),
}  # fmt: skip
UNDATED = ("tumblr",)
