"""Pages in the markup of known comment systems, read with their selectors and without."""

import pytest

from service.splitting import Post, split_html
from service.splitting.platforms import platforms, to_xpath
from tests.splitting.platform_pages import PAGES, THREAD

WANTED = [(comment.who, comment.text) for comment in THREAD if not comment.removed]
NESTED = ["wordpress", "disqus", "reddit-old", "reddit-shreddit", "blogger", "livefyre", "facebook", "guardian"]
NAMED = ["disqus", "reddit-old", "reddit-shreddit", "hackernews", "youtube", "phpbb", "vbulletin3", "vbulletin4", "xenforo1", "xenforo2", "discourse", "typepad", "livefyre", "openweb"]  # fmt: skip
WITHOUT = sorted(PAGES)


def own_words(post: Post) -> str:
    """The text without what it quotes."""
    text = post.text
    for quote in reversed(post.quotes):
        text = text[: quote.start] + text[quote.end :]
    return text.strip()


def shown(posts: tuple[Post, ...]) -> list[tuple[str | None, str]]:
    return [(post.author, own_words(post)) for post in posts]


@pytest.mark.parametrize("name", sorted(PAGES))
def test_with_selectors(name: str) -> None:
    section = split_html(PAGES[name])
    assert shown(section.posts) == WANTED
    if name in NAMED:
        assert section.kind == f"html:{name}"
        assert section.confidence > 0.9
    if name not in ("youtube", "blogger-old"):
        assert {(post.created_at or "")[:7] for post in section.posts} == {"2020-05"}


@pytest.mark.parametrize("name", WITHOUT)
def test_without_selectors(name: str) -> None:
    section = split_html(PAGES[name], selectors=False)
    assert shown(section.posts) == WANTED


@pytest.mark.parametrize("name", NESTED)
def test_answers_know_what_they_answer(name: str) -> None:
    posts = [post for post in split_html(PAGES[name]).posts if post.text]
    by_text = {post.text: post.id for post in posts}
    assert [post.parent_id for post in posts] == [None, by_text[posts[0].text], None, by_text[posts[2].text]]


@pytest.mark.parametrize("name", ["phpbb", "xenforo2"])
def test_quotations_are_not_the_quoter_s(name: str) -> None:
    quoting = split_html(PAGES[name]).posts[2]
    (quote,) = quoting.quotes
    assert WANTED[0][1] in quoting.text[quote.start : quote.end]


def test_the_table_of_systems_can_be_read() -> None:
    names = [platform.name for platform in platforms()]
    assert len(names) == len(set(names)) > 20


@pytest.mark.parametrize("selector", ["a > b", "div:first-child", "", "a[b"])
def test_what_is_no_selector_is_refused(selector: str) -> None:
    with pytest.raises(ValueError, match="not a selector"):
        to_xpath(selector or "!")
