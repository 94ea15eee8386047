"""Exports and JSON of comment systems: made-up documents in the shape of each."""

import json
import tracemalloc

import pytest

from service.splitting import (
    ForbiddenXML,
    MalformedXML,
    Section,
    SplitError,
    UnknownExport,
    detect,
    split_any,
    split_export,
    split_json,
    split_yaml,
)
from service.splitting.exports import stream_export
from service.splitting.xmlsource import opener

WXR = """<?xml version="1.0" encoding="UTF-8"?>
<!-- made by hand -->
<rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/" xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel><title>T</title><wp:wxr_version>1.2</wp:wxr_version><item><title>Post</title><content:encoded><![CDATA[The article]]></content:encoded>
<wp:comment><wp:comment_id>7</wp:comment_id><wp:comment_author><![CDATA[Anna]]></wp:comment_author><wp:comment_date>2012-01-02 04:04:05</wp:comment_date>
<wp:comment_date_gmt>2012-01-02 03:04:05</wp:comment_date_gmt><wp:comment_content><![CDATA[First &amp; best
second line]]></wp:comment_content><wp:comment_approved>1</wp:comment_approved><wp:comment_type></wp:comment_type><wp:comment_parent>0</wp:comment_parent></wp:comment>
<wp:comment><wp:comment_id>8</wp:comment_id><wp:comment_author>Bob</wp:comment_author><wp:comment_date_gmt>0000-00-00 00:00:00</wp:comment_date_gmt>
<wp:comment_content><![CDATA[<blockquote>First</blockquote><p>No.</p>]]></wp:comment_content><wp:comment_approved>0</wp:comment_approved><wp:comment_parent>7</wp:comment_parent></wp:comment>
<wp:comment><wp:comment_id>9</wp:comment_id><wp:comment_content>x</wp:comment_content><wp:comment_type>pingback</wp:comment_type></wp:comment>
<wp:comment><wp:comment_id>10</wp:comment_id><wp:comment_content>buy now</wp:comment_content><wp:comment_approved>spam</wp:comment_approved></wp:comment>
</item></channel></rss>"""
DISQUS = """<?xml version="1.0"?><disqus xmlns="http://disqus.com" xmlns:dsq="http://disqus.com/disqus-internals">
<thread dsq:id="1"><title>T</title></thread>
<post dsq:id="21"><message><![CDATA[<p>Hello</p>]]></message><createdAt>2015-03-04T05:06:07Z</createdAt><isDeleted>false</isDeleted><isSpam>false</isSpam>
<author><name>Anna</name></author><thread dsq:id="1"/></post>
<post dsq:id="22"><message>Hi &lt;b&gt;you&lt;/b&gt;</message><createdAt>2015-03-04T06:06:07Z</createdAt><isDeleted>false</isDeleted><isSpam>false</isSpam>
<author><name>Bob</name></author><thread dsq:id="1"/><parent dsq:id="21"/></post>
<post dsq:id="23"><message>gone</message><isDeleted>true</isDeleted></post></disqus>"""
BLOGGER = """<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>tag:blogger.com,1999:blog-1.post-5</id>
<category scheme="http://schemas.google.com/g/2005#kind" term="http://schemas.google.com/blogger/2008/kind#post"/><content type="html">An article</content></entry>
<entry><id>tag:blogger.com,1999:blog-1.post-6</id><published>2011-07-11T12:25:00.001+02:00</published>
<category scheme="http://schemas.google.com/g/2005#kind" term="http://schemas.google.com/blogger/2008/kind#comment"/>
<content type="html">Nice &lt;br&gt;one</content><author><name>Anna</name></author></entry></feed>"""


def rows(section: Section) -> list[tuple[str, str | None, str | None, str | None, str]]:
    return [(post.id, post.author, post.created_at, post.parent_id, post.text) for post in section.posts]


def test_wxr() -> None:
    section = split_export(WXR)
    assert section.kind == "wxr"
    assert rows(section) == [
        ("7", "Anna", "2012-01-02T03:04:05Z", None, "First & best\nsecond line"),
        ("8", "Bob", None, "7", "First\n\nNo."),
    ]
    quote = section.posts[1].quotes[0]
    assert section.posts[1].text[quote.start : quote.end] == "First"
    assert section.notes == ("2 entries left out: pingbacks, spam or deleted",)


def test_disqus() -> None:
    assert rows(split_export(DISQUS)) == [
        ("21", "Anna", "2015-03-04T05:06:07Z", None, "Hello"),
        ("22", "Bob", "2015-03-04T06:06:07Z", "21", "Hi you"),
    ]


def test_blogger() -> None:
    section = split_export(BLOGGER)
    assert section.kind == "blogger-atom"
    assert rows(section) == [("6", "Anna", "2011-07-11T12:25:00+02:00", None, "Nice\none")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_bytes_in_any_declared_encoding(encoding: str) -> None:
    assert rows(split_export(DISQUS.encode(encoding))) == rows(split_export(DISQUS))


def test_local_damage_is_repaired_and_told() -> None:
    section = split_export(DISQUS.replace("Hi &lt;b&gt;you", "Hi &nosuch; you & me"))
    assert [post.id for post in section.posts] == ["21", "22"]
    assert any("repaired" in note for note in section.notes)


LAUGHS = '<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;">]>'


@pytest.mark.parametrize(
    ("xml", "error"),
    [
        (f'<?xml version="1.0"?>{LAUGHS}<rss>&lol2;</rss>', ForbiddenXML),
        (f"<!-- first -->\n{LAUGHS}<disqus/>", ForbiddenXML),
        ('<!DOCTYPE x SYSTEM "file:///etc/passwd"><rss/>', ForbiddenXML),
        ("<rss><channel>", MalformedXML),
        ("not xml", MalformedXML),
        ("", MalformedXML),
        (b"\xff\xfe\x00", MalformedXML),
        (b"<rss>\xff\xff</rss>", MalformedXML),
        ("<note><to>you</to></note>", UnknownExport),
    ],
)
def test_what_is_refused(xml: str | bytes, error: type[SplitError]) -> None:
    with pytest.raises(error) as raised:
        split_export(xml)
    assert raised.value.code == error.code


def broken(old: str, new: str, source: str = WXR) -> str:
    assert old in source
    return source.replace(old, new)


DAMAGE = {
    "bare ampersand": broken("<wp:comment_author>Bob", "<wp:comment_author>Bob & Co"),
    "bare less-than": broken("<wp:comment_author>Bob", "<wp:comment_author>Bob <3"),
    "control characters": broken(">Bob<", ">B\x0bo\x00b<"),
    "unknown entity": broken(">Bob<", ">&nosuch;Bob<"),
    "entity of HTML": broken(">Bob<", ">Bob&nbsp;<"),
    "tags that cross": broken("<![CDATA[<blockquote>First</blockquote><p>No.</p>]]>", "<i>First <b>No.</i>"),
    "markup left open": broken("<![CDATA[<blockquote>First</blockquote><p>No.</p>]]>", "First <p>No."),
    "a field without its end": broken("</wp:comment_content><wp:comment_approved>0", "<wp:comment_approved>0"),
    "a comment without its end": broken(
        "<wp:comment_parent>0</wp:comment_parent></wp:comment>", "<wp:comment_parent>0</wp:comment_parent>"
    ),
    "an end without its begin": broken(
        "<wp:comment><wp:comment_id>8", "</b></wp:comment_parent><wp:comment><wp:comment_id>8"
    ),
    "cut off": WXR[: WXR.index("<wp:comment><wp:comment_id>9")],
    "cut off in a tag": WXR[: WXR.index("<wp:comment><wp:comment_id>9") + 5],
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_stays_in_its_entry(name: str) -> None:
    section = split_export(DAMAGE[name])
    first, second = section.posts
    assert (first.id, first.author, first.text) == ("7", "Anna", "First & best\nsecond line")
    assert (second.id, second.parent_id) == ("8", "7")
    assert (second.author or "").replace("&nosuch;", "").strip()[0] == "B"
    assert second.text.split()[0] == "First" and second.text.split()[-1] == "No."
    assert section.notes[0].startswith("the XML was damaged and has been repaired: ")
    assert section.confidence < 1.0


def test_bytes_that_are_no_utf8_are_read_as_windows_1252() -> None:
    section = split_export(DISQUS.encode().replace(b"Hello", b"H\xe9llo"))
    assert section.posts[0].text == "Héllo"
    assert "repaired" in section.notes[0]


def test_an_export_cut_within_a_comment_keeps_its_words() -> None:
    section = split_export(DISQUS[: DISQUS.index("Hi &lt;") + 2])
    assert [(post.id, post.text) for post in section.posts] == [("21", "Hello"), ("22", "Hi")]


@pytest.mark.parametrize("source", [WXR, DISQUS, BLOGGER, *DAMAGE.values()])
def test_a_stream_gives_what_the_whole_gives(source: str) -> None:
    found, posts = stream_export(opener(source))
    section = split_export(source)
    assert (tuple(posts), found.kind, found.notes()) == (section.posts, section.kind, section.notes)


def test_memory_does_not_grow_with_an_export() -> None:
    entry = WXR[WXR.index("<wp:comment>") : WXR.index("</item>")]
    head, tail = WXR[: WXR.index("<wp:comment>")], "</item></channel></rss>"

    def peak(items: int) -> int:
        data = (head + (entry + "</item><item>") * items + entry + tail).encode()
        _, posts = stream_export(opener(data))
        tracemalloc.start()
        try:
            count = sum(1 for _ in posts)
            assert count == 2 * (items + 1)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    small, large = peak(20), peak(400)
    assert large < small + 400_000  # the large one has 450,000 characters more, and would be far larger as a tree


RSS = """<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<title>Comments on: The bridge</title><link>http://a.example/bridge</link>
<item><title>By: Anna</title><link>http://a.example/bridge#comment-7</link><dc:creator><![CDATA[Anna]]></dc:creator><pubDate>Fri, 01 May 2020 08:00:00 +0000</pubDate>
<guid isPermaLink="false">http://a.example/?p=1#comment-7</guid><description>Hello...</description><content:encoded><![CDATA[<p>Hello <b>you</b></p>]]></content:encoded></item>
<item><title>By: Bob</title><link>http://a.example/bridge#comment-8</link><pubDate>Fri, 01 May 2020 10:00:00 +0200</pubDate><description>Hi &amp;amp; bye</description></item>
</channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:thr="http://purl.org/syndication/thread/1.0"><title>{title}</title>
<entry><id>http://a.example/bridge#comment-7</id><author><name>Anna</name></author><published>2020-05-01T08:00:00Z</published><content type="html">&lt;p&gt;Hello&lt;/p&gt;</content></entry>
<entry><id>http://a.example/bridge#comment-8</id><author><name>Bob</name></author><updated>2020-05-01T08:01:00Z</updated><thr:in-reply-to ref="http://a.example/bridge#comment-7"/>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Hi <b>you</b></div></content></entry></feed>"""
REDDIT_FEED = """<feed xmlns="http://www.w3.org/2005/Atom"><title>The bridge : news</title>
<entry><author><name>/u/carl</name></author><id>t3_abc</id><link href="https://r.example/r/news/comments/abc/the_bridge/"/><content type="html">the article</content></entry>
<entry><author><name>/u/anna</name></author><id>t1_c1</id><link href="https://r.example/r/news/comments/abc/the_bridge/c1/"/><updated>2020-05-01T08:00:00+00:00</updated><content type="html">&lt;div class="md"&gt;&lt;p&gt;Hello&lt;/p&gt;&lt;/div&gt;</content></entry></feed>"""


@pytest.mark.parametrize(
    ("source", "kind", "expected"),
    [
        (RSS, "rss", [("7", "Anna", "2020-05-01T08:00:00Z", None, "Hello you"), ("8", "Bob", "2020-05-01T10:00:00+02:00", None, "Hi & bye")]),
        (ATOM, "atom", [("7", "Anna", "2020-05-01T08:00:00Z", None, "Hello"), ("8", "Bob", "2020-05-01T08:01:00Z", "7", "Hi you")]),
        (REDDIT_FEED, "atom", [("t1_c1", "anna", "2020-05-01T08:00:00+00:00", None, "Hello")]),
    ],
)  # fmt: skip
def test_feeds(source: str, kind: str, expected: list[tuple[str, str, str, str | None, str]]) -> None:
    section = split_any(source)
    assert (section.kind, rows(section)) == (kind, expected)


def test_a_feed_of_articles_is_no_comment_section() -> None:
    feed = RSS.replace("Comments on: The bridge", "News").replace("#comment-", "/").replace("By: ", "")
    with pytest.raises(UnknownExport):
        split_export(feed)


def test_an_export_without_comments_is_an_empty_section() -> None:
    section = split_export("<disqus xmlns='http://disqus.com'></disqus>")
    assert (section.kind, section.posts) == ("disqus-xml", ())


JSON = {
    "youtube": (
        {
            "kind": "youtube#commentThreadListResponse",
            "items": [
                {
                    "kind": "youtube#commentThread",
                    "id": "U1",
                    "snippet": {
                        "topLevelComment": {
                            "kind": "youtube#comment",
                            "id": "U1",
                            "snippet": {"textOriginal": "Hello", "authorDisplayName": "@anna", "publishedAt": "2020-05-01T10:00:00Z"},
                        }
                    },
                    "replies": {
                        "comments": [
                            {"kind": "youtube#comment", "id": "U1.2", "snippet": {"textOriginal": "Hi", "authorDisplayName": "@bob", "parentId": "U1", "publishedAt": "2020-05-02T10:00:00Z"}}
                        ]
                    },
                }
            ],
        },
        [("U1", "@anna", "2020-05-01T10:00:00Z", None, "Hello"), ("U1.2", "@bob", "2020-05-02T10:00:00Z", "U1", "Hi")],
    ),
    "reddit": (
        [
            {"kind": "Listing", "data": {"children": [{"kind": "t3", "data": {"title": "T", "selftext": "the article", "id": "a"}}]}},
            {
                "kind": "Listing",
                "data": {
                    "children": [
                        {
                            "kind": "t1",
                            "data": {
                                "id": "c1", "name": "t1_c1", "author": "anna", "body": "Hello &gt; you", "created_utc": 1588320000.0, "parent_id": "t3_a",
                                "replies": {"kind": "Listing", "data": {"children": [{"kind": "t1", "data": {"id": "c2", "name": "t1_c2", "author": "bob", "body": "Hi", "created_utc": 1588320060, "parent_id": "t1_c1", "replies": ""}}]}},
                            },
                        },
                        {"kind": "t1", "data": {"id": "c3", "name": "t1_c3", "author": "[deleted]", "body": "[removed]", "created_utc": 1, "parent_id": "t3_a"}},
                    ]
                },
            },
        ],
        [("c1", "anna", "2020-05-01T08:00:00Z", None, "Hello > you"), ("c2", "bob", "2020-05-01T08:01:00Z", "c1", "Hi")],
    ),
    "discourse": (
        {"post_stream": {"posts": [
            {"id": 90, "username": "anna", "created_at": "2020-05-01T08:00:00.000Z", "cooked": "<p>Hello</p>", "post_number": 1},
            {"id": 91, "username": "bob", "created_at": "2020-05-01T08:01:00.000Z", "cooked": "<p>Hi</p>", "post_number": 2, "reply_to_post_number": 1},
        ]}},
        [("1", "anna", "2020-05-01T08:00:00Z", None, "Hello"), ("2", "bob", "2020-05-01T08:01:00Z", "1", "Hi")],
    ),
    "commento": (
        {"comments": [{"commentHex": "aa", "commenterHex": "u1", "markdown": "Hello", "html": "<p>Hello</p>", "parentHex": "root", "creationDate": "2020-05-01T08:00:00Z", "deleted": False},
                      {"commentHex": "bb", "commenterHex": "anonymous", "markdown": "Hi", "html": "", "parentHex": "aa", "creationDate": "2020-05-01T08:01:00Z", "deleted": False}],
         "commenters": {"u1": {"name": "Anna"}}},
        [("aa", "Anna", "2020-05-01T08:00:00Z", None, "Hello"), ("bb", None, "2020-05-01T08:01:00Z", "aa", "Hi")],
    ),
    "isso": (
        {"replies": [{"id": 1, "parent": None, "text": "<p>Hello</p>", "author": "Anna", "created": 1588320000.5, "likes": 0, "replies": [{"id": 2, "parent": 1, "text": "<p>Hi</p>", "author": "Bob", "created": 1588320060.0, "likes": 0}]}]},
        [("1", "Anna", "2020-05-01T08:00:00Z", None, "Hello"), ("2", "Bob", "2020-05-01T08:01:00Z", "1", "Hi")],
    ),
    "remark42": (
        {"comments": [{"comment": {"id": "r1", "pid": "", "text": "<p>Hello</p>", "orig": "Hello", "user": {"name": "anna", "id": "x"}, "time": "2020-05-01T08:00:00Z"},
                       "replies": [{"comment": {"id": "r2", "pid": "r1", "text": "<p>Hi</p>", "orig": "Hi", "user": {"name": "bob", "id": "y"}, "time": "2020-05-01T08:01:00Z"}}]}]},
        [("r1", "anna", "2020-05-01T08:00:00Z", None, "Hello"), ("r2", "bob", "2020-05-01T08:01:00Z", "r1", "Hi")],
    ),
    "activitypub": (
        {"type": "OrderedCollection", "orderedItems": [
            {"type": "Create", "object": {"type": "Note", "id": "https://a.example/1", "content": "<p>Hello</p>", "attributedTo": "https://a.example/@anna", "published": "2020-05-01T08:00:00Z"}},
            {"type": "Create", "object": {"type": "Note", "id": "https://a.example/2", "content": "<p>Hi</p>", "attributedTo": "https://a.example/@bob", "published": "2020-05-01T08:01:00Z", "inReplyTo": "https://a.example/1"}},
        ]},
        [("https://a.example/1", "anna", "2020-05-01T08:00:00Z", None, "Hello"), ("https://a.example/2", "bob", "2020-05-01T08:01:00Z", "https://a.example/1", "Hi")],
    ),
    "list": (["Hello", "Hi"], [("1", None, None, None, "Hello"), ("2", None, None, None, "Hi")]),
}  # fmt: skip


@pytest.mark.parametrize("name", JSON)
def test_json(name: str) -> None:
    document, expected = JSON[name]
    section = split_json(json.dumps(document))
    assert section.kind == f"json:{name}"
    assert rows(section) == expected


LATER = {
    "json:lemmy": (
        {"comments": [
            {"comment": {"id": 5, "content": "Hello", "published": "2020-05-01T08:00:00Z", "path": "0.5", "ap_id": "https://a.example/5"}, "creator": {"name": "anna"}, "post": {"id": 1, "name": "T", "body": "the article", "published": "2020-05-01T07:00:00Z"}},
            {"comment": {"id": 6, "content": "Hi", "published": "2020-05-01T08:01:00Z", "path": "0.5.6", "ap_id": "https://a.example/6"}, "creator": {"name": "bob"}, "post": {"id": 1, "name": "T", "body": "the article", "published": "2020-05-01T07:00:00Z"}},
        ]},
        [("5", "anna", "2020-05-01T08:00:00Z", None, "Hello"), ("6", "bob", "2020-05-01T08:01:00Z", "5", "Hi")],
    ),
    "json:wordpress": (
        [{"id": 5, "parent": 0, "author_name": "Anna", "date_gmt": "2020-05-01T08:00:00", "content": {"rendered": "<p>Hello</p>"}}, {"id": 6, "parent": 5, "author_name": "Bob", "date_gmt": "2020-05-01T08:01:00", "content": {"rendered": "<p>Hi</p>"}}],
        [("5", "Anna", "2020-05-01T08:00:00", None, "Hello"), ("6", "Bob", "2020-05-01T08:01:00", "5", "Hi")],
    ),
    "json:facebook": (
        {"data": [{"id": "1_5", "created_time": "2020-05-01T08:00:00+0000", "from": {"name": "Anna"}, "message": "Hello", "comments": {"data": [{"id": "1_6", "created_time": "2020-05-01T08:01:00+0000", "from": {"name": "Bob"}, "message": "Hi"}]}}]},
        [("1_5", "Anna", "2020-05-01T08:00:00+0000", None, "Hello"), ("1_6", "Bob", "2020-05-01T08:01:00+0000", "1_5", "Hi")],
    ),
    "json:hackernews": (
        {"id": 1, "type": "story", "title": "T", "author": "carl", "created_at": "2020-05-01T07:00:00Z", "text": "the article", "children": [{"id": 5, "story_id": 1, "parent_id": 1, "author": "anna", "created_at": "2020-05-01T08:00:00Z", "text": "<p>Hello", "children": [{"id": 6, "story_id": 1, "parent_id": 5, "author": "bob", "created_at": "2020-05-01T08:01:00Z", "text": "Hi", "children": []}]}]},
        [("5", "anna", "2020-05-01T08:00:00Z", None, "Hello"), ("6", "bob", "2020-05-01T08:01:00Z", "5", "Hi")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", LATER)
def test_more_json(kind: str) -> None:
    document, expected = LATER[kind]
    section = split_any(json.dumps(document))
    assert (section.kind, rows(section)) == (kind, expected)


def test_what_reddit_did_not_list_is_told() -> None:
    more = {"kind": "more", "data": {"count": 12, "children": ["d", "e"], "parent_id": "t3_a", "id": "d"}}
    document = [
        {
            "kind": "Listing",
            "data": {
                "children": [
                    {"kind": "t1", "data": {"id": "c", "body": "Hello", "author": "a", "created_utc": 1}},
                    more,
                ]
            },
        }
    ]
    section = split_json(json.dumps(document))
    assert [post.text for post in section.posts] == ["Hello"]
    assert section.notes == ("12 more comments are not in the listing",)


def test_an_object_per_line() -> None:
    line = '{{"id": "{}", "author": "anna", "body": "Hello {}"}}'
    source = "\n".join([*(line.format(i, i) for i in range(12)), '{"id": "9'])
    section = split_any(source + "}")
    assert [post.text for post in section.posts] == [f"Hello {i}" for i in range(12)]
    assert section.notes == ("1 lines left out: not JSON",)


def test_half_a_character_is_shown_as_unreadable() -> None:
    assert split_json('[{"author": "a\\ud800", "body": "x \\udfff y"}]').posts[0].text == "x \ufffd y"


YAML = "---\n_id: aa\nname: Anna\nmessage: 'Hello'\ndate: 1588320000\n_parent: /a/page/\n---\n_id: bb\nname: Bob\nreplying_to: '1'\nmessage: >\n  Hi\n  you\n"


def test_yaml() -> None:
    section = split_any(YAML)
    assert section.kind == "yaml:staticman"
    assert rows(section) == [("aa", "Anna", "2020-05-01T08:00:00Z", None, "Hello"), ("bb", "Bob", None, "aa", "Hi you")]


def test_a_broken_document_is_left_out() -> None:
    section = split_yaml(YAML + "---\nname: [x\nmessage: no\n")
    assert [post.id for post in section.posts] == ["aa", "bb"]
    assert "1 documents left out: not YAML" in section.notes


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: [", "malformed_yaml"),
        ("message: &a x\nname: *a\n", "malformed_yaml"),
        ("\x00", "malformed_yaml"),
        ("just words", "unknown_export"),
        ("", "unknown_export"),
    ],
)
def test_what_yaml_is_refused(text: str, code: str) -> None:
    with pytest.raises(SplitError) as error:
        split_yaml(text)
    assert error.value.code == code


def test_json_without_comments_is_refused() -> None:
    with pytest.raises(UnknownExport):
        split_json('{"a": [1, 2, {"title": "x"}]}')


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("you are an idiot", "text"),
        ("a < b and b > c, <3", "text"),
        ("Anna says:\nMay 1, 2020 at 1:00 pm\n<b>no</b>", "text"),
        ("<!DOCTYPE html><html><body><p>x</p></body></html>", "html"),
        ("<div class=comment><p>x</p></div>", "html"),
        (WXR, "export"),
        (DISQUS, "export"),
        (BLOGGER, "export"),
        ('{"comments": []}', "json"),
        ('{"body": "a"}\n{"body": "b"}', "json"),
        (RSS, "export"),
        (YAML, "yaml"),
        ("name: Anna\nmessage: hello\n", "yaml"),
        ("Anna: hello\nBob: text: no", "text"),
        ("Note: this is a text\nwith a second line", "text"),
        ("[sic] this is what he wrote", "text"),
    ],
)
def test_detection(source: str, kind: str) -> None:
    assert detect(source) == kind


def test_the_kind_can_be_overridden() -> None:
    assert split_any("<p>x</p>", "text").posts[0].text == "<p>x</p>"
