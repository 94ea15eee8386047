"""The acceptance section: an article, then bare comments without a single name or date."""

import json
from pathlib import Path

import pytest

from service.splitting import Section, split_text

DATA = Path(__file__).parent.parent / "data"


@pytest.fixture(scope="module")
def source() -> str:
    return (DATA / "section_01.txt").read_text("utf-8")


@pytest.fixture(scope="module")
def section(source: str) -> Section:
    return split_text(source)


def test_each_post_is_found_whole(section: Section) -> None:
    expected = json.loads((DATA / "section_01.expected.json").read_text("utf-8"))["posts"]
    assert [
        (post.text[: len(want["starts"])], post.text.count("\n") + 1)
        for post, want in zip(section.posts, expected, strict=True)
    ] == [(want["starts"], want["lines"]) for want in expected]


def test_the_article_is_set_apart(source: str, section: Section) -> None:
    expected = json.loads((DATA / "section_01.expected.json").read_text("utf-8"))["article"]
    assert section.article is not None
    article = source[section.article.start : section.article.end]
    assert article.startswith(expected["starts"])
    assert article.endswith(expected["ends"])
    assert len(article.splitlines()) == expected["lines"] - 1


def test_posts_are_slices_of_the_source_in_order(source: str, section: Section) -> None:
    assert all(source[post.start : post.end] == post.text for post in section.posts)
    starts = [post.start for post in section.posts]
    assert starts == sorted(starts)


def test_words_of_the_article_are_marked_as_quotations(section: Section) -> None:
    quoting = [post for post in section.posts if post.quotes]
    assert [post.index for post in quoting] == [2, 3]
    for post in quoting:
        quote = post.quotes[0]
        assert post.text[quote.start] == "“" and post.text[quote.end - 1] == "”"
