"""Any text in: a section or a named error out, in time that grows with the text and no faster."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.errors import ServiceError
from service.reading import read_bare, read_file, section_of
from service.splitting import (
    Section,
    SplitError,
    UnknownExport,
    decode,
    detect,
    split_any,
    split_export,
    split_html,
    split_json,
    split_text,
)
from service.splitting.detect import KINDS, Detected
from service.splitting.repair import read_damaged
from service.splitting.sources import NAMES
from service.splitting.xmlsource import drop

PIECES = st.sampled_from(
    [
        "Anna says:", "Reply", "Like · Reply · 3h", "2 hours ago", "October 3, 2012 at 4:23 PM", "3 Comments", "> quoted",
        "“I said that”", "----------", "* item", "Posted by: X | May 1, 2012 at 1:00 PM", "Reprinted with permission", "",
        "You are wrong, and I do not know why you say that.", "1.", "@bob no", "level 2", "[deleted]", "Leave a Reply",
        "a" * 300, "\u200b", "🙂", "Bill… :~)", "\t  x", "12", "http://example.org", "Pingback: x",
    ]
)  # fmt: skip
LINES = st.lists(st.one_of(PIECES, st.text(max_size=40)), max_size=25).map("\n".join)
TAGS = st.sampled_from(
    [
        '<div class="comment">', '<li id="comment-1">', "</div>", "</li>", "<p>", "<time datetime='2020-01-01'>", "</time>",
        '<span class="author">', "Anna", "</span>", "hello there", "<blockquote>", "</blockquote>", "<br>", "<ol class=comments>",
        "2 hours ago", "<!--", "-->", "<script>", "</script>", "&amp;", "<", "\x00",
    ]
)  # fmt: skip


def check(section: Section, source: str | None) -> None:
    ids = [post.id for post in section.posts]
    assert len(set(ids)) == len(ids)
    assert [post.index for post in section.posts] == list(range(len(ids)))
    assert 0.0 <= section.confidence <= 1.0
    end = section.article.end if section.article and section.article.end is not None else 0
    for post in section.posts:
        assert post.text.strip()
        assert post.parent_id is None or (post.parent_id in ids and post.parent_id != post.id)
        last = 0
        for quote in post.quotes:
            assert last <= quote.start < quote.end <= len(post.text)
            last = quote.end
        if source is None:
            assert post.start is None and post.end is None
            continue
        assert post.start is not None and post.end is not None
        assert end <= post.start < post.end <= len(source)
        end = post.end
        region = source[post.start : post.end]
        assert region.split()[0] == post.text.split()[0] and region.split()[-1] == post.text.split()[-1]


@settings(max_examples=150, deadline=None)
@given(LINES)
def test_plain_text_gives_ordered_regions(source: str) -> None:
    check(split_text(source), source)


@settings(max_examples=100, deadline=None)
@given(st.text())
def test_any_text_is_split(source: str) -> None:
    section = split_text(source)
    check(section, source)
    assert bool(section.posts) or not source.strip() or section.article or section.kind != "plain:bare"


@settings(max_examples=100, deadline=None)
@given(st.lists(TAGS, max_size=40).map("".join))
def test_any_markup_is_split_or_refused(markup: str) -> None:
    try:
        check(split_html(markup), None)
    except SplitError as error:
        assert error.code == "malformed_html"


@settings(max_examples=100, deadline=None)
@given(st.text(), st.sampled_from(["", "<rss>", "<disqus>", "<feed>", "<?xml version='1.0'?>"]))
def test_any_export_is_split_or_refused(text: str, start: str) -> None:
    try:
        check(split_export(start + text), None)
    except SplitError as error:
        assert error.code in {"malformed_xml", "forbidden_xml", "unknown_export"}


@settings(max_examples=60, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=10),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "body",
                        "text",
                        "author",
                        "id",
                        "parent",
                        "comments",
                        "deleted",
                        "created",
                        "kind",
                        "@type",
                        "replies",
                        "path",
                    ]
                ),
                inner,
                max_size=5,
            )
        ),
        max_leaves=15,
    )
)
def test_any_json_is_split_or_refused(value: object) -> None:
    try:
        check(split_json(json.dumps(value)), None)
    except UnknownExport as error:
        assert "no comments" in str(error)


@settings(max_examples=60, deadline=None)
@given(st.one_of(LINES, st.text()))
def test_detection_never_fails(source: str) -> None:
    assert detect(source) in KINDS
    try:
        split_any(source)
    except SplitError as error:
        assert error.code != SplitError.code


MARKS = [b"\xff\xfe", b"\xef\xbb\xbf", b"<?xml version='1.0' encoding='koi8-r'?>", b"<rss>", b"<disqus>", b"<feed>", b"<item>", b"<post>", b"<message>", b"</post>", b"<![CDATA[", b"]]>",
         b"<wp:comment>", b"</wp:comment>", b"<wp:comment_id>1", b"<wp:comment_content>", b"<!--", b"-->", b"&amp;", b"&#0;", b"&x;", b"<meta charset=utf-7>", b"<div class=comment>", b'{"body":', b'"x"', b"}", b"[", b"]",
         b"message: ", b"name: a\n", b"---\n", b"*a", b"&a ", b"\x00", b"\xff", b"Anna says:\n", b"\n"]  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.one_of(st.sampled_from(MARKS), st.binary(max_size=12)), max_size=25).map(b"".join),
    st.sampled_from(NAMES),
    st.sampled_from([None, "text", "html", "export"]),
)
def test_any_bytes_give_posts_or_a_named_refusal(body: bytes, name: str, given_kind: Detected | None) -> None:
    try:
        source = read_bare(given_kind, body, source=name) if given_kind else read_file(body, name)
        section = section_of(source)
    except ServiceError as error:
        assert 400 <= error.status < 500 and error.code
        return
    check(
        section,
        None
        if not section.kind.startswith("plain:") and section.posts and section.posts[0].start is None
        else decode(body),
    )


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.one_of(st.sampled_from(MARKS).map(lambda mark: mark.decode("latin-1")), st.text(max_size=8)), max_size=30
    ).map("".join)
)
def test_any_damage_can_be_read_on(text: str) -> None:
    for element in read_damaged(text):
        drop(element)


N = 120_000
HOSTILE = {
    "digits": "1" * N,
    "spaces": " " * N,
    "lines": "\n" * N,
    "dates": "2 hours ago\n" * (N // 12),
    "names": "Anna says:\n" * (N // 11),
    "pairs": "Anna says:\nMay 1, 2012 at 1:00 pm\nno\n" * (N // 36),
    "buttons": "Reply\n" * (N // 6),
    "open quotes": "“" * N,
    "quotes": "> a\n" * (N // 4),
    "short lines": "I am me.\n" * (N // 9),
    "mentions": "@bob no\n\n" * (N // 9),
    "months": "may " * (N // 4),
    "signs": "• · " * (N // 4),
    "titles": "3 comments\n" * (N // 11),
    "wrapped": ("word " * 14 + "\n") * (N // 71),
    "credits": "Reprinted with permission\n" * (N // 26),
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_takes_no_more_than_its_share(name: str) -> None:
    check(split_text(HOSTILE[name]), HOSTILE[name])


MARKUP = {
    "deep": '<div class="comment">' * 20_000 + "x",
    "flat": '<div class="comment"><span class="author">A</span> <time>2 hours ago</time><p>no</p></div>' * 1_500,
    "nested": ('<li class="comment"><b class="author">A</b><p>no</p><ol>' * 100 + "</ol></li>" * 100) * 10,
    "classes": "".join(f'<div class="c{chr(97 + i % 26)}{"x" * (i % 50)}"><b class="user">A</b>2 hours ago</div>' for i in range(4_000)),
    "same ids": '<li id="comment-1" class="comment"><b class="author">A</b><time>2 hours ago</time><p>@A no</p></li>' * 1_500,
    "open tags": "<" * 50_000,
    "long class": f'<p class="{"comment " * 20_000}">x</p>' * 3,
}  # fmt: skip


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", MARKUP)
def test_hostile_markup_takes_no_more_than_its_share(name: str) -> None:
    try:
        check(split_html(MARKUP[name]), None)
    except SplitError as error:
        assert error.code == "malformed_html"


DAMAGED = {
    "open tags": "<a>" * (N // 3),
    "ends": "<rss>" + "</b>" * (N // 4),
    "deep ends": "<a>" * (N // 6) + "</b>" * (N // 8),
    "open sections": "<rss>" + "<a><![CDATA[" * (N // 12),
    "names": "<rss>" + "".join(f"<a{i}><![CDATA[" for i in range(N // 16)),
    "comments": "<rss>" + "<!--" * (N // 4),
    "ampersands": "<rss>" + "&" * N,
    "quotes": "<rss " + 'a="' * (N // 3),
    "attributes": "<rss " + "a " * 2_000 + ">" + "<b " * (N // 3),
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", DAMAGED)
def test_hostile_damage_takes_no_more_than_its_share(name: str) -> None:
    for element in read_damaged(DAMAGED[name]):
        drop(element)


def test_deeply_nested_json_is_refused() -> None:
    with pytest.raises(SplitError) as error:
        split_json("[" * 100_000 + "]" * 100_000)
    assert error.value.code == "malformed_json"
