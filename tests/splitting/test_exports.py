"""Exports and JSON of comment systems: made-up documents in the shape of each."""

import json

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
)

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
        ("[sic] this is what he wrote", "text"),
    ],
)
def test_detection(source: str, kind: str) -> None:
    assert detect(source) == kind


def test_the_kind_can_be_overridden() -> None:
    assert split_any("<p>x</p>", "text").posts[0].text == "<p>x</p>"
