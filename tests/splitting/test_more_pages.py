"""Pages of platforms that the splitter does not know by name, with their classes and without."""

import pytest

from benchmarks.splitting import nameless
from service.splitting import split_html, split_text
from service.splitting.markup import parse, render
from tests.splitting.more_pages import MORE_PAGES, UNDATED
from tests.splitting.platform_pages import PAGES, THREAD

WANTED = [(comment.who, comment.text) for comment in THREAD if not comment.removed]
NESTED = [
    "lemmy", "substack", "guardian, 2023", "coral", "viafoura", "hyvor", "wordpress blocks", "livejournal", "slashdot", "quora"
]  # fmt: skip
FEWEST_NAMELESS = 18
"""So many of the pages are read even where every class and id is meaningless."""
FEWEST_AS_TEXT = 33
"""So many of all 48 pages are read as text."""


@pytest.mark.parametrize("name", MORE_PAGES)
def test_platform(name: str) -> None:
    for selectors in (True, False):
        section = split_html(MORE_PAGES[name], selectors=selectors)
        assert [(post.author, post.text) for post in section.posts] == WANTED
        if name not in UNDATED:
            assert all(post.created_at for post in section.posts)


@pytest.mark.parametrize("name", NESTED)
def test_answers_know_what_they_answer(name: str) -> None:
    first, second, third, fourth = split_html(MORE_PAGES[name]).posts
    assert [first.parent_id, second.parent_id, third.parent_id, fourth.parent_id] == [None, first.id, None, third.id]


def test_pages_whose_names_mean_nothing() -> None:
    texts = [text for _, text in WANTED]
    read = [
        name for name, page in MORE_PAGES.items() if [p.text for p in split_html(nameless(page), False).posts] == texts
    ]
    assert len(read) >= FEWEST_NAMELESS, read


def test_whole_pages_as_text() -> None:
    """Menus, article and comments as they come out of a page where all its boxes are lines or run into one another."""
    texts = [text for _, text in WANTED]
    every = PAGES | MORE_PAGES
    roots = {name: parse(page) for name, page in every.items()}
    read = [
        name
        for name, root in roots.items()
        if root is not None and [post.text for post in split_text(render(root)[0]).posts] == texts
    ]
    assert len(read) >= FEWEST_AS_TEXT, sorted(set(every) - set(read))
