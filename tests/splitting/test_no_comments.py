"""Texts and pages without comments have no posts, and comments that are neatly written stay posts."""

import pytest

from service.splitting import split_html, split_text
from service.splitting.markup import parse, render
from tests.splitting.barren import PAGES, PLAIN

UNSURE = ("questions and answers", "an obituary", "a newsletter", "an advice column")
"""These speak to their readers, or are short and plain: as bare text they are taken for posts, which is safer than to lose
some; as pages they are not."""


@pytest.mark.parametrize("joint", ["\n", "\n\n"])
@pytest.mark.parametrize("name", [name for name in PLAIN if name not in UNSURE])
def test_a_text_by_one_hand_is_an_article(name: str, joint: str) -> None:
    source = PLAIN[name].replace("\n", joint)
    section = split_text(source)
    assert section.posts == ()
    assert section.kind == "plain:article"
    assert section.article is not None and (section.article.start, section.article.end) == (0, len(source))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_without_comments_has_no_posts(name: str) -> None:
    assert split_html(PAGES[name]).posts == ()
    assert split_html(PAGES[name], selectors=False).posts == ()
    root = parse(PAGES[name])
    assert root is not None
    assert split_text(render(root)[0]).posts == ()


NEAT = [
    "I think that the author is right about the costs, but he forgets that the old bridge was never meant for lorries.",
    "You are mistaken. The bridge was rebuilt in 1961 precisely because of the lorries, as my father, who drove one, told me.",
    "Thank you for this article. I had always wondered why the pylons are made of granite.",
    "What about the ferry? Nobody has said a word about the ferry so far.",
    "Agreed. Without a ferry the shops on the northern bank will not survive the year.",
    "I doubt that four million will be enough. It never is.",
    "That is exactly what they said about the swimming pool, and look at it now!",
    "My children walk across it every day. Please let us keep at least the path for pedestrians open.",
]


@pytest.mark.parametrize("count", [5, 8])
def test_neat_comments_are_no_document(count: int) -> None:
    section = split_text("\n".join(NEAT[:count]))
    assert " ".join(post.text for post in section.posts).split() == " ".join(NEAT[:count]).split()
    assert len(section.posts) > 0.5 * count


def test_comments_below_an_article_are_kept() -> None:
    section = split_text(PLAIN["a report"] + "\n" + "\n".join(NEAT))
    assert section.article is not None
    assert {post.text.split("\n")[-1] for post in section.posts} & set(NEAT[2:])
    assert len(section.posts) >= 5


def test_a_heading_settles_it() -> None:
    section = split_text("8 comments\n" + "\n".join(NEAT))
    assert len(section.posts) > 4
