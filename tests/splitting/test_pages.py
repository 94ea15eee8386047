"""Pages of known and unknown software: made-up markup in the shape of each."""

import json
from typing import NamedTuple

import pytest

from service.splitting import MalformedHTML, split_html

ARTICLE = (
    "<html><body><nav><a href=/a>Home</a><a href=/b>News</a></nav><article><h1>The old bridge</h1>"
    "<p>The council said on Monday that the old bridge over the river would be closed for repairs in the spring.</p>"
    "<p>According to the mayor the work will cost four million and take a year, unless the winter is mild.</p></article>"
)
ONE, TWO, THREE = (
    "I walked past there yesterday and the bridge was open.",
    "No, it was not.",
    "Who pays for all of this in the end?",
)


class Case(NamedTuple):
    name: str
    record: str
    before: str = ""
    after: str = ""
    author: bool = True
    date: str | None = "2020-05-01"


CASES = [
    Case(
        "wordpress",
        '<li class="comment even depth-1" id="comment-{id}"><article><footer class="comment-meta"><div class="comment-author vcard"><b class="fn">{who}</b>'
        ' <span class="says">says:</span></div><time datetime="2020-05-01T10:00:00+00:00">May 1, 2020 at 10:00 am</time></footer>'
        '<div class="comment-content"><p>{text}</p></div><div class="reply"><a href="#">Reply</a></div></article></li>',
        '<ol class="comment-list">',
        "</ol>",
    ),
    Case(
        "vbulletin",
        '<li class="postbitlegacy postbitim postcontainer" id="post_{id}"><div class="posthead"><span class="postdate"><span class="date">05-01-2020,'
        '<span class="time">06:02 PM</span></span></span><span class="nodecontrols">#{id}</span></div><div class="postdetails"><div class="userinfo">'
        '<a class="username" href="member.php?u={id}">{who}</a><span class="usertitle">Senior Member</span></div><div class="postbody"><div class="postrow">'
        '<div class="content"><blockquote class="postcontent restore">{text}</blockquote></div></div></div></div>'
        '<div class="postfoot"><a href="#">Reply With Quote</a></div></li>',
        '<ol id="posts" class="posts">',
        "</ol>",
        date=None,
    ),
    Case(
        "phpbb3",
        '<div id="p{id}" class="post bg2"><div class="inner"><dl class="postprofile"><dt><a href="./memberlist.php?mode=viewprofile&u=2" class="username">{who}</a></dt>'
        '<dd>Posts: 12</dd></dl><div class="postbody"><h3><a href="#p{id}">Re: Bridge</a></h3><p class="author">by <strong><a href="./memberlist.php" class="username">{who}</a></strong>'
        ' » 01 May 2020, 17:20</p><div class="content">{text}</div></div></div></div>',
        '<div id="page-body" class="topic">',
        "</div>",
    ),
    Case(
        "xenforo2",
        '<article class="message message--post js-post" data-author="{who}" id="js-post-{id}"><div class="message-inner"><div class="message-cell message-cell--user">'
        '<h4 class="message-name"><a class="username" href="/members/1/">{who}</a></h4><h5 class="userTitle">Member</h5></div><div class="message-cell message-cell--main">'
        '<header class="message-attribution"><time datetime="2020-05-01T08:00:00-0700">May 1, 2020</time></header><div class="message-content">'
        '<article class="message-body"><div class="bbWrapper">{text}</div></article></div><footer class="message-footer"><a>Like</a> <a>Reply</a></footer></div></div></article>',
        '<div class="block-body">',
        "</div>",
    ),
    Case(
        "discourse",
        '<div id="post_{id}" class="topic-body crawler-post"><div class="crawler-post-meta"><span class="creator" itemprop="author"><a href="/u/x"><span itemprop="name">{who}</span></a></span>'
        '<span class="crawler-post-infos"><time datetime="2020-05-01T08:00:00Z" class="post-time">May 1, 2020, 8:00am</time><span itemprop="position">{id}</span></span></div>'
        '<div class="post" itemprop="text"><p>{text}</p></div><div class="post-likes">2 Likes</div></div>',
        '<div class="topic">',
        "</div>",
    ),
    Case(
        "disqus embed",
        '<li class="post" id="post-{id}"><div class="post-content"><div class="post-body"><header class="comment__header"><span class="post-byline"><span class="author publisher-anchor-color">'
        '<a href="https://disqus.com/by/x/">{who}</a></span></span> <span class="post-meta"><span class="bullet time-ago-bullet">•</span><a class="time-ago" title="Friday, May 1, 2020 10:00 AM">2 years ago</a></span></header>'
        '<div class="post-body-inner"><div class="post-message-container"><div class="post-message"><p>{text}</p></div></div></div></div>'
        '<footer class="comment__footer"><menu><li class="voting"><a>1</a></li><li class="reply"><a>Reply</a></li><li class="share"><a>Share ›</a></li></menu></footer></div></li>',
        '<ul id="post-list" class="post-list">',
        "</ul>",
    ),
    Case(
        "facebook plugin",
        '<div class="_3-8y _5nz1 clearfix"><div class="UFICommentActorAndBody"><span><a class="UFICommentActorName" href="https://www.facebook.com/people/x">{who}</a></span>'
        '<div class="_30o4"><span class="_5mdd">{text}</span></div></div><div class="_2vq9"><a>Like</a> · <a>Reply</a> · <abbr class="UFISutroCommentTimestamp livetimestamp" data-utime="1588320000">2y</abbr></div></div>',
        '<div class="UFIContainer comments">',
        "</div>",
        date="2020-05-01",
    ),
    Case(
        "old reddit",
        '<div class="thing id-t1_{id} comment" data-author="{who}" id="thing_t1_{id}"><div class="entry unvoted"><p class="tagline"><a class="expand">[–]</a><a class="author" href="/user/x">{who}</a>'
        '<span class="score unvoted">57 points</span> <time datetime="2020-05-01T10:00:00+00:00">2 years ago</time></p><form class="usertext"><div class="usertext-body"><div class="md"><p>{text}</p></div></div></form>'
        '<ul class="flat-list buttons"><li>permalink</li><li>embed</li><li>reply</li></ul></div></div>',
        '<div class="sitetable nestedlisting commentarea">',
        "</div>",
    ),
    Case(
        "youtube",
        '<ytd-comment-thread-renderer class="style-scope"><div id="body-{id}" class="comment-body"><h3><a id="author-text" href="/@x"><span>{who}</span></a></h3>'
        '<span id="published-time-text"><a href="/watch">2 years ago</a></span><div id="content-text" class="comment-text">{text}</div><span class="vote-count">15</span><button>Reply</button></div></ytd-comment-thread-renderer>',
        '<div id="comments">',
        "</div>",
        date=None,
    ),
    Case(
        "guardian",
        '<li class="d-comment" id="comment-{id}" data-comment-author="{who}" itemscope itemtype="http://schema.org/Comment"><div class="d-comment__inner"><span itemprop="author" itemscope><a class="d-comment__author" href="/user/id/1"><span itemprop="givenName">{who}</span></a></span>'
        '<time itemprop="dateCreated" datetime="2020-05-01T10:00:00Z">1 May 2020 10:00</time><div class="d-comment__content"><div class="d-comment__body" itemprop="text"><p>{text}</p></div></div><span class="d-comment__recommend-count">4</span></div></li>',
        '<ul class="d-thread">',
        "</ul>",
    ),
    Case(
        "unknown software",
        '<section class="zx9"><h5 class="q1">{who}</h5><i class="q2">May 1, 2020 at 10:00 am</i><div class="q3"><p>{text}</p></div><a class="q4">Reply</a> <a class="q5">Report</a></section>',
        "<h3>3 comments</h3><div>",
        "</div>",
    ),
    Case(
        "table rows",
        '<tr class="reply-row"><td class="who"><b class="username">{who}</b></td><td class="what"><span class="date">May 1, 2020 at 10:00 am</span><br>{text}<br><a>Reply</a></td></tr>',
        "<table class=guestbook>",
        "</table>",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_software(case: Case) -> None:
    records = [
        case.record.replace("{id}", str(700 + i)).replace("{who}", who).replace("{text}", text)
        for i, (who, text) in enumerate([("Anna Lee", ONE), ("bob_77", TWO), ("Carl", THREE)])
    ]
    section = split_html(
        f"{ARTICLE}{case.before}{''.join(records)}{case.after}<footer>Copyright 2020 News</footer></body></html>"
    )
    assert [post.text for post in section.posts] == [ONE, TWO, THREE]
    assert [post.author for post in section.posts] == ["Anna Lee", "bob_77", "Carl"]
    if case.date:
        assert [(post.created_at or "")[:10] for post in section.posts] == [case.date] * 3
    assert all(post.start is None and post.end is None for post in section.posts)


def test_replies_know_their_parents() -> None:
    comment = '<li class="comment" id="comment-{}"><b class="fn">{}</b> <time datetime="2020-05-01">May 1</time><div class="comment-content"><p>{}</p></div>{}</li>'
    inner = f"<ol class=children>{comment.format(2, 'Bob', TWO, '')}</ol>"
    section = split_html(
        f"<ol class=comment-list>{comment.format(1, 'Anna', ONE, inner)}{comment.format(3, 'Carl', THREE, '')}</ol>"
    )
    assert [(post.id, post.parent_id, post.text) for post in section.posts] == [
        ("comment-1", None, ONE),
        ("comment-2", "comment-1", TWO),
        ("comment-3", None, THREE),
    ]


def test_quotations_are_marked_with_their_author() -> None:
    record = '<div class="message" id="post-{}"><a class="username">{}</a> <time datetime="2020-05-01">May 1</time><div class="message-body">{}</div></div>'
    quote = f'<blockquote data-quote="Anna">{ONE}</blockquote><p>{TWO}</p>'
    section = split_html(f"<div class=comments>{record.format(1, 'Anna', ONE)}{record.format(2, 'Bob', quote)}</div>")
    reply = section.posts[1]
    assert [(reply.text[q.start : q.end], q.author) for q in reply.quotes] == [(ONE, "Anna")]
    assert reply.text.endswith(TWO)


def test_linked_data() -> None:
    comments = [
        {
            "@type": "Comment",
            "@id": "#1",
            "text": ONE,
            "author": {"@type": "Person", "name": "Anna"},
            "dateCreated": "2020-05-01T10:00:00Z",
        },
        {
            "@type": "Comment",
            "@id": "#2",
            "text": TWO,
            "author": {"name": "Bob"},
            "parentItem": {"@type": "Comment", "@id": "#1"},
        },
    ]
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "articleBody": "The old bridge",
        "comment": comments,
    }
    section = split_html(f'{ARTICLE}<script type="application/ld+json">{json.dumps(data)}</script></body></html>')
    assert section.kind == "html:json-ld"
    assert [(post.id, post.author, post.created_at, post.parent_id, post.text) for post in section.posts] == [
        ("#1", "Anna", "2020-05-01T10:00:00Z", None, ONE),
        ("#2", "Bob", None, "#1", TWO),
    ]


def test_pages_without_comments_have_no_posts() -> None:
    teasers = "".join(
        f'<div class="teaser post"><h3><a href="/{i}">A story about bridge number {i}</a></h3><span class="author">By Jim</span> <time datetime="2020-05-01">May 1, 2020</time></div>'
        for i in range(6)
    )
    assert split_html(ARTICLE + "</body></html>").posts == ()
    assert split_html(f"{ARTICLE}<div class=related>{teasers}</div></body></html>").posts == ()


@pytest.mark.parametrize("markup", ["", "   ", "no markup at all"])
def test_no_markup_is_refused(markup: str) -> None:
    with pytest.raises(MalformedHTML):
        split_html(markup)


def listed(item: str, count: int = 6) -> str:
    return "".join(item.replace("{i}", str(i)) for i in range(1, count + 1))


BARREN = {
    "related stories with dates": '<section class="related"><h3>Related stories</h3>' + listed('<div class="card"><h4><a href="/s/{i}">The bridge, part {i}</a></h4><span class="author">Jim Bell</span> <time datetime="2020-05-0{i}">May {i}, 2020</time><p>The council met again on Monday and decided nothing at all, part {i}.</p><a href="/s/{i}">Read more</a></div>') + "</section>",
    "products": '<ul class="products">' + listed('<li class="product"><img alt=""><h3><a href="/p/{i}">Bridge model {i}</a></h3><span class="price">19.9{i}</span><p>A fine model of the bridge, made of oak, number {i} of the series.</p><a class="button">Add to cart</a></li>') + "</ul>",
    "navigation": "<nav><ul>" + listed('<li class="menu-item"><a href="/{i}">Section {i}</a></li>', 20) + "</ul></nav>",
    "recipe": '<div class="recipe"><h2>Soup</h2><ul class="ingredients">' + listed('<li class="ingredient">{i} cups of water</li>') + '</ul><ol class="steps">' + listed('<li class="step">Step {i}: stir it for {i} minutes and wait until it boils again.</li>') + "</ol></div>",
    "about the authors": '<div class="authors">' + listed('<div class="author-bio"><img><h4 class="author-name"><a href="/author/{i}">Jim Bell {i}</a></h4><p>Jim Bell {i} is a reporter who has written about bridges since 2012. Follow him.</p></div>', 3) + "</div>",
    "a list of articles": '<div class="posts">' + listed('<article class="post" id="post-{i}"><h2><a href="/{i}">Bridge news {i}</a></h2><div class="meta">by <a rel="author" href="/author/jim">Jim</a> on <time datetime="2020-05-0{i}">May {i}, 2020</time> <a href="/{i}#comments">{i} comments</a></div><div class="entry"><p>The council said on Monday that the bridge would be closed, again, for the {i}th time this year.</p></div></article>') + "</div>",
    "tags and sharing": '<div class="tags">' + listed('<a href="/tag/{i}">bridge {i}</a>') + '</div><div class="share">' + listed('<a class="share-button">Share</a>', 4) + "</div>",
    "a form alone": '<div id="comments"><h3>Leave a Reply</h3><form><label>Name</label><input><textarea></textarea></form><p class="no-comments">Be the first to comment!</p></div>',
    "a frame of comments": '<div id="disqus_thread"></div><noscript>Please enable JavaScript to view the comments powered by Disqus.</noscript>',
    "latest comments elsewhere": '<aside><h3>Most read</h3>' + listed('<li class="item"><a href="/{i}">The bridge {i}</a> <span class="count">{i}2 comments</span></li>') + "</aside>",
    "events": '<table class="events">' + listed('<tr class="event"><td><time datetime="2020-05-0{i}">May {i}, 2020</time></td><td><b>Concert {i}</b></td><td>At the old bridge, doors open at {i} pm</td></tr>') + "</table>",
}  # fmt: skip


@pytest.mark.parametrize("name", BARREN)
def test_what_is_no_comment_is_no_post(name: str) -> None:
    section = split_html(f"{ARTICLE}{BARREN[name]}<footer>Copyright 2020 News</footer></body></html>")
    assert section.posts == ()
